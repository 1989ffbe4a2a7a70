"""Ends a command: exit statuses, failures as one line on standard error, and signals."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import FrameType
from typing import Self

from csshift.cli.output import output_failure
from csshift.errors import CsshiftError, EngineError, Fault, InputError

TRACEBACK_VARIABLE = "CSSHIFT_TRACEBACK"
EXIT_STATUS = """Exit status: 0 a roster without hard violation; 1 check found hard violations;
2 bad input, one line per fault, or the result could not be written; 3 proven infeasible;
4 nothing found in time; 70 internal error; 130 interrupted (Ctrl-C, SIGTERM or SIGHUP), after
writing the best roster so far."""


class Exit(IntEnum):
    """What the exit status of the command says."""

    meaning: str

    def __new__(cls, status: int, meaning: str) -> Self:
        """Return a status with what it means, for the documentation."""
        member = int.__new__(cls, status)
        member._value_ = status
        member.meaning = meaning
        return member

    DONE = 0, "a roster without hard violation"
    VIOLATIONS = 1, "`check` found hard violations"
    BAD_INPUT = 2, "bad input, one line per fault; nothing was written"
    INFEASIBLE = 3, "proven infeasible; the conflicting rules by name"
    UNKNOWN = 4, "nothing found in time"
    INTERNAL = 70, "a fault of csshift itself"
    INTERRUPTED = 130, "interrupted, after writing the best roster so far if there was one"


def complain(line: str) -> None:
    """Write one line to standard error, whatever the text holds."""
    # Late, so that a mistyped option is answered without loading what this needs.
    from csshift.report.wording import plain

    sys.stderr.write(f"csshift: {plain(' '.join(line.splitlines()))}\n")
    sys.stderr.flush()


def printed() -> Exit:
    """Return the status of a command whose work is what it prints."""
    return Exit.DONE if output_failure() is None else Exit.BAD_INPUT


def report_failure(error: Exception) -> Exit:
    """Report an exception on standard error, and return the exit status for it.

    Faults of the input take a line each, and so does a path that the system refuses. Anything
    unexpected takes one line; its traceback is raised where the environment variable
    CSSHIFT_TRACEBACK is set.
    """
    if isinstance(error, InputError):
        for fault in error.faults:
            complain(str(fault))
        return Exit.BAD_INPUT
    if isinstance(error, CsshiftError) and not isinstance(error, EngineError):
        complain(str(error))
        return Exit.BAD_INPUT
    if isinstance(error, OSError) and isinstance(error.filename, str):
        # The system can refuse any access to a path, for instance if the name is too long.
        cause = error.strerror or type(error).__name__
        complain(str(Fault(error.filename, f"cannot be used: {cause}", "check the path")))
        return Exit.BAD_INPUT
    if os.environ.get(TRACEBACK_VARIABLE):
        raise error
    detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    complain(f"internal error: {detail}; set {TRACEBACK_VARIABLE}=1 to see where")
    return Exit.INTERNAL


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Yield an event that is set by SIGINT, SIGTERM or SIGHUP instead of ending the process.

    A second signal changes nothing: the best roster is still written. Outside the main thread,
    where signals cannot be caught, the event is never set.
    """
    stop = threading.Event()

    def note(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    previous = {number: signal.signal(number, note) for number in _signals()}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def end_at_once_when_interrupted() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end the process with their status, wherever it is.

    Files are whole at every moment, so there is nothing to clean up.
    """
    for number in _signals():
        signal.signal(number, lambda _signal, _frame: os._exit(Exit.INTERRUPTED))


def ignore_interruptions() -> None:
    """Let no signal turn the status of work that is done into that of an interruption."""
    for number in _signals():
        signal.signal(number, signal.SIG_IGN)


def _signals() -> list[signal.Signals]:
    """Return the signals that end a command; a SIGHUP that is ignored (``nohup``) stays so."""
    known = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    return [
        number
        for number in known
        if number is not None
        and not (number.name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN)
    ]

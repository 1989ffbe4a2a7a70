"""Exit statuses, and failures as one line on standard error."""

from __future__ import annotations

import os
import sys
from enum import IntEnum
from typing import Self

from csshift.cli.output import output_failure
from csshift.errors import CsshiftError, EngineError, Fault, InputError

TRACEBACK_VARIABLE = "CSSHIFT_TRACEBACK"


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
    BAD_INPUT = 2, "bad input, one line a fault; nothing was written"
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
    """Tell of an exception on standard error, and return the exit status for it.

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
        # Whatever a path is asked, the system can refuse it: a name that is too long, say.
        cause = error.strerror or type(error).__name__
        complain(str(Fault(error.filename, f"cannot be used: {cause}", "check the path")))
        return Exit.BAD_INPUT
    if os.environ.get(TRACEBACK_VARIABLE):
        raise error
    detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    complain(f"internal error: {detail}; set {TRACEBACK_VARIABLE}=1 to see where")
    return Exit.INTERNAL

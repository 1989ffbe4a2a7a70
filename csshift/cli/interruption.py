"""Signals that ask a command to end: a search keeps its best roster, anything else just ends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Yield an event that is set by SIGINT, SIGTERM or SIGHUP instead of ending the process.

    A second signal changes nothing: the best roster is still written. A SIGHUP that the process
    was set to ignore (``nohup``) stays ignored. Outside the main thread, where signals cannot
    be caught, the event is never set.
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

    def end(_signal: int, _frame: FrameType | None) -> None:
        os._exit(INTERRUPTED)

    for number in _signals():
        signal.signal(number, end)


def _signals() -> list[signal.Signals]:
    known = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    ignored = [
        number
        for number in known
        if number.name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN
    ]
    return [number for number in known if number not in ignored]

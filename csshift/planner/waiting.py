"""Running a search beside the main thread, so that an interruption is heard at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.1


def run_beside(work: Callable[[], T], halt: Callable[[], object]) -> T:
    """Return what `work` returns, calling `halt` on Ctrl-C and when asked to.

    A solver in the main thread would not let Python see the signal before it is done.

    Parameters
    ----------
    work : callable
        Runs in a thread of its own.
    halt : callable
        Makes `work` return soon; its result is then still returned.
    """
    outcome: Future[T] = Future()

    def target() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    thread = threading.Thread(target=target, name="search", daemon=True)
    thread.start()
    while thread.is_alive():
        try:
            thread.join(POLL_SECONDS)
        except KeyboardInterrupt:
            halt()
    return outcome.result()

"""Running a search beside the main thread, so that an interruption is noticed at any moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from csshift.engine.incumbent import SearchResult
from csshift.engine.search import Search

T = TypeVar("T")

POLL_SECONDS = 0.02

PATIENCE = 0.1
"""Seconds that a search has to end after it was stopped: not every solver notices at once."""


def run_search(search: Search) -> SearchResult:
    """Run a search beside the main thread; return what was found soon after its end.

    A reproducible search does not end by the clock: it is abandoned only after it was stopped.
    """
    budget = search.budget
    run_beside(
        search.run,
        budget.stop,
        lambda: budget.stopped if budget.reproducible else budget.over,
        lambda: search.incumbent,
    )
    return search.incumbent.close()


def run_beside(
    work: Callable[[], T],
    halt: Callable[[], object],
    over: Callable[[], bool],
    leave: Callable[[], T],
) -> T:
    """Return what `work` returns, calling `halt` on Ctrl-C and when asked to.

    A solver in the main thread would not let Python see the signal before it is done.

    Parameters
    ----------
    work : callable
        Runs in a thread of its own.
    halt : callable
        Makes `work` return soon; its result is then still returned.
    over : callable
        Returns whether `work` was asked to end.
    leave : callable
        Returns what there is when `work` does not end in time after that; its thread is left
        to itself.
    """
    outcome: Future[T] = Future()

    def target() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    thread = threading.Thread(target=target, name="search", daemon=True)
    thread.start()
    asked: float | None = None
    # Not by joining the thread: an interrupted join takes it for dead and then waits for it.
    while not outcome.done():
        try:
            wait([outcome], POLL_SECONDS)
        except KeyboardInterrupt:
            halt()
        if asked is None and over():
            asked = time.monotonic()
        if asked is not None and time.monotonic() - asked > PATIENCE and not outcome.done():
            return leave()
    return outcome.result()

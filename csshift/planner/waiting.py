"""Running a search beside the main thread, which notices an interruption at any moment."""

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


def run_search(search: Search, stop: threading.Event | None = None) -> SearchResult:
    """Run a search beside the main thread; return what was found soon after its end.

    A reproducible search does not end by the clock: it is abandoned only after it was stopped.

    Parameters
    ----------
    search : Search
    stop : threading.Event or None
        Ends the search when it is set.
    """
    budget = search.budget

    def over() -> bool:
        if stop is not None and stop.is_set() and not budget.stopped:
            budget.stop()
        if not search.begun.is_set():  # soon: no solver runs before
            return False
        return budget.stopped if budget.reproducible else budget.over

    run_beside(search.run, budget.stop, over, lambda: search.incumbent)
    return search.incumbent.close()


def run_beside(
    work: Callable[[], T],
    halt: Callable[[], object],
    over: Callable[[], bool],
    leave: Callable[[], T],
    patience: float | None = None,
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
        Returns whether `work` has to end.
    leave : callable
        Returns what there is when `work` does not end in time after that; its thread is left
        to itself.
    patience : float or None
        Seconds that `work` has to end; default `PATIENCE`.
    """
    outcome: Future[T] = Future()

    def target() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    thread = threading.Thread(target=target, name="search", daemon=True)
    thread.start()
    late_from: float | None = None
    # Not by joining the thread: an interrupted join takes it for dead and then waits for it.
    while not outcome.done():
        try:
            wait([outcome], POLL_SECONDS)
        except KeyboardInterrupt:
            halt()
        if not over():
            late_from = None
        elif late_from is None:
            late_from = time.monotonic() + (PATIENCE if patience is None else patience)
        elif time.monotonic() > late_from and not outcome.done():
            return leave()
    return outcome.result()

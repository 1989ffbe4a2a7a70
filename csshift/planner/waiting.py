"""Running work beside the calling thread, which alone waits and watches for an interruption."""

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
"""Seconds that work has to end after it was stopped: not every solver notices at once."""


class Runner:
    """Runs one task after another, and notices Ctrl-C at any moment.

    A solver in the main thread would not let Python see the signal before it is done.

    Parameters
    ----------
    stop : threading.Event or None
        Ends the work when it is set, as Ctrl-C does.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()
        self._interrupted = False

    @property
    def stopped(self) -> bool:
        """Whether there was an interruption, or somebody has set `stop`."""
        return self._interrupted or self._stop.is_set()

    def run(
        self,
        work: Callable[[], T],
        leave: Callable[[], T],
        *,
        over: Callable[[], bool] | None = None,
        patience: float | None = None,
    ) -> T:
        """Return what `work` returns, or what there is when it does not end in time.

        Parameters
        ----------
        work : callable
            Runs in a thread of its own.
        leave : callable
            Returns what there is when `work` goes on after it had to end; its thread is left to
            itself.
        over : callable or None
            Returns whether `work` has to end; default: once it is stopped.
        patience : float or None
            Seconds that `work` has to end; default `PATIENCE`.
        """
        outcome: Future[T] = Future()

        def target() -> None:
            try:
                outcome.set_result(work())
            except BaseException as error:
                outcome.set_exception(error)

        threading.Thread(target=target, name="search", daemon=True).start()
        late_from: float | None = None
        # Not by joining the thread: an interrupted join takes it for dead and then waits for it.
        while not outcome.done():
            try:
                wait([outcome], POLL_SECONDS)
            except KeyboardInterrupt:
                self._interrupted = True
            if not (self.stopped if over is None else over()):
                late_from = None
            elif late_from is None:
                late_from = time.monotonic() + (PATIENCE if patience is None else patience)
            elif time.monotonic() > late_from and not outcome.done():
                return leave()
        return outcome.result()

    def search(self, search: Search) -> SearchResult:
        """Run a search; return what was found soon after its end.

        A reproducible search does not end by the clock: it is abandoned only after it was
        stopped.
        """
        budget = search.budget

        def over() -> bool:
            if self.stopped and not budget.stopped:
                budget.stop()
            # Before it has begun, no solver runs, and the clock alone does not end it.
            if budget.reproducible or not search.begun.is_set():
                return budget.stopped
            return budget.over

        self.run(search.run, lambda: search.incumbent, over=over)
        return search.incumbent.close()

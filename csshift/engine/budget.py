"""Time, interruption and randomness of one search."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Budget:
    """The time budget of a search, and the switch that ends it.

    Parameters
    ----------
    seconds : float
        Wall-clock budget, counted from `started`.
    workers : int
        Threads that may work at once.
    seed : int
        Seed of every random choice.
    reproducible : bool
        Work in one thread and by deterministic limits, so that a run repeats exactly.
    started : float or None
        `time.monotonic()` when the budget began; now when None.
    spare : float
        Further seconds as long as nothing is found: what is kept for finishing is not needed
        then.
    """

    def __init__(
        self,
        seconds: float,
        *,
        workers: int = 1,
        seed: int = 0,
        reproducible: bool = False,
        started: float | None = None,
        spare: float = 0.0,
    ) -> None:
        self.started = time.monotonic() if started is None else started
        self.seconds = seconds
        self.workers = 1 if reproducible else max(1, workers)
        self.seed = seed
        self.reproducible = reproducible
        self._spare = spare
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._running: set[Callable[[], object]] = set()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds left; 0 when stopped."""
        if self._stopped.is_set():
            return 0.0
        return max(0.0, self.seconds + self._spare - self.elapsed)

    @property
    def over(self) -> bool:
        """Whether time is up or the search was stopped."""
        return self.left <= 0.0

    @property
    def stopped(self) -> bool:
        """Whether the search was stopped before its time."""
        return self._stopped.is_set()

    def settle(self) -> None:
        """Give up the spare seconds: a solution is known, and the rest is for finishing."""
        self._spare = 0.0

    def stop(self) -> None:
        """End the search: interrupt running solvers, which return what they have."""
        self._stopped.set()
        with self._lock:
            running = tuple(self._running)
        for interrupt in running:
            interrupt()

    def discount(self, seconds: float) -> None:
        """Let seconds that have passed not count."""
        self.started += seconds

    def wait(self, seconds: float) -> bool:
        """Wait, at most until the search is stopped; return whether it was."""
        return self._stopped.wait(min(seconds, self.left))

    @contextmanager
    def interrupting(self, interrupt: Callable[[], object]) -> Iterator[None]:
        """Call `interrupt` when the search is stopped while the block runs."""
        with self._lock:
            self._running.add(interrupt)
        try:
            if self._stopped.is_set():
                interrupt()
            yield
        finally:
            with self._lock:
                self._running.discard(interrupt)

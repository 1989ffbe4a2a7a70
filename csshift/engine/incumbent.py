"""The best solution and the best bound of a search, the events that report them, and failures."""

from __future__ import annotations

import logging
import math
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from csshift.engine.budget import Budget
from csshift.program import Integers, Program

logger = logging.getLogger(__name__)

PROVEN_GAP = 1e-6
"""Gap that counts as none: splits of time are rounded to whole units."""


def gap_between(objective: float | None, bound: float | None) -> float | None:
    """Return (objective - bound) / objective; None while either is unknown."""
    if objective is None or bound is None:
        return None
    if objective <= bound:
        return 0.0
    return (objective - bound) / abs(objective) if objective else 1.0


def is_proven(objective: float | None, bound: float | None) -> bool:
    """Return whether an objective is proven the lowest, within `PROVEN_GAP`."""
    gap = gap_between(objective, bound)
    return gap is not None and gap <= PROVEN_GAP


@dataclass(frozen=True)
class Event:
    """An improvement, in integer units of the objective (offset included)."""

    seconds: float
    stage: str
    objective: int | None
    bound: int | None


@dataclass(frozen=True)
class Failure:
    """An error that ended a stage of the search, and not the search."""

    stage: str
    error: Exception

    def __str__(self) -> str:
        return f"{self.stage}: {type(self.error).__name__}: {self.error}"


@dataclass(frozen=True, eq=False)
class SearchResult:
    """What a search found, as plain data.

    Parameters
    ----------
    values : int64 array, shape (program.columns,), or None
        The best solution.
    objective, bound : int or None
        In integer units, offset included.
    infeasible : bool
        Whether the program is proven to have no solution.
    trace : tuple of Event
        Improvements of objective and bound.
    failures : tuple of Failure
        Errors that ended a stage, one of each type.
    """

    values: Integers | None
    objective: int | None
    bound: int | None
    infeasible: bool
    trace: tuple[Event, ...]
    failures: tuple[Failure, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether the best values are proven optimal, within `PROVEN_GAP`."""
        gap = gap_between(self.objective, self.bound)
        return gap is not None and gap <= PROVEN_GAP


class Incumbent:
    """Keeps the best values and bound of one search; safe to use from several threads.

    Parameters
    ----------
    gap : float
        The search ends once (objective - bound) / objective is not above this.
    on_event : callable or None
        Called with every improvement. What it raises ends the search.
    """

    def __init__(
        self,
        program: Program,
        budget: Budget,
        gap: float = 0.0,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.program = program
        self.budget = budget
        self.target_gap = gap
        self._step = math.gcd(*program.cost.tolist()) or 1  # between values of the objective
        self.values: Integers | None = None
        self.objective: int | None = None
        self.bound: int | None = None
        self.infeasible = False
        self.trace: list[Event] = []
        self.caller_error: BaseException | None = None
        """What `on_event` raised."""
        self._failures: dict[tuple[str, type[Exception]], Failure] = {}
        self._on_event = on_event
        self._lock = threading.RLock()
        self._closed = False
        self._exhausted = False

    def offer(self, values: Integers, stage: str) -> bool:
        """Take the values if they are feasible and better; return whether they were taken."""
        objective = self.program.objective(values)
        with self._lock:
            if self._closed or (self.objective is not None and objective >= self.objective):
                return False
            if not self.program.holds(values):
                return False
            self.values, self.objective = values.copy(), objective
            self.budget.settle()
            self._record(stage)
            return True

    def move(self, values: Integers) -> None:
        """Replace the values by feasible ones of the same objective."""
        with self._lock:
            if not self._closed:
                self.values = values

    def raise_bound(self, bound: int | None, stage: str) -> None:
        """Take a proven bound (offset included) if it is better."""
        if bound is None:
            return
        without_offset = bound - self.program.offset
        bound = self.program.offset - (-without_offset // self._step) * self._step
        with self._lock:
            if not self._closed and (self.bound is None or bound > self.bound):
                self.bound = bound
                self._record(stage)

    def exhaust(self) -> None:
        """End the search: nothing better is left but what rounding hides."""
        self._exhausted = True

    def close(self) -> SearchResult:
        """Return what was found and take nothing more, whatever late threads offer."""
        with self._lock:
            self._closed = True
            return SearchResult(
                self.values,
                self.objective,
                self.bound,
                self.infeasible,
                tuple(self.trace),
                tuple(self._failures.values()),
            )

    @contextmanager
    def guarding(self, stage: str) -> Iterator[None]:
        """Let the search survive a stage that fails: what was found is worth more than the stage.

        The first error of each type is logged and kept.
        """
        try:
            yield
        except Exception as error:
            kind = stage, type(error)
            with self._lock:
                known = kind in self._failures
                self._failures.setdefault(kind, Failure(stage, error))
            if not known:
                logger.exception("%s failed after %.2f s", stage, self.budget.elapsed)
            traceback.clear_frames(error.__traceback__)  # their arrays may be large

    def in_thread(self, work: Callable[[], object], stage: str) -> threading.Event:
        """Do the work of a stage in a thread of its own; return what is set once it has ended."""
        done = threading.Event()

        def run() -> None:
            try:
                with self.guarding(stage):
                    work()
            finally:
                done.set()

        threading.Thread(target=run, name=stage, daemon=True).start()
        return done

    def require(self) -> None:
        """Raise what the caller raised, or what failed if nothing at all was found."""
        if self.caller_error is not None:
            raise self.caller_error
        if self.values is None and not self.infeasible:
            for failure in self._failures.values():
                raise failure.error

    @property
    def gap(self) -> float | None:
        """Gap as a share of the objective; None while objective or bound is unknown."""
        return gap_between(self.objective, self.bound)

    @property
    def distance(self) -> int:
        """Objective less bound, in integer units; 0 while either is unknown."""
        objective, bound = self.objective, self.bound
        return 0 if objective is None or bound is None else objective - bound

    @property
    def proven(self) -> bool:
        """Whether the best values are proven optimal, within `PROVEN_GAP`."""
        return is_proven(self.objective, self.bound)

    @property
    def done(self) -> bool:
        """Whether nothing is left to do: time is up, or the gap is small enough."""
        gap = self.gap
        target = max(self.target_gap, PROVEN_GAP)
        return (
            self._exhausted
            or self.budget.over
            or self.infeasible
            or (gap is not None and gap <= target)
        )

    def _record(self, stage: str) -> None:
        event = Event(self.budget.elapsed, stage, self.objective, self.bound)
        self.trace.append(event)
        logger.info(
            "%s after %.2f s: objective %s, bound %s",
            stage,
            event.seconds,
            event.objective,
            event.bound,
        )
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except BaseException as error:  # in whatever thread: it is the caller's
            self.caller_error = self.caller_error or error
            self.budget.stop()

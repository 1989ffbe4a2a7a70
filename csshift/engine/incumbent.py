"""The best solution so far, the best bound so far, and who hears of them."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.program import Program

Integers = NDArray[np.int64]

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
class News:
    """An improvement, in integer units of the objective (offset included)."""

    seconds: float
    stage: str
    objective: int | None
    bound: int | None


class Incumbent:
    """Keeps the best values and bound of one search; safe to use from several threads.

    Parameters
    ----------
    program : Program
    control : Control
    gap : float
        The search ends once (objective - bound) / objective is not above this.
    tell : callable or None
        Hears of every improvement.
    """

    def __init__(
        self,
        program: Program,
        control: Control,
        gap: float = 0.0,
        tell: Callable[[News], None] | None = None,
    ) -> None:
        self.program = program
        self.control = control
        self.gap_wanted = gap
        self._step = math.gcd(*program.cost.tolist()) or 1  # between values of the objective
        self.values: Integers | None = None
        self.objective: int | None = None
        self.bound: int | None = None
        self.infeasible = False
        self.trace: list[News] = []
        self._tell = tell
        self._lock = threading.RLock()
        self._closed = False

    def offer(self, values: Integers, stage: str) -> bool:
        """Take the values where they are feasible and better; return whether they were taken."""
        objective = self.program.objective(values)
        with self._lock:
            if self._closed or (self.objective is not None and objective >= self.objective):
                return False
            if not self.program.holds(values):
                return False
            self.values, self.objective = values.copy(), objective
            self._note(stage)
            return True

    def move(self, values: Integers) -> None:
        """Replace the values by feasible ones of the same objective."""
        with self._lock:
            if not self._closed:
                self.values = values

    def raise_bound(self, bound: int | None, stage: str) -> None:
        """Take a proven bound (offset included) where it is better."""
        if bound is None:
            return
        whole = bound - self.program.offset
        bound = self.program.offset - (-whole // self._step) * self._step
        with self._lock:
            if not self._closed and (self.bound is None or bound > self.bound):
                self.bound = bound
                self._note(stage)

    def close(self) -> Incumbent:
        """Take nothing more, so that threads which end late change nothing; return itself."""
        with self._lock:
            self._closed = True
        return self

    @property
    def gap(self) -> float | None:
        """Gap as a share of the objective; None while objective or bound is unknown."""
        return gap_between(self.objective, self.bound)

    @property
    def proven(self) -> bool:
        """Whether the best values are proven optimal, within `PROVEN_GAP`."""
        return is_proven(self.objective, self.bound)

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do: time is up, or the gap is small enough."""
        gap = self.gap
        wanted = max(self.gap_wanted, PROVEN_GAP)
        return self.control.over or self.infeasible or (gap is not None and gap <= wanted)

    def _note(self, stage: str) -> None:
        news = News(self.control.elapsed, stage, self.objective, self.bound)
        self.trace.append(news)
        if self._tell is not None:
            self._tell(news)

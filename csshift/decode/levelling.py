"""Levelling hours among equal people, where nothing that the objective counts gets worse.

A search that ends has no reason to prefer equal hours to unequal ones, unless a rule asks for them.
Days of one agent are passed on to another of the same class who has fewer, one day at a time.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

from csshift.compile import Compiled
from csshift.decode.changes import Changes, Move
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.rules.fair import Fair
from csshift.rules.shares import PARTS, Shares, known_shifts

Integers = NDArray[np.int64]

MOST_TRIALS = 1_500
"""Days that are tried in all."""

MOST_AT_AN_END = 12
"""Agents of a class with most and with fewest hours, who are paired."""


def level_hours(
    compiled: Compiled, blocks: RecourseBlocks, values: Integers, seconds: float
) -> Integers:
    """Return values of the same or less cost, with hours more equal.

    Parameters
    ----------
    compiled : Compiled
    blocks : RecourseBlocks
        Of its program.
    values : int array, shape (columns,)
        A solution of its program.
    seconds : float
        Wall-clock limit; infinite: trials alone are counted.
    """
    return _Levelling(compiled, blocks, values.copy(), seconds).improve()


class _Levelling:
    """One solution that changes while hours become equal."""

    def __init__(
        self, compiled: Compiled, blocks: RecourseBlocks, values: Integers, seconds: float
    ) -> None:
        self.changes = Changes(compiled, blocks, values, seconds, MOST_TRIALS)
        self.program, self.days = compiled.program, self.changes.days
        work = compiled.work
        self.kind = compiled.instance.classes.of_agent
        self.paid = work.grid.paid_minutes
        self.shares: Shares = Fair(of="hours").shares_of(work.grid, known_shifts(work))[1]

    def improve(self) -> Integers:
        """Pass days on until none helps."""
        improved = True
        while improved and not self.changes.over:
            improved = any(self._pass_on(one, other) for one, other in self._pairs())
        found: Integers = self.changes.values
        return found

    def _minutes(self) -> Integers:
        """Return the paid minutes of each agent and day, shape (agents, days)."""
        now = self.days.contents(self.changes.values)[:, :, : self.paid.size]
        return np.asarray((now * self.paid).sum(axis=2), dtype=np.int64)

    def _levels(self, minutes: Integers) -> NDArray[np.float64]:
        total = PARTS * minutes.sum(axis=1) + self.shares.balance
        return np.asarray(total / self.shares.expected, dtype=np.float64)

    def _pairs(self) -> list[tuple[int, int]]:
        """Return pairs of one class, those farthest apart first."""
        levels = self._levels(self._minutes())
        pairs: list[tuple[float, int, int]] = []
        for kind in np.unique(self.kind).tolist():
            members = np.flatnonzero((self.kind == kind) & self.shares.there)
            members = members[np.argsort(levels[members], kind="stable")]
            few, many = members[:MOST_AT_AN_END], members[::-1][:MOST_AT_AN_END]
            pairs += [
                (levels[i] - levels[j], i, j)
                for i, j in product(many.tolist(), few.tolist())
                if levels[i] > levels[j]
            ]
        return [(i, j) for _, i, j in sorted(pairs, key=lambda pair: -pair[0])]

    def _pass_on(self, one: int, other: int) -> bool:
        """Exchange one day of two agents, if their hours get more equal and it is free."""
        minutes = self._minutes()
        gains = self._gains(minutes, one, other)
        for day in np.argsort(-gains, kind="stable").tolist():
            if gains[day] <= 0 or self.changes.over:
                return False
            self.changes.trials -= 1
            now = self.days.contents(self.changes.values)
            contents = np.array([now[other, day], now[one, day]])
            move = Move(np.array([one, other]), np.array([day, day]), contents)
            if self.changes.take_if_no_worse(move):
                return True
        return False

    def _gains(self, minutes: Integers, one: int, other: int) -> NDArray[np.float64]:
        """Return by how much exchanging each day makes two agents more equal, shape (days,)."""
        pair = [one, other]
        had = PARTS * minutes[pair].sum(axis=1) + self.shares.balance[pair]
        moved = PARTS * (minutes[one] - minutes[other]).astype(np.float64)
        expected = self.shares.expected[pair].astype(np.float64)
        before = (had.astype(np.float64) ** 2 / expected).sum()
        after = (had[0] - moved) ** 2 / expected[0] + (had[1] + moved) ** 2 / expected[1]
        gains = before - after
        return np.where(gains > before * 1e-12, gains, -math.inf)

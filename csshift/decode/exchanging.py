"""Exchanging the days of two agents of one class, where turns are shared more evenly by it.

Passing turns on needs two agents on the same shift. Where equal agents never meet, they can
exchange everything that they do on some days: the queues are served by the same class as
before, and the rows of the program say whether the rules allow it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from csshift.compile import Compiled
from csshift.compile.duties import FAIRNESS
from csshift.instance.fairness import FairShare
from csshift.program import ABSENT

Integers = NDArray[np.int64]

MOST_TRIALS = 3_000
"""Exchanges that are tried in all."""

MOST_AT_AN_END = 20
"""Agents of a class with the most turns, and with the fewest, who are paired."""

MOST_TRIALS_OF_PAIR = 100
"""Exchanges that are tried of two agents before others have their turn."""

NOTHING = 1e-9
"""Points that are no improvement."""


def exchange_days(
    compiled: Compiled, values: Integers, shares: Mapping[str, FairShare]
) -> Integers:
    """Return values with days of equal agents exchanged while that evens out their turns.

    Every row but those that measure fairness holds with the slack that there is, so that
    nothing else costs more.

    Parameters
    ----------
    compiled : Compiled
    values : int array, shape (columns,)
        A solution of its program; the columns that measure fairness do not matter.
    shares : mapping of str to FairShare
        Fair shares by name of the duty.
    """
    exchange = _Exchange(compiled, values.copy(), shares)
    exchange.improve()
    return exchange.values


class _Exchange:
    """The decisions of each agent and day, and what exchanging them does.

    Parameters
    ----------
    compiled : Compiled
    values : int array, shape (columns,)
        Changed in place.
    shares : mapping of str to FairShare
    """

    def __init__(
        self, compiled: Compiled, values: Integers, shares: Mapping[str, FairShare]
    ) -> None:
        program, work = compiled.program, compiled.work
        first = work.grid.history_days
        self.program, self.values, self.trials = program, values, MOST_TRIALS
        self.activity = program.matrix @ values
        judged = np.ones(program.rows, dtype=np.bool_)
        if FAIRNESS in program.families:
            judged = program.row_family != program.families.index(FAIRNESS)
        self.judged = judged
        agents, days = len(compiled.instance.agents), compiled.instance.horizon.days
        self.days = days
        holds = [c.hold.transpose(1, 2, 0, 3).reshape(agents, days, -1) for c in compiled.duties]
        self.columns = np.concatenate(
            [work.shift[:, first:], work.day[:, first:, None], *holds], axis=2
        )
        self.kind = compiled.instance.classes.of_agent
        self.prices = compiled.instance.turn_prices
        self.shares = [
            (hold, share, dict(zip(share.agents.tolist(), range(len(share.fair)), strict=True)))
            for hold, columns in zip(holds, compiled.duties, strict=True)
            if (share := shares[columns.duty.name]).shared
        ]

    @cached_property
    def _by_column(self) -> csc_array:
        return self.program.matrix.tocsc()

    def improve(self) -> None:
        """Exchange days, of those furthest apart first, until no exchange helps."""
        improved = True
        while improved and self.trials > 0:
            improved = any(self._even_out(one, other) for one, other in self._pairs())

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Yield the pairs of one class of whom one holds more turns than the other."""
        turns = sum(self._turns(hold).sum(axis=1) for hold, _, _ in self.shares)
        members: defaultdict[int, list[int]] = defaultdict(list)
        for agent in sorted({agent for _, _, known in self.shares for agent in known}):
            members[int(self.kind[agent])].append(agent)
        pairs = []
        for equals in members.values():
            equals.sort(key=lambda agent: int(turns[agent]))
            few, many = equals[:MOST_AT_AN_END], equals[::-1][:MOST_AT_AN_END]
            pairs += [pair for pair in product(many, few) if turns[pair[0]] > turns[pair[1]] + 1]
        yield from sorted(pairs, key=lambda pair: int(turns[pair[1]] - turns[pair[0]]))

    def _turns(self, hold: Integers) -> Integers:
        """Return the turns that agents hold, shape (agents, days)."""
        return np.asarray(((hold != ABSENT) & (self.values[hold] == 1)).sum(axis=2))

    def _even_out(self, one: int, other: int) -> bool:
        """Exchange the days of two agents that help most and that the rules allow."""
        for start, end in self._promising(one, other)[:MOST_TRIALS_OF_PAIR]:
            if self.trials <= 0:
                return False
            self.trials -= 1
            if self._exchanged(one, other, start, end):
                return True
        return False

    def _promising(self, one: int, other: int) -> list[tuple[int, int]]:
        """Return the stretches of days whose exchange lowers the cost, best first."""
        before, after = 0.0, np.zeros((self.days + 1, self.days + 1))
        for hold, share, known in self.shares:
            if one not in known or other not in known:
                continue
            turns = self._turns(hold)[[one, other]]
            target = [share.target[known[agent]] for agent in (one, other)]
            held = [share.past[known[a]] + int(turns[i].sum()) for i, a in enumerate((one, other))]
            moved = np.concatenate([[0], np.cumsum(turns[0] - turns[1])])
            by_days = moved[None, :] - moved[:, None]
            before += self._cost(target, held)
            for move in np.unique(by_days).tolist():
                if -held[1] <= move <= held[0]:
                    moved_to = [held[0] - move, held[1] + move]
                    after[by_days == move] += self._cost(target, moved_to)
        starts, ends = np.nonzero(np.triu(after < before - NOTHING, k=1))
        order = np.lexsort((starts, ends - starts, after[starts, ends]))
        return list(zip(starts[order].tolist(), ends[order].tolist(), strict=True))

    def _cost(self, target: Sequence[Fraction], held: Sequence[int]) -> float:
        return float(sum(map(self.prices.count, target, held)))

    def _exchanged(self, one: int, other: int, start: int, end: int) -> bool:
        """Exchange what two agents do on some days, if every row allows it."""
        mine, yours = self.columns[one, start:end].ravel(), self.columns[other, start:end].ravel()
        old_mine = np.where(mine == ABSENT, 0, self.values[mine])
        old_yours = np.where(yours == ABSENT, 0, self.values[yours])
        if old_mine[yours == ABSENT].any() or old_yours[mine == ABSENT].any():
            return False
        moved = (mine != ABSENT) & (yours != ABSENT) & (old_mine != old_yours)
        columns = np.concatenate([mine[moved], yours[moved]])
        new = np.concatenate([old_yours[moved], old_mine[moved]])
        change = new - self.values[columns]
        inside = (new >= self.program.lower[columns]) & (new <= self.program.upper[columns])
        if not inside.all() or int(self.program.cost[columns] @ change) > 0:
            return False
        shift = np.asarray(self._by_column[:, columns] @ change)
        rows = np.flatnonzero((shift != 0) & self.judged)
        activity = self.activity[rows] + shift[rows]
        low, high = self.program.row_lower[rows], self.program.row_upper[rows]
        if np.any((activity < low) | (activity > high)):
            return False
        self.values[columns] = new
        self.activity += shift
        return True

"""Sharing the turns of a finished roster more evenly, where nothing else changes by it.

A search that ends early leaves turns unevenly shared for no reason. Where two agents of one
class work the same shift, it makes no difference to the queues which of them holds a turn, and
the choice is free. What remains uneven is tried with days exchanged between agents of one class.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.compile import Compiled
from csshift.compile.duties import DutyColumns
from csshift.decode.exchanging import exchange_days
from csshift.instance.fairness import FairShare
from csshift.program import ABSENT

Integers = NDArray[np.int64]


class _Turn(NamedTuple):
    group: int
    day: int


def share_evenly(compiled: Compiled, values: Integers) -> Integers:
    """Return values with the turns of each duty passed on until no passing on helps.

    Then days of agents of one class are exchanged. Coverage stays as it is, every rule holds
    as before and nothing else costs more; the columns that measure fairness are
    left at their old values, which are no lower than what they should be.

    Parameters
    ----------
    compiled : Compiled
    values : int array, shape (columns,)
        A solution of its program.
    """
    instance = compiled.instance
    if not instance.duties or not instance.weights.duty_fairness:
        return values
    values = values.copy()
    shares = instance.fair_shares
    for columns in compiled.duties:
        if shares[columns.duty.name].shared:
            _Sharing(compiled, columns, shares[columns.duty.name], values).improve()
    return exchange_days(compiled, values, shares)


class _Sharing:
    """The turns of one duty, and who could take them over.

    Parameters
    ----------
    compiled : Compiled
    columns : DutyColumns
    share : FairShare
    values : int array, shape (columns,)
        Changed in place.
    """

    def __init__(
        self, compiled: Compiled, columns: DutyColumns, share: FairShare, values: Integers
    ) -> None:
        instance, work = compiled.instance, compiled.work
        self.hold, self.values = columns.hold, values
        self.limit = columns.duty.max_per_week
        planned = work.shift[:, work.grid.history_days :]
        worked = (planned != ABSENT) & (values[planned] == 1)
        self.shift = np.where(worked.any(axis=2), worked.argmax(axis=2), ABSENT)
        self.target = dict(zip(share.agents.tolist(), share.target, strict=True))
        self.prices = instance.turn_prices
        self.count = Counter(dict(zip(share.agents.tolist(), share.past, strict=True)))
        self.week = [date.isocalendar()[:2] for date in instance.horizon.dates]
        self.in_week = Counter(
            (work.grid.agent_index[turn.agent_id], turn.date.isocalendar()[:2])
            for turn in instance.past_turns
            if turn.duty == columns.duty.name
        )
        self.busy: set[tuple[int, int]] = set()
        for other in compiled.duties:
            held = (other.hold != ABSENT) & (values[other.hold] == 1)
            self.busy.update(zip(*(part.tolist() for part in np.nonzero(held)[1:3]), strict=True))
        self.turns: defaultdict[int, list[_Turn]] = defaultdict(list)
        held = (self.hold != ABSENT) & (values[self.hold] == 1)
        for group, agent, day, _ in np.argwhere(held).tolist():
            self.turns[agent].append(_Turn(group, day))
            self.count[agent] += 1
            self.in_week[agent, self.week[day]] += 1
        # A duty that takes no time is the same on every shift, whoever holds it.
        kind = instance.classes.of_agent if columns.duty.share else np.zeros_like(planned[:, 0, 0])
        self.kind = kind.tolist()
        self.takes_time = bool(columns.duty.share)
        self.at_work: defaultdict[tuple[int, int, int], list[int]] = defaultdict(list)
        for agent in self.target:
            for day in np.flatnonzero(self.shift[agent] != ABSENT).tolist():
                self.at_work[self._like(agent, day)].append(agent)

    def improve(self) -> None:
        """Pass turns on, from those who hold too many, until it helps nobody."""
        improved = True
        while improved:
            improved = False
            for agent in sorted(self.target, key=lambda i: (-self._refund(i), i)):
                while self._relieve(agent):
                    improved = True

    def _refund(self, agent: int) -> Fraction:
        return self.prices.turn(self.target[agent], self.count[agent] - 1)

    def _price(self, agent: int) -> Fraction:
        return self.prices.turn(self.target[agent], self.count[agent])

    def _like(self, agent: int, day: int) -> tuple[int, int, int]:
        """Return what those have in common whose holding a turn of a day is all the same."""
        return day, self.kind[agent], int(self.shift[agent, day]) if self.takes_time else 0

    def _relieve(self, agent: int) -> bool:
        """Take a turn from an agent if, passed on along a chain, it ends where it costs less."""
        came: dict[int, tuple[int, _Turn]] = {}
        waiting, seen = deque([agent]), {agent}
        while waiting:
            giver = waiting.popleft()
            for turn, taker in self._handovers(giver):
                if taker not in seen:
                    seen.add(taker)
                    came[taker] = giver, turn
                    waiting.append(taker)
        if not came:
            return False
        price, last = min((self._price(i), i) for i in came)
        if price >= self._refund(agent):
            return False
        while last != agent:
            giver, turn = came[last]
            self._hand_over(turn, giver, last)
            last = giver
        return True

    def _handovers(self, giver: int) -> Iterator[tuple[_Turn, int]]:
        for turn in self.turns[giver]:
            for taker in self.at_work[self._like(giver, turn.day)]:
                free = (taker, turn.day) not in self.busy
                if free and self._column(turn, taker) != ABSENT and self._allowed(turn, taker):
                    yield turn, taker

    def _allowed(self, turn: _Turn, taker: int) -> bool:
        return self.limit is None or self.in_week[taker, self.week[turn.day]] < self.limit

    def _column(self, turn: _Turn, agent: int) -> int:
        return int(self.hold[turn.group, agent, turn.day, self.shift[agent, turn.day]])

    def _hand_over(self, turn: _Turn, giver: int, taker: int) -> None:
        self.values[self._column(turn, giver)] = 0
        self.values[self._column(turn, taker)] = 1
        self.turns[giver].remove(turn)
        self.turns[taker].append(turn)
        week = self.week[turn.day]
        self.busy.remove((giver, turn.day))
        self.busy.add((taker, turn.day))
        self.count[giver] -= 1
        self.count[taker] += 1
        self.in_week[giver, week] -= 1
        self.in_week[taker, week] += 1

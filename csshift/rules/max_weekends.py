"""Weekends with work at most."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csshift.program import ABSENT
from csshift.rules.base import Count, Rule, Violation, beyond
from csshift.rules.staffing import Schedule
from csshift.rules.weekends import weekends
from csshift.rules.work import WorkColumns


class MaxWeekends(Rule):
    """At most `count` weekends with work on Saturday or Sunday.

    The weekends that touch the horizon count; one that began in the history counts with its
    Saturday. A shift counts for the day on which it starts: a Friday night that ends on
    Saturday is not work on the weekend.

    Amount of violation: the weekends in excess.
    """

    kind: Literal["max-weekends"] = "max-weekends"
    count: Count

    def rows(self, work: WorkColumns) -> None:
        """Limit the sum of the weekends that are worked."""
        staffing = work.staffing
        agents = self.chosen(staffing)
        columns = np.full((agents.size, len(weekends(staffing))), ABSENT, dtype=np.int64)
        for i, (saturday, sunday) in enumerate(weekends(staffing)):
            if saturday is None:
                columns[:, i] = work.day[agents, sunday]
            elif sunday is None:
                columns[:, i] = work.day[agents, saturday]
            else:
                columns[:, i] = self._either(work, agents, saturday, sunday)
        work.limit(self, self.label, columns, 1, self.count)

    def _either(
        self, work: WorkColumns, agents: NDArray[np.int64], saturday: int, sunday: int
    ) -> NDArray[np.int64]:
        """Return columns "works on one of two days", new ones only where both are open."""
        first, second = work.day[agents, saturday], work.day[agents, sunday]
        # A day that cannot be worked leaves the other one; work in the history settles it.
        columns = np.where(first == ABSENT, second, first)
        both = (first != ABSENT) & (second != ABSENT) & ~work.known(first)
        planned = sunday - work.staffing.history_days
        columns[both] = work.builder.columns(
            int(both.sum()), family=self.label, upper=1, agent=agents[both], day=planned
        )
        for day in (first, second):
            pairs = np.column_stack([day, columns])[both]
            work.builder.rows(pairs, [1, -1], family=self.label, upper=0)
        return np.asarray(columns, dtype=np.int64)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the weekends of each agent."""
        staffing = schedule.staffing
        ends = weekends(staffing)
        for agent in self.chosen(staffing):
            total, known, last = 0, 0, 0
            for weekend in ends:
                worked = [d for d in weekend if d is not None and schedule.worked[agent, d]]
                if worked:
                    total += 1
                    known += worked[0] < staffing.history_days
                    last = worked[-1]
            excess = beyond(total, known, self.count)
            if excess:
                text = f"{total} weekends with work, at most {self.count}"
                yield Violation(Fraction(excess), int(agent), last, text)

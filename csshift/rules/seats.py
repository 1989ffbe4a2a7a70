"""Seats: how many can be at work at once."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.rules.base import Count, Rule, Violation
from csshift.rules.presence import (
    Cover,
    at_work,
    columns_at,
    decisive,
    merged,
    spells,
    stretches,
)
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns


class Seats(Rule):
    """At most `count` agents at work at once, at every minute of the planned days.

    Agents are at work inside the hours of their shift, breaks included, for nobody knows
    when those are. The shifts of the last planned day count to their end, past midnight,
    and so do those of the day before the horizon.

    Amount of violation: the hours of the agents in excess.
    """

    kind: Literal["seats"] = "seats"
    count: Count

    def rows(self, work: WorkColumns) -> None:
        """Count the agents of each stretch of each day; a hard rule needs the fullest only."""
        staffing = work.staffing
        whole = stretches(staffing, [Span(0, MINUTES_PER_DAY)])
        past = [
            stretch._replace(cover=frozenset(part for part in stretch.cover if part[0] > 0))
            for stretch in whole
        ]
        planned = np.arange(staffing.history_days, staffing.days)
        self._limit(work, planned, merged(whole))
        self._limit(work, planned[-1:] + 1, merged(past))

    def _limit(self, work: WorkColumns, days: NDArray[np.int64], covers: dict[Cover, int]) -> None:
        if self.hard:
            covers = decisive(covers, lambda one, other: one > other)
        agents = self.chosen(work.staffing)
        for cover, minutes in covers.items():
            columns = columns_at(work, agents, days, cover)
            work.limit(
                self, self.label, columns, 1, self.count, unit=Fraction(1, 60), amounts=minutes
            )

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the agents at every minute."""
        staffing = schedule.staffing
        total, known = at_work(schedule, self.chosen(staffing))
        excess = total - np.maximum(known, self.count)
        for span, agents in spells(excess):
            planned = min(span.start // MINUTES_PER_DAY, staffing.horizon.days - 1)
            hours = Span(*(edge - planned * MINUTES_PER_DAY for edge in span))
            text = f"{hours}: {total[span.start]} at work at once, at most {self.count}"
            amount = Fraction(agents * span.minutes, 60)
            yield Violation(amount, None, staffing.history_days + planned, text)

"""Paid hours in a period at most."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from csshift.model.horizon import Period
from csshift.model.people import Hours
from csshift.rules.base import Rule, Violation, beyond
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns, flat


class MaxHours(Rule):
    """At most `hours` paid hours in each period; of a period, the days that are known count.

    A day of the history with a shift that is not in the list adds no hours; a note says so.

    Amount of violation: the hours in excess.
    """

    kind: Literal["max-hours"] = "max-hours"
    hours: Hours
    per: Period = "week"

    @property
    def minutes(self) -> int:
        """The limit, whole minutes."""
        return int(Fraction(self.hours) * 60)

    def rows(self, work: WorkColumns) -> None:
        """Sum the paid minutes of each period."""
        staffing = work.staffing
        agents = self.chosen(staffing)
        paid = np.array([shift.paid_minutes for shift in staffing.shifts])
        for block, _ in staffing.periods(self.per):
            columns = flat(work.shift[agents, block.start : block.stop])
            minutes = np.tile(paid, len(block))
            work.limit(self, self.label, columns, minutes, self.minutes, unit=Fraction(1, 60))

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Add up the paid minutes of each period."""
        staffing = schedule.staffing
        agents, most = self.chosen(staffing), self.minutes
        for block, _ in staffing.periods(self.per):
            minutes = schedule.paid_minutes[agents, block.start : block.stop]
            known = minutes[:, : max(0, staffing.history_days - block.start)].sum(axis=1)
            total = minutes.sum(axis=1)
            for place in np.flatnonzero(total > most).tolist():
                excess = beyond(int(total[place]), int(known[place]), most)
                if excess:
                    text = f"{total[place] / 60:g} h per {self.per}, at most {self.hours:f} h"
                    yield Violation(Fraction(excess, 60), int(agents[place]), block[-1], text)

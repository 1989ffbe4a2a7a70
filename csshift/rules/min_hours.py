"""Paid hours in a period at least."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from csshift.model.horizon import Period
from csshift.model.people import Hours
from csshift.rules.base import Rule, Violation
from csshift.rules.minimums import asked
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns, flat


class MinHours(Rule):
    """At least `hours` paid hours in each period that is known whole.

    An agent owes them in proportion to the days of the period on which he or she is employed
    and not on leave all day, rounded down to whole minutes; leave for a part of a day reduces
    nothing. Of a period that began in the history no more is asked than the longest shift
    that is offered on each planned day can add.

    Amount of violation: the hours missing.
    """

    kind: Literal["min-hours"] = "min-hours"
    hours: Hours
    per: Period = "week"

    @property
    def minutes(self) -> int:
        """The minimum, whole minutes."""
        return int(Fraction(self.hours) * 60)

    def rows(self, work: WorkColumns) -> None:
        """Sum the paid minutes of each period."""
        staffing = work.staffing
        agents = self.chosen(staffing)
        paid = np.array([shift.paid_minutes for shift in staffing.shifts], dtype=np.int64)
        for block, whole in staffing.periods(self.per):
            if not whole:
                continue
            columns = flat(work.shift[agents, block.start : block.stop])
            minutes = np.tile(paid, len(block))
            known = (work.known(columns) * minutes).sum(axis=1)
            least = asked(staffing, agents, block, self.minutes, known, paid)
            work.demand(self, self.label, columns, minutes, least, unit=Fraction(1, 60))

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Add up the paid minutes of each period."""
        staffing = schedule.staffing
        agents = self.chosen(staffing)
        paid = np.array([shift.paid_minutes for shift in staffing.shifts], dtype=np.int64)
        for block, whole in staffing.periods(self.per):
            if not whole:
                continue
            minutes = schedule.paid_minutes[agents, block.start : block.stop]
            known = minutes[:, : max(0, staffing.history_days - block.start)].sum(axis=1)
            least = asked(staffing, agents, block, self.minutes, known, paid)
            missing = least - minutes.sum(axis=1)
            for i in np.flatnonzero(missing > 0).tolist():
                text = f"{(least - missing)[i] / 60:g} h per {self.per}, at least {least[i] / 60:g}"
                yield Violation(Fraction(int(missing[i]), 60), int(agents[i]), block[-1], text)

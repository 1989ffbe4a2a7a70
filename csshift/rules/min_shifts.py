"""Shifts in a period at least."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from csshift.model.horizon import Period
from csshift.rules.base import Count, Rule, ShiftWords, Violation
from csshift.rules.minimums import asked
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns, flat


class MinShifts(Rule):
    """At least `count` of `shifts` (left out: of all) in each period that is known whole.

    An agent owes them in proportion to the days of the period on which he or she is employed
    and not on leave, rounded down. Of a period that began in the history no more is asked
    than one on every available planned day.

    Amount of violation: the shifts missing.
    """

    kind: Literal["min-shifts"] = "min-shifts"
    count: Count
    per: Period = "week"
    shifts: ShiftWords | None = None

    def rows(self, work: WorkColumns) -> None:
        """Sum the shifts of each period."""
        staffing = work.staffing
        agents = self.chosen(staffing)
        cells = work.of(agents, staffing.shifts_of(self.shifts))
        for block, whole in staffing.periods(self.per):
            if whole:
                columns = flat(cells[:, block.start : block.stop])
                known = work.known(columns).sum(axis=1)
                least = asked(staffing, agents, block, self.count, known, 1)
                work.demand(self, self.label, columns, 1, least)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the shifts of each period."""
        staffing = schedule.staffing
        agents = self.chosen(staffing)
        worked = schedule.of(staffing.shifts_of(self.shifts))
        for block, whole in staffing.periods(self.per):
            if not whole:
                continue
            days = worked[agents, block.start : block.stop]
            known = days[:, : max(0, staffing.history_days - block.start)].sum(axis=1)
            least = asked(staffing, agents, block, self.count, known, 1)
            missing = least - days.sum(axis=1)
            for i in np.flatnonzero(missing > 0).tolist():
                text = f"{days[i].sum()} shifts per {self.per}, at least {least[i]}"
                yield Violation(Fraction(int(missing[i])), int(agents[i]), block[-1], text)

    def shift_words(self) -> tuple[str, ...]:
        """Return `shifts`."""
        return self.shifts or ()

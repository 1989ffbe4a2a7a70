"""Shifts in a period at most."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from csshift.model.horizon import Period
from csshift.rules.base import Count, Rule, ShiftWords, Violation, beyond
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns, flat


class MaxShifts(Rule):
    """At most `count` of `shifts` (left out: of all) in each period.

    Of a period, the days that are known count.

    Amount of violation: the shifts in excess.
    """

    kind: Literal["max-shifts"] = "max-shifts"
    count: Count
    per: Period = "week"
    shifts: ShiftWords | None = None

    def rows(self, work: WorkColumns) -> None:
        """Sum the shifts of each period."""
        staffing = work.staffing
        cells = work.counted(self.chosen(staffing), self.shifts)
        for block, _ in staffing.periods(self.per):
            columns = flat(cells[:, block.start : block.stop])
            work.limit(self, self.label, columns, 1, self.count)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the shifts of each period."""
        staffing = schedule.staffing
        worked = schedule.counted(self.shifts)
        for block, _ in staffing.periods(self.per):
            for agent in self.chosen(staffing):
                days = worked[agent, block.start : block.stop]
                known = int(days[: max(0, staffing.history_days - block.start)].sum())
                excess = beyond(int(days.sum()), known, self.count)
                if excess:
                    text = f"{days.sum()} shifts per {self.per}, at most {self.count}"
                    yield Violation(Fraction(excess), int(agent), block[-1], text)

    def shift_words(self) -> tuple[str, ...]:
        """Return `shifts`."""
        return self.shifts or ()

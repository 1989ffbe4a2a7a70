"""Shifts that are never worked."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from csshift.rules.base import Rule, ShiftWords, Violation
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns


class ForbiddenShifts(Rule):
    """None of `shifts` is worked on a planned day.

    Amount of violation: each such shift counts 1.
    """

    kind: Literal["forbidden-shifts"] = "forbidden-shifts"
    shifts: ShiftWords

    def rows(self, work: WorkColumns) -> None:
        """Hold the sum of the day's forbidden shifts at zero."""
        staffing = work.staffing
        cells = work.of(self.chosen(staffing), staffing.shifts_of(self.shifts))
        planned = cells[:, staffing.history_days :]
        rows = planned.reshape(planned.shape[0] * planned.shape[1], planned.shape[2])
        work.limit(self, self.label, rows, 1, 0)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Find the forbidden shifts."""
        staffing = schedule.staffing
        worked = schedule.of(staffing.shifts_of(self.shifts))
        for agent in self.chosen(staffing):
            for day in np.flatnonzero(worked[agent]).tolist():
                if day >= staffing.history_days:
                    code = staffing.shifts[schedule.shift[agent, day]].code
                    yield Violation(Fraction(1), int(agent), day, f"{code} is forbidden")

    def shift_words(self) -> tuple[str, ...]:
        """Return `shifts`."""
        return self.shifts

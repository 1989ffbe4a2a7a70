"""Certain shifts on at most so many days in a row."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from csshift.rules.base import Days, Rule, ShiftWords, Violation
from csshift.rules.runs import days_beyond, limit_runs
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns


class MaxConsecutiveShifts(Rule):
    """Any of `shifts` on at most `count` days in a row.

    Amount of violation: every such day beyond the limit counts 1.
    """

    kind: Literal["max-consecutive-shifts"] = "max-consecutive-shifts"
    count: Days
    shifts: ShiftWords

    def rows(self, work: WorkColumns) -> None:
        """Of any count + 1 consecutive days that reach the horizon, one has another shift."""
        staffing = work.staffing
        cells = work.of(self.chosen(staffing), staffing.shifts_of(self.shifts))
        limit_runs(work, self, cells, self.count)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the run that each planned day ends."""
        staffing = schedule.staffing
        worked = schedule.of(staffing.shifts_of(self.shifts))
        for agent in self.chosen(staffing):
            for day, run in days_beyond(staffing, worked[agent], self.count):
                text = f"day {run} of {' '.join(self.shifts)} in a row, at most {self.count}"
                yield Violation(Fraction(1), int(agent), day, text)

    def shift_words(self) -> tuple[str, ...]:
        """Return `shifts`."""
        return self.shifts

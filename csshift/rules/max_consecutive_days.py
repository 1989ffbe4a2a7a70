"""At most so many days of work in a row."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from csshift.rules.base import Days, Rule, Violation
from csshift.rules.runs import days_beyond, limit_runs
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns


class MaxConsecutiveDays(Rule):
    """At most `days` days of work in a row; a shift counts for the day on which it starts.

    Amount of violation: every day worked beyond the limit counts 1.
    """

    kind: Literal["max-consecutive-days"] = "max-consecutive-days"
    days: Days

    def rows(self, work: WorkColumns) -> None:
        """Of any days + 1 consecutive days that reach the horizon, one is off."""
        cells = work.day[self.chosen(work.staffing)][:, :, np.newaxis]
        limit_runs(work, self, cells, self.days)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the run that each planned day ends."""
        for agent in self.chosen(schedule.staffing):
            for day, run in days_beyond(schedule.staffing, schedule.worked[agent], self.days):
                text = f"day {run} of work in a row, at most {self.days}"
                yield Violation(Fraction(1), int(agent), day, text)

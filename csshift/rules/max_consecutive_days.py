"""At most so many days of work in a row."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from csshift.rules.base import Rule, Violation
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns


class MaxConsecutiveDays(Rule):
    """At most `days` days of work in a row.

    Amount of violation: every day worked beyond the limit counts 1.
    """

    kind: Literal["max-consecutive-days"] = "max-consecutive-days"
    days: Annotated[int, Field(ge=1)]

    def rows(self, work: WorkColumns) -> None:
        """Of any days + 1 consecutive days that reach the horizon, one is off."""
        staffing = work.staffing
        first = max(staffing.history_days, self.days)
        ends = np.arange(first, staffing.days)
        window = ends[:, None] - np.arange(self.days, -1, -1)
        columns = work.day[self.chosen(staffing)][:, window].reshape(-1, self.days + 1)
        work.limit(self, self.kind, columns, 1, self.days)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the run that each planned day ends."""
        staffing = schedule.staffing
        for agent in self.chosen(staffing):
            run = 0
            for day, works in enumerate(schedule.worked[agent]):
                run = run + 1 if works else 0
                if run > self.days and day >= staffing.history_days:
                    text = f"day {run} of work in a row, at most {self.days}"
                    yield Violation(Fraction(1), int(agent), day, text)

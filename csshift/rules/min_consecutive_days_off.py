"""At least so many days off in a row."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from csshift.rules.base import Days, Rule, Violation
from csshift.rules.runs import ShortRuns, short_runs
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns


class MinConsecutiveDaysOff(Rule):
    """At least `days` days without work in a row; leave and days without employment count.

    A run that touches the first known day or the end of the horizon is never too short, one
    that began in the history counts from its true start, and one that ended before the last
    day of the history is not judged.

    Amount of violation: the days by which a run is too short.
    """

    kind: Literal["min-consecutive-days-off"] = "min-consecutive-days-off"
    days: Days

    def rows(self, work: WorkColumns) -> None:
        """Time off that starts goes on."""
        cells = work.day[self.chosen(work.staffing)][:, :, np.newaxis]
        room = np.full(cells.shape[0], self.days)  # to be off is possible on any day
        ShortRuns(work, self, cells, self.days, room, absence=True).add()

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Measure every run."""
        staffing = schedule.staffing
        for agent in self.chosen(staffing):
            flags = ~schedule.worked[agent]
            for day, run, missing in short_runs(staffing, flags, self.days, None):
                text = f"{run} days off in a row, at least {self.days}"
                yield Violation(Fraction(missing), int(agent), day, text)

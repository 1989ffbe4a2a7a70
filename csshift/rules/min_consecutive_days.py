"""At least so many days of work in a row."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from csshift.rules.base import Days, Rule, Violation
from csshift.rules.runs import ShortRuns, growth, short_runs
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns


class MinConsecutiveDays(Rule):
    """At least `days` days of work in a row.

    A run that touches the first known day or the end of the horizon is never too short, one
    that began in the history counts from its true start, and one that ended before the last
    day of the history is not judged. A run that leave or the end of employment cuts off at
    the start of the horizon is asked to last as long as it still can.

    Amount of violation: the days by which a run is too short.
    """

    kind: Literal["min-consecutive-days"] = "min-consecutive-days"
    days: Days

    def rows(self, work: WorkColumns) -> None:
        """Work that starts goes on."""
        agents = self.chosen(work.staffing)
        cells = work.day[agents][:, :, np.newaxis]
        room = growth(work.staffing.workable[agents], work.staffing)
        ShortRuns(work, self, cells, self.days, room).add()

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Measure every run."""
        staffing = schedule.staffing
        for agent in self.chosen(staffing):
            flags, workable = schedule.worked[agent], staffing.workable[agent]
            for day, run, missing in short_runs(staffing, flags, self.days, workable):
                text = f"{run} days of work in a row, at least {self.days}"
                yield Violation(Fraction(missing), int(agent), day, text)

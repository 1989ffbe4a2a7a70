"""Certain shifts on at least so many days in a row."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from csshift.rules.base import Days, Rule, ShiftWords, Violation
from csshift.rules.runs import ShortRuns, growth, short_runs
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns


class MinConsecutiveShifts(Rule):
    """Any of `shifts`, once worked, is worked on at least `count` days in a row.

    Runs are judged as those of ``min-consecutive-days``: what touches the first known day or
    the end of the horizon is never too short, the history counts, and leave at the start of
    the horizon excuses.

    Amount of violation: the days by which a run is too short.
    """

    kind: Literal["min-consecutive-shifts"] = "min-consecutive-shifts"
    count: Days
    shifts: ShiftWords

    def rows(self, work: WorkColumns) -> None:
        """What starts goes on."""
        agents = self.chosen(work.staffing)
        shifts = work.staffing.shifts_of(self.shifts)
        room = growth(work.staffing.offers_any(shifts)[agents], work.staffing)
        ShortRuns(work, self, work.of(agents, shifts), self.count, room).add()

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Measure every run."""
        staffing = schedule.staffing
        shifts = staffing.shifts_of(self.shifts)
        worked = schedule.of(shifts)
        offered = staffing.offers_any(shifts)
        for agent in self.chosen(staffing):
            runs = short_runs(staffing, worked[agent], self.count, offered[agent])
            for day, run, missing in runs:
                text = f"{' '.join(self.shifts)} on {run} days in a row, at least {self.count}"
                yield Violation(Fraction(missing), int(agent), day, text)

    def shift_words(self) -> tuple[str, ...]:
        """Return `shifts`."""
        return self.shifts

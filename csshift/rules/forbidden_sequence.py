"""Shifts that never follow one another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from csshift.rules.base import Rule, ShiftWords, Violation
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns


class ForbiddenSequence(Rule):
    """The shifts of `shifts` are never worked in this order on consecutive days.

    Each entry stands for one day: a code, or a tag for any shift that carries it. A sequence
    may begin in the history.

    Amount of violation: each occurrence that ends on a planned day counts 1.
    """

    kind: Literal["forbidden-sequence"] = "forbidden-sequence"
    shifts: ShiftWords

    def rows(self, work: WorkColumns) -> None:
        """Of the shifts of each stretch of days, one at least is not the sequence's."""
        staffing = work.staffing
        length = len(self.shifts)
        agents = self.chosen(staffing)
        ends = np.arange(max(staffing.history_days, length - 1), staffing.days)
        if agents.size == 0 or ends.size == 0:
            return
        blocks = [
            work.of(agents, staffing.shifts_of((word,)))[:, ends - (length - 1 - place)]
            for place, word in enumerate(self.shifts)
        ]
        columns = np.concatenate(blocks, axis=2).reshape(agents.size * ends.size, -1)
        work.limit(self, self.label, columns, 1, length - 1)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Compare every stretch of days with the sequence."""
        staffing = schedule.staffing
        length = len(self.shifts)
        sets = [set(staffing.shifts_of((word,)).tolist()) for word in self.shifts]
        for agent in self.chosen(staffing):
            row = schedule.shift[agent].tolist()
            for end in range(max(staffing.history_days, length - 1), staffing.days):
                stretch = row[end + 1 - length : end + 1]
                if all(shift in allowed for shift, allowed in zip(stretch, sets, strict=True)):
                    codes = "-".join(staffing.shifts[shift].code for shift in stretch)
                    yield Violation(Fraction(1), int(agent), end, f"{codes} is forbidden")

    def shift_words(self) -> tuple[str, ...]:
        """Return `shifts`."""
        return self.shifts

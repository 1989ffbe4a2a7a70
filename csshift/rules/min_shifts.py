"""Shifts in a period at least."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from csshift.model.horizon import Period
from csshift.rules.base import Count, Rule, ShiftWords, Violation
from csshift.rules.minimums import asked
from csshift.rules.staffing import Schedule, Staffing
from csshift.rules.work import WorkColumns, flat


class MinShifts(Rule):
    """At least `count` of `shifts` (left out: of all) in each period that is known whole.

    An agent owes them in proportion to the days of the period on which he or she is employed
    and not on leave all day, rounded down; leave for a part of a day reduces nothing. Of a
    period that began in the history no more is asked than one on every planned day on which
    one of them is offered.

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
        chosen = staffing.shifts_of(self.shifts)
        cells, counts = work.counted(agents, self.shifts), _counts(staffing, chosen)
        for block, whole in staffing.periods(self.per):
            if whole:
                columns = flat(cells[:, block.start : block.stop])
                known = work.known(columns).sum(axis=1)
                least = asked(staffing, agents, block, self.count, known, counts)
                work.demand(self, self.label, columns, 1, least)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the shifts of each period."""
        staffing = schedule.staffing
        agents = self.chosen(staffing)
        chosen = staffing.shifts_of(self.shifts)
        worked, counts = schedule.counted(self.shifts), _counts(staffing, chosen)
        for block, whole in staffing.periods(self.per):
            if not whole:
                continue
            days = worked[agents, block.start : block.stop]
            known = days[:, : max(0, staffing.history_days - block.start)].sum(axis=1)
            least = asked(staffing, agents, block, self.count, known, counts)
            missing = least - days.sum(axis=1)
            for i in np.flatnonzero(missing > 0).tolist():
                text = f"{days[i].sum()} shifts per {self.per}, at least {least[i]}"
                yield Violation(Fraction(int(missing[i])), int(agents[i]), block[-1], text)

    def shift_words(self) -> tuple[str, ...]:
        """Return `shifts`."""
        return self.shifts or ()


def _counts(staffing: Staffing, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 1 for each shift that counts, 0 for the others, shape (shifts,)."""
    counts = np.zeros(len(staffing.shifts), dtype=np.int64)
    counts[chosen] = 1
    return counts

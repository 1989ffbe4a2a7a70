"""Weekends are worked whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import numpy as np

from csshift.rules.base import Rule, Violation
from csshift.rules.staffing import Schedule, Staffing
from csshift.rules.weekends import weekends
from csshift.rules.work import WorkColumns


class CompleteWeekends(Rule):
    """Saturday and Sunday of a weekend are both worked, or neither.

    A shift counts for the day on which it starts: a Friday night that ends on Saturday is not
    work on the weekend. A weekend of which one day is unknown asks nothing, nor does one whose
    Saturday was worked in the history when no shift is offered to the agent on the Sunday.

    Amount of violation: each weekend worked in half counts 1.
    """

    kind: Literal["complete-weekends"] = "complete-weekends"

    def rows(self, work: WorkColumns) -> None:
        """Saturday equals Sunday."""
        staffing = work.staffing
        agents = self.chosen(staffing)
        blocks = []
        for saturday, sunday in _known(staffing):
            pairs = work.day[agents][:, [saturday, sunday]]
            excused = work.known(pairs[:, 0]) & ~staffing.workable[agents, sunday]
            blocks.append(pairs[~excused])
        if not blocks:
            return
        columns = np.concatenate(blocks)
        weekend = np.arange(columns.shape[0])
        signs = np.repeat([[1, -1], [-1, 1]], columns.shape[0], axis=0)
        work.demand(self, self.label, np.tile(columns, (2, 1)), signs, 0, share=np.tile(weekend, 2))

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Compare the two days of each weekend."""
        staffing = schedule.staffing
        for agent in self.chosen(staffing):
            for saturday, sunday in _known(staffing):
                first, second = schedule.worked[agent, [saturday, sunday]].tolist()
                past = saturday < staffing.history_days
                if first == second or (first and past and not staffing.workable[agent, sunday]):
                    continue
                text = f"only {'Saturday' if first else 'Sunday'} of the weekend is worked"
                yield Violation(Fraction(1), int(agent), sunday, text)


def _known(staffing: Staffing) -> Iterator[tuple[int, int]]:
    for saturday, sunday in weekends(staffing):
        if saturday is not None and sunday is not None:
            yield saturday, sunday

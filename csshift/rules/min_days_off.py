"""Days off in a period at least."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from csshift.model.horizon import Period
from csshift.rules.base import Days, Rule, Violation
from csshift.rules.staffing import Schedule
from csshift.rules.work import WorkColumns

LONGEST = {"week": 7, "rolling-7-days": 7, "month": 31}


class MinDaysOff(Rule):
    """At least `days` days without work in each period that is known whole.

    Leave and days without employment count as days off. A shift counts for the day on which
    it starts: a day into whose morning the night of the day before runs can be a day off.

    Amount of violation: the days off that are missing. Where the history of a period has
    already used up the days that may be worked, each further one counts.
    """

    kind: Literal["min-days-off"] = "min-days-off"
    days: Days
    per: Period = "week"

    @model_validator(mode="after")
    def _possible(self) -> Self:
        longest = LONGEST.get(self.per)
        if longest is not None and self.days > longest:
            raise ValueError(f"days: a period of {self.per} has at most {longest} days")
        return self

    def rows(self, work: WorkColumns) -> None:
        """Of the days of each period, all but `days` may be worked."""
        staffing = work.staffing
        agents = self.chosen(staffing)
        for block, whole in staffing.periods(self.per):
            if whole:
                columns = work.day[agents, block.start : block.stop]
                most = max(0, len(block) - self.days)
                work.limit(self, self.label, columns, 1, most)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the days off of each period."""
        staffing = schedule.staffing
        for block, whole in staffing.periods(self.per):
            if not whole:
                continue
            past = max(0, staffing.history_days - block.start)
            asked = min(self.days, len(block))
            agents = self.chosen(staffing)
            off = ~schedule.worked[agents, block.start : block.stop]
            total = off.sum(axis=1)
            # Days off that the planned days can still give, whatever the history did.
            possible = off[:, :past].sum(axis=1) + len(block) - past
            missing = np.minimum(asked, possible) - total
            for place in np.flatnonzero(missing > 0).tolist():
                text = f"{total[place]} days off per {self.per}, at least {self.days}"
                amount = Fraction(int(missing[place]))
                yield Violation(amount, int(agents[place]), block[-1], text)

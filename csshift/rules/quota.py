"""A quota of rest days, of which those not taken are carried over."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date as Date
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from csshift.model.horizon import period_blocks
from csshift.rules.base import Rule, Violation, period_text, plural, register, texts
from csshift.rules.grid import OFF, RosterGrid, Schedule
from csshift.rules.shares import PARTS
from csshift.rules.work import WorkColumns


@register
class RestQuota(Rule):
    """At least `days` days off in each period, less those taken too many and more those owed.

    Leave and days without employment are no days off: of a period that is known in part, or in
    which an agent is away, the quota is in proportion to the days on which he or she is there. What
    is carried over is the balance of this name in ``balances.csv``, and the days of the history
    after it; of all that is owed, the first period asks for what is whole. Fractions of a day stay
    in the balance.

    Amount of violation: the days off that are missing.

    Parameters
    ----------
    days : int
        Days off in a whole period.
    per : {"week", "month"}
        The period.
    """

    titles = texts(en="Quota of rest days", zh="月休额度")
    sentences = texts(
        en="{days:day} off {per}, with carry-over.", zh="{per}休息 {days} 天，可结转。"
    )
    examples = (("Four rest days a month, carried over", 'days = 4, per = "month"'),)

    kind: Literal["rest-quota"] = "rest-quota"
    days: Annotated[int, Field(ge=0, le=31)]
    per: Literal["week", "month"] = "month"

    @property
    def what(self) -> str:
        """The name under which balances are carried."""
        return self.name or self.id or "rest-days"

    def due(self, grid: RosterGrid, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the thousandths of days off that some days bring each agent, (agents,)."""
        lengths = np.array([_length(grid.dates[day], self.per) for day in days], dtype=np.int64)
        each = PARTS * self.days * grid.available[:, days] / np.maximum(lengths, 1)
        return np.asarray(np.rint(each.sum(axis=1)), dtype=np.int64)

    def balance(
        self, grid: RosterGrid, worked: NDArray[np.bool_], last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return thousandths of days off taken and due, what is carried over included.

        Parameters
        ----------
        grid : RosterGrid
        worked : bool array, shape (agents, days)
        last : int
            The first day that no longer counts.
        """
        until, carried = grid.carried_until(self.what), grid.carried(self.what)
        days = np.array(
            [i for i, date in enumerate(grid.dates[:last]) if until is None or date > until],
            dtype=np.int64,
        )
        off = (grid.available[:, days] & ~worked[:, days]).sum(axis=1)
        return PARTS * off + carried[:, 0], self.due(grid, days) + carried[:, 1]

    def _limits(
        self, grid: RosterGrid, worked: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield the days of each period and what may be worked of them, by agent."""
        taken, due = self.balance(grid, worked, grid.history_days)
        owed = due - taken
        for block, _ in period_blocks(grid.dates, self.per, grid.horizon.week_start):
            days = np.array([day for day in block if day >= grid.history_days], dtype=np.int64)
            if not days.size:
                continue
            owed = owed + self.due(grid, days)
            quota = np.maximum(owed // PARTS, 0)
            there = grid.available[:, days].sum(axis=1)
            quota = np.minimum(quota, there)
            owed = owed - PARTS * quota
            yield days, there - quota

    def rows(self, work: WorkColumns) -> None:
        """Add a row for each period and agent."""
        worked = work.known(work.day)
        agents = self.chosen(work.grid)
        for days, limits in self._limits(work.grid, worked):
            self.at_most(work, work.day[np.ix_(agents, days)], 1, limits[agents])

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the days at work of each period."""
        grid = schedule.grid
        worked = schedule.shift != OFF
        for days, limits in self._limits(grid, worked):
            for agent in self.chosen(grid).tolist():
                there = int(grid.available[agent, days].sum())
                done = int(worked[agent, days].sum())
                excess = done - int(limits[agent])
                if excess > 0:
                    off, due = plural(there - done, "day"), there - int(limits[agent])
                    text = f"{off} off {period_text(self.per)}, {due} due with carry-over"
                    yield Violation(Fraction(excess), agent, int(days[-1]), text)


def _length(date: Date, per: str) -> int:
    """Return how many days the period of a date has."""
    return 7 if per == "week" else monthrange(date.year, date.month)[1]

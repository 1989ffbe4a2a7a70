"""Rest between two shifts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from csshift.model.entity import MINUTES_PER_DAY, Exact
from csshift.program import ABSENT
from csshift.rules.base import Rule, Violation, register, texts
from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.work import WorkColumns


@register
class MinRest(Rule):
    """At least `hours` between the end of a shift and the start of the agent's next one.

    A day of the history with a shift that is not in the list has no known end and requires no
    rest; a note says so.

    Amount of violation: each pair of shifts that lie too close counts 1.

    Parameters
    ----------
    hours : Decimal
        Hours of rest that are required.
    """

    titles = texts(en="Rest between shifts", zh="班间休息")
    sentences = texts(
        en="At least {hours} h between the end of a shift and the next start.",
        zh="两个班次之间至少休息 {hours} 小时。",
    )

    kind: Literal["min-rest"] = "min-rest"
    hours: Annotated[Exact, Field(ge=0, le=168, decimal_places=3)] = Decimal(11)

    @property
    def minutes(self) -> Fraction:
        """The rest required, minutes."""
        return Fraction(self.hours) * 60

    def rows(self, work: WorkColumns) -> None:
        """For each end of shift: the shifts that end so late and those that start too early."""
        grid = work.grid
        agents = self.chosen(grid)
        for gap in range(1, self._reach(grid) + 1):
            cliques = self._cliques(grid, gap)
            later = np.arange(max(grid.history_days, gap), grid.days)
            if not cliques or later.size == 0 or agents.size == 0:
                continue
            blocks, shares = [], []
            pairs = np.arange(agents.size * later.size)
            for late, early in cliques:
                block = np.full((pairs.size, 2 * len(grid.shifts)), ABSENT, dtype=np.int64)
                before = work.shift[np.ix_(agents, later - gap, late)]
                after = work.shift[np.ix_(agents, later, early)]
                block[:, : late.size] = before.reshape(pairs.size, -1)
                block[:, -early.size :] = after.reshape(pairs.size, -1)
                blocks.append(block)
                shares.append(pairs)
            self.at_most(work, np.vstack(blocks), 1, 1, share=np.concatenate(shares))

    def _reach(self, grid: RosterGrid) -> int:
        """Return the most days between the starts of two shifts that can be too close."""
        latest = max((shift.end for shift in grid.shifts), default=0)
        return int((latest + self.minutes) // MINUTES_PER_DAY)

    def _cliques(
        self, grid: RosterGrid, gap: int
    ) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Return sets (ends so late, starts too early `gap` days on) of which one may be worked.

        One set for each distinct end of shift; a set that another one contains is left out.
        """
        ends = np.array([shift.end for shift in grid.shifts])
        starts = np.array([shift.start for shift in grid.shifts]) + gap * MINUTES_PER_DAY
        cliques: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        for end in sorted(set(ends.tolist())):
            early = np.flatnonzero(starts < float(end + self.minutes))
            if early.size == 0:
                continue
            if cliques and cliques[-1][1].size == early.size:
                continue
            cliques.append((np.flatnonzero(ends >= end), early))
        return cliques

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Measure the rest between the shifts of each pair of days near enough."""
        grid = schedule.grid
        agents, first = self.chosen(grid), grid.history_days
        shift = schedule.shift[agents]
        found = []
        reach = self._reach(grid) if grid.shifts else 0
        for gap in range(1, min(reach, grid.days - 1) + 1):
            start = max(first, gap)
            before, after = shift[:, start - gap : grid.days - gap], shift[:, start:]
            known = (before >= 0) & (after >= 0)
            # The places that do not count hold any shift: OFF and UNKNOWN are no positions.
            near = self._close(grid, gap)[np.maximum(before, 0), np.maximum(after, 0)]
            close = known & near
            found += [(agent, start + day, gap) for agent, day in np.argwhere(close).tolist()]
        for place, day, gap in sorted(found):
            before, after = (grid.shifts[shift[place, d]] for d in (day - gap, day))
            rest = gap * MINUTES_PER_DAY + after.start - before.end
            text = (
                f"{rest / 60:g} h between {before.code} and {after.code}, at least {self.hours:f} h"
            )
            yield Violation(Fraction(1), int(agents[place]), day, text)

    def _close(self, grid: RosterGrid, gap: int) -> NDArray[np.bool_]:
        """Return which shifts `gap` days apart leave too little rest, shape (before, after)."""
        ends = np.array([shift.end for shift in grid.shifts])
        starts = np.array([shift.start for shift in grid.shifts])
        rest = gap * MINUTES_PER_DAY + starts - ends[:, None]
        return np.asarray(rest < float(self.minutes))

"""Starts of shifts: near one another, and never backwards."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from csshift.model.entity import Exact
from csshift.program import ABSENT
from csshift.rules.base import Violation, period_text, register, texts
from csshift.rules.clauses import Forbidden, ForbiddingRule, last_days, shift_sets
from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.hours import PeriodRule
from csshift.rules.work import WorkColumns


@register
class ForwardRotation(ForbiddingRule):
    """A shift starts no earlier than the one of the day before.

    Days off, more than `days_off` in a row, begin a new rotation. A day of the history with a
    shift that is not in the list has no known start and requires nothing.

    Amount of violation: each start that is too early counts 1.

    Parameters
    ----------
    days_off : int
        Days off between two shifts across which they are still compared.
    minutes : int
        A start earlier by no more than this counts as no earlier.
    """

    titles = texts(en="Forward rotation", zh="班次只向后轮换")
    sentences = texts(
        en="No shift starts more than {minutes:minute} earlier than the one before, across at most "
        "{days_off:day} off.",
        zh="相隔不超过 {days_off} 天休息时，开始时间不比上一班早 {minutes} 分钟以上。",
    )
    examples = (("Early, late, night, and never backwards", "days_off = 1"),)

    kind: Literal["forward-rotation"] = "forward-rotation"
    days_off: Annotated[int, Field(ge=0, le=31)] = 0
    minutes: Annotated[int, Field(ge=0, lt=1440)] = 0

    def forbidden(self, grid: RosterGrid) -> Iterator[Forbidden]:
        """For each start: the shifts that start so late, and those that start earlier."""
        starts = np.array([shift.start for shift in grid.shifts])
        pairs = []
        for start in sorted(set(starts.tolist())):
            earlier = starts < start - self.minutes
            if earlier.any():
                pairs.append([np.append(s, [False] * 2) for s in (starts >= start, earlier)])
        off = shift_sets(grid, ["."])[0]
        for gap in range(1, self.days_off + 2):
            sets = [np.vstack([late, *[off] * (gap - 1), early]) for late, early in pairs]
            if sets and gap < grid.days:
                ends = last_days(grid, gap + 1)
                yield Forbidden(range(-gap, 1), np.array(sets), ends, self._text)

    def _text(self, found: str) -> str:
        return f"{found} rotates backwards"


@register
class MaxStartSpread(PeriodRule):
    """The shifts of a period start at most `hours` apart, by the time of day.

    Planned days whose shift starts outside are violations: as few as some span of so many hours
    leaves, among the spans that hold the most starts of the history in the period. A day of the
    history with a shift that is not in the list does not count.

    Amount of violation: each such day counts 1.

    Parameters
    ----------
    hours : Decimal
        Hours between the earliest and the latest start.
    """

    titles = texts(en="Starts near one another", zh="上班时间相近")
    sentences = texts(
        en="Shifts start at most {hours} h apart {per}.",
        zh="{per}各班开始时间相差不超过 {hours} 小时。",
    )
    examples = (("Start times at most two hours apart in a week", "hours = 2"),)

    kind: Literal["max-start-spread"] = "max-start-spread"
    hours: Annotated[Exact, Field(ge=0, lt=24, decimal_places=3)]

    def _spans(self, grid: RosterGrid) -> tuple[list[int], NDArray[np.bool_]]:
        """Return the distinct starts, and which spans from a start hold them, (spans, starts)."""
        starts = sorted({shift.start for shift in grid.shifts})
        apart = np.array(starts) - np.array(starts)[:, None]
        return starts, (apart >= 0) & (apart <= float(Fraction(self.hours) * 60))

    def rows(self, work: WorkColumns) -> None:
        """One span is chosen for each period; a shift outside it is not worked, or paid for."""
        grid, agents = work.grid, self.chosen(work.grid)
        starts, holds = self._spans(grid)
        at = [np.array([i for i, s in enumerate(grid.shifts) if s.start == t]) for t in starts]
        for days, _ in self.periods(grid, self.per, self.week_start):
            past = np.array([day for day in days if day < grid.history_days], dtype=np.int64)
            planned = np.array([day for day in days if day >= grid.history_days])
            cells = [work.of(agents, shifts) for shifts in at]
            counts = np.column_stack(
                [work.known(block[:, past]).sum(axis=(1, 2)) for block in cells]
            ) @ holds.T.astype(np.int64)
            allowed = counts == counts.max(axis=1, keepdims=True)
            spans = np.full(allowed.shape, ABSENT, dtype=np.int64)
            last = int(planned[-1]) - grid.history_days
            people = np.broadcast_to(agents[:, None], allowed.shape)[allowed]
            spans[allowed] = work.builder.columns(
                int(allowed.sum()), family=self.label, upper=1, agent=people, day=last
            )
            work.builder.rows(spans, 1, family=self.label, upper=1)
            self._outside(work, cells, spans, holds, planned)

    def _outside(
        self,
        work: WorkColumns,
        cells: list[NDArray[np.int64]],
        spans: NDArray[np.int64],
        holds: NDArray[np.bool_],
        planned: NDArray[np.int64],
    ) -> None:
        """For each start and day: its shifts only where a span that holds it is chosen."""
        width = max(block.shape[2] for block in cells) + len(holds)
        ids, values = [], []
        for number, block in enumerate(cells):
            shape = (len(spans), planned.size, width)
            columns = np.full(shape, ABSENT, dtype=np.int64)
            columns[:, :, : block.shape[2]] = block[:, planned]
            columns[:, :, width - len(holds) :] = np.where(holds[:, number], spans, ABSENT)[:, None]
            sign = np.ones(width, dtype=np.int64)
            sign[width - len(holds) :] = -1
            ids.append(columns.reshape(-1, width))
            values.append(np.broadcast_to(sign, (len(ids[-1]), width)))
        columns = np.vstack(ids)
        share = np.tile(np.arange(len(ids[0])), len(ids))
        price = None if self.hard else self.weight
        upper = np.zeros(len(columns), dtype=np.int64)
        work.limit(self.label, columns, np.vstack(values), upper, price, self.price_source, share)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Try every span, and name the days that the best one leaves outside."""
        grid = schedule.grid
        width = Fraction(self.hours) * 60
        for days, _ in self.periods(grid, self.per, self.week_start):
            for agent in self.chosen(grid).tolist():
                starts = {
                    day: grid.shifts[schedule.shift[agent, day]].start
                    for day in days
                    if schedule.shift[agent, day] >= 0
                }
                best: tuple[int, int] = (-1, -1)
                outside: list[int] = []
                for base in sorted({shift.start for shift in grid.shifts}):
                    fits = {day for day, start in starts.items() if 0 <= start - base <= width}
                    past = sum(day < grid.history_days for day in fits)
                    if (past, len(fits) - past) > best:
                        best = past, len(fits) - past
                        outside = [d for d in starts if d >= grid.history_days and d not in fits]
                for day in outside:
                    code = grid.shifts[schedule.shift[agent, day]].code
                    text = f"{code} starts more than {self.hours:f} h away {period_text(self.per)}"
                    yield Violation(Fraction(1), agent, day, text)

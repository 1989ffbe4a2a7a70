"""Heads that certain shifts need on certain days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as Date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from csshift.model.entity import Entity, Weight
from csshift.program import ABSENT, UNBOUNDED
from csshift.rules.base import Count, Rule, ShiftWords, Violation, register, texts
from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.work import WorkColumns

THOUSANDTHS = 1000
"""Weights have three decimal places."""


class ShiftNeed(Entity):
    """Heads that one or more shifts need together, on each of some days.

    Parameters
    ----------
    shifts : tuple of str
        Codes, or ``tag:WORD``; agents on any of them count.
    heads : int
        How many agents are needed.
    dates : tuple of date or None
        Days on which they are; None means every one. Those not planned are left out.
    under, over : Decimal
        Amount of violation for each head that is missing, and for each one too many. 0 lets
        them be missing, or too many.
    """

    shifts: ShiftWords
    heads: Count
    dates: Annotated[tuple[Date, ...], Field(min_length=1)] | None = None
    under: Weight = Decimal(1)
    over: Weight = Decimal(0)

    @model_validator(mode="after")
    def _requires_something(self) -> Self:
        if not self.under and not self.over:
            raise ValueError("under: it is 0 like over, so that nothing is required; raise one")
        return self

    def days(self, grid: RosterGrid) -> list[int]:
        """Return the positions of the days, ascending."""
        if self.dates is None:
            return list(range(grid.history_days, grid.days))
        planned = {date for date in self.dates if date in grid.horizon}
        return sorted(grid.history_days + grid.horizon.index(date) for date in planned)


@register
class ShiftCover(Rule):
    """On each day the shifts of each entry of `cover` have the heads that they need.

    Entries are judged one by one; several may speak of the same day and shift.

    Amount of violation: `under` of the entry for each head missing, `over` for each one too
    many. A hard rule forbids what counts more than 0.

    Parameters
    ----------
    cover : tuple of ShiftNeed
        Tables of ``shifts``, ``heads``, ``dates``, ``under`` and ``over``.
    """

    titles = texts(en="Heads on shifts", zh="班次人数")
    sentences = texts(
        en="Certain shifts have the heads that they need.", zh="指定班次的人数符合要求。"
    )

    collective = True
    scope = "days"
    examples = (
        (
            "Two to four on the day shift",
            (
                'cover = [{ shifts = ["D"], heads = 2 }, '
                '{ shifts = ["D"], heads = 4, under = 0, over = 1 }]'
            ),
        ),
    )

    needs_presence = True

    kind: Literal["shift-cover"] = "shift-cover"
    cover: Annotated[tuple[ShiftNeed, ...], Field(min_length=1, max_length=100_000)]

    def rows(self, work: WorkColumns) -> None:
        """For each entry and day: agents at work + missing - too many = heads."""
        lines = _lines(self, work)
        size = np.array([columns.size for columns in lines.columns], dtype=np.int64)
        short, full = lines.under > 0, (lines.over > 0) & (size > lines.heads)
        short &= lines.heads > 0
        kept = np.flatnonzero(short | full)
        parts = [lines.columns[i] for i in kept]
        row = np.repeat(np.arange(kept.size), size[kept])
        value = np.ones(row.size, dtype=np.int64)
        lines, short, full = lines.at(kept), short[kept], full[kept]
        if not self.hard:
            missing = self._slack(work, lines, short, lines.heads, lines.under)
            extra = self._slack(work, lines, full, size[kept] - lines.heads, lines.over)
            parts += [missing, extra]
            row = np.concatenate([row, np.flatnonzero(short), np.flatnonzero(full)])
            value = np.concatenate([value, np.ones_like(missing), -np.ones_like(extra)])
        work.builder.sparse_rows(
            kept.size,
            row,
            np.concatenate([*parts, np.empty(0, dtype=np.int64)]),
            value,
            family=self.label,
            lower=np.where(short, lines.heads, -UNBOUNDED),
            upper=np.where(full, lines.heads, UNBOUNDED),
        )

    def _slack(
        self,
        work: WorkColumns,
        lines: _Lines,
        where: NDArray[np.bool_],
        upper: NDArray[np.int64],
        cost: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Return new columns, one for each line `where` heads may be missing or too many."""
        return work.builder.columns(
            int(where.sum()),
            family=self.label,
            upper=upper[where],
            cost=cost[where],
            unit=self.weight / THOUSANDTHS,
            source=self.price_source,
            day=lines.day[where],
        )

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the agents of every entry on every day."""
        grid = schedule.grid
        agents, judged = self.chosen(grid), self.judged(grid)
        for need in self.cover:
            shifts = grid.shifts_of(need.shifts)
            for day in filter(judged.__getitem__, need.days(grid)):
                heads = int(np.isin(schedule.shift[agents, day], shifts).sum())
                missing, extra = max(0, need.heads - heads), max(0, heads - need.heads)
                amount = Fraction(need.under) * missing + Fraction(need.over) * extra
                if amount:
                    text = f"{heads} on {'|'.join(need.shifts)}, {need.heads} needed"
                    yield Violation(amount, None, day, text)

    def shift_words(self) -> tuple[str, ...]:
        """Return the words of every entry, each once."""
        return tuple(dict.fromkeys(word for need in self.cover for word in need.shifts))

    def named_dates(self) -> tuple[Date, ...]:
        """Return the dates of every entry, each once."""
        dates = (date for need in self.cover for date in need.dates or ())
        return tuple(dict.fromkeys(dates))

    def holds_on_other_dates(self) -> bool:
        """Return whether an entry holds on every day."""
        return any(need.dates is None for need in self.cover)


class _Lines(NamedTuple):
    """The pairs of an entry and a day; weights in thousandths, days of the horizon."""

    columns: list[NDArray[np.int64]]
    day: NDArray[np.int64]
    heads: NDArray[np.int64]
    under: NDArray[np.int64]
    over: NDArray[np.int64]

    def at(self, chosen: NDArray[np.int64]) -> _Lines:
        """Return some of the lines."""
        columns = [self.columns[i] for i in chosen]
        return _Lines(columns, *(values[chosen] for values in self[1:]))


def _lines(rule: ShiftCover, work: WorkColumns) -> _Lines:
    grid = work.grid
    agents, judged = rule.chosen(grid), rule.judged(grid)
    columns: list[NDArray[np.int64]] = []
    numbers: list[tuple[int, int, int, int]] = []
    for need in rule.cover:
        shifts = grid.shifts_of(need.shifts)
        weights = int(need.under * THOUSANDTHS), int(need.over * THOUSANDTHS)
        for day in filter(judged.__getitem__, need.days(grid)):
            found = work.shift[np.ix_(agents, np.array([day]), shifts)].ravel()
            columns.append(found[found != ABSENT])
            numbers.append((day - grid.history_days, need.heads, *weights))
    table = np.array(numbers, dtype=np.int64).reshape(-1, 4)
    return _Lines(columns, *table.T)

"""Rest between shifts, unbroken rest in a period, and starts that lie near one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from csshift.model.entity import MINUTES_PER_DAY, Exact
from csshift.model.horizon import Period
from csshift.model.weekdays import Weekday
from csshift.rules.base import Days, ShiftWords, Violation, period_text, register, texts
from csshift.rules.clauses import Forbidden, ForbiddingRule, Required, RequiringRule, last_days
from csshift.rules.grid import OFF, UNKNOWN, RosterGrid, Schedule

Stretch: TypeAlias = tuple[NDArray[np.int64], NDArray[np.bool_]]
"""Positions of days, and what may be worked on each of them during a rest."""

RestHours = Annotated[Exact, Field(ge=0, le=168, decimal_places=3)]


@register
class MinRest(ForbiddingRule):
    """At least `hours` between the end of a shift and the start of the agent's next one.

    A day of the history with a shift that is not in the list has no known end and requires no
    rest; a note says so. With `after`, the rest is owed after the last of these shifts in a row:
    one of them on the following day goes on with the run and needs no such rest. `valid` and
    `weekdays` speak of the day of the second shift.

    Amount of violation: each pair of shifts that lie too close counts 1.

    Parameters
    ----------
    hours : Decimal
        Hours of rest that are required.
    after : tuple of str or None
        Codes, or other words of shifts, after which the rest is owed; left out: all.
    before : tuple of str or None
        Codes, or other words of shifts, before which the rest is owed; left out: all.
    run : int
        Days in a row with one of `after` from which on the rest is owed.
    """

    titles = texts(en="Rest between shifts", zh="班间休息")
    sentences = texts(
        en="At least {hours} h between the end of a shift and the next start.",
        zh="两个班次之间至少休息 {hours} 小时。",
    )
    examples = (
        ("11 hours between shifts", "hours = 11"),
        ("48 hours after nights", 'hours = 48, after = ["tag:night"]'),
        ("48 hours after three nights in a row", 'hours = 48, after = ["tag:night"], run = 3'),
        ("16 hours before an early shift", 'hours = 16, before = ["start:05:00-08:00"]'),
    )

    kind: Literal["min-rest"] = "min-rest"
    hours: RestHours = Decimal(11)
    after: ShiftWords | None = None
    before: ShiftWords | None = None
    run: Annotated[Days, Field(le=366)] = 1

    @model_validator(mode="after")
    def _run_of_something(self) -> Self:
        if self.run > 1 and self.after is None:
            raise ValueError("run: a run of which shifts is meant; name them in after")
        return self

    @property
    def minutes(self) -> Fraction:
        """The rest required, minutes."""
        return Fraction(self.hours) * 60

    @property
    def universal(self) -> bool:
        """Whether the rest is owed between all shifts, on every day."""
        return super().universal and self.after is None and self.before is None

    def statement(self, lang: str = "en") -> str:
        """Return what the rule requires."""
        if self.after is None and self.before is None:
            return super().statement(lang)
        rest = super().statement(lang)
        after, before = " ".join(self.after or ()), " ".join(self.before or ())
        if lang == "zh":
            parts = [
                f"连续 {self.run} 天 {after} 之后" if after else "",
                f"{before} 之前" * bool(before),
            ]
            return f"{'、'.join(filter(None, parts))}：{rest}"
        parts = [f"after {self.run} or more {after} in a row" if self.run > 1 else f"after {after}"]
        parts = [*(parts if after else []), *([f"before {before}"] if before else [])]
        return f"{rest.removesuffix('.')}, {' and '.join(parts)}."

    def shift_words(self) -> tuple[str, ...]:
        """Return the words of `after` and `before`."""
        return (*(self.after or ()), *(self.before or ()))

    def _longest_gap(self, grid: RosterGrid) -> int:
        """Return the most days between the starts of two shifts that can be too close."""
        latest = max((shift.end for shift in grid.shifts), default=0)
        return int((latest + self.minutes) // MINUTES_PER_DAY)

    def forbidden(self, grid: RosterGrid) -> Iterator[Forbidden]:
        """For each end of shift: a run that ends so late, and shifts that start too early."""
        after, before = grid.flags(self.after) > 0, grid.flags(self.before) > 0
        run = self.run if self.after is not None else 1
        for gap in range(1, min(self._longest_gap(grid), grid.days - 1) + 1):
            sets = []
            for late, early in self._cliques(grid, gap, after, before):
                days = [after] * (run - 1) + [late]
                if self.after is not None and gap > 1:
                    days.append(~after)
                sets.append([_with(s) for s in days] + [_with(early)])
                if self.after is not None and gap > 1:
                    # The day after the run: a day off, or any other shift.
                    sets[-1][-2][UNKNOWN] = sets[-1][-2][OFF] = True
            if sets and run + gap <= grid.days:
                between = [1 - gap] if self.after is not None and gap > 1 else []
                offsets = [*range(1 - run - gap, 1 - gap), *between, 0]
                ends = last_days(grid, run + gap)
                yield Forbidden(offsets, np.array(sets), ends, lambda _: "too little rest")

    def _cliques(
        self, grid: RosterGrid, gap: int, after: NDArray[np.bool_], before: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """Yield sets (ends so late, starts too early `gap` days on) of which one may be worked.

        One set for each distinct end of shift; a set that another one contains is left out.
        """
        ends = np.array([shift.end for shift in grid.shifts])
        starts = np.array([shift.start for shift in grid.shifts]) + gap * MINUTES_PER_DAY
        if self.after is not None and gap == 1:
            before = before & ~after
        largest = 0
        for end in sorted(set(ends[after].tolist())):
            early = before & (starts < float(end + self.minutes))
            if early.sum() > largest:
                largest = int(early.sum())
                yield after & (ends >= end), early

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Measure the rest between the shifts of each pair of days near enough."""
        grid = schedule.grid
        agents, first = self.chosen(grid), grid.history_days
        shift, judged = schedule.shift[agents], self.judged(grid)
        owed = self._owed(schedule)[agents]
        wanted = np.append(grid.flags(self.before), [0, 0]) > 0
        found = []
        longest = self._longest_gap(grid) if grid.shifts else 0
        for gap in range(1, min(longest, grid.days - 1) + 1):
            start = max(first, gap)
            before, after = shift[:, start - gap : grid.days - gap], shift[:, start:]
            known = (before >= 0) & (after >= 0) & wanted[after] & judged[start:]
            known &= owed[:, start - gap : grid.days - gap]
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

    def _owed(self, schedule: Schedule) -> NDArray[np.bool_]:
        """Return after which days the rest is owed: the last of a run, shape (agents, days)."""
        if self.after is None:
            return schedule.worked
        counted = schedule.counted(self.after)
        owed = np.zeros_like(counted)
        for agent, row in enumerate(counted.tolist()):
            length = 0
            for day, counts in enumerate(row):
                length = length + 1 if counts else 0
                goes_on = day + 1 < len(row) and row[day + 1]
                owed[agent, day] = length >= self.run and not goes_on
        return owed

    def _close(self, grid: RosterGrid, gap: int) -> NDArray[np.bool_]:
        """Return which shifts `gap` days apart leave too little rest, shape (before, after)."""
        ends = np.array([shift.end for shift in grid.shifts])
        starts = np.array([shift.start for shift in grid.shifts])
        rest = gap * MINUTES_PER_DAY + starts - ends[:, None]
        return np.asarray(rest < float(self.minutes))


def _with(shifts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return shifts as what fits a day: neither a shift that is not known, nor a day off."""
    return np.append(shifts, [False, False])


@register
class MinRestBlock(RequiringRule):
    """In each period one unbroken rest of at least `hours`, or of `days` days off.

    The rest begins in the period and may go on after it, up to the end of the last planned day. A
    rest of hours counts to the minute, from 00:00 of the period's first day at the earliest; a
    shift lasts from its start to its end, the gap of a split shift included. Days off count by the
    day on which shifts start. A period that is not known completely requires nothing, nor does one
    in which the history leaves no room. A shift of the history that is not in the list may last
    the whole day on which it starts. `valid` and `weekdays` speak of the last day of the period.

    Amount of violation: each period without such a rest counts 1.

    Parameters
    ----------
    hours : Decimal or None
        Hours of unbroken rest.
    days : int or None
        Days off in a row, in place of hours.
    per : str
        The period, or the name of a span of dates.
    week_start : str or None
        The weekday on which a week begins; left out: that of the horizon.
    """

    titles = texts(en="Unbroken rest in a period", zh="周期内连续休息")
    sentences = texts(
        en="One unbroken rest {per}: {hours} hours or {days} days.",
        zh="{per}有一次连续休息：{hours} 小时或 {days} 天。",
    )
    examples = (
        ("60 hours once a week", "hours = 60"),
        ("35 hours of weekly rest", 'hours = 35, per = "rolling-7-days"'),
        ("Two rest days together", "days = 2"),
    )

    kind: Literal["min-rest-block"] = "min-rest-block"
    hours: Annotated[Exact, Field(gt=0, le=10_000, decimal_places=3)] | None = None
    days: Annotated[Days, Field(le=366)] | None = None
    per: Period = "week"
    week_start: Weekday | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.hours is None) == (self.days is None):
            raise ValueError("hours: give either hours or days, and only one of them")
        return self

    def statement(self, lang: str = "en") -> str:
        """Return what the rule requires."""
        if lang == "zh":
            size = f"{self.hours:f} 小时" if self.hours is not None else f"{self.days} 天"
            return self.filled("{per}至少有一次连续休息 " + size + "。", lang)
        size = f"{self.hours:f} h" if self.hours is not None else f"{self.days} days off"
        return self.filled("At least one unbroken rest of " + size + " {per}.", lang)

    def required(self, grid: RosterGrid) -> Iterator[Required]:
        """Yield the stretches of each period in which the rest can lie."""
        for days, complete in self.blocks(grid, self.per, self.week_start):
            if complete:
                found = _undominated(list(self._stretches(grid, days)))
                yield Required(days, found, 1, lambda _: self._text())

    def _stretches(
        self, grid: RosterGrid, days: Sequence[int]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
        """Yield days, and what may be worked on them, for a rest from each time it can begin."""
        if self.days is not None:
            off = np.array([False] * (len(grid.shifts) + 1) + [True])
            for first in days:
                if first + self.days <= grid.days:
                    yield np.arange(first, first + self.days), np.tile(off, (self.days, 1))
            return
        seen: set[bytes] = set()
        for begin in sorted(self._begins(grid, days)):
            stop = begin + self._minutes
            touched = range(begin // MINUTES_PER_DAY, -int(-stop // MINUTES_PER_DAY))
            if touched.stop > grid.days:
                continue
            positions = np.arange(max(0, touched.start - 1), touched.stop)
            sets = np.array([self._outside(grid, day, begin, stop) for day in positions.tolist()])
            key = positions.tobytes() + sets.tobytes()
            if key not in seen:
                seen.add(key)
                yield positions, sets

    @property
    def _minutes(self) -> Fraction:
        return Fraction(self.hours or 0) * 60

    def _begins(self, grid: RosterGrid, days: Sequence[int]) -> set[int]:
        """Return the minutes from the first known day at which a rest may begin: ends of work."""
        opens = (day for day in days if day - 1 not in days or day <= grid.history_days)
        begins = {day * MINUTES_PER_DAY for day in opens}
        for day in [days[0] - 1, *days]:
            begins |= {day * MINUTES_PER_DAY + shift.end for shift in grid.shifts}
        return {begin for begin in begins if begin // MINUTES_PER_DAY in days}

    def _outside(self, grid: RosterGrid, day: int, begin: int, stop: Fraction) -> NDArray[np.bool_]:
        """Return what may be worked on a day without breaking a rest."""
        midnight = day * MINUTES_PER_DAY
        free = [
            midnight + shift.end <= begin or midnight + shift.start >= stop for shift in grid.shifts
        ]
        unknown = midnight + MINUTES_PER_DAY <= begin or midnight >= stop
        return np.array([*free, unknown, True])

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Measure the longest rest of each period, and the longest that there could be."""
        grid = schedule.grid
        for found in self.demands(grid):
            for agent in self.chosen(grid).tolist():
                row = schedule.shift[agent].copy()
                if self._rests(grid, row, found.days):
                    continue
                row[grid.history_days :] = OFF
                if self._rests(grid, row, found.days):
                    yield Violation(Fraction(1), agent, int(found.days[-1]), self._text())

    def _rests(self, grid: RosterGrid, row: NDArray[np.int64], days: Sequence[int]) -> bool:
        """Return whether an agent with these shifts has the rest."""
        if self.days is not None:
            off = "".join("." if entry == OFF else "x" for entry in row)
            return any(off.startswith("." * self.days, day) for day in days)
        first = max(0, days[0] - 1)
        busy = np.zeros((grid.days + 1 - first) * MINUTES_PER_DAY, dtype=np.bool_)
        for day in range(first, grid.days):
            midnight = (day - first) * MINUTES_PER_DAY
            if row[day] == UNKNOWN:
                busy[midnight : midnight + MINUTES_PER_DAY] = True
            elif row[day] != OFF:
                shift = grid.shifts[row[day]]
                busy[midnight + shift.start : midnight + shift.end] = True
        busy[(grid.days - first) * MINUTES_PER_DAY :] = True
        edges = np.flatnonzero(np.diff(np.concatenate([[True], busy, [True]]).astype(np.int8)))
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            for day in days:
                midnight = (day - first) * MINUTES_PER_DAY
                begin = max(start, midnight)
                if begin < midnight + MINUTES_PER_DAY and stop - begin >= self._minutes:
                    return True
        return False

    def _text(self) -> str:
        size = f"{self.hours:f} h" if self.hours is not None else f"{self.days} days off"
        return f"no unbroken rest of {size} {period_text(self.per)}"


def _undominated(found: list[Stretch]) -> list[Stretch]:
    """Leave out the stretches that fit only where another one does, too."""
    kept: list[Stretch] = []
    # What leaves more open comes first; of equal ones the first is kept.
    for days, sets in sorted(found, key=lambda one: int((~one[1]).sum())):
        own = dict(zip(days.tolist(), sets, strict=True))
        if not any(
            all(
                not (own[day] & ~other).any() if day in own else other.all()
                for day, other in zip(others.tolist(), allowed, strict=True)
            )
            for others, allowed in kept
        ):
            kept.append((days, sets))
    return sorted(kept, key=lambda one: int(one[0][0]))

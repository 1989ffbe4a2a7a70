"""Paid hours, shifts and days off in a period."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from csshift.model.horizon import Period, rolling_days
from csshift.model.people import Hours
from csshift.model.weekdays import Weekday
from csshift.rules.base import (
    Count,
    Days,
    ShiftWords,
    period_text,
    plural,
    register,
    texts,
)
from csshift.rules.grid import RosterGrid
from csshift.rules.tally import CountingRule, Sense, Tallied, Tally

LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
"""The most days that a period has."""


class PeriodRule(CountingRule):
    """A limit on a sum over each period.

    Parameters
    ----------
    per : str
        The period: ``day``, ``week``, ``month``, ``quarter``, ``year``, ``horizon``,
        ``rolling-14-days`` (any number of days), or the name of a span of dates.
    week_start : str or None
        The weekday on which a week begins; left out: that of the horizon.
    """

    sense: ClassVar[Sense]

    per: Period = "week"
    week_start: Weekday | None = None

    def _limits(self, grid: RosterGrid, limit: int) -> Iterator[tuple[list[int], ArrayLike]]:
        """Yield the periods that a limit concerns, and what it is for each agent.

        A maximum counts the days that are known. A minimum needs the period complete, and is
        owed in proportion to the days on which an agent is available.
        """
        for days, complete in self.periods(grid, self.per, self.week_start):
            if self.sense == "at most":
                yield days, limit
            elif complete:
                yield days, grid.prorated(days, limit)


class _HoursRule(PeriodRule):
    """A limit on the paid hours of each period.

    Parameters
    ----------
    hours : Decimal
        Paid hours, breaks left out.
    """

    hours: Hours

    @property
    def minutes(self) -> int:
        """The limit in minutes, rounded down."""
        return int(Fraction(self.hours) * 60)

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Sum the paid minutes of each period."""
        paid, unit = grid.paid_minutes, Fraction(1, 60)
        for days, limit in self._limits(grid, self.minutes):
            yield Tally(days, self.sense, limit, self._text, shifts=paid, unit=unit)

    def _text(self, found: Tallied) -> str:
        total, limit = float(found.total), float(found.limit)
        return f"{total:g} h {period_text(self.per)}, {self.sense} {limit:g} h"


@register
class MaxHours(_HoursRule):
    """At most `hours` paid hours in each period; of a period, the days that are known count.

    A day of the history with a shift that is not in the list adds no hours; a note says so.

    Amount of violation: the hours in excess.
    """

    titles = texts(en="Maximum hours", zh="工时上限")
    sentences = texts(
        en="At most {hours} paid hours {per}.", zh="{per}计薪工时不超过 {hours} 小时。"
    )
    sense = "at most"

    kind: Literal["max-hours"] = "max-hours"


@register
class MinHours(_HoursRule):
    """At least `hours` paid hours in each period that is known completely.

    An agent owes them in proportion to the days of the period on which he or she is employed
    and not on leave all day, rounded down to whole minutes; leave for a part of a day reduces
    nothing. Of a period that began in the history no more is required than the longest shift
    that is offered on each planned day can add.

    Amount of violation: the hours missing.
    """

    titles = texts(en="Minimum hours", zh="工时下限")
    sentences = texts(
        en="At least {hours} paid hours {per}.", zh="{per}计薪工时不少于 {hours} 小时。"
    )
    sense = "at least"

    kind: Literal["min-hours"] = "min-hours"


class _ShiftsRule(PeriodRule):
    """A limit on the shifts of each period.

    Parameters
    ----------
    count : int
        Number of shifts.
    shifts : tuple of str or None
        Codes, or ``tag:WORD`` for every shift with the tag; left out: every shift.
    """

    count: Count
    shifts: ShiftWords | None = None

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Count the shifts of each period."""
        flags = 0 if self.shifts is None else grid.flags(self.shifts)
        work = self.shifts is None
        for days, limit in self._limits(grid, self.count):
            yield Tally(days, self.sense, limit, self._text, shifts=flags, work=work)

    def _text(self, found: Tallied) -> str:
        total = plural(found.total, "shift")
        return f"{total} {period_text(self.per)}, {self.sense} {found.limit}"


@register
class MaxShifts(_ShiftsRule):
    """At most `count` of `shifts` (left out: of all) in each period.

    Of a period, the days that are known count.

    Amount of violation: the shifts in excess.
    """

    titles = texts(en="Maximum shifts", zh="班次上限")
    sentences = texts(
        en="At most {count:shift} ({shifts}) {per}.", zh="{per}不超过 {count} 个班次（{shifts}）。"
    )
    sense = "at most"

    kind: Literal["max-shifts"] = "max-shifts"


@register
class MinShifts(_ShiftsRule):
    """At least `count` of `shifts` (left out: of all) in each period that is known completely.

    An agent owes them in proportion to the days of the period on which he or she is employed
    and not on leave all day, rounded down; leave for a part of a day reduces nothing. Of a
    period that began in the history no more is required than one on every planned day on which
    one of them is offered.

    Amount of violation: the shifts missing.
    """

    titles = texts(en="Minimum shifts", zh="班次下限")
    sentences = texts(
        en="At least {count:shift} ({shifts}) {per}.", zh="{per}不少于 {count} 个班次（{shifts}）。"
    )
    sense = "at least"

    kind: Literal["min-shifts"] = "min-shifts"


@register
class MinDaysOff(PeriodRule):
    """At least `days` days without work in each period that is known completely.

    Leave and days without employment count as days off. A shift counts for the day on which
    it starts: a day into whose morning the night of the day before runs can be a day off.

    Amount of violation: the days off that are missing. Where the history of a period has
    already used up the days that may be worked, each further one counts.

    Parameters
    ----------
    days : int
        Days off; all of a period that is shorter.
    """

    titles = texts(en="Minimum days off", zh="最少休息天数")
    sentences = texts(en="At least {days:day} off {per}.", zh="{per}至少休息 {days} 天。")

    kind: Literal["min-days-off"] = "min-days-off"
    days: Days

    @model_validator(mode="after")
    def _possible(self) -> Self:
        longest = rolling_days(self.per) or LONGEST.get(self.per)
        if longest is not None and self.days > longest:
            raise ValueError(f"days: a period of {self.per} has at most {longest} days")
        return self

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of the days of each period, all but `days` may be worked."""
        for days, complete in self.periods(grid, self.per, self.week_start):
            if complete:
                yield Tally(days, "at most", max(0, len(days) - self.days), self._text, work=1)

    def _text(self, found: Tallied) -> str:
        off = plural(found.off, "day")
        return f"{off} off {period_text(self.per)}, at least {self.days}"


@register
class MaxDaysOff(PeriodRule):
    """At most `days` days without work in each period, leave and days without employment left out.

    Of a period, the days that are known count. Of one that began in the history no more work is
    required than one shift on every planned day on which one is offered.

    Amount of violation: the days off in excess.

    Parameters
    ----------
    days : int
        Days off that are allowed.
    """

    titles = texts(en="Maximum days off", zh="休息天数上限")
    sentences = texts(en="At most {days:day} off {per}.", zh="{per}休息不超过 {days} 天。")
    sense = "at least"
    examples = (("No more than eight days off a month", 'days = 8, per = "month"'),)

    kind: Literal["max-days-off"] = "max-days-off"
    days: Count

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of the days on which an agent is available, all but `days` are worked."""
        for days, _ in self.periods(grid, self.per, self.week_start):
            free = grid.available[:, days].sum(axis=1) - self.days
            yield Tally(days, "at least", free, self._text, work=1)

    def _text(self, found: Tallied) -> str:
        too_many = plural(self.days + found.limit - found.total, "day")
        return f"{too_many} off {period_text(self.per)} besides leave, at most {self.days}"


class _KindsRule(PeriodRule):
    """A limit on the kinds of shift in each period.

    Every code is a kind of its own, or each of the `groups`. A day of the history with a shift
    that is not in the list adds none.

    Parameters
    ----------
    count : int
        Number of kinds.
    groups : tuple of tuple of str or None
        Words of the shifts of each kind; a shift belongs to the first group that names it, and
        shifts in none do not count. Left out: every code is a kind.
    """

    count: Annotated[Count, Field(ge=1)] = 1
    groups: tuple[ShiftWords, ...] | None = None

    @model_validator(mode="after")
    def _some_group(self) -> Self:
        if self.groups == ():
            raise ValueError("groups: there is none; remove it, or give the shifts of each kind")
        return self

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Count the kinds of each period, each of them once."""
        words = self.groups or tuple((shift.code,) for shift in grid.shifts)
        kinds = np.zeros(len(grid.shifts), dtype=np.int64)
        for number in range(len(words), 0, -1):
            kinds[grid.shifts_of(words[number - 1])] = number
        flags = (kinds > 0).astype(np.int64)
        for days, complete in self.periods(grid, self.per, self.week_start):
            if complete or self.sense == "at most":
                yield Tally(days, self.sense, self.count, self._text, flags, kinds=kinds.tolist())

    def _text(self, found: Tallied) -> str:
        kinds = plural(found.total, "kind")
        return f"{kinds} of shift {period_text(self.per)}, {self.sense} {found.limit}"

    def shift_words(self) -> tuple[str, ...]:
        """Return the words of all groups."""
        return tuple(dict.fromkeys(word for words in self.groups or () for word in words))


@register
class MaxKinds(_KindsRule):
    """At most `count` kinds of shift in each period; the days that are known count.

    Every code is a kind of its own, or each of the `groups`. A day of the history with a shift
    that is not in the list adds none.

    Amount of violation: the kinds in excess.
    """

    titles = texts(en="Maximum kinds of shift", zh="班次种类上限")
    sentences = texts(
        en="At most {count:kind} of shift {per} ({groups}).",
        zh="{per}班次种类不超过 {count} 种（{groups}）。",
    )
    sense = "at most"
    examples = (
        ("The same shift through a week", "count = 1"),
        ("Early or late through a week", 'count = 1, groups = [["tag:early"], ["tag:late"]]'),
        ("One location a week", 'count = 1, groups = [["tag:office"], ["tag:home"]]'),
    )

    kind: Literal["max-kinds"] = "max-kinds"


@register
class MinKinds(_KindsRule):
    """At least `count` kinds of shift in each period that is known completely.

    Every code is a kind of its own, or each of the `groups`. No more is required than the history
    and the offered shifts leave possible.

    Amount of violation: the kinds that are missing.
    """

    titles = texts(en="Minimum kinds of shift", zh="班次种类下限")
    sentences = texts(
        en="At least {count:kind} of shift {per} ({groups}).",
        zh="{per}班次种类不少于 {count} 种（{groups}）。",
    )
    sense = "at least"
    examples = (
        (
            "Everybody works early and late shifts in a month",
            'count = 2, per = "month", groups = [["tag:early"], ["tag:late"]]',
        ),
    )

    kind: Literal["min-kinds"] = "min-kinds"

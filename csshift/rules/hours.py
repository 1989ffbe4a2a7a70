"""Paid hours, shifts and days off in a period."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from csshift.model.entity import Entity, Weight
from csshift.model.horizon import Period, rolling_days
from csshift.model.people import Hours
from csshift.model.weekdays import Weekday
from csshift.rules.base import (
    Count,
    Days,
    Severity,
    ShiftWords,
    period_text,
    plural,
    register,
    texts,
)
from csshift.rules.grid import RosterGrid
from csshift.rules.tally import CountingRule, Sense, Tallied, Tally

MOST_TIERS = 100

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


@register
class MaxKinds(PeriodRule):
    """At most `count` kinds of shift in each period.

    Every code is a kind of its own, or each of the `groups`. A day of the history with a shift
    that is not in the list adds none.

    Amount of violation: the kinds in excess.

    Parameters
    ----------
    count : int
        Kinds that are allowed.
    groups : tuple of tuple of str or None
        Words of the shifts of each kind; a shift belongs to the first group that names it, and
        shifts in none do not count. Left out: every code is a kind.
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
    )

    kind: Literal["max-kinds"] = "max-kinds"
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
        for days, _ in self.periods(grid, self.per, self.week_start):
            flags = (kinds > 0).astype(np.int64)
            yield Tally(days, "at most", self.count, self._text, flags, kinds=kinds.tolist())

    def _text(self, found: Tallied) -> str:
        kinds = plural(found.total, "kind")
        return f"{kinds} of shift {period_text(self.per)}, at most {self.count}"

    def shift_words(self) -> tuple[str, ...]:
        """Return the words of all groups."""
        return tuple(dict.fromkeys(word for words in self.groups or () for word in words))


class Tier(Entity):
    """Paid hours above a limit, and what one of them costs.

    Parameters
    ----------
    above : Decimal
        Paid hours in the period, above which the cost applies.
    cost : Decimal
        Points for an hour, such as 1.5 for 150 %; up to the next tier.
    """

    above: Hours
    cost: Annotated[Weight, Field(gt=0)]


@register
class Overtime(PeriodRule):
    """Paid hours above the limits of `tiers` cost the rates of the tiers.

    Of a period, the days that are known count; what the history has used up is settled. The
    severity is a weight, by which the costs are multiplied. With `per = "day"`, `valid` or
    `weekdays`, rates differ between working days, rest days and holidays.

    Amount of violation: for each tier the hours above its limit, times what its cost exceeds
    that of the tier before.

    Parameters
    ----------
    tiers : tuple of Tier
        Tables of ``above`` and ``cost``, both rising.
    """

    titles = texts(en="Overtime in tiers", zh="分级加班费")
    sentences = texts(en="Overtime {per} costs {tiers}.", zh="{per}加班成本：{tiers}。")
    sense = "at most"
    examples = (
        (
            "150 % above 8 h on working days",
            'per = "day", tiers = [{ above = 8, cost = 1.5 }], valid = { spans = ["workdays"] }',
        ),
        (
            "200 % on rest days",
            'per = "day", tiers = [{ above = 0, cost = 2 }], weekdays = ["saturday", "sunday"]',
        ),
        (
            "More expensive above 48 h",
            "tiers = [{ above = 40, cost = 1.5 }, { above = 48, cost = 2 }]",
        ),
    )

    kind: Literal["overtime"] = "overtime"
    severity: Severity = Decimal(1)
    tiers: tuple[Tier, ...]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.hard:
            raise ValueError("severity: overtime is paid, not forbidden; write a weight such as 1")
        if not 1 <= len(self.tiers) <= MOST_TIERS:
            raise ValueError(
                f"tiers: a list of 1 to {MOST_TIERS} tiers is needed; give one for each rate"
            )
        for first, second in pairwise(self.tiers):
            if second.above <= first.above or second.cost <= first.cost:
                raise ValueError("tiers: above and cost do not rise from tier to tier; sort them")
        return self

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Sum the paid minutes above each limit, at the rate that the tier adds."""
        for days, _ in self.periods(grid, self.per, self.week_start):
            before = Fraction(0)
            for tier in self.tiers:
                unit = (Fraction(tier.cost) - before) / 60
                before = Fraction(tier.cost)
                minutes = int(Fraction(tier.above) * 60)
                text = f"above {tier.above:f} h {period_text(self.per)}"
                yield Tally(days, "at most", minutes, _paid(text), grid.paid_minutes, unit=unit)


def _paid(text: str) -> Callable[[Tallied], str]:
    return lambda found: f"{float(Fraction(found.sum - found.bound, 60)):g} h {text}"

"""Paid hours, shifts and days off in a period."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar, Literal, Self

from numpy.typing import ArrayLike
from pydantic import model_validator

from csshift.model.horizon import Period
from csshift.model.people import Hours
from csshift.rules.base import PERIODS, Count, Days, ShiftWords, plural, register, texts
from csshift.rules.grid import RosterGrid
from csshift.rules.tally import CountingRule, Sense, Tallied, Tally

LONGEST = {"week": 7, "rolling-7-days": 7, "month": 31}


class _HoursRule(CountingRule):
    """A limit on the paid hours of each period.

    Parameters
    ----------
    hours : Decimal
        Paid hours, breaks left out.
    per : {"week", "month", "horizon", "rolling-7-days"}
        The period; a week begins on Monday.
    """

    sense: ClassVar[Sense]

    hours: Hours
    per: Period = "week"

    @property
    def minutes(self) -> int:
        """The limit in minutes, rounded down."""
        return int(Fraction(self.hours) * 60)

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Sum the paid minutes of each period."""
        paid, unit = grid.paid_minutes, Fraction(1, 60)
        for days, limit in _limits(grid, self.per, self.sense, self.minutes):
            yield Tally(days, self.sense, limit, self._text, shifts=paid, unit=unit)

    def _text(self, found: Tallied) -> str:
        total, limit = float(found.total), float(found.limit)
        return f"{total:g} h {PERIODS[self.per]['en']}, {self.sense} {limit:g} h"


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


class _ShiftsRule(CountingRule):
    """A limit on the shifts of each period.

    Parameters
    ----------
    count : int
        Number of shifts.
    per : {"week", "month", "horizon", "rolling-7-days"}
        The period; a week begins on Monday.
    shifts : tuple of str or None
        Codes, or ``tag:WORD`` for every shift with the tag; left out: every shift.
    """

    sense: ClassVar[Sense]

    count: Count
    per: Period = "week"
    shifts: ShiftWords | None = None

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Count the shifts of each period."""
        flags = 0 if self.shifts is None else grid.flags(self.shifts)
        work = self.shifts is None
        for days, limit in _limits(grid, self.per, self.sense, self.count):
            yield Tally(days, self.sense, limit, self._text, shifts=flags, work=work)

    def _text(self, found: Tallied) -> str:
        total = plural(found.total, "shift")
        return f"{total} {PERIODS[self.per]['en']}, {self.sense} {found.limit}"


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
class MinDaysOff(CountingRule):
    """At least `days` days without work in each period that is known completely.

    Leave and days without employment count as days off. A shift counts for the day on which
    it starts: a day into whose morning the night of the day before runs can be a day off.

    Amount of violation: the days off that are missing. Where the history of a period has
    already used up the days that may be worked, each further one counts.

    Parameters
    ----------
    days : int
        Days off; all of a period that is shorter.
    per : {"week", "month", "horizon", "rolling-7-days"}
        The period; a week begins on Monday.
    """

    titles = texts(en="Minimum days off", zh="最少休息天数")
    sentences = texts(en="At least {days:day} off {per}.", zh="{per}至少休息 {days} 天。")

    kind: Literal["min-days-off"] = "min-days-off"
    days: Days
    per: Period = "week"

    @model_validator(mode="after")
    def _possible(self) -> Self:
        longest = LONGEST.get(self.per)
        if longest is not None and self.days > longest:
            raise ValueError(f"days: a period of {self.per} has at most {longest} days")
        return self

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of the days of each period, all but `days` may be worked."""
        for days, complete in grid.periods(self.per):
            if complete:
                yield Tally(days, "at most", max(0, len(days) - self.days), self._text, work=1)

    def _text(self, found: Tallied) -> str:
        off = plural(found.off, "day")
        return f"{off} off {PERIODS[self.per]['en']}, at least {self.days}"


def _limits(
    grid: RosterGrid, per: Period, sense: Sense, limit: int
) -> Iterator[tuple[range, ArrayLike]]:
    """Yield the periods that a limit concerns, and what it is for each agent.

    A maximum counts the days that are known. A minimum needs the period complete, and is owed
    in proportion to the days on which an agent is available.
    """
    for days, complete in grid.periods(per):
        if sense == "at most":
            yield days, limit
        elif complete:
            yield days, grid.prorated(days, limit)

"""Forbidden shifts, at most so many days in a row, and what depends on certain days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from csshift.rules.base import Days, ShiftWords, plural, register, texts
from csshift.rules.grid import RosterGrid
from csshift.rules.tally import CountingRule, Tallied, Tally

SUNDAY = 6


@register
class ForbiddenShifts(CountingRule):
    """None of `shifts` is worked on a planned day.

    Amount of violation: each such shift counts 1.

    Parameters
    ----------
    shifts : tuple of str
        Codes, or ``tag:WORD`` for every shift with the tag.
    """

    titles = texts(en="Forbidden shifts", zh="禁排班次")
    sentences = texts(en="Never {shifts}.", zh="不排 {shifts}。")

    kind: Literal["forbidden-shifts"] = "forbidden-shifts"
    shifts: ShiftWords

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Count the forbidden shifts of each planned day."""
        flags = grid.flags(self.shifts)
        for window in _windows(grid, 1):
            yield Tally(window, "at most", 0, _forbidden, shifts=flags)


@register
class MaxConsecutiveDays(CountingRule):
    """At most `days` days of work in a row; a shift counts for the day on which it starts.

    Amount of violation: every day worked beyond the limit counts 1.

    Parameters
    ----------
    days : int
        Days in a row that are allowed.
    """

    titles = texts(en="Maximum days in a row", zh="最多连续上班天数")
    sentences = texts(en="At most {days:day} of work in a row.", zh="连续上班不超过 {days} 天。")

    scope = "last"

    kind: Literal["max-consecutive-days"] = "max-consecutive-days"
    days: Days

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of any days + 1 consecutive days that reach the horizon, one is off."""
        for window in _windows(grid, self.days + 1):
            yield Tally(window, "at most", self.days, self._text, work=1)

    def _text(self, found: Tallied) -> str:
        return f"day {found.run} of work in a row, at most {self.days}"


@register
class MaxConsecutiveShifts(CountingRule):
    """Any of `shifts` on at most `count` days in a row.

    Amount of violation: every such day beyond the limit counts 1.

    Parameters
    ----------
    count : int
        Days in a row that are allowed.
    shifts : tuple of str
        Codes, or ``tag:WORD`` for every shift with the tag; a run may mix them.
    """

    titles = texts(en="Maximum of certain shifts in a row", zh="同类班次最多连续")
    sentences = texts(
        en="{shifts} on at most {count:day} in a row.", zh="{shifts} 连续不超过 {count} 天。"
    )

    scope = "last"

    kind: Literal["max-consecutive-shifts"] = "max-consecutive-shifts"
    count: Days
    shifts: ShiftWords

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of any count + 1 consecutive days that reach the horizon, one has another shift."""
        flags = grid.flags(self.shifts)
        for window in _windows(grid, self.count + 1):
            yield Tally(window, "at most", self.count, self._text, shifts=flags)

    def _text(self, found: Tallied) -> str:
        return f"day {found.run} of {' '.join(self.shifts)} in a row, at most {self.count}"


@register
class MaxConsecutiveDaysOff(CountingRule):
    """At most `days` days off in a row; days on which no shift is offered are no days off.

    Days of leave, or outside the employment, begin a new run. A run may begin in the history.

    Amount of violation: every day off beyond the limit counts 1.

    Parameters
    ----------
    days : int
        Days off in a row that are allowed.
    """

    titles = texts(en="Maximum days off in a row", zh="最多连续休息天数")
    sentences = texts(en="At most {days:day} off in a row.", zh="连续休息不超过 {days} 天。")
    scope = "last"

    kind: Literal["max-consecutive-days-off"] = "max-consecutive-days-off"
    days: Days

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of any days + 1 consecutive days on which agents can work, one is worked."""
        can = np.where(np.arange(grid.days) < grid.history_days, grid.available, grid.workable)
        for window in _windows(grid, self.days + 1):
            available = can[:, window.start : window.stop].all(axis=1).astype(np.int64)
            yield Tally(window, "at least", available, self._text, work=1)

    def _text(self, _: Tallied) -> str:
        return f"more than {plural(self.days, 'day')} off in a row"


@register
class CompensationDay(CountingRule):
    """Who works on a day on which the rule holds has `days` days off soon after.

    `weekdays` and `valid` say which days these are; without them, Sundays. The `within` days
    after each one count; where they reach past the horizon, nothing is required yet.

    Amount of violation: the days off that are missing.

    Parameters
    ----------
    within : int
        Days after the worked one among which the days off lie.
    days : int
        Days off that are required.
    """

    titles = texts(en="Compensation day", zh="补休")
    sentences = texts(
        en="After work on such a day, at least {days:day} off within {within:day}.",
        zh="在这些日子上班后，{within} 天内至少补休 {days} 天。",
    )
    scope = "first"
    examples = (
        ("A day off in the week after a Sunday", 'weekdays = ["sunday"], within = 6'),
        ("Two days off after a holiday", 'valid = { spans = ["national-day"] }, days = 2'),
    )

    kind: Literal["compensation-day"] = "compensation-day"
    within: Annotated[Days, Field(le=366)] = 14
    days: Annotated[Days, Field(le=366)] = 1

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.days > self.within:
            raise ValueError(f"days: {self.days} days off do not fit in {self.within} days")
        return self

    def judged(self, grid: RosterGrid) -> NDArray[np.bool_]:
        """Return the days on which work is compensated."""
        sundays = np.array([date.weekday() == SUNDAY for date in grid.dates], dtype=np.bool_)
        return super().judged(grid) if self.dated else sundays

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """The days after, and as many as are off once more if the first one is worked."""
        judged = self.judged(grid)
        for window in _windows(grid, self.within + 1):
            if judged[window.start]:
                work = [self.days] + [1] * self.within
                yield Tally(window, "at most", self.within, self._text, work=work)

    def _text(self, found: Tallied) -> str:
        off = plural(found.off, "day")
        date = found.grid.dates[found.tally.days[0]]
        return f"{off} off in the {self.within} days after {date}, at least {self.days}"


@register
class ShiftsBeforeOff(CountingRule):
    """None of `shifts` on the day before a day that the agent wishes off, or is on leave.

    Wishes for a whole day off count, whatever their weight, and days of leave that begin on the
    day after. `valid` and `weekdays` speak of the day of the shift.

    Amount of violation: each such shift counts 1.

    Parameters
    ----------
    shifts : tuple of str
        Codes, or other words of shifts.
    before : {"wish", "leave", "both"}
        Which days off count.
    """

    titles = texts(en="No such shift before a day off", zh="休假前不排班次")
    sentences = texts(
        en="No {shifts} before a day off ({before}).", zh="休假（{before}）前一天不排 {shifts}。"
    )
    examples = (("No late shift before a wished day off", 'shifts = ["tag:late"]'),)

    kind: Literal["no-shifts-before-off"] = "no-shifts-before-off"
    shifts: ShiftWords
    before: Literal["wish", "leave", "both"] = "both"

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Each planned day that such a day follows."""
        off = np.zeros((len(grid.agents), grid.days), dtype=np.bool_)
        if self.before != "leave" and grid.wished_off is not None:
            off |= grid.wished_off
        if self.before != "wish":
            off |= ~grid.available & grid.employed
        flags = grid.flags(self.shifts)
        for day in range(grid.history_days, grid.days - 1):
            # One shift a day: a limit of 1 allows them all.
            limit = np.where(off[:, day + 1], 0, 1)
            yield Tally([day], "at most", limit, self._text, shifts=flags)

    def _text(self, found: Tallied) -> str:
        return f"{found.codes} on the day before a day off"


def _forbidden(found: Tallied) -> str:
    return f"{found.codes} is forbidden"


def _windows(grid: RosterGrid, length: int) -> Iterator[range]:
    """Yield every stretch of so many known days that ends on a planned one."""
    for end in range(max(grid.history_days, length - 1), grid.days):
        yield range(end + 1 - length, end + 1)

"""Weekends, forbidden shifts and sequences, and at most so many days in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from csshift.rules.base import Count, Days, ShiftWords, plural, register, texts
from csshift.rules.grid import RosterGrid
from csshift.rules.tally import CountingRule, Tallied, Tally


@register
class MaxWeekends(CountingRule):
    """At most `count` weekends with work on Saturday or Sunday.

    The weekends that touch the horizon count; one that began in the history counts with its
    Saturday. A shift counts for the day on which it starts: a Friday night that ends on
    Saturday is not work on the weekend.

    Amount of violation: the weekends in excess.

    Parameters
    ----------
    count : int
        Weekends with work that are allowed.
    """

    titles = texts(en="Maximum weekends", zh="周末上班上限")
    sentences = texts(en="At most {count:weekend} with work.", zh="上班的周末不超过 {count} 个。")

    kind: Literal["max-weekends"] = "max-weekends"
    count: Count

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Count the weekends of which a day is worked."""
        weekends = enumerate(grid.weekends())
        days = [(day, i) for i, pair in weekends for day in pair if day is not None]
        if days:
            positions, once = zip(*days, strict=True)
            yield Tally(positions, "at most", self.count, self._text, work=1, once=once)

    def _text(self, found: Tallied) -> str:
        return f"{plural(found.total, 'weekend')} with work, at most {self.count}"


@register
class CompleteWeekends(CountingRule):
    """Saturday and Sunday of a weekend are both worked, or neither.

    A shift counts for the day on which it starts: a Friday night that ends on Saturday is not
    work on the weekend. A weekend of which one day is unknown requires nothing, nor does one
    whose Saturday was worked in the history when no shift is offered to the agent on the Sunday.

    Amount of violation: each weekend of which only one day is worked counts 1.
    """

    titles = texts(en="Complete weekends", zh="周末完整")
    sentences = texts(
        en="Both days of a weekend are worked, or neither.", zh="周末两天要么都上班，要么都休息。"
    )

    kind: Literal["complete-weekends"] = "complete-weekends"

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Neither day of a weekend is worked without the other."""
        for saturday, sunday in grid.weekends():
            if saturday is not None and sunday is not None:
                days = saturday, sunday
                yield Tally(days, "at least", 0, lambda _: self._text("Sunday"), work=[1, -1])
                yield Tally(days, "at least", 0, lambda _: self._text("Saturday"), work=[-1, 1])

    def _text(self, day: str) -> str:
        return f"only {day} of the weekend is worked"


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
class ForbiddenSequence(CountingRule):
    """The shifts of `shifts` are never worked in this order on consecutive days.

    Each entry is one day: a code, or a tag for any shift that carries it. A sequence may begin
    in the history.

    Amount of violation: each occurrence that ends on a planned day counts 1.

    Parameters
    ----------
    shifts : tuple of str
        A code, or ``tag:WORD`` for every shift with the tag, for each day in turn.
    """

    titles = texts(en="Forbidden sequence", zh="禁排班次顺序")
    sentences = texts(
        en="Never {shifts} on consecutive days, in this order.", zh="连续几天内不依次排 {shifts}。"
    )

    kind: Literal["forbidden-sequence"] = "forbidden-sequence"
    shifts: ShiftWords

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of the shifts of each stretch of days, at least one is not the sequence's."""
        flags = np.array([grid.flags((word,)) for word in self.shifts])
        for window in _windows(grid, len(flags)):
            yield Tally(window, "at most", len(flags) - 1, _forbidden, shifts=flags)


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


def _forbidden(found: Tallied) -> str:
    return f"{found.codes} is forbidden"


def _windows(grid: RosterGrid, length: int) -> Iterator[range]:
    """Yield every stretch of so many known days that ends on a planned one."""
    for end in range(max(grid.history_days, length - 1), grid.days):
        yield range(end + 1 - length, end + 1)

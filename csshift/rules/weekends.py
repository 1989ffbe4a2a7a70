"""Weekends worked and off: how many, in a row, and whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from csshift.model.horizon import Period
from csshift.rules.base import Count, period_text, plural, register, texts
from csshift.rules.grid import RosterGrid
from csshift.rules.tally import CountingRule, Sense, Tallied, Tally

Weekend: TypeAlias = tuple[int, ...]
"""Positions of the days of a weekend that are known."""


def _tally(weekends: list[Weekend], sense: Sense, limit: int, rule: _WeekendRule) -> Tally | None:
    """Return the tally of some weekends, of which any work counts once; None without any."""
    pairs = [(day, number) for number, weekend in enumerate(weekends) for day in weekend]
    if not pairs:
        return None
    days, once = zip(*pairs, strict=True)
    return Tally(days, sense, limit, rule.text, work=1, once=once)


class _WeekendRule(CountingRule):
    """A rule on weekends, of which Saturday or Sunday is worked."""

    def text(self, found: Tallied, /) -> str:
        """Return the words of a violation."""
        raise NotImplementedError


class _WeekendsIn(_WeekendRule):
    """A limit on the weekends of each period; a weekend belongs to that of its Saturday.

    Parameters
    ----------
    count : int
        Number of weekends.
    per : str
        The period, or the name of a span of dates. Of the horizon, every weekend counts of which
        a day is planned.
    """

    minimum: ClassVar[bool] = True
    """Whether only periods and weekends that are known completely count."""

    count: Count
    per: Period = "horizon"

    def weekends(self, grid: RosterGrid) -> Iterator[list[Weekend]]:
        """Yield the weekends of each period of which a day is planned."""
        every = grid.weekends(past=self.per != "horizon")
        known = [tuple(day for day in pair if day is not None) for pair in every]
        if self.minimum:
            known = [weekend for weekend in known if len(weekend) == 2]
        if self.per == "horizon":
            yield known
            return
        for days, complete in self.blocks(grid, self.per):
            inside = set(days)
            found = [weekend for weekend in known if weekend[0] in inside]
            if found and found[-1][-1] >= grid.history_days and (complete or not self.minimum):
                yield found

    def text(self, found: Tallied) -> str:
        """Return the words of a violation."""
        weekends, sense = plural(found.total, "weekend"), found.tally.sense
        return f"{weekends} with work {period_text(self.per)}, {sense} {found.limit}"


@register
class MaxWeekends(_WeekendsIn):
    """At most `count` weekends with work on Saturday or Sunday.

    One that began in the history counts with its Saturday. A shift counts for the day on which
    it starts: a Friday night that ends on Saturday is not work on the weekend.

    Amount of violation: the weekends in excess.
    """

    titles = texts(en="Maximum weekends", zh="周末上班上限")
    sentences = texts(
        en="At most {count:weekend} with work {per}.", zh="{per}上班的周末不超过 {count} 个。"
    )
    minimum = False
    examples = (("At most two weekends a month", 'count = 2, per = "month"'),)

    kind: Literal["max-weekends"] = "max-weekends"

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Count the weekends of which a day is worked."""
        for weekends in self.weekends(grid):
            if tally := _tally(weekends, "at most", self.count, self):
                yield tally


@register
class MinWeekends(_WeekendsIn):
    """At least `count` weekends with work on Saturday or Sunday.

    Weekends of which a day is not known, and periods that are not known completely, require
    nothing; nor are more required than the history and the offered shifts leave possible.

    Amount of violation: the weekends that are missing.
    """

    titles = texts(en="Minimum weekends", zh="周末上班下限")
    sentences = texts(
        en="At least {count:weekend} with work {per}.", zh="{per}上班的周末不少于 {count} 个。"
    )

    kind: Literal["min-weekends"] = "min-weekends"

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Count the weekends of which a day is worked."""
        for weekends in self.weekends(grid):
            if tally := _tally(weekends, "at least", self.count, self):
                yield tally


@register
class MinWeekendsOff(_WeekendsIn):
    """At least `count` weekends without work on Saturday and Sunday; leave counts as off.

    Weekends of which a day is not known, and periods that are not known completely, require
    nothing.

    Amount of violation: the weekends off that are missing. Where the history has used up those
    that may be worked, each further one counts.
    """

    titles = texts(en="Minimum weekends off", zh="周末休息下限")
    sentences = texts(
        en="At least {count:weekend} off {per}.", zh="{per}完整休息的周末不少于 {count} 个。"
    )
    examples = (("One weekend off in four", 'count = 1, per = "rolling-28-days"'),)

    kind: Literal["min-weekends-off"] = "min-weekends-off"

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of the weekends, all but `count` may be worked."""
        for weekends in self.weekends(grid):
            limit = max(0, len(weekends) - self.count)
            if tally := _tally(weekends, "at most", limit, self):
                yield tally


@register
class MaxConsecutiveWeekends(_WeekendRule):
    """At most `count` weekends with work in a row; a run may begin in the history.

    Amount of violation: every weekend beyond the limit counts 1.

    Parameters
    ----------
    count : int
        Weekends in a row that are allowed.
    """

    titles = texts(en="Maximum weekends in a row", zh="最多连续周末上班")
    sentences = texts(
        en="At most {count:weekend} with work in a row.", zh="连续上班的周末不超过 {count} 个。"
    )
    scope = "last"

    kind: Literal["max-consecutive-weekends"] = "max-consecutive-weekends"
    count: Annotated[Count, Field(ge=1)]

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of any count + 1 weekends in a row, one is off."""
        for weekends in _in_a_row(grid, self.count + 1, complete=False):
            if tally := _tally(weekends, "at most", self.count, self):
                yield tally

    def text(self, found: Tallied) -> str:
        """Return the words of a violation."""
        return f"{found.total} weekends with work in a row, at most {self.count}"


@register
class MaxConsecutiveWeekendsOff(_WeekendRule):
    """At most `count` weekends off in a row; a run may begin in the history.

    Where the offered shifts make no work possible, as on leave, nothing is required.

    Amount of violation: every weekend beyond the limit counts 1.

    Parameters
    ----------
    count : int
        Weekends in a row that are allowed.
    """

    titles = texts(en="Maximum weekends off in a row", zh="最多连续周末休息")
    sentences = texts(
        en="At most {count:weekend} off in a row.", zh="连续休息的周末不超过 {count} 个。"
    )
    scope = "last"

    kind: Literal["max-consecutive-weekends-off"] = "max-consecutive-weekends-off"
    count: Annotated[Count, Field(ge=1)]

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Of any count + 1 weekends in a row, one has work."""
        for weekends in _in_a_row(grid, self.count + 1, complete=True):
            if tally := _tally(weekends, "at least", 1, self):
                yield tally

    def text(self, _: Tallied) -> str:
        """Return the words of a violation."""
        return f"more than {plural(self.count, 'weekend')} off in a row"


def _in_a_row(grid: RosterGrid, length: int, *, complete: bool) -> Iterator[list[Weekend]]:
    """Yield so many weekends in a row, the last of which has a planned day."""
    known = [tuple(day for day in pair if day is not None) for pair in grid.weekends(past=True)]
    if complete:
        known = [weekend for weekend in known if len(weekend) == 2]
    for last in range(length - 1, len(known)):
        if known[last][-1] >= grid.history_days:
            yield known[last + 1 - length : last + 1]


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
    scope = "last"

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

"""Sequences of days: forbidden, required, and rotations of several weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as Date
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from csshift.model.entity import Name
from csshift.model.horizon import Period
from csshift.model.weekdays import Weekday
from csshift.rules.base import Count, Days, ShiftWords, period_text, plural, register, texts
from csshift.rules.clauses import (
    Forbidden,
    ForbiddingRule,
    Required,
    RequiringRule,
    last_days,
    shift_sets,
)
from csshift.rules.grid import RosterGrid
from csshift.rules.shift_words import DAY_WORDS, day_words, well_formed


def _names_days(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        raise ValueError("names no day; name a shift, . for a day off, or + for any shift")
    for word in words:
        for part in day_words(word):
            if not part:
                raise ValueError(f"{word!r} names no day; write words such as N, tag:night|. or !N")
            well_formed(part)
    return words


DayWords = Annotated[
    tuple[Name, ...],
    Field(max_length=1000, json_schema_extra={"minItems": 1}),
    AfterValidator(_names_days),
]
"""For each day in turn what it may be."""


def named_shifts(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words that name shifts among those of a sequence, each once."""
    parts = (part for word in words for part in day_words(word))
    return tuple(dict.fromkeys(part for part in parts if part not in DAY_WORDS))


@register
class ForbiddenSequence(ForbiddingRule):
    """The days of `shifts` never follow one another in this order.

    Each entry is one day: words of shifts, ``.`` for a day off, ``+`` for any shift, ``*`` for any
    day; several joined by ``|``, and ``!`` before them for all others. A sequence may begin in the
    history. What no roster can avoid, as a day off on leave, is no violation.

    Amount of violation: each occurrence that ends on a planned day counts 1.

    Parameters
    ----------
    shifts : tuple of str
        For each day in turn what it may not be.
    """

    titles = texts(en="Forbidden sequence", zh="禁排班次顺序")
    sentences = texts(
        en="Never {shifts} on consecutive days, in this order.", zh="连续几天内不依次排 {shifts}。"
    )
    examples = (
        ("No early shift after a late one", 'shifts = ["tag:late", "tag:early"]'),
        ("No night, day off, day shift", 'shifts = ["N", ".", "D"]'),
        ("No single working day between days off", 'shifts = [".", "+", "."]'),
        ("Nothing but nights or days off after a night", 'shifts = ["N", "!N|."]'),
    )

    kind: Literal["forbidden-sequence"] = "forbidden-sequence"
    shifts: DayWords

    def forbidden(self, grid: RosterGrid) -> Iterator[Forbidden]:
        """Every stretch of days that ends on a planned one."""
        length = len(self.shifts)
        sets = shift_sets(grid, self.shifts)[None]
        ends = last_days(grid, length)
        yield Forbidden(range(1 - length, 1), sets, ends, lambda found: f"{found} is forbidden")

    def shift_words(self) -> tuple[str, ...]:
        """Return the words of shifts of all days."""
        return named_shifts(self.shifts)


@register
class RequiredSequence(ForbiddingRule):
    """Where the days of `after` occur, the days of `then` follow.

    Days are written as in ``forbidden-sequence``. `valid` and `weekdays` speak of each day of
    `then`. What no roster can change is excused.

    Amount of violation: each day that does not follow as it should counts 1.

    Parameters
    ----------
    after : tuple of str
        What occurs, day by day.
    then : tuple of str
        What the days after it are.
    """

    titles = texts(en="Required sequence", zh="规定班次顺序")
    sentences = texts(en="After {after} come {then}.", zh="{after} 之后依次为 {then}。")
    examples = (
        ("Two days off after three nights", 'after = ["N", "N", "N"], then = [".", "."]'),
        ("After a late shift, a late one or a day off", 'after = ["L"], then = ["L|."]'),
    )

    kind: Literal["required-sequence"] = "required-sequence"
    after: DayWords
    then: DayWords

    def forbidden(self, grid: RosterGrid) -> Iterator[Forbidden]:
        """After the days of `after`, each day of `then` is no other."""
        after, then = shift_sets(grid, self.after), shift_sets(grid, self.then)
        for place, fitting in enumerate(then):
            first = -(len(after) + place)
            offsets = [*range(first, first + len(after)), 0]
            sets = np.vstack([after, ~fitting])[None]
            wanted = self.then[place]

            def text(found: str, wanted: str = wanted) -> str:
                return f"{found}, where {wanted} should follow"

            yield Forbidden(offsets, sets, last_days(grid, 1 - first), text)

    def shift_words(self) -> tuple[str, ...]:
        """Return the words of shifts of all days."""
        return named_shifts((*self.after, *self.then))


@register
class MinSequences(RequiringRule):
    """At least `count` times in each period the days of `shifts` follow one another.

    Days are written as in ``forbidden-sequence``; occurrences may overlap, and lie within the
    period. A period that is not known completely requires nothing; nor is more required than
    the history and the offered shifts leave possible. `valid` and `weekdays` speak of the last
    day of the period.

    Amount of violation: the occurrences that are missing.

    Parameters
    ----------
    shifts : tuple of str
        What each day is.
    count : int
        How often.
    per : str
        The period, or a span of dates.
    week_start : str or None
        The weekday on which a week begins; left out: that of the horizon.
    """

    titles = texts(en="Minimum of a sequence", zh="班次顺序下限")
    sentences = texts(
        en="{shifts} on consecutive days at least {count:time} {per}.",
        zh="{per}至少 {count} 次依次排 {shifts}。",
    )
    examples = (
        ("Two rest days together every week", 'shifts = [".", "."]'),
        ("A block of three nights every month", 'shifts = ["N", "N", "N"], per = "month"'),
    )

    kind: Literal["min-sequences"] = "min-sequences"
    shifts: DayWords
    count: Annotated[Count, Field(ge=1)] = 1
    per: Period = "week"
    week_start: Weekday | None = None

    def required(self, grid: RosterGrid) -> Iterator[Required]:
        """Every place of the period where the sequence fits in."""
        sets = shift_sets(grid, self.shifts)
        for days, complete in self.blocks(grid, self.per, self.week_start):
            if complete:
                starts = range(days[0], days[-1] + 2 - len(sets))
                places = [np.arange(start, start + len(sets)) for start in starts]
                inside = set(days)
                found = [(place, sets) for place in places if inside.issuperset(place.tolist())]
                yield Required(days, found, self.count, self._text)

    def _text(self, fit: int) -> str:
        words, times = " ".join(self.shifts), plural(fit, "time")
        return f"{words} {times} {period_text(self.per)}, at least {self.count}"

    def shift_words(self) -> tuple[str, ...]:
        """Return the words of shifts of all days."""
        return named_shifts(self.shifts)


@register
class DaysOffAfter(ForbiddingRule):
    """After `run` or more days of `shifts` in a row come at least `days` days off.

    A run ends with a day off, or with another shift where `shifts` are named. One that began in
    the history counts. `valid` and `weekdays` speak of the day on which work begins too soon.

    Amount of violation: the days off that are missing.

    Parameters
    ----------
    days : int
        Days off that are required.
    run : int
        Days in a row after which they are.
    shifts : tuple of str or None
        Codes, or other words of shifts; a run may mix them. Left out: every shift.
    """

    titles = texts(en="Days off after a run", zh="连班后休息天数")
    sentences = texts(
        en="At least {days:day} off after {run:day} of {shifts} in a row.",
        zh="连续 {run} 天上 {shifts} 之后至少休息 {days} 天。",
    )
    examples = (
        ("Two days off after nights", 'days = 2, shifts = ["tag:night"]'),
        ("Two days off after six days of work", "days = 2, run = 6"),
    )

    kind: Literal["days-off-after"] = "days-off-after"
    days: Annotated[Days, Field(le=366)]
    run: Annotated[Days, Field(le=366)] = 1
    shifts: ShiftWords | None = None

    def forbidden(self, grid: RosterGrid) -> Iterator[Forbidden]:
        """A run, fewer days off than are required, and work."""
        work = shift_sets(grid, ["+"])[0]
        own = work if self.shifts is None else np.append(grid.flags(self.shifts) > 0, [False] * 2)
        for off in range(self.days):
            again = work & ~own if off == 0 else work
            rest = shift_sets(grid, ["."] * off).reshape(off, work.size)
            sets = np.vstack([*[own] * self.run, rest, again])[None]
            length = len(sets[0])
            if not again.any() or length > grid.days:
                continue

            def text(_: str, off: int = off) -> str:
                what = " ".join(self.shifts or ("work",))
                return f"{plural(off, 'day')} off after {what}, at least {self.days}"

            amount = Fraction(self.days - off)
            ends = last_days(grid, length)
            yield Forbidden(range(1 - length, 1), sets, ends, text, amount)


@register
class Rotation(ForbiddingRule):
    """Days repeat the `cycle`, counted from a date.

    Each entry of the cycle is one day, written as in ``forbidden-sequence``. Teams work the same
    cycle with different offsets: a rule for each. On leave, and where none of its shifts is
    offered, the day is excused.

    Amount of violation: each planned day that is not as in the cycle counts 1.

    Parameters
    ----------
    cycle : tuple of str
        What each day is.
    start : date
        The date of the first day of a cycle, before or after the horizon.
    offset : int
        Days by which the agents of this rule are ahead in the cycle.
    """

    titles = texts(en="Rotation", zh="轮班循环")
    sentences = texts(
        en="Days repeat {cycle} from {start} on, {offset:day} ahead.",
        zh="自 {start} 起循环排 {cycle}，提前 {offset} 天。",
    )
    examples = (
        (
            "Six days of work, one off (做六休一)",
            'cycle = ["+", "+", "+", "+", "+", "+", "."], start = 2026-03-02',
        ),
        (
            "Big and small weeks (大小周)",
            (
                'start = 2026-03-02, cycle = ["+", "+", "+", "+", "+", "+", ".", '
                '"+", "+", "+", "+", "+", ".", "."]'
            ),
        ),
        ("Two on, two off", 'cycle = ["+", "+", ".", "."], start = 2026-03-02, offset = 2'),
    )

    kind: Literal["rotation"] = "rotation"
    cycle: Annotated[DayWords, Field(max_length=400)]
    start: Date
    offset: Annotated[int, Field(ge=0, le=400)] = 0

    def forbidden(self, grid: RosterGrid) -> Iterator[Forbidden]:
        """On the days of each place in the cycle, what does not fit there."""
        sets = shift_sets(grid, self.cycle)
        days = np.arange(grid.history_days, grid.days)
        passed = (grid.dates[0] - self.start).days + self.offset
        place = (days + passed) % len(sets)
        for number, word in enumerate(self.cycle):
            ends = days[place == number]
            if ends.size and not sets[number].all():

                def text(found: str, word: str = word) -> str:
                    return f"{found}, where the rotation has {word}"

                yield Forbidden([0], ~sets[number][None, None], ends, text)

    def shift_words(self) -> tuple[str, ...]:
        """Return the words of shifts of the cycle."""
        return named_shifts(self.cycle)

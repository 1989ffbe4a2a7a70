"""When, and on which shifts, people can be at work at all, as they say it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date as Date
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from csshift.model.entity import (
    MINUTES_PER_DAY,
    Entity,
    Name,
    Span,
    Weight,
    clock,
    parse_clock,
    parse_span,
)
from csshift.model.shifts import Shift
from csshift.model.weekdays import Weekdays, falls_on, show_weekdays

OPEN_END = 2 * MINUTES_PER_DAY
"""The end of hours that name none: no shift lasts longer."""

_TIME = r"(\d{1,2}:\d{2})"
_SINCE, _TILL = "起|开始|以后|之后|后", "止|为止|以前|之前|前"
_FROM = re.compile(
    rf"(?:from|since|after|not before|从|不早于) *{_TIME} *(?:{_SINCE})?|{_TIME} *(?:{_SINCE}|-)"
)
_UNTIL = re.compile(
    rf"(?:until|till|to|before|not after|至|到|不晚于) *{_TIME} *(?:{_TILL})?|{_TIME} *(?:{_TILL})"
)
_NEGATED = ("not ", "不")
_WORDS = {
    "只": "only",
    "仅": "only",
    "只上": "only",
    "不": "never",
    "不上": "never",
    "从不": "never",
}


def parse_hours(text: str) -> Span:
    """Return hours of the day: ``09:00-18:00``, ``from 17:00``, ``not after 22:00``, ``17:00以后``.

    Raises
    ------
    ValueError
        When the text is none of these.
    """
    written = unicodedata.normalize("NFKC", text).strip().lower()
    found = _FROM.fullmatch(written)
    if found:
        return Span(parse_clock(found[1] or found[2]), OPEN_END)
    found = _UNTIL.fullmatch(written)
    if found:
        return Span(0, parse_clock(found[1] or found[2]))
    if "+" in written:
        raise ValueError("more than one span of time; write a row for each")
    if "-" not in written:
        raise ValueError(
            f"{text!r} is not a part of a day; write 09:00-18:00, from 17:00 or until 22:00"
        )
    return parse_span("-".join(part.strip() for part in written.split("-", 1)))


def show_hours(hours: Span) -> str:
    """Return hours of the day as `parse_hours` reads them."""
    if hours.end == OPEN_END:
        return f"from {clock(hours.start)}"
    return f"until {clock(hours.end)}" if hours.start == 0 else str(hours)


def _within_a_day(hours: Span) -> Span:
    if not 0 <= hours.start < MINUTES_PER_DAY or not hours.start < hours.end <= OPEN_END:
        raise ValueError("hours start before 24:00 of their day and end by 48:00")
    return hours


DayHours = Annotated[
    Span,
    BeforeValidator(lambda value: parse_hours(value) if isinstance(value, str) else value),
    AfterValidator(_within_a_day),
    PlainSerializer(show_hours, return_type=str),
    WithJsonSchema({"type": "string"}),
]


class Availability(Entity):
    """What an agent can work, or cannot, on certain days of the week.

    The cells of a row hold together: ``only``, ``Mon-Fri``, ``09:00-18:00`` means that the agent
    works on these days and within these hours alone. Several rows ``only`` of an agent are
    alternatives; a row ``never`` always counts.

    Parameters
    ----------
    agent_id : str
        Identifier of the agent.
    works : {"only", "never"}
        Whether the row names what the agent works exclusively, or never works: only or never.
    weekdays : tuple of str
        Days of the week; every day if none is given.
    hours : Span or None
        Hours of the day; all day if none is given. In a row ``only`` a shift must lie within
        the hours, counted from midnight of the day on which it starts; in a row ``never`` none
        of its working hours may lie in them. All day is 00:00 to 24:00: a night must not run
        into a day that is closed.
    shifts : tuple of str
        Codes, or ``tag:WORD``; any shift if none is given. In a row ``never`` without hours,
        the shifts that start on its days.
    start_date : date or None
        First day on which the row counts; open if none is given.
    end_date : date or None
        Last day on which the row counts; open if none is given.
    weight : Decimal or None
        Makes the row a wish of this importance, as in the requests; hard if none is given.
    """

    agent_id: Name
    works: Literal["only", "never"]
    weekdays: Weekdays = ()
    hours: DayHours | None = None
    shifts: tuple[Name, ...] = ()
    start_date: Date | None = None
    end_date: Date | None = None
    weight: Annotated[Weight, Field(gt=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_words(cls, fields: Any) -> Any:
        if not isinstance(fields, Mapping):
            return fields
        works = fields.get("works")
        works = _WORDS.get(works, works) if isinstance(works, str) else works
        hours = fields.get("hours")
        if works == "never" and isinstance(hours, str) and hours.strip().startswith(_NEGATED):
            raise ValueError(
                f"hours: {hours} is a double negative after never; write only, or the hours "
                "that are never worked, such as from 22:00"
            )
        return {**fields, "works": works} if "works" in fields else fields

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.works == "only" and not (self.weekdays or self.hours or self.shifts):
            raise ValueError("works: the row does not say what; fill weekdays, hours or shifts")
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValueError(
                f"end_date: it lies before start_date ({self.start_date}); exchange them"
            )
        return self

    @property
    def hard(self) -> bool:
        """Whether the row must be kept."""
        return self.weight is None

    def in_force(self, date: Date) -> bool:
        """Return whether the row counts on a date, whatever the day of the week."""
        return (self.start_date is None or self.start_date <= date) and (
            self.end_date is None or date <= self.end_date
        )

    def names_day(self, date: Date) -> bool:
        """Return whether the row speaks of a date."""
        return self.in_force(date) and falls_on(date, self.weekdays)

    def names_shift(self, shift: Shift) -> bool:
        """Return whether the row speaks of a shift."""
        names = {shift.code, *(f"tag:{tag}" for tag in shift.tags)}
        return not self.shifts or not names.isdisjoint(self.shifts)

    def __str__(self) -> str:
        parts = [show_weekdays(self.weekdays)] if self.weekdays else []
        parts += [show_hours(self.hours)] if self.hours else []
        parts += [" or ".join(self.shifts)] if self.shifts else []
        return f"{self.works} {' '.join(parts) or 'at work'}"


def rows_by_agent(
    rows: Sequence[Availability], *, hard: bool
) -> Mapping[str, tuple[Availability, ...]]:
    """Return the hard rows of availability, or those that are wishes, by agent_id."""
    found: dict[str, tuple[Availability, ...]] = {}
    for row in rows:
        if row.hard is hard:
            found[row.agent_id] = (*found.get(row.agent_id, ()), row)
    return found


def obstacle(rows: Sequence[Availability], shift: Shift, date: Date) -> Availability | None:
    """Return the row that keeps an agent from a shift which starts on a date; None if none does.

    Parameters
    ----------
    rows : sequence of Availability
        The rows of one agent, all hard or all wishes of one weight.
    shift : Shift
    date : date

    Returns
    -------
    Availability or None
        A row ``never`` that the shift breaks, else the first of the rows ``only`` of which it
        meets none.
    """
    for row in rows:
        if row.works == "never" and _broken(row, shift, date):
            return row
    only = [row for row in rows if row.works == "only"]
    today = [row for row in only if row.in_force(date)]
    named = [row for row in today if row.names_day(date) and row.names_shift(shift)]
    if any(row.hours and shift.overlap(row.hours) == shift.length for row in named):
        return None
    if today and all(row.hours for row in named):
        return today[0]
    return _after_midnight(only, shift, date) if shift.overnight else None


def _broken(row: Availability, shift: Shift, date: Date) -> bool:
    """Return whether a shift that starts on a date is one that a row ``never`` rules out."""
    if not row.names_shift(shift):
        return False
    if row.shifts and row.hours is None:
        return row.names_day(date)
    start, end = row.hours or (0, MINUTES_PER_DAY)
    if end == OPEN_END:
        end = MINUTES_PER_DAY
    for later in (-1, 0, 1):
        offset = later * MINUTES_PER_DAY
        touched = shift.overlap(Span(start + offset, end + offset)) > 0
        if touched and row.names_day(date + timedelta(days=later)):
            return True
    return False


def _after_midnight(only: Sequence[Availability], shift: Shift, date: Date) -> Availability | None:
    """Return a row ``only`` that closes the next day to the hours after midnight of a night."""
    tomorrow = date + timedelta(days=1)
    in_force = [row for row in only if row.in_force(tomorrow)]
    for row in in_force:
        if not row.names_day(tomorrow):
            continue
        if row.hours is None:
            return None
        start, end = (minute + MINUTES_PER_DAY for minute in row.hours)
        after = Span(MINUTES_PER_DAY, OPEN_END)
        if shift.overlap(Span(start, end)) == shift.overlap(after):
            return None
    return in_force[0] if in_force else None


def closed(rows: Sequence[Availability], date: Date) -> Availability | None:
    """Return the row that keeps an agent from work at any time of a date; None if none does."""
    for row in rows:
        if row.works == "never" and not row.hours and not row.shifts and row.names_day(date):
            return row
    today = [row for row in rows if row.works == "only" and row.in_force(date)]
    return today[0] if today and not any(row.names_day(date) for row in today) else None

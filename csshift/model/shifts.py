"""Shift types."""

from __future__ import annotations

from datetime import date as Date
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from csshift.model.entity import MINUTES_PER_DAY, Entity, Name, Span, TimeSpans, spans_text

STANDBY = frozenset({"standby", "on-call", "待命", "备班"})
"""Tags of shifts on which an agent is on call, and not at work."""


class Shift(Entity):
    """A shift type: one or more stretches of work on one day.

    Parameters
    ----------
    code : str
        Short unique code, as written in a roster.
    name : str
        Name for people.
    hours : tuple of Span
        Stretches of work, in order, from midnight of the start day.
    break_minutes : int
        Minutes of unpaid break, spread evenly over the shift.
    tags : tuple of str
        Free words; rules select them as ``tag:WORD``. ``standby`` (``on-call``, 待命, 备班) marks a
        shift on call: it serves no queue, holds no duty and is not paid, but is no day off.
    end_date : date or None
        Last day on which the shift may start; still in use if none is given. A shift that
        is no longer used can stay in the list, so that the history knows its hours.
    """

    code: Name
    name: str = ""
    hours: Annotated[TimeSpans, Field(min_length=1)]
    break_minutes: Annotated[int, Field(ge=0)] = 0
    tags: tuple[Name, ...] = ()
    end_date: Date | None = None

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        for span in self.hours:
            if span.end <= span.start:
                raise ValueError(f"hours: {span} ends before it starts")
        for first, second in zip(self.hours, self.hours[1:], strict=False):
            if second.start < first.end:
                raise ValueError(f"hours: {first} and {second} overlap or are out of order")
        if self.start >= MINUTES_PER_DAY:
            raise ValueError("hours: a shift starts before 24:00 of its day")
        if self.end - self.start > MINUTES_PER_DAY:
            raise ValueError("hours: a shift from start to end lasts at most 24 hours")
        if self.break_minutes >= self.length:
            raise ValueError("break_minutes: the break is as long as the shift")
        return self

    @property
    def start(self) -> int:
        """Minute of the day at which work starts."""
        return self.hours[0].start

    @property
    def end(self) -> int:
        """Minute at which work ends, counted from midnight of the start day."""
        return self.hours[-1].end

    @property
    def hours_text(self) -> str:
        """The hours as they are written: ``09:00-12:00+18:00-23:00``."""
        return spans_text(self.hours)

    @property
    def length(self) -> int:
        """Minutes inside the shift's hours, breaks included."""
        return sum(span.minutes for span in self.hours)

    @property
    def standby(self) -> bool:
        """Whether the agent is on call, and not at work."""
        return not STANDBY.isdisjoint(self.tags)

    @property
    def hours_at_work(self) -> tuple[Span, ...]:
        """The stretches at work: `hours`, or none on standby."""
        return () if self.standby else self.hours

    @property
    def paid_minutes(self) -> int:
        """Minutes that are paid: the length less the break; none on standby."""
        return 0 if self.standby else self.length - self.break_minutes

    @property
    def presence(self) -> Fraction:
        """Share of the shift's length that is worked."""
        return Fraction(self.paid_minutes, self.length)

    @property
    def overnight(self) -> bool:
        """Whether the shift ends after 24:00 of the day on which it starts."""
        return self.end > MINUTES_PER_DAY

    def in_use(self, date: Date) -> bool:
        """Return whether the shift may start on a date."""
        return self.end_date is None or date <= self.end_date

    def overlap(self, window: Span) -> int:
        """Return the minutes of the shift inside a window of its start day."""
        return sum(span.overlap(window) for span in self.hours)

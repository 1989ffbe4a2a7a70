"""The promotion calendar: what lifts the ordinary forecast, when, and in which shape."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from csshift.model.entity import Entity, Name

Phase = Literal["lead-in", "event", "aftermath"]
PHASES: tuple[Phase, ...] = ("lead-in", "event", "aftermath")
ORDINARY, RISING, FADING = "ordinary", "rising", "fading"
RAMPS = (ORDINARY, RISING, FADING)
"""Shapes that follow the ordinary inquiries; no table can replace them."""

LARGEST_MULTIPLIER = 1000.0
LONGEST_EFFECT = timedelta(days=366)

Multiplier = Annotated[float, Field(ge=0, le=LARGEST_MULTIPLIER)]


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is not None or moment.second or moment.microsecond:
        raise ValueError("not a local time in whole minutes; write it as 2026-10-31 20:00")
    return moment


Moment = Annotated[datetime, AfterValidator(_local)]


class PromotionEffect(Entity):
    """A stretch of time in which a promotion multiplies the inquiries of some queues.

    Parameters
    ----------
    wave : str
        Name of the wave; several effects may belong to one.
    phase : {"lead-in", "event", "aftermath"}
        Phase of the wave: lead-in, event (the default) or aftermath.
    start : datetime
        First minute.
    end : datetime
        Minute after the last one, at most 366 days after the start.
    stores : tuple of str
        Stores that it reaches; every store if none is given. Among effects of one wave,
        phase and time, one that names a store beats one that names none.
    multipliers : dict of str to float
        Inquiries of the stretch over the ordinary ones, by skill. 1 changes nothing.
    shape : str
        Distribution of the added inquiries over the stretch: ordinary (the default), rising,
        fading, midnight-opening, evening-opening, or a shape of promotion_shapes.csv.
    """

    wave: Name
    phase: Phase = "event"
    start: Moment
    end: Moment
    stores: tuple[Name, ...] = ()
    multipliers: Annotated[dict[Name, Multiplier], Field(min_length=1)]
    shape: Name = ORDINARY

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end: not after the start; give a later end")
        if self.end - self.start > LONGEST_EFFECT:
            raise ValueError(
                f"end: more than {LONGEST_EFFECT.days} days after the start; "
                "what lasts longer belongs to the ordinary forecast"
            )
        if self.shape != ORDINARY and min(self.multipliers.values()) < 1:
            raise ValueError(
                "shape: a multiplier below 1 takes from the ordinary inquiries as they run; "
                f"write {ORDINARY}"
            )
        return self

    @property
    def block(self) -> tuple[str, str, datetime, datetime]:
        """What effects share that differ in their stores alone."""
        return self.wave, self.phase, self.start, self.end


class ShapePoint(Entity):
    """Share of the added inquiries that come in one hour, counted from the start.

    What the points of a shape leave of 1 follows the ordinary inquiries.

    Parameters
    ----------
    shape : str
        Name of the shape.
    hour : int
        Hour from the start, 0 being the first.
    share : float
        Share of the added inquiries in that hour, 0 to 1.
    """

    shape: Name
    hour: Annotated[int, Field(ge=0, le=999)]
    share: Annotated[float, Field(ge=0, le=1)]


DayKind = Literal["holiday", "workday", "skip"]


class CalendarDay(Entity):
    """A day that is not what its weekday says.

    Parameters
    ----------
    date : date
        The day.
    kind : {"holiday", "workday", "skip"}
        Kind of day: holiday, workday (made up for a holiday), or skip, a day of the history to
        leave out, such as that of a past promotion.
    name : str
        Name for people.
    """

    date: Date
    kind: DayKind
    name: str = ""


class WaveCell(Entity):
    """Inquiries that one phase of a wave adds to one interval of one queue; may be negative.

    Parameters
    ----------
    date : date
        Day of the interval.
    start : int
        Start of the interval.
    store : str
        Store of the queue.
    skill : str
        Skill of the queue.
    wave : str
        Name of the wave.
    phase : {"lead-in", "event", "aftermath"}
        Phase of the wave.
    inquiries : float
        Added inquiries.
    """

    date: Date
    start: int
    store: Name
    skill: Name
    wave: Name
    phase: Phase
    inquiries: float


class IntervalCell(Entity):
    """A forecast from history with its prediction interval, for one queue and interval.

    Parameters
    ----------
    date : date
        Day of the interval.
    start : int
        Start of the interval.
    store : str
        Store of the queue.
    skill : str
        Skill of the queue.
    inquiries : float
        Expected inquiries.
    low : float
        Lower end of the prediction interval.
    high : float
        Upper end of the prediction interval.
    """

    date: Date
    start: int
    store: Name
    skill: Name
    inquiries: float
    low: float
    high: float

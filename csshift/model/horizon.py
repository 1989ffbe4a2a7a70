"""The days that are planned, and the periods that rules speak of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as Date
from datetime import timedelta
from itertools import groupby
from typing import Annotated, Literal

from pydantic import Field

from csshift.model.entity import MINUTES_PER_DAY, Entity

Period = Literal["week", "month", "horizon", "rolling-7-days"]


class Horizon(Entity):
    """The planned days, cut into intervals.

    Parameters
    ----------
    start : date
        First planned day, from 1900 to 2999.
    days : int
        Number of planned days.
    interval_minutes : {15, 30, 60}
        Length of an interval, minutes.
    edges : {"auto", "none"}
        With ``auto``, the night before the horizon serves the first morning, and the demand of
        the next morning counts until a shift of that day could start. ``none``: neither.
    """

    start: Annotated[Date, Field(ge=Date(1900, 1, 1), le=Date(2999, 12, 31))]
    days: Annotated[int, Field(ge=1, le=732)]
    interval_minutes: Literal[15, 30, 60] = 60
    edges: Literal["auto", "none"] = "auto"

    @property
    def end(self) -> Date:
        """The last planned day."""
        return self.start + timedelta(days=self.days - 1)

    @property
    def next_date(self) -> Date:
        """The day after the last planned day."""
        return self.start + timedelta(days=self.days)

    @property
    def dates(self) -> tuple[Date, ...]:
        """Every planned day, in order."""
        return tuple(self.start + timedelta(days=i) for i in range(self.days))

    @property
    def intervals_per_day(self) -> int:
        """Number of intervals in a day."""
        return MINUTES_PER_DAY // self.interval_minutes

    @property
    def interval_hours(self) -> float:
        """Length of an interval, hours."""
        return self.interval_minutes / 60

    def index(self, date: Date) -> int:
        """Return the position of a date; negative before the horizon."""
        return (date - self.start).days

    def __contains__(self, date: object) -> bool:
        return isinstance(date, Date) and 0 <= self.index(date) < self.days


def period_blocks(dates: tuple[Date, ...], per: Period) -> Iterator[tuple[range, bool]]:
    """Yield the periods that touch `dates`, with whether the dates cover each one whole.

    Parameters
    ----------
    dates : tuple of date
        Consecutive days.
    per : {"week", "month", "horizon", "rolling-7-days"}
        Weeks are ISO weeks (Monday first); a horizon is all the dates given.

    Yields
    ------
    (range, bool)
        Positions in `dates`, and whether no day of the period lies outside.
    """
    if per == "horizon":
        yield range(len(dates)), True
    elif per == "rolling-7-days":
        if len(dates) < 7:
            yield range(len(dates)), False
        yield from ((range(i, i + 7), True) for i in range(len(dates) - 6))
    else:
        key = _week if per == "week" else _month
        for _, group in groupby(range(len(dates)), key=lambda i: key(dates[i])):
            block = list(group)
            positions = range(block[0], block[-1] + 1)
            before = key(dates[block[0]] - timedelta(days=1)) == key(dates[block[0]])
            after = key(dates[block[-1]] + timedelta(days=1)) == key(dates[block[-1]])
            yield positions, not (before or after)


def _week(date: Date) -> tuple[int, int]:
    return date.isocalendar()[:2]


def _month(date: Date) -> tuple[int, int]:
    return date.year, date.month

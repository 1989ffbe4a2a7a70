"""The days that are planned, and the periods that rules speak of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date as Date
from datetime import timedelta
from itertools import groupby
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from csshift.model.entity import MINUTES_PER_DAY, Entity, Name
from csshift.model.weekdays import WEEKDAYS, Weekday

PERIODS = ("day", "week", "month", "quarter", "year", "horizon")
"""The periods of the calendar, and the planned days."""

ROLLING = re.compile(r"rolling-(\d{1,3})-days")
LONGEST_ROLLING = 366


def rolling_days(per: str) -> int | None:
    """Return the length of a period ``rolling-N-days``; None for any other period."""
    found = ROLLING.fullmatch(per)
    return int(found[1]) if found else None


def _possible(per: str) -> str:
    days = rolling_days(per)
    if per.startswith("rolling-") and (days is None or not 1 <= days <= LONGEST_ROLLING):
        raise ValueError(
            f"{per!r} is not a period; write rolling-N-days with N from 1 to {LONGEST_ROLLING}"
        )
    return per


Period = Annotated[
    Name,
    AfterValidator(_possible),
    Field(examples=[*PERIODS, "rolling-7-days"]),
]
"""``day``, ``week``, ``month``, ``quarter``, ``year``, ``horizon``, ``rolling-N-days``, or the
name of a span of dates."""


class DateSpan(Entity):
    """Dates under a name, such as a promotion or the holidays of a year.

    Parameters
    ----------
    name : str
        Name, by which rules speak of the dates.
    from, until : date or None
        First and last day of a span without gaps.
    dates : tuple of date
        Single days, in place of these or beside them.
    """

    name: Name
    start: Date | None = Field(default=None, alias="from")
    until: Date | None = None
    dates: tuple[Date, ...] = ()

    model_config = ConfigDict(populate_by_name=True)

    @model_validator(mode="after")
    def _some_days(self) -> Self:
        if (self.start is None) != (self.until is None):
            raise ValueError("until: a span has both from and until; add the one that is missing")
        if self.start is None and not self.dates:
            raise ValueError("from: the span has no days; give from and until, or dates")
        if self.start is not None and self.until is not None and self.until < self.start:
            raise ValueError(f"until: it lies before from ({self.start}); exchange them")
        if self.name in PERIODS or self.name.startswith("rolling-"):
            raise ValueError(f"name: {self.name!r} is a period already; choose another name")
        return self

    def __contains__(self, date: object) -> bool:
        if not isinstance(date, Date):
            return False
        inside = (
            self.start is not None and self.until is not None and self.start <= date <= self.until
        )
        return inside or date in self.dates

    @property
    def first(self) -> Date:
        """The first day."""
        return min(filter(None, (self.start, *self.dates)))

    @property
    def last(self) -> Date:
        """The last day."""
        return max(filter(None, (self.until, *self.dates)))


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
    week_start : str
        The weekday on which a week begins, for rules and the hours of contracts; Monday where
        none is given. Turns of duties are counted in weeks from Monday.
    """

    start: Annotated[Date, Field(ge=Date(1900, 1, 1), le=Date(2999, 12, 31))]
    days: Annotated[int, Field(ge=1, le=732)]
    interval_minutes: Literal[15, 30, 60] = 60
    edges: Literal["auto", "none"] = "auto"
    week_start: Weekday = "monday"

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


def period_blocks(
    dates: Sequence[Date], per: str, week_start: str = "monday"
) -> Iterator[tuple[range, bool]]:
    """Yield the periods that touch `dates`, with whether the dates cover each one whole.

    Parameters
    ----------
    dates : sequence of date
        Consecutive days.
    per : str
        A period other than the name of a span; a horizon is all the dates given.
    week_start : str
        The weekday on which a week begins.

    Yields
    ------
    (range, bool)
        Positions in `dates`, and whether no day of the period lies outside.

    Raises
    ------
    ValueError
        When there is no such period.
    """
    days = rolling_days(per)
    if per == "horizon":
        yield range(len(dates)), True
    elif days is not None:
        if len(dates) < days:
            yield range(len(dates)), False
        yield from ((range(i, i + days), True) for i in range(len(dates) - days + 1))
    elif per in PERIODS:
        key = _keys(week_start)[per]
        for _, group in groupby(range(len(dates)), key=lambda i: key(dates[i])):
            block = list(group)
            positions = range(block[0], block[-1] + 1)
            before = key(dates[block[0]] - timedelta(days=1)) == key(dates[block[0]])
            after = key(dates[block[-1]] + timedelta(days=1)) == key(dates[block[-1]])
            yield positions, not (before or after)
    else:
        raise ValueError(f"no period {per!r}")


def week_of(date: Date, week_start: str = "monday") -> int:
    """Return a number that the days of a week share, and no other day has."""
    return (date.toordinal() - 1 - WEEKDAYS.index(week_start)) // 7


def _keys(week_start: str) -> dict[str, Callable[[Date], Any]]:
    """Return what the days of one period have in common."""
    return {
        "day": Date.toordinal,
        "week": lambda date: week_of(date, week_start),
        "month": lambda date: (date.year, date.month),
        "quarter": lambda date: (date.year, (date.month - 1) // 3),
        "year": lambda date: date.year,
    }

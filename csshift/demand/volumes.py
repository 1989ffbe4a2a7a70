"""Inquiries as an array: queues by intervals, over consecutive days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, time, timedelta

import numpy as np

from csshift.demand.search import Floats
from csshift.errors import Fault, InputError
from csshift.model.demand import ForecastCell
from csshift.model.entity import MINUTES_PER_DAY

Queue = tuple[str, str]
"""Store and skill."""


@dataclass(frozen=True, eq=False)
class Volumes:
    """Inquiries of several queues.

    Parameters
    ----------
    first : date
        The first day.
    interval_minutes : int
        Length of an interval.
    queues : tuple of (store, skill)
        The rows of `values`.
    values : array of float, shape (queues, intervals)
        Inquiries; whole days, one after the other.
    """

    first: Date
    interval_minutes: int
    queues: tuple[Queue, ...]
    values: Floats

    @property
    def intervals_per_day(self) -> int:
        """Number of intervals in a day."""
        return MINUTES_PER_DAY // self.interval_minutes

    @property
    def days(self) -> int:
        """Number of days."""
        return int(self.values.shape[1]) // self.intervals_per_day

    @property
    def dates(self) -> tuple[Date, ...]:
        """The days."""
        return tuple(self.first + timedelta(days=i) for i in range(self.days))

    def minutes_to(self, moment: datetime) -> int:
        """Return the minutes from the first midnight to a moment; negative before it."""
        return (moment - datetime.combine(self.first, time())) // timedelta(minutes=1)

    def by_day(self) -> Floats:
        """Return the values in the shape (queues, days, intervals of a day)."""
        return self.values.reshape(len(self.queues), self.days, self.intervals_per_day)

    def widened(self, first: Date, last: Date) -> Volumes:
        """Return the same for at least the days from `first` to `last`.

        A day that is not known is taken to be the mean of the known days of its weekday, or of
        all known days where none has that weekday.
        """
        first = min(first, self.first)
        last = max(last, self.dates[-1])
        known, weekdays = self.by_day(), np.array([date.weekday() for date in self.dates])
        before = (self.first - first).days
        days = (last - first).days + 1
        filled = np.empty((len(self.queues), days, self.intervals_per_day))
        filled[:, before : before + self.days] = known
        for day in (*range(before), *range(before + self.days, days)):
            like = weekdays == (first + timedelta(days=day)).weekday()
            source = known[:, like] if like.any() else known
            filled[:, day] = source.mean(axis=1)
        return Volumes(
            first, self.interval_minutes, self.queues, filled.reshape(len(self.queues), -1)
        )

    def within(self, first: Date, days: int) -> Volumes:
        """Return the days from `first` on; those must be known."""
        offset = (first - self.first).days * self.intervals_per_day
        stop = offset + days * self.intervals_per_day
        return Volumes(first, self.interval_minutes, self.queues, self.values[:, offset:stop])


LONGEST_DAYS = 3660
"""Days of the longest history or forecast; beyond, a date is wrong."""
LARGEST_ARRAY = 50_000_000
"""Intervals of all queues together: 0.4 GB."""


def collect_volumes(
    cells: Iterable[ForecastCell], interval_minutes: int, table: str = "forecast"
) -> Volumes:
    """Return cells as an array; what no cell names is 0.

    Parameters
    ----------
    cells : iterable of ForecastCell
        At least one. Cells of one interval and queue add up, and a start beyond 24:00 belongs to
        the next day. Cells of finer intervals are added up.
    interval_minutes : int
        Length of an interval.
    table : str
        Where the cells come from, for a fault.

    Raises
    ------
    InputError
        When the first and the last day are more than ten years apart, or there are too many
        intervals and queues for the memory of a computer.
    """
    rows = list(cells)
    dates = [cell.date for cell in rows]
    if (max(dates) - min(dates)).days >= LONGEST_DAYS:
        raise InputError(
            [
                Fault(
                    table,
                    f"the dates run from {min(dates)} to {max(dates)}, more than ten years",
                    "correct the date that is wrong, or leave old rows out",
                    column="date",
                )
            ]
        )
    per_day = MINUTES_PER_DAY // interval_minutes
    queues = tuple(sorted({(cell.store, cell.skill) for cell in rows}))
    place = {queue: position for position, queue in enumerate(queues)}
    slots = [
        (cell.date.toordinal() * per_day + cell.start // interval_minutes, cell) for cell in rows
    ]
    first = min(slot for slot, _ in slots) // per_day
    days = max(slot for slot, _ in slots) // per_day - first + 1
    if len(queues) * days * per_day > LARGEST_ARRAY:
        problem = f"{len(queues):,} queues on {days:,} days are too many"
        raise InputError([Fault(table, problem, "give fewer stores and skills, or fewer days")])
    values = np.zeros((len(queues), days * per_day))
    for slot, cell in slots:
        values[place[cell.store, cell.skill], slot - first * per_day] += cell.inquiries
    return Volumes(Date.fromordinal(first), interval_minutes, queues, values)

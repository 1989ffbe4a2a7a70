"""Counts of the past in the intervals of the plan, and which of their days can be learned from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd

import numpy as np
from numpy.typing import NDArray

from csshift.demand.history.calendar import WorkCalendar
from csshift.demand.volumes import Volumes, collect_volumes
from csshift.errors import Fault, InputError
from csshift.model.demand import ForecastCell

LENGTHS = (60, 30, 15)
LEAST_DAYS = 14
WEEKDAYS = 7


@dataclass(frozen=True, eq=False)
class History:
    """Counts of the past.

    Parameters
    ----------
    volumes : Volumes
        The counts, in the intervals of the plan.
    known : array of bool, shape (queues, days)
        Days of a queue that count: some row names them, and the calendar does not skip them. An
        interval without a row on such a day had no inquiries.
    named : array of bool, shape (queues, intervals)
        Intervals that some row covers, whatever its count.
    """

    volumes: Volumes
    known: NDArray[np.bool_]
    named: NDArray[np.bool_]

    def until(self, days: int) -> History:
        """Return the first days."""
        stop = days * self.volumes.intervals_per_day
        return History(
            self.volumes.within(self.volumes.first, days),
            self.known[:, :days],
            self.named[:, :stop],
        )

    def named_by_day(self) -> NDArray[np.bool_]:
        """Return the named intervals in the shape (queues, days, intervals of a day)."""
        return self.named.reshape(len(self.volumes.queues), self.volumes.days, -1)


def collect_history(
    cells: Iterable[ForecastCell], interval_minutes: int, calendar: WorkCalendar
) -> History:
    """Return counts in the intervals of the plan.

    Parameters
    ----------
    cells : iterable of ForecastCell
        At least one. Finer intervals are added up, coarser ones split evenly.
    interval_minutes : int
        Length of an interval of the plan.
    calendar : WorkCalendar
        Says which days to skip.

    Raises
    ------
    InputError
        When the counts do not start on the quarter of an hour, or a queue has less than two weeks.
    """
    rows = list(cells)
    length = interval_length(rows)
    volumes = collect_volumes(rows, length, "counts")
    named = _named(rows, volumes)
    if length > interval_minutes:
        parts = length // interval_minutes
        volumes, named = _split(volumes, parts), np.repeat(named, parts, axis=1)
    parts = interval_minutes // volumes.interval_minutes
    named = any_along(named.reshape(len(named), -1, parts), 2)
    known = any_along(named.reshape(len(named), volumes.days, -1), 2)
    skipped = [calendar.kind(date) == "skip" for date in volumes.dates]
    known &= ~np.array(skipped, dtype=np.bool_)
    history = History(_joined(volumes, interval_minutes), known, named)
    faults = list(_too_few_days(history, calendar))
    if faults:
        raise InputError(faults)
    return history


def _too_few_days(history: History, calendar: WorkCalendar) -> Iterator[Fault]:
    # A weekday on which a queue is closed has no rows: two weeks are fewer days then.
    closed = closed_weekdays(history, calendar).sum(axis=1)
    for row, (store, skill) in enumerate(history.volumes.queues):
        days, least = int(history.known[row].sum()), LEAST_DAYS - 2 * int(closed[row])
        if days < max(least, 2):
            remedy = f"give at least {max(least, 2)}, or leave the queue out"
            yield Fault("counts", f"only {days} days of {skill} in {store}", remedy)


def closed_weekdays(history: History, calendar: WorkCalendar) -> NDArray[np.bool_]:
    """Return the weekdays without any row of a queue, shape (queues, 7).

    Holidays do not count, for they are not like their weekday; skipped days do.
    """
    dates = history.volumes.dates
    like = np.array([calendar.like_weekday(date) for date in dates])
    holiday = np.array([calendar.kind(date) == "holiday" for date in dates], dtype=np.bool_)
    named = any_along(history.named_by_day(), 2)
    closed = np.zeros((len(named), WEEKDAYS), dtype=np.bool_)
    for weekday in range(WEEKDAYS):
        closed[:, weekday] = ~named[:, (like == weekday) & ~holiday].any(axis=1)
    return closed


def any_along(mask: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Return where a mask holds anywhere along an axis."""
    found: NDArray[np.bool_] = np.logical_or.reduce(mask, axis=axis)
    return found


def interval_length(cells: Sequence[ForecastCell]) -> int:
    """Return the length of the intervals, the longest of 60, 30 and 15 minutes that fits."""
    step = reduce(gcd, (cell.start for cell in cells), 60)
    length = next((minutes for minutes in LENGTHS if step % minutes == 0), None)
    if length is None:
        odd = next(index for index, cell in enumerate(cells) if cell.start % LENGTHS[-1])
        remedy = "give counts in intervals of 15, 30 or 60 minutes"
        problem = "does not start on the quarter of an hour"
        raise InputError([Fault("counts", problem, remedy, index=odd, column="start")])
    return length


def _named(rows: Iterable[ForecastCell], volumes: Volumes) -> NDArray[np.bool_]:
    place = {queue: position for position, queue in enumerate(volumes.queues)}
    named = np.zeros(volumes.values.shape, dtype=np.bool_)
    for cell in rows:
        day = (cell.date - volumes.first).days
        slot = day * volumes.intervals_per_day + cell.start // volumes.interval_minutes
        named[place[cell.store, cell.skill], slot] = True
    return named


def _split(volumes: Volumes, parts: int) -> Volumes:
    values = np.repeat(volumes.values / parts, parts, axis=1)
    return Volumes(volumes.first, volumes.interval_minutes // parts, volumes.queues, values)


def _joined(volumes: Volumes, interval_minutes: int) -> Volumes:
    parts = interval_minutes // volumes.interval_minutes
    values = volumes.values.reshape(len(volumes.queues), -1, parts).sum(axis=2)
    return Volumes(volumes.first, interval_minutes, volumes.queues, values)

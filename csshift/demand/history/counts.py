"""Counts of the past in the intervals of the plan, and which of their days can be learned from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """

    volumes: Volumes
    known: NDArray[np.bool_]


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
    if length > interval_minutes:
        volumes = _split(volumes, length // interval_minutes)
    known = _named_days(rows, volumes)
    skipped = [calendar.kind(date) == "skip" for date in volumes.dates]
    known &= ~np.array(skipped, dtype=np.bool_)
    history = History(_joined(volumes, interval_minutes), known)
    faults = [
        Fault(
            "counts",
            f"only {int(days)} days of {skill} in {store}",
            f"give at least {LEAST_DAYS}, or leave the queue out",
        )
        for (store, skill), days in zip(volumes.queues, known.sum(axis=1), strict=True)
        if days < LEAST_DAYS
    ]
    if faults:
        raise InputError(faults)
    return history


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


def _named_days(rows: Iterable[ForecastCell], volumes: Volumes) -> NDArray[np.bool_]:
    place = {queue: position for position, queue in enumerate(volumes.queues)}
    known = np.zeros((len(volumes.queues), volumes.days), dtype=np.bool_)
    for cell in rows:
        day = (cell.date - volumes.first).days + cell.start // 1440
        known[place[cell.store, cell.skill], day] = True
    return known


def _split(volumes: Volumes, parts: int) -> Volumes:
    values = np.repeat(volumes.values / parts, parts, axis=1)
    return Volumes(volumes.first, volumes.interval_minutes // parts, volumes.queues, values)


def _joined(volumes: Volumes, interval_minutes: int) -> Volumes:
    parts = interval_minutes // volumes.interval_minutes
    values = volumes.values.reshape(len(volumes.queues), -1, parts).sum(axis=2)
    return Volumes(volumes.first, interval_minutes, volumes.queues, values)

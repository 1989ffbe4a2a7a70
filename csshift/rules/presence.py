"""Who is at work at a given minute: stretches of the day for rows, minutes for checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.program import ABSENT
from csshift.rules.staffing import Schedule, Staffing
from csshift.rules.work import WorkColumns, flat

Cover: TypeAlias = frozenset[tuple[int, int]]
"""The (days ago, shift) that are running."""


class Stretch(NamedTuple):
    """A stretch of a day within which no shift starts or ends."""

    minutes: int
    cover: Cover


def stretches(staffing: Staffing, parts: Iterable[Span]) -> list[Stretch]:
    """Return the stretches that make up parts of a day.

    Parameters
    ----------
    staffing : Staffing
    parts : iterable of Span
        Spans within 00:00-24:00.
    """
    spans = [(i, span) for i, shift in enumerate(staffing.shifts) for span in shift.hours]
    cuts = {edge % MINUTES_PER_DAY for _, span in spans for edge in span}
    found = []
    for part in parts:
        edges = sorted({*part, *(cut for cut in cuts if part.start < cut < part.end)})
        for start, end in pairwise(edges):
            cover = frozenset(
                (ago, i)
                for ago in (0, 1)
                for i, span in spans
                if span.start <= start + ago * MINUTES_PER_DAY < span.end
            )
            found.append(Stretch(end - start, cover))
    return found


def merged(found: Iterable[Stretch]) -> dict[Cover, int]:
    """Return the minutes of each distinct cover."""
    minutes: dict[Cover, int] = {}
    for stretch in found:
        minutes[stretch.cover] = minutes.get(stretch.cover, 0) + stretch.minutes
    return minutes


def decisive(covers: dict[Cover, int], implies: Callable[[Cover, Cover], bool]) -> dict[Cover, int]:
    """Return the covers whose row no other row implies; `implies(one, other)` says so."""
    return {
        cover: minutes
        for cover, minutes in covers.items()
        if not any(implies(other, cover) for other in covers)
    }


def columns_at(
    work: WorkColumns, agents: NDArray[np.int64], days: NDArray[np.int64], cover: Cover
) -> NDArray[np.int64]:
    """Return the columns of the agents at work, one row a day, shape (days, width).

    `days` may hold the day after the horizon.
    """
    beyond = np.full((agents.size, 1, work.shift.shape[2]), ABSENT, dtype=np.int64)
    shift = np.concatenate([beyond, work.shift[agents], beyond], axis=1)
    parts = [shift[:, days + 1 - ago, i].T for ago, i in sorted(cover)]
    return flat(np.stack(parts, axis=2)) if parts else np.empty((days.size, 0), dtype=np.int64)


def at_work(
    schedule: Schedule, agents: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many of the agents are at work at each minute of the horizon.

    Returns
    -------
    total, known : int array, shape ((planned days + 1) * 1440,)
        From 00:00 of the first planned day to the end of the day after the horizon: agents
        at work, and those among them whose shift is one of the history. An agent counts once
        a minute.
    """
    staffing = schedule.staffing
    first = staffing.history_days
    total = np.zeros((staffing.days - first + 1) * MINUTES_PER_DAY, dtype=np.int64)
    known = np.zeros_like(total)
    for agent in agents:
        present = np.zeros(total.size, dtype=np.bool_)
        for day in range(max(0, first - 1), staffing.days):
            if schedule.shift[agent, day] < 0:
                continue
            midnight = (day - first) * MINUTES_PER_DAY
            for span in staffing.shifts[schedule.shift[agent, day]].hours:
                present[max(0, midnight + span.start) : max(0, midnight + span.end)] = True
            if day < first:
                known += present
        total += present
    return total, known


def spells(values: NDArray[np.int64]) -> Iterator[tuple[Span, int]]:
    """Yield the spans of minutes over which a value stays the same above 0, cut at midnight."""
    edges = np.flatnonzero(np.diff(values)) + 1
    midnights = np.arange(0, values.size + 1, MINUTES_PER_DAY)
    cuts = np.unique(np.concatenate([edges, midnights]))
    for start, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        if values[start] > 0:
            yield Span(start, end), int(values[start])

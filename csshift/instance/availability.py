"""Who may work which shift on which day, as far as leave, employment and shift dates decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date as Date
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.model.people import Agent, Leave
from csshift.model.shifts import Shift

Flags = NDArray[np.bool_]


def availability(
    agents: Sequence[Agent], shifts: Sequence[Shift], leave: Sequence[Leave], dates: Sequence[Date]
) -> tuple[Flags, Flags]:
    """Return `RosterGrid.available` and `RosterGrid.offered`.

    Parameters
    ----------
    agents, shifts : sequence of Agent, sequence of Shift
    leave : sequence of Leave
        Rows that touch none of the dates nor the day after them have no effect.
    dates : sequence of date
        Consecutive days.

    Returns
    -------
    available : bool array, shape (agents, days)
    offered : bool array, shape (agents, days, shifts)
    """
    days = len(dates)
    # One day before and one day after: leave there can reach into the days between.
    padded = [dates[0] - timedelta(days=1), *dates, dates[-1] + timedelta(days=1)]
    employed = np.array([[agent.employed(date) for date in padded] for agent in agents])
    overnight = np.array([shift.overnight for shift in shifts])
    in_use = np.array([[shift.in_use(date) for shift in shifts] for date in dates])
    offered = employed[:, 1:-1, None] & (employed[:, 2:, None] | ~overnight) & in_use
    rows = _by_span(agents, leave, padded)
    for span, (people, position) in rows.items():
        for later in (-1, 0, 1):
            blocked = _blocked(shifts, span, later)
            day = position - 1 + later
            inside = (day >= 0) & (day < days)
            offered[people[inside], day[inside]] &= ~blocked
    available = employed[:, 1:-1] & ~_away_all_day(rows, (len(agents), days + 2))[:, 1:-1]
    return available, offered


def _by_span(
    agents: Sequence[Agent], leave: Sequence[Leave], dates: Sequence[Date]
) -> dict[Span, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return agents and days of the leave by its hours; no pair is listed twice."""
    position = {agent.agent_id: i for i, agent in enumerate(agents)}
    found: dict[Span, set[tuple[int, int]]] = defaultdict(set)
    for row in leave:
        day = (row.date - dates[0]).days
        if 0 <= day < len(dates) and row.agent_id in position:
            found[row.span].add((position[row.agent_id], day))
    listed = {span: np.array(sorted(pairs), dtype=np.int64) for span, pairs in found.items()}
    return {span: (pairs[:, 0], pairs[:, 1]) for span, pairs in listed.items()}


def _blocked(shifts: Sequence[Shift], span: Span, later: int) -> Flags:
    """Return which shifts that start so many days after the date of some leave touch it."""
    offset = later * MINUTES_PER_DAY
    hours = Span(span.start - offset, span.end - offset)
    return np.array([shift.overlap(hours) > 0 for shift in shifts])


def _away_all_day(
    rows: dict[Span, tuple[NDArray[np.int64], NDArray[np.int64]]], shape: tuple[int, int]
) -> Flags:
    """Return the days that leave covers from 00:00 to 24:00, in one row or in several."""
    away = np.zeros(shape, dtype=np.bool_)
    parts: dict[tuple[int, int], list[Span]] = defaultdict(list)
    for span, (people, day) in rows.items():
        if span.start == 0 and span.end >= MINUTES_PER_DAY:
            away[people, day] = True
            continue
        for key in zip(people.tolist(), day.tolist(), strict=True):
            parts[key].append(span)
            if span.end > MINUTES_PER_DAY:
                rest = Span(0, span.end - MINUTES_PER_DAY)
                parts[key[0], key[1] + 1].append(rest)
    for (person, position), spans in parts.items():
        if position < shape[1]:
            away[person, position] |= _covers_day(spans)
    return away


def _covers_day(spans: Sequence[Span]) -> bool:
    end = 0
    for span in sorted(spans):
        if span.start > end:
            return False
        end = max(end, span.end)
    return end >= MINUTES_PER_DAY

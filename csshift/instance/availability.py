"""Who may work which shift on which day: leave, employment, shift dates and availability."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date as Date
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from csshift.model.availability import Availability, closed, obstacle, rows_by_agent
from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.model.people import Agent, Leave, Request
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


def barred(
    agents: Sequence[Agent],
    shifts: Sequence[Shift],
    rows: Sequence[Availability],
    dates: Sequence[Date],
) -> Flags:
    """Return which shifts the hard rows of availability keep from agents.

    Parameters
    ----------
    agents, shifts : sequence of Agent, sequence of Shift
    rows : sequence of Availability
    dates : sequence of date
        The days on which shifts start.

    Returns
    -------
    bool array, shape (agents, days, shifts)
    """
    found = np.zeros((len(agents), len(dates), len(shifts)), dtype=np.bool_)
    own = rows_by_agent(rows, hard=True)
    # Many people say the same: each pattern is worked out once.
    known: dict[tuple[str, ...], Flags] = {}
    for i, agent in enumerate(agents):
        if agent.agent_id in own:
            said = own[agent.agent_id]
            key = tuple(f"{row} {row.start_date} {row.end_date}" for row in said)
            if key not in known:
                known[key] = _obstacles(said, shifts, dates)
            found[i] = known[key]
    return found


def _obstacles(
    rows: Sequence[Availability], shifts: Sequence[Shift], dates: Sequence[Date]
) -> Flags:
    """Return which shifts rows keep from one agent, shape (days, shifts)."""
    return np.array(
        [[obstacle(rows, shift, date) is not None for shift in shifts] for date in dates],
        dtype=np.bool_,
    ).reshape(len(dates), len(shifts))


def wishes(
    shifts: Sequence[Shift], rows: Sequence[Availability], dates: Sequence[Date]
) -> Iterator[Request]:
    """Yield the rows of availability that are wishes as requests, a day at a time.

    A day on which nothing is wished is a wish to be off; elsewhere the wish names the shifts
    that are not wanted. Rows ``only`` of one weight are alternatives.
    """
    for agent_id, own in rows_by_agent(rows, hard=False).items():
        for weight in dict.fromkeys(row.weight for row in own):
            same = [row for row in own if row.weight == weight]
            # One row ``never`` is a wish of its own; the rows ``only`` are one together.
            groups = [[row] for row in same if row.works == "never"]
            groups.append([row for row in same if row.works == "only"])
            for group in filter(None, groups):
                yield from _wishes(agent_id, group, shifts, dates)


def _wishes(
    agent_id: str, rows: Sequence[Availability], shifts: Sequence[Shift], dates: Sequence[Date]
) -> Iterator[Request]:
    # Where hours are given, they say what of a night may lie on a day that is not named.
    no_hours = all(row.hours is None for row in rows)
    shut = [no_hours and closed(rows, date) is not None for date in dates] + [False]
    against = _obstacles(rows, shifts, dates)
    for day, date in enumerate(dates):
        codes = [
            shift.code
            for shift, off in zip(shifts, against[day].tolist(), strict=True)
            if off and shift.in_use(date) and not (shift.overnight and shut[day + 1])
        ]
        fields = {"agent_id": agent_id, "date": date, "want": "off", "weight": rows[0].weight}
        if shut[day]:
            yield Request.model_validate(fields)
        elif codes:
            yield Request.model_validate({**fields, "shift": ";".join(codes)})

"""What a report shows: people and shifts that matter to the planned days, and their leave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date
from typing import TypeAlias

import numpy as np

from csshift.instance import Instance
from csshift.model.people import Agent, Leave
from csshift.model.roster import Roster
from csshift.model.shifts import Shift

Day: TypeAlias = tuple[str, Date]
"""An agent's id and a date."""


def shown_agents(instance: Instance, roster: Roster | None = None) -> tuple[Agent, ...]:
    """Return the agents who are employed on some planned day, or whom the roster names.

    Those who left before the horizon are in the problem for the sake of the history only.
    """
    named = set()
    if roster is not None:
        named = {row.agent_id for row in roster.assignments}
        named |= {row.agent_id for row in roster.duties}
    start, end = instance.horizon.start, instance.horizon.end
    return tuple(
        agent
        for agent in instance.agents
        if agent.agent_id in named
        or (
            (agent.end_date is None or agent.end_date >= start)
            and (agent.start_date is None or agent.start_date <= end)
        )
    )


def shown_shifts(instance: Instance, roster: Roster | None = None) -> tuple[Shift, ...]:
    """Return the shifts that are in use on some planned day, or that the roster has."""
    worked = set() if roster is None else {row.shift for row in roster.assignments}
    return tuple(
        shift
        for shift in instance.shifts
        if shift.code in worked or shift.in_use(instance.horizon.start)
    )


def leave_days(instance: Instance) -> Mapping[Day, str]:
    """Return the kind of leave of each planned day on which an agent is on leave all day."""
    kinds = {(row.agent_id, row.date): row.kind for row in instance.problem.leave if row.kind}
    grid, dates = instance.grid, instance.horizon.dates
    away = ~grid.available[:, grid.history_days :]
    found: dict[Day, str] = {}
    for agent, day in np.argwhere(away).tolist():
        person = instance.agents[agent]
        if person.employed(dates[day]):
            key = person.agent_id, dates[day]
            found[key] = kinds.get(key, "")
    return found


def part_leave(instance: Instance) -> Mapping[Day, tuple[Leave, ...]]:
    """Return the rows of leave for a part of a day, by planned day on which they begin."""
    whole = leave_days(instance)
    found: dict[Day, tuple[Leave, ...]] = {}
    for row in instance.problem.leave:
        key = row.agent_id, row.date
        if row.hours is not None and row.date in instance.horizon and key not in whole:
            found[key] = (*found.get(key, ()), row)
    return found


def leave_text(row: Leave) -> str:
    """Return hours and kind of leave for a part of a day, such as ``14:00-24:00 annual``."""
    return f"{row.span} {row.kind}".rstrip()

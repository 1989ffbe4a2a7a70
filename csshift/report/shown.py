"""What a report shows: people and shifts that matter to the planned days, and their leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csshift.instance import Instance
from csshift.model.people import Agent, Leave
from csshift.model.roster import AgentDay as Day
from csshift.model.roster import CoverageCell, Roster
from csshift.model.shifts import Shift

SATURDAY = 5


class RosterView:
    """A roster by agent and day, as every report looks it up.

    Parameters
    ----------
    instance : Instance
    roster : Roster
        Of that problem.
    """

    def __init__(self, instance: Instance, roster: Roster) -> None:
        self.instance = instance
        self.roster = roster
        self.shifts, self.turns = roster.shifts(), roster.turns()

    @cached_property
    def agents(self) -> tuple[Agent, ...]:
        """The people who have a row."""
        return shown_agents(self.instance, self.roster)

    @cached_property
    def kinds(self) -> tuple[Shift, ...]:
        """The shifts that are counted and explained."""
        return shown_shifts(self.instance, self.roster)

    @cached_property
    def by_code(self) -> Mapping[str, Shift]:
        """The shifts."""
        return {shift.code: shift for shift in self.instance.shifts}

    @cached_property
    def leave(self) -> Mapping[Day, str]:
        """Kind of leave of agents who are on leave all day."""
        return leave_days(self.instance)

    @cached_property
    def part_leave(self) -> Mapping[Day, tuple[Leave, ...]]:
        """Leave for parts of days."""
        return part_leave(self.instance)

    @cached_property
    def counts(self) -> Counter[tuple[Date, str]]:
        """How many work a shift, by date and code."""
        return Counter((date, code) for (_, date), code in self.shifts.items())


def duty_marks(instance: Instance, marks: Sequence[str]) -> dict[str, str]:
    """Return the sign of each duty; where there are too few signs, all share the first one."""
    shared = len(instance.duties) > len(marks)
    return {duty.name: marks[0 if shared else i] for i, duty in enumerate(instance.duties)}


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
    full_days = leave_days(instance)
    found: dict[Day, tuple[Leave, ...]] = {}
    for row in instance.problem.leave:
        key = row.agent_id, row.date
        if row.hours is not None and row.date in instance.horizon and key not in full_days:
            found[key] = (*found.get(key, ()), row)
    return found


def coverage_dates(instance: Instance, coverage: Iterable[CoverageCell]) -> tuple[Date, ...]:
    """Return the planned days, and the next one if anything is required on its morning."""
    last = instance.horizon.end
    after = any(cell.date > last for cell in coverage)
    return instance.covered_dates if after else instance.horizon.dates


def heads_by_slot(
    instance: Instance, coverage: Iterable[CoverageCell], dates: Sequence[Date]
) -> dict[str, NDArray[np.float64]]:
    """Return heads required, supplied and missing of each skill, all stores together.

    A head too many in one store does not help another: the shortage is the sum of what the
    stores lack, not the difference of the sums.

    Parameters
    ----------
    instance : Instance
    coverage : iterable of CoverageCell
    dates : sequence of date
        The days, as `coverage_dates` finds them.

    Returns
    -------
    dict of str to float array, shape (3, days, intervals of a day)
    """
    horizon = instance.horizon
    index = {date: i for i, date in enumerate(dates)}
    found: dict[str, NDArray[np.float64]] = {}
    for cell in coverage:
        if cell.skill not in found:
            found[cell.skill] = np.zeros((3, len(dates), horizon.intervals_per_day))
        slot = cell.start // horizon.interval_minutes
        figures = float(cell.required), float(cell.supplied), float(cell.shortage)
        found[cell.skill][:, index[cell.date], slot] += figures
    return found


def leave_text(row: Leave) -> str:
    """Return hours and kind of leave for a part of a day, such as ``14:00-24:00 annual``."""
    return f"{row.span} {row.kind}".rstrip()

"""Hours that people are owed and do not get, and why."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.instance import Instance
from csshift.instance.targets import OwedHours, counted_minutes
from csshift.model.people import Agent
from csshift.model.roster import Roster
from csshift.rules.grid import OFF
from csshift.scoring.availability import Availability, DayShift

MOST_EXPLAINED = 60
"""Limit on the people for whom obstacles to more hours are determined."""

LEAST_PERCENT = 5
"""Percent of a target up to which a difference needs no reason."""

LENGTHS, NO_DEMAND, NO_SKILL = "lengths of shifts", "no demand", "skills"
POSSIBLE = "a better roster may give them"
MOST_RULES = 2

LEAST_MISSING = Decimal("0.25")
"""Heads of a cell that are worth one more shift."""

Minutes: TypeAlias = NDArray[np.int64]
"""Paid minutes that count toward the hours owed, shape (agents, days)."""


class Owed(NamedTuple):
    """What one agent is owed within the horizon.

    Parameters
    ----------
    hours : float
        Paid hours owed, less those of the history in the same weeks or months.
    away : float
        Hours by which leave and days without employment have lowered it.
    reasons : tuple of str
        Why fewer are given: rules by label, and words of csshift's own; empty where the
        difference is small.
    """

    hours: float
    away: float
    reasons: tuple[str, ...]


def owed_by_agent(instance: Instance, roster: Roster) -> dict[int, Owed]:
    """Return what each agent is owed whose contract names a target, by position."""
    periods: dict[int, list[OwedHours]] = {}
    for owed in instance.owed_hours:
        periods.setdefault(owed.agent, []).append(owed)
    if not periods:
        return {}
    schedule = instance.schedule(roster.assignments)
    availability = Availability(instance, schedule)
    minutes = counted_minutes(instance.counted_shifts, schedule)
    found: dict[int, Owed] = {}
    explained = 0
    for agent, own in periods.items():
        short = [owed for owed in own if _short(owed, minutes)]
        reasons: tuple[str, ...] = ()
        if short and explained < MOST_EXPLAINED:
            explained += 1
            reasons = tuple(_reasons(instance, availability, short, roster, minutes))
        found[agent] = Owed(
            hours=sum(max(0, owed.target - owed.known) for owed in own) / 60,
            away=sum(owed.full - owed.target for owed in own) / 60,
            reasons=reasons,
        )
    return found


def _short(owed: OwedHours, minutes: Minutes) -> bool:
    return 100 * (owed.target - _got(owed, minutes)) > LEAST_PERCENT * owed.target


def _got(owed: OwedHours, minutes: Minutes) -> int:
    return int(minutes[owed.agent, owed.days.start : owed.days.stop].sum())


def _reasons(
    instance: Instance,
    availability: Availability,
    short: list[OwedHours],
    roster: Roster,
    minutes: Minutes,
) -> Iterator[str]:
    """Yield what keeps an agent from one more shift in the periods that fall short."""
    grid, schedule = instance.grid, availability.schedule
    agent = short[0].agent
    free = [
        DayShift(day - grid.history_days, shift)
        for owed in short
        for day in range(max(owed.days.start, grid.history_days), owed.days.stop)
        if schedule.shift[agent, day] == OFF
        for shift, kind in enumerate(instance.shifts)
        if kind.in_use(grid.dates[day]) and _helps(owed, minutes, kind.paid_minutes)
    ]
    if not free:
        yield LENGTHS
        return
    free = [entry for entry in free if instance.counted_shifts[agent, entry.planned, entry.shift]]
    if not free:
        yield NO_DEMAND if _serves_demand(instance, instance.agents[agent]) else NO_SKILL
        return
    barriers, possible = availability.call_in([agent], free)
    if possible and _asked_more(instance, agent, roster, availability, free):
        yield POSSIBLE
    elif possible:
        yield NO_DEMAND
    else:
        yield from sorted(barriers)[:MOST_RULES]


def _asked_more(
    instance: Instance,
    agent: int,
    roster: Roster,
    availability: Availability,
    free: list[DayShift],
) -> bool:
    """Return whether heads are missing where a shift that nothing forbids would bring one."""
    open_shifts = {entry for entry in free if availability.call_in([agent], [entry])[1]}
    return any(
        not open_shifts.isdisjoint(
            availability.shifts_over(instance.horizon.index(cell.date), cell.start)
        )
        for cell in roster.coverage
        if cell.shortage >= LEAST_MISSING
        and instance.efficiency(instance.agents[agent], cell.store, cell.skill) > 0
    )


def _helps(owed: OwedHours, minutes: Minutes, more: int) -> bool:
    got = _got(owed, minutes)
    return owed.cost(got + more) < owed.cost(got)


def _serves_demand(instance: Instance, agent: Agent) -> bool:
    """Return whether any demand is of a store and skill that the agent serves."""
    planned = instance.planned
    queues = {(row.store, row.skill) for row in planned.forecast}
    queues |= {(row.store, row.skill) for row in planned.requirements}
    return any(agent.efficiency(store, skill) > 0 for store, skill in queues)

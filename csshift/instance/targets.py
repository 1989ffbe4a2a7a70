"""Hours that people are owed, by week or month, and what it costs to miss them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from csshift.instance.availability import Flags, barred
from csshift.instance.fairness import may_hold_any, needed_on
from csshift.instance.requirements import SupplyAndDemand
from csshift.instance.supply import Supply
from csshift.model.horizon import period_blocks
from csshift.model.skills import Skill
from csshift.rules.grid import UNKNOWN, Schedule

STEPS = tuple(Fraction(percent, 100) for percent in (0, 5, 10, 20, 40, 70))
"""Shares of the target from which on each minute more or less costs one price more."""

LONGEST_PERIOD_DAYS = 31


@dataclass(frozen=True)
class OwedHours:
    """What an agent is owed in one week or month, as far as its days are known.

    Parameters
    ----------
    agent : int
        Position of the agent.
    days : range
        Known days of the period, history included, by position in the grid.
    full : int
        Paid minutes that the contract names, in proportion to the known days among all days of
        the period; days that availability closes do not count.
    target : int
        Those owed: in proportion to the days that are also employed and not on leave.
    known : int
        Paid minutes in the history.
    """

    agent: int
    days: range
    full: int
    target: int
    known: int

    def cost(self, minutes: int) -> int:
        """Return what so many paid minutes cost, history included, in prices of a minute.

        Convex, and by shares of the target, so that equal people end equal: a minute costs as
        many prices as there are `STEPS` of the target below its distance from the target.
        """
        distance = abs(minutes - self.target)
        return sum(max(0, distance - int(self.target * step)) for step in STEPS)


def owed_hours(supply: Supply) -> tuple[OwedHours, ...]:
    """Return what the agents are owed whose contracts name a target, period by period."""
    targets = {contract.name: contract.target for contract in supply.contracts}
    wanted = [targets.get(agent.contract or "") for agent in supply.agents]
    found: list[OwedHours] = []
    for per in ("week", "month"):
        hours = {i: t[1] for i, t in enumerate(wanted) if t is not None and t[0] == per}
        if hours:
            minutes = {i: int(amount * 60) for i, amount in hours.items()}
            found.extend(_owed(supply, per, minutes))
    return tuple(found)


def _owed(supply: Supply, per: str, minutes: dict[int, int]) -> Iterator[OwedHours]:
    """Yield what agents are owed in each period that has a planned day."""
    grid = supply.grid
    pad = timedelta(days=LONGEST_PERIOD_DAYS)
    dates = [grid.dates[0] - pad + timedelta(days=i) for i in range(grid.days + 2 * pad.days)]
    people = np.array(list(minutes), dtype=np.int64)
    agents = [supply.agents[i] for i in people.tolist()]
    rows = supply.problem.availability
    # Whole periods matter: also the days that are not known are open or closed.
    shut = barred(agents, supply.shifts, rows, dates)
    open_days: Flags = np.asarray(~np.all(shut, axis=2), dtype=np.bool_)
    past = supply.schedule(())
    counted = grid.available[people] & (past.shift[people] != UNKNOWN)
    paid = past.paid_minutes[people]
    for block, _ in period_blocks(tuple(dates), "week" if per == "week" else "month"):
        first = max(block.start - pad.days, 0)
        known = range(first, min(block.stop - pad.days, grid.days))
        if known.stop <= max(known.start, grid.history_days):
            continue
        inside = slice(known.start + pad.days, known.stop + pad.days)
        there = open_days[:, inside]
        due = (there & counted[:, known.start : known.stop]).sum(axis=1)
        open_count = open_days[:, block.start : block.stop].sum(axis=1)
        before = paid[:, known.start : known.stop].sum(axis=1)
        for position, agent in enumerate(people.tolist()):
            named, days = minutes[agent], max(1, int(open_count[position]))
            full = named * int(there[position].sum()) // days
            target = named * int(due[position]) // days
            yield OwedHours(agent, known, full, target, int(before[position]))


def counted_shifts(instance: SupplyAndDemand) -> Flags:
    """Return the shifts that count toward the hours owed, shape (agents, planned days, shifts).

    Nobody is called in for hours in which nothing that they can do is asked. A shift counts if
    a queue that the agent serves requires heads within it, if the agent could hold a duty on
    it, or if it is pinned. All shifts of an agent count where a rule needs people whatever is
    asked, where the agent has a skill whose work waits for idle time, and where nothing is
    asked of anybody.
    """
    agents, shifts = instance.agents, instance.shifts
    size = (len(agents), instance.horizon.days, len(shifts))
    if not instance.demand.cells and not instance.duties:
        return np.ones(size, dtype=np.bool_)
    counted = needed_on(instance) if instance.demand.cells else np.zeros(size, dtype=np.bool_)
    for duty in instance.duties:
        may = np.array([may_hold_any(duty, agent) for agent in agents], dtype=np.bool_)
        held = np.array([duty.needed(date) > 0 for date in instance.horizon.dates])
        fits = np.array([duty.fits(shift) for shift in shifts])
        counted |= may[:, None, None] & held[:, None] & fits
    for pin in instance.planned.pins:
        if pin.shift is not None:
            agent, day = instance.grid.agent_index[pin.agent_id], instance.horizon.index(pin.date)
            counted[agent, day, instance.grid.shift_index[pin.shift]] = True
    waiting = {skill.name for skill in instance.known_skills.values() if _waits(instance, skill)}
    counted[[not waiting.isdisjoint(agent.skills) for agent in agents]] = True
    for rule in instance.effective_rules:
        if rule.needs_presence:
            counted[rule.chosen(instance.grid)] = True
    return counted


def _waits(supply: Supply, skill: Skill) -> bool:
    """Return whether a skill has work that waits until somebody has time."""
    return skill.channel == "deferrable" and (
        skill.backlog > 0 or any(row.skill == skill.name for row in supply.planned.forecast)
    )


def counted_minutes(counted: Flags, schedule: Schedule) -> NDArray[np.int64]:
    """Return the paid minutes that count toward the hours owed, shape (agents, days).

    Parameters
    ----------
    counted : bool array
        As `counted_shifts` returns it.
    schedule : Schedule
        The whole history counts.
    """
    minutes, first = schedule.paid_minutes.copy(), schedule.grid.history_days
    shift = schedule.shift[:, first:]
    agent, day = np.nonzero(shift >= 0)
    minutes[agent, first + day] *= counted[agent, day, shift[agent, day]]
    return minutes


def reachable(paid: Sequence[Sequence[int]], known: int) -> list[int]:
    """Return the sums of paid minutes that a choice of at most one shift a day can have.

    Parameters
    ----------
    paid : sequence of sequence of int
        For each day, the paid minutes of the shifts that can be worked.
    known : int
        Minutes that are there in any case.
    """
    every = {minutes for day in paid for minutes in day}
    step = int(np.gcd.reduce(list(every))) if every else 1
    step = step or 1
    sums = 1
    for day in paid:
        shifted = (sums << minutes // step for minutes in set(day))
        for more in tuple(shifted):
            sums |= more
    return [known + step * i for i in range(sums.bit_length()) if sums >> i & 1]


LEVEL_STEPS = (0, 1, 2, 4, 8, 16, 32)
"""People away from the level from which on each costs one price more."""


@dataclass(frozen=True, eq=False)
class Level:
    """How many people would be at work on each day, were the hours owed spread evenly.

    Parameters
    ----------
    agents : int array, shape (people,)
        Positions of the agents whose contracts name a target.
    people : tuple of int
        Whole number nearest to the level of the week, for each planned day.
    """

    agents: NDArray[np.int64]
    people: tuple[int, ...]


def level_of_days(supply: Supply, counted: Flags, owed: Sequence[OwedHours]) -> Level | None:
    """Return the level of each week; None where nobody is owed hours.

    Days on which no shift of anybody counts toward the hours owed have a level of 0.
    """
    first, days = supply.grid.history_days, supply.horizon.days
    used = [s for s in supply.shifts if s.in_use(supply.horizon.start) and not s.standby]
    paid = [shift.paid_minutes for shift in used]
    useful: Flags = np.asarray(counted.any(axis=2), dtype=np.bool_)
    owed = [entry for entry in owed if useful[entry.agent].any()]
    if not owed or not sum(paid):
        return None
    agents = np.array(sorted({entry.agent for entry in owed}), dtype=np.int64)
    minutes = [Fraction(0)] * days
    for entry in owed:
        planned = range(max(entry.days.start, first) - first, entry.days.stop - first)
        useful_days = [day for day in planned if useful[entry.agent, day]]
        for day in useful_days:
            minutes[day] += Fraction(max(0, entry.target - entry.known), len(useful_days))
    people = [0] * days
    for block, _ in period_blocks(supply.horizon.dates, "week"):
        total = sum(minutes[day] for day in block) * len(paid) / sum(paid)
        open_days = [day for day in block if useful[agents, day].any()]
        for day in open_days:
            people[day] = round(total / len(open_days))
    return Level(agents, tuple(min(count, agents.size) for count in people))


def level_cost(away: int) -> int:
    """Return what a number of people more or less than the level costs, in prices of one."""
    return sum(max(0, away - step) for step in LEVEL_STEPS)

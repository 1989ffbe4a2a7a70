"""The supply side of a problem: who can work which shifts, under which rules, in which units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from csshift.instance.availability import Flags, availability, barred, wishes
from csshift.instance.edges import NightBefore, demand_rows, night_rows
from csshift.instance.pools import Pools, find_pools
from csshift.instance.quantities import Classes, Quantities, choose_quantities, pool_agents
from csshift.instance.terms import banned_shifts, carried_balances, weekly_hours
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.horizon import DateSpan, Horizon
from csshift.model.people import Agent, Contract, Pin, Request
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.model.skills import Skill
from csshift.problem import Problem
from csshift.problem.calendars import calendar_of
from csshift.problem.labour import preset_rules
from csshift.problem.outside import looked_at, next_morning_minutes
from csshift.rules.base import Rule, Selector
from csshift.rules.grid import OFF, UNKNOWN, RosterGrid, Schedule
from csshift.rules.hours import MaxHours
from csshift.rules.rest import MinRest

HISTORY_LIMIT_DAYS = 400
"""Maximal number of days of history for rules on sequences."""

OVERLAP = "overlapping shifts"

RowType = TypeVar("RowType", Request, Pin)


@dataclass(frozen=True)
class PlannedRows:
    """The rows of a problem that concern the planned days.

    Parameters
    ----------
    forecast, requirements, requests, pins : tuple
        As in `Problem`, without the rows outside the planned days. Demand of the morning after
        them has the date of that day, wherever its rows come from.
        Rows of the availability that are wishes are among the requests.
    """

    forecast: tuple[ForecastCell, ...]
    requirements: tuple[RequirementCell, ...]
    requests: tuple[Request, ...]
    pins: tuple[Pin, ...]


class Supply:
    """Agents, shifts, days, rules and units of a problem; each part is computed on first use.

    The most common tables are attributes.

    Parameters
    ----------
    problem : Problem
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.horizon = problem.horizon
        self.agents = problem.agents
        self.shifts = problem.shifts
        self.contracts = problem.contracts
        self.duties = problem.duties
        self.weights = problem.weights

    @cached_property
    def known_skills(self) -> dict[str, Skill]:
        """Every skill by name: built-in ones first, then the declared ones."""
        return self.problem.known_skills

    def skill_on(self, name: str, date: Date) -> Skill:
        """Return a skill as it is on a day."""
        return self.known_skills[name].on(date)

    @cached_property
    def known_stores(self) -> tuple[str, ...]:
        """Every store, in order of name."""
        return self.problem.known_stores

    @cached_property
    def pools(self) -> Pools:
        """The stores that are one queue, by skill."""
        planned = self.planned
        return find_pools(
            self.problem.pools,
            self.agents,
            self.known_stores,
            planned.forecast,
            planned.requirements,
        )

    def stores_of(self, queue: str) -> tuple[str, ...]:
        """Return the stores of a queue by its name, such as ``S1|S2``."""
        return self.pools.stores.get(queue, (queue,))

    def efficiency(self, agent: Agent, queue: str, skill: str) -> Decimal:
        """Return the heads that an agent offers to a queue, 0 if it has no store of theirs.

        Parameters
        ----------
        agent : Agent
        queue : str
            A store, or the name of several that are one queue.
        skill : str
        """
        return max(agent.efficiency(store, skill) for store in self.stores_of(queue))

    @cached_property
    def planned(self) -> PlannedRows:
        """The rows that concern the planned days; those of other days are left out."""
        problem, horizon = self.problem, self.horizon
        minutes = self.next_morning * horizon.interval_minutes
        return PlannedRows(
            forecast=demand_rows(problem.forecast, horizon, minutes),
            requirements=demand_rows(problem.requirements, horizon, minutes),
            requests=(
                *_kept("requests", problem.requests, self.horizon),
                *wishes(self.shifts, problem.availability, self.horizon.dates),
            ),
            pins=_kept("pins", problem.pins, self.horizon),
        )

    @cached_property
    def next_morning(self) -> int:
        """Number of intervals of the day after the horizon whose demand counts."""
        minutes = next_morning_minutes(self.horizon, self.shifts)
        return minutes // self.horizon.interval_minutes

    @cached_property
    def night_before(self) -> NightBefore:
        """What the night before the horizon offers on the first morning."""
        grid, quantities = self.grid, self.quantities
        per_day = self.horizon.intervals_per_day
        duties = {duty.name: duty for duty in self.duties}
        units = np.zeros((len(self.agents), per_day), dtype=np.int64)
        eve = self.horizon.start - timedelta(days=1)
        turns = [turn for turn in self.past_turns if turn.date == eve]
        for row in night_rows(self.problem.history, self.horizon):
            if row.agent_id not in grid.agent_index or row.shift not in grid.shift_index:
                continue
            agent, shift = grid.agent_index[row.agent_id], grid.shift_index[row.shift]
            offsets, offered = quantities.presence[shift]
            late = offsets >= per_day
            units[agent, offsets[late] - per_day] += offered[late]
            for turn in turns:
                if turn.agent_id == row.agent_id:
                    offsets, taken = quantities.taken(duties[turn.duty], self.shifts[shift])
                    late = offsets >= per_day
                    units[agent, offsets[late] - per_day] -= taken[late]
        agents, slots = np.nonzero(units > 0)
        return NightBefore(agents, slots, units[agents, slots])

    @property
    def slots(self) -> int:
        """Number of intervals that demand covers: the planned days and the morning after."""
        return self.horizon.days * self.horizon.intervals_per_day + self.next_morning

    def slot(self, date: Date, start: int) -> int:
        """Return the interval, counted over the horizon, at a minute of a day."""
        horizon = self.horizon
        first = horizon.index(date) * horizon.intervals_per_day
        return first + start // horizon.interval_minutes

    @cached_property
    def day_of_slot(self) -> NDArray[np.int64]:
        """The planned day of each interval, shape (slots,); the last also has the morning after."""
        day = np.arange(self.slots) // self.horizon.intervals_per_day
        return np.minimum(day, self.horizon.days - 1)

    @cached_property
    def covered_dates(self) -> tuple[Date, ...]:
        """The planned days, and the next one if demand of its morning counts."""
        dates = self.horizon.dates
        return (*dates, self.horizon.next_date) if self.next_morning else dates

    @cached_property
    def grid(self) -> RosterGrid:
        """Agents, shifts and days as rules see them."""
        horizon = self.horizon
        first = min((entry.date for entry in self.problem.history), default=horizon.start)
        history_days = min((horizon.start - first).days, HISTORY_LIMIT_DAYS)
        dates = (
            *(horizon.start - timedelta(days=back) for back in range(history_days, 0, -1)),
            *horizon.dates,
        )
        available, offered = availability(self.agents, self.shifts, self.problem.leave, dates)
        offered[:, history_days:] &= ~self.barred
        grid = RosterGrid(
            agents=self.agents,
            shifts=self.shifts,
            horizon=horizon,
            history_days=history_days,
            dates=dates,
            available=available,
            offered=offered,
            spans=self._spans(dates[0]),
            wished_off=self._wished_off(history_days),
            hours=np.array([int(60 * hours) for hours in weekly_hours(self.problem)]),
            balances=carried_balances(self.problem),
        )
        return replace(grid, banned=banned_shifts(grid, self.effective_rules))

    def _spans(self, first: Date) -> dict[str, DateSpan]:
        """Return the spans of dates by name, those of the calendar included."""
        calendar = calendar_of(dict(self.problem), first)
        spans = [*(calendar.spans if calendar else ()), *self.problem.spans]
        return {span.name: span for span in spans}

    def _wished_off(self, history_days: int) -> NDArray[np.bool_]:
        """Return the days that agents wish off completely, shape (agents, days)."""
        position = {agent.agent_id: i for i, agent in enumerate(self.agents)}
        wished = np.zeros((len(self.agents), history_days + self.horizon.days), dtype=np.bool_)
        for request in self.planned.requests:
            if request.want == "off" and request.shift is None:
                day = history_days + self.horizon.index(request.date)
                wished[position[request.agent_id], day] = True
        return wished

    @cached_property
    def barred(self) -> Flags:
        """Shifts that availability forbids to agents, shape (agents, planned days, shifts)."""
        rows = self.problem.availability
        return barred(self.agents, self.shifts, rows, self.horizon.dates)

    @cached_property
    def quantities(self) -> Quantities:
        """The units in which program and scoring count."""
        return choose_quantities(self.problem)

    @cached_property
    def classes(self) -> Classes:
        """Agents pooled by what they can serve."""
        skills = tuple(self.known_skills)
        queues = tuple(self.pools.stores.values())
        return pool_agents(self.agents, queues, skills, self.quantities)

    @cached_property
    def effective_rules(self) -> tuple[Rule, ...]:
        """The rules, preceded by those that contracts and the nature of work imply."""
        return (*implied_rules(self.problem), *self.problem.rules)

    def schedule(self, assignments: tuple[Assignment, ...]) -> Schedule:
        """Return assignments, and the history before them, by agent and day.

        Parameters
        ----------
        assignments : tuple of Assignment
            Within the horizon, of known agents and shifts, one per agent and day.
        """
        grid = self.grid
        shift = np.full((len(self.agents), grid.days), OFF, dtype=np.int64)
        position = {date: day for day, date in enumerate(grid.dates)}
        for entry in (*self.problem.history, *assignments):
            day, agent = position.get(entry.date), grid.agent_index.get(entry.agent_id)
            if day is not None and agent is not None:
                shift[agent, day] = grid.shift_index.get(entry.shift, UNKNOWN)
        return Schedule(grid, shift)

    def offered(self, roster: Roster) -> NDArray[np.int64]:
        """Return the time that agents have for queues: their shifts, less their duties.

        The night before the horizon is taken from the history.

        Parameters
        ----------
        roster : Roster
            Within the horizon, of known agents, shifts and duties.

        Returns
        -------
        int array, shape (agents, slots)
            Time units; negative where duties take more than a shift offers.
        """
        horizon, quantities = self.horizon, self.quantities
        per_day = horizon.intervals_per_day
        planned = self.schedule(roster.assignments).shift[:, self.grid.history_days :]
        # Hours beyond those with demand are also counted, and left out at the end.
        longest = max(int(offsets.max(initial=0)) for offsets, _ in quantities.presence)
        found = np.zeros((len(self.agents), self.slots + longest), dtype=np.int64)
        night = self.night_before
        found[night.agent, night.slot] = night.units
        for shift, (offsets, units) in enumerate(quantities.presence):
            agents, days = np.nonzero(planned == shift)
            slots = days[:, None] * per_day + offsets
            np.add.at(found, (agents[:, None], slots), units)
        taken = {
            (duty.name, position): quantities.taken(duty, shift)
            for duty in self.duties
            for position, shift in enumerate(self.shifts)
        }
        for turn in roster.duties:
            agent, day = self.grid.agent_index[turn.agent_id], horizon.index(turn.date)
            shift = int(planned[agent, day])
            if shift != OFF:
                offsets, units = taken[turn.duty, shift]
                found[agent, day * per_day + offsets] -= units
        return found[:, : self.slots]

    @cached_property
    def past_turns(self) -> tuple[DutyTurn, ...]:
        """The duty turns of the history whose agent and duty are known."""
        agents, duties = self.grid.agent_index, {duty.name for duty in self.duties}
        return tuple(
            turn
            for turn in self.problem.history_duties
            if turn.agent_id in agents and turn.duty in duties
        )


def _kept(table: str, rows: tuple[RowType, ...], horizon: Horizon) -> tuple[RowType, ...]:
    first, last = looked_at(table, horizon)
    kept = tuple(row for row in rows if first <= row.date <= last)
    return rows if len(kept) == len(rows) else kept


def implied_rules(problem: Problem) -> Iterator[Rule]:
    """Yield the rules that hold without being written in the problem.

    Nobody works two shifts at once; a contract's hours are a hard maximum per week, and its
    overtime a soft one with a price per hour. The preset of labour rules comes last.
    """
    if max(shift.end for shift in problem.shifts) - MINUTES_PER_DAY > min(
        shift.start for shift in problem.shifts
    ):
        yield MinRest(hours=Decimal(0), name=OVERLAP)
    for contract in problem.contracts:
        who = Selector(contracts=(contract.name,))
        if contract.max_hours_per_week is not None:
            name = f"contract {contract.name}: max_hours_per_week"
            yield MaxHours(hours=contract.max_hours_per_week, per="week", agents=who, name=name)
        overtime = contract.overtime_cost_per_hour
        cost = problem.weights.overtime if overtime is None else overtime
        threshold = contract.overtime_after_hours_per_week
        if threshold is not None and cost > 0:
            name = overtime_label(contract)
            yield MaxHours(hours=threshold, per="week", agents=who, severity=cost, name=name)
    yield from preset_rules(problem)


def overtime_label(contract: Contract) -> str:
    """Return the name of the rule that charges a contract's overtime."""
    return f"contract {contract.name}: overtime"

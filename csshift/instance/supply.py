"""The supply side of a problem: who can work what, under which rules, in which units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

import numpy as np

from csshift.instance.availability import availability
from csshift.instance.pools import Pools, find_pools
from csshift.instance.quantities import Classes, Quantities, choose_quantities, pool_agents
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Contract, Pin, Request
from csshift.model.roster import Assignment, DutyTurn
from csshift.model.skills import Skill
from csshift.problem import Problem
from csshift.problem.labour import preset_rules
from csshift.problem.outside import looked_at
from csshift.rules.base import Rule, Selector
from csshift.rules.grid import OFF, UNKNOWN, RosterGrid, Schedule
from csshift.rules.hours import MaxHours
from csshift.rules.rest import MinRest

HISTORY_LIMIT_DAYS = 400
"""Days of history that sequence rules look back on at most."""

OVERLAP = "overlapping shifts"

RowType = TypeVar("RowType", ForecastCell, RequirementCell, Request, Pin)


@dataclass(frozen=True)
class PlannedRows:
    """The rows of a problem that the plan looks at.

    Parameters
    ----------
    forecast, requirements, requests, pins : tuple
        As in `Problem`, without the rows outside the planned days.
    """

    forecast: tuple[ForecastCell, ...]
    requirements: tuple[RequirementCell, ...]
    requests: tuple[Request, ...]
    pins: tuple[Pin, ...]


class Supply:
    """Agents, shifts, days, rules and units of a problem; each part is computed on first use.

    The tables that nearly everybody needs are attributes of their own.

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
        """Return the heads that an agent offers to a queue, 0 where he serves none of its stores.

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
        """The rows that the plan looks at; those of other days are left out."""
        problem = self.problem
        return PlannedRows(
            forecast=_kept("forecast", problem.forecast, self.horizon),
            requirements=_kept("requirements", problem.requirements, self.horizon),
            requests=_kept("requests", problem.requests, self.horizon),
            pins=_kept("pins", problem.pins, self.horizon),
        )

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
        return RosterGrid(
            agents=self.agents,
            shifts=self.shifts,
            horizon=horizon,
            history_days=history_days,
            dates=dates,
            available=available,
            offered=offered,
        )

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
            Within the horizon, of known agents and shifts, one a day and agent.
        """
        grid = self.grid
        shift = np.full((len(self.agents), grid.days), OFF, dtype=np.int64)
        for entry in (*self.problem.history, *assignments):
            day = self.horizon.index(entry.date) + grid.history_days
            agent = grid.agent_index.get(entry.agent_id)
            if day >= 0 and agent is not None:
                shift[agent, day] = grid.shift_index.get(entry.shift, UNKNOWN)
        return Schedule(grid, shift)

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
    """Yield the rules that hold without being written down.

    Nobody works two shifts at once; a contract's hours are a hard maximum a week, its
    overtime a soft one that costs by the hour. The preset of labour rules comes last.
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

"""The problem: everything that a roster depends on, cross-references validated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date
from datetime import timedelta
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, model_validator

from csshift.errors import InputError
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.duties import Duty
from csshift.model.entity import Entity, Name, derived
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Contract, Leave, Pin, Request
from csshift.model.roster import Assignment, DutyTurn
from csshift.model.shifts import Shift
from csshift.model.skills import BUILT_IN_SKILLS, Skill
from csshift.model.weights import Weights
from csshift.problem.availability import availability
from csshift.problem.classes import Classes, pool_agents
from csshift.problem.faults import find_faults
from csshift.problem.outside import PlannedRows, planned_rows
from csshift.problem.quantities import Quantities, choose_quantities
from csshift.problem.requirements import Requirements, collect_requirements
from csshift.rules.base import Rule
from csshift.rules.grid import OFF, UNKNOWN, Schedule, Staffing
from csshift.rules.registry import AnyRule

HISTORY_LIMIT_DAYS = 400
"""Days of history that sequence rules look back on at most."""


class Problem(Entity):
    """A scheduling problem.

    Parameters
    ----------
    name : str
        Title.
    horizon : Horizon
        The planned days and their intervals.
    agents, shifts : tuple of Agent, tuple of Shift
        Who can work, and what.
    skills : tuple of Skill
        Declared skills; the built-in ones exist without being declared.
    stores : tuple of str
        Stores without demand of their own; those of the demand are known anyway.
    contracts, rules, duties : tuple
        Terms, conditions and daily duties.
    labour : str or None
        Preset of labour rules, such as ``standard``, whose rules hold beside `rules`; one of
        `rules` takes the place of the preset's of its kind. ``none`` is no preset; None is no
        preset and no notes on what nothing limits. A problem folder that does not name one has
        ``standard`` if it has no rules, else ``none``.
    forecast, requirements : tuple
        Demand; a requirement beats the forecast of the same cell.
    leave, requests, pins : tuple
        What is settled or wished for single days. Leave may lie before or after the horizon.
    history, history_duties : tuple
        Assignments and duty turns before the horizon. They may name people who have left, who
        are ignored, and shifts that are no longer in use; `problem_notes` says which.
    weights : Weights
        The objective.

    Raises
    ------
    InputError
        When entities contradict or miss one another; carries every fault that was found.
    """

    __slots__ = ("_derived",)  # where `derived` keeps values; no copy carries it

    name: str = ""
    horizon: Horizon
    agents: Annotated[tuple[Agent, ...], Field(min_length=1)]
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1)]
    skills: tuple[Skill, ...] = ()
    stores: tuple[Name, ...] = ()
    contracts: tuple[Contract, ...] = ()
    rules: tuple[AnyRule, ...] = ()
    labour: str | None = None
    duties: tuple[Duty, ...] = ()
    forecast: tuple[ForecastCell, ...] = ()
    requirements: tuple[RequirementCell, ...] = ()
    leave: tuple[Leave, ...] = ()
    requests: tuple[Request, ...] = ()
    pins: tuple[Pin, ...] = ()
    history: tuple[Assignment, ...] = ()
    history_duties: tuple[DutyTurn, ...] = ()
    weights: Weights = Weights()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = find_faults({name: getattr(self, name) for name in type(self).model_fields})
        if faults:
            raise InputError(faults)
        return self

    def with_(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated as a new problem is.

        Parameters
        ----------
        **changes
            New values by name of the field, as the constructor takes them.

        Raises
        ------
        InputError
            When the changed parts contradict or miss one another.
        pydantic.ValidationError
            When a value does not fit its field, or there is no such field.

        Examples
        --------
        >>> busy = problem.with_(forecast=tripled)  # doctest: +SKIP
        """
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self)(**given | changes)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; with an `update` it is validated, as `with_` does."""
        copied = super().model_copy(deep=deep)
        return copied.with_(**update) if update else copied

    @derived
    def known_skills(self) -> dict[str, Skill]:
        """Every skill by name: built-in ones first, then the declared ones."""
        built_in = {name: Skill(name=name) for name in BUILT_IN_SKILLS}
        return built_in | {skill.name: skill for skill in self.skills}

    def skill_on(self, name: str, date: Date) -> Skill:
        """Return a skill as it is on a day."""
        return self.known_skills[name].on(date)

    @derived
    def known_stores(self) -> tuple[str, ...]:
        """Every store, in order of name."""
        cells: tuple[ForecastCell | RequirementCell, ...] = (*self.forecast, *self.requirements)
        named = {cell.store for cell in cells} | set(self.stores)
        named |= {store for duty in self.duties for group in duty.groups for store in group}
        named |= {store for agent in self.agents for store in agent.stores}
        return tuple(sorted(named))

    @derived
    def staffing(self) -> Staffing:
        """Agents, shifts and days as rules see them."""
        return _staffing(self)

    @derived
    def planned(self) -> PlannedRows:
        """The rows that the plan looks at; those of other days are left out."""
        return planned_rows(self)

    @derived
    def demand(self) -> Requirements:
        """Heads required, as arrays; a forecast is turned into heads on first use."""
        return collect_requirements(self)

    @derived
    def quantities(self) -> Quantities:
        """The units in which program and checker count."""
        return choose_quantities(self)

    @derived
    def classes(self) -> Classes:
        """Agents pooled by what they can serve."""
        return pool_agents(self)

    @derived
    def effective_rules(self) -> tuple[Rule, ...]:
        """The rules, preceded by what contracts and the nature of work ask."""
        from csshift.problem.contracts import implied_rules

        return (*implied_rules(self), *self.rules)

    def schedule(self, assignments: tuple[Assignment, ...]) -> Schedule:
        """Return assignments, and the history before them, by agent and day.

        Parameters
        ----------
        assignments : tuple of Assignment
            Within the horizon, of known agents and shifts, one a day and agent.
        """
        staffing = self.staffing
        shift = np.full((len(self.agents), staffing.days), OFF, dtype=np.int64)
        for entry in (*self.history, *assignments):
            day = self.horizon.index(entry.date) + staffing.history_days
            agent = staffing.agent_index.get(entry.agent_id)
            if day >= 0 and agent is not None:
                shift[agent, day] = staffing.shift_index.get(entry.shift, UNKNOWN)
        return Schedule(staffing, shift)

    @derived
    def past_turns(self) -> tuple[DutyTurn, ...]:
        """The duty turns of the history whose agent and duty are known."""
        agents, duties = self.staffing.agent_index, {duty.name for duty in self.duties}
        return tuple(
            turn for turn in self.history_duties if turn.agent_id in agents and turn.duty in duties
        )


def _staffing(problem: Problem) -> Staffing:
    horizon = problem.horizon
    first = min((entry.date for entry in problem.history), default=horizon.start)
    history_days = min((horizon.start - first).days, HISTORY_LIMIT_DAYS)
    dates = (
        *(horizon.start - timedelta(days=back) for back in range(history_days, 0, -1)),
        *horizon.dates,
    )
    available, offered = availability(problem.agents, problem.shifts, problem.leave, dates)
    return Staffing(
        agents=problem.agents,
        shifts=problem.shifts,
        horizon=horizon,
        history_days=history_days,
        dates=dates,
        available=available,
        offered=offered,
    )

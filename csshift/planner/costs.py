"""What rules and missing skills cost, as differences between linear relaxations.

Every figure is the shortage of the relaxation less that of the relaxation without one rule, or with
one agent more. A roster is a solution in integers, so that they are estimates.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from csshift.compile import Compiled, compile_problem
from csshift.compile.coverage import SHORTAGE_STEPS
from csshift.engine.budget import Budget
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.instance import Instance
from csshift.model.entity import Entity
from csshift.model.people import Agent
from csshift.program import UNBOUNDED, Floats, Program

LEAST_HOURS = 0.05
"""Head-hours below which a saving counts as none."""

TOLERANCE = 1e-4
NOISE = 1e-3
"""Relative tolerance of a first-order method, and the share of the shortage that it may be off."""

MOST_SHIFTS = 2
"""Shifts that are named as the best ones of one more agent."""


class Saving(Entity):
    """What would be saved without a rule, or with one agent more; an estimate.

    Parameters
    ----------
    kind : str
        ``rule`` or ``skill``.
    name : str
        Name of the rule or of the skill.
    hours : float
        Head-hours of shortage less.
    inquiries : float
        Customers of the forecast whom these stand for; 0 without a forecast.
    shifts : tuple of str
        Shifts that the additional agent would mostly work.
    """

    kind: str
    name: str
    hours: float
    inquiries: float = 0.0
    shifts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Savings:
    """The savings that were worked out, the largest first.

    Parameters
    ----------
    shortage_hours : float or None
        Head-hours that no roster can avoid on average; None where time ran out before.
    savings : tuple of Saving
    missing : tuple of str
        Rules and skills for which time ran out.
    """

    shortage_hours: float | None
    savings: tuple[Saving, ...] = ()
    missing: tuple[str, ...] = ()


class _Shortage(NamedTuple):
    hours: float
    inquiries: float
    values: Floats
    rounding: float
    """Head-hours below which a difference says nothing."""


def estimate_savings(instance: Instance, seconds: float = 60.0) -> Savings:
    """Return what each rule and each missing skill costs.

    Parameters
    ----------
    instance : Instance
        Of a problem with a feasible roster.
    seconds : float
        What does not fit into the time is named in `missing`.
    """
    budget = Budget(seconds)
    compiled = compile_problem(instance)
    before = _shortage(compiled, compiled.program, budget)
    rules = list(dict.fromkeys(rule.label for rule in instance.effective_rules))
    if before is None:
        return Savings(None, missing=tuple(rules))
    savings: list[Saving] = []
    missing: list[str] = []
    for skill in _short_skills(compiled, before):
        found = _with_agent(instance, skill, before, budget)
        if found is None:
            missing.append(skill)
        else:
            savings.append(found)
    for rule in rules:
        after = _shortage(compiled, _without(compiled.program, rule), budget)
        if after is None:
            missing.append(rule)
        else:
            savings.append(_difference("rule", rule, before, after))
    least = max(LEAST_HOURS, before.rounding)
    useful = [saving for saving in savings if saving.hours >= least]
    useful.sort(key=lambda saving: -saving.hours)
    return Savings(before.hours, tuple(useful), tuple(missing))


def _difference(kind: str, name: str, before: _Shortage, after: _Shortage) -> Saving:
    return Saving(
        kind=kind,
        name=name,
        hours=before.hours - after.hours,
        inquiries=max(0.0, before.inquiries - after.inquiries),
    )


def _shortage(compiled: Compiled, program: Program, budget: Budget) -> _Shortage | None:
    """Return the shortage of the relaxation; None without time."""
    subproblem = Structure(program).full()
    found = relax(subproblem, budget, budget.left, TOLERANCE)
    if found is None or not found.converged:
        return None
    values = subproblem.embed(found.values, program.lower)
    demand = compiled.instance.demand
    missing = np.zeros(demand.cells)
    for family in SHORTAGE_STEPS:
        if family in program.families:
            index = program.families.index(family)
            missing += values[program.column_family == index]
    hours = float(missing.sum() * float(compiled.instance.quantities.head_hour))
    heads = np.maximum(compiled.instance.quantities.heads(demand.heads), 1)
    inquiries = float((missing / heads * demand.inquiries).sum())
    rounding = 0.0 if found.method == "simplex" else NOISE * hours
    return _Shortage(hours, inquiries, values, rounding)


def _short_skills(compiled: Compiled, before: _Shortage) -> list[str]:
    """Return the skills with a shortage in the relaxation, the largest first."""
    program, demand = compiled.program, compiled.instance.demand
    hours: defaultdict[str, float] = defaultdict(float)
    for family in SHORTAGE_STEPS:
        columns = np.flatnonzero(program.column_family == program.families.index(family))
        for value, skill in zip(before.values[columns], demand.skill.tolist(), strict=True):
            hours[demand.skills[skill]] += float(value)
    unit = float(compiled.instance.quantities.head_hour)
    ranked = sorted(hours, key=lambda skill: (-hours[skill], skill))
    return [skill for skill in ranked if hours[skill] * unit >= LEAST_HOURS]


def _without(program: Program, family: str) -> Program:
    """Return the program with the rows of a family unbounded."""
    if family not in program.families:
        return program
    rows = program.row_family == program.families.index(family)
    return replace(
        program,
        row_lower=np.where(rows, -UNBOUNDED, program.row_lower),
        row_upper=np.where(rows, UNBOUNDED, program.row_upper),
    )


def _with_agent(instance: Instance, skill: str, before: _Shortage, budget: Budget) -> Saving | None:
    """Return what one more agent of efficiency 1 in a skill saves, on the contract of most."""
    able = [agent for agent in instance.agents if skill in agent.skills]
    contracts = Counter(agent.contract for agent in able or instance.agents)
    agent_id = "+1"
    while agent_id in instance.grid.agent_index:
        agent_id += "+"
    extra = Agent.model_validate(
        {"agent_id": agent_id, "skills": {skill: 1}, "contract": contracts.most_common(1)[0][0]}
    )
    larger = Instance(instance.problem.with_(agents=(*instance.agents, extra)))
    compiled = compile_problem(larger)
    after = _shortage(compiled, compiled.program, budget)
    if after is None:
        return None
    own = compiled.work.shift[-1, larger.grid.history_days :]
    worked = np.where(own >= 0, after.values[np.maximum(own, 0)], 0.0).sum(axis=0)
    best = [int(i) for i in np.argsort(-worked, kind="stable") if worked[i] >= 0.5][:MOST_SHIFTS]
    saving = _difference("skill", skill, before, after)
    return saving.model_copy(update={"shifts": tuple(larger.shifts[i].code for i in best)})

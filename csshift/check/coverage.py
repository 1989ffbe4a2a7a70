"""The hourly plan judged: nobody serves more than there is time, what is missing costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from typing import TypeAlias

from csshift.check.score import Finding
from csshift.model.roster import CoverageCell, Roster
from csshift.problem import Problem
from csshift.problem.quantities import pairs
from csshift.problem.requirements import HEAD

SHORTAGE, SURPLUS, PLAN = "shortage", "surplus", "hourly plan"
PLACES = Decimal("0.000001")

Judged: TypeAlias = tuple[Finding, Fraction]
Moment: TypeAlias = tuple[str, Date, int]
"""Agent, date and interval."""
Supplied: TypeAlias = dict[tuple[int, int, str, str], int]
"""Units of supply by day, interval, store and skill."""


def judge_coverage(
    problem: Problem, roster: Roster
) -> tuple[tuple[CoverageCell, ...], list[Judged]]:
    """Return required and supplied heads, and what is wrong or costs."""
    offered = offered_time(problem, roster)
    used: defaultdict[Moment, int] = defaultdict(int)
    supplied: Supplied = defaultdict(int)
    faults: list[Judged] = []
    # A few values each, asked for very often.
    efficiency_of = cache(partial(_efficiency, problem))
    units_of = cache(partial(_time_units, problem))
    day_of = cache(problem.horizon.index)
    minutes = problem.horizon.interval_minutes
    for entry in roster.allocation:
        units = units_of(entry.share)
        interval = entry.start // minutes
        used[entry.agent_id, entry.date, interval] += units
        efficiency = efficiency_of(entry.agent_id, entry.store, entry.skill)
        if not efficiency:
            text = f"may not serve {entry.store}/{entry.skill}"
            faults.append((_broken(entry.agent_id, entry.date, text), Fraction(0)))
        supplied[day_of(entry.date), interval, entry.store, entry.skill] += units * efficiency
    for (agent_id, date, interval), units in used.items():
        if units > offered.get((agent_id, date, interval), 0):
            share = units / problem.quantities.time_units
            text = f"serves {share:.4f} of interval {interval}, which is more than there is"
            faults.append((_broken(agent_id, date, text), Fraction(0)))
    cells, judged = _cells(problem, supplied)
    surplus = sum(offered.values()) - sum(used.values())
    cost = Fraction(problem.weights.surplus) * problem.quantities.time_hour * surplus
    judged.append((Finding(rule=SURPLUS, points=float(cost)), cost))
    return cells, faults + [entry for entry in judged if entry[1] or entry[0].text]


def _time_units(problem: Problem, share: Decimal) -> int:
    """Return a share in time units; shares are written with six places."""
    return round(share * problem.quantities.time_units)


def _efficiency(problem: Problem, agent_id: str, store: str, skill: str) -> int:
    agent = problem.agents[problem.staffing.agent_index[agent_id]]
    return problem.quantities.efficiency(Fraction(agent.efficiency(store, skill)))


def _broken(agent_id: str, date: Date, text: str) -> Finding:
    return Finding(rule=PLAN, agent_id=agent_id, date=date, text=text)


def offered_time(problem: Problem, roster: Roster) -> dict[Moment, int]:
    """Return the time units that each agent has for queues, within the horizon."""
    staffing, quantities = problem.staffing, problem.quantities
    per_day = problem.horizon.intervals_per_day
    offered: defaultdict[Moment, int] = defaultdict(int)

    @cache
    def moment(date: Date, offset: int) -> tuple[Date, int] | None:
        days, interval = divmod(offset, per_day)
        day = date + timedelta(days=days)
        return (day, interval) if day in problem.horizon else None

    def add(agent_id: str, date: Date, parts: Iterable[tuple[int, int]], sign: int) -> None:
        for offset, units in parts:
            place = moment(date, offset)
            if place is not None:
                offered[agent_id, *place] += sign * units

    presence = [pairs(parts) for parts in quantities.presence]
    shift_of = {}
    for entry in roster.assignments:
        position = staffing.shift_index[entry.shift]
        shift_of[entry.agent_id, entry.date] = problem.shifts[position]
        add(entry.agent_id, entry.date, presence[position], 1)
    known = {duty.name: duty for duty in problem.duties}
    for turn in roster.duties:
        shift = shift_of.get((turn.agent_id, turn.date))
        if shift is not None:
            taken = pairs(quantities.taken(known[turn.duty], shift))
            add(turn.agent_id, turn.date, taken, -1)
    return offered


def _cells(problem: Problem, supplied: Supplied) -> tuple[tuple[CoverageCell, ...], list[Judged]]:
    demand = problem.demand
    cells: list[CoverageCell] = []
    judged: list[Judged] = []
    heads = problem.quantities.heads(demand).tolist()
    most = _largest_efficiency(problem)
    for i, need in enumerate(heads):
        store, skill = demand.stores[int(demand.store[i])], demand.skills[int(demand.skill[i])]
        key = int(demand.day[i]), int(demand.interval[i]), store, skill
        given = supplied.pop(key, 0)
        cell = _cell(problem, key, int(demand.heads[i]), given, demand.models[i])
        cells.append(cell)
        if given >= need + most:
            text = f"{store}/{skill} gets {cell.supplied} heads of {cell.required} at {key[1]}"
            judged.append((Finding(rule=PLAN, date=cell.date, text=text), Fraction(0)))
        judged += _shortage(problem, skill, need, max(0, need - given))
    for day, _, store, skill in supplied:
        date = problem.horizon.start + timedelta(days=day)
        text = f"time goes to {store}/{skill}, which asks for nobody"
        judged.append((Finding(rule=PLAN, date=date, text=text), Fraction(0)))
    return tuple(cells), judged


def _largest_efficiency(problem: Problem) -> int:
    return max(
        problem.quantities.efficiency(Fraction(value))
        for agent in problem.agents
        for value in agent.skills.values()
    )


def _shortage(problem: Problem, skill: str, need: int, missing: int) -> Iterator[Judged]:
    if not missing:
        return
    weights = problem.weights
    shallow = min(missing, int(Fraction(weights.deep_shortage_share) * need))
    points = Fraction(weights.shortage) * missing
    points += Fraction(weights.deep_shortage) * (missing - shallow)
    importance = Fraction(problem.known_skills[skill].shortage_weight)
    cost = points * importance * problem.quantities.head_hour
    yield Finding(rule=SHORTAGE, points=float(cost)), cost


def _cell(
    problem: Problem, key: tuple[int, int, str, str], heads: int, given: int, model: str
) -> CoverageCell:
    day, interval, store, skill = key
    required = Decimal(heads) / HEAD
    supplied = (Decimal(given) / problem.quantities.supply_units).quantize(PLACES)
    return CoverageCell.trusted(
        date=problem.horizon.start + timedelta(days=day),
        start=interval * problem.horizon.interval_minutes,
        store=store,
        skill=skill,
        required=required,
        supplied=supplied,
        shortage=max(Decimal(0), required - supplied),
        model=model,
    )

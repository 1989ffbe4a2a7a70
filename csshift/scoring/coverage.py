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

from csshift.instance import Instance
from csshift.instance.edges import night_rows
from csshift.instance.quantities import HEAD, pairs
from csshift.model.roster import Assignment, CoverageCell, DutyTurn, Roster
from csshift.model.score import Finding

SHORTAGE, SURPLUS, PLAN = "shortage", "surplus", "hourly plan"
PLACES = Decimal("0.000001")

Judged: TypeAlias = tuple[Finding, Fraction]
Moment: TypeAlias = tuple[str, Date, int]
"""Agent, date and interval."""
Supplied: TypeAlias = dict[tuple[int, int, str, str], int]
"""Units of supply by day, interval, store and skill."""


def judge_coverage(
    instance: Instance, roster: Roster
) -> tuple[tuple[CoverageCell, ...], list[Judged]]:
    """Return required and supplied heads, and what is wrong or costs."""
    offered = offered_time(instance, roster)
    used: defaultdict[Moment, int] = defaultdict(int)
    supplied: Supplied = defaultdict(int)
    faults: list[Judged] = []
    # A few values each, asked for very often.
    efficiency_of = cache(partial(_efficiency, instance))
    units_of = cache(partial(_time_units, instance))
    day_of = cache(instance.horizon.index)
    minutes = instance.horizon.interval_minutes
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
            share = units / instance.quantities.time_units
            text = f"serves {share:.4f} of interval {interval}, which is more than there is"
            faults.append((_broken(agent_id, date, text), Fraction(0)))
    cells, judged = _cells(instance, supplied)
    surplus = sum(offered.values()) - sum(used.values())
    cost = Fraction(instance.weights.surplus) * instance.quantities.time_hour * surplus
    judged.append((Finding(rule=SURPLUS, points=float(cost)), cost))
    return cells, faults + [entry for entry in judged if entry[1] or entry[0].text]


def _time_units(instance: Instance, share: Decimal) -> int:
    """Return a share in time units; shares are written with six places."""
    return round(share * instance.quantities.time_units)


def _efficiency(instance: Instance, agent_id: str, store: str, skill: str) -> int:
    agent = instance.agents[instance.grid.agent_index[agent_id]]
    return instance.quantities.efficiency(Fraction(agent.efficiency(store, skill)))


def _broken(agent_id: str, date: Date, text: str) -> Finding:
    return Finding(rule=PLAN, agent_id=agent_id, date=date, text=text)


def offered_time(instance: Instance, roster: Roster) -> dict[Moment, int]:
    """Return the time units that each agent has for queues, within the intervals that count.

    The night before the horizon is there as the history has it, less the duties of that night.
    """
    grid, quantities = instance.grid, instance.quantities
    per_day = instance.horizon.intervals_per_day
    offered: defaultdict[Moment, int] = defaultdict(int)

    @cache
    def moment(date: Date, offset: int) -> tuple[Date, int] | None:
        days, interval = divmod(offset, per_day)
        day = date + timedelta(days=days)
        after = day == instance.horizon.next_date and interval < instance.next_morning
        return (day, interval) if after or day in instance.horizon else None

    def add(agent_id: str, date: Date, parts: Iterable[tuple[int, int]], sign: int) -> None:
        for offset, units in parts:
            place = moment(date, offset)
            if place is not None:
                offered[agent_id, *place] += sign * units

    presence = [pairs(parts) for parts in quantities.presence]
    known = {duty.name: duty for duty in instance.duties}

    def count(assignments: Iterable[Assignment], turns: Iterable[DutyTurn]) -> None:
        shift_of = {}
        for entry in assignments:
            position = grid.shift_index[entry.shift]
            shift_of[entry.agent_id, entry.date] = instance.shifts[position]
            add(entry.agent_id, entry.date, presence[position], 1)
        for turn in turns:
            shift = shift_of.get((turn.agent_id, turn.date))
            if shift is not None:
                taken = pairs(quantities.taken(known[turn.duty], shift))
                add(turn.agent_id, turn.date, taken, -1)

    night = (
        row
        for row in night_rows(instance)
        if row.agent_id in grid.agent_index and row.shift in grid.shift_index
    )
    count(night, instance.past_turns)
    # Duties of the past are judged nowhere; what they took is at most the time that there was.
    offered.update({place: 0 for place, units in offered.items() if units < 0})
    count(roster.assignments, roster.duties)
    return offered


def _cells(instance: Instance, supplied: Supplied) -> tuple[tuple[CoverageCell, ...], list[Judged]]:
    demand = instance.demand
    cells: list[CoverageCell] = []
    judged: list[Judged] = []
    heads = instance.quantities.heads(demand.heads).tolist()
    most = _largest_efficiency(instance)
    for i, need in enumerate(heads):
        store, skill = demand.stores[int(demand.store[i])], demand.skills[int(demand.skill[i])]
        key = int(demand.day[i]), int(demand.interval[i]), store, skill
        given = supplied.pop(key, 0)
        cell = _cell(instance, key, int(demand.heads[i]), given, demand.models[i])
        cells.append(cell)
        if given >= need + most:
            text = f"{store}/{skill} gets {cell.supplied} heads of {cell.required} at {key[1]}"
            judged.append((Finding(rule=PLAN, date=cell.date, text=text), Fraction(0)))
        judged += _shortage(instance, skill, need, max(0, need - given))
    for day, _, store, skill in supplied:
        date = instance.horizon.start + timedelta(days=day)
        text = f"time goes to {store}/{skill}, which asks for nobody"
        judged.append((Finding(rule=PLAN, date=date, text=text), Fraction(0)))
    return tuple(cells), judged


def _largest_efficiency(instance: Instance) -> int:
    return max(
        instance.quantities.efficiency(Fraction(value))
        for agent in instance.agents
        for value in agent.skills.values()
    )


def _shortage(instance: Instance, skill: str, need: int, missing: int) -> Iterator[Judged]:
    if not missing:
        return
    weights = instance.weights
    shallow = min(missing, int(Fraction(weights.deep_shortage_share) * need))
    points = Fraction(weights.shortage) * missing
    points += Fraction(weights.deep_shortage) * (missing - shallow)
    importance = Fraction(instance.known_skills[skill].shortage_weight)
    cost = points * importance * instance.quantities.head_hour
    yield Finding(rule=SHORTAGE, points=float(cost)), cost


def _cell(
    instance: Instance, key: tuple[int, int, str, str], heads: int, given: int, model: str
) -> CoverageCell:
    day, interval, store, skill = key
    required = Decimal(heads) / HEAD
    supplied = (Decimal(given) / instance.quantities.supply_units).quantize(PLACES)
    return CoverageCell.trusted(
        date=instance.horizon.start + timedelta(days=day),
        start=interval * instance.horizon.interval_minutes,
        store=store,
        skill=skill,
        required=required,
        supplied=supplied,
        shortage=max(Decimal(0), required - supplied),
        model=model,
    )

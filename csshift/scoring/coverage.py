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
from csshift.instance.quantities import HEAD, pairs
from csshift.instance.requirements import PRICE_PARTS
from csshift.model.roster import CoverageCell, Roster
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
    return instance.quantities.efficiency(Fraction(instance.efficiency(agent, store, skill)))


def _broken(agent_id: str, date: Date, text: str) -> Finding:
    return Finding(rule=PLAN, agent_id=agent_id, date=date, text=text)


def offered_time(instance: Instance, roster: Roster) -> dict[Moment, int]:
    """Return the time units that each agent has for queues, within the horizon."""
    grid, quantities = instance.grid, instance.quantities
    per_day = instance.horizon.intervals_per_day
    offered: defaultdict[Moment, int] = defaultdict(int)

    @cache
    def moment(date: Date, offset: int) -> tuple[Date, int] | None:
        days, interval = divmod(offset, per_day)
        day = date + timedelta(days=days)
        return (day, interval) if day in instance.horizon else None

    def add(agent_id: str, date: Date, parts: Iterable[tuple[int, int]], sign: int) -> None:
        for offset, units in parts:
            place = moment(date, offset)
            if place is not None:
                offered[agent_id, *place] += sign * units

    presence = [pairs(parts) for parts in quantities.presence]
    shift_of = {}
    for entry in roster.assignments:
        position = grid.shift_index[entry.shift]
        shift_of[entry.agent_id, entry.date] = instance.shifts[position]
        add(entry.agent_id, entry.date, presence[position], 1)
    known = {duty.name: duty for duty in instance.duties}
    for turn in roster.duties:
        shift = shift_of.get((turn.agent_id, turn.date))
        if shift is not None:
            taken = pairs(quantities.taken(known[turn.duty], shift))
            add(turn.agent_id, turn.date, taken, -1)
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
        cell = _cell(instance, key, i, given)
        cells.append(cell)
        if given >= need + most:
            text = f"{store}/{skill} gets {cell.supplied} heads of {cell.required} at {key[1]}"
            judged.append((Finding(rule=PLAN, date=cell.date, text=text), Fraction(0)))
        judged += _shortage(instance, i, need, max(0, need - given))
    for day, _, store, skill in supplied:
        date = instance.horizon.start + timedelta(days=day)
        text = f"time goes to {store}/{skill}, which asks for nobody"
        queue = instance.pools.queue_of(store, skill)
        if queue != store:
            text += f": the queue is {queue}"
        judged.append((Finding(rule=PLAN, date=date, text=text), Fraction(0)))
    return tuple(cells), judged


def _largest_efficiency(instance: Instance) -> int:
    return max(
        instance.quantities.efficiency(Fraction(value))
        for agent in instance.agents
        for value in agent.skills.values()
    )


def _shortage(instance: Instance, place: int, need: int, missing: int) -> Iterator[Judged]:
    if not missing:
        return
    weights, demand = instance.weights, instance.demand
    skill = demand.skills[int(demand.skill[place])]
    shallow = min(missing, int(Fraction(weights.deep_shortage_share) * need))
    points = Fraction(weights.shortage) * missing
    points += Fraction(weights.deep_shortage) * (missing - shallow)
    importance = Fraction(instance.known_skills[skill].shortage_weight)
    price = Fraction(int(demand.price[place]), PRICE_PARTS)
    cost = points * importance * price * instance.quantities.head_hour
    yield Finding(rule=SHORTAGE, points=float(cost)), cost


def _cell(
    instance: Instance, key: tuple[int, int, str, str], place: int, given: int
) -> CoverageCell:
    day, interval, store, skill = key
    demand = instance.demand
    required = Decimal(int(demand.heads[place])) / HEAD
    supplied = (Decimal(given) / instance.quantities.supply_units).quantize(PLACES)
    return CoverageCell.trusted(
        date=instance.horizon.start + timedelta(days=day),
        start=interval * instance.horizon.interval_minutes,
        store=store,
        skill=skill,
        required=required,
        supplied=supplied,
        shortage=max(Decimal(0), required - supplied),
        inquiries=round(float(demand.inquiries[place]), 6),
        model=demand.models[place],
    )

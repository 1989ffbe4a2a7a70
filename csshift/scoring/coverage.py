"""Judges the hourly plan: nobody serves longer than they are at work, and shortage costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.instance import Instance
from csshift.instance.quantities import HEAD
from csshift.instance.requirements import PRICE_PARTS
from csshift.model.roster import CoverageCell, Roster, column_of
from csshift.model.score import Finding

SHORTAGE, UNATTENDED, SURPLUS, PLAN = "shortage", "unattended", "surplus", "hourly plan"
PLACES = Decimal("0.000001")

Integers = NDArray[np.int64]
Judged: TypeAlias = tuple[Finding, Fraction]


@dataclass(frozen=True, eq=False)
class HourlyPlan:
    """The hourly plan of a roster as arrays.

    Parameters
    ----------
    queues : tuple of (str, str)
        Store and skill of each queue, those of the demand first.
    agent, slot, queue, units : int array, shape (rows,)
        Who serves which queue when, and for how many time units.
    offered, used : int array, shape (agents, slots)
        Time units that agents have for queues, and that the plan gives to queues. A day after
        the horizon, in which nothing is offered, holds rows that lie outside.
    """

    queues: tuple[tuple[str, str], ...]
    agent: Integers
    slot: Integers
    queue: Integers
    units: Integers
    offered: Integers
    used: Integers


def hourly_plan(instance: Instance, roster: Roster) -> HourlyPlan:
    """Return the hourly plan of a roster whose agents and dates are known."""
    horizon, index, rows = instance.horizon, instance.grid.agent_index, roster.allocation
    first_slot = {
        date: day * horizon.intervals_per_day for day, date in enumerate(instance.covered_dates)
    }
    stores, skills = column_of(rows, "store"), column_of(rows, "skill")
    known = list(product(instance.demand.stores, instance.demand.skills))
    queues = known + sorted(set(zip(stores, skills, strict=True)).difference(known))
    position = {queue: i for i, queue in enumerate(queues)}
    units_of = cache(partial(_time_units, instance))  # a few values, asked for very often
    agent, slot, start, queue, units = (
        np.array(list(values), dtype=np.int64)
        for values in (
            map(index.__getitem__, column_of(rows, "agent_id")),
            map(first_slot.__getitem__, column_of(rows, "date")),
            column_of(rows, "start"),
            map(position.__getitem__, zip(stores, skills, strict=True)),
            map(units_of, column_of(rows, "share")),
        )
    )
    slot += start // horizon.interval_minutes
    offered = np.pad(instance.offered(roster), ((0, 0), (0, horizon.intervals_per_day)))
    used = np.zeros_like(offered)
    np.add.at(used, (agent, slot), units)
    return HourlyPlan(tuple(queues), agent, slot, queue, units, offered, used)


def score_coverage(
    instance: Instance, plan: HourlyPlan
) -> tuple[tuple[CoverageCell, ...], list[Judged]]:
    """Return required and supplied heads, and what is wrong or costs."""
    ability = np.zeros((len(instance.agents), len(plan.queues)), dtype=np.int64)
    ability[plan.agent, plan.queue] = -1
    # A few values, read very often.
    units_of = cache(lambda value: instance.quantities.efficiency(Fraction(value)))
    for agent, queue in np.argwhere(ability).tolist():
        value = instance.efficiency(instance.agents[agent], *plan.queues[queue])
        ability[agent, queue] = units_of(value)
    efficiency = ability[plan.agent, plan.queue]
    faults: list[Judged] = []
    for row in np.flatnonzero(efficiency == 0).tolist():
        text = f"may not serve {'/'.join(plan.queues[plan.queue[row]])}"
        faults.append(_broken(instance, text, int(plan.slot[row]), int(plan.agent[row])))
    for agent, slot in np.argwhere(plan.used > np.maximum(plan.offered, 0)).tolist():
        share = int(plan.used[agent, slot]) / instance.quantities.time_units
        interval = slot % instance.horizon.intervals_per_day
        text = f"serves {share:.4f} of interval {interval}, which is more than there is"
        faults.append(_broken(instance, text, slot, agent))
    supplied = np.zeros((len(plan.queues), plan.offered.shape[1]), dtype=np.int64)
    np.add.at(supplied, (plan.queue, plan.slot), plan.units * efficiency)
    cells, judged = _cells(instance, plan, supplied)
    surplus = int(plan.offered.sum() - plan.used.sum())
    cost = Fraction(instance.weights.surplus) * instance.quantities.time_hour * surplus
    judged.append((Finding(rule=SURPLUS, points=float(cost)), cost))
    return cells, faults + [entry for entry in judged if entry[1] or entry[0].text]


def empty_cells(
    instance: Instance, roster: Roster, coverage: Sequence[CoverageCell]
) -> list[CoverageCell]:
    """Return the cells that require heads while nobody who serves their queue is at work.

    Whoever is there and serves another queue meanwhile can take them, late as it may be. The
    night before the horizon is there, and so is the last night on the morning after.

    Parameters
    ----------
    instance : Instance
    roster : Roster
        Within the horizon, of known agents, shifts and duties.
    coverage : sequence of CoverageCell
    """
    there = instance.offered(roster) > 0
    able: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for queue in {(cell.store, cell.skill) for cell in coverage}:
        able[queue] = np.array([instance.efficiency(a, *queue) > 0 for a in instance.agents])
    return [
        cell
        for cell in coverage
        if cell.required > 0
        and not there[able[cell.store, cell.skill], instance.slot(cell.date, cell.start)].any()
    ]


def _time_units(instance: Instance, share: Decimal) -> int:
    """Return a share in time units; shares are written with six places."""
    return round(share * instance.quantities.time_units)


def _broken(instance: Instance, text: str, slot: int, agent: int | None = None) -> Judged:
    date = instance.horizon.start + timedelta(days=slot // instance.horizon.intervals_per_day)
    agent_id = None if agent is None else instance.agents[agent].agent_id
    return Finding(rule=PLAN, agent_id=agent_id, date=date, text=text), Fraction(0)


def _cells(
    instance: Instance, plan: HourlyPlan, supplied: Integers
) -> tuple[tuple[CoverageCell, ...], list[Judged]]:
    demand = instance.demand
    cells: list[CoverageCell] = []
    judged: list[Judged] = []
    slots = demand.day * instance.horizon.intervals_per_day + demand.interval
    queues = demand.store * len(demand.skills) + demand.skill
    most = _largest_efficiency(instance)
    places = zip(
        slots.tolist(),
        queues.tolist(),
        instance.quantities.heads(demand.heads).tolist(),
        supplied[queues, slots].tolist(),
        strict=True,
    )
    for place, (slot, queue, need, given) in enumerate(places):
        day, interval = divmod(slot, instance.horizon.intervals_per_day)
        store, skill = plan.queues[queue]
        cell = _cell(instance, (day, interval, store, skill), place, given)
        cells.append(cell)
        if given >= need + most:
            text = f"{store}/{skill} gets {cell.supplied} heads of {cell.required} at {interval}"
            judged.append(_broken(instance, text, slot))
        judged += _shortage(instance, place, max(0, need - given))
    unasked = np.zeros(supplied.shape, dtype=np.bool_)
    unasked[plan.queue, plan.slot] = True
    unasked[queues, slots] = False
    for queue, slot in np.argwhere(unasked).tolist():
        store, skill = plan.queues[queue]
        text = f"time goes to {store}/{skill}, which requires nobody"
        together = instance.pools.queue_of(store, skill)
        if together != store:
            text += f": the queue is {together}"
        judged.append(_broken(instance, text, slot))
    return tuple(cells), judged


def _largest_efficiency(instance: Instance) -> int:
    values = {value for agent in instance.agents for value in agent.skills.values()}
    return instance.quantities.efficiency(Fraction(max(values)))


def _shortage(instance: Instance, place: int, missing: int) -> Iterator[Judged]:
    if not missing:
        return
    weights, demand = instance.weights, instance.demand
    skill = demand.skills[int(demand.skill[place])]
    importance = Fraction(instance.known_skills[skill].shortage_weight)
    price = importance * instance.quantities.head_hour / PRICE_PARTS
    plain, deep, unattended = instance.shortage_prices.missing_heads(place, missing)
    cost = price * (plain * Fraction(weights.shortage) + deep * Fraction(weights.deep_shortage))
    yield Finding(rule=SHORTAGE, points=float(cost)), cost
    if unattended and (cost := price * unattended * weights.unattended_points):
        yield Finding(rule=UNATTENDED, points=float(cost)), cost


def _cell(
    instance: Instance, key: tuple[int, int, str, str], place: int, given: int
) -> CoverageCell:
    day, interval, store, skill = key
    demand = instance.demand
    required = Decimal(int(demand.heads[place])) / HEAD
    supplied = (Decimal(given) / instance.quantities.supply_units).quantize(PLACES)
    return CoverageCell(
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

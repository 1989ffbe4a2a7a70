"""Coverage: the time of classes of like agents flows to queues; what is missing costs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.compile.duties import DutyColumns
from csshift.instance.quantities import Classes
from csshift.instance.requirements import PRICE_PARTS
from csshift.program import ABSENT, Builder
from csshift.rules.work import WorkColumns

if TYPE_CHECKING:
    from csshift.instance import Instance

FLOW, SHORTAGE, SURPLUS = "coverage", "shortage", "surplus"
SHORTAGE_STEPS = (SHORTAGE, "deep shortage", "deepest shortage")
SURPLUS_SOURCE = "weights.surplus"
UNATTENDED_SOURCE = "weights.unattended"


@dataclass(frozen=True, eq=False)
class FlowColumns:
    """Time of a class that goes to a cell, one entry for each pair that can be.

    Parameters
    ----------
    column : int array, shape (flows,)
        Ids, in time units.
    group : int array, shape (flows,)
        Class.
    cell : int array, shape (flows,)
        Position in the requirements.
    """

    column: NDArray[np.int64]
    group: NDArray[np.int64]
    cell: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Offered:
    """Known time that classes of agents have for queues, one entry for each class and slot.

    Parameters
    ----------
    group, slot : int array, shape (entries,)
        Class, and interval counted over the horizon.
    units : int array, shape (entries,)
        Time units, above 0.
    """

    group: NDArray[np.int64]
    slot: NDArray[np.int64]
    units: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Supply:
    """Time offered (positive) or taken (negative): entries (class, slot, column, units)."""

    group: NDArray[np.int64]
    slot: NDArray[np.int64]
    column: NDArray[np.int64]
    units: NDArray[np.int64]


def add_coverage(
    instance: Instance, work: WorkColumns, duties: tuple[DutyColumns, ...]
) -> FlowColumns:
    """Add flows, shortage and surplus.

    For each class and slot: time used + surplus = time at work - time taken by duties.
    For each cell: efficiency x time used + shortage >= heads, and no more than one unit of
    time beyond the heads, so that surplus cannot hide in a queue.
    """
    # The plan of a roster made by hand may offer time that the program has no columns for.
    longest = max(int(units.sum()) for _, units in instance.quantities.presence)
    agent_days = len(instance.agents) * (instance.horizon.days + 1)  # the night before is one
    price = Fraction(instance.weights.surplus) * instance.quantities.time_hour
    work.builder.costs.reserve(price * longest * agent_days, SURPLUS_SOURCE)
    return _add_supply(instance, work.builder, _supply(instance, work, duties))


def add_offered(instance: Instance, builder: Builder, offered: Offered) -> FlowColumns:
    """Add the same for time that is known."""
    column = np.full(offered.group.size, builder.one, dtype=np.int64)
    supply = _Supply(offered.group, offered.slot, column, offered.units)
    return _add_supply(instance, builder, supply)


def _add_supply(instance: Instance, builder: Builder, supply: _Supply) -> FlowColumns:
    offered = np.zeros((instance.classes.count, instance.slots), dtype=np.int64)
    positive = supply.units > 0
    np.add.at(offered, (supply.group[positive], supply.slot[positive]), supply.units[positive])
    flows = _add_flows(instance, builder, instance.classes, offered)
    _limit_time(instance, builder, supply, flows, offered)
    _meet_heads(instance, builder, flows)
    return flows


def _slots(instance: Instance) -> NDArray[np.int64]:
    """Return the slot of each cell, counted over the whole horizon."""
    demand = instance.demand
    return np.asarray(demand.day * instance.horizon.intervals_per_day + demand.interval)


def _label(instance: Instance, day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the planned day to which columns belong; the last night serves the morning after."""
    return np.minimum(day, instance.horizon.days - 1)


def _supply(instance: Instance, work: WorkColumns, duties: tuple[DutyColumns, ...]) -> _Supply:
    planned = work.shift[:, work.grid.history_days :]
    night = instance.night_before
    one = np.full(night.agent.size, work.builder.one, dtype=np.int64)
    parts: list[tuple[NDArray[np.int64], ...]] = [
        (instance.classes.of_agent[night.agent], night.slot, one, night.units)
    ]
    for s, (offsets, units) in enumerate(instance.quantities.presence):
        parts.append(_entries(instance, planned[:, :, s], offsets, units))
    for columns in duties:
        for s, shift in enumerate(instance.shifts):
            if not columns.duty.fits(shift):
                continue
            offsets, units = instance.quantities.taken(columns.duty, shift)
            holds = columns.hold[:, :, :, s]
            parts += [_entries(instance, hold, offsets, -units) for hold in holds]
    joined = [np.concatenate(part) for part in zip(*parts, strict=True)]
    return _Supply(*joined)


def _entries(
    instance: Instance,
    columns: NDArray[np.int64],
    offsets: NDArray[np.int64],
    units: NDArray[np.int64],
) -> tuple[NDArray[np.int64], ...]:
    """Return (class, slot, column, units) of columns shaped (agents, planned days)."""
    agents, days = np.nonzero(columns != ABSENT)
    slot = days[:, None] * instance.horizon.intervals_per_day + offsets
    inside = slot < instance.slots
    group = np.broadcast_to(instance.classes.of_agent[agents][:, None], slot.shape)
    column = np.broadcast_to(columns[agents, days][:, None], slot.shape)
    amount = np.broadcast_to(units, slot.shape)
    return group[inside], slot[inside], column[inside], amount[inside]


def _add_flows(
    instance: Instance, builder: Builder, classes: Classes, offered: NDArray[np.int64]
) -> FlowColumns:
    demand = instance.demand
    slot = _slots(instance)
    # Class by class: a table of all classes and cells takes gigabytes where there are many.
    found = []
    for number, ability in enumerate(classes.efficiency):
        of_cell = ability[demand.store, demand.skill]
        able_cells = np.flatnonzero((of_cell > 0) & (offered[number, slot] > 0))
        found.append((np.full(able_cells.size, number), able_cells, of_cell[able_cells]))
    if not found:
        found = [(np.empty(0, dtype=np.int64),) * 3]
    group, cell, able = (np.concatenate(part) for part in zip(*found, strict=True))
    # No class sends a cell more time than it has, or more than fills the cell.
    need = -(-instance.quantities.heads(demand.heads)[cell] // able)
    column = builder.columns(
        group.size,
        family=FLOW,
        upper=np.minimum(offered[group, slot[cell]], need),
        continuous=True,
        day=_label(instance, demand.day[cell]),
    )
    return FlowColumns(column, group, cell)


def _limit_time(
    instance: Instance,
    builder: Builder,
    supply: _Supply,
    flows: FlowColumns,
    offered: NDArray[np.int64],
) -> None:
    """Time used and surplus of each class in each slot come to the time at work."""
    flow_slot = _slots(instance)[flows.cell]
    served = np.zeros(offered.shape, dtype=np.bool_)
    served[flows.group, flow_slot] = True
    price = Fraction(instance.weights.surplus) * instance.quantities.time_hour
    useful = served[supply.group, supply.slot]
    builder.charge(supply.column[~useful], supply.units[~useful], price, SURPLUS_SOURCE)

    row_of = np.cumsum(served.ravel()).reshape(served.shape) - 1
    group, slot = np.nonzero(served)
    surplus = builder.columns(
        group.size,
        family=SURPLUS,
        upper=offered[group, slot],
        continuous=True,
        cost=1,
        unit=price,
        source=SURPLUS_SOURCE,
        day=instance.day_of_slot[slot],
    )
    rows = [row_of[supply.group[useful], supply.slot[useful]], row_of[flows.group, flow_slot]]
    columns = [supply.column[useful], flows.column, surplus]
    sizes = (flows.column.size + surplus.size,)
    builder.sparse_rows(
        group.size,
        np.concatenate([*rows, np.arange(group.size)]),
        np.concatenate(columns),
        np.concatenate([supply.units[useful], np.full(sizes, -1)]),
        family=FLOW,
        lower=0,
        upper=0,
    )


def _meet_heads(instance: Instance, builder: Builder, flows: FlowColumns) -> None:
    """Supply and shortage of each cell come to the heads that it requires."""
    demand, quantities, weights = instance.demand, instance.quantities, instance.weights
    heads, prices = quantities.heads(demand.heads), instance.shortage_prices
    importance = np.array(
        [int(instance.known_skills[name].shortage_weight * 1000) for name in demand.skills],
        dtype=np.int64,
    )[demand.skill]
    shortage_source = _shortage_source(instance)
    charges = (
        (Fraction(weights.shortage), shortage_source),
        (Fraction(weights.deep_shortage), shortage_source),
        (weights.unattended_points, UNATTENDED_SOURCE),
    )
    missing = []
    # A convex cost: any split of what is missing into steps costs at least what the steps do.
    for family, upper, *parts in zip(
        SHORTAGE_STEPS, prices.upper, prices.shortage, prices.deep, prices.unattended, strict=True
    ):
        columns = builder.columns(
            demand.cells,
            family=family,
            upper=upper,
            continuous=True,
            day=_label(instance, demand.day),
        )
        for (points, source), part in zip(charges, parts, strict=True):
            unit = points * quantities.head_hour / (1000 * PRICE_PARTS)
            builder.charge(columns, importance * part, unit, source)
        missing.append(columns)
    ability = instance.classes.efficiency[
        flows.group, demand.store[flows.cell], demand.skill[flows.cell]
    ]
    largest = np.ones(demand.cells, dtype=np.int64)
    np.maximum.at(largest, flows.cell, ability)
    cells = np.arange(demand.cells)
    builder.sparse_rows(
        demand.cells,
        np.concatenate([flows.cell, *[cells] * len(missing)]),
        np.concatenate([flows.column, *missing]),
        np.concatenate([ability, np.ones(len(missing) * demand.cells, dtype=np.int64)]),
        family=SHORTAGE,
        lower=heads,
        upper=heads + largest - 1,
    )


def _shortage_source(instance: Instance) -> str:
    """Return the fields that the price of a shortage comes from."""
    demanded = {instance.demand.skills[i] for i in instance.demand.skill.tolist()}
    weight, skill = max(
        ((instance.known_skills[name].shortage_weight, name) for name in demanded),
        default=(1, ""),
    )
    fields = ["weights.shortage"]
    if instance.weights.deep_shortage:
        fields.append("weights.deep_shortage")
    if weight != 1:
        fields.append(f"shortage_weight of {skill}")
    return " and ".join(filter(None, (", ".join(fields[:-1]), fields[-1])))

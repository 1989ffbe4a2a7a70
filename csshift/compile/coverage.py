"""Coverage: the time of classes of like agents flows to queues; what is missing costs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.compile.duties import DutyColumns
from csshift.problem.classes import Classes
from csshift.program import ABSENT, Builder
from csshift.rules.work import WorkColumns

if TYPE_CHECKING:
    from csshift.problem import Problem

FLOW, SHORTAGE, DEEP_SHORTAGE, SURPLUS = "coverage", "shortage", "deep shortage", "surplus"
SURPLUS_SOURCE = "weights.surplus"


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
    problem: Problem, work: WorkColumns, duties: tuple[DutyColumns, ...]
) -> FlowColumns:
    """Add flows, shortage and surplus.

    For each class and slot: time used + surplus = time at work - time taken by duties.
    For each cell: efficiency x time used + shortage >= heads, and no more than one unit of
    time beyond the heads, so that surplus cannot hide in a queue.
    """
    slots = problem.horizon.days * problem.horizon.intervals_per_day
    # The plan of a roster made by hand may offer time that the program has no columns for.
    longest = max(int(units.sum()) for _, units in problem.quantities.presence)
    agent_days = len(problem.agents) * problem.horizon.days
    price = Fraction(problem.weights.surplus) * problem.quantities.time_hour
    work.builder.costs.reserve(price * longest * agent_days, SURPLUS_SOURCE)
    return _add_supply(problem, work.builder, _supply(problem, work, duties, slots))


def add_offered(problem: Problem, builder: Builder, offered: Offered) -> FlowColumns:
    """Add the same for time that is known."""
    column = np.full(offered.group.size, builder.one, dtype=np.int64)
    supply = _Supply(offered.group, offered.slot, column, offered.units)
    return _add_supply(problem, builder, supply)


def _add_supply(problem: Problem, builder: Builder, supply: _Supply) -> FlowColumns:
    slots = problem.horizon.days * problem.horizon.intervals_per_day
    offered = np.zeros((problem.classes.count, slots), dtype=np.int64)
    positive = supply.units > 0
    np.add.at(offered, (supply.group[positive], supply.slot[positive]), supply.units[positive])
    flows = _add_flows(problem, builder, problem.classes, offered)
    _limit_time(problem, builder, supply, flows, offered)
    _meet_heads(problem, builder, flows)
    return flows


def _slots(problem: Problem) -> NDArray[np.int64]:
    """Return the slot of each cell, counted over the whole horizon."""
    demand = problem.demand
    return np.asarray(demand.day * problem.horizon.intervals_per_day + demand.interval)


def _supply(
    problem: Problem, work: WorkColumns, duties: tuple[DutyColumns, ...], slots: int
) -> _Supply:
    planned = work.shift[:, work.staffing.history_days :]
    parts = []
    for s, (offsets, units) in enumerate(problem.quantities.presence):
        parts.append(_entries(problem, planned[:, :, s], offsets, units, slots))
    for columns in duties:
        for s, shift in enumerate(problem.shifts):
            if not columns.duty.fits(shift):
                continue
            offsets, units = problem.quantities.taken(columns.duty, shift)
            holds = columns.hold[:, :, :, s]
            parts += [_entries(problem, hold, offsets, -units, slots) for hold in holds]
    joined = [np.concatenate(part) for part in zip(*parts, strict=True)]
    return _Supply(*joined)


def _entries(
    problem: Problem,
    columns: NDArray[np.int64],
    offsets: NDArray[np.int64],
    units: NDArray[np.int64],
    slots: int,
) -> tuple[NDArray[np.int64], ...]:
    """Return (class, slot, column, units) of columns shaped (agents, planned days)."""
    agents, days = np.nonzero(columns != ABSENT)
    slot = days[:, None] * problem.horizon.intervals_per_day + offsets
    inside = slot < slots
    group = np.broadcast_to(problem.classes.of_agent[agents][:, None], slot.shape)
    column = np.broadcast_to(columns[agents, days][:, None], slot.shape)
    amount = np.broadcast_to(units, slot.shape)
    return group[inside], slot[inside], column[inside], amount[inside]


def _add_flows(
    problem: Problem, builder: Builder, classes: Classes, offered: NDArray[np.int64]
) -> FlowColumns:
    demand = problem.demand
    slot = _slots(problem)
    able = classes.efficiency[:, demand.store, demand.skill]
    group, cell = np.nonzero((able > 0) & (offered[:, slot] > 0))
    # No class sends a cell more time than it has, or more than fills the cell.
    need = -(-problem.quantities.heads(demand)[cell] // able[group, cell])
    column = builder.columns(
        group.size,
        family=FLOW,
        upper=np.minimum(offered[group, slot[cell]], need),
        continuous=True,
        day=demand.day[cell],
    )
    return FlowColumns(column, group, cell)


def _limit_time(
    problem: Problem,
    builder: Builder,
    supply: _Supply,
    flows: FlowColumns,
    offered: NDArray[np.int64],
) -> None:
    """Time used and surplus of each class in each slot come to the time at work."""
    flow_slot = _slots(problem)[flows.cell]
    served = np.zeros(offered.shape, dtype=np.bool_)
    served[flows.group, flow_slot] = True
    price = Fraction(problem.weights.surplus) * problem.quantities.time_hour
    useful = served[supply.group, supply.slot]
    builder.charge(supply.column[~useful], supply.units[~useful], price, SURPLUS_SOURCE)

    row_of = np.cumsum(served.ravel()).reshape(served.shape) - 1
    group, slot = np.nonzero(served)
    per_day = problem.horizon.intervals_per_day
    surplus = builder.columns(
        group.size,
        family=SURPLUS,
        upper=offered[group, slot],
        continuous=True,
        cost=1,
        unit=price,
        source=SURPLUS_SOURCE,
        day=slot // per_day,
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


def _meet_heads(problem: Problem, builder: Builder, flows: FlowColumns) -> None:
    """Supply and shortage of each cell come to the heads that it requires."""
    demand, quantities, weights = problem.demand, problem.quantities, problem.weights
    heads = quantities.heads(demand)
    # Without need of rounding: any split between the two parts is a convex cost.
    shallow = np.array(
        [int(Fraction(weights.deep_shortage_share) * int(h)) for h in heads], dtype=np.int64
    )
    shallow = np.minimum(shallow, heads)
    importance = np.array(
        [int(problem.known_skills[name].shortage_weight * 1000) for name in demand.skills],
        dtype=np.int64,
    )[demand.skill]
    missing = []
    for family, upper, points in (
        (SHORTAGE, shallow, weights.shortage),
        (DEEP_SHORTAGE, heads - shallow, weights.shortage + weights.deep_shortage),
    ):
        missing.append(
            builder.columns(
                demand.cells,
                family=family,
                upper=upper,
                continuous=True,
                cost=importance,
                unit=Fraction(points) * quantities.head_hour / 1000,
                source=_shortage_source(problem),
                day=demand.day,
            )
        )
    ability = problem.classes.efficiency[
        flows.group, demand.store[flows.cell], demand.skill[flows.cell]
    ]
    largest = np.ones(demand.cells, dtype=np.int64)
    np.maximum.at(largest, flows.cell, ability)
    cells = np.arange(demand.cells)
    builder.sparse_rows(
        demand.cells,
        np.concatenate([flows.cell, cells, cells]),
        np.concatenate([flows.column, *missing]),
        np.concatenate([ability, np.ones(2 * demand.cells, dtype=np.int64)]),
        family=SHORTAGE,
        lower=heads,
        upper=heads + largest - 1,
    )


def _shortage_source(problem: Problem) -> str:
    """Return the fields that the price of a shortage comes from."""
    demanded = {problem.demand.skills[i] for i in problem.demand.skill.tolist()}
    weight, skill = max(
        ((problem.known_skills[name].shortage_weight, name) for name in demanded),
        default=(1, ""),
    )
    fields = ["weights.shortage"]
    if problem.weights.deep_shortage:
        fields.append("weights.deep_shortage")
    if weight != 1:
        fields.append(f"shortage_weight of {skill}")
    return " and ".join(filter(None, (", ".join(fields[:-1]), fields[-1])))

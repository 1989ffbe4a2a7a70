"""The hourly plan: flows of classes become shares of persons, with few switches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.instance.quantities import pairs
from csshift.model.roster import AllocationShare
from csshift.program import ABSENT

if TYPE_CHECKING:
    from csshift.compile import Compiled
    from csshift.compile.coverage import FlowColumns
    from csshift.instance import Instance

Integers = NDArray[np.int64]
Queue: TypeAlias = tuple[str, str]
"""Store and skill."""
Free: TypeAlias = dict[tuple[int, int], dict[int, int]]
"""Time units that each agent has for queues, by (class, slot)."""

PLACES = Decimal("0.000001")


def allocate(compiled: Compiled, values: Integers) -> tuple[AllocationShare, ...]:
    """Return who serves which queue in each interval.

    In each interval an agent stays with the queue served just before as long as it needs
    anybody; what is left of the flows goes to the agents who are left, the longest flow first.
    """
    free = _free_time(compiled, values)
    return share_out(compiled.instance, compiled.flows, values, free)


def share_out(
    instance: Instance, flows: FlowColumns, values: Integers, free: Free
) -> tuple[AllocationShare, ...]:
    """Return who serves which queue, given the flows of classes and the time of agents.

    Parameters
    ----------
    instance : Instance
    flows : FlowColumns
    values : int64 array, shape (columns,)
        Of the program that has these flows.
    free : dict
        Time units that each agent has for queues, by class and slot.
    """
    per_day = instance.horizon.intervals_per_day
    wanted = _wanted(instance, flows, values)
    queue = _queues(instance)
    share = _shares(instance)
    last: dict[int, Queue] = {}
    shares: list[AllocationShare] = []
    for slot, group in sorted(wanted):
        split = _split(wanted[slot, group], free.get((group, slot), {}), last, queue)
        date = instance.horizon.start + timedelta(days=slot // per_day)
        start = slot % per_day * instance.horizon.interval_minutes
        shares += [
            AllocationShare.trusted(
                date=date,
                start=start,
                agent_id=instance.agents[agent].agent_id,
                store=queue[cell][0],
                skill=queue[cell][1],
                share=share(time),
            )
            for (agent, cell), time in sorted(split.items())
        ]
    return tuple(shares)


def _wanted(
    instance: Instance, flows: FlowColumns, values: Integers
) -> dict[tuple[int, int], dict[int, int]]:
    """Return the time units that each cell gets from a class, by (slot, class)."""
    demand = instance.demand
    slots = demand.day * instance.horizon.intervals_per_day + demand.interval
    used = np.flatnonzero(values[flows.column] > 0)
    cells, given = flows.cell[used], values[flows.column[used]]
    wanted: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for slot, group, cell, units in zip(
        slots[cells].tolist(),
        flows.group[used].tolist(),
        cells.tolist(),
        given.tolist(),
        strict=True,
    ):
        wanted[slot, group][cell] = units
    return wanted


def _queues(instance: Instance) -> list[Queue]:
    """Return store and skill of each cell of the demand."""
    demand = instance.demand
    return [
        (demand.stores[store], demand.skills[skill])
        for store, skill in zip(demand.store.tolist(), demand.skill.tolist(), strict=True)
    ]


def _shares(instance: Instance) -> Callable[[int], Decimal]:
    """Return the function from time units to shares of an interval."""
    units = instance.quantities.time_units

    @cache  # few values, asked for very often
    def share(time: int) -> Decimal:
        return (Decimal(time) / units).quantize(PLACES)

    return share


def _free_time(compiled: Compiled, values: Integers) -> Free:
    """Return the time units that each agent at work has for queues, by class and slot."""
    instance = compiled.instance
    per_day = instance.horizon.intervals_per_day
    planned = compiled.work.shift[:, compiled.work.grid.history_days :]
    free: Free = defaultdict(dict)
    class_of = instance.classes.of_agent.tolist()
    presence = [pairs(offered) for offered in instance.quantities.presence]

    def add(agent: int, day: int, parts: list[tuple[int, int]], sign: int) -> None:
        group = class_of[agent]
        for offset, amount in parts:
            slot = day * per_day + offset
            if slot < instance.slots:
                own = free[group, slot]
                own[agent] = own.get(agent, 0) + sign * amount

    night = instance.night_before
    for agent, slot, units in zip(night.agent, night.slot, night.units, strict=True):
        free[class_of[agent], int(slot)][int(agent)] = int(units)
    for agent, day, shift in np.argwhere((planned != ABSENT) & (values[planned] == 1)).tolist():
        add(agent, day, presence[shift], 1)
    for columns in compiled.duties:
        held = (columns.hold != ABSENT) & (values[columns.hold] == 1)
        for _, agent, day, shift in np.argwhere(held).tolist():
            taken = instance.quantities.taken(columns.duty, instance.shifts[shift])
            add(agent, day, pairs(taken), -1)
    return free


def _split(
    wanted: dict[int, int],
    free: dict[int, int],
    last: dict[int, Queue],
    queue: list[Queue],
) -> dict[tuple[int, int], int]:
    """Split the flows of a class in one slot among its agents; note each one's main queue."""
    left, need = dict(free), dict(wanted)
    split: dict[tuple[int, int], int] = {}
    cell_of = {queue[cell]: cell for cell in wanted}

    def give(agent: int, cell: int) -> None:
        time = min(left[agent], need[cell])
        if time > 0:
            split[agent, cell] = split.get((agent, cell), 0) + time
            left[agent] -= time
            need[cell] -= time

    for agent in sorted(left):
        stay = cell_of.get(last.get(agent, ("", "")))
        if stay is not None:
            give(agent, stay)
    for cell in sorted(need, key=lambda cell: (-need[cell], cell)):
        for agent in sorted(left, key=lambda agent: (-left[agent], agent)):
            if need[cell] == 0:
                break
            give(agent, cell)
    longest: dict[int, tuple[int, int]] = {}
    for (agent, cell), time in split.items():
        longest[agent] = max(longest.get(agent, (0, 0)), (time, cell))
    last.update((agent, queue[cell]) for agent, (_, cell) in longest.items())
    return split

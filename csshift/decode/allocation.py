"""The hourly plan: flows of classes become shares of persons, with few switches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.model.roster import AllocationShare
from csshift.program import ABSENT

if TYPE_CHECKING:
    from csshift.compile import Compiled

Integers = NDArray[np.int64]
Free: TypeAlias = dict[tuple[int, int], dict[int, int]]
"""Time units that each agent has for queues, by (class, slot)."""

PLACES = Decimal("0.000001")


def allocate(compiled: Compiled, values: Integers) -> tuple[AllocationShare, ...]:
    """Return who serves which queue in each interval.

    In each interval an agent stays with the queue served just before as long as it needs
    anybody; what is left of the flows goes to the agents who are left, the longest flow first.
    """
    problem = compiled.problem
    flows, demand = compiled.flows, problem.demand
    per_day = problem.horizon.intervals_per_day
    wanted: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    used = np.flatnonzero(values[flows.column] > 0)
    for position in used.tolist():
        cell = int(flows.cell[position])
        slot = int(demand.day[cell] * per_day + demand.interval[cell])
        wanted[slot, int(flows.group[position])][cell] = int(values[flows.column[position]])
    free = _free_time(compiled, values)
    units = problem.quantities.time_units
    last: dict[int, tuple[int, int]] = {}
    shares: list[AllocationShare] = []
    for slot, group in sorted(wanted):
        split = _split(
            wanted[slot, group],
            free.get((group, slot), {}),
            last,
            lambda cell: (int(demand.store[cell]), int(demand.skill[cell])),
        )
        date = problem.horizon.start + timedelta(days=slot // per_day)
        start = slot % per_day * problem.horizon.interval_minutes
        shares += [
            _share(compiled, date, start, agent, cell, Decimal(time) / units)
            for (agent, cell), time in sorted(split.items())
        ]
    return tuple(shares)


def _share(
    compiled: Compiled, date: Date, start: int, agent: int, cell: int, share: Decimal
) -> AllocationShare:
    demand = compiled.problem.demand
    return AllocationShare.model_construct(
        date=date,
        start=start,
        agent_id=compiled.problem.agents[agent].agent_id,
        store=demand.stores[int(demand.store[cell])],
        skill=demand.skills[int(demand.skill[cell])],
        share=share.quantize(PLACES),
    )


def _free_time(compiled: Compiled, values: Integers) -> Free:
    """Return the time units that each agent at work has for queues, by class and slot."""
    problem = compiled.problem
    per_day = problem.horizon.intervals_per_day
    slots = problem.horizon.days * per_day
    planned = compiled.work.shift[:, compiled.work.staffing.history_days :]
    free: Free = defaultdict(dict)

    def add(agent: int, day: int, offsets: Integers, units: Integers, sign: int) -> None:
        group = int(problem.classes.of_agent[agent])
        for offset, amount in zip(offsets.tolist(), units.tolist(), strict=True):
            slot = day * per_day + offset
            if slot < slots:
                own = free[group, slot]
                own[agent] = own.get(agent, 0) + sign * amount

    for agent, day, shift in np.argwhere((planned != ABSENT) & (values[planned] == 1)).tolist():
        add(agent, day, *problem.quantities.presence[shift], 1)
    for columns in compiled.duties:
        held = (columns.hold != ABSENT) & (values[columns.hold] == 1)
        for _, agent, day, shift in np.argwhere(held).tolist():
            add(agent, day, *problem.quantities.taken(columns.duty, problem.shifts[shift]), -1)
    return free


def _split(
    wanted: dict[int, int],
    free: dict[int, int],
    last: dict[int, tuple[int, int]],
    queue_of: Callable[[int], tuple[int, int]],
) -> dict[tuple[int, int], int]:
    """Split the flows of a class in one slot among its agents; note each one's main queue."""
    left, need = dict(free), dict(wanted)
    split: dict[tuple[int, int], int] = {}
    cell_of = {queue_of(cell): cell for cell in wanted}

    def give(agent: int, cell: int) -> None:
        time = min(left[agent], need[cell])
        if time > 0:
            split[agent, cell] = split.get((agent, cell), 0) + time
            left[agent] -= time
            need[cell] -= time

    for agent in sorted(left):
        stay = cell_of.get(last.get(agent, (-1, -1)))
        if stay is not None:
            give(agent, stay)
    for cell in sorted(need, key=lambda cell: (-need[cell], cell)):
        for agent in sorted(left, key=lambda agent: (-left[agent], agent)):
            if need[cell] == 0:
                break
            give(agent, cell)
    for agent in left:
        own = [(time, cell) for (who, cell), time in split.items() if who == agent]
        if own:
            last[agent] = queue_of(max(own)[1])
    return split

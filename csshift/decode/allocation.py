"""The hourly plan: flows of classes become shares of persons, with few switches."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.roster import AllocationShare

if TYPE_CHECKING:
    from csshift.compile.coverage import FlowColumns
    from csshift.instance import Instance

Integers = NDArray[np.int64]

PLACES = Decimal("0.000001")


def share_out(
    instance: Instance, flows: FlowColumns, values: Integers, free: Integers
) -> tuple[AllocationShare, ...]:
    """Return who serves which queue in each interval.

    In each interval an agent stays with the queue served just before as long as it needs
    anybody; what is left of the flows goes to the agents who are left, the longest flow first.

    Parameters
    ----------
    instance : Instance
    flows : FlowColumns
        Flows of classes of agents.
    values : int64 array, shape (columns,)
        Of the program that has these flows.
    free : int64 array, shape (agents, slots)
        Time units that each agent has for queues.
    """
    demand, horizon = instance.demand, instance.horizon
    wanted = _wanted(instance, flows, values)
    left: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    slots, agents = np.nonzero(free.T)
    groups = instance.classes.of_agent[agents]
    for slot, group, agent, time in zip(
        slots.tolist(), groups.tolist(), agents.tolist(), free[agents, slots].tolist(), strict=True
    ):
        left[slot, group][agent] = time

    queues = [(store, skill) for store in demand.stores for skill in demand.skills]
    main = [-1] * len(instance.agents)
    slot_of: list[int] = []
    pairs: list[int] = []
    times: list[int] = []
    for slot, group in sorted(wanted):
        split = _split(wanted[slot, group], left[slot, group], main, len(queues))
        ordered = sorted(split)
        pairs += ordered
        times += [split[pair] for pair in ordered]
        slot_of += [slot] * len(ordered)

    ids = [agent.agent_id for agent in instance.agents]
    starts = range(0, MINUTES_PER_DAY, horizon.interval_minutes)
    moments = list(product(horizon.dates, starts))
    units = instance.quantities.time_units
    share = {time: (Decimal(time) / units).quantize(PLACES) for time in set(times)}
    rows = []
    for slot, pair, time in zip(slot_of, pairs, times, strict=True):
        date, start = moments[slot]
        agent, queue = divmod(pair, len(queues))
        store, skill = queues[queue]
        rows.append(AllocationShare(date, start, ids[agent], store, skill, share[time]))
    return tuple(rows)


def _wanted(
    instance: Instance, flows: FlowColumns, values: Integers
) -> dict[tuple[int, int], dict[int, int]]:
    """Return the time units that each queue gets from a class, by (slot, class)."""
    demand = instance.demand
    slots = demand.day * instance.horizon.intervals_per_day + demand.interval
    queues = demand.store * len(demand.skills) + demand.skill
    used = np.flatnonzero(values[flows.column] > 0)
    cells, given = flows.cell[used], values[flows.column[used]]
    wanted: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for slot, group, queue, units in zip(
        slots[cells].tolist(),
        flows.group[used].tolist(),
        queues[cells].tolist(),
        given.tolist(),
        strict=True,
    ):
        wanted[slot, group][queue] = units
    return wanted


def _split(
    need: dict[int, int], left: dict[int, int], main: list[int], queues: int
) -> dict[int, int]:
    """Split the flows of a class in one slot among its agents.

    Parameters
    ----------
    need : dict of int to int
        Time units by queue; used up.
    left : dict of int to int
        Time units by agent, in order; used up.
    main : list of int
        The main queue of each agent so far, -1 for none; brought up to date.
    queues : int
        Number of queues.

    Returns
    -------
    dict of int to int
        Time units by agent x `queues` + queue.
    """
    split: dict[int, int] = {}
    spare = []
    for agent, time in left.items():
        stay = main[agent]
        given = min(time, need.get(stay, 0))
        if given:
            split[agent * queues + stay] = given
            need[stay] -= given
        if given < time:
            left[agent] = time - given
            spare.append(agent)
    longest: dict[int, tuple[int, int]] = {}
    for queue in sorted(need, key=lambda queue: (-need[queue], queue)):
        if not need[queue]:
            break
        spare.sort(key=lambda agent: (-left[agent], agent))
        for agent in spare:
            given = min(left[agent], need[queue])
            if not given:
                break
            pair, stay = agent * queues + queue, main[agent]
            split[pair] = split.get(pair, 0) + given
            stayed = split.get(agent * queues + stay, 0) if stay >= 0 else 0
            longest[agent] = max(longest.get(agent, (stayed, stay)), (split[pair], queue))
            left[agent] -= given
            need[queue] -= given
    for agent, (_, queue) in longest.items():
        main[agent] = queue
    return split

"""The hourly plan: flows of classes become shares of persons, with few switches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.roster import AllocationShare, Columns

if TYPE_CHECKING:
    from csshift.compile.coverage import FlowColumns
    from csshift.instance import Instance

Integers = NDArray[np.int64]

PLACES = Decimal("0.000001")


def share_out(
    instance: Instance, flows: FlowColumns, values: Integers, free: Integers
) -> Sequence[AllocationShare]:
    """Return who serves which queue in each interval, by interval and agent.

    In each interval an agent stays with the queue served just before while it needs anybody;
    the remaining flows go to the remaining agents, the longest flow first.

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
    demand, horizon, class_of = instance.demand, instance.horizon, instance.classes.of_agent
    used = np.flatnonzero(values[flows.column] > 0)
    cell, group, units = flows.cell[used], flows.group[used], values[flows.column[used]]
    flow_slot = demand.day[cell] * horizon.intervals_per_day + demand.interval[cell]
    queues = list(product(demand.stores, demand.skills))
    queue = demand.store[cell] * len(demand.skills) + demand.skill[cell]
    main = np.full(len(instance.agents), -1)
    found: list[int] = []
    stayed: list[Integers] = [np.zeros((4, 0), dtype=np.int64)]
    order = np.argsort(flow_slot, kind="stable")
    for now in np.split(order, np.flatnonzero(np.diff(flow_slot[order])) + 1) if used.size else ():
        slot = int(flow_slot[now[0]])
        # The last queue is that of agents who have served none yet: nobody needs it.
        need = np.zeros((instance.classes.count, len(queues) + 1), dtype=np.int64)
        need[group[now], queue[now]] = units[now]
        agents = np.flatnonzero(free[:, slot])
        time = free[agents, slot]
        given = _stay(need, class_of[agents], main[agents], time)
        stay = given > 0
        stayed.append(
            np.stack([np.full(stay.sum(), slot), agents[stay], main[agents[stay]], given[stay]])
        )
        some = given < time
        longest = dict(zip(agents[some].tolist(), given[some].tolist(), strict=True))
        left = zip(agents[some].tolist(), (time - given)[some].tolist(), strict=True)
        for agent, place, amount in _fill(need, class_of, dict(left)):
            found += (slot, agent, place, amount)
            if (amount, place) > (longest[agent], int(main[agent])):
                longest[agent], main[agent] = amount, place
    return _rows(instance, queues, np.hstack([*stayed, np.reshape(found, (-1, 4)).T]))


def _stay(need: Integers, group: Integers, queue: Integers, time: Integers) -> Integers:
    """Return the time that agents, in order, give to the queue they served; take it off `need`."""
    order = np.lexsort((queue, group))
    group, queue, time = group[order], queue[order], time[order]
    before = np.cumsum(time) - time
    first = np.ones(time.size, dtype=np.bool_)
    first[1:] = (group[1:] != group[:-1]) | (queue[1:] != queue[:-1])
    before -= np.maximum.accumulate(np.where(first, before, 0))
    given = np.empty_like(time)
    given[order] = taken = np.clip(need[group, queue] - before, 0, time)
    np.subtract.at(need, (group, queue), taken)
    return given


def _fill(
    need: Integers, class_of: Integers, left: dict[int, int]
) -> Iterator[tuple[int, int, int]]:
    """Yield (agent, queue, time) for what classes still need, the longest flow first."""
    for group in np.flatnonzero(need.any(axis=1)).tolist():
        spare = [agent for agent in left if class_of[agent] == group]
        for queue in np.argsort(-need[group], kind="stable").tolist():
            missing = int(need[group, queue])
            if not missing:
                break
            for agent in sorted(spare, key=left.__getitem__, reverse=True):
                given = min(left[agent], missing)
                if not given:
                    break
                yield agent, queue, given
                left[agent] -= given
                missing -= given


def _rows(
    instance: Instance, queues: list[tuple[str, str]], table: Integers
) -> Columns[AllocationShare]:
    """Return the rows of (slot, agent, queue, time units), shape (4, rows)."""
    slot, agent, queue, time = table[:, np.lexsort(table[[2, 1, 0]])].tolist()
    starts = range(0, MINUTES_PER_DAY, instance.horizon.interval_minutes)
    moments = list(product(instance.covered_dates, starts))
    ids = [person.agent_id for person in instance.agents]
    units = instance.quantities.time_units
    share = {amount: (Decimal(amount) / units).quantize(PLACES) for amount in set(time)}
    return Columns(
        AllocationShare,
        [moments[i][0] for i in slot],
        [moments[i][1] for i in slot],
        [ids[i] for i in agent],
        [queues[i][0] for i in queue],
        [queues[i][1] for i in queue],
        [share[amount] for amount in time],
    )

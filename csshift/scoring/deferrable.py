"""Work with a deadline judged: what the finished roster gets done, what is late, what is left."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from csshift.demand.deferrable import Hands, Progress, work_off
from csshift.instance import Instance
from csshift.instance.deferring import DeferredQueue, deferred_queues, open_slots
from csshift.model.roster import Roster
from csshift.model.score import DeferredWork
from csshift.scoring.coverage import offered_time

Floats = NDArray[np.float64]


def judge_deferrable(instance: Instance, roster: Roster) -> tuple[DeferredWork, ...]:
    """Return what becomes of the deferrable work of each store and skill.

    The earliest deadline first, in the time that the hourly plan gives to it, then in time
    that the plan gives to nothing, of those who may do it.
    """
    queues = deferred_queues(instance)
    if not queues:
        return ()
    fenced, idle = _fenced(instance, roster, queues), _idle(instance, roster)
    per_hour = np.array([_inquiries_an_hour(queue) for queue in queues])
    rate = np.array([_efficiencies(instance, queue) for queue in queues]) * per_hour[:, None]
    hands = Hands(fenced=fenced * per_hour[:, None], idle=idle, rate=rate)
    minutes = instance.horizon.interval_minutes
    works = [queue.work(minutes) for queue in queues]
    windows = np.array([open_slots(instance, queue.skill) for queue in queues])
    progress, used = work_off(works, hands, windows)
    return tuple(
        _judged(queue, each, float(ring.sum()), float(spare.sum()))
        for queue, each, ring, spare in zip(queues, progress, fenced, used, strict=True)
    )


def _judged(queue: DeferredQueue, each: Progress, ring_fenced: float, spare: float) -> DeferredWork:
    return DeferredWork(
        store=queue.store,
        skill=queue.skill.name,
        backlog=queue.backlog,
        arrivals=float(queue.arrivals.sum()),
        done=float(each.done.sum()),
        late=float(each.late.sum()),
        left=float(each.left[-1]),
        ring_fenced_hours=ring_fenced,
        idle_hours=spare,
    )


def _inquiries_an_hour(queue: DeferredQueue) -> float:
    """Return the inquiries that an agent of efficiency 1 does in an hour at work."""
    skill = queue.skill
    return 3600 / (skill.handle_seconds or np.inf) * skill.max_occupancy * (1 - skill.shrinkage)


def _efficiencies(instance: Instance, queue: DeferredQueue) -> list[float]:
    return [
        float(instance.efficiency(agent, queue.store, queue.skill.name))
        for agent in instance.agents
    ]


def _fenced(instance: Instance, roster: Roster, queues: tuple[DeferredQueue, ...]) -> Floats:
    """Return head-hours of efficiency 1 that the plan gives to each queue, by slot."""
    horizon, index = instance.horizon, instance.grid.agent_index
    position = {(queue.store, queue.skill.name): i for i, queue in enumerate(queues)}
    found = np.zeros((len(queues), horizon.days * horizon.intervals_per_day))
    for entry in roster.allocation:
        queue = position.get((entry.store, entry.skill))
        if queue is not None:
            ability = instance.agents[index[entry.agent_id]].skills.get(entry.skill, 0)
            slot = horizon.index(entry.date) * horizon.intervals_per_day
            slot += entry.start // horizon.interval_minutes
            found[queue, slot] += float(entry.share * ability) * horizon.interval_hours
    return found


def _idle(instance: Instance, roster: Roster) -> Floats:
    """Return hours that the plan gives to nothing, shape (agents, slots)."""
    horizon, index = instance.horizon, instance.grid.agent_index
    unit = Fraction(1, instance.quantities.time_units)
    idle = np.zeros((len(instance.agents), horizon.days * horizon.intervals_per_day))
    for (agent_id, date, interval), units in offered_time(instance, roster).items():
        slot = horizon.index(date) * horizon.intervals_per_day + interval
        idle[index[agent_id], slot] += float(units * unit)
    for entry in roster.allocation:
        slot = horizon.index(entry.date) * horizon.intervals_per_day
        slot += entry.start // horizon.interval_minutes
        idle[index[entry.agent_id], slot] -= float(entry.share)
    # Shares are written with six places: what is left of rounding is no time.
    return np.where(idle > 1e-5, idle, 0.0) * horizon.interval_hours

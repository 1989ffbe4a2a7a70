"""Work with a deadline judged: what the finished roster gets done, what is late, what is left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csshift.demand.deferrable import Hands, Progress, work_off
from csshift.instance import Instance
from csshift.instance.deferring import DeferredQueue, deferred_queues, open_slots
from csshift.model.score import DeferredWork
from csshift.scoring.coverage import HourlyPlan

Floats = NDArray[np.float64]


def score_deferrable(instance: Instance, plan: HourlyPlan) -> tuple[DeferredWork, ...]:
    """Return what becomes of the deferrable work of each store and skill.

    The earliest deadline first, in the time that the hourly plan gives to it, then in time
    that the plan gives to nothing, of those who may do it.
    """
    queues = deferred_queues(instance)
    if not queues:
        return ()
    fenced, idle = _fenced(instance, plan, queues), _idle(instance, plan)
    per_hour = np.array([_inquiries_an_hour(queue) for queue in queues])
    rate = np.array([_efficiencies(instance, queue) for queue in queues]) * per_hour[:, None]
    hands = Hands(fenced=fenced * per_hour[:, None], idle=idle, rate=rate)
    minutes = instance.horizon.interval_minutes
    works = [queue.work(minutes) for queue in queues]
    windows = np.array([open_slots(instance, queue.skill) for queue in queues])
    progress, used = work_off(works, hands, windows)
    planned = instance.horizon.days * instance.horizon.intervals_per_day
    return tuple(
        _judged(queue, each, float(ring[:planned].sum()), float(spare[:planned].sum()), planned)
        for queue, each, ring, spare in zip(queues, progress, fenced, used, strict=True)
    )


def _judged(
    queue: DeferredQueue, each: Progress, ring_fenced: float, spare: float, planned: int
) -> DeferredWork:
    """Return the figures at the end of the planned days, when the next horizon starts."""
    return DeferredWork(
        store=queue.store,
        skill=queue.skill.name,
        backlog=queue.backlog,
        arrivals=float(queue.arrivals[:planned].sum()),
        done=float(each.done[:planned].sum()),
        late=float(each.late[:planned].sum()),
        left=float(each.left[planned - 1]),
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


def _fenced(instance: Instance, plan: HourlyPlan, queues: tuple[DeferredQueue, ...]) -> Floats:
    """Return head-hours of efficiency 1 that the plan gives to each queue, by slot."""
    found = np.zeros((len(queues), plan.offered.shape[1]))
    hours = instance.horizon.interval_hours / instance.quantities.time_units
    for position, queue in enumerate(queues):
        ability = [float(agent.skills.get(queue.skill.name, 0)) for agent in instance.agents]
        rows = plan.queue == plan.queues.index((queue.store, queue.skill.name))
        given = np.array(ability)[plan.agent[rows]] * plan.units[rows] * hours
        np.add.at(found[position], plan.slot[rows], given)
    return found[:, : instance.slots]


def _idle(instance: Instance, plan: HourlyPlan) -> Floats:
    """Return hours that the plan gives to nothing, shape (agents, slots)."""
    left = np.maximum(plan.offered - plan.used, 0)[:, : instance.slots]
    hours = left / instance.quantities.time_units * instance.horizon.interval_hours
    return np.asarray(hours, dtype=np.float64)

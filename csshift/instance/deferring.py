"""Plans deferrable work before the roster, as ring-fenced heads.

The roster is not known yet. A small linear program estimates how many people are at work in each
hour for live contacts: complete shifts, as many as people and hours allow, with the least shortage.
The work is then placed, within its window and before its deadline, where they have most time to
spare. People, skills and stores are pooled for this; the roster itself treats each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.demand.deferrable import Work, collect_work, deadline_slots
from csshift.instance.relaxed import people_at_work
from csshift.instance.supply import Supply
from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.skills import Skill

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DeferredQueue:
    """Deferrable work of one store and skill.

    Parameters
    ----------
    store : str
        Name of the queue: a store, or several such as ``S1|S2``.
    skill : Skill
    arrivals : float array, shape (slots,)
        Inquiries for agents.
    backlog : float
        Inquiries waiting when the horizon starts.
    """

    store: str
    skill: Skill
    arrivals: Floats
    backlog: float

    def work(self, interval_minutes: int) -> Work:
        """Return the work in the order of its deadlines."""
        slots = deadline_slots(self.skill.deadline_hours, interval_minutes)
        return collect_work(self.arrivals, self.backlog, slots)


def deferred_queues(supply: Supply) -> tuple[DeferredQueue, ...]:
    """Return the deferrable work that the forecast brings, by skill and queue.

    Cells for which requirements.csv gives heads are left out: they are planned there. A
    skill's backlog is split over its stores as its inquiries are, evenly where there are none.
    """
    given = {
        (cell.date, cell.start, cell.store, cell.skill) for cell in supply.planned.requirements
    }
    found: dict[tuple[str, str], Floats] = {}
    for cell in supply.planned.forecast:
        skill = supply.skill_on(cell.skill, cell.date)
        if skill.channel != "deferrable" or skill.handle_seconds is None:
            continue
        if (cell.date, cell.start, cell.store, cell.skill) in given:
            continue
        queue = supply.pools.queue_of(cell.store, cell.skill)
        row = found.setdefault((cell.skill, queue), np.zeros(supply.slots))
        row[supply.slot(cell.date, cell.start)] += cell.inquiries * (1 - skill.bot_share)
    queues = sorted(found.items())
    shares = backlog_shares([name for (name, _), _ in queues], [row.sum() for _, row in queues])
    return tuple(
        DeferredQueue(store, skill, row, skill.backlog * share)
        for ((_, store), row), skill, share in zip(
            queues, (supply.known_skills[name] for (name, _), _ in queues), shares, strict=True
        )
    )


def backlog_shares(skills: Sequence[str], inquiries: Sequence[float]) -> list[float]:
    """Return the share of each queue in the backlog of its skill.

    Parameters
    ----------
    skills : sequence of str
        The skill of each queue.
    inquiries : sequence of float
        Inquiries of each queue over the horizon; where a skill has none, its queues share alike.
    """
    total, count = dict.fromkeys(skills, 0.0), dict.fromkeys(skills, 0)
    for skill, amount in zip(skills, inquiries, strict=True):
        total[skill] += float(amount)
        count[skill] += 1
    return [
        float(amount) / total[skill] if total[skill] else 1 / count[skill]
        for skill, amount in zip(skills, inquiries, strict=True)
    ]


def deferred_heads(supply: Supply, live: Floats) -> list[tuple[DeferredQueue, Floats]]:
    """Return the heads to be ring-fenced for each queue, shape (slots,) each.

    Parameters
    ----------
    supply : Supply
    live : float array, shape (slots, stores, skills)
        Heads for live contacts and given requirements.
    """
    from csshift.demand.spreading import (
        by_source,
        place_work,
    )  # loads nothing where none is deferred

    queues = deferred_queues(supply)
    if not queues:
        return []
    background, capacity = _slack(supply, queues, live)
    planned = []
    minutes = supply.horizon.interval_minutes
    for name in sorted({queue.skill.name for queue in queues}, key=lambda n: _urgency(supply, n)):
        own = [queue for queue in queues if queue.skill.name == name]
        work, sources = _together([queue.work(minutes) for queue in own])
        heads = heads_of_inquiry(own[0].skill, minutes)
        keep = sum(queue.backlog for queue in own)
        window = _window(supply, own[0].skill, live)
        done = place_work(work, window, background / heads, capacity / heads, keep)
        background = background + done * heads
        shares = by_source(work, done, sources, len(own)) * heads
        planned += list(zip(own, shares, strict=True))
    return planned


def heads_of_inquiry(skill: Skill, interval_minutes: int) -> float:
    """Return the heads that one inquiry per interval takes, occupancy and shrinkage included."""
    busy = (skill.handle_seconds or 0.0) / (60.0 * interval_minutes)
    return busy / skill.max_occupancy / (1 - skill.shrinkage)


def _urgency(supply: Supply, name: str) -> tuple[float, str]:
    return supply.known_skills[name].deadline_hours, name


def _together(works: list[Work]) -> tuple[Work, NDArray[np.int64]]:
    arrives = np.concatenate([work.arrives for work in works])
    due = np.concatenate([work.due for work in works])
    amount = np.concatenate([work.amount for work in works])
    sources = np.repeat(np.arange(len(works)), [work.amount.size for work in works])
    order = np.lexsort((sources, due))
    return Work(arrives[order], due[order], amount[order]), sources[order]


def _slack(
    supply: Supply, queues: tuple[DeferredQueue, ...], live: Floats
) -> tuple[Floats, Floats]:
    """Return the heads of those who may do the work: for live contacts, and at work."""
    stores, skills = tuple(supply.pools.stores), tuple(supply.known_skills)
    able = np.array(
        [
            [[supply.efficiency(agent, store, skill) > 0 for skill in skills] for store in stores]
            for agent in supply.agents
        ]
    )
    wanted = [(stores.index(queue.store), skills.index(queue.skill.name)) for queue in queues]
    pool = np.any([able[:, store, skill] for store, skill in wanted], axis=0)
    part = able[pool].sum(axis=0) / np.maximum(able.sum(axis=0), 1)
    background = np.asarray((live * part).sum(axis=(1, 2)), dtype=np.float64)
    daily, window = _daily_work(supply, queues, live)
    return background, people_at_work(supply, pool, background, daily, window)


def _window(supply: Supply, skill: Skill, live: Floats) -> NDArray[np.bool_]:
    """Return when work is planned: in its window; without one, while there are live contacts.

    On a day without live contacts, whenever somebody can be at work.
    """
    whenever = open_slots(supply, skill)
    if skill.working_window is not None:
        return whenever
    somebody = live.any(axis=(1, 2))
    day = supply.day_of_slot
    busy = np.bincount(day, weights=somebody) > 0
    return np.where(busy[day], somebody, True)


def _daily_work(
    supply: Supply, queues: tuple[DeferredQueue, ...], live: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the heads of deferrable work by day, and the intervals open to some of it."""
    horizon = supply.horizon
    days = np.zeros(horizon.days)
    window = np.zeros(supply.slots, dtype=np.bool_)
    for queue in queues:
        arrivals = np.bincount(supply.day_of_slot, weights=queue.arrivals)
        arrivals[0] += queue.backlog
        days += arrivals * heads_of_inquiry(queue.skill, horizon.interval_minutes)
        window |= _window(supply, queue.skill, live)
    return days, window


def open_slots(supply: Supply, skill: Skill) -> NDArray[np.bool_]:
    """Return the intervals that lie completely in the working window of a skill, shape (slots,).

    A window past midnight continues on the next day. Without a window, every interval.
    """
    horizon = supply.horizon
    window = skill.working_window
    if window is None:
        return np.ones(supply.slots, dtype=np.bool_)
    starts = np.arange(horizon.intervals_per_day) * horizon.interval_minutes
    ends = starts + horizon.interval_minutes
    today = (window.start <= starts) & (ends <= window.end)
    overnight = (window.start <= starts + MINUTES_PER_DAY) & (ends + MINUTES_PER_DAY <= window.end)
    return np.tile(today | overnight, horizon.days + 1)[: supply.slots]

"""Days at work as the plan has them: hours, break, duties, and the queues of each interval."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date as Date
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.instance import Instance
from csshift.instance.edges import night_rows
from csshift.model.duties import Duty
from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.roster import DutyTurn, Roster
from csshift.model.shifts import Shift

Queues: TypeAlias = tuple[tuple[str, str], ...]
Share: TypeAlias = tuple[int, float]
"""A queue, and a share of an interval."""


@dataclass
class Plan:
    """What the hourly plan assigns to an agent in one interval.

    Parameters
    ----------
    calls, chats, deferrable : list of (queue, share)
        Shares of the interval by queue.
    set_aside : float
        Share for queues without a forecast.
    """

    calls: list[Share] = field(default_factory=list)
    chats: list[Share] = field(default_factory=list)
    deferrable: list[Share] = field(default_factory=list)
    set_aside: float = 0.0


@dataclass(frozen=True, eq=False)
class Turn:
    """One day at work of one agent; times in seconds from the start of the horizon.

    Parameters
    ----------
    agent : int
    spans : tuple of (float, float)
        Hours of the shift, breaks included.
    break_seconds : float
    duties : tuple of (float, float, float)
        Start and end of a duty's window, and the share of the time in it that it takes.
    plans : dict of int to Plan
        By slot.
    shrinkage : float array, shape (queues,)
        Share of the time for a queue that is not spent on it.
    """

    agent: int
    spans: tuple[tuple[float, float], ...]
    break_seconds: float
    duties: tuple[tuple[float, float, float], ...]
    plans: dict[int, Plan]
    shrinkage: NDArray[np.float64]


def find_turns(
    instance: Instance,
    roster: Roster,
    queues: Queues,
    live: int,
    efficiency: NDArray[np.float64],
    expected: NDArray[np.float64],
) -> tuple[Turn, ...]:
    """Return every day at work, the night before the horizon included, by day and agent.

    Parameters
    ----------
    problem, roster
        As for `desk_of`.
    queues : tuple of (str, str)
        Store and skill; the first `live` hold live contacts.
    live : int
    efficiency : float array, shape (agents, queues)
    expected : float array, shape (queues, slots)
        Inquiries.
    """
    index, known = instance.grid.agent_index, {shift.code: shift for shift in instance.shifts}
    plans = _plans(instance, roster, _Pooled(instance, queues, live, efficiency, expected), live)
    rows = night_rows(instance.problem.history, instance.horizon)
    night = [row for row in rows if row.agent_id in index and row.shift in known]
    assignments = (*(row for row in night if known[row.shift].overnight), *roster.assignments)
    held: defaultdict[tuple[str, Date], list[DutyTurn]] = defaultdict(list)
    duties = {duty.name: duty for duty in instance.duties}
    for turn in (*instance.past_turns, *roster.duties):
        held[turn.agent_id, turn.date].append(turn)
    shrinkage = np.array([instance.known_skills[skill].shrinkage for _, skill in queues])
    turns = []
    for entry in sorted(assignments, key=lambda entry: (entry.date, index[entry.agent_id])):
        if known[entry.shift].standby:
            continue
        day = instance.horizon.index(entry.date)
        shift, agent = known[entry.shift], index[entry.agent_id]
        turns.append(
            Turn(
                agent=agent,
                spans=_spans(shift, day),
                break_seconds=60.0 * shift.break_minutes,
                duties=tuple(
                    _window(duties[turn.duty], day)
                    for turn in held.get((entry.agent_id, entry.date), ())
                ),
                plans=plans[agent],
                shrinkage=shrinkage * (efficiency[agent] > 0),
            )
        )
    return tuple(turns)


@dataclass(frozen=True, eq=False)
class _Pooled:
    """The queues of single stores in a queue of the plan: inquiries come to stores.

    Parameters
    ----------
    instance : Instance
    queues : tuple of (str, str)
    live : int
    efficiency : float array, shape (agents, queues)
    expected : float array, shape (queues, slots)
    """

    instance: Instance
    queues: Queues
    live: int
    efficiency: NDArray[np.float64]
    expected: NDArray[np.float64]

    @cached_property
    def _position(self) -> dict[tuple[str, str], int]:
        return {queue: i for i, queue in enumerate(self.queues)}

    def parts(self, agent: int, queue: str, skill: str, slot: int) -> list[Share]:
        """Return which of a plan's queue an agent serves, and the part of his time for each.

        Time is shared as inquiries come in the interval, or on the whole for work that waits.
        """
        stores = self.instance.stores_of(queue)
        known = [self._position[s, skill] for s in stores if (s, skill) in self._position]
        if len(known) > 1:
            known = [place for place in known if self.efficiency[agent, place] > 0]
        if len(known) <= 1:
            return [(place, 1.0) for place in known]
        rows = self.expected[known]
        come = rows.sum(axis=1) if known[0] >= self.live else rows[:, slot]
        if not come.sum():
            come = np.ones(len(known))
        return list(zip(known, (come / come.sum()).tolist(), strict=True))


def _plans(
    instance: Instance, roster: Roster, pooled: _Pooled, live: int
) -> defaultdict[int, dict[int, Plan]]:
    """Return the plan of each agent by slot."""
    index = instance.grid.agent_index
    found: defaultdict[int, dict[int, Plan]] = defaultdict(lambda: defaultdict(Plan))
    for entry in roster.allocation:
        slot = instance.slot(entry.date, entry.start)
        plan = found[index[entry.agent_id]][slot]
        parts = pooled.parts(index[entry.agent_id], entry.store, entry.skill, slot)
        for queue, part in parts:
            share = float(entry.share) * part
            if queue >= live:
                plan.deferrable.append((queue, share))
            elif instance.known_skills[entry.skill].channel == "call":
                plan.calls.append((queue, share))
            else:
                plan.chats.append((queue, share))
        if not parts:
            plan.set_aside += float(entry.share)
    return found


def _spans(shift: Shift, day: int) -> tuple[tuple[float, float], ...]:
    first = day * MINUTES_PER_DAY
    return tuple((60.0 * (first + span.start), 60.0 * (first + span.end)) for span in shift.hours)


def _window(duty: Duty, day: int) -> tuple[float, float, float]:
    first = day * MINUTES_PER_DAY
    window = duty.window
    return 60.0 * (first + window.start), 60.0 * (first + window.end), float(duty.share)

"""What a simulation needs of a problem and a roster: queues, terms, abilities, turns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.errors import Fault, InputError
from csshift.instance import Instance
from csshift.model.roster import Roster
from csshift.model.skills import Skill
from csshift.simulation.turns import Turn, find_turns

CALLS, CHATS, ANYTHING = 1, 2, 3
"""What an agent at the desk takes, as bits; 0 is an agent who takes nothing new."""


class Terms(NamedTuple):
    """How contacts of one queue behave on one day; all times in seconds.

    Parameters
    ----------
    channel : int
        `CALLS` or `CHATS`.
    work : float
        Mean work on a call, or on a reply, of an agent of efficiency 1.
    gap : float
        Chats: mean time until the customer's next message.
    replies : float
        Replies in a session; 1 for calls.
    weight : float
        Part of an agent that one contact fills: 1 / sessions at once; 1 for calls.
    patience : float
        Calls: mean time until a waiting customer gives up; infinite when never.
    within : float
        Threshold of the service level.
    """

    channel: int
    work: float
    gap: float
    replies: float
    weight: float
    patience: float
    within: float


@dataclass(frozen=True, eq=False)
class Desk:
    """A problem and a roster, said for the simulation.

    Parameters
    ----------
    queues : tuple of (str, str)
        Store and skill of every queue with a forecast; those with live contacts come first.
    live : int
        Number of queues with live contacts; the others are deferrable work.
    expected : float array, shape (queues, slots)
        Inquiries expected for agents; those that a bot answers are left out.
    efficiency : float array, shape (agents, queues)
        0 where the agent may not serve the queue.
    turns : tuple of Turn
        Every agent's days at work.
    set_aside : tuple of (str, str)
        Queues that have heads but no forecast; what the plan gives them is taken away.
    """

    instance: Instance
    queues: tuple[tuple[str, str], ...]
    live: int
    expected: NDArray[np.float64]
    efficiency: NDArray[np.float64]
    turns: tuple[Turn, ...]
    set_aside: tuple[tuple[str, str], ...]

    @property
    def slots(self) -> int:
        """Intervals that demand covers, the morning after the horizon included."""
        return int(self.expected.shape[1])

    @property
    def slot_seconds(self) -> float:
        """Length of an interval, seconds."""
        return 60.0 * self.instance.horizon.interval_minutes

    def channel(self, queue: int) -> str:
        """Return the channel of a queue: call, chat or deferrable."""
        return self.instance.known_skills[self.queues[queue][1]].channel

    @cached_property
    def skills(self) -> tuple[tuple[Skill, ...], ...]:
        """The skill of each queue as it is on each day."""
        dates = self.instance.covered_dates
        return tuple(
            tuple(self.instance.skill_on(skill, date) for date in dates) for _, skill in self.queues
        )

    @cached_property
    def terms(self) -> tuple[tuple[Terms, ...], ...]:
        """The terms of each queue with live contacts, on each day."""
        return tuple(tuple(map(_terms, days)) for days in self.skills[: self.live])


def desk_of(instance: Instance, roster: Roster) -> Desk:
    """Return a problem and a roster as the simulation needs them.

    Parameters
    ----------
    roster : Roster
        With an hourly plan; an agent whom it names nowhere serves every queue that he may.

    Raises
    ------
    InputError
        When there is no forecast of anything that could be simulated.
    """
    queues, live = _queues(instance)
    expected = _expected(instance, queues)
    efficiency = np.array(
        [
            [float(agent.efficiency(store, skill)) for store, skill in queues]
            for agent in instance.agents
        ]
    )
    wanted = {(cell.store, cell.skill) for cell in instance.planned.requirements if cell.heads > 0}
    return Desk(
        instance=instance,
        queues=queues,
        live=live,
        expected=expected,
        efficiency=efficiency,
        turns=find_turns(instance, roster, queues, live, efficiency, expected),
        set_aside=tuple(sorted(wanted - set(queues))),
    )


def _queues(instance: Instance) -> tuple[tuple[tuple[str, str], ...], int]:
    known = instance.known_skills
    waits = {skill.name for skill in known.values() if skill.channel == "deferrable"}
    found = {
        (cell.store, cell.skill)
        for cell in instance.planned.forecast
        for skill in (known[cell.skill],)
        if cell.inquiries > 0 or (cell.skill in waits and skill.backlog > 0)
        if skill.channel == "chat" or skill.handle_seconds is not None
    }
    if not found:
        raise InputError([Fault("forecast", "no inquiries to simulate", "give forecast.csv")])
    live = [key for key in sorted(found) if key[1] not in waits]
    return (*live, *(key for key in sorted(found) if key[1] in waits)), len(live)


def _expected(instance: Instance, queues: tuple[tuple[str, str], ...]) -> NDArray[np.float64]:
    expected = np.zeros((len(queues), instance.slots))
    position = {queue: i for i, queue in enumerate(queues)}
    bots = {
        (name, date): instance.skill_on(name, date).bot_share
        for name in {skill for _, skill in queues}
        for date in instance.covered_dates
    }
    for cell in instance.planned.forecast:
        queue = position.get((cell.store, cell.skill))
        if queue is not None:
            slot = instance.slot(cell.date, cell.start)
            expected[queue, slot] += cell.inquiries * (1 - bots[cell.skill, cell.date])
    return expected


def _terms(skill: Skill) -> Terms:
    if skill.channel == "chat":
        return Terms(
            CHATS,
            skill.reply_seconds,
            skill.customer_gap_seconds,
            skill.replies_per_session,
            1 / skill.sessions_at_once,
            np.inf,
            skill.response_within_seconds,
        )
    patience = np.inf if skill.patience_seconds is None else skill.patience_seconds
    within = skill.answer_within_seconds
    return Terms(CALLS, skill.handle_seconds or 0.0, 0.0, 1.0, 1.0, patience, within)

"""One replication, event by event: arrivals, changes at the desk, replies, messages, patience.

Among the agents who serve the queue in that interval by the plan, a call goes to the one who has
waited longest since the last contact, a chat to the one with the fewest sessions. If none of them
is free, it goes to an idle agent at the desk who may serve it; else it waits. Agents who leave pass
their sessions to those who stay; if nobody stays, they end them first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from csshift.simulation.attendance import Change
from csshift.simulation.desk import CALLS, CHATS, Desk, Terms
from csshift.simulation.tally import (
    BUSY,
    CONTACTS,
    GIVEN_UP,
    IN_TIME,
    REPLIES,
    REQUESTS,
    RESPONSE,
    WAITED,
    WAITED_NO_MORE,
    WITHIN_180,
    Tally,
)

DONE, WRITES, GIVES_UP = range(3)
NOBODY = -1
FULL = 1 + 1e-9
ON_CALL = 2.0
"""Load of an agent on a call: no place for anything else."""

BATCH = 1 << 16
FOREVER = float("inf")
NO_CHANGE = Change(FOREVER, NOBODY, 0, 0, ())
NO_ARRIVAL = (FOREVER, 0, 0)


def exponentials(rng: np.random.Generator) -> Iterator[float]:
    """Yield exponential times of mean 1 without end."""
    while True:
        yield from rng.standard_exponential(BATCH).tolist()


class Contact:
    """A call or a session; `agent` is `NOBODY` while it has none.

    `since` is the time at which the customer last wrote or called, `cell` the cell that counts it.
    """

    __slots__ = ("agent", "cell", "left", "queue", "since", "terms", "waiting")

    def __init__(self, queue: int, terms: Terms, left: int) -> None:
        self.queue, self.terms, self.left = queue, terms, left
        self.agent, self.since, self.cell = NOBODY, 0.0, 0
        self.waiting = False


class Agent:
    """An agent at the desk."""

    __slots__ = ("current", "idle_since", "inbox", "load", "others", "queues", "sessions", "slot",
                 "takes")  # fmt: skip

    def __init__(self) -> None:
        self.takes, self.slot, self.load = 0, 0, 0.0
        self.queues: tuple[int, ...] = ()
        self.others: tuple[int, ...] = ()
        self.current: Contact | None = None
        self.sessions: dict[Contact, None] = {}
        self.inbox: deque[Contact] = deque()
        self.idle_since = -1.0


class Loop:
    """The desk while a replication runs.

    Parameters
    ----------
    tally : Tally
        Counts all that happens.
    """

    def __init__(self, desk: Desk, tally: Tally, rng: np.random.Generator) -> None:
        self.desk, self.tally = desk, tally
        self.chance = exponentials(rng)
        self.rng = rng
        self.seconds, self.slots = desk.slot_seconds, desk.slots
        self.speed = desk.efficiency.tolist()
        self.able = [tuple(q for q in range(desk.live) if row[q] > 0) for row in self.speed]
        self.channel = [days[0].channel for days in desk.terms]
        self.agents = [Agent() for _ in self.speed]
        self.planned: list[dict[int, None]] = [{} for _ in range(desk.live)]
        self.helping: list[dict[int, None]] = [{} for _ in range(desk.live)]
        self.line: list[deque[Contact]] = [deque() for _ in range(desk.live)]
        self.waiting = 0
        self.events: list[tuple[float, int, int, Contact]] = []
        self.made = 0
        self.requests, self.busy = tally.counts[REQUESTS], tally.counts[BUSY]
        self.slot, self.edge = 0, self.seconds if self.slots > 1 else FOREVER

    def run(self, changes: list[Change], arrivals: list[tuple[float, int, int]]) -> None:
        """Run until nothing arrives any more and every contact is finished.

        Parameters
        ----------
        changes : list of Change
            In the order of time.
        arrivals : list of (time, queue, replies)
            In the order of time.
        """
        events = self.events
        actions = (self._done, self._writes, self._gives_up)
        to_come, to_change = iter(arrivals), iter(changes)
        arrival, change = next(to_come, NO_ARRIVAL), next(to_change, NO_CHANGE)
        comes, turns = arrival[0], change.time
        while True:
            now = events[0][0] if events else FOREVER
            now = min(now, comes)
            now = min(turns, now)
            if now >= self.edge:
                if now == FOREVER:
                    return
                self._next_slot(now)
            if turns <= now:
                self._changes(change)
                change = next(to_change, NO_CHANGE)
                turns = change.time
            elif comes <= now:
                self._arrives(*arrival)
                arrival = next(to_come, NO_ARRIVAL)
                comes = arrival[0]
            else:
                _, kind, _, contact = heappop(events)
                actions[kind](contact, now)

    def _later(self, time: float, kind: int, contact: Contact) -> None:
        self.made += 1  # no two events are compared beyond this number
        heappush(self.events, (time, kind, self.made, contact))

    def _next_slot(self, now: float) -> None:
        self.slot = int(min(now // self.seconds, self.slots - 1))
        last = self.slot == self.slots - 1  # what is in hand at the end is counted there
        self.edge = FOREVER if last else (self.slot + 1) * self.seconds

    def _count(self, measure: int, queue: int) -> None:
        self.tally.counts[measure][queue * self.slots + self.slot] += 1

    def _arrives(self, now: float, queue: int, replies: int) -> None:
        day = int(now // 86_400)
        terms = self.desk.terms[queue][day]
        contact = Contact(queue, terms, replies)
        self._count(CONTACTS, queue)
        self._request(contact, now)
        if not self._place(contact, now):
            self._wait(contact)
            if terms.patience < np.inf:
                self._later(now + next(self.chance) * terms.patience, GIVES_UP, contact)

    def _request(self, contact: Contact, now: float) -> None:
        contact.since = now
        contact.cell = cell = contact.queue * self.slots + self.slot
        self.requests[cell] += 1

    def _wait(self, contact: Contact, *, first: bool = False) -> None:
        line = self.line[contact.queue]
        contact.waiting = True
        self.waiting += 1
        (line.appendleft if first else line.append)(contact)
        self._count(WAITED, contact.queue)

    def _wait_no_more(self, contact: Contact) -> None:
        contact.waiting = False
        self.waiting -= 1
        self._count(WAITED_NO_MORE, contact.queue)

    def _gives_up(self, contact: Contact, _: float) -> None:
        if contact.waiting:
            # It stays in the line until it is next, so that a long line costs nothing here.
            self._wait_no_more(contact)
            self.tally.counts[GIVEN_UP][contact.cell] += 1

    def _place(self, contact: Contact, now: float) -> bool:
        """Give a contact to an agent, if one has a place for it."""
        queue = contact.queue
        best, least = NOBODY, FULL
        weight = contact.terms.weight
        for agent in self.planned[queue]:
            load = self.agents[agent].load
            if load < least and load + weight <= FULL:
                best, least = agent, load
                if not load:
                    break
        if best == NOBODY:
            for agent in self.helping[queue]:
                if not self.agents[agent].load:
                    best = agent
                    break
        if best == NOBODY:
            return False
        self._take(best, contact, now)
        return True

    def _take(self, who: int, contact: Contact, now: float) -> None:
        agent, queue = self.agents[who], contact.queue
        for present in (self.planned[queue], self.helping[queue]):
            if who in present:  # to the end, so that work goes round
                del present[who]
                present[who] = None
        if agent.idle_since >= 0:
            self.tally.idle[who][agent.slot] += now - agent.idle_since
            agent.idle_since = -1.0
        contact.agent = who
        if contact.terms.channel == CALLS:
            agent.load = ON_CALL
            self._answered(contact, now)
            self._work(agent, contact, now)
            return
        agent.load += contact.terms.weight
        agent.sessions[contact] = None
        agent.inbox.append(contact)
        if agent.current is None:
            self._work(agent, agent.inbox.popleft(), now)

    def _work(self, agent: Agent, contact: Contact, now: float) -> None:
        agent.current = contact
        time = next(self.chance) * contact.terms.work / self.speed[contact.agent][contact.queue]
        self.busy[contact.queue * self.slots + self.slot] += time
        self.made += 1
        heappush(self.events, (now + time, DONE, self.made, contact))

    def _answered(self, contact: Contact, now: float) -> None:
        counts, took, cell = self.tally.counts, now - contact.since, contact.cell
        counts[REPLIES][cell] += 1
        counts[RESPONSE][cell] += took
        if took <= contact.terms.within:
            counts[IN_TIME][cell] += 1
        if took <= 180.0:
            counts[WITHIN_180][cell] += 1

    def _done(self, contact: Contact, now: float) -> None:
        who = contact.agent
        agent = self.agents[who]
        agent.current = None
        contact.left -= 1
        if contact.terms.channel == CALLS:
            agent.load = 0.0
        else:
            self._answered(contact, now)
            if contact.left <= 0:
                self._let_go(agent, contact)
            else:
                if not agent.takes & CHATS and self._somebody(contact.queue):
                    self._let_go(agent, contact)
                self._later(now + next(self.chance) * contact.terms.gap, WRITES, contact)
            if agent.inbox:
                self._work(agent, agent.inbox.popleft(), now)
        self._has_room(who, now)

    def _let_go(self, agent: Agent, contact: Contact) -> None:
        del agent.sessions[contact]
        contact.agent = NOBODY
        agent.load = agent.load - contact.terms.weight if agent.sessions else 0.0

    def _somebody(self, queue: int) -> bool:
        return bool(self.planned[queue] or self.helping[queue])

    def _writes(self, contact: Contact, now: float) -> None:
        self._request(contact, now)
        if contact.agent == NOBODY:
            if not self._place(contact, now):
                self._wait(contact, first=True)
            return
        agent = self.agents[contact.agent]
        if agent.current is None:
            self._work(agent, contact, now)
        else:
            agent.inbox.append(contact)

    def _has_room(self, who: int, now: float) -> None:
        """Give waiting contacts to an agent while there is room; note an agent who becomes idle."""
        agent = self.agents[who]
        while self.waiting and agent.takes:
            found = self._longest_waiting(agent)
            if found is None:
                break
            self.line[found.queue].popleft()
            self._wait_no_more(found)
            self._take(who, found, now)
        if agent.takes and not agent.load and agent.idle_since < 0:
            agent.idle_since = now

    def _longest_waiting(self, agent: Agent) -> Contact | None:
        """Return an agent's next contact: from the planned queues, or from any other if idle."""
        for queues in (agent.queues, () if agent.load else agent.others):
            best = None
            for queue in queues:
                line = self.line[queue]
                while line and not line[0].waiting:
                    line.popleft()
                if not line or agent.load + line[0].terms.weight > FULL:
                    continue
                if best is None or line[0].since < best.since:
                    best = line[0]
            if best is not None:
                return best
        return None

    def _changes(self, change: Change) -> None:
        now, who = change.time, change.agent
        agent = self.agents[who]
        if agent.idle_since >= 0:
            self.tally.idle[who][agent.slot] += now - agent.idle_since
            agent.idle_since = -1.0
        for queue in agent.queues:
            self.planned[queue].pop(who, None)
        for queue in agent.others:
            self.helping[queue].pop(who, None)
        agent.takes, agent.slot, agent.queues = change.takes, change.slot, change.queues
        named = set(change.queues)
        agent.others = tuple(
            q for q in self.able[who] if q not in named and self.channel[q] & change.takes
        )
        for queue in agent.queues:
            self.planned[queue][who] = None
        for queue in agent.others:
            self.helping[queue][who] = None
        if agent.sessions and not change.takes & CHATS:
            self._hand_over(agent, now)
        self._has_room(who, now)

    def _hand_over(self, agent: Agent, now: float) -> None:
        """Pass the sessions of an agent who leaves to those who stay, if there is anybody."""
        for contact in list(agent.sessions):
            if contact is agent.current or not self._somebody(contact.queue):
                continue
            self._let_go(agent, contact)
            if contact in agent.inbox:
                agent.inbox.remove(contact)
                if not self._place(contact, now):
                    self._wait(contact, first=True)


def draw_arrivals(
    expected: NDArray[np.float64],
    replies: NDArray[np.float64],
    slot_seconds: float,
    rng: np.random.Generator,
) -> list[tuple[float, int, int]]:
    """Draw contacts in the order of time: (time, queue, replies).

    Parameters
    ----------
    expected : float array, shape (queues, slots)
        Mean number of contacts; their numbers are Poisson.
    replies : float array, shape (queues,)
        Mean replies of a session; a fraction is the share of sessions with one more reply.
    """
    numbers = rng.poisson(expected)
    queue, slot = np.nonzero(numbers)
    repeat = numbers[queue, slot]
    queue, slot = np.repeat(queue, repeat), np.repeat(slot, repeat)
    time = (slot + rng.random(queue.size)) * slot_seconds
    floor = np.floor(replies)
    length = floor[queue] + (rng.random(queue.size) < (replies - floor)[queue])
    order = np.argsort(time, kind="stable")
    columns = (time[order].tolist(), queue[order].tolist(), length[order].astype(int).tolist())
    return list(zip(*columns, strict=True))

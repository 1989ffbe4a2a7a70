"""A message-level simulation of a chat team: the oracle for the birth-death chain.

It knows nothing of the chain: customers arrive one by one, take the agent with the fewest sessions
or wait for a place, write, read, write again; each agent replies to one message at a time, first
come, first served.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from csshift.demand.chat import ChatTarget
from csshift.demand.chat_work import ChatWork

ARRIVE, WRITE, REPLIED = range(3)


@dataclass
class Outcome:
    """What the customers met, warm-up left out."""

    mean_response: float
    share: float
    occupancy: float

    def meets(self, target: ChatTarget) -> bool:
        limit = target.mean_response_seconds
        return (
            (limit is None or self.mean_response <= limit)
            and self.share >= target.service_level
            and self.occupancy <= target.max_occupancy
        )


@dataclass
class Agent:
    sessions: int = 0
    inbox: deque[tuple[float, int]] = field(default_factory=deque)


def simulate(
    work: ChatWork,
    arrivals_per_hour: float,
    agents: int,
    within_seconds: float,
    replies: int,
    seed: int,
) -> Outcome:
    """Simulate until `replies` replies are given after a warm-up of a tenth of them."""
    return Simulation(work, arrivals_per_hour / 3600, agents, seed).run(replies, within_seconds)


class Simulation:
    def __init__(self, work: ChatWork, rate: float, agents: int, seed: int) -> None:
        self.work, self.rate = work, rate
        self.random = random.Random(seed)
        self.team = [Agent() for _ in range(agents)]
        self.lobby: deque[tuple[float, int]] = deque()
        self.events: list[tuple[float, int, int, int]] = []
        self.responses: list[float] = []
        self.busy = 0.0

    def run(self, replies: int, within: float) -> Outcome:
        warm = replies // 10
        started, busy_before = 0.0, 0.0
        self.later(0.0, 1 / self.rate, ARRIVE, 0, 0)
        now = 0.0
        while len(self.responses) < warm + replies:
            now, kind, agent, left = heapq.heappop(self.events)
            if kind == ARRIVE:
                self.arrive(now)
            elif kind == WRITE:
                self.write(now, now, agent, left)
            else:
                self.replied(now, agent)
                if len(self.responses) == warm:
                    started, busy_before = now, self.busy
        counted = self.responses[warm:]
        span = (now - started) * len(self.team)
        return Outcome(
            sum(counted) / len(counted),
            sum(response <= within for response in counted) / len(counted),
            (self.busy - busy_before) / span,
        )

    def later(self, now: float, mean: float, kind: int, agent: int, left: int) -> float:
        wait = self.random.expovariate(1 / mean)
        heapq.heappush(self.events, (now + wait, kind, agent, left))
        return wait

    def arrive(self, now: float) -> None:
        self.later(now, 1 / self.rate, ARRIVE, 0, 0)
        least = min(agent.sessions for agent in self.team)
        idlest = [i for i, agent in enumerate(self.team) if agent.sessions == least]
        if least >= self.work.sessions_at_once:
            self.lobby.append((now, self.replies()))
        else:
            self.open(now, now, self.random.choice(idlest), self.replies())

    def replies(self) -> int:
        whole = int(self.work.replies_per_session)
        return whole + (self.random.random() < self.work.replies_per_session - whole)

    def open(self, now: float, asked: float, agent: int, replies: int) -> None:
        self.team[agent].sessions += 1
        self.write(now, asked, agent, replies)

    def write(self, now: float, asked: float, agent: int, left: int) -> None:
        self.team[agent].inbox.append((asked, left))
        if len(self.team[agent].inbox) == 1:
            self.reply(now, agent)

    def reply(self, now: float, agent: int) -> None:
        self.busy += self.later(now, self.work.reply_seconds, REPLIED, agent, 0)

    def replied(self, now: float, agent: int) -> None:
        desk = self.team[agent]
        asked, left = desk.inbox.popleft()
        self.responses.append(now - asked)
        if desk.inbox:
            self.reply(now, agent)
        if left > 1:
            self.later(now, self.work.customer_gap_seconds, WRITE, agent, left - 1)
            return
        desk.sessions -= 1
        if self.lobby:
            since, replies = self.lobby.popleft()
            self.open(now, since, agent, replies)


def draw(seed: int) -> tuple[ChatWork, ChatTarget, float]:
    """A random chat skill with targets that some team can meet, and sessions an hour."""
    random = np.random.default_rng(seed)
    work = ChatWork(
        float(random.uniform(8, 30)),
        float(random.uniform(20, 90)),
        float(random.integers(2, 16)),
        int(random.integers(1, 8)),
    )
    target = ChatTarget(
        work.reply_seconds * float(random.uniform(1.3, 3)),
        float(random.choice([90, 120, 180])),
        float(random.uniform(0.7, 0.9)),
    )
    busy_agents = float(random.uniform(0.5, 12))
    return work, target, busy_agents * 3600 / (work.reply_seconds * work.replies_per_session)

"""The event loop of csshift.simulation beside simpy: the same desk, as many contacts, one core.

::

    pip install simpy
    python -m benchmarks.simulation [--days N] [--seed N]

100 agents, three stores, two chat queues and a hotline each, every agent on one queue around the
clock; 28 days bring about 100,000 contacts. simpy has a process for each session or call, a
resource for each agent. Both print seconds of processor time, and figures that should agree.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.horizon import Horizon
from csshift.model.people import Agent
from csshift.model.roster import AllocationShare, Assignment, Roster
from csshift.model.shifts import Shift
from csshift.model.skills import Skill
from csshift.problem import Problem
from csshift.simulation import run_replications

START = date(2026, 3, 2)
STORES = ("S1", "S2", "S3")
SKILLS = (
    Skill(name="pre-sale", channel="chat", sessions_at_once=5),
    Skill(name="after-sale", channel="chat", reply_seconds=16, sessions_at_once=4),
    Skill(name="hotline", handle_seconds=240, patience_seconds=180, answer_within_seconds=30),
)
AN_HOUR = {"pre-sale": 25.0, "after-sale": 15.0, "hotline": 10.0}
AGENTS = 100


def queue_of(agent: int) -> tuple[str, Skill]:
    """Return the one queue that an agent serves."""
    store, skill = divmod(agent % 9, 3)
    return STORES[store], SKILLS[skill]


def desk(days: int) -> tuple[Problem, Roster]:
    """Return the problem, and the roster on which everybody always works."""
    dates = [START + timedelta(days=day) for day in range(days)]
    names = [f"A{number:03d}" for number in range(AGENTS)]
    problem = Problem(
        horizon=Horizon(start=START, days=days),
        agents=tuple(
            Agent(agent_id=name, stores=(queue_of(i)[0],), skills={queue_of(i)[1].name: 1})
            for i, name in enumerate(names)
        ),
        shifts=(Shift.model_validate({"code": "D", "hours": "00:00-24:00"}),),
        skills=SKILLS,
        forecast=tuple(
            ForecastCell(date=day, start=60 * hour, store=store, skill=skill, inquiries=inquiries)
            for day in dates
            for hour in range(24)
            for store in STORES
            for skill, inquiries in AN_HOUR.items()
        ),
    )
    first = AllocationShare(
        date=START, start=0, agent_id=names[0], store="S1", skill="pre-sale", share=Decimal(1)
    )
    assignments = tuple(
        Assignment(agent_id=name, date=day, shift="D") for name in names for day in dates
    )
    return problem, Roster(assignments=assignments, allocation=(first,))


class SimpyDesk:
    """The same desk in simpy."""

    def __init__(self, days: int, seed: int) -> None:
        import simpy

        self.simpy = simpy
        self.world = simpy.Environment()
        self.chance = random.Random(seed)
        self.end = days * 86_400.0
        self.agents: dict[tuple[str, str], list[Any]] = {}
        self.load: dict[Any, int] = {}
        self.waiting: dict[tuple[str, str], deque[Any]] = {}
        self.contacts = 0
        self.replies: dict[str, list[float]] = {skill.name: [] for skill in SKILLS}
        for agent in range(AGENTS):
            store, skill = queue_of(agent)
            one = simpy.Resource(self.world, 1)
            self.agents.setdefault((store, skill.name), []).append(one)
            self.load[one] = 0
        for store in STORES:
            for skill in SKILLS:
                self.waiting[store, skill.name] = deque()
                self.world.process(self.arrive(store, skill))

    def run(self) -> None:
        """Run until everybody is served."""
        self.world.run()

    def wait(self, mean: float) -> Any:
        """Return a pause of exponential length."""
        return self.world.timeout(self.chance.expovariate(1 / mean))

    def arrive(self, store: str, skill: Skill) -> Iterator[Any]:
        """Let contacts come until the end."""
        serve = self.call if skill.channel == "call" else self.session
        team = self.agents[store, skill.name]
        lines = self.simpy.Resource(self.world, len(team)) if skill.channel == "call" else None
        while True:
            yield self.wait(3600 / AN_HOUR[skill.name])
            if self.world.now > self.end:
                return
            self.contacts += 1
            self.world.process(serve((store, skill.name), skill, lines))

    def call(self, _: tuple[str, str], skill: Skill, lines: Any) -> Iterator[Any]:
        """One call, with patience."""
        asked = self.world.now
        with lines.request() as turn:
            yield turn | self.wait(skill.patience_seconds or 0)
            if turn.triggered:
                self.replies[skill.name].append(self.world.now - asked)
                yield self.wait(skill.handle_seconds or 0)

    def session(self, queue: tuple[str, str], skill: Skill, _: Any) -> Iterator[Any]:
        """One chat, with an agent who has a place."""
        asked = self.world.now
        agent = min(self.agents[queue], key=lambda one: self.load[one])
        if self.load[agent] >= skill.sessions_at_once:
            place = self.world.event()
            self.waiting[queue].append(place)
            agent = yield place
        else:
            self.load[agent] += 1
        for reply in range(int(skill.replies_per_session)):
            if reply:
                yield self.wait(skill.customer_gap_seconds)
                asked = self.world.now
            with agent.request() as turn:
                yield turn
                yield self.wait(skill.reply_seconds)
            self.replies[skill.name].append(self.world.now - asked)
        if self.waiting[queue]:
            self.waiting[queue].popleft().succeed(agent)
        else:
            self.load[agent] -= 1


def main() -> None:
    """Print processor seconds and mean replies of both."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--days", type=int, default=28, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    problem, roster = desk(options.days)
    began = time.process_time()
    outcome = run_replications(Instance(problem), roster, 2, options.seed)
    own = (time.process_time() - began) / 2
    rival = SimpyDesk(options.days, options.seed)
    began = time.process_time()
    rival.run()
    theirs = time.process_time() - began
    rows = {row.skill: row for row in outcome.rows()}
    total = sum(row.contacts.mean for row in rows.values())
    print(f"csshift  {own:6.2f} s a replication, {total:,.0f} contacts")
    print(
        f"simpy    {theirs:6.2f} s, {rival.contacts:,} contacts; {theirs / own:.1f} times as long"
    )
    for name, waits in rival.replies.items():
        ours = rows[name].reply_seconds
        mean = sum(waits) / len(waits)
        shown = "" if ours is None else f"{ours.mean:.1f}"
        print(f"{name:12} mean reply {shown} s and {mean:.1f} s")


if __name__ == "__main__":
    main()

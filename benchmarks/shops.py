"""Random small shops: whether the heads that a forecast asks for are enough, and no more.

::

    python -m benchmarks shops [--shops N] [--seed N] [--time-limit S]

Each shop has 3 to 15 agents, 1 to 6 stores, 1 to 3 skills, and some are open at night; agents
serve all stores, some of them, or their half. Its roster is simulated. A row a shop: head-hours
asked, and asked above the least team that meets the targets in a simulation; the share of the
inquiries that come in hours with somebody who can take them; and whether the simulated targets
are met in the hours that the plan staffs in full.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from random import Random

import numpy as np
from numpy.typing import NDArray

import csshift
from csshift.demand.heads import full_load, heads_for
from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Contract
from csshift.model.roster import AllocationShare, Assignment, Roster
from csshift.model.shifts import Shift
from csshift.model.skills import Skill
from csshift.simulation.outcome import Outcome, ratio
from csshift.simulation.tally import (
    ASKED,
    IN_TIME,
    REPLIES,
    RESPONSE,
    WAITED,
    WAITED_NO_MORE,
)

ABOUT = "random small shops: heads asked, who is there, and simulated targets"
MONDAY = date(2026, 3, 16)
DAYS = 7
SKILLS = (
    Skill(name="pre-sale", channel="chat", shrinkage=0.1),
    Skill(
        name="after-sale",
        channel="chat",
        reply_seconds=15,
        customer_gap_seconds=45,
        replies_per_session=12,
        mean_response_seconds=40,
        shrinkage=0.1,
    ),
    Skill(name="hotline", handle_seconds=240, patience_seconds=240, shrinkage=0.05),
)
DAY_SHIFTS = {"E": "08:30-17:30", "M": "11:00-20:00", "L": "14:00-23:00"}
NIGHT_SHIFT = {"N": "22:30-32:00"}
OPENS, CLOSES = 9, 23
WEEK = 40.0
"""Hours of an agent."""
PEAKS = ((11, 2.0, 1.0), (20, 2.5, 1.4))
"""Hour, width in hours and height of the bumps in a day's inquiries."""

FULL = 0.005
"""Heads below which a cell counts as staffed in full."""

LEAST_BACKLOG = 0.5
"""Contacts that wait at the end of an hour, from which on the next one is not judged."""

EXCESS, PRESENT = 0.10, 0.95
"""What is asked of every shop: heads above the least, inquiries with somebody there."""


def random_shop(seed: int) -> csshift.Problem:
    """Draw a shop."""
    random = Random(seed)
    size = random.randint(3, 15)
    stores = [f"S{i + 1}" for i in range(random.randint(1, 6))]
    skills = random.sample(SKILLS, random.randint(1, min(3, size // 3)))
    nights = size >= 6 and random.random() < 0.4
    hours = DAY_SHIFTS | (NIGHT_SHIFT if nights else {})
    horizon = Horizon(start=MONDAY, days=DAYS)
    problem = csshift.Problem(
        name=f"shop {seed}",
        horizon=horizon,
        agents=_agents(random, size, stores, [skill.name for skill in skills]),
        shifts=tuple(
            Shift.model_validate(
                {
                    "code": code,
                    "hours": span,
                    "break_minutes": 60,
                    "tags": ["night"] * (code == "N"),
                }
            )
            for code, span in hours.items()
        ),
        skills=tuple(skills),
        contracts=(Contract(name="full-time", max_hours_per_week=44),),
        labour="standard",
        forecast=_forecast(random, horizon, stores, skills, size, nights=nights),
    )
    wanted = random.uniform(0.6, 1.2) * size * WEEK
    return _with_heads(problem, wanted)


def _with_heads(problem: csshift.Problem, wanted: float) -> csshift.Problem:
    """Return the problem with fewer inquiries, until they ask for so many head-hours, or half."""
    for _ in range(12):
        asked = float(Instance(problem).demand.heads.sum()) / 100
        if asked <= wanted:
            break
        forecast = [
            cell.model_copy(update={"inquiries": round(cell.inquiries * 0.8, 3)})
            for cell in problem.forecast
        ]
        problem = problem.with_(forecast=tuple(forecast))
    return problem


def _agents(
    random: Random, size: int, stores: Sequence[str], skills: Sequence[str]
) -> tuple[Agent, ...]:
    structure = random.choices(("all", "some", "halves"), (0.6, 0.25, 0.15))[0]
    half = max(1, len(stores) // 2)
    specialists = random.random() < 0.4
    agents = []
    for i in range(size):
        served: Sequence[str] = ()
        if structure == "some" and i >= 2 and random.random() < 0.3:
            served = random.sample(stores, random.randint(1, len(stores)))
        elif structure == "halves" and len(stores) > 1:
            served = stores[:half] if i % 2 else stores[half:]
        known = [skills[i // 2 % len(skills)]] if specialists else list(skills)
        pace = {name: random.choice(("1", "1", "1", "0.9", "1.1")) for name in known}
        agents.append(
            Agent.model_validate(
                {
                    "agent_id": f"A{i + 1:02d}",
                    "stores": tuple(served),
                    "skills": pace,
                    "contract": "full-time",
                }
            )
        )
    return tuple(agents)


def _forecast(
    random: Random,
    horizon: Horizon,
    stores: Sequence[str],
    skills: Sequence[Skill],
    size: int,
    *,
    nights: bool,
) -> tuple[ForecastCell, ...]:
    """Draw inquiries that would keep 30 to 75 % of the team's hours busy."""
    busy = random.uniform(0.3, 0.75) * size * WEEK / len(skills)
    shares = [random.uniform(0.2, 1.0) for _ in stores]
    curve = [_at(hour, nights=nights) for hour in range(24)]
    cells = []
    for skill in skills:
        week = busy * full_load(skill, 60)
        for store, share in zip(stores, shares, strict=True):
            for day in range(horizon.days):
                ups = random.uniform(0.85, 1.15)
                for hour, level in enumerate(curve):
                    inquiries = week / 7 * share / sum(shares) * ups * level / sum(curve)
                    if inquiries:
                        cells.append(
                            ForecastCell(
                                date=horizon.start + timedelta(days=day),
                                start=60 * hour,
                                store=store,
                                skill=skill.name,
                                inquiries=round(inquiries, 3),
                            )
                        )
    return tuple(cells)


def _at(hour: int, *, nights: bool) -> float:
    if not OPENS <= hour < CLOSES:
        return 0.03 if nights else 0.0
    return 0.3 + sum(
        height * math.exp(-(((hour + 0.5 - peak) / width) ** 2)) for peak, width, height in PEAKS
    )


@dataclass(frozen=True)
class Measured:
    """What became of a shop.

    Parameters
    ----------
    agents, stores, skills : int
    asked : float
        Head-hours that the forecast asks for.
    excess : float
        Of the teams asked for, the part above the least that meet the targets in simulations.
    shortage : float
        Head-hours missing.
    present : float
        Share of the inquiries in hours with somebody at work who can take them.
    allowed : bool
        Whether the team's hours are as many as those asked.
    reply : dict of str to str
        Verdict of the simulation by skill, in the hours that are staffed in full.
    """

    agents: int
    stores: int
    skills: int
    asked: float
    excess: float
    shortage: float
    present: float
    allowed: bool
    reply: dict[str, str]

    @property
    def good(self) -> bool:
        """Whether everything is as it should be."""
        present = self.present >= PRESENT or not self.allowed
        return (
            self.excess <= EXCESS
            and present
            and not any(verdict.startswith("missed") for verdict in self.reply.values())
        )


def measure(
    problem: csshift.Problem, time_limit: float, replications: int = 8, seed: int = 0
) -> Measured:
    """Solve and simulate a shop."""
    instance = Instance(problem)
    result = csshift.solve(instance, time_limit=time_limit, seed=seed)
    if result.roster is None or result.score is None:
        raise RuntimeError(f"{problem.name}: no roster")
    outcome = csshift.simulate(instance, result.roster, replications=replications, seed=seed)
    asked = float(result.score.required_hours)
    return Measured(
        agents=len(problem.agents),
        stores=len(problem.known_stores),
        skills=len(problem.skills),
        asked=asked,
        excess=excess(problem, replications, seed),
        shortage=float(result.score.shortage_hours),
        present=present(instance, result.roster),
        allowed=enough_hours(instance),
        reply=verdicts(instance, result.score, outcome),
    )


def enough_hours(instance: Instance) -> bool:
    """Return whether those who serve some skills have the hours that these ask for, for all."""
    paid = [float(shift.paid_minutes / 60) for shift in instance.shifts]
    week = max(hour * min(6, 44 // hour) for hour in paid)
    demand = instance.demand
    names = [skill.name for skill in instance.problem.skills]
    for size in range(1, len(names) + 1):
        for chosen in combinations(names, size):
            able = sum(not agent.skills.keys().isdisjoint(chosen) for agent in instance.agents)
            wanted = np.isin(demand.skill, [demand.skills.index(name) for name in chosen])
            if able * week < float(demand.heads[wanted].sum()) / 100:
                return False
    return True


def present(instance: Instance, roster: Roster) -> float:
    """Return the share of the inquiries in hours with somebody at work who can take them."""
    horizon, shifts = instance.horizon, {shift.code: shift for shift in instance.shifts}
    agents = {agent.agent_id: agent for agent in instance.agents}
    there: dict[int, list[Agent]] = defaultdict(list)
    for row in roster.assignments:
        for span in shifts[row.shift].hours:
            first = 24 * horizon.index(row.date) + span.start // 60
            for hour in range(first, first + -(-(span.end - 60 * (span.start // 60)) // 60)):
                there[hour].append(agents[row.agent_id])
    total = taken = 0.0
    for cell in instance.planned.forecast:
        hour = 24 * horizon.index(cell.date) + cell.start // 60
        total += cell.inquiries
        if any(agent.efficiency(cell.store, cell.skill) > 0 for agent in there[hour]):
            taken += cell.inquiries
    return taken / total


def verdicts(instance: Instance, score: csshift.Score, outcome: Outcome) -> dict[str, str]:
    """Return by skill whether the targets are met in the hours that are staffed in full.

    An hour counts if no queue of the skill lacks heads, none has a backlog of an hour before,
    and the shop is open in the next hour: chats that come just before it closes go on.
    """
    horizon, desk = instance.horizon, outcome.desk
    slots = horizon.days * horizon.intervals_per_day
    found = {}
    for skill in instance.problem.skills:
        queues = [i for i, (_, name) in enumerate(desk.queues) if name == skill.name]
        counted = desk.expected[queues].sum(axis=0) > 0
        counted &= np.append(counted[1:], False)
        for cell in score.coverage:
            if cell.skill == skill.name and cell.shortage >= FULL:
                slot = horizon.index(cell.date) * horizon.intervals_per_day
                counted[slot + cell.start // horizon.interval_minutes] = False
        change = (outcome.counts[:, WAITED] - outcome.counts[:, WAITED_NO_MORE])[:, queues]
        waiting = np.cumsum(change.sum(axis=(0, 1)) / outcome.replications)
        counted[1:] &= waiting[: slots - 1] < LEAST_BACKLOG
        found[skill.name] = _verdict(outcome, skill, queues, counted)
    return found


def _verdict(
    outcome: Outcome, skill: Skill, queues: Sequence[int], counted: NDArray[np.bool_]
) -> str:
    sums = outcome.counts[:, :, queues][:, :, :, counted].sum(axis=(2, 3)).T
    level = ratio(sums[IN_TIME], sums[ASKED])
    reply = ratio(sums[RESPONSE], sums[REPLIES])
    limit = skill.mean_response_seconds if skill.channel == "chat" else None
    if level is None or reply is None:
        return "none"
    shown = f"{level.mean:.0%} {reply.mean:.0f} s in {int(counted.sum())} h"
    late = level.mean + level.margin < skill.service_level
    slow = limit is not None and reply.mean - reply.margin > limit
    return f"{'missed' if late or slow else 'met'} ({shown})"


def excess(problem: csshift.Problem, replications: int = 4, seed: int = 0) -> float:
    """Return the part of the agents asked for above the least that meet the targets.

    For each skill, and stores that agents have in common, the hours that take a number of
    agents are simulated with an agent less, all of them serving all of those stores.
    """
    asked = least = 0
    for skill in problem.skills:
        asked += _agents_asked(problem, skill)
        for stores in connected(problem, skill.name):
            totals: dict[tuple[date, int], float] = defaultdict(float)
            for cell in problem.forecast:
                if cell.skill == skill.name and cell.store in stores:
                    totals[cell.date, cell.start] += cell.inquiries
            inquiries = np.array(list(totals.values()))
            teams = heads_for(skill, inquiries, problem.horizon.interval_minutes).agents
            for team in sorted(set(teams.astype(int).tolist())):
                here = inquiries[teams == team]
                fewer = team
                while fewer > 1 and _meets(skill, here, fewer - 1, replications, seed):
                    fewer -= 1
                least += fewer * here.size
    return asked / least - 1


def connected(problem: csshift.Problem, skill: str) -> list[set[str]]:
    """Return the stores by whom they share agents with, directly or through others."""
    groups: list[set[str]] = [{cell} for cell in problem.known_stores]
    for agent in problem.agents:
        if skill in agent.skills:
            served = {store for store in problem.known_stores if agent.serves(store)}
            touched = [group for group in groups if group & served]
            groups = [group for group in groups if not group & served]
            groups.append(set().union(*touched))
    return groups


def _agents_asked(problem: csshift.Problem, skill: Skill) -> int:
    demand = Instance(problem).demand
    heads = demand.heads[demand.skill == demand.skills.index(skill.name)]
    return round(float(heads.sum()) / 100 * (1 - skill.shrinkage))


def _meets(
    skill: Skill, inquiries: NDArray[np.float64], team: int, replications: int, seed: int
) -> bool:
    """Return whether a team that is always there meets the targets, hour after hour."""
    skill = skill.model_copy(update={"shrinkage": 0.0})
    days = -(-inquiries.size // 24)
    agents = tuple(
        Agent.model_validate({"agent_id": f"{i}", "skills": {skill.name: 1}}) for i in range(team)
    )
    dates = [MONDAY + timedelta(days=day) for day in range(days)]
    problem = csshift.Problem(
        horizon=Horizon(start=MONDAY, days=days),
        agents=agents,
        shifts=(Shift.model_validate({"code": "D", "hours": "00:00-24:00"}),),
        skills=(skill,),
        forecast=tuple(
            ForecastCell(
                date=dates[i // 24], start=i % 24 * 60, store="S", skill=skill.name, inquiries=value
            )
            for i, value in enumerate(inquiries.tolist())
        ),
    )
    roster = Roster(
        assignments=tuple(
            Assignment(agent_id=agent.agent_id, date=day, shift="D")
            for agent in agents
            for day in dates
        ),
        allocation=tuple(
            AllocationShare(
                date=MONDAY, start=0, agent_id=agent.agent_id, store="S", skill=skill.name, share=1
            )
            for agent in agents
        ),
    )
    outcome = csshift.simulate(problem, roster, replications=replications, seed=seed)
    (row,) = outcome.rows(("skill",))
    late = row.service is not None and row.service.mean < skill.service_level
    limit = skill.mean_response_seconds if skill.channel == "chat" else None
    slow = limit is not None and row.reply_seconds is not None and row.reply_seconds.mean > limit
    return not late and not slow


COLUMNS = (
    "shop",
    "agents",
    "stores",
    "skills",
    "asked h",
    "above least",
    "missing h",
    "somebody there",
    "targets",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row for each shop; return 0 when all are as they should be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks shops", description=ABOUT)
    parser.add_argument("--shops", type=int, default=24, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first shop")
    parser.add_argument("--time-limit", type=float, default=6.0, metavar="S")
    options = parser.parse_args(arguments)
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    bad = 0
    for seed in range(options.seed, options.seed + options.shops):
        row = measure(random_shop(seed), options.time_limit)
        bad += not row.good
        reply = ", ".join(f"{skill} {verdict}" for skill, verdict in row.reply.items())
        there = f"{row.present:.1%}" + ("" if row.allowed else " (too few hours)")
        print(
            f"| {seed}{'' if row.good else ' !'} | {row.agents} | {row.stores} | {row.skills} "
            f"| {row.asked:.0f} | {row.excess:+.1%} | {row.shortage:.1f} | {there} | {reply} |",
            flush=True,
        )
    print(f"\n{options.shops - bad} of {options.shops} shops as they should be")
    return int(bad > 0)

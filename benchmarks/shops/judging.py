"""What became of a shop: heads beside the least that do, who is there, simulated targets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

import csshift
from benchmarks.case import BenchmarkError
from benchmarks.shops.generator import MONDAY
from csshift.demand.heads import heads_for
from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.horizon import Horizon
from csshift.model.people import Agent
from csshift.model.roster import AllocationShare, Assignment, Roster
from csshift.model.shifts import Shift
from csshift.model.skills import Skill
from csshift.simulation.outcome import Outcome, ratio
from csshift.simulation.tally import (
    IN_TIME,
    REPLIES,
    REQUESTS,
    RESPONSE,
    WAITED,
    WAITED_NO_MORE,
)

FULL = 0.005
"""Heads below which a cell counts as staffed in full."""

LEAST_BACKLOG = 0.5
"""Contacts that wait at the end of an hour, from which on the next one is not judged."""

EXCESS, PRESENT = 0.10, 0.95
"""What is asked of every shop: heads above the least, inquiries with somebody there."""


TARGET_NOTES = ("target-missed", "target-doubtful")


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
    noted : frozenset of str
        Skills of which a note says that their target is missed, or may be.
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
    noted: frozenset[str] = frozenset()

    @property
    def good(self) -> bool:
        """Whether everything is as it should be: a target that is missed is noted."""
        present = self.present >= PRESENT or not self.allowed
        missed = {name for name, verdict in self.reply.items() if verdict.startswith("missed")}
        return self.excess <= EXCESS and present and missed <= self.noted


def measure(
    problem: csshift.Problem, time_limit: float, replications: int = 8, seed: int = 0
) -> Measured:
    """Solve and simulate a shop."""
    instance = Instance(problem)
    result = csshift.solve(instance, time_limit=time_limit, seed=seed)
    if result.roster is None or result.score is None:
        raise BenchmarkError(f"{problem.name}: no roster")
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
        noted=frozenset(
            skill for note in result.notes if note.code in TARGET_NOTES for skill in note.skills
        ),
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
        counted[1:] &= waiting[: counted.size - 1] < LEAST_BACKLOG
        found[skill.name] = _verdict(outcome, skill, queues, counted)
    return found


def _verdict(
    outcome: Outcome, skill: Skill, queues: Sequence[int], counted: NDArray[np.bool_]
) -> str:
    sums = outcome.counts[:, :, queues][:, :, :, counted].sum(axis=(2, 3)).T
    level = ratio(sums[IN_TIME], sums[REQUESTS])
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
                date=MONDAY,
                start=0,
                agent_id=agent.agent_id,
                store="S",
                skill=skill.name,
                share=Decimal(1),
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

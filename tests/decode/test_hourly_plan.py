"""The hourly plan: within everybody's time, complete, and with few changes of queue."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from random import Random

import pytest
from problems import MONDAY, agent, cell, random_problem, roster, small, works

import csshift
from csshift.compile import compile_problem
from csshift.decode import decode_decisions, encode_decisions
from csshift.instance import Instance
from csshift.model.roster import Roster
from csshift.planner.check import with_plan
from csshift.problem import Problem
from csshift.scoring import score

TWO = {"pre-sale": 1, "after-sale": 1}


def queues(plan: Roster) -> dict[str, list[tuple[int, str]]]:
    """Return (start, skill) of each agent's shares, in order of time."""
    found = defaultdict(list)
    for entry in sorted(plan.allocation, key=lambda entry: (entry.date, entry.start)):
        found[entry.agent_id].append((entry.start, entry.skill))
    return dict(found)


def switches(plan: Roster) -> int:
    return sum(
        first[1] != second[1] for row in queues(plan).values() for first, second in pairwise(row)
    )


def test_agents_stay_with_their_queue_while_it_needs_them() -> None:
    problem = small(
        agents=(agent("a", skills=TWO), agent("b", skills=TWO)),
        requirements=tuple(
            cell(f"{hour:02d}:00", 1, skill=skill) for hour in range(8, 16) for skill in TWO
        ),
    )
    plan = with_plan(Instance(problem), roster(works("a", 0), works("b", 0)))
    assert len(plan.allocation) == 16
    assert switches(plan) == 0
    assert {skill for row in queues(plan).values() for _, skill in row} == set(TWO)


def test_an_agent_changes_queue_only_when_the_need_does() -> None:
    problem = small(
        agents=(agent("a", skills=TWO),),
        requirements=tuple(
            cell(f"{hour:02d}:00", 1, skill="pre-sale" if hour < 12 else "after-sale")
            for hour in range(8, 16)
        ),
    )
    plan = with_plan(Instance(problem), roster(works("a", 0)))
    assert switches(plan) == 1


def test_the_same_agent_goes_on_when_fewer_are_needed() -> None:
    cells = [cell("09:00", 1), cell("09:00", 1, skill="after-sale"), cell("10:00", 1)]
    problem = small(
        agents=tuple(agent(name, skills=TWO) for name in "ab"), requirements=tuple(cells)
    )
    plan = with_plan(Instance(problem), roster(works("a", 0), works("b", 0)))
    at_nine = {e.agent_id: e.skill for e in plan.allocation if e.start == 540}
    (at_ten,) = [e for e in plan.allocation if e.start == 600]
    assert at_nine[at_ten.agent_id] == "pre-sale"


@pytest.mark.parametrize("seed", range(25))
def test_plans_of_random_problems_keep_everybody_s_time(seed: int) -> None:
    problem = random_problem(Random(f"plan {seed}"), 5, 4, 3, slots_a_day=8)
    drawn = everybody_works(problem, Random(seed))
    if any(f.rule == "overlapping shifts" for f in score(Instance(problem), drawn).violations):
        return  # who is in two places at once has more than all of the time
    plan = with_plan(Instance(problem), drawn)
    judged = csshift.check(problem, plan)
    assert not [finding for finding in judged.violations if finding.rule == "hourly plan"]
    assert plan.assignments == drawn.assignments
    for entry in plan.allocation:
        assert 0 < entry.share <= 1


def everybody_works(problem: Problem, random: Random) -> Roster:
    entries = [
        {"agent_id": person.agent_id, "date": date, "shift": random.choice(problem.shifts).code}
        for person in problem.agents
        for date in problem.horizon.dates
        if random.random() < 0.8
    ]
    return Roster(assignments=tuple(entries))


def test_encoding_leaves_out_what_has_no_column() -> None:
    problem = small(leave=({"agent_id": "a", "date": MONDAY},))
    compiled = compile_problem(Instance(problem))
    values = encode_decisions(compiled, roster(works("a", 0), works("a", 1)))
    assert decode_decisions(compiled, values).assignments == (works("a", 1),)

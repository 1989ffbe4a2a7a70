"""Hours are levelled among equal people, where nothing else gets worse."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import problems
import pytest
from problems import MONDAY, agent, cell, shift, small, works

import csshift
from csshift.compile import compile_problem
from csshift.decode.levelling import level_hours
from csshift.decode.rosters import encode_decisions
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.structure import Structure
from csshift.instance import Instance
from csshift.model.roster import Assignment
from csshift.problem import Problem

DAY = shift("D", "10:00-14:00")


def week(people: int, days: int, **parts: Any) -> Problem:
    """Return a problem that needs one day shift on each day."""
    needs = tuple(cell(f"{hour}:00", 1, day=day) for day in range(days) for hour in range(10, 14))
    fields: dict[str, Any] = {
        "agents": tuple(agent(f"a{i}") for i in range(people)),
        "shifts": (DAY,),
        "horizon": {"start": MONDAY, "days": days},
        "requirements": needs,
    }
    return small(**fields | parts)


def levelled(problem: Problem, *entries: Assignment) -> Counter[str]:
    """Return how many shifts each has after levelling; assert that nothing got worse."""
    compiled = compile_problem(Instance(problem))
    blocks = RecourseBlocks(Structure(compiled.program))
    first = encode_decisions(compiled, problems.roster(*entries))
    values = blocks.complete(first, Budget(60.0))
    found = level_hours(compiled, blocks, values, 60.0)
    assert compiled.program.holds(found)
    assert compiled.program.objective(found) <= compiled.program.objective(values)
    first_day = compiled.work.grid.history_days
    columns = compiled.work.day[:, first_day:]
    counts = np.where(columns >= 0, found[columns], 0).sum(axis=1)
    ids = [person.agent_id for person in problem.agents]
    return Counter(dict(zip(ids, counts.tolist(), strict=True)))


def test_shifts_of_one_are_passed_on() -> None:
    found = levelled(week(3, 6), *(works("a0", day) for day in range(6)))
    assert found == {"a0": 2, "a1": 2, "a2": 2}


def test_twelve_shifts_of_seven_people() -> None:
    """By default, with no rule that asks for it."""
    problem = week(7, 6)
    twice = tuple(need.model_copy(update={"heads": Decimal(2)}) for need in problem.requirements)
    result = csshift.solve(problem.with_(requirements=twice), time_limit=5, workers=1)
    assert result.status == "optimal"
    assert result.roster is not None
    counts = Counter(row.agent_id for row in result.roster.assignments)
    assert sorted(counts.values()) == [1, 1, 2, 2, 2, 2, 2]


def test_nobody_is_called_in() -> None:
    assert levelled(week(3, 2), works("a0", 0)) == {"a0": 1, "a1": 0, "a2": 0}


def test_a_hard_rule_is_kept() -> None:
    rule = {"kind": "max-shifts", "count": 1, "per": "horizon", "agents": {"ids": ["a1"]}}
    found = levelled(week(2, 4, rules=(rule,)), *(works("a0", day) for day in range(4)))
    assert found == {"a0": 3, "a1": 1}


def test_a_wish_outweighs_equal_hours() -> None:
    wishes = tuple(
        {"agent_id": "a1", "date": MONDAY + timedelta(day), "want": "off"} for day in range(4)
    )
    found = levelled(week(2, 4, requests=wishes), *(works("a0", day) for day in range(4)))
    assert found == {"a0": 4, "a1": 0}


def test_people_with_other_skills_keep_their_shifts() -> None:
    agents = (agent("a0"), agent("a1", skills={"pre-sale": "0.5"}))
    found = levelled(week(2, 4, agents=agents), *(works("a0", day) for day in range(4)))
    assert found["a1"] == 0


def test_what_the_history_has_made_unequal_is_made_up_for() -> None:
    history = tuple(
        {"agent_id": "a0", "date": MONDAY - timedelta(back), "shift": "D"} for back in (1, 2)
    )
    found = levelled(week(2, 4, history=history), *(works("a0", day) for day in range(4)))
    assert found == {"a0": 1, "a1": 3}


@pytest.mark.parametrize("seed", range(6))
def test_random_problems_get_no_worse(seed: int) -> None:
    problem = problems.random_problem(Random(seed), agents=5, days=5, shifts=2)
    result = csshift.solve(problem, time_limit=2, workers=1)
    if result.roster is not None:
        levelled(problem, *result.roster.assignments)

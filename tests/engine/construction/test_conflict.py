"""Conflicts: they contradict themselves, and no part of them does."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from programs import oracle, random_program, random_recipe

from csshift.engine.construction.feasibility import STRUCTURAL, minimal_conflict
from csshift.program import UNBOUNDED, Builder, Program


def possible_with(program: Program, names: set[str]) -> bool:
    kept = np.isin(
        program.row_family,
        [i for i, name in enumerate(program.families) if name in names | set(STRUCTURAL)],
    )
    part = replace(
        program,
        row_lower=np.where(kept, program.row_lower, -UNBOUNDED),
        row_upper=np.where(kept, program.row_upper, UNBOUNDED),
    )
    return oracle(part).values is not None


@cache
def infeasible_programs(count: int) -> list[Program]:
    found: list[Program] = []
    seed = 0
    while len(found) < count:
        rng = np.random.default_rng(seed)
        program = random_program(rng, random_recipe(rng, tight=True, pinned=True))
        if oracle(program).values is None:
            found.append(program)
        seed += 1
    return found


@pytest.mark.parametrize("number", range(10))
def test_no_family_can_be_left_out(number: int) -> None:
    program = infeasible_programs(10)[number]
    conflict = minimal_conflict(program)
    assert not possible_with(program, set(conflict))
    for family in conflict:
        assert possible_with(program, set(conflict) - {family})


def test_without_time_the_full_set_is_returned() -> None:
    program = infeasible_programs(1)[0]
    conflict = minimal_conflict(program, seconds=0.0)
    assert not possible_with(program, set(conflict))
    assert list(conflict) == sorted(conflict)


def test_pinned_columns_alone_can_contradict_a_rule() -> None:
    builder = Builder()
    pinned = builder.columns(2, family="work", lower=1, upper=1, agent=0)
    free = builder.columns(1, family="work", upper=1, agent=1)
    builder.rows([pinned], 1, family="rest", upper=1)
    builder.rows([[*pinned, *free]], 1, family="seats", upper=3)
    assert minimal_conflict(builder.build()) == ("rest",)


def test_two_rules_that_only_together_contradict() -> None:
    builder = Builder()
    work = builder.columns((2, 2), family="work", upper=1, agent=[[0], [1]])
    builder.rows(work, 1, family="most", upper=1)
    builder.rows(work.T, 1, family="presence", lower=2)
    builder.rows(work, 1, family="idle", upper=2)
    assert minimal_conflict(builder.build()) == ("most", "presence")

"""Minimal infeasible subsets of rows: they contradict one another, and no part of them does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import oracle, random_program, random_recipe

from csshift.engine.budget import Budget
from csshift.engine.conflicts.hitting import ALWAYS
from csshift.engine.conflicts.propagation import Propagation
from csshift.engine.conflicts.subsets import ConflictSearch
from csshift.program import UNBOUNDED, Builder, Integers, Program


def only(program: Program, rows: Integers) -> Program:
    kept = np.zeros(program.rows, dtype=np.bool_)
    kept[rows] = True
    return replace(
        program,
        row_lower=np.where(kept, program.row_lower, -UNBOUNDED),
        row_upper=np.where(kept, program.row_upper, UNBOUNDED),
    )


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
def test_no_row_can_be_left_out(number: int) -> None:
    program = infeasible_programs(10)[number]
    every = np.arange(program.rows)
    found = ConflictSearch(program, every, Budget(60.0)).minimal_subset(every)
    assert found is not None
    assert found.minimal
    assert oracle(only(program, found.groups)).values is None
    for row in found.groups:
        assert oracle(only(program, np.setdiff1d(found.groups, row))).values is not None


@pytest.mark.parametrize("number", range(10))
def test_what_propagation_finds_contradicts_itself(number: int) -> None:
    program = infeasible_programs(10)[number]
    rows = Propagation(program).contradiction()
    if rows is not None:
        assert oracle(only(program, rows)).values is None


def pigeons(holes: int) -> Program:
    """Return a program of one more pigeon than holes: feasible for propagation."""
    builder = Builder()
    places = builder.columns((holes + 1, holes), family="work", upper=1)
    builder.rows(places, 1, family="pigeon", lower=1)
    builder.rows(places.T, 1, family="hole", upper=1)
    builder.rows(places, 1, family="idle", upper=holes)
    return builder.build()


def test_a_counting_argument_is_found_whole() -> None:
    program = pigeons(5)
    every = np.arange(program.rows)
    found = ConflictSearch(program, every, Budget(60.0)).minimal_subset(every)
    assert found is not None
    assert found.minimal
    assert found.groups.tolist() == list(range(11))


def test_rows_that_always_hold_are_no_part() -> None:
    program = pigeons(3)
    group = np.where(np.arange(program.rows) < 4, ALWAYS, np.arange(program.rows))
    every = np.arange(4, program.rows)
    found = ConflictSearch(program, group, Budget(60.0)).minimal_subset(every)
    assert found is not None
    assert found.groups.tolist() == [4, 5, 6]


def test_without_time_nothing_is_claimed_minimal() -> None:
    program = pigeons(3)
    every = np.arange(program.rows)
    found = ConflictSearch(program, every, Budget(0.0)).minimal_subset(every)
    assert found is None or not found.minimal


def test_the_cheapest_units_are_given_up() -> None:
    program = pigeons(3)
    every = np.arange(program.rows)
    cost = np.where(every == 2, 1, 5)
    search = ConflictSearch(program, every, Budget(60.0))
    chosen = search.cheapest_relaxation(every, every, cost)
    assert chosen is not None
    assert chosen.tolist() == [2]
    fixed = np.full(every.size, -1)
    assert search.cheapest_relaxation(every, fixed, np.empty(0, dtype=np.int64)) is None

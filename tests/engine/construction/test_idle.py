"""The cheapest solution, and the construction without a relaxation or without time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from programs import decided, oracle, random_program, random_recipe

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.construction.construction import Construction
from csshift.engine.construction.idle import idle_decisions, idle_solution
from csshift.engine.params import ConstructionParams
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Program


def program_of(seed: int, **fixed: object) -> Program:
    rng = np.random.default_rng(seed)
    return random_program(rng, random_recipe(rng, **fixed))


def unguided(program: Program, budget: Budget, **changed: Any) -> Construction:
    structure = Structure(program)
    params = ConstructionParams(**changed)
    return Construction(structure, structure.full(), None, budget, params)


def idle(program: Program) -> Program:
    """The program in which decisions of several rows are at their lower bounds."""
    entries = np.diff(program.matrix.tocsc().indptr)
    fixed = (program.column_agent != NOBODY) & (entries > 1)
    return replace(program, upper=np.where(fixed, program.lower, program.upper))


@pytest.mark.parametrize("seed", range(60))
def test_everybody_is_idle_exactly_where_rules_allow_it(seed: int) -> None:
    program = program_of(seed, tight=seed % 2 == 1, pinned=seed % 3 == 0)
    found = idle_solution(Structure(program))
    assert (found is not None) == (oracle(idle(program)).values is not None)
    assert found is None or program.holds(found)


@pytest.mark.parametrize("seed", range(30))
def test_who_is_obliged_to_work_is_known(seed: int) -> None:
    program = program_of(seed, tight=True)
    values, obliged = idle_decisions(Structure(program))
    broken = program.row_agent[program.broken_rows(values)]
    assert set(obliged.tolist()) == set(broken[broken != NOBODY].tolist())


@pytest.mark.parametrize("seed", range(30))
def test_without_a_relaxation_complete_decisions_keep_every_hard_row(seed: int) -> None:
    program = program_of(seed, tight=seed % 2 == 1, efficiencies=(1, 2))
    for values, complete in unguided(program, Budget(60)).decide(seed, passes=2):
        if complete:
            assert oracle(decided(program, values)).values is not None


@pytest.mark.parametrize("seed", range(12))
def test_without_a_relaxation_work_is_better_than_being_idle(seed: int) -> None:
    program = program_of(seed, efficiencies=(1, 3))
    construction = unguided(program, Budget(60))
    blocks = RecourseBlocks(construction.structure)
    found = list(construction.run(seed, blocks))
    nothing = idle_solution(construction.structure)
    assert found
    assert nothing is not None
    assert all(program.holds(values) for values in found)
    assert min(map(program.objective, found)) <= program.objective(nothing)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", range(10))
def test_whoever_has_no_time_to_decide_is_idle(seed: int, workers: int) -> None:
    program = program_of(seed, tight=seed % 2 == 1)
    budget = Budget(60, workers=workers)
    construction = unguided(program, budget, first_share=0.0, parallel_agents=0)
    values, complete = next(construction.decide(seed))
    expected, obliged = idle_decisions(construction.structure)
    free = ~np.isin(program.column_agent, [*obliged.tolist(), NOBODY])
    assert np.array_equal(values[free], expected[free])
    assert not complete or oracle(decided(program, values)).values is not None


@pytest.mark.parametrize("seed", range(10))
def test_recourse_without_time_is_feasible_and_no_better(seed: int) -> None:
    program = program_of(seed, efficiencies=(1, 3))
    structure = Structure(program)
    values, _ = next(unguided(program, Budget(60)).decide(seed))
    blocks, budget = RecourseBlocks(structure), Budget(60)
    best = blocks.evaluate(structure.all_blocks, values, budget)
    hasty = blocks.evaluate(structure.all_blocks, values, budget, until=0.0)
    assert best is not None
    assert hasty is not None
    assert program.holds(hasty)
    assert program.objective(best) <= program.objective(hasty)

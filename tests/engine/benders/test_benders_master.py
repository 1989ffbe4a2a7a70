"""Decisions searched against cuts: what is proven of them is so."""

from __future__ import annotations

import numpy as np
import pytest
from programs import (
    decided,
    feasible_decisions,
    oracle,
    paid,
    random_program,
    random_recipe,
    shifted,
)

from csshift.engine.benders.master import BendersMaster, solve_benders
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Incumbent
from csshift.engine.search import Search
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.structure import LinkingRows, Structure
from csshift.program import Builder, Program

LIMITS = Limits(10.0)


def program_of(seed: int) -> tuple[np.random.Generator, Program]:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, efficiencies=(1, 2), pinned=seed % 2 == 0)
    program = random_program(rng, recipe)
    program = paid(rng, program) if seed % 3 == 0 else program
    return rng, shifted(rng, program) if seed % 4 == 1 else program


@pytest.mark.parametrize("resolution", [30.0, 1e6, 1e9])
@pytest.mark.parametrize("seed", range(14))
def test_no_bound_is_above_the_optimum_of_what_was_freed(seed: int, resolution: float) -> None:
    rng, program = program_of(seed)
    structure = Structure(program)
    blocks, links = RecourseBlocks(structure), LinkingRows(structure)
    start = feasible_decisions(rng, program)
    assert start is not None
    values = blocks.complete(start, Budget(30))
    count = int(rng.integers(1, structure.decisions.size + 1))
    freed = np.sort(rng.choice(structure.decisions, count, replace=False))
    master = BendersMaster(blocks, links, freed, values)
    step = master.solve(Budget(30), LIMITS, seed, resolution=resolution, prove_bound=True)
    assert step.status == "optimal"
    assert step.values is not None
    assert step.bound is not None
    fixed = decided(program, values)
    fixed.lower[freed], fixed.upper[freed] = program.lower[freed], program.upper[freed]
    others = np.setdiff1d(structure.recourse, structure.columns_of_blocks(master.touched))
    fixed.lower[others] = fixed.upper[others] = values[others]
    best = oracle(fixed).cost
    assert best is not None
    assert step.bound + master.constant <= round(best) + program.offset
    trial = values.copy()
    trial[master.subproblem.column_ids] = step.values
    settled = blocks.evaluate(structure.all_blocks, trial, Budget(30))
    assert settled is not None
    assert program.holds(settled)
    if not step.promising:
        assert step.bound <= program.objective(values) - master.constant


@pytest.mark.parametrize("mixed", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_both_solvers_find_decisions_that_can_be_completed(seed: int, mixed: bool) -> None:
    rng, program = program_of(seed)
    structure = Structure(program)
    blocks = RecourseBlocks(structure)
    start = feasible_decisions(rng, program)
    assert start is not None
    values = blocks.complete(start, Budget(30))
    master = BendersMaster(blocks, LinkingRows(structure), structure.decisions, values)
    step = master.solve(Budget(30), LIMITS, seed, use_scip=mixed, prove_bound=True)
    assert step.values is not None
    assert (step.bound is None) == mixed
    values[master.subproblem.column_ids] = step.values
    settled = blocks.evaluate(structure.all_blocks, values, Budget(30))
    assert settled is not None
    assert program.holds(settled)


@pytest.mark.parametrize("seed", range(10))
def test_cuts_alone_prove_the_program(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, pinned=seed % 2 == 0))
    blocks = RecourseBlocks(Structure(program))
    best = oracle(program).cost
    assert best is not None
    budget = Budget(60)
    incumbent = Incumbent(program, budget)
    for _ in range(20):  # a run ends when it stalls
        solve_benders(blocks, LinkingRows(blocks.structure), incumbent, 50.0)
        if incumbent.done:
            break
    assert incumbent.objective == incumbent.bound == round(best) + program.offset


def test_rounding_cuts_to_integers_keeps_small_costs() -> None:
    """Cuts of blocks that cost a few units only were once rounded down to whole units."""
    rng = np.random.default_rng(15)
    program = random_program(rng, random_recipe(rng))
    found = Search(program, Budget(60)).run()
    assert found.proven


def test_a_block_that_no_decision_touches_is_bounded_by_its_own_optimum() -> None:
    """Its rounded value, 200, was once taken for its least, which is 100."""
    builder = Builder()
    flows = builder.columns(2, family="flow", upper=5, continuous=True)
    short = builder.columns(2, family="short", upper=400, cost=1, continuous=True)
    (spare,) = builder.columns(1, family="spare", upper=5, continuous=True)
    work = builder.columns(2, family="work", upper=1, agent=[0, 1], day=0, cost=1)
    time = [builder.one, *flows, spare]
    builder.rows([time], [5, -1, -1, -1], family="time", lower=0, upper=0)
    needs = np.column_stack([flows, short])
    builder.rows(needs, [[150, 1], [100, 1]], family="need", lower=[400, 300], upper=[549, 399])
    builder.rows([work], 1, family="presence", lower=1)
    program = builder.build()
    found = Search(program, Budget(1.0)).run()
    assert oracle(program).cost == pytest.approx(101)
    assert found.bound is not None
    assert found.bound <= 101


def test_blocks_without_cuts_may_earn() -> None:
    builder = Builder()
    work = builder.columns(2, family="work", upper=1, agent=[0, 1], cost=1)
    (gain,) = builder.columns(1, family="gain", upper=4, cost=-3)
    builder.rows([[*work, gain]], [2, 2, -1], family="gain", lower=0)
    program = builder.build()
    structure = Structure(program)
    master = BendersMaster(
        RecourseBlocks(structure), LinkingRows(structure), structure.decisions, program.lower
    )
    step = master.solve(Budget(30), LIMITS, 0, prove_bound=True)
    assert step.bound is not None
    assert step.bound <= -10  # both work, for 2, and 4 are gained

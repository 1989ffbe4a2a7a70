"""Decisions searched against cuts: what is proven of them is so."""

from __future__ import annotations

import numpy as np
import pytest
from programs import decided, feasible_decisions, oracle, paid, random_program, random_recipe

from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.exact import Effort
from csshift.engine.incumbent import Incumbent
from csshift.engine.links import Links
from csshift.engine.reduced import Reduced
from csshift.engine.strategy import Search
from csshift.engine.structure import Structure
from csshift.engine.whole import Whole
from csshift.program import Builder, Program

EFFORT = Effort(10.0)


def program_of(seed: int) -> tuple[np.random.Generator, Program]:
    random = np.random.default_rng(seed)
    recipe = random_recipe(random, efficiencies=(1, 2), pinned=seed % 2 == 0)
    program = random_program(random, recipe)
    return random, paid(random, program) if seed % 3 == 0 else program


@pytest.mark.parametrize("resolution", [30.0, 1e6, 1e9])
@pytest.mark.parametrize("seed", range(14))
def test_no_bound_is_above_the_optimum_of_what_was_freed(seed: int, resolution: float) -> None:
    random, program = program_of(seed)
    structure = Structure(program)
    blocks, links = Blocks(structure), Links(structure)
    start = feasible_decisions(random, program)
    assert start is not None
    values = blocks.plan(start, Control(30))
    count = int(random.integers(1, structure.owned.size + 1))
    freed = np.sort(random.choice(structure.owned, count, replace=False))
    reduced = Reduced(blocks, links, freed, values)
    step = reduced.solve(Control(30), EFFORT, seed, resolution=resolution, exact=True)
    assert step.status == "optimal"
    assert step.values is not None
    assert step.bound is not None
    fixed = decided(program, values)
    fixed.lower[freed], fixed.upper[freed] = program.lower[freed], program.upper[freed]
    others = np.setdiff1d(structure.unowned, structure.columns_of_blocks(reduced.touched))
    fixed.lower[others] = fixed.upper[others] = values[others]
    best = oracle(fixed).cost
    assert best is not None
    assert step.bound + reduced.constant <= round(best) + program.offset
    trial = values.copy()
    trial[reduced.piece.columns] = step.values
    settled = blocks.evaluate(np.arange(structure.blocks), trial, Control(30))
    assert settled is not None
    assert program.holds(settled)
    if not step.promising:
        assert step.bound <= program.objective(values) - reduced.constant


@pytest.mark.parametrize("mixed", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_both_solvers_find_decisions_that_can_be_completed(seed: int, mixed: bool) -> None:
    random, program = program_of(seed)
    structure = Structure(program)
    blocks = Blocks(structure)
    start = feasible_decisions(random, program)
    assert start is not None
    values = blocks.plan(start, Control(30))
    reduced = Reduced(blocks, Links(structure), structure.owned, values)
    step = reduced.solve(Control(30), EFFORT, seed, mixed=mixed, exact=True)
    assert step.values is not None
    assert (step.bound is None) == mixed
    values[reduced.piece.columns] = step.values
    settled = blocks.evaluate(np.arange(structure.blocks), values, Control(30))
    assert settled is not None
    assert program.holds(settled)


@pytest.mark.parametrize("seed", range(10))
def test_the_whole_is_proven_by_cuts_alone(seed: int) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, pinned=seed % 2 == 0))
    blocks = Blocks(Structure(program))
    best = oracle(program).cost
    assert best is not None
    control = Control(60)
    incumbent = Incumbent(program, control)
    for _ in range(20):  # a run ends when it stalls
        Whole(blocks, incumbent, control).run(50.0, 1)
        if incumbent.done:
            break
    assert incumbent.objective == incumbent.bound == round(best) + program.offset


def test_small_costs_lose_nothing_to_whole_cuts() -> None:
    """Cuts of blocks that cost a few units only were once rounded down to whole units."""
    random = np.random.default_rng(15)
    program = random_program(random, random_recipe(random))
    found = Search(program, Control(60)).run()
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
    found = Search(program, Control(1.0)).run()
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
    reduced = Reduced(Blocks(structure), Links(structure), structure.owned, program.lower)
    step = reduced.solve(Control(30), EFFORT, 0, exact=True)
    assert step.bound is not None
    assert step.bound <= -10  # both work, for 2, and 4 are gained

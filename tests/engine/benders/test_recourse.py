"""Blocks: their values are those of linear programs, their cuts never lie above."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import (
    Integers,
    decided,
    feasible_decisions,
    oracle,
    paid,
    random_program,
    random_recipe,
)
from scipy.sparse import csr_array, vstack

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.errors import EngineError
from csshift.program import NOBODY, Program

SEEDS = range(14)


def block_values(structure: Structure, decisions: Integers) -> np.ndarray:
    """The least cost of each block once decisions are known, by SciPy."""
    fixed = decided(structure.program, decisions)
    values = []
    for block in range(structure.num_blocks):
        own = np.zeros(fixed.columns, dtype=np.int64)
        columns = structure.columns_of_blocks(np.array([block]))
        own[columns] = fixed.cost[columns]
        answer = oracle(replace(fixed, cost=own), integer=False)
        assert answer.cost is not None
        values.append(answer.cost)
    return np.array(values)


def cut_values(blocks: RecourseBlocks, decisions: Integers) -> list[tuple[int, float]]:
    """Each block's cuts at the decisions."""
    structure = blocks.structure
    settled = decisions.copy()
    settled[structure.recourse] = 0
    rows = blocks.cuts_of(structure.all_blocks)
    level = rows.constant - rows.duals @ (blocks.decision_matrix @ settled)
    return list(zip(rows.block.tolist(), level.tolist(), strict=True))


def some_program(seed: int) -> tuple[np.random.Generator, Program]:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, efficiencies=(1, 2, 3), pinned=seed % 2 == 0)
    program = random_program(rng, recipe)
    return rng, paid(rng, program) if seed % 3 == 0 else program


@pytest.mark.parametrize("seed", SEEDS)
def test_values_are_those_of_linear_programs(seed: int) -> None:
    """With efficiencies of 1, for then rounding takes nothing away."""
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng))
    structure = Structure(program)
    blocks = RecourseBlocks(structure)
    decisions = feasible_decisions(rng, program)
    assert decisions is not None
    found = blocks.complete(decisions, Budget(30))
    assert program.holds(found)
    assert found[structure.decisions].tolist() == decisions[structure.decisions].tolist()
    for block, value in enumerate(block_values(structure, decisions)):
        columns = structure.columns_of_blocks(np.array([block]))
        assert int(program.cost[columns] @ found[columns]) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_are_below_everywhere_and_tight_where_learned(seed: int) -> None:
    rng, program = some_program(seed)
    structure = Structure(program)
    blocks = RecourseBlocks(structure)
    everything = structure.all_blocks
    for _ in range(3):
        decisions = feasible_decisions(rng, program)
        assert decisions is not None
        blocks.evaluate(everything, decisions, Budget(30))
        best = np.full(structure.num_blocks, -np.inf)
        for block, value in cut_values(blocks, decisions):
            best[block] = max(best[block], value)
        np.testing.assert_allclose(best, block_values(structure, decisions), atol=1e-5)
    for _ in range(4):
        other = feasible_decisions(rng, program)
        assert other is not None
        values = block_values(structure, other)
        assert all(value <= values[block] + 1e-5 for block, value in cut_values(blocks, other))
        assert np.all(blocks.minimum <= values + 1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_duals_give_cuts_that_hold(seed: int) -> None:
    rng, program = some_program(seed)
    structure = Structure(program)
    blocks = RecourseBlocks(structure)
    subproblem = structure.full()
    everything = structure.all_blocks
    for size in (0.3, 3.0, 30.0):
        blocks.add_cuts(subproblem, rng.normal(scale=size, size=subproblem.rows), everything)
    found = relax(subproblem, Budget(30), 5.0)
    assert found is not None
    blocks.add_cuts(subproblem, found.duals, everything)
    for _ in range(3):
        decisions = feasible_decisions(rng, program)
        assert decisions is not None
        values = block_values(structure, decisions)
        levels = cut_values(blocks, decisions)
        assert len(levels) >= structure.num_blocks
        assert all(value <= values[block] + 1e-5 for block, value in levels)


def test_only_the_blocks_asked_for_move() -> None:
    rng, program = some_program(1)
    structure = Structure(program)
    blocks = RecourseBlocks(structure)
    decisions = feasible_decisions(rng, program)
    assert decisions is not None
    before = decisions.copy()
    before[structure.recourse] = program.upper[structure.recourse]
    some = np.array([0, structure.num_blocks - 1])
    found = blocks.evaluate(some, before, Budget(30))
    assert found is not None
    moved = np.flatnonzero(found != before)
    assert set(structure.block[moved]) <= set(some.tolist())
    assert blocks.cuts_of(np.array([1])).block.size == 0
    assert blocks.cuts_of(some).block.tolist() == some.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_hold_where_rows_were_added(seed: int) -> None:
    rng, program = some_program(seed)
    decisions = feasible_decisions(rng, program)
    assert decisions is not None
    blocks = RecourseBlocks(Structure(program))
    assert blocks.evaluate(blocks.structure.all_blocks, decisions, Budget(60)) is not None
    row = int(rng.integers(program.rows))
    copied = replace(
        program,
        matrix=csr_array(vstack([program.matrix, program.matrix[[row]]])),
        row_lower=np.append(program.row_lower, program.row_lower[row]),
        row_upper=np.append(program.row_upper, program.row_upper[row]),
        row_family=np.append(program.row_family, program.row_family[row]),
        row_agent=np.append(program.row_agent, program.row_agent[row]),
    )
    wider = RecourseBlocks(Structure(copied))
    wider.adopt(blocks)
    true = block_values(wider.structure, decisions)
    known = cut_values(wider, decisions)
    assert known == cut_values(blocks, decisions)
    assert all(level <= true[block] + 1e-6 * abs(true[block]) + 1e-3 for block, level in known)


def test_cuts_of_other_blocks_are_not_adopted() -> None:
    first, second = (RecourseBlocks(Structure(some_program(seed)[1])) for seed in (1, 2))
    for blocks in (first, second):
        assert (
            blocks.evaluate(blocks.structure.all_blocks, blocks.structure.program.lower, Budget(60))
            is not None
        )
    before = second.cuts_of(second.structure.all_blocks).constant
    second.adopt(first)
    assert np.array_equal(second.cuts_of(second.structure.all_blocks).constant, before)


def test_equal_cuts_are_kept_once_and_old_ones_make_room() -> None:
    rng, program = some_program(2)
    structure = Structure(program)
    blocks = RecourseBlocks(structure)
    subproblem = structure.full()
    everything = structure.all_blocks
    duals = rng.normal(size=subproblem.rows)
    for _ in range(3):
        blocks.add_cuts(subproblem, duals, everything)
    assert blocks.cuts_of(everything).block.tolist() == everything.tolist()
    for _ in range(blocks.params.max_cuts + 5):
        blocks.add_cuts(subproblem, rng.normal(scale=50, size=subproblem.rows), everything)
    counts = np.bincount(blocks.cuts_of(everything).block)
    assert counts.max() == blocks.params.max_cuts


def test_decisions_without_consequences_are_an_error() -> None:
    rng = np.random.default_rng(0)
    program = random_program(rng)
    blocks = RecourseBlocks(Structure(program))
    impossible = np.where(program.column_agent == NOBODY, program.lower, 50)
    assert blocks.evaluate(blocks.structure.all_blocks, impossible, Budget(30)) is None
    with pytest.raises(EngineError, match="hourly plan"):
        blocks.complete(impossible, Budget(30))

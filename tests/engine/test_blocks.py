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

from csshift.engine.blocks import MOST_CUTS, Blocks
from csshift.engine.control import Control
from csshift.engine.relax import relax
from csshift.engine.structure import Structure
from csshift.errors import EngineError
from csshift.program import NOBODY, Program

SEEDS = range(14)


def block_values(structure: Structure, decisions: Integers) -> np.ndarray:
    """The least cost of each block once decisions are known, by SciPy."""
    fixed = decided(structure.program, decisions)
    values = []
    for block in range(structure.blocks):
        own = np.zeros(fixed.columns, dtype=np.int64)
        columns = structure.columns_of_blocks(np.array([block]))
        own[columns] = fixed.cost[columns]
        answer = oracle(replace(fixed, cost=own), whole=False)
        assert answer.cost is not None
        values.append(answer.cost)
    return np.array(values)


def cut_values(blocks: Blocks, decisions: Integers) -> list[tuple[int, float]]:
    """Each block's cuts at the decisions."""
    structure = blocks.structure
    settled = decisions.copy()
    settled[structure.unowned] = 0
    rows = blocks.rows_for(np.arange(structure.blocks))
    level = rows.constant - rows.duals @ (blocks.decision_matrix @ settled)
    return list(zip(rows.block.tolist(), level.tolist(), strict=True))


def some_program(seed: int) -> tuple[np.random.Generator, Program]:
    random = np.random.default_rng(seed)
    recipe = random_recipe(random, efficiencies=(1, 2, 3), pinned=seed % 2 == 0)
    program = random_program(random, recipe)
    return random, paid(random, program) if seed % 3 == 0 else program


@pytest.mark.parametrize("seed", SEEDS)
def test_values_are_those_of_linear_programs(seed: int) -> None:
    """With efficiencies of 1, for then rounding takes nothing away."""
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random))
    structure = Structure(program)
    blocks = Blocks(structure)
    decisions = feasible_decisions(random, program)
    assert decisions is not None
    found = blocks.plan(decisions, Control(30))
    assert program.holds(found)
    assert found[structure.owned].tolist() == decisions[structure.owned].tolist()
    for block, value in enumerate(block_values(structure, decisions)):
        columns = structure.columns_of_blocks(np.array([block]))
        assert int(program.cost[columns] @ found[columns]) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_are_below_everywhere_and_tight_where_learned(seed: int) -> None:
    random, program = some_program(seed)
    structure = Structure(program)
    blocks = Blocks(structure)
    everything = np.arange(structure.blocks)
    for _ in range(3):
        decisions = feasible_decisions(random, program)
        assert decisions is not None
        blocks.evaluate(everything, decisions, Control(30))
        best = np.full(structure.blocks, -np.inf)
        for block, value in cut_values(blocks, decisions):
            best[block] = max(best[block], value)
        np.testing.assert_allclose(best, block_values(structure, decisions), atol=1e-5)
    for _ in range(4):
        other = feasible_decisions(random, program)
        assert other is not None
        values = block_values(structure, other)
        assert all(value <= values[block] + 1e-5 for block, value in cut_values(blocks, other))
        assert np.all(blocks.least <= values + 1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_duals_give_cuts_that_hold(seed: int) -> None:
    random, program = some_program(seed)
    structure = Structure(program)
    blocks = Blocks(structure)
    piece = structure.cutter.whole()
    everything = np.arange(structure.blocks)
    for size in (0.3, 3.0, 30.0):
        blocks.learn(piece, random.normal(scale=size, size=piece.rows.size), everything)
    found = relax(piece, Control(30), 5.0)
    assert found is not None
    blocks.learn(piece, found.duals, everything)
    for _ in range(3):
        decisions = feasible_decisions(random, program)
        assert decisions is not None
        values = block_values(structure, decisions)
        levels = cut_values(blocks, decisions)
        assert len(levels) >= structure.blocks
        assert all(value <= values[block] + 1e-5 for block, value in levels)


def test_only_the_blocks_asked_for_move() -> None:
    random, program = some_program(1)
    structure = Structure(program)
    blocks = Blocks(structure)
    decisions = feasible_decisions(random, program)
    assert decisions is not None
    before = decisions.copy()
    before[structure.unowned] = program.upper[structure.unowned]
    some = np.array([0, structure.blocks - 1])
    found = blocks.evaluate(some, before, Control(30))
    assert found is not None
    moved = np.flatnonzero(found != before)
    assert set(structure.block[moved]) <= set(some.tolist())
    assert blocks.rows_for(np.array([1])).block.size == 0
    assert blocks.rows_for(some).block.tolist() == some.tolist()


def test_equal_cuts_are_kept_once_and_old_ones_make_room() -> None:
    random, program = some_program(2)
    structure = Structure(program)
    blocks = Blocks(structure)
    piece = structure.cutter.whole()
    everything = np.arange(structure.blocks)
    duals = random.normal(size=piece.rows.size)
    for _ in range(3):
        blocks.learn(piece, duals, everything)
    assert blocks.rows_for(everything).block.tolist() == everything.tolist()
    for _ in range(MOST_CUTS + 5):
        blocks.learn(piece, random.normal(scale=50, size=piece.rows.size), everything)
    counts = np.bincount(blocks.rows_for(everything).block)
    assert counts.max() == MOST_CUTS


def test_decisions_without_consequences_are_an_error() -> None:
    random = np.random.default_rng(0)
    program = random_program(random)
    blocks = Blocks(Structure(program))
    impossible = np.where(program.column_agent == NOBODY, program.lower, 50)
    assert blocks.evaluate(np.arange(blocks.structure.blocks), impossible, Control(30)) is None
    with pytest.raises(EngineError, match="hourly plan"):
        blocks.plan(impossible, Control(30))

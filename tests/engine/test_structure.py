"""Agents, links and blocks."""

from __future__ import annotations

import numpy as np
import pytest
from programs import random_program

from csshift.engine.params import BendersParams
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Builder

SEEDS = range(15)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_row_connects_two_blocks(seed: int) -> None:
    program = random_program(np.random.default_rng(seed))
    structure = Structure(program)
    for row in range(program.rows):
        start, stop = program.matrix.indptr[row : row + 2]
        labels = structure.block[program.matrix.indices[start:stop]]
        assert np.unique(labels[labels >= 0]).size <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_free_columns_are_decision_or_in_one_block(seed: int) -> None:
    program = random_program(np.random.default_rng(seed))
    structure = Structure(program)
    blocks = structure.all_blocks
    of_blocks = structure.columns_of_blocks(blocks)
    of_agents = structure.columns_of_agents(structure.agents)
    free = np.flatnonzero(program.lower < program.upper)
    assert np.sort(np.concatenate([of_blocks, of_agents])).tolist() == free.tolist()
    assert np.all(program.column_agent[of_blocks] == NOBODY)
    for agent in structure.agents:
        assert np.all(program.column_agent[structure.columns_of_agent(agent)] == agent)
    for size in (1, 3, 1000):
        batches = structure.batches(blocks, size)
        assert np.concatenate(batches).tolist() == blocks.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_blocks_of_decisions_are_those_in_their_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng)
    structure = Structure(program)
    columns = rng.choice(structure.decisions, 3, replace=False)
    dense = program.matrix.toarray() != 0
    near = dense[dense[:, columns].any(axis=1)].any(axis=0)
    expected = np.unique(structure.block[near & (structure.block >= 0)])
    assert structure.blocks_touching(columns).tolist() == expected.tolist()


def test_coefficients_that_cancel_out_still_connect() -> None:
    builder = Builder()
    pair = builder.columns(2, family="flow", upper=5, continuous=True)
    builder.rows([pair, pair], [[1, 1], [1, -1]], family="flow", lower=[2, 0], upper=[8, 1])
    assert Structure(builder.build()).num_blocks == 1


def test_a_program_of_nobody_has_no_agents() -> None:
    builder = Builder()
    builder.columns(2, family="loose", upper=5)
    structure = Structure(builder.build())
    assert (structure.agents.size, structure.decisions.size, structure.num_blocks) == (0, 0, 2)
    assert Structure(Builder().build()).num_blocks == 0


@pytest.mark.parametrize("seed", range(8))
def test_too_much_recourse_is_freed_only_where_it_is_near(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng)
    structure = Structure(program, BendersParams(max_recourse_columns=0))
    usual = Structure(program)
    decisions = structure.columns_of_agent(int(structure.agents[0]))
    values = program.lower
    near = structure.restrict_with_recourse(decisions, values).column_ids
    every = usual.restrict_with_recourse(decisions, values).column_ids
    assert np.isin(near, every).all()
    matrix = program.matrix.tocsc()
    rows = np.unique(matrix[:, decisions].indices)
    touching = [c for c in structure.recourse if np.isin(matrix[:, [c]].indices, rows).any()]
    assert np.isin(touching, near).all()

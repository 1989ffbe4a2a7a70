"""Prices of recourse are never above its cost, and equal to it where they were learned."""

from __future__ import annotations

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

from csshift.engine.annealing.recourse_prices import BROKEN, RecoursePrices, supplied
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.structure import Structure
from csshift.program import Integers, Program


def prepared(program: Program) -> RecoursePrices:
    return RecoursePrices(RecourseBlocks(Structure(program)), Budget(60.0))


def decided(program: Program, seed: int) -> Integers:
    """Feasible decisions with the best recourse."""
    start = feasible_decisions(np.random.default_rng(seed), program)
    assert start is not None
    blocks = RecourseBlocks(Structure(program))
    settled = blocks.evaluate(blocks.structure.all_blocks, start, Budget(60.0))
    assert settled is not None
    return settled


def without_recourse(prices: RecoursePrices, values: Integers) -> Integers:
    decisions = values.copy()
    decisions[prices.recourse.structure.recourse] = 0
    return decisions


def recourse_cost(prices: RecoursePrices, values: Integers) -> int:
    columns = prices.recourse.structure.recourse
    return int(prices.recourse.structure.program.cost[columns] @ values[columns])


@pytest.mark.parametrize("seed", range(20))
def test_exact_where_learned_and_never_above_elsewhere(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, agents=4))
    prices = prepared(program)
    here, there = decided(program, seed), decided(program, seed + 100)
    supply = supplied(prices, without_recourse(prices, here))
    assert prices.learn(supply)
    assert prices.costs(supply).max(axis=1).sum() == pytest.approx(recourse_cost(prices, here))
    other = supplied(prices, without_recourse(prices, there))
    assert prices.costs(other).max(axis=1).sum() <= recourse_cost(prices, there) + 1e-6


def test_equal_intervals_share_their_vertices() -> None:
    rng = np.random.default_rng(3)
    program = random_program(rng, random_recipe(rng, agents=4, days=3, queues=2))
    prices = prepared(program)
    assert len(prices.members) < prices.blocks
    before = len(prices.log)
    supply = supplied(prices, without_recourse(prices, decided(program, 1)))
    assert prices.learn(supply)
    learned = len(prices.log)
    assert learned > before
    assert prices.learn(supply)
    assert len(prices.log) == learned


@pytest.mark.parametrize("seed", range(10))
def test_a_row_without_recourse_is_satisfied_or_broken(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, agents=4))
    prices = prepared(program)
    values = decided(program, seed)
    everybody = values.copy()
    columns = prices.recourse.structure.decisions
    everybody[columns] = program.upper[columns]
    rows = [
        prices.rows[block] for block in range(prices.recourse.structure.num_blocks, prices.blocks)
    ]
    lone = np.concatenate([np.empty(0, dtype=np.int64), *rows])
    for trial in (values, everybody):
        supply = supplied(prices, without_recourse(prices, trial))
        costs = prices.costs(supply).max(axis=1)[prices.recourse.structure.num_blocks :]
        broken = np.isin(lone, program.broken_rows(trial))
        assert np.all((costs >= BROKEN) == broken)
        assert np.all(costs[~broken] == 0)


def test_a_supply_that_no_recourse_allows_is_reported() -> None:
    """Two holders of a duty with one turn: there is no solution, again and again."""
    rng = np.random.default_rng(0)
    for seed in range(40):
        program = random_program(np.random.default_rng(seed), random_recipe(rng, agents=3))
        prices = prepared(program)
        everybody = program.upper.copy()
        everybody[program.continuous] = 0
        supply = supplied(prices, without_recourse(prices, everybody))
        blocks = prices.recourse.structure.all_blocks
        possible = prices.recourse.evaluate(blocks, everybody, Budget(60.0)) is not None
        assert prices.learn(supply) == possible
        assert prices.learn(supply) == possible

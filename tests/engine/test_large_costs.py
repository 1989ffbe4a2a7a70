"""Costs up to what 64 bits hold: bounds stay proofs, and nothing wraps around."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import oracle, random_program

from csshift.engine.benders.master import solve_benders
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.column_generation.generation import ColumnGeneration
from csshift.engine.column_generation.master import split_by_agent
from csshift.engine.column_generation.pricing import LARGEST, Pricing
from csshift.engine.incumbent import Incumbent
from csshift.engine.lns.reference import distance_cost
from csshift.engine.search import Search
from csshift.engine.solvers.lp import relax, tighten_duals
from csshift.engine.structure import LinkingRows, Structure
from csshift.engine.subproblem import Restrictor
from csshift.program import Program
from csshift.program.costs import LARGEST_OBJECTIVE

SEEDS = range(6)


def dear(seed: int) -> tuple[Program, int]:
    """Return a program whose objective just fits, and that of nearly the best solution."""
    rng = np.random.default_rng(seed)
    program = random_program(rng)
    most = int((np.abs(program.cost) * program.upper).sum()) + abs(program.offset)
    factor = (LARGEST_OBJECTIVE - 1) // (2 * most)
    best = oracle(program).values
    assert best is not None
    odd = np.where(program.cost > 0, rng.integers(0, 100, program.cost.size), 0)
    cost = program.cost * factor + odd  # without a common divisor
    large = replace(program, cost=cost, offset=program.offset * factor)
    return large, large.objective(np.rint(best).astype(np.int64))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_search_proves_what_it_finds(seed: int) -> None:
    program, best = dear(seed)
    found = Search(program, Budget(3.0, workers=1)).run()
    assert found.objective is not None
    assert found.bound is not None
    assert found.bound <= min(best, found.objective)
    assert found.objective == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_of_the_relaxation_hold(seed: int) -> None:
    program, best = dear(seed)
    subproblem = Restrictor(program).full()
    constant = program.objective(program.lower)
    relaxed = relax(subproblem, Budget(5.0), 5.0)
    assert relaxed is not None
    rough = replace(relaxed, duals=relaxed.duals * 0.99)
    assert tighten_duals(program, subproblem, rough, Budget(5.0)).bound + constant <= best
    assert relaxed.bound + constant <= best


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_of_cuts_hold(seed: int) -> None:
    program, best = dear(seed)
    budget = Budget(5.0, workers=1)
    incumbent = Incumbent(program, budget)
    structure = Structure(program)
    solve_benders(RecourseBlocks(structure), LinkingRows(structure), incumbent, 4.0)
    assert incumbent.bound is not None
    assert incumbent.bound <= best


@pytest.mark.parametrize("seed", SEEDS)
def test_pricing_proves_a_true_bound_or_none(seed: int) -> None:
    program, best = dear(seed)
    subproblem = Restrictor(program).full()
    split = split_by_agent(
        subproblem,
        program.column_agent[subproblem.column_ids],
        program.column_day[subproblem.column_ids],
    )
    constant = program.objective(program.lower)
    for size in (0.0, 1.0, 1e15, 1e17, 1e300):
        duals = np.full(split.linking.size, size)
        proof = Pricing(split, Budget(5.0)).price(duals, 2.0).proof
        assert proof is None or proof.bound + constant <= best
    generation = ColumnGeneration(split, Budget(5.0), np.zeros(split.linking.size))
    generation.start()
    assert generation.bound is None or generation.bound + constant <= best


def test_a_block_whose_costs_leave_64_bits_is_not_priced() -> None:
    program, _ = dear(0)
    subproblem = Restrictor(program).full()
    split = split_by_agent(
        subproblem,
        program.column_agent[subproblem.column_ids],
        program.column_day[subproblem.column_ids],
    )
    priced = Pricing(split, Budget(5.0)).price(np.full(split.linking.size, LARGEST), 2.0)
    assert (priced.schedules, priced.proof) == ({}, None)


def test_the_price_of_distance_stays_in_range() -> None:
    program, _ = dear(1)
    structure = Structure(program)
    subproblem = Restrictor(program).full()
    weight = np.full(subproblem.columns, 1e6)
    price = distance_cost(structure, subproblem, program.lower, float(LARGEST_OBJECTIVE), weight)
    assert int(np.abs(subproblem.cost + price).max()) < 1 << 62

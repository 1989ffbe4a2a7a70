"""Decomposition by agent: blocks, prices, masters, dives, and bounds that hold."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from programs import is_consistent, optimum

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.column_generation.decomposition import Decomposition
from csshift.engine.column_generation.dive import Dive
from csshift.engine.column_generation.generation import ColumnGeneration, Progress
from csshift.engine.column_generation.master import AgentBlocks, Master, split_by_agent
from csshift.engine.column_generation.pricing import GRID, Fixing, Pricing
from csshift.engine.generation_params import ColumnGenerationParams, DiagramParams, DiveParams
from csshift.engine.params import BendersParams, SearchParams
from csshift.engine.search import Search
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import LinkingRows, Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Builder, Program

Integers = NDArray[np.int64]
MANY = 320
LIMIT = 150
CG = ColumnGenerationParams()


def cover(seed: int, *, unit: int = 1) -> Program:
    """Agents with runs and limits of their own; heads missing and heads too many cost."""
    rng = np.random.default_rng(seed)
    agents, days = int(rng.integers(2, 5)), int(rng.integers(3, 6))
    builder = Builder()
    day = np.arange(days)
    work = builder.columns(
        (agents, days),
        family="work",
        upper=1,
        agent=np.arange(agents)[:, None],
        day=day,
        cost=unit * rng.integers(0, 5, (agents, days)),
    )
    builder.rows(work, 1, family="most", upper=rng.integers(1, days + 1, agents))
    for first in range(days - 2):
        # A day off between two days at work is not allowed to stand alone.
        builder.rows(work[:, first : first + 3], [1, -1, 1], family="alone", upper=1, lower=-1)
    slack = [
        builder.columns(days, family=name, upper=agents, day=day, cost=unit * cost)
        for name, cost in (("under", int(rng.integers(2, 9))), ("over", 1))
    ]
    need = rng.integers(0, agents + 1, days)
    rows = np.concatenate([work.T, slack[0][:, None], slack[1][:, None]], axis=1)
    values = [*[1] * agents, 1, -1]
    builder.rows(rows, values, family="cover", lower=need, upper=need)
    return builder.build()


def split_of(program: Program) -> tuple[Structure, Subproblem, AgentBlocks]:
    structure = Structure(program)
    subproblem = structure.full()
    return (
        structure,
        subproblem,
        split_by_agent(
            subproblem,
            program.column_agent[subproblem.column_ids],
            program.column_day[subproblem.column_ids],
        ),
    )


def budget(seconds: float = 30.0) -> Budget:
    return Budget(seconds, workers=1)


def generated(split: AgentBlocks) -> ColumnGeneration:
    """Return schedules generated from prices of 0."""
    generation = ColumnGeneration(split, budget(), np.zeros(split.linking.size))
    generation.start()
    assert generation.run(np.inf)
    return generation


@pytest.mark.parametrize("seed", range(5))
def test_blocks_hold_every_row_once_and_drop_nothing(seed: int) -> None:
    program = cover(seed)
    _, subproblem, split = split_of(program)
    own = sum(block.subproblem.rows for block in split.blocks)
    assert own + split.linking.size == subproblem.rows
    entries = sum(block.subproblem.matrix.nnz + block.links.nnz for block in split.blocks)
    assert entries + split.rest_links.nnz == subproblem.matrix.nnz
    assert {block.agent for block in split.blocks} == set(program.column_agent) - {NOBODY}


@pytest.mark.parametrize("block", range(8))
def test_bounds_are_never_above_the_optimum(block: int) -> None:
    """Whatever the duals are; 320 programs in all."""
    for seed in range(block * MANY // 8, (block + 1) * MANY // 8):
        program = cover(seed, unit=1 + seed % 3)
        _, subproblem, split = split_of(program)
        rng = np.random.default_rng(seed)
        best = optimum(program)
        assert best is not None
        for scale in (0.0, 1.0, 10.0):
            duals = rng.normal(0, scale, split.linking.size)
            proof = Pricing(split, budget()).price(duals, 5.0).proof
            assert proof is not None
            assert proof.bound + program.offset <= best
        assert subproblem.contradiction is None


def some_by_models(split: AgentBlocks) -> Pricing:
    """Return a pricing by two workers that has diagrams for some agents, and models for others."""
    for most in range(1, 200):
        pricing = Pricing(split, Budget(30.0, workers=2), DiagramParams(max_nodes=most))
        pricing.prepare()
        if 0 < len(pricing.models) < len(split.blocks):
            return pricing
    raise AssertionError("all diagrams have equally many nodes")


@pytest.mark.parametrize("seed", range(5))
def test_models_beside_diagrams_prove_what_diagrams_prove(seed: int) -> None:
    _, _, split = split_of(cover(seed))
    duals = np.random.default_rng(seed).normal(0, 3.0, split.linking.size)
    alone = Pricing(split, budget()).price(duals, 5.0)
    both = some_by_models(split).price(duals, 5.0)
    assert alone.proof is not None
    assert both.proof is not None
    assert both.proof.steps == alone.proof.steps
    assert both.proof.minimum.tolist() == alone.proof.minimum.tolist()
    assert set(both.schedules) == set(range(len(split.blocks)))


@pytest.mark.parametrize("seed", range(6))
def test_generation_raises_the_bound_to_the_master(seed: int) -> None:
    program = cover(seed)
    _, subproblem, split = split_of(program)
    relaxation = relax(subproblem, budget(), 5.0)
    assert relaxation is not None
    bounds: list[int] = []
    generation = ColumnGeneration(split, budget(), relaxation.duals[split.linking], bounds.append)
    generation.start()
    assert generation.run(np.inf)
    best = optimum(program)
    assert best is not None
    assert generation.bound is not None
    assert generation.solution is not None
    assert bounds == sorted(set(bounds))
    assert relaxation.bound <= generation.bound <= best - program.offset
    assert generation.bound <= generation.solution.objective + 1 - 1e-6


@pytest.mark.parametrize("rounds", [0, 3, 500])
@pytest.mark.parametrize("seed", range(6))
def test_gap_shares_are_the_gap_to_the_bound_of_columns(seed: int, rounds: int) -> None:
    program = cover(seed, unit=1 + seed % 3)
    structure, subproblem, split = split_of(program)
    blocks = RecourseBlocks(structure)
    relaxation = relax(subproblem, budget(), 5.0)
    assert relaxation is not None
    values = blocks.complete(program.lower, budget())
    decomposition = Decomposition(
        blocks, LinkingRows(structure), subproblem, relaxation.duals, budget()
    )
    assert decomposition.gap_shares() is None
    decomposition.start(values)
    decomposition.generation.run(np.inf, rounds)
    bound, shares = decomposition.generation.bound, decomposition.gap_shares()
    assert bound is not None
    assert shares is not None
    share = shares.of(values)
    gap = program.objective(values) - program.offset - bound
    assert share.sum() == pytest.approx(gap, abs=3.0)  # a unit of cost
    assert share.min() >= -1e-6
    for block in split.blocks:
        own = subproblem.column_ids[block.columns]
        idle = own[values[own] == 0]
        assert not share[idle].any() or not values[own].any()


def test_pricing_some_agents_proves_nothing() -> None:
    _, _, split = split_of(cover(1))
    priced = Pricing(split, budget()).price(np.zeros(split.linking.size), 5.0, [0])
    assert priced.proof is None
    assert set(priced.schedules) == {0}


def test_the_master_knows_a_schedule_once_and_forgets_the_dear_ones() -> None:
    _, _, split = split_of(cover(3))
    master = Master(split, LIMIT)
    for number, block in enumerate(split.blocks):
        nothing = np.zeros(block.columns.size, dtype=np.int64)
        assert master.add(number, nothing)
        assert not master.add(number, nothing)
    for bits in range(1, LIMIT + 10):
        size = split.blocks[0].columns.size
        master.add(0, np.array([bits >> k for k in range(size)], dtype=np.int64))
    solution = master.solve(budget())
    assert solution is not None
    before = master.mixed_values(solution)
    master.trim(solution)
    assert len(master.schedules(0)) <= LIMIT // 2
    assert solution.weights[0].size == len(master.schedules(0))
    assert np.allclose(master.mixed_values(solution), before)


def test_a_master_breaks_rows_at_a_price_until_schedules_keep_them() -> None:
    builder = Builder()
    work = builder.columns((2, 2), family="work", upper=1, agent=np.arange(2)[:, None], day=[0, 1])
    builder.rows(work, 1, family="most", upper=1)
    builder.rows(work.T, 1, family="cover", lower=1)
    _, _, split = split_of(builder.build())
    master = Master(split, LIMIT)
    for number in range(2):
        master.add(number, np.array([1, 0]))
    solution = master.solve(budget())
    assert solution is not None
    assert solution.violation == pytest.approx(1.0)
    master.add(1, np.array([0, 1]))
    solution = master.solve(budget())
    assert solution is not None
    assert solution.violation == pytest.approx(0.0)
    subset = master.subset(solution, {1: np.array([1, 0])}, 5)
    broken = subset.solve(budget())
    assert broken is not None
    assert broken.violation == pytest.approx(1.0)
    assert len(subset.schedules(1)) == 1
    assert len(master.schedules(1)) == 2
    subset.add(0, np.array([0, 1]))
    subset.keep(0, np.all(subset.schedules(0) == [0, 1], axis=1))
    kept = subset.solve(budget())
    assert kept is not None
    assert kept.violation == pytest.approx(0.0)
    assert subset.schedules(0).tolist() == [[0, 1]]


@pytest.mark.parametrize("seed", range(4))
def test_a_dive_from_the_best_solution_ends_at_once(seed: int) -> None:
    program = cover(seed)
    _, subproblem, split = split_of(program)
    generation = generated(split)
    params = SearchParams(branch=False, improve=False, benders=BendersParams(max_columns=0))
    best = Search(program, budget(5.0), params=params).run().values
    assert best is not None
    known = best[subproblem.column_ids]
    dive = Dive(generation, np.random.default_rng(0), known=known)
    result = dive.run(np.inf)
    if result is not None:  # nothing was left to decide from the start
        assert not result.free.any()


@pytest.mark.parametrize("seed", range(4))
def test_a_dive_leaves_whole_days_to_the_search(seed: int) -> None:
    program = cover(seed)
    structure, subproblem, split = split_of(program)
    generation = generated(split)
    last = 2.0
    result = Dive(generation, np.random.default_rng(seed), last_columns=last).run(np.inf)
    assert result is not None
    free = np.flatnonzero(result.free)
    assert 0 < free.size <= CG.dive.late * last
    assert np.all(program.column_agent[subproblem.column_ids[free]] != NOBODY)
    assert structure.decisions.size > free.size


@pytest.mark.parametrize("diagrams", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_pricing_finds_the_best_schedule_that_agrees_with_what_is_fixed(
    seed: int, diagrams: bool
) -> None:
    program = cover(seed)
    _, _, split = split_of(program)
    rng = np.random.default_rng(seed)
    pricing = Pricing(split, budget(), DiagramParams(enabled=diagrams))
    duals = rng.normal(0, 3, split.linking.size)
    fixing = Fixing(
        [rng.random(block.columns.size) < 0.4 for block in split.blocks],
        [rng.integers(0, 2, block.columns.size) for block in split.blocks],
    )
    worth = np.full(len(split.blocks), 1e3)
    found = pricing.price(duals, 5.0, None, worth, fixing)
    assert found.proof is None
    for number, block in enumerate(split.blocks):
        every = np.array(list(itertools.product((0, 1), repeat=block.columns.size)))
        activity = every @ block.subproblem.matrix.T
        own = block.subproblem
        valid = np.all((activity >= own.row_lower) & (activity <= own.row_upper), axis=1)
        agreeing = every[valid & fixing.fits(number, every)]
        cost = own.cost * GRID - block.links.T @ pricing.on_grid(duals)
        if not agreeing.size:
            assert not found.schedules[number].size
            continue
        assert np.all(fixing.fits(number, found.schedules[number]))
        best = found.schedules[number][0]
        assert best @ cost == (agreeing @ cost).min()


def test_progress_is_idle_after_so_many_rounds_without_a_move() -> None:
    progress = Progress(2, 0.01)
    assert not progress.idle(100.0)
    assert not progress.idle(99.5)  # half a move
    assert not progress.idle(98.0)
    assert not progress.idle(98.0, 10)  # the first bound is one as well
    assert not progress.idle(98.0, 10)
    assert not progress.idle(97.5, 10)
    assert progress.idle(97.5, 10)


@pytest.mark.parametrize("params", [CG.dive, replace(CG.dive, harmful_rise=0.0)])
@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_a_dive_fixes_every_day_when_none_is_left_to_the_search(
    seed: int, noise: float, params: DiveParams
) -> None:
    program = cover(seed)
    _, subproblem, split = split_of(program)
    generation = generated(split)
    result = Dive(generation, np.random.default_rng(seed), noise, params).run(np.inf)
    assert result is not None
    assert not result.free.any()
    for block in split.blocks:
        chosen = result.values[block.columns]
        activity = block.subproblem.matrix @ chosen
        assert np.all(activity >= block.subproblem.row_lower)
        assert np.all(activity <= block.subproblem.row_upper)
    assert np.all(result.values[split.rest] == 0)
    assert subproblem.columns == result.values.size


@pytest.mark.parametrize("seed", range(4))
def test_a_decomposition_finds_the_optimum_of_small_programs(seed: int) -> None:
    program = cover(seed)
    params = SearchParams(branch=False, improve=False, benders=BendersParams(max_columns=0))
    found = Search(program, budget(5.0), params=params).run()
    assert is_consistent(found)
    assert found.objective == optimum(program)


def test_stopping_ends_generation_and_dive() -> None:
    program = cover(4)
    structure, subproblem, _ = split_of(program)
    limit = budget()
    blocks = RecourseBlocks(structure)
    relaxation = relax(subproblem, limit, 5.0)
    assert relaxation is not None
    decomposition = Decomposition(
        blocks, LinkingRows(structure), subproblem, relaxation.duals, limit
    )
    decomposition.start(None)
    limit.stop()
    assert not decomposition.generation.run(np.inf)
    values = program.lower.copy()
    assert decomposition.dive(values, np.random.default_rng(0), np.inf) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_reproducible_search_by_columns_repeats_itself(seed: int) -> None:
    program = cover(seed)

    def found() -> list[tuple[str, int | None, int | None]]:
        limits = Budget(6.0, workers=2, seed=seed, reproducible=True)
        result = Search(
            program, limits, params=SearchParams(branch=False, benders=BendersParams(max_columns=0))
        ).run()
        return [(event.stage, event.objective, event.bound) for event in result.trace]

    assert found() == found()

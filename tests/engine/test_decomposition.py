"""Decomposition by person: parts, prices, mixtures, dives, and bounds that hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from programs import is_consistent, optimum

from csshift.engine.blocks import Blocks
from csshift.engine.columns import Generation, Progress
from csshift.engine.control import Control
from csshift.engine.decomposition import Decomposition, Windows
from csshift.engine.dive import QUICK, THOROUGH, Care, Dive
from csshift.engine.incumbent import Incumbent
from csshift.engine.links import Links
from csshift.engine.master import MOST_SCHEDULES, Master
from csshift.engine.parts import Parts, take_apart
from csshift.engine.piece import Piece
from csshift.engine.pricing import Pricing
from csshift.engine.relax import relax
from csshift.engine.strategy import Plan, Search
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Builder, Program

Integers = NDArray[np.int64]
MANY = 320


def cover(seed: int, *, unit: int = 1) -> Program:
    """Owners with runs and limits of their own; heads missing and heads too many cost."""
    random = np.random.default_rng(seed)
    owners, days = int(random.integers(2, 5)), int(random.integers(3, 6))
    builder = Builder()
    day = np.arange(days)
    work = builder.columns(
        (owners, days),
        family="work",
        upper=1,
        agent=np.arange(owners)[:, None],
        day=day,
        cost=unit * random.integers(0, 5, (owners, days)),
    )
    builder.rows(work, 1, family="most", upper=random.integers(1, days + 1, owners))
    for first in range(days - 2):
        # A day off between two days at work is not allowed to stand alone.
        builder.rows(work[:, first : first + 3], [1, -1, 1], family="alone", upper=1, lower=-1)
    slack = [
        builder.columns(days, family=name, upper=owners, day=day, cost=unit * cost)
        for name, cost in (("under", int(random.integers(2, 9))), ("over", 1))
    ]
    need = random.integers(0, owners + 1, days)
    rows = np.concatenate([work.T, slack[0][:, None], slack[1][:, None]], axis=1)
    values = [*[1] * owners, 1, -1]
    builder.rows(rows, values, family="cover", lower=need, upper=need)
    return builder.build()


def parts_of(program: Program) -> tuple[Structure, Piece, Parts]:
    structure = Structure(program)
    piece = structure.cutter.whole()
    return structure, piece, take_apart(piece, program.column_agent[piece.columns])


def control(seconds: float = 30.0) -> Control:
    return Control(seconds, workers=1)


@pytest.mark.parametrize("seed", range(5))
def test_parts_hold_every_row_once_and_lose_nothing(seed: int) -> None:
    program = cover(seed)
    _, piece, parts = parts_of(program)
    own = sum(part.piece.rows.size for part in parts.parts)
    assert own + parts.linking.size == piece.rows.size
    entries = sum(part.piece.matrix.nnz + part.links.nnz for part in parts.parts)
    assert entries + parts.rest_links.nnz == piece.matrix.nnz
    assert {part.owner for part in parts.parts} == set(program.column_agent) - {NOBODY}


@pytest.mark.parametrize("block", range(8))
def test_bounds_are_never_above_the_optimum(block: int) -> None:
    """Whatever the duals are; 320 programs in all."""
    for seed in range(block * MANY // 8, (block + 1) * MANY // 8):
        program = cover(seed, unit=1 + seed % 3)
        _, piece, parts = parts_of(program)
        random = np.random.default_rng(seed)
        best = optimum(program)
        assert best is not None
        for scale in (0.0, 1.0, 10.0):
            duals = random.normal(0, scale, parts.linking.size)
            proof = Pricing(parts, control()).price(duals, 5.0).proof
            assert proof is not None
            assert proof.bound + program.offset <= best
        assert piece.contradiction is None


@pytest.mark.parametrize("seed", range(6))
def test_generation_raises_the_bound_to_the_mixture(seed: int) -> None:
    program = cover(seed)
    _, piece, parts = parts_of(program)
    relaxation = relax(piece, control(), 5.0)
    assert relaxation is not None
    heard: list[int] = []
    generation = Generation(parts, control(), relaxation.duals[parts.linking], heard.append)
    generation.start()
    assert generation.run(np.inf)
    best = optimum(program)
    assert best is not None
    assert generation.bound is not None
    assert generation.mixture is not None
    assert heard == sorted(set(heard))
    assert relaxation.bound <= generation.bound <= best - program.offset
    assert generation.bound <= generation.mixture.objective + 1 - 1e-6


@pytest.mark.parametrize("rounds", [0, 3, 500])
@pytest.mark.parametrize("seed", range(6))
def test_losses_are_the_gap_to_the_bound_of_columns(seed: int, rounds: int) -> None:
    program = cover(seed, unit=1 + seed % 3)
    structure, piece, parts = parts_of(program)
    blocks = Blocks(structure)
    relaxation = relax(piece, control(), 5.0)
    assert relaxation is not None
    values = blocks.plan(program.lower, control())
    whole = Decomposition(blocks, Links(structure), piece, relaxation.duals, control())
    assert whole.losses() is None
    whole.start(values)
    whole.generation.run(np.inf, rounds)
    bound, losses = whole.generation.bound, whole.losses()
    assert bound is not None
    assert losses is not None
    lost = losses.of(values)
    gap = program.objective(values) - program.offset - bound
    assert lost.sum() == pytest.approx(gap, abs=3.0)  # a unit of cost
    assert lost.min() >= -1e-6
    for part in parts.parts:
        own = piece.columns[part.columns]
        idle = own[values[own] == 0]
        assert not lost[idle].any() or not values[own].any()


def test_pricing_some_parts_proves_nothing() -> None:
    _, _, parts = parts_of(cover(1))
    priced = Pricing(parts, control()).price(np.zeros(parts.linking.size), 5.0, [0])
    assert priced.proof is None
    assert set(priced.schedules) == {0}


def test_the_master_knows_a_schedule_once_and_forgets_the_dear_ones() -> None:
    _, _, parts = parts_of(cover(3))
    master = Master(parts)
    for number, part in enumerate(parts.parts):
        nothing = np.zeros(part.columns.size, dtype=np.int64)
        assert master.add(number, nothing)
        assert not master.add(number, nothing)
    for bits in range(1, MOST_SCHEDULES + 10):
        size = parts.parts[0].columns.size
        master.add(0, np.array([bits >> k for k in range(size)], dtype=np.int64))
    mixture = master.solve(control())
    assert mixture is not None
    before = master.guide(mixture)
    master.trim(mixture)
    assert len(master.schedules(0)) <= MOST_SCHEDULES // 2
    assert mixture.weights[0].size == len(master.schedules(0))
    assert np.allclose(master.guide(mixture), before)


def test_progress_is_idle_after_so_many_rounds_without_a_move() -> None:
    progress = Progress(2, 0.01)
    assert not progress.idle(100.0)
    assert not progress.idle(99.5)  # half a move
    assert not progress.idle(98.0)
    assert not progress.idle(98.0, 10)  # the first bound is one as well
    assert not progress.idle(98.0, 10)
    assert not progress.idle(97.5, 10)
    assert progress.idle(97.5, 10)


@pytest.mark.parametrize("care", [QUICK, THOROUGH])
@pytest.mark.parametrize("seed", range(4))
def test_a_dive_fixes_all_but_the_last_owners(seed: int, care: Care) -> None:
    program = cover(seed)
    _, piece, parts = parts_of(program)
    generation = Generation(parts, control(), np.zeros(parts.linking.size))
    generation.start()
    assert generation.run(np.inf)
    landing = Dive(generation, np.random.default_rng(seed), care=replace(care, leave=1)).run(np.inf)
    assert landing is not None
    assert len(landing.free) == 1
    for part in parts.parts:
        chosen = landing.values[part.columns]
        activity = part.piece.matrix @ chosen
        assert np.all(activity >= part.piece.row_lower)
        assert np.all(activity <= part.piece.row_upper)
    assert np.all(landing.values[parts.rest] == 0)
    assert piece.columns.size == landing.values.size


@pytest.mark.parametrize("seed", range(4))
def test_a_whole_decomposition_finds_the_optimum_of_small_programs(seed: int) -> None:
    program = cover(seed)
    plan = Plan(branch=False, improve=False, whole_columns=0)
    found = Search(program, control(5.0), plan=plan).run()
    assert is_consistent(found)
    assert found.objective == optimum(program)


def test_windows_never_make_it_worse() -> None:
    program = cover(2)
    structure, _, _ = parts_of(program)
    blocks = Blocks(structure)
    limit = control()
    incumbent = Incumbent(program, limit)
    idle = blocks.evaluate(np.arange(structure.blocks), program.lower, limit)
    assert idle is not None
    incumbent.offer(idle, "start")
    before = incumbent.objective
    days = int(program.column_day.max()) + 1
    windows = Windows(blocks, Links(structure), incumbent, limit, days)
    for _ in range(3):
        windows.step()
    assert incumbent.objective is not None
    assert before is not None
    assert incumbent.objective < before
    assert program.holds(incumbent.values if incumbent.values is not None else idle)


def test_stopping_ends_generation_and_dive() -> None:
    program = cover(4)
    structure, piece, _ = parts_of(program)
    limit = control()
    blocks = Blocks(structure)
    relaxation = relax(piece, limit, 5.0)
    assert relaxation is not None
    whole = Decomposition(blocks, Links(structure), piece, relaxation.duals, limit)
    whole.start(None)
    limit.stop()
    assert not whole.generation.run(np.inf)
    values = program.lower.copy()
    assert whole.dive(values, np.random.default_rng(0), np.inf) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_reproducible_search_by_columns_repeats_itself(seed: int) -> None:
    program = cover(seed)

    def found() -> list[tuple[str, int | None, int | None]]:
        limits = Control(6.0, workers=2, seed=seed, reproducible=True)
        result = Search(program, limits, plan=Plan(branch=False, whole_columns=0)).run()
        return [(news.stage, news.objective, news.bound) for news in result.trace]

    assert found() == found()

"""The whole search on small programs, against SciPy's optimum."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from programs import (
    Recipe,
    feasible_decisions,
    is_consistent,
    optimum,
    paid,
    random_program,
    random_recipe,
    shifted,
)

from csshift.engine.budget import Budget
from csshift.engine.incumbent import Event, Incumbent
from csshift.engine.params import BendersParams, SearchParams
from csshift.engine.search import Search
from csshift.program import Builder, Program

LONG = 60.0
"""Seconds; enough for any small program, and none is waited for."""

STAGES = [
    SearchParams(),
    SearchParams(construct=False),
    SearchParams(benders=BendersParams(max_columns=0)),
    SearchParams(benders=BendersParams(max_columns=0), improve=False),
    SearchParams(construct=False, improve=False, tighten=False),
]


def program_of(seed: int, **fixed: object) -> Program:
    rng = np.random.default_rng(seed)
    return random_program(rng, random_recipe(rng, **fixed))


def large(seed: int) -> Program:
    """A program that no search proves within a few seconds."""
    recipe = Recipe(agents=24, days=14, shifts=3, queues=3, efficiencies=(3, 7))
    return random_program(np.random.default_rng(seed), recipe)


def agrees(found: Incumbent, best: int | None) -> bool:
    """Whether nothing that was found contradicts the optimum."""
    if best is None:
        return found.values is None
    if found.infeasible or (found.bound is not None and found.bound > best):
        return False
    return is_consistent(found) and (found.objective is None or found.objective >= best)


@pytest.mark.parametrize("seed", range(24))
def test_the_proven_optimum_is_scipy_s(seed: int) -> None:
    program = program_of(seed, pinned=seed % 2 == 1, unit=Fraction(1, 1 + seed % 3))
    found = Search(program, Budget(LONG, seed=seed)).run()
    assert found.proven
    assert found.objective == optimum(program)
    assert is_consistent(found)


@pytest.mark.parametrize("seed", range(40, 60))
def test_infeasible_programs_are_distinguished(seed: int) -> None:
    program = program_of(seed, tight=True, pinned=seed % 2 == 1)
    best = optimum(program)
    found = Search(program, Budget(LONG, seed=seed)).run()
    assert found.infeasible == (best is None)
    assert found.objective == best
    assert agrees(found, best)


@pytest.mark.parametrize("seed", range(8))
def test_bounds_hold_where_rounding_keeps_them_apart(seed: int) -> None:
    """Flows of several units a step: the best whole flows need not be found, nor proven."""
    program = program_of(seed, efficiencies=(2, 3, 5))
    if seed % 2:
        program = paid(np.random.default_rng(seed), program)
    assert agrees(Search(program, Budget(0.6, seed=seed)).run(), optimum(program))


@pytest.mark.parametrize("params", STAGES)
@pytest.mark.parametrize("seed", range(3))
def test_stages_can_be_left_out(seed: int, params: SearchParams) -> None:
    program = program_of(seed)
    found = Search(program, Budget(1.0, seed=seed), params=params).run()
    assert agrees(found, optimum(program))
    assert found.values is not None


@pytest.mark.parametrize("params", STAGES)
@pytest.mark.parametrize("seed", range(6))
def test_columns_may_be_counted_from_any_origin(seed: int, params: SearchParams) -> None:
    rng = np.random.default_rng(seed)
    program = shifted(rng, program_of(seed, efficiencies=(1, 2)), decisions=bool(seed % 2))
    assert agrees(Search(program, Budget(1.0, seed=seed), params=params).run(), optimum(program))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_short_time_leaves_a_valid_state(workers: int) -> None:
    for seed in range(3):
        program = large(seed)
        began = time.monotonic()
        found = Search(program, Budget(0.2, workers=workers, seed=seed)).run()
        assert time.monotonic() - began < 10
        assert is_consistent(found)
        assert not found.infeasible
        if found.objective is not None and found.bound is not None:
            assert found.bound <= found.objective


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.5, 1.5])
def test_a_stop_ends_it_soon(delay: float) -> None:
    program = large(1)
    budget = Budget(600.0, workers=2)
    threading.Timer(delay, budget.stop).start()
    began = time.monotonic()
    found = Search(program, budget).run()
    assert time.monotonic() - began < 10 + delay
    assert budget.stopped
    assert is_consistent(found)
    assert not found.infeasible


@pytest.mark.parametrize("seed", range(4))
def test_a_reproducible_search_repeats_itself(seed: int) -> None:
    program = program_of(seed, efficiencies=(1,) if seed % 2 else (2, 3))
    runs = []
    for _ in range(2):
        received: list[Event] = []
        budget = Budget(12.0, workers=2, seed=seed, reproducible=True)
        found = Search(program, budget, on_event=received.append).run()
        assert found.values is not None
        steps = [replace(event, seconds=0.0) for event in received]
        runs.append((steps, found.values.tolist(), found.objective, found.bound))
    assert runs[0] == runs[1]


@pytest.mark.parametrize("seed", range(5))
def test_a_start_is_never_made_worse(seed: int) -> None:
    program = program_of(seed)
    start = feasible_decisions(np.random.default_rng(seed), program)
    assert start is not None
    received: list[Event] = []
    search = Search(program, Budget(LONG), start=start, on_event=received.append)
    found = search.run()
    assert received[0].stage == "start"
    assert received[0].objective is not None
    assert found.objective is not None
    assert found.objective <= received[0].objective


def test_a_start_that_breaks_rules_is_passed_over() -> None:
    program = program_of(3)
    found = Search(program, Budget(LONG), start=program.upper.copy()).run()
    assert found.objective == optimum(program)


def test_the_gap_ends_it() -> None:
    program = program_of(2)
    wide = Search(program, Budget(LONG), gap=0.9).run()
    assert wide.gap is not None
    assert wide.gap <= 0.9
    assert not wide.budget.over


def test_events_report_every_improvement_in_order() -> None:
    received: list[Event] = []
    found = Search(program_of(5), Budget(LONG), on_event=received.append).run()
    assert received == found.trace
    assert [event.seconds for event in received] == sorted(event.seconds for event in received)
    assert (received[-1].objective, received[-1].bound) == (found.objective, found.bound)


@pytest.mark.parametrize("need", [0, 3, 20])
def test_programs_without_decisions(need: int) -> None:
    builder = Builder()
    pinned = builder.columns(1, family="work", lower=1, upper=1, agent=0)
    short = builder.columns(2, family="short", upper=5, cost=[2, 3], continuous=True)
    builder.rows([[*pinned, *short]], 1, family="need", lower=need)
    program = builder.build()
    found = Search(program, Budget(2.0)).run()
    assert agrees(found, optimum(program))
    if need < 20:
        assert found.proven


def test_an_empty_program_is_optimal() -> None:
    found = Search(Builder().build(), Budget(5.0)).run()
    assert (found.objective, found.proven) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_many_programs(block: int) -> None:
    for seed in range(1000 + 60 * block, 1060 + 60 * block):
        program = program_of(seed, tight=seed % 3 == 0, pinned=seed % 2 == 1)
        best = optimum(program)
        found = Search(program, Budget(LONG, seed=seed)).run()
        assert agrees(found, best), seed
        assert found.objective == best, seed
        assert found.infeasible == (best is None), seed

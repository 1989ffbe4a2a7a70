"""Days apart from agents: groups, types, prices, and bounds that hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from programs import Recipe, optimum, paid, random_program, random_recipe, shifted

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.days.decomposition import DayDecomposition
from csshift.engine.days.groups import DayGroup, DayType, group_by_day
from csshift.engine.days.listing import ListedDay, bytes_listed
from csshift.engine.days.pricing import DayPrice
from csshift.engine.days.searching import SearchedDay
from csshift.engine.generation_params import DayParams
from csshift.engine.params import SearchParams
from csshift.engine.search import Search
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import LinkingRows, Structure
from csshift.program import NOBODY, Floats, Program

LISTED = DayParams()
SEARCHED = DayParams(max_vectors=0, day_gap=0.0)


def program_of(seed: int) -> Program:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, nights=bool(seed % 2), pinned=bool(seed % 3), tight=seed % 7 == 0)
    program = random_program(rng, recipe)
    program = paid(rng, program) if seed % 5 == 0 else program
    return shifted(rng, program, decisions=False) if seed % 4 == 3 else program


def days_of(
    structure: Structure,
    duals: Floats,
    params: DayParams = LISTED,
    budget: Budget | None = None,
    on_bound: Callable[[int], None] = lambda bound: None,
    known_bound: int | None = None,
) -> DayDecomposition:
    return DayDecomposition(
        *(RecourseBlocks(structure), LinkingRows(structure), structure.full(), duals),
        *(budget or Budget(60), on_bound, params, known_bound),
    )


def decompose(program: Program, params: DayParams, steps: int) -> tuple[list[int], int | None]:
    """Return the bounds of some steps, and that of the relaxation."""
    structure = Structure(program)
    full, budget = structure.full(), Budget(60)
    found = relax(full, budget, 60)
    bounds: list[int] = []
    if found is None:
        return bounds, None
    days = days_of(structure, found.duals, params, budget, bounds.append)
    for _ in range(steps):
        days.step()
    return bounds, found.bound + structure.constant(full)


def assert_honest(seeds: range, params: DayParams, steps: int) -> None:
    better = 0
    for seed in seeds:
        program = program_of(seed)
        best = optimum(program)
        bounds, relaxed = decompose(program, params, steps)
        if best is None or relaxed is None:
            continue
        assert all(bound <= best for bound in bounds), seed
        assert bounds == sorted(bounds)
        better += bool(bounds) and bounds[-1] > relaxed + 1
    assert better


@pytest.mark.parametrize("params", [LISTED, SEARCHED])
def test_no_bound_is_above_the_optimum(params: DayParams) -> None:
    assert_honest(range(60), params, 8)


@pytest.mark.slow
@pytest.mark.parametrize(("params", "count"), [(LISTED, 1500), (SEARCHED, 500)])
def test_no_bound_is_above_the_optimum_of_many(params: DayParams, count: int) -> None:
    assert_honest(range(1000, 1000 + count), params, 15)


@pytest.mark.parametrize("factor", [3**25, 3**29, 3**33])
def test_bounds_hold_where_prices_exceed_what_floats_count(factor: int) -> None:
    found = 0
    for seed in range(1, 40):
        program = program_of(seed)
        best = optimum(program)
        large = replace(program, cost=program.cost * factor, offset=program.offset * factor)
        bounds, _ = decompose(large, LISTED, 6)
        assert best is None or all(bound <= best * factor for bound in bounds), seed
        found += bool(bounds)
    assert found or factor > 3**30


def groups_of(program: Program) -> tuple[Structure, tuple[DayGroup, ...]]:
    structure = Structure(program)
    groups = group_by_day(structure, LinkingRows(structure), structure.full())
    assert groups is not None
    return structure, groups


@pytest.mark.parametrize("seed", range(20))
def test_every_block_and_row_belongs_to_one_day(seed: int) -> None:
    structure, groups = groups_of(program_of(seed))
    blocks = np.concatenate([group.blocks for group in groups])
    rows = np.concatenate([group.rows for group in groups])
    assert np.array_equal(np.sort(blocks), structure.all_blocks)
    assert np.unique(rows).size == rows.size
    assert np.all(structure.program.row_agent[rows] == NOBODY)


@pytest.mark.parametrize("seed", range(10))
def test_options_are_what_the_rows_of_an_agent_leave(seed: int) -> None:
    program = program_of(seed)
    structure, groups = groups_of(program)
    full = structure.full()
    group = groups[0]
    for kind in group.types:
        agent = program.column_agent[full.column_ids[kind.columns[0, 0]]]
        day = program.column_day[full.column_ids]
        chosen_days = np.unique(day[kind.columns[0]])
        own = np.flatnonzero(
            (program.column_agent[full.column_ids] == agent) & np.isin(day, chosen_days)
        )
        rows = [
            row
            for row in range(full.rows)
            if set(full.matrix[[row]].indices.tolist()) <= set(own.tolist())
        ]
        dense = full.matrix[rows][:, own].toarray()
        allowed = {
            tuple(values[i] for i in np.searchsorted(own, kind.columns[0]))
            for values in product((0, 1), repeat=own.size)
            if np.all(dense @ values >= full.row_lower[rows])
            and np.all(dense @ values <= full.row_upper[rows])
        }
        assert {tuple(option) for option in kind.options.tolist()} == allowed


@pytest.mark.parametrize("seed", range(12))
def test_listing_and_searching_agree_on_the_price_of_a_day(seed: int) -> None:
    program = program_of(2 * seed)
    structure, groups = groups_of(program)
    blocks, budget = RecourseBlocks(structure), Budget(60)
    rng = np.random.default_rng(seed)
    for group in groups:
        prices = tuple(
            rng.integers(-20, 5, kind.columns.shape[1]) * program.scale for kind in group.types
        )
        listed = ListedDay(blocks, group, budget, LISTED).price(prices)
        searched = SearchedDay(blocks, group, budget, SEARCHED).price(prices)
        assert (listed is None) == (searched is None)
        if listed is not None and searched is not None:
            assert abs(listed.bound - searched.bound) <= 2 + 1e-5 * abs(listed.bound)
            assert searched.rise >= -2 - 1e-5 * abs(listed.bound)


@pytest.mark.parametrize("seed", range(8))
def test_a_searched_day_knows_the_neighbours_of_its_best_distribution(seed: int) -> None:
    program = program_of(2 * seed)
    structure, groups = groups_of(program)
    blocks, budget = RecourseBlocks(structure), Budget(60)
    for group in groups:
        prices = tuple(np.zeros(kind.columns.shape[1], dtype=np.int64) for kind in group.types)
        listed = ListedDay(blocks, group, budget, LISTED)
        day = SearchedDay(blocks, group, budget, SEARCHED)
        priced = day.price(prices)
        if priced is None:
            continue
        assert len(priced.patterns) > 1 or group.vectors <= 2
        floors = day.latest_floors([counts for counts, _ in priced.patterns])
        for (counts, floor), latest in zip(priced.patterns, floors, strict=True):
            assert [part.sum() for part in counts] == [kind.size for kind in group.types]
            assert min(part.min() for part in counts) >= 0
            assert floor <= latest + 1e-6
            # A floor is no more than the recourse costs, which a listed day knows exactly.
            assert latest <= listed.floor(counts) + 1e-6 * abs(latest) + 2


def test_days_are_listed_only_as_long_as_there_is_memory() -> None:
    program = random_program(np.random.default_rng(3), Recipe(agents=4, days=3))
    structure = Structure(program)
    full = structure.full()
    kinds = {}
    groups = group_by_day(structure, LinkingRows(structure), full) or ()
    room = bytes_listed(groups[0]) + bytes_listed(groups[1])
    for most in (0, room, 1 << 29):
        days = days_of(structure, np.zeros(full.rows), DayParams(max_bytes=most))
        kinds[most] = [type(pricing) for pricing in days.pricing]
    assert kinds[1 << 29] == [ListedDay] * 3
    assert kinds[room] == [ListedDay, ListedDay, SearchedDay]
    assert kinds[0] == [SearchedDay] * 3


@pytest.mark.parametrize("seed", range(12))
def test_a_listed_day_knows_its_best_distributions_at_all_prices(seed: int) -> None:
    program = program_of(seed)
    structure, groups = groups_of(program)
    blocks, budget = RecourseBlocks(structure), Budget(60)
    rng = np.random.default_rng(seed)
    exact = replace(LISTED, evaluations=10_000)
    for group in groups:
        day = ListedDay(blocks, group, budget, exact)
        sizes = [kind.counts() for kind in group.types]
        every = list(product(*sizes)) if group.vectors <= 300 else []
        for _ in range(4):
            prices = tuple(
                rng.integers(-20, 5, kind.columns.shape[1]) * program.scale for kind in group.types
            )
            found = day.price(prices)
            if found is None or not every:
                continue
            paid = [
                sum(
                    int(counts @ (kind.options @ price))
                    for counts, kind, price in zip(chosen, group.types, prices, strict=True)
                )
                for chosen in every
            ]
            allowed = [_allows(group, chosen) for chosen in every]
            values = [
                amount + day.floor(tuple(chosen)) if fits else np.inf
                for amount, chosen, fits in zip(paid, every, allowed, strict=True)
            ]
            assert abs(found.bound - min(values)) <= 2 + 1e-9 * abs(min(values))
            near, complete = day.near(prices, 3.0 * program.scale, 10_000)
            assert complete
            close = min(values) + 3.0 * program.scale
            assert len(near) >= sum(value <= close for value in values)


def test_what_is_forbidden_does_not_hide_what_is_allowed() -> None:
    program = program_of(1)
    structure, groups = groups_of(program)
    blocks, budget = RecourseBlocks(structure), Budget(60)
    tried = 0
    for group in groups:
        forbidden = [
            chosen
            for chosen in product(*(kind.counts() for kind in group.types))
            if not _allows(group, chosen)
        ]
        prices = tuple(
            np.full(kind.columns.shape[1], -program.scale, dtype=np.int64) for kind in group.types
        )
        fresh = ListedDay(blocks, group, budget, LISTED).price(prices)
        day = ListedDay(blocks, group, budget, LISTED)
        for chosen in forbidden[:50]:
            day.floor(chosen)
        found = day.price(prices)
        assert (found is None) == (fresh is None)
        if found is not None and fresh is not None:
            assert abs(found.bound - fresh.bound) <= 2 + 1e-9 * abs(fresh.bound)
        tried += len(forbidden)
    assert tried


@pytest.mark.parametrize(("size", "options"), [(0, 3), (1, 1), (4, 1), (5, 4), (2, 0)])
def test_every_distribution_is_listed_once(size: int, options: int) -> None:
    kind = DayType(
        np.zeros((size, 2), dtype=np.int64),
        np.zeros((options, 2), dtype=np.int64),
        np.zeros((1, options)),
    )
    counts = kind.counts()
    assert counts.shape == (kind.compositions, options)
    assert len({tuple(row) for row in counts.tolist()}) == len(counts)
    assert (counts.sum(axis=1) == size).all()
    assert counts.min(initial=0) >= 0


def _allows(group: DayGroup, chosen: tuple[np.ndarray, ...]) -> bool:
    supplied = sum(
        (kind.links @ counts for counts, kind in zip(chosen, group.types, strict=True)),
        np.zeros(group.rows.size),
    )
    return bool(np.all((supplied >= group.lower) & (supplied <= group.upper)))


def test_a_solution_teaches_its_patterns() -> None:
    program = random_program(np.random.default_rng(3), Recipe(agents=4, days=3))
    structure = Structure(program)
    days = days_of(structure, np.zeros(structure.full().rows))
    days.learn(program.lower)
    assert len(days.patterns) == structure.days
    days.learn(program.lower)
    assert len(days.patterns) == structure.days


@pytest.mark.parametrize(("workers", "rise", "late"), [(2, 10, False), (2, 0, True), (1, 10, True)])
def test_first_prices_may_take_longer_where_they_promise_more(
    workers: int, rise: float, late: bool
) -> None:
    program = random_program(np.random.default_rng(3), Recipe(agents=4, days=3))
    structure = Structure(program)
    budget = Budget(60, workers=workers)
    days = days_of(structure, np.zeros(structure.full().rows), budget=budget, known_bound=100)
    # One of three days took a sixth of the time: all of them would take half of it.
    began = budget.elapsed - budget.seconds / 6
    assert days._takes_too_long(began, [DayPrice([], 0, rise)]) == late


@pytest.mark.parametrize("seed", range(5))
def test_a_search_without_days_finds_the_same_optimum(seed: int) -> None:
    program = program_of(seed)
    found = [
        Search(program, Budget(20, seed=1), params=params).run().objective
        for params in (SearchParams(), SearchParams(price_days=False))
    ]
    assert found[0] == found[1]

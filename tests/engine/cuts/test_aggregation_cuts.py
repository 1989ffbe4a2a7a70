"""Aggregation cuts: no solution violates them, whatever the values and the dual values are."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import oracle, paid, shifted, varied_program
from scipy.sparse import csr_array

from csshift.engine.budget import Budget
from csshift.engine.cuts.aggregation_cuts import LARGEST_IN_CUT, AggregationCuts
from csshift.engine.cuts.cut_relaxation import CutRelaxation
from csshift.engine.cuts.rounding import Rounding
from csshift.engine.relaxation_params import CutParams
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY, UNBOUNDED, Program

EVERYTHING = CutParams(efficacy=-1e15)
"""Takes cuts that are not violated, too: they must be valid as well."""


def program_of(seed: int, factor: int = 1) -> Program:
    rng = np.random.default_rng(seed)
    program = varied_program(rng, seed)
    program = paid(rng, program) if seed % 5 == 0 else program
    program = shifted(rng, program, decisions=bool(seed % 2)) if seed % 6 > 3 else program
    return multiplied(program, factor)


def multiplied(program: Program, factor: int) -> Program:
    """Return the program with every row times a factor."""
    matrix = program.matrix.copy()
    matrix.data = matrix.data * factor
    lower, upper = program.row_lower, program.row_upper
    return replace(
        program,
        matrix=matrix,
        row_lower=np.where(lower > -UNBOUNDED, lower * factor, lower),
        row_upper=np.where(upper < UNBOUNDED, upper * factor, upper),
    )


def violations(seed: int, params: CutParams, factor: int = 1) -> list[tuple[float, int]]:
    """Return the least activity of each cut over all solutions, and its bound."""
    rng, program = np.random.default_rng(seed), program_of(seed, factor)
    structure = Structure(program)
    full, found = structure.full(), []
    growing, separator = CutRelaxation(full, Budget(60)), AggregationCuts(structure, full, params)
    for _ in range(3):
        known = growing.solve(60)
        if known is None or not known.converged:
            break
        cuts = separator.separate(growing.subproblem, known.values, known.duals)
        noisy = known.duals + rng.normal(size=known.duals.size) * np.abs(known.duals).max()
        others = separator.separate(growing.subproblem, known.values, noisy)
        for some in (cuts, others):
            if some is not None:
                found += list(zip(some.matrix.toarray(), some.lower.tolist(), strict=True))
                growing.add(some)
    least = [(oracle(full, cost=row.astype(np.float64)).cost, lower) for row, lower in found]
    return [(cost, lower) for cost, lower in least if cost is not None]


@pytest.mark.parametrize("params", [CutParams(), EVERYTHING], ids=["violated", "all"])
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_no_solution_violates_a_cut(first: int, params: CutParams) -> None:
    seen = 0
    for seed in range(first, first + 20):
        for least, lower in violations(seed, params):
            assert least >= lower - 1e-6 * abs(lower) - 1e-3, seed
            seen += 1
    assert seen


@pytest.mark.slow
def test_no_solution_violates_a_cut_of_many() -> None:
    for seed in range(1000, 1500):
        for least, lower in violations(seed, EVERYTHING if seed % 2 else CutParams()):
            assert least >= lower - 1e-6 * abs(lower) - 1e-3, seed


@pytest.mark.parametrize("factor", [3**12, 3**20, 3**30])
def test_extreme_coefficients_give_weaker_cuts_or_none(factor: int) -> None:
    for seed in range(10):
        for least, lower in violations(seed, CutParams(), factor):
            assert least >= lower - 1e-6 * abs(lower) - 1e-3, seed


def half_a_person(need: int) -> Program:
    """So many units are missing unless one of two shifts comes, which has two."""
    return Program(
        matrix=csr_array(np.array([[2, 2, 1], [1, 1, 0]], dtype=np.int64)),
        row_lower=np.array([need, -UNBOUNDED]),
        row_upper=np.array([UNBOUNDED, 1]),
        lower=np.zeros(3, dtype=np.int64),
        upper=np.array([1, 1, 3]),
        cost=np.array([0, 0, 10]),
        continuous=np.array([False, False, True]),
        scale=1,
        offset=0,
        families=("demand",),
        column_family=np.zeros(3, np.int32),
        column_agent=np.array([0, 0, NOBODY], np.int32),
        column_day=np.zeros(3, np.int32),
        row_family=np.zeros(2, np.int32),
        row_agent=np.array([NOBODY, 0], np.int32),
    )


def test_half_a_person_does_not_cover_a_whole_need() -> None:
    structure = Structure(half_a_person(1))
    full, values = structure.full(), np.array([0.25, 0.25, 0.0])
    cuts = AggregationCuts(structure, full, CutParams()).separate(full, values, np.zeros(2))
    assert cuts is not None
    # One is missing of one as long as nobody comes: half a person with two no longer covers it.
    (row,), (lower,) = cuts.matrix.toarray(), cuts.lower
    assert row @ values < lower <= row @ np.array([0, 0, 1])
    assert lower <= row @ np.array([1, 0, 0])


def test_no_row_is_tried_once_time_is_up() -> None:
    structure = Structure(half_a_person(1))
    full, values = structure.full(), np.array([0.25, 0.25, 0.0])
    separator = AggregationCuts(structure, full, CutParams())
    assert separator.separate(full, values, np.zeros(2), lambda: True) is None
    assert separator.separate(full, values, np.zeros(2)) is not None


def test_what_is_true_of_whole_people_is_not_cut_off() -> None:
    structure = Structure(half_a_person(3))
    full, values = structure.full(), np.array([1.0, 0.0, 1.0])
    assert AggregationCuts(structure, full, CutParams()).separate(full, values, np.ones(2)) is None


@given(
    amount=st.lists(st.integers(-9, 9), min_size=1, max_size=4),
    need=st.integers(-20, 20),
    weights=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    together=st.lists(st.booleans(), min_size=4, max_size=4),
    paid=st.floats(0, 3),
)
def test_rounding_keeps_every_solution(
    amount: list[int], need: int, weights: list[float], together: list[bool], paid: float
) -> None:
    """Of binaries, those in a group exclude one another; y makes up for what is missing."""
    number = len(amount)
    group = np.where(np.array(together[:number]), 7, -1)
    z = np.array(weights[:number]) / number
    column, coefficients = np.arange(number), np.array(amount)
    best = Rounding(group).best(column, coefficients, need, z, paid, 1.0, -1e9)
    for choice in itertools.product((0, 1), repeat=number):
        if best is not None and sum(itertools.compress(choice, group >= 0)) <= 1:
            least = max(0, need - int(coefficients @ choice))
            assert least + int(best.amount @ choice) >= best.need


def test_a_cut_of_large_numbers_is_made_weaker_not_wrong() -> None:
    found = 0
    for seed in range(12):
        program = program_of(seed, 3**18)
        structure = Structure(program)
        full = structure.full()
        known = relax(full, Budget(60), 60)
        if known is None:
            continue
        cuts = AggregationCuts(structure, full, EVERYTHING).separate(
            full, known.values, known.duals
        )
        if cuts is not None:
            assert np.abs(cuts.matrix.data).max() <= LARGEST_IN_CUT
            found += 1
    assert found

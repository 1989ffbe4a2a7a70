"""Building programs: what is summed, divided, rounded, scaled and labelled."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.program import (
    ABSENT,
    NOBODY,
    UNBOUNDED,
    Builder,
    CostRangeError,
    RowRangeError,
)
from csshift.program.costs import LARGEST_OBJECTIVE


def one_row(coefficients: list[int], **bounds: Any) -> tuple[list[int], int, int]:
    """Build a single row; return its coefficients and bounds."""
    builder = Builder()
    columns = builder.columns(len(coefficients), family="f", upper=9)
    builder.rows([columns], coefficients, family="f", **bounds)
    program = builder.build()
    row = program.matrix.toarray()[0, columns].tolist()
    return row, int(program.row_lower[0]), int(program.row_upper[0])


def test_the_constant_column_is_one() -> None:
    program = Builder().build()
    assert (program.lower.tolist(), program.upper.tolist()) == ([1], [1])
    assert (program.columns, program.rows, program.scale, program.offset) == (1, 0, 1, 0)


def test_a_builder_that_builds_again_has_the_same_rows_and_later_ones() -> None:
    builder = Builder()
    columns = builder.columns(2, family="f", upper=5)
    builder.rows([columns], [2, 4], family="f", upper=9)
    first, second = builder.build(), builder.build()
    assert first.matrix.toarray().tolist() == second.matrix.toarray().tolist() == [[0, 1, 2]]
    builder.rows([columns], [1, 0], family="f", upper=4)
    assert builder.build().matrix.toarray().tolist() == [[0, 1, 2], [0, 1, 0]]


def test_a_builder_is_empty_after_the_final_program() -> None:
    builder = Builder()
    columns = builder.columns(2, family="f", upper=5)
    builder.rows([columns], [2, 4], family="f", upper=9)
    kept, last = builder.build(), builder.build(final=True)
    assert last.matrix.toarray().tolist() == kept.matrix.toarray().tolist()
    with pytest.raises(IndexError):
        builder.upper_of(columns)


def test_duplicates_are_summed_and_zeros_left_out() -> None:
    builder = Builder()
    a, b, c = builder.columns(3, family="f", upper=5)
    builder.rows([[a, b, a, c, c]], [1, 1, 2, 4, -4], family="f", upper=4)
    matrix = builder.build().matrix
    assert matrix.toarray()[0, [a, b, c]].tolist() == [3, 1, 0]
    assert matrix.nnz == 2


def test_absent_columns_count_as_zero() -> None:
    builder = Builder()
    (a,) = builder.columns(1, family="f", upper=5)
    builder.rows([[ABSENT, a], [ABSENT, ABSENT]], [[7, 1], [1, 1]], family="f", upper=[3, 2])
    builder.charge(np.array([ABSENT, a]), [100, 2], Fraction(1))
    program = builder.build()
    assert program.matrix.toarray()[:, a].tolist() == [1, 0]
    assert program.cost.tolist() == [0, 2]
    assert builder.upper_of(np.array([ABSENT, a])).tolist() == [0, 5]


@pytest.mark.parametrize(
    ("coefficients", "bounds", "expected"),
    [
        ([6, 9], {"lower": 4, "upper": 10}, ([2, 3], 2, 3)),
        ([6, -9], {"lower": -4, "upper": 10}, ([2, -3], -1, 3)),
        ([-6, -9], {"lower": -10, "upper": -4}, ([-2, -3], -3, -2)),
        ([-4], {"lower": -10, "upper": -3}, ([-1], -2, -1)),
        ([-4], {"upper": 5}, ([-1], -UNBOUNDED, 1)),
        ([4], {"lower": 5}, ([1], 2, UNBOUNDED)),
        ([0, 0], {"lower": -3, "upper": 3}, ([0, 0], -3, 3)),
    ],
)
def test_rows_are_divided_and_their_bounds_rounded_inwards(
    coefficients: list[int], bounds: dict[str, int], expected: tuple[list[int], int, int]
) -> None:
    assert one_row(coefficients, **bounds) == expected


@given(
    coefficients=st.lists(st.integers(-12, 12), min_size=1, max_size=4),
    low=st.integers(-40, 40),
    width=st.integers(0, 30),
    values=st.lists(st.integers(0, 9), min_size=4, max_size=4),
)
def test_dividing_keeps_every_solution(
    coefficients: list[int], low: int, width: int, values: list[int]
) -> None:
    row, lower, upper = one_row(coefficients, lower=low, upper=low + width)
    chosen = values[: len(coefficients)]
    before = sum(a * v for a, v in zip(coefficients, chosen, strict=True))
    after = sum(a * v for a, v in zip(row, chosen, strict=True))
    assert (low <= before <= low + width) == (lower <= after <= upper)
    assert np.gcd.reduce(row) <= 1


@settings(max_examples=50)
@given(
    charges=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(-20, 20),
            st.fractions(min_value=-5, max_value=5, max_denominator=60),
        ),
        max_size=6,
    ),
    offset=st.fractions(min_value=-9, max_value=9, max_denominator=24),
    values=st.lists(st.integers(0, 7), min_size=3, max_size=3),
)
def test_the_objective_in_points_is_exact(
    charges: list[tuple[int, int, Fraction]], offset: Fraction, values: list[int]
) -> None:
    builder = Builder()
    columns = builder.columns(3, family="f", upper=7)
    for position, amount, unit in charges:
        builder.charge(columns[[position]], amount, unit)
    builder.offset = offset
    program = builder.build()
    whole = np.array([1, *values])
    expected = offset + sum(amount * unit * values[i] for i, amount, unit in charges)
    assert Fraction(program.objective(whole), program.scale) == expected
    assert np.gcd.reduce([program.scale, program.offset, *program.cost]) == 1
    assert program.points(program.objective(whole)) == pytest.approx(float(expected))


@given(
    charges=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(1, 10**9),
            st.fractions(min_value=Fraction(1, 10**12), max_value=10**12, max_denominator=10**12),
        ),
        max_size=4,
    ),
    upper=st.integers(1, 10**9),
)
def test_extreme_costs_are_exact_or_refused(
    charges: list[tuple[int, int, Fraction]], upper: int
) -> None:
    builder = Builder()
    columns = builder.columns(3, family="f", upper=upper)
    for position, amount, unit in charges:
        builder.charge(columns[[position]], amount, unit, f"price {position}")
    expected = sum((amount * unit * upper for _, amount, unit in charges), Fraction(0))
    steps = [amount * unit for _, amount, unit in charges]
    finest = lcm(*(step.denominator for step in steps))
    if expected * finest < LARGEST_OBJECTIVE * 0.999:
        program = builder.build()
        assert Fraction(program.objective(program.upper), program.scale) == expected
    elif expected * finest > LARGEST_OBJECTIVE * 1.001:
        with pytest.raises(CostRangeError) as caught:
            builder.build()
        named = {f"price {position}" for position, _, _ in charges}
        assert {caught.value.dearest.source, caught.value.finest.source} <= named


def test_the_coarsest_exact_unit_is_taken_before_numbers_grow() -> None:
    builder = Builder()
    (a,) = builder.columns(1, family="f", upper=10**12)
    builder.charge(np.array([a]), 10**6, Fraction(1, 10**6))
    program = builder.build()
    assert (program.scale, int(program.cost[a])) == (1, 1)


def test_prices_too_far_apart_are_named() -> None:
    builder = Builder()
    a, b, c = builder.columns(3, family="f", upper=10**6)
    builder.charge(np.array([a]), 10**6, Fraction(1), "gold")
    builder.charge(np.array([b]), 1, Fraction(1, 10**9), "dust")
    builder.charge(np.array([c]), 1, Fraction(1, 10), "iron")
    with pytest.raises(CostRangeError) as caught:
        builder.build()
    error = caught.value
    assert (error.dearest.source, error.finest.source) == ("gold", "dust")
    assert (error.dearest.most, error.step) == (10**12, Fraction(1, 10**9))


def test_room_that_is_reserved_counts() -> None:
    builder = Builder()
    builder.columns(1, family="f", upper=1, cost=1)
    builder.costs.reserve(Fraction(LARGEST_OBJECTIVE), "plans")
    with pytest.raises(CostRangeError) as caught:
        builder.build()
    assert caught.value.dearest.source == "plans"


def test_a_row_that_leaves_64_bits_is_refused() -> None:
    builder = Builder()
    columns = builder.columns(2, family="f", upper=1 << 40)
    builder.rows([columns], 1 << 20, family="hours", upper=5)
    with pytest.raises(RowRangeError, match="rows of hours"):
        builder.build()


def test_a_column_charged_twice_pays_twice() -> None:
    builder = Builder()
    (a,) = builder.columns(1, family="f", upper=1, cost=3, unit=Fraction(1, 2))
    builder.charge(np.array([a, a]), [1, 2], Fraction(1, 3))
    program = builder.build()
    assert Fraction(int(program.cost[a]), program.scale) == Fraction(3, 2) + 1


def test_labels_follow_columns_and_rows() -> None:
    builder = Builder()
    mine = builder.columns((1, 2), family="work", upper=1, agent=4, day=[0, 1])
    yours = builder.columns(2, family="duty", upper=[0, 1], agent=7, day=1, continuous=True)
    loose = builder.columns(1, family="work", upper=3)
    builder.rows(mine, 1, family="rest", upper=1)
    builder.rows([[mine[0, 0], yours[1]]], 1, family="seats", upper=1)
    builder.rows([[mine[0, 0], yours[0], builder.one]], 1, family="rest", upper=2)
    builder.rows([[mine[0, 0], loose[0]]], 1, family="rest", upper=2)
    builder.rows([[builder.one]], 1, family="rest", upper=2)
    program = builder.build()
    assert program.families == ("constant", "work", "duty", "rest", "seats")
    assert program.column_agent[mine].tolist() == [[4, 4]]
    assert program.column_day[[*mine[0], *yours, *loose]].tolist() == [0, 1, 1, 1, NOBODY]
    assert program.continuous[[*mine[0], *yours]].tolist() == [False, False, True, True]
    assert not program.continuous[loose].any()
    # Fixed columns (yours[0], the constant) take nothing from the agent of the others.
    assert program.row_agent.tolist() == [4, NOBODY, 4, NOBODY, NOBODY]
    assert [program.families[f] for f in program.row_family] == ["rest", "seats", *["rest"] * 3]
    agents, days = builder.labels_of(yours)
    assert (agents.tolist(), days.tolist()) == ([7, 7], [1, 1])


def test_blocks_may_be_asked_about_and_added_to_in_turns() -> None:
    builder = Builder()
    first = builder.columns(2, family="f", upper=[3, 4])
    assert builder.upper_of(first).tolist() == [3, 4]
    second = builder.columns(1, family="f", upper=6)
    assert builder.upper_of(np.array([second[0], first[1]])).tolist() == [6, 4]
    assert builder.build().upper.tolist() == [1, 3, 4, 6]


def test_sparse_rows_are_those_of_the_dense_form() -> None:
    dense, sparse = Builder(), Builder()
    for builder in (dense, sparse):
        builder.columns(3, family="f", upper=5)
    dense.rows([[1, 2], [3, ABSENT]], [[2, 3], [1, 1]], family="g", lower=[1, 2])
    sparse.sparse_rows(
        2, np.array([1, 0, 0]), np.array([3, 2, 1]), np.array([1, 3, 2]), family="g", lower=[1, 2]
    )
    first, second = dense.build(), sparse.build()
    assert (first.matrix != second.matrix).nnz == 0
    assert first.row_lower.tolist() == second.row_lower.tolist() == [1, 2]
    assert first.row_upper.tolist() == second.row_upper.tolist() == [UNBOUNDED] * 2


def test_holds_tells_bounds_and_rows_apart() -> None:
    builder = Builder()
    columns = builder.columns(2, family="f", upper=2)
    builder.rows([columns, columns], [[1, 1], [1, -1]], family="f", lower=[1, -1], upper=[3, 1])
    program = builder.build()
    assert program.holds(np.array([1, 1, 2]))
    assert program.broken_rows(np.array([1, 2, 2])).tolist() == [0]
    assert program.broken_rows(np.array([1, 0, 0])).tolist() == [0]
    assert program.broken_rows(np.array([1, 2, 0])).tolist() == [1]
    assert not program.holds(np.array([1, 2, 2]))
    assert program.broken_rows(np.array([1, 3, 2])).tolist() == [0]
    assert not program.holds(np.array([0, 1, 1])), "the constant is a column, too"
    for outside in ([1, -1, 0], [1, 3, 0]):
        assert not program.holds(np.array(outside))


@pytest.mark.parametrize(("lower", "upper"), [(1, 3), (-1, 0)])
def test_free_columns_count_from_zero(lower: int, upper: int) -> None:
    with pytest.raises(ValueError, match="shortage"):
        Builder().columns(2, family="shortage", lower=[0, lower], upper=[1, upper])
    assert Builder().columns(1, family="pinned", lower=upper, upper=upper).size == 1

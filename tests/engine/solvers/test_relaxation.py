"""The relaxation and its bound, against SciPy."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import Answer, oracle, random_program, random_subproblem

from csshift.engine import duals as proving
from csshift.engine.budget import Budget
from csshift.engine.duals import lagrangian_bound
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.solvers.lp import relax
from csshift.engine.subproblem import Restrictor, Subproblem
from csshift.program import UNBOUNDED

PROGRAMS = 320


def programs_with_optimum(count: int) -> list[tuple[Subproblem, Answer]]:
    rng = np.random.default_rng(7)
    subproblems = [random_subproblem(rng, int(rng.integers(1, 7))) for _ in range(count)]
    return [(subproblem, oracle(subproblem)) for subproblem in subproblems]


@pytest.fixture(scope="module")
def known() -> list[tuple[Subproblem, Answer]]:
    """Small integer programs and their optima."""
    return programs_with_optimum(PROGRAMS)


def test_no_duals_prove_more_than_the_optimum(known: list[tuple[Subproblem, Answer]]) -> None:
    rng = np.random.default_rng(8)
    for subproblem, answer in known:
        assert answer.cost is not None
        for size in (0.1, 1.0, 5.0, 1e3, 1e9):
            duals = rng.normal(scale=size, size=subproblem.rows)
            assert lagrangian_bound(subproblem, duals) <= round(answer.cost)


def test_the_relaxation_s_bound_is_that_of_the_linear_program(
    known: list[tuple[Subproblem, Answer]],
) -> None:
    tight = 0
    for subproblem, answer in known:
        found = relax(subproblem, Budget(30), 5.0)
        linear = oracle(subproblem, integer=False).cost
        assert found is not None
        assert answer.cost is not None
        assert linear is not None
        assert found.bound <= round(answer.cost)
        assert found.method == "simplex"
        assert found.converged
        assert found.bound == ceil(linear - 1e-4)
        assert float(subproblem.cost @ found.values) == pytest.approx(linear, abs=1e-5)
        expected = subproblem.cost - subproblem.matrix.T @ found.duals
        np.testing.assert_allclose(found.reduced_costs, expected)
        tight += found.bound == round(answer.cost)
    assert tight > PROGRAMS // 10


@pytest.mark.parametrize("seed", range(4))
def test_the_first_order_method_proves_nearly_as_much(
    seed: int,
) -> None:
    subproblem = Restrictor(random_program(np.random.default_rng(seed))).full()
    linear = oracle(subproblem, integer=False).cost
    found = relax(subproblem, Budget(30), 10.0, 1e-7, params=RelaxationParams(simplex_entries=0))
    assert found is not None
    assert linear is not None
    assert found.method == "pdlp"
    assert linear - 0.1 - 1e-3 * abs(linear) <= found.bound <= ceil(linear - 1e-6)


@settings(max_examples=80)
@given(
    seed=st.integers(0, 2**32 - 1),
    power=st.integers(0, 12),
    dual_power=st.integers(-6, 12),
)
def test_exact_and_fast_arithmetic_agree(seed: int, power: int, dual_power: int) -> None:
    rng = np.random.default_rng(seed)
    subproblem = random_subproblem(rng)
    factor = 10**power
    # int64 holds the costs times the grid up to 8e12.
    large = replace(
        subproblem,
        cost=subproblem.cost * factor // 2,
        row_lower=np.where(
            subproblem.row_lower > -UNBOUNDED, subproblem.row_lower * factor, -UNBOUNDED
        ),
        row_upper=np.where(
            subproblem.row_upper < UNBOUNDED, subproblem.row_upper * factor, UNBOUNDED
        ),
    )
    duals = rng.normal(size=subproblem.rows) * 10.0**dual_power
    slow: list[int] = []

    def exactly(*given: Any) -> int:
        slow.append(1)
        return real(*given)

    real = proving._bound_without_overflow
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proving, "_bound_without_overflow", exactly)
        chosen = lagrangian_bound(large, duals)
        if slow:
            return
        patch.setattr(proving, "_may_overflow", lambda *_: True)
        assert lagrangian_bound(large, duals) == chosen
    assert slow


@pytest.mark.parametrize("size", [1e11, 1e13, 1e200, 1.7e308, np.inf, -np.inf, np.nan])
def test_extreme_duals_still_prove_a_bound(size: float) -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        subproblem = random_subproblem(rng)
        best = oracle(subproblem).cost
        assert best is not None
        duals = np.full(subproblem.rows, size) * rng.choice([-1.0, 1.0], subproblem.rows)
        assert lagrangian_bound(subproblem, duals) <= round(best)


def test_extreme_numbers_take_the_exact_path(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[Any] = []
    real = proving._bound_without_overflow
    monkeypatch.setattr(proving, "_bound_without_overflow", lambda *a: used.append(a) or real(*a))
    subproblem = random_subproblem(np.random.default_rng(1))
    huge = replace(subproblem, cost=subproblem.cost * 10**15)
    best = oracle(subproblem).cost
    found = lagrangian_bound(huge, np.zeros(subproblem.rows))
    assert used
    least = np.minimum(subproblem.cost * subproblem.lower, subproblem.cost * subproblem.upper).sum()
    assert found == int(least) * 10**15
    assert best is not None
    assert found <= round(best) * 10**15


def test_nothing_comes_of_no_time_or_no_columns() -> None:
    subproblem = random_subproblem(np.random.default_rng(1))
    assert relax(subproblem, Budget(0.0), 5.0) is None
    assert relax(subproblem, Budget(5.0), 0.0) is None
    program = random_program(np.random.default_rng(0))
    empty = Restrictor(program).restrict(np.empty(0, dtype=np.int64), program.lower)
    assert relax(empty, Budget(5.0), 5.0) is None


def test_a_start_is_made_use_of() -> None:
    """The simplex method takes none, so that it is left to the smallest programs then."""
    subproblem = Restrictor(random_program(np.random.default_rng(1))).full()
    first = relax(subproblem, Budget(30), 10.0)
    assert first is not None
    start = (first.values, first.duals)
    small = relax(subproblem, Budget(30), 10.0, start=start)
    never = RelaxationParams(warm_simplex_entries=0)
    large = relax(subproblem, Budget(30), 10.0, 1e-6, start=start, params=never)
    assert small is not None
    assert large is not None
    assert small.method == "simplex"
    assert large.method == "pdlp"
    assert small.bound - 1 <= large.bound <= small.bound

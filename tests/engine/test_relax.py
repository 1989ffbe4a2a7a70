"""The relaxation and its bound, against SciPy."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import Answer, oracle, random_piece, random_program

from csshift.engine import duals as proving
from csshift.engine import relax as relaxing
from csshift.engine.control import Control
from csshift.engine.duals import lagrangian_bound
from csshift.engine.piece import Cutter, Piece
from csshift.engine.relax import relax
from csshift.program import UNBOUNDED

PIECES = 320


def pieces_with_optimum(count: int) -> list[tuple[Piece, Answer]]:
    random = np.random.default_rng(7)
    pieces = [random_piece(random, int(random.integers(1, 7))) for _ in range(count)]
    return [(piece, oracle(piece)) for piece in pieces]


@pytest.fixture(scope="module")
def known() -> list[tuple[Piece, Answer]]:
    """Small integer programs and their optima."""
    return pieces_with_optimum(PIECES)


def test_no_duals_prove_more_than_the_optimum(known: list[tuple[Piece, Answer]]) -> None:
    random = np.random.default_rng(8)
    for piece, answer in known:
        assert answer.cost is not None
        for size in (0.1, 1.0, 5.0, 1e3, 1e9):
            duals = random.normal(scale=size, size=piece.rows.size)
            assert lagrangian_bound(piece, duals) <= round(answer.cost)


def test_the_relaxation_s_bound_is_that_of_the_linear_program(
    known: list[tuple[Piece, Answer]],
) -> None:
    tight = 0
    for piece, answer in known:
        found = relax(piece, Control(30), 5.0)
        linear = oracle(piece, whole=False).cost
        assert found is not None
        assert answer.cost is not None
        assert linear is not None
        assert found.bound <= round(answer.cost)
        assert found.exact
        assert found.converged
        assert found.bound == ceil(linear - 1e-4)
        assert float(piece.cost @ found.values) == pytest.approx(linear, abs=1e-5)
        expected = piece.cost - piece.matrix.T @ found.duals
        np.testing.assert_allclose(found.reduced, expected)
        tight += found.bound == round(answer.cost)
    assert tight > PIECES // 10


@pytest.mark.parametrize("seed", range(4))
def test_the_first_order_method_proves_nearly_as_much(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaxing, "SIMPLEX_ENTRIES", 0)
    piece = Cutter(random_program(np.random.default_rng(seed))).whole()
    linear = oracle(piece, whole=False).cost
    found = relax(piece, Control(30), 10.0, 1e-7)
    assert found is not None
    assert linear is not None
    assert not found.exact
    assert linear - 0.1 - 1e-3 * abs(linear) <= found.bound <= ceil(linear - 1e-6)


@settings(max_examples=80)
@given(
    seed=st.integers(0, 2**32 - 1),
    power=st.integers(0, 12),
    dual_power=st.integers(-6, 12),
)
def test_exact_and_fast_arithmetic_agree(seed: int, power: int, dual_power: int) -> None:
    random = np.random.default_rng(seed)
    piece = random_piece(random)
    factor = 10**power
    # int64 holds the costs times the grid up to 8e12.
    large = replace(
        piece,
        cost=piece.cost * factor // 2,
        row_lower=np.where(piece.row_lower > -UNBOUNDED, piece.row_lower * factor, -UNBOUNDED),
        row_upper=np.where(piece.row_upper < UNBOUNDED, piece.row_upper * factor, UNBOUNDED),
    )
    duals = random.normal(size=piece.rows.size) * 10.0**dual_power
    slow: list[int] = []

    def exactly(part: Piece, whole: list[int]) -> int:
        slow.append(1)
        return real(part, whole)

    real = proving._exact_bound
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proving, "_exact_bound", exactly)
        chosen = lagrangian_bound(large, duals)
        if slow:
            return
        patch.setattr(proving, "_too_large", lambda *_: True)
        assert lagrangian_bound(large, duals) == chosen
    assert slow


@pytest.mark.parametrize("size", [1e11, 1e13, 1e200, 1.7e308, np.inf, -np.inf, np.nan])
def test_extreme_duals_still_prove_a_bound(size: float) -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        piece = random_piece(random)
        best = oracle(piece).cost
        assert best is not None
        duals = np.full(piece.rows.size, size) * random.choice([-1.0, 1.0], piece.rows.size)
        assert lagrangian_bound(piece, duals) <= round(best)


def test_extreme_numbers_take_the_exact_path(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[Any] = []
    real = proving._exact_bound
    monkeypatch.setattr(proving, "_exact_bound", lambda *a: used.append(a) or real(*a))
    piece = random_piece(np.random.default_rng(1))
    huge = replace(piece, cost=piece.cost * 10**15)
    best = oracle(piece).cost
    found = lagrangian_bound(huge, np.zeros(piece.rows.size))
    assert used
    least = np.minimum(piece.cost * piece.lower, piece.cost * piece.upper).sum()
    assert found == int(least) * 10**15
    assert best is not None
    assert found <= round(best) * 10**15


def test_nothing_comes_of_no_time_or_no_columns() -> None:
    piece = random_piece(np.random.default_rng(1))
    assert relax(piece, Control(0.0), 5.0) is None
    assert relax(piece, Control(5.0), 0.0) is None
    program = random_program(np.random.default_rng(0))
    empty = Cutter(program).cut(np.empty(0, dtype=np.int64), program.lower)
    assert relax(empty, Control(5.0), 5.0) is None


def test_a_start_is_made_use_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simplex method takes none, so that it is left to the smallest programs then."""
    piece = Cutter(random_program(np.random.default_rng(1))).whole()
    first = relax(piece, Control(30), 10.0)
    assert first is not None
    start = (first.values, first.duals)
    small = relax(piece, Control(30), 10.0, start=start)
    monkeypatch.setattr(relaxing, "STARTED_ENTRIES", 0)
    large = relax(piece, Control(30), 10.0, 1e-6, start=start)
    assert small is not None
    assert large is not None
    assert small.exact
    assert not large.exact
    assert small.bound - 1 <= large.bound <= small.bound

"""Pieces say of their free columns what the program says of all."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import random_piece, random_program
from scipy.sparse import csr_array

from csshift.engine.piece import Cutter, Piece, spans, trimmed
from csshift.program import Builder

SEEDS = st.integers(0, 2**32 - 1)


def holds(piece: Piece, values: np.ndarray) -> bool:
    if piece.contradiction is not None:
        return False
    activity = piece.matrix @ values
    return bool(np.all((activity >= piece.row_lower) & (activity <= piece.row_upper)))


@settings(max_examples=60)
@given(seed=SEEDS, trim=st.booleans())
def test_a_cut_piece_judges_as_the_program_does(seed: int, trim: bool) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random)
    columns = random.permutation(program.columns)[: random.integers(0, 6)]
    values = random.integers(program.lower, program.upper + 1)
    cutter = Cutter(program)
    piece = cutter.cut(columns, values, trim=trim)
    assert set(piece.columns) == {c for c in columns if program.lower[c] < program.upper[c]}
    rows = cutter.rows_of(piece.columns)
    ranges = [range(a, min(b, a + 2) + 1) for a, b in zip(piece.lower, piece.upper, strict=True)]
    for choice in product(*ranges):
        trial = values.copy()
        trial[piece.columns] = choice
        expected = np.intersect1d(program.broken_rows(trial), rows).size == 0
        assert holds(piece, np.array(choice, dtype=np.int64)) == expected
        rest = values.copy()
        rest[piece.columns] = 0
        total = program.objective(rest) + int(piece.cost @ np.array(choice, dtype=np.int64))
        assert total == program.objective(trial)


@settings(max_examples=60)
@given(seed=SEEDS)
def test_trimming_leaves_out_only_rows_that_cannot_be_broken(seed: int) -> None:
    piece = random_piece(np.random.default_rng(seed), rows=4, columns=4)
    shorter = trimmed(piece)
    everything = list(product(*map(range, piece.lower, piece.upper + 1)))
    points = np.array(everything, dtype=np.int64)
    assert [holds(piece, p) for p in points] == [holds(shorter, p) for p in points]
    activity = piece.matrix @ points.T
    breakable = (activity.min(axis=1) < piece.row_lower) | (activity.max(axis=1) > piece.row_upper)
    assert shorter.rows.tolist() == np.flatnonzero(breakable).tolist()


@settings(max_examples=40)
@given(seed=SEEDS)
def test_the_whole_piece_is_the_program(seed: int) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random)
    piece = Cutter(program).whole()
    assert piece.contradiction is None
    for _ in range(20):
        values = random.integers(program.lower, program.upper + 1)
        assert holds(piece, values[piece.columns]) == program.holds(values)


def test_a_contradiction_among_fixed_columns_is_told() -> None:
    builder = Builder()
    free = builder.columns(1, family="f", upper=1)
    fixed = builder.columns(2, family="f", upper=0)
    builder.rows([[*free]], 1, family="f", upper=1)
    builder.rows([[*fixed]], 1, family="f", lower=1)
    piece = Cutter(builder.build()).whole()
    assert piece.contradiction == 1


@given(
    sizes=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    chosen=st.lists(st.integers(0, 7), max_size=10),
)
def test_spans_are_those_of_a_loop(sizes: list[int], chosen: list[int]) -> None:
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    some = [c for c in chosen if c < len(sizes)]
    expected = [k for c in some for k in range(indptr[c], indptr[c + 1])]
    assert spans(indptr, np.array(some, dtype=np.int64)).tolist() == expected


@pytest.mark.parametrize("trim", [True, False])
def test_nothing_to_free_is_an_empty_piece(trim: bool) -> None:
    program = random_program(np.random.default_rng(0))
    piece = Cutter(program).cut(np.empty(0, dtype=np.int64), program.lower, trim=trim)
    assert (piece.columns.size, piece.rows.size) == (0, 0)
    assert isinstance(piece.matrix, csr_array)

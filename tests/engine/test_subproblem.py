"""Subproblems say of their free columns what the program says of all."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import random_program, random_subproblem
from scipy.sparse import csr_array

from csshift.engine.subproblem import Restrictor, Subproblem, csr_entries
from csshift.program import Builder

SEEDS = st.integers(0, 2**32 - 1)


def holds(subproblem: Subproblem, values: np.ndarray) -> bool:
    if subproblem.contradiction is not None:
        return False
    activity = subproblem.matrix @ values
    return bool(np.all((activity >= subproblem.row_lower) & (activity <= subproblem.row_upper)))


@settings(max_examples=60)
@given(seed=SEEDS, keep=st.booleans())
def test_a_subproblem_judges_as_the_program_does(seed: int, keep: bool) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng)
    columns = rng.permutation(program.columns)[: rng.integers(0, 6)]
    values = rng.integers(program.lower, program.upper + 1)
    restrictor = Restrictor(program)
    subproblem = restrictor.restrict(columns, values, keep_redundant=keep)
    assert set(subproblem.column_ids) == {c for c in columns if program.lower[c] < program.upper[c]}
    rows = restrictor.rows_of(subproblem.column_ids)
    ranges = [
        range(a, min(b, a + 2) + 1) for a, b in zip(subproblem.lower, subproblem.upper, strict=True)
    ]
    for choice in product(*ranges):
        trial = values.copy()
        trial[subproblem.column_ids] = choice
        expected = np.intersect1d(program.broken_rows(trial), rows).size == 0
        assert holds(subproblem, np.array(choice, dtype=np.int64)) == expected
        rest = values.copy()
        rest[subproblem.column_ids] = 0
        total = program.objective(rest) + int(subproblem.cost @ np.array(choice, dtype=np.int64))
        assert total == program.objective(trial)


@settings(max_examples=60)
@given(seed=SEEDS)
def test_trimming_leaves_out_only_rows_that_cannot_be_broken(seed: int) -> None:
    subproblem = random_subproblem(np.random.default_rng(seed), rows=4, columns=4)
    shorter = subproblem.without_redundant_rows()
    everything = list(product(*map(range, subproblem.lower, subproblem.upper + 1)))
    points = np.array(everything, dtype=np.int64)
    assert [holds(subproblem, p) for p in points] == [holds(shorter, p) for p in points]
    activity = subproblem.matrix @ points.T
    breakable = (activity.min(axis=1) < subproblem.row_lower) | (
        activity.max(axis=1) > subproblem.row_upper
    )
    assert shorter.row_ids.tolist() == np.flatnonzero(breakable).tolist()


@settings(max_examples=40)
@given(seed=SEEDS)
def test_the_full_subproblem_is_the_program(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng)
    subproblem = Restrictor(program).full()
    assert subproblem.contradiction is None
    for _ in range(20):
        values = rng.integers(program.lower, program.upper + 1)
        assert holds(subproblem, values[subproblem.column_ids]) == program.holds(values)


def test_a_contradiction_among_fixed_columns_is_reported() -> None:
    builder = Builder()
    free = builder.columns(1, family="f", upper=1)
    fixed = builder.columns(2, family="f", upper=0)
    builder.rows([[*free]], 1, family="f", upper=1)
    builder.rows([[*fixed]], 1, family="f", lower=1)
    subproblem = Restrictor(builder.build()).full()
    assert subproblem.contradiction == 1


@given(
    sizes=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    chosen=st.lists(st.integers(0, 7), max_size=10),
)
def test_spans_are_those_of_a_loop(sizes: list[int], chosen: list[int]) -> None:
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    some = [c for c in chosen if c < len(sizes)]
    expected = [k for c in some for k in range(indptr[c], indptr[c + 1])]
    assert csr_entries(indptr, np.array(some, dtype=np.int64)).tolist() == expected


@pytest.mark.parametrize("keep", [True, False])
def test_nothing_to_free_is_an_empty_subproblem(keep: bool) -> None:
    program = random_program(np.random.default_rng(0))
    subproblem = Restrictor(program).restrict(
        np.empty(0, dtype=np.int64), program.lower, keep_redundant=keep
    )
    assert (subproblem.columns, subproblem.rows) == (0, 0)
    assert isinstance(subproblem.matrix, csr_array)

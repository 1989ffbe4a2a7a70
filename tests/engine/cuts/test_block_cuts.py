"""Block cuts: no solution violates them, whatever the dual values are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import oracle, paid, shifted, varied_program
from scipy.sparse import csr_array

from csshift.engine.budget import Budget
from csshift.engine.cuts.block_cuts import BlockCuts
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY, UNBOUNDED, Program


def program_of(seed: int) -> Program:
    rng = np.random.default_rng(seed)
    program = varied_program(rng, seed)
    program = paid(rng, program) if seed % 5 == 0 else program
    return shifted(rng, program, decisions=bool(seed % 2)) if seed % 6 > 3 else program


def violations(seed: int, noise: float) -> list[tuple[float, int]]:
    """Return the least activity of each cut over all solutions, and its bound."""
    rng, program = np.random.default_rng(seed), program_of(seed)
    structure = Structure(program)
    full = structure.full()
    found = relax(full, Budget(60), 60)
    if found is None:
        return []
    duals = found.duals + noise * rng.normal(size=full.rows) * np.abs(found.duals).max()
    values = rng.uniform(full.lower, full.upper)
    values = np.where(rng.random(full.columns) < 0.5, found.values, values)
    cuts = BlockCuts(structure, full).separate(values, duals, -1e9)
    if cuts is None:
        return []
    rows = zip(cuts.matrix.toarray(), cuts.lower.tolist(), strict=True)
    least = [(oracle(full, cost=row.astype(np.float64)).cost, lower) for row, lower in rows]
    return [(cost, lower) for cost, lower in least if cost is not None]


@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_no_solution_violates_a_cut(first: int, noise: float) -> None:
    seen = 0
    for seed in range(first, first + 20):
        for least, lower in violations(seed, noise):
            assert least >= lower - 1e-6 * abs(lower) - 1e-3, seed
            seen += 1
    assert seen


@pytest.mark.slow
def test_no_solution_violates_a_cut_of_many() -> None:
    for seed in range(1000, 1500):
        for least, lower in violations(seed, 0.1 * (seed % 3)):
            assert least >= lower - 1e-6 * abs(lower) - 1e-3, seed


def test_half_a_person_does_not_halve_what_is_missing() -> None:
    """Three units are missing unless somebody comes who has two: one shift leaves one missing."""
    program = Program(
        matrix=csr_array(np.array([[2, 2, 1], [1, 1, 0]], dtype=np.int64)),
        row_lower=np.array([3, -UNBOUNDED]),
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
    structure = Structure(program)
    full = structure.full()
    values, duals = np.array([0.5, 0.25, 1.5]), np.array([10.0, 0.0])
    cuts = BlockCuts(structure, full).separate(values, duals, 1e-3)
    assert cuts is None  # 1.5 missing of 3 with three quarters of a person: nothing better is true
    cuts = BlockCuts(structure, replace(full, row_lower=np.array([1, -UNBOUNDED]))).separate(
        np.array([0.25, 0.25, 0.0]), duals, 1e-3
    )
    assert cuts is not None
    # One is missing of one as long as nobody comes: half a person with two no longer covers it.
    (row,), (lower,) = cuts.matrix.toarray(), cuts.lower
    assert row @ np.array([0.25, 0.25, 0.0]) < lower <= row @ np.array([0, 0, 1])
    assert lower <= row @ np.array([1, 0, 0])

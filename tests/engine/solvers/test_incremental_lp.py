"""A linear program that grows and shrinks has the optimum of one that is solved afresh."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csc_array, csr_array

from csshift.engine.budget import Budget
from csshift.engine.solvers.incremental_lp import IncrementalSimplex
from csshift.engine.solvers.lp import solve_simplex
from csshift.program import Floats, LinearProgram


def afresh(matrix: Floats, cost: Floats, lower: Floats, row_lower: Floats) -> float:
    program = LinearProgram(
        matrix=csr_array(matrix),
        row_lower=row_lower,
        row_upper=np.full(row_lower.size, np.inf),
        lower=lower,
        upper=np.full(cost.size, np.inf),
        cost=cost,
        continuous=np.ones(cost.size, dtype=np.bool_),
    )
    found = solve_simplex(program, Budget(10.0))
    assert found is not None
    assert found.optimal
    return found.objective


@pytest.mark.parametrize("seed", range(8))
def test_adding_and_removing_columns_keeps_the_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 12
    row_lower = rng.integers(1, 5, rows).astype(np.float64)
    program = IncrementalSimplex(row_lower, np.full(rows, np.inf))
    matrix, cost = np.eye(rows), np.full(rows, 50.0)
    lower = np.zeros(rows)
    program.add(csc_array(matrix), cost, lower, np.full(rows, np.inf))
    for step in range(8):
        fresh = rng.integers(0, 3, (rows, 6)).astype(np.float64)
        prices = rng.integers(1, 60, 6).astype(np.float64)
        least = rng.integers(0, 2, 6) * 0.25
        program.add(csc_array(fresh), prices, least, np.full(6, np.inf))
        matrix, cost = np.hstack([matrix, fresh]), np.append(cost, prices)
        lower = np.append(lower, least)
        if step % 3 == 2:  # basic columns, too, but never those that keep it feasible
            gone = rng.choice(np.arange(rows, cost.size), 9, replace=False)
            program.remove(np.sort(gone))
            matrix, cost, lower = (np.delete(part, gone, axis=-1) for part in (matrix, cost, lower))
        found = program.solve(Budget(10.0))
        assert found is not None
        assert found.optimal
        assert found.objective == pytest.approx(afresh(matrix, cost, lower, row_lower))
        assert found.values @ cost == pytest.approx(found.objective)
        assert np.all(matrix @ found.values >= row_lower - 1e-6)
        assert np.all(cost - found.duals @ matrix >= -1e-6 - 100 * (lower > 0))


@pytest.mark.parametrize("seed", range(8))
def test_adding_and_removing_rows_keeps_the_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = 15
    matrix = rng.integers(0, 3, (4, columns)).astype(np.float64)
    row_lower = rng.integers(1, 5, 4).astype(np.float64)
    cost, lower = rng.integers(1, 60, columns).astype(np.float64), np.zeros(columns)
    program = IncrementalSimplex(row_lower, np.full(4, np.inf), grows_by_rows=True)
    program.add(csc_array(matrix), cost, lower, np.full(columns, np.inf))
    for _ in range(8):
        fresh = rng.integers(0, 4, (5, columns)).astype(np.float64)
        fresh[:, 0] += 1  # no row is empty
        least = rng.integers(1, 9, 5).astype(np.float64)
        program.add_rows(csr_array(fresh), least, np.full(5, np.inf))
        matrix, row_lower = np.vstack([matrix, fresh]), np.append(row_lower, least)
        found = program.solve(Budget(10.0))
        assert found is not None
        assert found.optimal
        assert found.objective == pytest.approx(afresh(matrix, cost, lower, row_lower))
        assert found.duals @ row_lower == pytest.approx(found.objective)
        gone = np.flatnonzero((found.duals == 0) & (matrix @ found.values > row_lower + 1e-6))
        if rng.random() < 0.6:
            program.remove_rows(gone)
            matrix, row_lower = np.delete(matrix, gone, axis=0), np.delete(row_lower, gone)


def test_an_infeasible_program_has_no_optimum() -> None:
    program = IncrementalSimplex(np.array([5.0]), np.array([np.inf]))
    program.add(csc_array(np.ones((1, 1))), np.ones(1), np.zeros(1), np.ones(1))
    found = program.solve(Budget(10.0))
    assert found is None or not found.optimal

"""Handing a subproblem to OR-Tools' linear solvers in units that suit floating point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix, diags_array

from csshift.engine.subproblem import Subproblem
from csshift.program import UNBOUNDED, Floats, LinearProgram


@dataclass(frozen=True, eq=False)
class ScaledProgram(LinearProgram[np.float64]):
    """A subproblem in units of its own.

    Parameters
    ----------
    column_unit : float array, shape (columns,)
        Units of the subproblem in one unit of a column here.
    row_unit : float array, shape (rows,)
        The subproblem's rows were divided by this.
    cost_unit : float
        The subproblem's costs were divided by this.
    """

    column_unit: Floats
    row_unit: Floats
    cost_unit: float

    def unscale_values(self, found: Any) -> Floats | None:
        """Return primal values in the units of the subproblem; None when there are none."""
        values = np.asarray(found, dtype=np.float64)
        return values * self.column_unit if values.size == self.columns else None

    def unscale_duals(self, found: Any) -> Floats | None:
        """Return dual values in the units of the subproblem; None when there are none."""
        duals = np.asarray(found, dtype=np.float64)
        return duals * self.cost_unit / self.row_unit if duals.size == self.rows else None


def scale(subproblem: Subproblem, *, relaxed: bool) -> ScaledProgram:
    """Return a subproblem in which every column spans about 1 and every row reaches 1.

    Parameters
    ----------
    relaxed : bool
        Whether all columns become continuous.
    """
    span = np.maximum(subproblem.upper - subproblem.lower, 1).astype(np.float64)
    column = span if relaxed else np.where(subproblem.continuous, span, 1.0)
    matrix = csr_array(subproblem.matrix.astype(np.float64) @ diags_array(column))
    row = np.ones(matrix.shape[0])
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if filled.size:
        row[filled] = np.maximum.reduceat(np.abs(matrix.data), matrix.indptr[filled])
    costs = subproblem.cost * column
    unit = float(np.abs(costs).max(initial=0.0)) or 1.0
    lower, upper = infinite_bounds(subproblem.row_lower, subproblem.row_upper)
    return ScaledProgram(
        matrix=csr_array(diags_array(1 / row) @ matrix),
        row_lower=lower / row,
        row_upper=upper / row,
        lower=subproblem.lower / column,
        upper=subproblem.upper / column,
        cost=costs / unit,
        continuous=subproblem.continuous | relaxed,
        column_unit=column,
        row_unit=row,
        cost_unit=unit,
    )


def infinite_bounds(
    row_lower: NDArray[np.int64], row_upper: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return integer row bounds as floats, infinite where there are none."""
    return (
        np.where(row_lower <= -UNBOUNDED, -np.inf, row_lower),
        np.where(row_upper >= UNBOUNDED, np.inf, row_upper),
    )


def build_model(program: LinearProgram[np.float64]) -> Any:
    """Return a linear program as a ModelBuilderHelper, which GLOP takes."""
    from ortools.linear_solver.python import model_builder_helper as helper

    model: Any = helper.ModelBuilderHelper()
    model.fill_model_from_sparse_data(
        program.lower,
        program.upper,
        program.cost,
        program.row_lower,
        program.row_upper,
        csr_matrix(program.matrix),
    )
    model.set_maximize(False)
    return model

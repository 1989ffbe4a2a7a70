"""Handing a piece to OR-Tools' linear solvers in units that suit floating point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix, diags_array

from csshift.engine.piece import Piece
from csshift.program import UNBOUNDED

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scaled:
    """A piece in units of its own.

    Parameters
    ----------
    matrix : csr_array of float, shape (rows, free)
    row_lower, row_upper : float array, shape (rows,)
        Infinite where there is no bound.
    lower, upper, cost : float array, shape (free,)
    whole : bool array, shape (free,)
        Columns that take whole numbers only.
    column_unit : float array, shape (free,)
        Units of the piece in one unit of a column here.
    row_unit : float array, shape (rows,)
        The piece's rows were divided by this.
    cost_unit : float
        The piece's costs were divided by this.
    """

    matrix: csr_array
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    cost: Floats
    whole: NDArray[np.bool_]
    column_unit: Floats
    row_unit: Floats
    cost_unit: float

    @cached_property
    def model(self) -> Any:
        """The piece as a ModelBuilderHelper."""
        from ortools.linear_solver.python import model_builder_helper as helper

        model: Any = helper.ModelBuilderHelper()
        matrix = csr_matrix(self.matrix)
        model.fill_model_from_sparse_data(
            self.lower, self.upper, self.cost, self.row_lower, self.row_upper, matrix
        )
        model.set_maximize(False)
        for position in np.flatnonzero(self.whole).tolist():
            model.set_var_integrality(position, True)
        return model

    def values(self, found: Any) -> Floats:
        """Return primal values in the units of the piece; empty when there are none."""
        values = np.asarray(found, dtype=np.float64)
        return values * self.column_unit if values.size == self.lower.size else np.empty(0)

    def duals(self, found: Any) -> Floats:
        """Return dual values in the units of the piece; empty when there are none."""
        duals = np.asarray(found, dtype=np.float64)
        known = duals.size == self.row_unit.size
        return duals * self.cost_unit / self.row_unit if known else np.empty(0)


def scale(piece: Piece, *, relaxed: bool) -> Scaled:
    """Return a piece in units in which every column spans about 1 and every row reaches 1.

    Parameters
    ----------
    piece : Piece
    relaxed : bool
        Whether all columns are continuous; otherwise only the fine ones are.
    """
    span = np.maximum(piece.upper - piece.lower, 1).astype(np.float64)
    column = span if relaxed else np.where(piece.continuous, span, 1.0)
    matrix = csr_array(piece.matrix.astype(np.float64) @ diags_array(column))
    row = np.ones(matrix.shape[0])
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if filled.size:
        row[filled] = np.maximum.reduceat(np.abs(matrix.data), matrix.indptr[filled])
    costs = piece.cost * column
    unit = float(np.abs(costs).max(initial=0.0)) or 1.0
    return Scaled(
        matrix=csr_array(diags_array(1 / row) @ matrix),
        row_lower=np.where(piece.row_lower <= -UNBOUNDED, -np.inf, piece.row_lower / row),
        row_upper=np.where(piece.row_upper >= UNBOUNDED, np.inf, piece.row_upper / row),
        lower=piece.lower / column,
        upper=piece.upper / column,
        cost=costs / unit,
        whole=np.zeros(column.size, dtype=np.bool_) if relaxed else ~piece.continuous,
        column_unit=column,
        row_unit=row,
        cost_unit=unit,
    )

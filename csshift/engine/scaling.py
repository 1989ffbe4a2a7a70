"""Handing a piece to OR-Tools' linear solvers in units that suit floating point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array

from csshift.engine.piece import Piece
from csshift.program import UNBOUNDED

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scaled:
    """A piece as a model of OR-Tools' linear solvers, in units of its own.

    Parameters
    ----------
    model : ModelBuilderHelper
    column : float array, shape (free,)
        Units of the piece in one unit of the model's column.
    row : float array, shape (rows,)
        The piece's rows were divided by this.
    cost : float
        The piece's costs were divided by this.
    """

    model: Any
    column: Floats
    row: Floats
    cost: float

    def values(self, found: Any) -> Floats:
        """Return primal values in the units of the piece; empty when there are none."""
        values = np.asarray(found, dtype=np.float64)
        return values * self.column if values.size == self.column.size else np.empty(0)

    def duals(self, found: Any) -> Floats:
        """Return dual values in the units of the piece; empty when there are none."""
        duals = np.asarray(found, dtype=np.float64)
        return duals * self.cost / self.row if duals.size == self.row.size else np.empty(0)


def scale(piece: Piece, *, relaxed: bool) -> Scaled:
    """Return a piece in units in which every column spans about 1 and every row reaches 1.

    Parameters
    ----------
    piece : Piece
    relaxed : bool
        Whether all columns are continuous; otherwise only the fine ones are.
    """
    from ortools.linear_solver.python import model_builder_helper as helper

    span = np.maximum(piece.upper - piece.lower, 1).astype(np.float64)
    column = span if relaxed else np.where(piece.fine, span, 1.0)
    matrix = piece.matrix.astype(np.float64) @ diags_array(column)
    row = np.ones(matrix.shape[0])
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if filled.size:
        row[filled] = np.maximum.reduceat(np.abs(matrix.data), matrix.indptr[filled])
    costs = piece.cost * column
    unit = float(np.abs(costs).max(initial=0.0)) or 1.0
    low = np.where(piece.row_lower <= -UNBOUNDED, -np.inf, piece.row_lower / row)
    high = np.where(piece.row_upper >= UNBOUNDED, np.inf, piece.row_upper / row)
    model: Any = helper.ModelBuilderHelper()
    model.fill_model_from_sparse_data(
        piece.lower / column,
        piece.upper / column,
        costs / unit,
        low,
        high,
        csr_matrix(diags_array(1 / row) @ matrix),
    )
    model.set_maximize(False)
    if not relaxed:
        for position in np.flatnonzero(~piece.fine).tolist():
            model.set_var_integrality(position, True)
    return Scaled(model, column, row, unit)

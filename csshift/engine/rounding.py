"""Rounding fine columns: down, with single-row columns making up for what is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from csshift.engine.piece import Piece

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NEARLY_WHOLE = 1e-3
"""Fine values that are this close below a whole number are taken for it."""


def round_fine(piece: Piece, values: Floats) -> Integers | None:
    """Return whole values near the given ones that keep every row, or None.

    Parameters
    ----------
    piece : Piece
    values : float array, shape (free,)
        Columns that are not fine are whole but for floating-point noise.

    Notes
    -----
    Fine columns of several rows (flows) are rounded down; fine columns of one row (shortage,
    surplus) are then set anew, the cheapest first, to what that row needs.
    """
    whole = np.rint(values)
    down = np.floor(values + NEARLY_WHOLE)
    rounded = np.where(piece.continuous, down, whole).astype(np.int64)
    rounded = np.clip(rounded, piece.lower, piece.upper)
    by_column = piece.matrix.tocsc()
    single = np.flatnonzero(piece.continuous & (np.diff(by_column.indptr) == 1))
    rounded[single] = piece.lower[single]
    _fill(piece, by_column, single, rounded)
    activity = piece.matrix @ rounded
    holds = np.all((activity >= piece.row_lower) & (activity <= piece.row_upper))
    return rounded if holds else None


def _fill(piece: Piece, by_column: csc_array, single: Integers, rounded: Integers) -> None:
    """Raise single-row columns, the cheapest first, until their rows are within bounds."""
    rows = by_column.indices[by_column.indptr[single]].astype(np.int64)
    step = by_column.data[by_column.indptr[single]]
    activity = piece.matrix @ rounded
    missing = np.maximum(piece.row_lower - activity, 0)
    excess = np.maximum(activity - piece.row_upper, 0)
    need = np.where(step > 0, missing[rows], excess[rows])
    order = np.lexsort((piece.cost[single] / np.abs(step), step < 0, rows))
    rows, step, need, single = rows[order], np.abs(step[order]), need[order], single[order]
    sign = np.sign(by_column.data[by_column.indptr[single]])
    room = (piece.upper - piece.lower)[single] * step
    group = np.concatenate([[0], np.cumsum((np.diff(rows) != 0) | (np.diff(sign) != 0))])
    before = np.cumsum(room) - room
    first = np.searchsorted(group, np.arange(int(group[-1]) + 1)) if group.size else group
    earlier = before - before[first][group] if single.size else before
    units = np.clip(-(-(need - earlier) // step), 0, room // step)
    rounded[single] += units

"""Dual values: the row bounds that they refer to, and the bound that they prove."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from csshift.engine.piece import Piece
from csshift.program import UNBOUNDED

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Numbers = TypeVar("Numbers", np.int64, np.float64)

DUAL_GRID_BITS = 20

LARGEST_DUAL = float(1 << 40)
"""Magnitude of duals that 64 bits hold on the grid."""


def in_force(
    duals: NDArray[Numbers], row_lower: Integers, row_upper: Integers
) -> tuple[NDArray[Numbers], Integers]:
    """Return duals with those of missing row bounds 0, and the row bound that each refers to.

    A dual above zero refers to the lower bound, one below zero to the upper; 0 to none, and the
    bound given for it is 0.
    """
    missing = ((duals > 0) & (row_lower <= -UNBOUNDED)) | ((duals < 0) & (row_upper >= UNBOUNDED))
    kept = np.where(missing, 0, duals).astype(duals.dtype)
    return kept, np.where(kept > 0, row_lower, np.where(kept < 0, row_upper, 0))


def lagrangian_bound(piece: Piece, duals: Floats) -> int:
    """Return the lower bound that dual values prove, in exact arithmetic.

    The duals are rounded to a grid and those of missing row bounds dropped; then
    ``sum(y_i * bound_i) + sum(min(r_j * lower_j, r_j * upper_j))`` with ``r = cost - y @ A`` is
    a lower bound whatever the duals are (weak duality; Neumaier and Shcherbina, 2004).
    """
    known = np.nan_to_num(duals)
    if np.abs(known).max(initial=0.0) > LARGEST_DUAL:
        kept, _ = in_force(known, piece.row_lower, piece.row_upper)
        return _exact_bound(piece, [int(v) << DUAL_GRID_BITS for v in kept.tolist()])
    y = np.rint(known * float(1 << DUAL_GRID_BITS))
    whole, row_bound = in_force(y.astype(np.int64), piece.row_lower, piece.row_upper)
    if _too_large(piece, whole):
        return _exact_bound(piece, [int(v) for v in whole])
    reduced = (piece.cost << DUAL_GRID_BITS) - piece.matrix.T @ whole
    column_bound = np.where(reduced > 0, piece.lower, piece.upper)
    total = exact_dot(whole, row_bound) + exact_dot(reduced, column_bound)
    return -(-total >> DUAL_GRID_BITS)


def _too_large(piece: Piece, duals: Integers) -> bool:
    """Return whether sums of products could leave 64 bits."""
    reach = abs(piece.matrix).astype(np.float64).T @ np.abs(duals).astype(np.float64)
    costs = np.abs(piece.cost).astype(np.float64) * (1 << DUAL_GRID_BITS)
    return bool(reach.size) and float((reach + costs).max()) > 2.0**62


def _exact_bound(piece: Piece, duals: list[int]) -> int:
    """The same bound in Python's integers of any size; slow, for extreme numbers only."""
    reduced = [int(c) << DUAL_GRID_BITS for c in piece.cost]
    total = 0
    indptr, indices, data = piece.matrix.indptr, piece.matrix.indices, piece.matrix.data
    for row, dual in enumerate(duals):
        if dual:
            bound = piece.row_lower[row] if dual > 0 else piece.row_upper[row]
            total += dual * int(bound)
            for k in range(indptr[row], indptr[row + 1]):
                reduced[indices[k]] -= dual * int(data[k])
    for cost, lower, upper in zip(reduced, piece.lower, piece.upper, strict=True):
        total += cost * int(lower if cost > 0 else upper)
    return -(-total >> DUAL_GRID_BITS)


def exact_dot(first: Integers, second: Integers) -> int:
    """Return the scalar product without overflow."""
    used = np.flatnonzero((first != 0) & (second != 0))
    return sum(map(int.__mul__, first[used].tolist(), second[used].tolist()))

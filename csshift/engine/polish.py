"""Making the most of approximate dual values: those of each owner's rows, solved exactly.

What a first-order method leaves undone costs a bound little in the rows that link owners, for
they are few, but much in their own rows, for there every column whose reduced cost is slightly
below zero counts. Given the dual values of the linking rows, the best ones of an owner's rows are
a small linear program, and the bound is the Lagrangian one of those rows (Geoffrion, 1974).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.piece import Piece
from csshift.engine.relax import Relaxation, lagrangian_bound, relax
from csshift.program import NOBODY

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BATCH_COLUMNS = 2000
"""Columns of the owners that are solved together: more take longer in sum."""

COST_GRID = 1024
"""Reduced costs are rounded to parts of a unit of cost."""


def polish(
    piece: Piece, owner: NDArray[np.int32], found: Relaxation, control: Control
) -> Relaxation:
    """Return the relaxation with dual values that prove no lower a bound, often a higher one.

    Parameters
    ----------
    piece : Piece
    owner : int array, shape (free,)
        Of each column; NOBODY for those without.
    found : Relaxation
        Of the piece.
    control : Control
        What is not done in its time is left as it is.
    """
    of_row = _owners_of_rows(piece, owner)
    linking = np.where(of_row == NOBODY, found.duals, 0.0)
    cost = np.rint((piece.cost - piece.matrix.T @ linking) * COST_GRID).astype(np.int64)
    duals = found.duals.copy()
    for columns, rows in _batches(owner, of_row):
        batch = Piece(
            columns=columns,
            matrix=piece.matrix[rows][:, columns],
            row_lower=piece.row_lower[rows],
            row_upper=piece.row_upper[rows],
            lower=piece.lower[columns],
            upper=piece.upper[columns],
            cost=cost[columns],
            fine=piece.fine[columns],
            rows=rows,
        )
        solved = relax(batch, control, control.left)
        if solved is not None:
            duals[rows] = solved.duals / COST_GRID
    bound = lagrangian_bound(piece, duals)
    if bound <= found.bound:
        return found
    return replace(found, duals=duals, reduced=piece.cost - piece.matrix.T @ duals, bound=bound)


def _owners_of_rows(piece: Piece, owner: NDArray[np.int32]) -> Integers:
    """Return the one owner of all columns of each row; NOBODY where there are several or none."""
    row = np.repeat(np.arange(piece.rows.size), np.diff(piece.matrix.indptr))
    of_entry = owner[piece.matrix.indices]
    least = np.full(piece.rows.size, np.iinfo(np.int64).max)
    most = np.full(piece.rows.size, NOBODY, dtype=np.int64)
    np.minimum.at(least, row, of_entry)
    np.maximum.at(most, row, of_entry)
    return np.where(least == most, most, NOBODY)


def _batches(owner: NDArray[np.int32], of_row: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Yield columns and rows of a few owners at a time."""
    columns = np.argsort(owner, kind="stable")
    columns = columns[owner[columns] != NOBODY]
    rows = np.argsort(of_row, kind="stable")
    rows = rows[of_row[rows] != NOBODY]
    owners, sizes = np.unique(owner[columns], return_counts=True)
    number = np.cumsum(sizes) // BATCH_COLUMNS
    for batch in np.unique(number):
        chosen = owners[number == batch]
        first, last = chosen[0], chosen[-1]
        yield _between(columns, owner, first, last), _between(rows, of_row, first, last)


def _between(
    order: Integers, key: NDArray[np.integer], first: np.integer, last: np.integer
) -> Integers:
    """Return the part of an ascending order whose keys lie between two, both included."""
    start = np.searchsorted(key[order], first, side="left")
    stop = np.searchsorted(key[order], last, side="right")
    return np.asarray(np.sort(order[start:stop]), dtype=np.int64)

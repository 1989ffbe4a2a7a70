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
from csshift.engine.duals import lagrangian_bound
from csshift.engine.piece import Piece, part
from csshift.engine.relax import Relaxation, relax
from csshift.program import NOBODY, Program

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BATCH_COLUMNS = 2000
"""Columns of the owners that are solved together: more take longer in sum."""

COST_GRID = 1024
"""Reduced costs are rounded to parts of a unit of cost."""

LARGEST_COST = float(1 << 53)
"""Largest magnitude of the rounded costs."""


def polish(program: Program, piece: Piece, found: Relaxation, control: Control) -> Relaxation:
    """Return the relaxation with dual values that prove no lower a bound, often a higher one.

    Parameters
    ----------
    program : Program
    piece : Piece
        Cut out of the program.
    found : Relaxation
        Of the piece.
    control : Control
        What is not done in its time is left as it is.
    """
    owner, of_row = program.column_owner[piece.columns], program.row_owner[piece.rows]
    linking = np.where(of_row == NOBODY, found.duals, 0.0)
    exact = piece.cost - piece.matrix.T @ linking
    # A coarser grid for extreme costs: what is solved here needs no more digits than floats have.
    grid = min(COST_GRID, LARGEST_COST / float(np.abs(exact).max(initial=1.0)))
    cost = np.rint(exact * grid).astype(np.int64)
    charged = replace(piece, cost=cost)
    duals = found.duals.copy()
    for columns, rows in _batches(owner, of_row):
        solved = relax(part(charged, rows, columns), control, control.left)
        if solved is not None:
            duals[rows] = solved.duals / grid
    bound = lagrangian_bound(piece, duals)
    if bound <= found.bound:
        return found
    return replace(found, duals=duals, reduced=piece.cost - piece.matrix.T @ duals, bound=bound)


def _batches(
    owner: NDArray[np.int32], of_row: NDArray[np.int32]
) -> Iterator[tuple[Integers, Integers]]:
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

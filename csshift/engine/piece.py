"""Sub-programs: some columns free, all others fixed at known values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.program import UNBOUNDED, Program

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Piece:
    """A program of its own, cut out of a larger one.

    Parameters
    ----------
    columns : int array, shape (free,)
        The free columns, as numbered in the larger program.
    matrix : csr_array of int64, shape (rows, free)
    row_lower, row_upper : int64 array, shape (rows,)
        Bounds less what the fixed columns contribute.
    lower, upper, cost : int64 array, shape (free,)
    fine : bool array, shape (free,)
        Columns that may be taken as continuous and rounded.
    rows : int array, shape (rows,)
        The rows kept, as numbered in the larger program.
    contradiction : int or None
        A row without free columns whose bounds the fixed values break.
    """

    columns: NDArray[np.int64]
    matrix: csr_array
    row_lower: Integers
    row_upper: Integers
    lower: Integers
    upper: Integers
    cost: Integers
    continuous: NDArray[np.bool_]
    rows: NDArray[np.int64]
    contradiction: int | None = None


class Cutter:
    """Cuts pieces out of one program; keeps its columns sorted for that."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._by_column = program.matrix.tocsc()

    def rows_of(self, columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows that touch any of the columns, ascending."""
        touched = np.zeros(self.program.rows, dtype=np.bool_)
        touched[self._by_column.indices[spans(self._by_column.indptr, columns)]] = True
        return np.flatnonzero(touched)

    def cut(
        self, columns: NDArray[np.int64], values: NDArray[np.int64], *, trim: bool = True
    ) -> Piece:
        """Return the piece with `columns` free and all others at `values`.

        Parameters
        ----------
        columns : int array
            Columns to free, without repetition; fixed columns (equal bounds) may be among them.
        values : int64 array, shape (program.columns,)
            Values of the columns that stay fixed; those of free columns do not matter.
        trim : bool
            Leave out rows that cannot be broken.
        """
        program = self.program
        columns = columns[program.lower[columns] < program.upper[columns]]
        place = np.full(program.columns, -1, dtype=np.int64)
        place[columns] = np.arange(columns.size)
        rows = self.rows_of(columns)
        entries = spans(program.matrix.indptr, rows)
        sizes = program.matrix.indptr[rows + 1] - program.matrix.indptr[rows]
        owner = np.repeat(np.arange(rows.size), sizes)
        indices, data = program.matrix.indices[entries], program.matrix.data[entries]
        free = place[indices] >= 0
        settled = np.zeros(rows.size, dtype=np.int64)
        np.add.at(settled, owner[~free], data[~free] * values[indices[~free]])
        counts = np.bincount(owner[free], minlength=rows.size)
        indptr = np.concatenate([[0], np.cumsum(counts)])
        matrix = csr_array(
            (data[free], place[indices[free]], indptr), shape=(rows.size, columns.size)
        )
        piece = Piece(
            columns=columns,
            matrix=matrix,
            row_lower=less(program.row_lower[rows], settled),
            row_upper=less(program.row_upper[rows], settled),
            lower=program.lower[columns],
            upper=program.upper[columns],
            cost=program.cost[columns],
            continuous=program.continuous[columns],
            rows=rows,
        )
        return trimmed(piece) if trim else piece

    def whole(self) -> Piece:
        """Return the program itself as a piece, constant columns folded away."""
        program = self.program
        piece = self.cut(np.arange(program.columns), program.lower)
        empty = np.ones(program.rows, dtype=np.bool_)
        empty[self.rows_of(piece.columns)] = False
        broken = np.intersect1d(program.broken_rows(program.lower), np.flatnonzero(empty))
        if broken.size == 0:
            return piece
        return replace(piece, contradiction=int(broken[0]))


def less(bounds: Integers, amounts: Integers) -> Integers:
    """Return row bounds less what is settled in the rows; bounds that are missing stay so."""
    return np.where(np.abs(bounds) < UNBOUNDED, bounds - amounts, bounds)


def spread(piece: Piece, values: Floats, rest: Integers) -> Floats:
    """Return values of a piece as values of its program, all other columns at `rest`.

    Parameters
    ----------
    piece : Piece
    values : float array, shape (free,)
    rest : int64 array, shape (program.columns,)
    """
    everything = rest.astype(np.float64)
    everything[piece.columns] = values
    return everything


def spans(indptr: NDArray[np.integer], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the positions indptr[c]..indptr[c + 1] of every chosen c, one after the other."""
    starts = indptr[chosen].astype(np.int64)
    sizes = indptr[chosen + 1].astype(np.int64) - starts
    ends = np.cumsum(sizes)
    shift = np.repeat(starts - (ends - sizes), sizes)
    total = int(ends[-1]) if ends.size else 0
    return np.asarray(np.arange(total, dtype=np.int64) + shift)


def trimmed(piece: Piece) -> Piece:
    """Leave out rows that no values within the column bounds can break."""
    least, most = reach(piece.matrix, piece.lower, piece.upper)
    keep = np.flatnonzero((least < piece.row_lower) | (most > piece.row_upper))
    if keep.size == piece.rows.size:
        return piece
    return replace(
        piece,
        matrix=piece.matrix[keep],
        row_lower=piece.row_lower[keep],
        row_upper=piece.row_upper[keep],
        rows=piece.rows[keep],
    )


def part(piece: Piece, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> Piece:
    """Return some rows and columns of a piece, given by position; other columns are left out."""
    return replace(
        piece,
        columns=piece.columns[columns],
        matrix=csr_array(piece.matrix[rows][:, columns]),
        row_lower=piece.row_lower[rows],
        row_upper=piece.row_upper[rows],
        lower=piece.lower[columns],
        upper=piece.upper[columns],
        cost=piece.cost[columns],
        continuous=piece.continuous[columns],
        rows=piece.rows[rows],
    )


def reach(matrix: csr_array, lower: Integers, upper: Integers) -> tuple[Floats, Floats]:
    """Return the least and the most of each row over the bounds of its columns."""
    rows = matrix.shape[0]
    row = np.repeat(np.arange(rows), np.diff(matrix.indptr))
    at_lower, at_upper = matrix.data * lower[matrix.indices], matrix.data * upper[matrix.indices]
    least = np.bincount(row, np.minimum(at_lower, at_upper), rows)
    most = np.bincount(row, np.maximum(at_lower, at_upper), rows)
    return least.astype(np.float64), most.astype(np.float64)

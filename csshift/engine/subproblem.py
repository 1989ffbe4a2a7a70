"""Subproblems: some columns of a program free, all others fixed at known values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from csshift.program import UNBOUNDED, Floats, Integers, LinearProgram, Number, Program

Status = Literal["optimal", "feasible", "infeasible", "unknown"]

MOST_ENTRIES = 2_000_000
"""Entries of a matrix whose positions are computed at once."""


@dataclass(frozen=True, eq=False)
class Subproblem(LinearProgram[np.int64]):
    """A restriction of a larger program; row bounds are less what fixed columns contribute.

    Parameters
    ----------
    column_ids : int array, shape (columns,)
        The free columns, as numbered in the larger program.
    row_ids : int array, shape (rows,)
        The rows kept, as numbered in the larger program.
    contradiction : int or None
        A row without free columns whose bounds the fixed values break.
    """

    column_ids: Integers
    row_ids: Integers
    contradiction: int | None = None

    def restrict(self, rows: NDArray[np.integer], columns: NDArray[np.integer]) -> Subproblem:
        """Return only some rows and columns, given by position."""
        # Where most entries are in these rows, a copy of the rows would take as much memory.
        long = 2 * int(np.diff(self.matrix.indptr)[rows].sum()) > self.matrix.nnz
        matrix = self.matrix[:, columns][rows] if long else self.matrix[rows][:, columns]
        return replace(
            self,
            matrix=csr_array(matrix),
            row_lower=self.row_lower[rows],
            row_upper=self.row_upper[rows],
            lower=self.lower[columns],
            upper=self.upper[columns],
            cost=self.cost[columns],
            continuous=self.continuous[columns],
            column_ids=self.column_ids[columns],
            row_ids=self.row_ids[rows],
        )

    def without_redundant_rows(self) -> Subproblem:
        """Leave out the rows that no values within the column bounds can break."""
        least, most = activity_bounds(self.matrix, self.lower, self.upper)
        keep = np.flatnonzero((least < self.row_lower) | (most > self.row_upper))
        if keep.size == self.rows:
            return self
        return replace(
            self,
            matrix=self.matrix[keep],
            row_lower=self.row_lower[keep],
            row_upper=self.row_upper[keep],
            row_ids=self.row_ids[keep],
        )

    def embed(self, values: Floats, others: Integers) -> Floats:
        """Return values for the larger program, shape (its columns,), the rest as in `others`."""
        everything = others.astype(np.float64)
        everything[self.column_ids] = values
        return everything


@dataclass(frozen=True, eq=False)
class Solution:
    """Outcome of solving a subproblem.

    Parameters
    ----------
    status : {"optimal", "feasible", "infeasible", "unknown"}
    values : int64 array, shape (columns,), or None
        Best values found.
    bound : int or None
        Proven lower bound of ``cost @ values`` over the subproblem.
    promising : bool
        Whether the values may improve on those that the solver was given.
    """

    status: Status
    values: Integers | None = None
    bound: int | None = None
    promising: bool = True


def part_of(
    program: Program, rows: Integers, columns: Integers, matrix: csr_array, settled: Integers
) -> Subproblem:
    """Return some rows and columns of a program as a subproblem.

    Parameters
    ----------
    matrix : csr_array of int64, shape (rows, columns)
        Coefficients of these columns in these rows.
    settled : int64 array, shape (rows,)
        What all other columns come to in these rows.
    """
    return Subproblem(
        matrix=matrix,
        row_lower=shift_bounds(program.row_lower[rows], settled),
        row_upper=shift_bounds(program.row_upper[rows], settled),
        lower=program.lower[columns],
        upper=program.upper[columns],
        cost=program.cost[columns],
        continuous=program.continuous[columns],
        column_ids=columns,
        row_ids=rows,
    )


class Restrictor:
    """Restricts one program to some of its columns; keeps the columns sorted for that."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.by_column = program.matrix.tocsc()

    def rows_of(self, columns: Integers) -> Integers:
        """Return the rows that touch any of the columns, ascending."""
        return np.flatnonzero(marked(self.by_column, columns, self.program.rows))

    def restrict(
        self, columns: Integers, values: Integers, *, keep_redundant: bool = False
    ) -> Subproblem:
        """Return the subproblem with `columns` free and all others fixed at `values`.

        Parameters
        ----------
        columns : int array
            Columns to free, without repetition; fixed columns (equal bounds) may be among them.
        values : int64 array, shape (program.columns,)
            Values of the columns that stay fixed; those of free columns do not matter.
        keep_redundant : bool
            Keep the rows that cannot be broken.
        """
        program = self.program
        columns = columns[program.lower[columns] < program.upper[columns]]
        # SciPy keeps the numbers that it is given: those of 32 bits take half the memory.
        place = np.full(program.columns, -1, dtype=program.matrix.indices.dtype)
        place[columns] = np.arange(columns.size)
        rows = self.rows_of(columns)
        entries = csr_entries(program.matrix.indptr, rows)
        sizes = program.matrix.indptr[rows + 1] - program.matrix.indptr[rows]
        row = np.repeat(np.arange(rows.size), sizes)
        indices, data = program.matrix.indices[entries], program.matrix.data[entries]
        free = place[indices] >= 0
        settled = np.zeros(rows.size, dtype=np.int64)
        np.add.at(settled, row[~free], data[~free] * values[indices[~free]])
        counts = np.bincount(row[free], minlength=rows.size)
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(place.dtype)
        matrix = csr_array(
            (data[free], place[indices[free]], indptr), shape=(rows.size, columns.size)
        )
        subproblem = part_of(program, rows, columns, matrix, settled)
        return subproblem if keep_redundant else subproblem.without_redundant_rows()

    def full(self) -> Subproblem:
        """Return the program itself as a subproblem, without its constant columns."""
        program = self.program
        subproblem = self.restrict(np.arange(program.columns), program.lower)
        empty = ~marked(self.by_column, subproblem.column_ids, program.rows)
        broken = np.intersect1d(program.broken_rows(program.lower), np.flatnonzero(empty))
        if broken.size == 0:
            return subproblem
        return replace(subproblem, contradiction=int(broken[0]))

    def constant(self, subproblem: Subproblem) -> int:
        """Return the cost of all that is fixed at its lower bound, offset included."""
        fixed = self.program.lower.copy()
        fixed[subproblem.column_ids] = 0
        return self.program.objective(fixed)


def shift_bounds(bounds: Integers, amounts: Integers) -> Integers:
    """Return row bounds less what is settled in the rows; missing bounds stay missing."""
    return np.where(np.abs(bounds) < UNBOUNDED, bounds - amounts, bounds)


def csr_entries(indptr: NDArray[np.integer], chosen: NDArray[np.integer]) -> Integers:
    """Return the positions indptr[c]..indptr[c + 1] of every chosen c, one after the other."""
    starts = indptr[chosen].astype(np.int64)
    sizes = csr_sizes(indptr, chosen)
    ends = np.cumsum(sizes)
    shift = np.repeat(starts - (ends - sizes), sizes)
    total = int(ends[-1]) if ends.size else 0
    return np.asarray(np.arange(total, dtype=np.int64) + shift)


def marked(matrix: csr_array | csc_array, chosen: Integers, size: int) -> NDArray[np.bool_]:
    """Return which of `size` numbers are indices of any chosen row, or column by columns.

    Entries are looked at in batches: millions of positions take gigabytes at once.
    """
    found = np.zeros(size, dtype=np.bool_)
    entries = int(csr_sizes(matrix.indptr, chosen).sum())
    for batch in np.array_split(chosen, 1 + entries // MOST_ENTRIES):
        found[matrix.indices[csr_entries(matrix.indptr, batch)]] = True
    return found


def csr_sizes(indptr: NDArray[np.integer], chosen: NDArray[np.integer]) -> Integers:
    """Return indptr[c + 1] - indptr[c] of every chosen c, without a look at all others."""
    return np.asarray(indptr[chosen + 1] - indptr[chosen], dtype=np.int64)


def activity_bounds(
    matrix: csr_array, lower: NDArray[Number], upper: NDArray[Number]
) -> tuple[NDArray[Number], NDArray[Number]]:
    """Return the minimal and the maximal activity of each row over the bounds of its columns.

    Parameters
    ----------
    matrix : csr_array, shape (rows, columns)
    lower, upper : array, shape (columns,)
    """
    # Products for all entries at once would take several times the memory of the matrix.
    ends = np.arange(0, matrix.nnz, MOST_ENTRIES)[1:]
    cuts: list[int] = np.searchsorted(matrix.indptr, ends).tolist()
    if not cuts:
        return _activity_bounds(matrix, lower, upper)
    rows = pairwise(sorted({0, *cuts, matrix.shape[0]}))
    found = [_activity_bounds(csr_array(matrix[a:b]), lower, upper) for a, b in rows]
    least, most = zip(*found, strict=True)
    return np.concatenate(least), np.concatenate(most)


def _activity_bounds(
    matrix: csr_array, lower: NDArray[Number], upper: NDArray[Number]
) -> tuple[NDArray[Number], NDArray[Number]]:
    at_lower, at_upper = matrix.data * lower[matrix.indices], matrix.data * upper[matrix.indices]
    ones = np.ones(matrix.shape[1], dtype=at_lower.dtype)
    terms = csr_array(matrix)  # shares the indices; building it from arrays checks them all
    terms.data = np.minimum(at_lower, at_upper)
    least = terms @ ones
    terms.data = np.maximum(at_lower, at_upper)
    return np.asarray(least), np.asarray(terms @ ones)

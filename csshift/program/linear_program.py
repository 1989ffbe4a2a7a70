"""The arrays that every linear program consists of, and what a row belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

UNBOUNDED = 1 << 60
"""Magnitude of a row bound that does not bind."""

NOBODY = -1
"""Agent of columns and rows that belong to no single agent; day of those without one."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True, eq=False)
class LinearProgram(Generic[Number]):
    """Minimise cost @ v subject to row_lower <= matrix @ v <= row_upper, lower <= v <= upper.

    Parameters
    ----------
    matrix : csr_array, shape (rows, columns)
        Coefficients.
    row_lower, row_upper : array, shape (rows,)
        Row bounds. Where there is none, integers have magnitude UNBOUNDED and floats are infinite.
    lower, upper, cost : array, shape (columns,)
        Finite column bounds, and costs.
    continuous : bool array, shape (columns,)
        Columns that count units so small that a solver may take them as continuous and round
        them afterwards; all others take integers only.
    """

    matrix: csr_array
    row_lower: NDArray[Number]
    row_upper: NDArray[Number]
    lower: NDArray[Number]
    upper: NDArray[Number]
    cost: NDArray[Number]
    continuous: NDArray[np.bool_]

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.cost.size)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.row_lower.size)

    def broken_rows(self, values: NDArray[Number]) -> NDArray[np.intp]:
        """Return the rows whose bounds the solution breaks."""
        activity = self.matrix @ values
        return np.flatnonzero((activity < self.row_lower) | (activity > self.row_upper))

    def holds(self, values: NDArray[Number]) -> bool:
        """Return whether the solution keeps every bound of every column and row."""
        inside = bool(np.all((values >= self.lower) & (values <= self.upper)))
        return inside and self.broken_rows(values).size == 0


def single_agent(
    matrix: csr_array, agents: NDArray[np.integer], used: NDArray[np.bool_] | None = None
) -> Integers:
    """Return the only agent whose columns each row touches, NOBODY where there is none.

    Parameters
    ----------
    matrix : csr_array, shape (rows, columns)
    agents : int array, shape (columns,)
        Agent of each column, NOBODY where it has none; such a column makes the row nobody's.
    used : bool array, shape (columns,), or None
        Columns that count; all when None.
    """
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    agent = agents[matrix.indices].astype(np.int64)
    if used is not None:
        counted = used[matrix.indices]
        row, agent = row[counted], agent[counted]
    highest = np.full(matrix.shape[0], NOBODY, dtype=np.int64)
    lowest = np.full(matrix.shape[0], np.iinfo(np.int64).max, dtype=np.int64)
    np.maximum.at(highest, row, agent)
    np.minimum.at(lowest, row, agent)
    return np.where(highest == lowest, highest, NOBODY)

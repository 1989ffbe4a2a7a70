"""A sparse integer program with labelled columns and rows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

UNBOUNDED = 1 << 60
"""Magnitude of a row bound that does not bind."""

NOBODY = -1
"""Owner of columns and rows that belong to no single agent; day or slot of none."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise cost @ v subject to row_lower <= matrix @ v <= row_upper, lower <= v <= upper.

    All numbers are integers; the objective in points is ``(cost @ v + offset) / scale``.

    Parameters
    ----------
    matrix : csr_array of int64, shape (rows, columns)
        Coefficients.
    row_lower, row_upper : int64 array, shape (rows,)
        Row bounds; magnitude UNBOUNDED where there is none.
    lower, upper, cost : int64 array, shape (columns,)
        Finite column bounds, and costs; a column that is not fixed counts from 0.
    scale, offset : int
        Units of the objective: integers a point, and a constant.
    families : tuple of str
        Names of the families of columns and rows: rules, demand, contracts.
    fine : bool array, shape (columns,)
        Quantities counted in units so small that a solver may take them as continuous and
        round afterwards.
    column_family, column_owner, column_day, column_slot : int32 array, shape (columns,)
        Labels: index into `families`, agent, day and interval of the horizon (or NOBODY).
    row_family, row_owner, row_day : int32 array, shape (rows,)
        Labels; a row that touches the columns of one agent only has that agent as owner.
    """

    matrix: csr_array
    row_lower: Integers
    row_upper: Integers
    lower: Integers
    upper: Integers
    cost: Integers
    scale: int
    offset: int
    families: tuple[str, ...]
    fine: NDArray[np.bool_]
    column_family: NDArray[np.int32]
    column_owner: NDArray[np.int32]
    column_day: NDArray[np.int32]
    column_slot: NDArray[np.int32]
    row_family: NDArray[np.int32]
    row_owner: NDArray[np.int32]
    row_day: NDArray[np.int32]

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.cost.size)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.row_lower.size)

    def objective(self, values: Integers) -> int:
        """Return the objective of a solution in integer units, offset included."""
        return int(self.cost @ values) + self.offset

    def fine_points(self, values: Integers) -> Fraction:
        """Return what the fine columns of a solution cost, in points."""
        return Fraction(int(self.cost[self.fine] @ values[self.fine]), self.scale)

    def points(self, units: float) -> float:
        """Return integer units of the objective as points."""
        return units / self.scale

    def broken_rows(self, values: Integers) -> NDArray[np.intp]:
        """Return the rows whose bounds the solution breaks."""
        activity = self.matrix @ values
        return np.flatnonzero((activity < self.row_lower) | (activity > self.row_upper))

    def holds(self, values: Integers) -> bool:
        """Return whether the solution keeps every bound of every column and row."""
        inside = bool(np.all((values >= self.lower) & (values <= self.upper)))
        return inside and self.broken_rows(values).size == 0

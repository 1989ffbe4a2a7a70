"""A sparse integer program with labelled columns and rows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from csshift.program.linear_program import Integers, LinearProgram


@dataclass(frozen=True, eq=False)
class Program(LinearProgram[np.int64]):
    """A linear program in integers whose columns and rows say what they stand for.

    The objective in points is ``(cost @ v + offset) / scale``; a column that is not fixed
    counts from 0.

    Parameters
    ----------
    scale, offset : int
        Units of the objective: integers a point, and a constant.
    families : tuple of str
        Names of the families of columns and rows: rules, demand, contracts.
    column_family, column_agent, column_day : int32 array, shape (columns,)
        Labels: index into `families`, agent and day of the horizon (or NOBODY).
    row_family, row_agent : int32 array, shape (rows,)
        Labels; a row has an agent when it touches no other agent's free columns.
    """

    scale: int
    offset: int
    families: tuple[str, ...]
    column_family: NDArray[np.int32]
    column_agent: NDArray[np.int32]
    column_day: NDArray[np.int32]
    row_family: NDArray[np.int32]
    row_agent: NDArray[np.int32]

    def objective(self, values: Integers) -> int:
        """Return the objective of a solution in integer units, offset included."""
        return int(self.cost @ values) + self.offset

    def least_objective(self) -> int:
        """Return what the column bounds alone prove: every column at its cheaper bound."""
        return self.objective(np.where(self.cost > 0, self.lower, self.upper))

    def continuous_points(self, values: Integers) -> Fraction:
        """Return what the continuous columns of a solution cost, in points."""
        return Fraction(int(self.cost[self.continuous] @ values[self.continuous]), self.scale)

    def points(self, units: float) -> float:
        """Return integer units of the objective as points."""
        return units / self.scale

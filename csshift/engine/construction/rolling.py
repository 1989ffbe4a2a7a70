"""One agent's program over a long horizon, decided from the first days to the last.

A few weeks are searched exactly at a time, and most of them are kept. Later days contribute to rows
that reach far ahead what the relaxation gave them, and to other rows the least that is possible.
After a dead end, the weeks before it are searched again together with it.
(Rolling horizons as in relax and fix: Wolsey, 1998, section 12.5.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.budget import Budget
from csshift.engine.params import RollingParams
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.subproblem import Solution, Subproblem, activity_bounds, shift_bounds
from csshift.program import Floats, Integers


def solve_rolling(
    subproblem: Subproblem,
    day: NDArray[np.integer],
    reference: Floats,
    budget: Budget,
    limits: Limits,
    *,
    seed: int = 0,
    params: RollingParams = RollingParams(),
) -> Solution:
    """Search for good values of a subproblem; they need not be the best, and may not be found.

    Parameters
    ----------
    day : int array, shape (columns,)
        Of each column; those below 0 belong to no day and are decided last.
    reference : float array, shape (columns,)
        Values that days far ahead are expected to have.
    limits : Limits
        For each stretch of days.
    """
    dated = np.where(day < 0, day.max(initial=0), day)
    horizon = _Horizon(subproblem, dated, reference, far_days=params.lengths[0])
    for length in params.lengths:
        values = _roll(horizon, length, budget, limits, seed, params)
        if values is not None:
            return Solution("feasible", values)
    return Solution("unknown")


def _roll(
    horizon: _Horizon, usual: int, budget: Budget, limits: Limits, seed: int, params: RollingParams
) -> Integers | None:
    values = horizon.subproblem.lower.copy()
    first, length, slack = 0, usual, 1
    backtracks = params.backtracks
    overlap = params.overlap_days
    while True:
        columns, stretch = horizon.stretch(values, first, first + length, slack)
        found = solve_cpsat(stretch, budget, limits, seed=seed)
        if found.values is not None:
            values[columns] = found.values
            if first + length > horizon.last:
                return values
            first, length, slack = first + length - overlap, usual, 1
        elif budget.over or not backtracks or (first == 0 and length > horizon.last):
            return None
        elif slack < params.max_slack and first + length <= horizon.last:
            slack *= params.slack_factor
        else:
            backtracks -= 1
            back = min(first, usual - overlap)
            first, length, slack = first - back, length + max(back, overlap), 1


@dataclass(frozen=True, eq=False)
class _Horizon:
    """A subproblem, the day of each column, and the values that are expected of them."""

    subproblem: Subproblem
    day: NDArray[np.integer]
    reference: Floats
    far_days: int

    @property
    def last(self) -> int:
        return int(self.day.max(initial=0))

    def stretch(
        self, values: Integers, first: int, end: int, slack: int
    ) -> tuple[Integers, Subproblem]:
        """Return columns and subproblem of some days; those before are at `values`."""
        columns = np.flatnonzero((self.day >= first) & (self.day < end))
        rows = np.unique(self.subproblem.matrix[:, columns].tocoo().coords[0])
        own = self.subproblem.restrict(rows, columns)
        matrix = self.subproblem.matrix[rows]
        least, most = self._ahead(matrix, end, slack)
        before = matrix @ np.where(self.day < first, values, 0)
        remaining = replace(
            own,
            row_lower=shift_bounds(own.row_lower, before + most),
            row_upper=shift_bounds(own.row_upper, before + least),
        )
        return columns, remaining.without_redundant_rows()

    def _ahead(self, matrix: csr_array, end: int, slack: int) -> tuple[Integers, Integers]:
        """Return the minimum and maximum that the days from `end` on may add to rows."""
        later = self.day >= end
        least, most = activity_bounds(
            matrix,
            np.where(later, self.subproblem.lower, 0),
            np.where(later, self.subproblem.upper, 0),
        )
        expected = matrix @ np.where(later, self.reference, 0.0)
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        entries = np.flatnonzero(later[matrix.indices])
        tolerance = np.zeros(matrix.shape[0])
        np.maximum.at(tolerance, row[entries], slack * np.abs(matrix.data[entries]))
        until = np.full(matrix.shape[0], end)
        np.maximum.at(until, row[entries], self.day[matrix.indices[entries]])
        far = until >= end + self.far_days
        least = np.where(far, np.maximum(least, np.floor(expected - tolerance)), least)
        most = np.where(far, np.minimum(most, np.ceil(expected + tolerance)), most)
        return least.astype(np.int64), most.astype(np.int64)

"""Integer values of recourse: rounded, and raised again where that costs less."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array

from csshift.engine.subproblem import Subproblem
from csshift.program import Floats, Integers, LinearProgram

INTEGRALITY_TOLERANCE = 1e-3
"""Continuous values this close below an integer are taken for it."""


def round_continuous(subproblem: Subproblem, values: Floats) -> Integers | None:
    """Return integer values near the given ones that keep every row, or None.

    Parameters
    ----------
    values : float array, shape (columns,)
        Columns that are not continuous are integers but for floating-point noise.

    Notes
    -----
    Continuous columns of several rows (flows) are rounded down; continuous columns of one row
    (shortage, surplus) are then set anew, the cheapest first, to what that row needs.
    """
    nearest = np.rint(values)
    down = np.floor(values + INTEGRALITY_TOLERANCE)
    rounded = np.where(subproblem.continuous, down, nearest).astype(np.int64)
    rounded = np.clip(rounded, subproblem.lower, subproblem.upper)
    by_column = subproblem.matrix.tocsc()
    single = np.flatnonzero(subproblem.continuous & (np.diff(by_column.indptr) == 1))
    rounded[single] = subproblem.lower[single]
    fill_rows(subproblem, by_column, single, rounded)
    return rounded if subproblem.broken_rows(rounded).size == 0 else None


def fill_rows(
    subproblem: LinearProgram[np.int64], by_column: csc_array, single: Integers, rounded: Integers
) -> None:
    """Raise single-row columns, the cheapest first, until their rows are within bounds.

    Parameters
    ----------
    by_column : csc_array
        Matrix of the program.
    single : int array
        Columns with one entry each, at their lower bounds.
    rounded : int64 array, shape (columns,)
        Changed in place.
    """
    rows = by_column.indices[by_column.indptr[single]].astype(np.int64)
    step = by_column.data[by_column.indptr[single]]
    activity = subproblem.matrix @ rounded
    missing = np.maximum(subproblem.row_lower - activity, 0)
    excess = np.maximum(activity - subproblem.row_upper, 0)
    need = np.where(step > 0, missing[rows], excess[rows])
    order = np.lexsort((subproblem.cost[single] / np.abs(step), step < 0, rows))
    rows, step, need, single = rows[order], np.abs(step[order]), need[order], single[order]
    sign = np.sign(by_column.data[by_column.indptr[single]])
    room = (subproblem.upper - subproblem.lower)[single] * step
    group = np.concatenate([[0], np.cumsum((np.diff(rows) != 0) | (np.diff(sign) != 0))])
    before = np.cumsum(room) - room
    first = np.searchsorted(group, np.arange(int(group[-1]) + 1)) if group.size else group
    earlier = before - before[first][group] if single.size else before
    units = np.clip(-(-(need - earlier) // step), 0, room // step)
    rounded[single] += units


def raise_rounded(subproblem: Subproblem, rounded: Integers, passes: int = 10) -> Integers:
    """Return values in which continuous columns are raised while that costs less.

    Rounding down leaves units of time unused that single-row columns pay for twice: as time
    to spare in one row, as a shortage in another. So does a linear solver where a price is
    below its tolerance, next to prices that are a million times as high.

    Parameters
    ----------
    rounded : int64 array, shape (free,)
        Keeps every row, as the values that are returned do.
    passes : int
        Times that all columns are tried at most.
    """
    rows = _Rows(subproblem, rounded.copy())
    for _ in range(passes):
        raised = [rows.raise_column(column) for column in rows.promising()]
        if not any(raised):
            break
    return rows.values


class _Rows:
    """Values of a subproblem, and what its rows can take up."""

    def __init__(self, subproblem: Subproblem, values: Integers) -> None:
        self.values = values
        self._subproblem = subproblem
        self._by_column = by_column = subproblem.matrix.tocsc()
        self._activity = subproblem.matrix @ values
        counts = np.diff(by_column.indptr)
        single = np.flatnonzero(subproblem.continuous & (counts == 1))
        self._several = np.flatnonzero(subproblem.continuous & (counts > 1))
        row = by_column.indices[by_column.indptr[single]]
        step = by_column.data[by_column.indptr[single]]
        useful = (np.abs(step) == 1) & (subproblem.cost[single] >= 0)
        order = np.lexsort((-subproblem.cost[single], row))
        self._singles: dict[tuple[int, int], list[int]] = {}
        """Columns of one row each, by row and sign, the dearest first."""
        for i in order[useful[order]].tolist():
            self._singles.setdefault((int(row[i]), int(step[i])), []).append(int(single[i]))

    def promising(self) -> list[int]:
        """Return the columns of several rows that may cost less when raised, the best first."""
        subproblem, several = self._subproblem, self._several
        gain = np.zeros((2, subproblem.rows))  # of a unit less, by sign and row
        taken = np.zeros(gain.shape, dtype=np.bool_)
        for (row, step), columns in self._singles.items():
            for column in columns:
                if self.values[column] > subproblem.lower[column]:
                    gain[int(step > 0), row] = subproblem.cost[column]
                    taken[int(step > 0), row] = True
                    break
        part = self._by_column[:, several].tocoo()
        sign = (part.data > 0).astype(np.int64)
        after = self._activity[part.row] + part.data
        room = (after >= subproblem.row_lower[part.row]) & (after <= subproblem.row_upper[part.row])
        stuck = np.bincount(part.col, ~(taken[sign, part.row] | room), several.size) > 0
        paid = np.bincount(part.col, gain[sign, part.row] * np.abs(part.data), several.size)
        free = self.values[several] < subproblem.upper[several]
        chosen = np.flatnonzero((paid > subproblem.cost[several]) & free & ~stuck)
        best = chosen[np.argsort(subproblem.cost[several[chosen]] - paid[chosen], kind="stable")]
        return [int(column) for column in several[best]]

    def raise_column(self, column: int) -> bool:
        """Raise a column as long as that costs less; return whether it did."""
        raised = False
        while self._raise_once(column):
            raised = True
        return raised

    def _raise_once(self, column: int) -> bool:
        matrix, subproblem = self._by_column, self._subproblem
        span = slice(matrix.indptr[column], matrix.indptr[column + 1])
        entries = list(zip(matrix.indices[span].tolist(), matrix.data[span].tolist(), strict=True))
        units = self._units(column, entries)
        lowered: list[tuple[int, int]] = []
        after: list[tuple[int, int]] = []
        gain = -units * int(subproblem.cost[column])
        for row, amount in entries:
            left, sign = units * abs(amount), 1 if amount > 0 else -1
            for other in self._singles.get((row, sign), ()):
                decrease = min(left, int(self.values[other] - subproblem.lower[other]))
                lowered.append((other, decrease))
                gain += decrease * int(subproblem.cost[other])
                left -= decrease
            activity = int(self._activity[row]) + sign * left
            if not subproblem.row_lower[row] <= activity <= subproblem.row_upper[row]:
                return False
            after.append((row, activity))
        if gain <= 0 or units <= 0:
            return False
        self.values[column] += units
        for other, decrease in lowered:
            self.values[other] -= decrease
        for row, activity in after:
            self._activity[row] = activity
        return True

    def _units(self, column: int, entries: list[tuple[int, int]]) -> int:
        """Return by how much to raise a column: as far as each row's dearest column goes."""
        units = int(self._subproblem.upper[column] - self.values[column])
        for row, amount in entries:
            columns = self._singles.get((row, 1 if amount > 0 else -1), ())
            used = (int(self.values[c] - self._subproblem.lower[c]) for c in columns)
            left = next((value for value in used if value), 0)
            units = min(units, max(1, left // abs(amount)))
        return units

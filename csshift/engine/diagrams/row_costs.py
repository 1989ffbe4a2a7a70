"""The cost of a row as a function of its activity, when slack columns follow the others.

A slack occurs in one row only, with coefficient 1 or -1. Given the activity of the other columns,
the cheapest slacks follow, so the row's cost is a convex piecewise linear function of that
activity, infinite where no slack satisfies the row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from csshift.engine.subproblem import Subproblem
from csshift.program import UNBOUNDED, Integers

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Steps:
    """How slacks move rows in one direction, cheapest first.

    Parameters
    ----------
    columns, rows, cost, amount : int64 array, shape (steps,)
        Slack, its row, cost of a unit and units available.
    before : int64 array, shape (steps,)
        Units of cheaper steps of the same row.
    turn : int64 array, shape (steps,)
        What a unit of the step adds to the slack: 1 or -1.
    """

    columns: Integers
    rows: Integers
    cost: Integers
    amount: Integers
    before: Integers
    turn: Integers

    def used(self, needed: Integers) -> Integers:
        """Return what the steps add to the slacks where rows need so many units."""
        return np.asarray(self.turn * np.clip(needed[self.rows] - self.before, 0, self.amount))


class RowCosts:
    """Costs of rows by the activity of all columns that are not slacks.

    Parameters
    ----------
    block : Subproblem
    linked : bool array, shape (block.columns,)
        Columns whose costs change from pricing to pricing; none of them is a slack.

    Attributes
    ----------
    slack : bool array, shape (block.columns,)
    constant : int
        Cost of the slacks where no row needs any.
    first, last, slope : int64 array, shape (segments, rows)
        Segments of the functions, in no order; a missing one has ``first > last``.
    domain : pair of int64 array, shape (rows,)
        Where the functions are finite.
    free : pair of int64 array, shape (rows,)
        Where they are 0.
    """

    def __init__(self, block: Subproblem, linked: Bools) -> None:
        self.block = block
        by_column = csc_array(block.matrix)
        degree = np.diff(by_column.indptr)
        single = np.flatnonzero((degree == 1) & ~linked)
        unit = np.abs(by_column.data[by_column.indptr[single]]) == 1
        finite = (block.lower[single] > -UNBOUNDED) & (block.upper[single] < UNBOUNDED)
        chosen = single[unit & finite]
        self.slack = (degree == 0) & ~linked
        self._rest = np.where(block.cost < 0, block.upper, block.lower)
        self.slack[chosen] = True
        self.constant = int(block.cost[self.slack] @ self._rest[self.slack])
        rows = by_column.indices[by_column.indptr[chosen]].astype(np.int64)
        signs = by_column.data[by_column.indptr[chosen]]
        offset = np.zeros(block.rows, dtype=np.int64)
        np.add.at(offset, rows, signs * self._rest[chosen])
        self._lower = np.where(block.row_lower > -UNBOUNDED, block.row_lower - offset, -UNBOUNDED)
        self._upper = np.where(block.row_upper < UNBOUNDED, block.row_upper - offset, UNBOUNDED)
        turn = np.where(block.cost[chosen] < 0, -1, 1)
        raising = signs * turn > 0
        self._up = self._sorted_steps(chosen[raising], rows[raising], turn[raising])
        self._down = self._sorted_steps(chosen[~raising], rows[~raising], turn[~raising])
        self._build_segments()

    def _sorted_steps(self, columns: Integers, rows: Integers, turn: Integers) -> _Steps:
        block = self.block
        cost = np.abs(block.cost[columns])
        order = np.lexsort((cost, rows))
        columns, rows, turn, cost = columns[order], rows[order], turn[order], cost[order]
        amount = block.upper[columns] - block.lower[columns]
        total = np.cumsum(amount) - amount
        begins = np.searchsorted(rows, rows)
        before = total - total[begins] if rows.size else total
        return _Steps(columns, rows, cost, amount, before, turn)

    def _build_segments(self) -> None:
        """Place the segments of every row: one without cost, and one for each step beside it."""
        low, high = self._lower.copy(), self._upper.copy()
        segments: list[list[tuple[int, int, int]]] = [[] for _ in low]
        for step in np.flatnonzero(self._lower[self._up.rows] > -UNBOUNDED).tolist():
            row = int(self._up.rows[step])
            edge, cost = int(low[row]), int(self._up.cost[step])
            low[row] = edge - int(self._up.amount[step])
            segments[row].append((int(low[row]), edge, -cost))
        for step in np.flatnonzero(self._upper[self._down.rows] < UNBOUNDED).tolist():
            row = int(self._down.rows[step])
            edge, cost = int(high[row]), int(self._down.cost[step])
            high[row] = edge + int(self._down.amount[step])
            segments[row].append((edge, int(high[row]), cost))
        self.domain = low, high
        free_low, free_high = self._lower.copy(), self._upper.copy()
        for row, known in enumerate(segments):
            for first, last, slope in known:
                if slope == 0:
                    free_low[row] = min(free_low[row], first)
                    free_high[row] = max(free_high[row], last)
            segments[row] = [segment for segment in known if segment[2] and segment[0] < segment[1]]
        self.free = free_low, free_high
        most = max(map(len, segments), default=0)
        shape = (most + 1, low.size)
        self.first, self.last = np.ones(shape, np.int64), np.zeros(shape, np.int64)
        self.slope = np.zeros(shape, np.int64)
        self.first[0], self.last[0] = self.free
        for row, known in enumerate(segments):
            for place, segment in enumerate(known, start=1):
                self.first[place, row], self.last[place, row], self.slope[place, row] = segment

    def costs(self, activity: Integers, rows: Integers) -> tuple[Integers, Bools]:
        """Return total costs of rows, and whether all of them are satisfied.

        Parameters
        ----------
        activity : int64 array, shape (..., rows.size)
        """
        total = np.zeros(activity.shape[:-1], dtype=np.int64)
        for first, last, slope in zip(self.first[1:], self.last[1:], self.slope[1:], strict=True):
            used = np.flatnonzero(slope[rows])
            if used.size:
                at, chosen = activity[..., used], rows[used]
                p, q, s = first[chosen], last[chosen], slope[chosen]
                total += (
                    np.where(s < 0, np.clip(q - at, 0, q - p), np.clip(at - p, 0, q - p))
                    * np.abs(s)
                ).sum(axis=-1)
        low, high = self.domain
        return total, np.all((activity >= low[rows]) & (activity <= high[rows]), axis=-1)

    def reduce(
        self, activity: Integers, rows: Integers, least: Integers, most: Integers
    ) -> tuple[Integers, Integers, Bools]:
        """Replace partial activities by representatives of equal futures.

        If whatever may still be added leaves a row within one segment of its function, all partial
        activities of that kind differ by a constant cost only, which is charged here.

        Parameters
        ----------
        activity : int64 array, shape (..., rows.size)
        least, most : int64 array, shape (rows.size,)
            Range of what later columns add.

        Returns
        -------
        activity, cost, feasible
            Representatives; what they leave out, summed over the rows; and whether every row
            can still be satisfied.
        """
        low, high = self.domain
        feasible = np.all(
            (activity + most >= low[rows]) & (activity + least <= high[rows]), axis=-1
        )
        reduced, cost = activity.copy(), np.zeros(activity.shape, dtype=np.int64)
        pending = np.ones(activity.shape, dtype=np.bool_)
        for first, last, slope in zip(self.first, self.last, self.slope, strict=True):
            p, q, s = first[rows], last[rows], slope[rows]
            inside = pending & (activity + least >= p) & (activity + most <= q)
            representative = np.where(
                p > -UNBOUNDED, p - least, np.where(q < UNBOUNDED, q - most, 0)
            )
            cost = np.where(inside, s * (activity - representative), cost)
            reduced = np.where(inside, representative, reduced)
            pending &= ~inside
        return reduced, cost.sum(axis=-1), feasible

    def complete(self, values: Integers) -> Integers:
        """Return values with the cheapest slacks for the other columns.

        Parameters
        ----------
        values : int64 array, shape (block.columns,)
        """
        full = np.where(self.slack, 0, values)
        activity = self.block.matrix @ full
        full[self.slack] = self._rest[self.slack]
        up = np.where(self._lower > -UNBOUNDED, np.maximum(self._lower - activity, 0), 0)
        down = np.where(self._upper < UNBOUNDED, np.maximum(activity - self._upper, 0), 0)
        full[self._up.columns] += self._up.used(up)
        full[self._down.columns] += self._down.used(down)
        return full

"""Dual values: the bound that they prove, and each column's share in the gap to it.

With dual values y and reduced costs r = cost - y @ A, the difference between the objective of a
solution v and the bound that y proves is the sum of ``r_j * (v_j - bound of the column)`` and
``y_i * (A v - bound of the row)_i``, where the sign of r or y says which bound is meant. No term is
negative. Large terms show where better solutions differ; plain costs also contain what no solution
can avoid.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, UNBOUNDED, Floats, Integers, Number, Program

GRID_BITS = 20
"""Duals are rounded to whole multiples of this power of a half, and what is left to its square."""

GRID = float(1 << GRID_BITS)

LARGEST_DUAL = float(1 << 40)
"""Magnitude of duals that 64 bits hold on the grid."""

LARGEST_SUM = 2.0**60
"""Magnitude of sums up to which 64 bits hold them."""

MOST_COMPARED = 1 << 42
"""Reduced costs on the first grid from which on what the second one adds cannot change a sign."""


def binding_bounds(
    duals: NDArray[Number], row_lower: Integers, row_upper: Integers
) -> tuple[NDArray[Number], Integers]:
    """Return duals with those of missing row bounds 0, and the row bound that each refers to.

    A positive dual refers to the lower bound, a negative one to the upper; 0 refers to none, and
    the bound given for it is 0.
    """
    missing = ((duals > 0) & (row_lower <= -UNBOUNDED)) | ((duals < 0) & (row_upper >= UNBOUNDED))
    kept = np.where(missing, 0, duals).astype(duals.dtype)
    return kept, np.where(kept > 0, row_lower, np.where(kept < 0, row_upper, 0))


def lagrangian_bound(subproblem: Subproblem, duals: Floats) -> int:
    """Return the lower bound that dual values prove, in exact arithmetic.

    The duals are rounded to a grid and those of missing row bounds dropped; then
    ``sum(y_i * bound_i) + sum(min(r_j * lower_j, r_j * upper_j))`` with ``r = cost - y @ A`` is
    a lower bound whatever the duals are (weak duality; Neumaier and Shcherbina, 2004).
    """
    y, row_bound = binding_bounds(np.nan_to_num(duals), subproblem.row_lower, subproblem.row_upper)
    if _may_overflow(subproblem, y):
        return _bound_without_overflow(subproblem, y, row_bound)
    # What the first grid leaves goes to a finer one: 64 bits hold no product of large costs on it.
    coarse = np.rint(y * GRID).astype(np.int64)
    fine = np.rint((y - coarse / GRID) * GRID * GRID).astype(np.int64)
    costs = (subproblem.cost << GRID_BITS) - subproblem.matrix.T @ coarse
    less = subproblem.matrix.T @ fine
    large = np.abs(costs) >= MOST_COMPARED
    positive = np.where(large, costs > 0, np.where(large, 0, costs) * int(GRID) > less)
    column_bound = np.where(positive, subproblem.lower, subproblem.upper)
    total = exact_dot(coarse, row_bound) + exact_dot(costs, column_bound) << GRID_BITS
    total += exact_dot(fine, row_bound) - exact_dot(less, column_bound)
    return -(-total >> 2 * GRID_BITS)


def _may_overflow(subproblem: Subproblem, duals: Floats) -> bool:
    """Return whether sums of products could leave 64 bits."""
    if np.abs(duals).max(initial=0.0) > LARGEST_DUAL:
        return True
    size = abs(subproblem.matrix).astype(np.float64).T
    largest = (size @ np.abs(duals) + np.abs(subproblem.cost)) * GRID
    rest = size @ np.ones(duals.size)  # at most half a unit of the first grid is left of a dual
    return bool(largest.size) and float(max(largest.max(), rest.max() * GRID)) > 2.0**61


def _bound_without_overflow(subproblem: Subproblem, duals: Floats, row_bound: Integers) -> int:
    """Return the same bound in Python's unlimited integers; slow, for extreme numbers only."""
    bits = 2 * GRID_BITS
    reduced_costs = [int(c) << bits for c in subproblem.cost]
    total = 0
    matrix = subproblem.matrix
    for row, dual in enumerate(round(Fraction(d) * (1 << bits)) for d in duals.tolist()):
        if dual:
            total += dual * int(row_bound[row])
            for k in range(matrix.indptr[row], matrix.indptr[row + 1]):
                reduced_costs[matrix.indices[k]] -= dual * int(matrix.data[k])
    for cost, lower, upper in zip(reduced_costs, subproblem.lower, subproblem.upper, strict=True):
        total += cost * int(lower if cost > 0 else upper)
    return -(-total >> bits)


def exact_dot(first: Integers, second: Integers) -> int:
    """Return the scalar product without overflow."""
    used = np.flatnonzero((first != 0) & (second != 0))
    first, second = first[used], second[used]
    if float(np.abs(first).astype(np.float64) @ np.abs(second)) < LARGEST_SUM:
        return int(first @ second)
    return sum(map(int.__mul__, first.tolist(), second.tolist()))


class GapShares:
    """Shares of the columns in the gap between a solution and the bound of dual values.

    A bound by column generation has no dual values for the agents' own rows. There an agent's
    share is the sum of its columns' reduced costs less the minimum that its rows allow.

    Parameters
    ----------
    subproblem : Subproblem
        The full program.
    duals : float array, shape (subproblem.rows,)
    minimum : mapping of int to float, or None
        By agent: least sum of reduced costs of free columns that its own rows allow, where these
        rows have no dual values. The columns that are chosen then split the agent's share.
    """

    def __init__(
        self,
        program: Program,
        subproblem: Subproblem,
        duals: Floats,
        minimum: Mapping[int, float] | None = None,
    ) -> None:
        self._program = program
        y = np.zeros(program.rows)
        y[subproblem.row_ids] = duals
        y, self._row_bound = binding_bounds(y, program.row_lower, program.row_upper)
        self._duals = y
        self._reduced_costs = program.cost - program.matrix.T @ y
        self._column_bound = np.where(self._reduced_costs > 0, program.lower, program.upper)
        self._row_shares = _row_shares(program, y)
        agents = np.array(sorted(minimum or {}), dtype=np.int64)
        free = program.lower < program.upper
        self._own = np.flatnonzero(np.isin(program.column_agent, agents) & free)
        self._place = np.searchsorted(agents, program.column_agent[self._own])
        self._minimum = np.array([(minimum or {})[agent] for agent in agents.tolist()])

    def of(self, values: Integers) -> Floats:
        """Return each column's share in the gap of a feasible solution.

        Parameters
        ----------
        values : int64 array, shape (program.columns,)

        Returns
        -------
        float array, shape (program.columns,)
            Not negative but for rounding. A row's term is split among its columns without an
            agent, or among all of them where it has none such.
        """
        slack = self._program.matrix @ values - self._row_bound
        by_column = self._reduced_costs * (values - self._column_bound)
        by_column[self._own] = self._split(values[self._own])
        return np.asarray(by_column + (self._duals * slack) @ self._row_shares)

    def _split(self, values: Integers) -> Floats:
        """Split the shares of agents with a known minimum equally among their chosen columns."""
        place, agents = self._place, self._minimum.size
        shares = np.bincount(place, self._reduced_costs[self._own] * values, agents) - self._minimum
        idle = np.bincount(place, values > 0, agents) == 0
        sharing = (values > 0) | idle[place]  # all of them where none is chosen
        return np.asarray(sharing * (shares / np.bincount(place, sharing, agents))[place])


def _row_shares(program: Program, duals: Floats) -> csr_array:
    """Return the share of each column in a row's term, shape (rows, columns)."""
    matrix = program.matrix
    row = np.repeat(np.arange(program.rows), np.diff(matrix.indptr))
    recourse = program.column_agent[matrix.indices] == NOBODY
    has_recourse = np.bincount(row, recourse, program.rows) > 0
    sharing = ((recourse | ~has_recourse[row]) & (duals[row] != 0)).astype(np.float64)
    count = np.bincount(row, sharing, program.rows)
    share = sharing / np.maximum(count, 1)[row]
    used = np.flatnonzero(share)
    return csr_array((share[used], (row[used], matrix.indices[used])), shape=matrix.shape)

"""Block cuts: what an interval costs while people are whole.

Dual values prove a Benders cut of each recourse block: ``cost >= b - sum(c_i z_i)`` for what the
decisions z contribute. Mixed-integer rounding of this cut (Bodur and Luedtke, 2017) takes into
account that decisions are integers. Decisions of which an agent has at most one, such as the
shifts of a day, form a group: where most of a group is chosen, its complement ``1 - sum(z_i)`` is
rounded in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from csshift.engine.cuts.flow_cuts import Cuts
from csshift.engine.duals import binding_bounds
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Floats, Integers

COMPLEMENTED = (0.25, 0.5, 0.75, 2.0)
"""Weights above which a group is complemented; all are tried."""

FLOAT_ERROR = 1e-11
"""Bound on the relative error of the sums that a cut is made from; it is lowered by that."""

LARGEST = float(1 << 50)
"""Magnitude of coefficients up to which sums of a few thousand fit into 64 bits."""


@dataclass(frozen=True, eq=False)
class _BlockCut:
    """``cost of a block - its minimum >= need - sum(amount * column)``, in integers."""

    block: int
    need: int
    column: Integers
    amount: Integers


class BlockCuts:
    """Separates the block cuts of a subproblem.

    Parameters
    ----------
    structure : Structure
    full : Subproblem
        The structure's full subproblem, perhaps with cuts as further rows; those of earlier
        rounds are a part of what is rounded next.
    """

    def __init__(self, structure: Structure, full: Subproblem) -> None:
        self._full = full
        agent = structure.program.column_agent[full.column_ids]
        self._label = structure.block[full.column_ids]
        self._recourse = np.flatnonzero(self._label >= 0)
        integer = (agent != NOBODY) & ~full.continuous & (full.lower == 0)
        self._decision = integer
        known = structure.program.row_agent[full.row_ids]
        self._group = _groups(full, np.where(full.row_ids < 0, NOBODY, known), integer)
        blocks = structure.num_blocks
        row = np.repeat(np.arange(full.rows), np.diff(full.matrix.indptr))
        self._row = row
        self._block_of_row = np.full(full.rows, -1, dtype=np.int64)
        np.maximum.at(self._block_of_row, row, self._label[full.matrix.indices])
        # A block with decisions of another kind in its rows gets no cuts.
        inside = self._block_of_row[row] >= 0
        other = inside & (self._label[full.matrix.indices] < 0) & ~integer[full.matrix.indices]
        self._usable = np.ones(blocks, dtype=np.bool_)
        self._usable[self._block_of_row[row[other]]] = False
        own = self._recourse
        shape = (blocks, full.columns)
        self._costs = csr_array((full.cost[own], (self._label[own], own)), shape=shape)
        least = np.minimum(full.cost * full.lower, full.cost * full.upper)[own]
        self._minimum = np.zeros(blocks, dtype=np.int64)
        np.add.at(self._minimum, self._label[own], least)

    def separate(self, values: Floats, duals: Floats, violation: float) -> Cuts | None:
        """Return the most violated cut of each block.

        Parameters
        ----------
        values : float array, shape (columns,)
        duals : float array, shape (full.rows,)
        violation : float
            Least violation, as a part of what the block costs at most without decisions.
        """
        paid = self._costs @ values - self._minimum
        rows: list[tuple[int, int, Integers, Integers]] = []
        for cut in self._benders_cuts(duals):
            best = self._round(cut, values, float(paid[cut.block]), violation * cut.need)
            if best is not None:
                rows.append((cut.block, best[0], cut.column, best[1]))
        return self._as_rows(rows) if rows else None

    def _benders_cuts(self, duals: Floats) -> list[_BlockCut]:
        full, matrix = self._full, self._full.matrix
        y, bound = binding_bounds(
            np.where(self._block_of_row >= 0, np.nan_to_num(duals), 0.0),
            full.row_lower,
            full.row_upper,
        )
        own = self._recourse
        reduced_costs = full.cost - matrix.T @ y
        size = np.abs(full.cost) + abs(matrix).T @ np.abs(y)
        at = np.where(reduced_costs > 0, full.lower, full.upper) * reduced_costs
        most = np.maximum(np.abs(full.lower), np.abs(full.upper))
        blocks = self._minimum.size
        need = np.bincount(self._label[own], at[own], blocks)
        lost = np.bincount(self._label[own], (size * most)[own], blocks)
        held = np.flatnonzero(y)
        np.add.at(need, self._block_of_row[held], (y * bound)[held])
        np.add.at(lost, self._block_of_row[held], np.abs(y * bound)[held])
        terms = matrix.data * y[self._row]
        place = self._block_of_row[self._row], matrix.indices
        chosen = (terms != 0) & self._decision[matrix.indices]
        shape = (blocks, full.columns)
        where = place[0][chosen], place[1][chosen]
        amount = csr_array(coo_array((terms[chosen], where), shape=shape).tocsr())
        error = csr_array(coo_array((np.abs(terms[chosen]), where), shape=shape).tocsr())
        above = np.ceil(amount.data + FLOAT_ERROR * error.data)
        least = np.floor(need - FLOAT_ERROR * lost) - 1
        found = []
        for block in np.flatnonzero(self._usable & (least > self._minimum)).tolist():
            span = slice(amount.indptr[block], amount.indptr[block + 1])
            columns, coefficients = amount.indices[span].astype(np.int64), above[span]
            largest = np.abs(coefficients).max(initial=0.0)
            if columns.size and max(largest, abs(least[block]), lost[block]) < LARGEST:
                level = int(least[block]) - int(self._minimum[block])
                found.append(_BlockCut(block, level, columns, coefficients.astype(np.int64)))
        return found

    def _round(
        self, cut: _BlockCut, values: Floats, paid: float, least: float
    ) -> tuple[int, Integers] | None:
        """Return the rounded cut that the values violate most: its bound and coefficients."""
        chosen = values[cut.column]
        _, member = np.unique(self._group[cut.column], return_inverse=True)
        weight = np.bincount(member, chosen)
        largest = np.zeros(weight.size, dtype=np.int64)
        np.maximum.at(largest, member, cut.amount)
        open_groups = (weight > 0.01) & (weight < 0.99) & (largest > 0)
        alone = self._group[cut.column] < 0
        fixed = np.zeros(weight.size, dtype=np.bool_)
        fixed[member[alone]] = True
        best = None
        divisors = np.unique(largest[open_groups])
        for above in COMPLEMENTED:
            whole = np.where((weight > above) & (largest > 0) & ~fixed, largest, 0)
            need = cut.need - int(whole.sum())
            amount = cut.amount - whole[member]
            for divisor in divisors.tolist():
                rest = need % divisor
                if not rest:
                    continue
                complement = _rounded(-whole, divisor, rest)
                rounded = _rounded(amount, divisor, rest) - complement[member]
                bound = rest * -(-need // divisor) - int(complement.sum())
                violation = bound - float(rounded @ chosen) - paid
                if violation > least:
                    best, least = (bound, rounded), violation
        return best

    def _as_rows(self, rows: list[tuple[int, int, Integers, Integers]]) -> Cuts:
        costs = self._costs
        columns, data, lower = [], [], []
        for block, bound, column, amount in rows:
            span = slice(costs.indptr[block], costs.indptr[block + 1])
            used = costs.data[span] != 0
            columns.append(np.concatenate([column, costs.indices[span][used]]))
            data.append(np.concatenate([amount, costs.data[span][used]]))
            lower.append(bound + int(self._minimum[block]))
        pointers = np.concatenate([[0], np.cumsum([part.size for part in columns])])
        matrix = csr_array(
            (np.concatenate(data), np.concatenate(columns), pointers),
            shape=(len(rows), self._full.columns),
        )
        matrix.eliminate_zeros()
        return Cuts(matrix, np.array(lower, dtype=np.int64))


def _rounded(amount: Integers, divisor: int, rest: int) -> Integers:
    return np.asarray(rest * (amount // divisor) + np.minimum(amount % divisor, rest))


def _groups(full: Subproblem, row_agent: Integers, integer: NDArray[np.bool_]) -> Integers:
    """Return a row for each column that lets at most one of its columns be chosen, else -1.

    Such a row has binary columns with coefficient 1, and an upper bound of 1; or an upper bound
    of 0 and one further binary column with coefficient -1.
    """
    matrix = full.matrix
    row = np.repeat(np.arange(full.rows), np.diff(matrix.indptr))
    column = matrix.indices.astype(np.int64)
    binary = integer & (full.upper == 1)
    good = binary[column] & (np.abs(matrix.data) == 1)
    clean = np.bincount(row, ~good, full.rows) == 0
    negative = np.bincount(row, matrix.data < 0, full.rows).astype(np.int64)
    limited = clean & (row_agent != NOBODY) & (negative <= 1) & (full.row_upper + negative == 1)
    size = np.bincount(row, matrix.data > 0, full.rows)
    found = np.full(full.columns, -1, dtype=np.int64)
    entries = np.flatnonzero(limited[row] & (matrix.data > 0))
    # The largest group of each column wins.
    order = np.argsort(size[row[entries]], kind="stable")
    found[column[entries[order]]] = row[entries[order]]
    return found

"""Flow cuts: how much can flow while whole people are at work.

A row that lets time flow to several queues limits each flow ``f`` by the decisions of the row:
``a f <= sum(c_i z_i) + k``, since no other flow is negative. With the upper bound ``u`` of the flow
this is ``y + sum(c_i z_i) >= b`` for ``y = a u - a f >= 0`` and ``b = a u - k``. Mixed-integer
rounding (Nemhauser and Wolsey, 1990) with divisor ``d`` and ``r = b mod d > 0`` gives

    y + sum((r * (c_i div d) + min(c_i mod d, r)) z_i) >= r * ceil(b / d)

which holds for all nonnegative integers z. A queue that needs a third of a head then gets no more
than that from each person at work, who could otherwise be divided by three.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.cuts.inequality import Cuts
from csshift.engine.cuts.rounding import rounded_amounts
from csshift.engine.subproblem import Subproblem, csr_entries
from csshift.program import UNBOUNDED, Floats, Integers

LARGEST = 1 << 30
"""Magnitude of coefficients and bounds up to which products fit into 64 bits."""


@dataclass(frozen=True, eq=False)
class _Flows:
    """Flows ``a f <= sum(c z) + k``, one entry for each flow of each row and side.

    Parameters
    ----------
    supply : csr_array, shape (rows, columns)
        The coefficients c above 0 of the decisions.
    row, column : int array
        Row of `supply`, and flow.
    step, most, need : int64 array
        Amounts a, a u and b, counted from the lower bounds of all columns.
    divisors : int64 array, shape (rows, DIVISORS)
        Different coefficients of each row, the largest first; 0 where there are fewer.
    """

    supply: csr_array
    row: Integers
    column: Integers
    step: Integers
    most: Integers
    need: Integers
    divisors: Integers


DIVISORS = 3
"""Different coefficients of a row that are tried as divisors."""


class FlowCuts:
    """Separates the flow cuts of a subproblem.

    Parameters
    ----------
    subproblem : Subproblem
    decisions : bool array, shape (columns,)
        Integer columns that let time flow.
    """

    def __init__(self, subproblem: Subproblem, decisions: NDArray[np.bool_]) -> None:
        self._lower = subproblem.lower
        self._columns = subproblem.columns
        self._sides = [_flows(subproblem, decisions, sign) for sign in (1, -1)]

    def separate(self, values: Floats, violation: float) -> Cuts | None:
        """Return the cuts that some values violate, the most violated one of each flow.

        Parameters
        ----------
        values : float array, shape (columns,)
        violation : float
            Least violation, as a part of what the flow can be at most.
        """
        sides = [self._violated(side, values, violation) for side in self._sides]
        found = [cuts for cuts in sides if cuts is not None]
        if not found:
            return None
        columns = np.concatenate([cuts.matrix.indices for cuts in found])
        data = np.concatenate([cuts.matrix.data for cuts in found])
        sizes = np.concatenate([np.diff(cuts.matrix.indptr) for cuts in found])
        pointers = np.concatenate([[0], np.cumsum(sizes)])
        matrix = csr_array((data, columns, pointers), shape=(sizes.size, self._columns))
        return Cuts(matrix, np.concatenate([cuts.lower for cuts in found]))

    def _violated(self, flows: _Flows, values: Floats, least: float) -> Cuts | None:
        if not flows.row.size:
            return None
        above = np.maximum(values - self._lower, 0.0)
        sizes = np.diff(flows.supply.indptr)[flows.row]
        entries = csr_entries(flows.supply.indptr, flows.row)
        flow: Integers = np.repeat(np.arange(flows.row.size), sizes)
        amount = flows.supply.data[entries]
        column = flows.supply.indices[entries].astype(np.int64)
        unused = flows.most - flows.step * above[flows.column]
        best = least * flows.most.astype(np.float64)
        chosen = np.zeros(flows.row.size, dtype=np.int64)
        for divisor in flows.divisors.T[:, flows.row]:
            usable = (divisor > 0) & (flows.need > 0)
            d = np.where(usable, divisor, 1)
            rest = flows.need % d
            rounded = rounded_amounts(amount, d[flow], rest[flow])
            supplied = np.bincount(flow, rounded * above[column], minlength=flows.row.size)
            violation = rest * -(-flows.need // d) - supplied - unused
            better = usable & (rest > 0) & (violation > best)
            best = np.where(better, violation, best)
            chosen = np.where(better, d, chosen)
        kept = chosen > 0
        if not kept.any():
            return None
        return self._cuts(flows, kept, chosen, (flow, amount, column))

    def _cuts(
        self,
        flows: _Flows,
        kept: NDArray[np.bool_],
        divisor: Integers,
        entries: tuple[Integers, Integers, Integers],
    ) -> Cuts:
        """Write the chosen cuts as rows over the columns, counted from 0 again."""
        flow, amount, column = entries
        inside = kept[flow]
        flow, amount, column = flow[inside], amount[inside], column[inside]
        rest = flows.need % np.where(kept, divisor, 1)
        rounded = rounded_amounts(amount, divisor[flow], rest[flow])
        number = np.cumsum(kept) - 1
        rows = np.concatenate([number[flow], np.arange(int(kept.sum()))])
        columns = np.concatenate([column, flows.column[kept]])
        data = np.concatenate([rounded, -flows.step[kept]])
        matrix = csr_array((data, (rows, columns)), shape=(int(kept.sum()), self._columns))
        rest, need, divisor = rest[kept], flows.need[kept], divisor[kept]
        lower = rest * -(-need // divisor) - flows.most[kept] + matrix @ self._lower
        return Cuts(matrix, lower)


def _flows(subproblem: Subproblem, decisions: NDArray[np.bool_], sign: int) -> _Flows:
    """Return the flows that one side of the rows limits."""
    bound = subproblem.row_lower if sign > 0 else -subproblem.row_upper
    matrix = subproblem.matrix
    row = np.repeat(np.arange(subproblem.rows), np.diff(matrix.indptr))
    column, data = matrix.indices.astype(np.int64), sign * matrix.data
    lower, upper = subproblem.lower, subproblem.upper
    supplies = decisions[column] & (data > 0)
    flowing = ~decisions[column] & (data < 0)
    useful = np.zeros(subproblem.rows, dtype=np.bool_)
    useful[row[supplies]] = True
    wide = np.zeros(subproblem.rows, dtype=np.bool_)
    most = np.maximum(np.abs(lower), np.abs(upper)).astype(np.float64)
    size = np.bincount(row, np.abs(data) * most[column], minlength=subproblem.rows)
    wide[:] = size + np.abs(bound) > LARGEST
    useful &= ~wide & (np.abs(bound) < UNBOUNDED)
    # What all other columns add at most; decisions that add are counted from their lower bounds.
    at_most = np.maximum(data * lower[column], data * upper[column])
    term = np.where(supplies, data * lower[column], at_most)
    inside = useful[row]
    constant = np.zeros(subproblem.rows, dtype=np.int64)
    np.add.at(constant, row[inside], term[inside])
    constant -= np.where(useful, bound, 0)
    chosen = np.flatnonzero(supplies & inside)
    shape = (subproblem.rows, subproblem.columns)
    supply = csr_array((data[chosen], (row[chosen], column[chosen])), shape=shape)
    flows = np.flatnonzero(flowing & inside)
    step, flow, of = -data[flows], column[flows], row[flows]
    largest = step * (upper - lower)[flow]
    return _Flows(supply, of, flow, step, largest, largest - constant[of], _divisors(supply))


def _divisors(supply: csr_array) -> Integers:
    """Return the largest different coefficients of each row."""
    rows = supply.shape[0]
    found = np.zeros((rows, DIVISORS), dtype=np.int64)
    below = np.full(rows, np.iinfo(np.int64).max)
    row = np.repeat(np.arange(rows), np.diff(supply.indptr))
    for rank in range(DIVISORS):
        smaller = supply.data < below[row]
        np.maximum.at(found[:, rank], row[smaller], supply.data[smaller])
        below = found[:, rank]
    return found

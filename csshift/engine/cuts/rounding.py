"""Mixed-integer rounding of one inequality (Nemhauser and Wolsey, 1990), in integers.

For nonnegative integers z and an amount y >= 0, ``y + sum(c_i z_i) >= b`` implies, for every
divisor ``d`` and ``r = b mod d > 0``,

    y + sum((r * (c_i div d) + min(c_i mod d, r)) z_i) >= r * ceil(b / d).

Decisions of which an agent has at most one, such as the shifts of a day, form a group: where most
of a group is chosen, its complement ``1 - sum(z_i)`` is rounded in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Floats, Integers

COMPLEMENTED = np.array([0.25, 0.5, 0.75, 2.0])
"""Weights above which a group is complemented; all are tried."""

MOST_DIVISORS = 12
"""Different coefficients of an inequality that are tried as divisors."""

NEARLY = 0.01
"""Distance from a bound within which a decision counts as being there."""


@dataclass(frozen=True, eq=False)
class Rounded:
    """A rounded inequality: ``y + amount @ z >= need``."""

    need: int
    amount: Integers


def rounded_amounts(amount: Integers, divisor: Integers, rest: Integers) -> Integers:
    """Return the coefficients that rounding gives."""
    return np.asarray(rest * (amount // divisor) + np.minimum(amount % divisor, rest))


class Rounding:
    """Rounds inequalities over the decisions of a subproblem.

    Parameters
    ----------
    group : int64 array, shape (columns,)
        Group of each column, -1 for those in none.
    """

    def __init__(self, group: Integers) -> None:
        self._group = group

    def best(
        self,
        column: Integers,
        amount: Integers,
        need: int,
        chosen: Floats,
        paid: float,
        square: float,
        least: float,
    ) -> Rounded | None:
        """Return the rounded inequality that the values are farthest from keeping.

        Parameters
        ----------
        column, amount : int64 array
            Decisions z, counted from their lower bounds, and their coefficients.
        need : int
            ``y + amount @ z >= need`` holds.
        chosen : float array
            Values of z.
        paid : float
            Value of y.
        square : float
            Sum of the squares of the coefficients in y.
        least : float
            Distance above which an inequality is worth having.
        """
        divisors = _divisors(amount, chosen, paid)
        if not divisors.size:
            return None
        group = self._group[column]
        grouped = group >= 0
        alone = np.where(grouped, group, -1 - np.arange(group.size))
        _, member = np.unique(alone, return_inverse=True)
        weight = np.bincount(member, chosen)
        largest = np.zeros(weight.size, dtype=np.int64)
        np.maximum.at(largest, member[grouped], amount[grouped])
        # A line for each way to complement groups, and then for each divisor that may do.
        whole = np.where(weight > COMPLEMENTED[:, None], largest, 0)
        left = need - whole.sum(axis=1)
        rest = left[:, None] % divisors
        way, place = np.nonzero(rest > paid)
        if not way.size:
            return None
        divisor, rest, whole = divisors[place], rest[way, place], whole[way]
        up, line = rest * -(-left[way] // divisor), (divisor[:, None], rest[:, None])
        complement = rounded_amounts(-whole, *line)
        inner = rounded_amounts(amount - whole[:, member], *line) - complement[:, member]
        bound = up - complement.sum(axis=1)
        norm = np.sqrt((inner.astype(np.float64) ** 2).sum(axis=1) + square)
        efficacy = (bound - inner @ chosen - paid) / np.maximum(norm, 1.0)
        first = int(np.argmax(efficacy))
        if efficacy[first] <= least:
            return None
        return Rounded(int(bound[first]), inner[first])


def _divisors(amount: Integers, chosen: Floats, paid: float) -> Integers:
    """Return some coefficients of divided people that may lead to a violated inequality."""
    part = (chosen > NEARLY) & (chosen < 1 - NEARLY)
    found = np.unique(np.abs(amount[part]))
    # The violation is at most (1 - rest / divisor) * (rest - paid), and rest below the divisor.
    found = found[found > max(1.0, paid)]
    if found.size > MOST_DIVISORS:
        found = found[np.linspace(0, found.size - 1, MOST_DIVISORS).astype(np.int64)]
    return np.asarray(found)


def groups(full: Subproblem, row_agent: Integers, integer: NDArray[np.bool_]) -> Integers:
    """Return a row for each column that lets at most one of its columns be chosen, else -1.

    Such a row has binary columns with coefficient 1, and an upper bound of 1; or an upper bound
    of 0 and one further binary column with coefficient -1.

    Parameters
    ----------
    row_agent : int array, shape (full.rows,)
    integer : bool array, shape (full.columns,)
        Columns that may belong to a group.
    """
    matrix = full.matrix
    row = np.repeat(np.arange(full.rows), np.diff(matrix.indptr))
    column = matrix.indices.astype(np.int64)
    binary = integer & (full.lower == 0) & (full.upper == 1)
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

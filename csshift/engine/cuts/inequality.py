"""Valid inequalities in integers, and the cuts that they become."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from csshift.engine.duals import LARGEST_SUM, exact_dot
from csshift.engine.subproblem import Subproblem
from csshift.program import UNBOUNDED, Floats, Integers

LARGEST = 1 << 40
"""Magnitude of coefficients up to which inequalities are added."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """Valid inequalities ``matrix @ v >= lower`` over the columns of a subproblem."""

    matrix: csr_array
    lower: Integers

    @classmethod
    def of(cls, found: Sequence[Inequality], columns: int) -> Cuts | None:
        """Return some inequalities as cuts; None where there is none."""
        if not found:
            return None
        pointers = np.cumsum([0, *(cut.column.size for cut in found)])
        column = np.concatenate([cut.column for cut in found])
        amount = np.concatenate([cut.amount for cut in found])
        matrix = csr_array((amount, column, pointers), shape=(len(found), columns))
        return cls(matrix, np.array([cut.need for cut in found], dtype=np.int64))

    def and_others(self, others: Cuts) -> Cuts:
        """Return these cuts and others."""
        matrix = csr_array(vstack([self.matrix, others.matrix]))
        return Cuts(matrix, np.concatenate([self.lower, others.lower]))

    def added_to(self, subproblem: Subproblem, before: int) -> Subproblem:
        """Return a subproblem with the cuts as further rows.

        Parameters
        ----------
        before : int
            Cuts that were added to it before, whether or not they are still there: negative
            `row_ids` tell all of them apart.
        """
        return replace(
            subproblem,
            matrix=csr_array(vstack([subproblem.matrix, self.matrix])),
            row_lower=np.concatenate([subproblem.row_lower, self.lower]),
            row_upper=np.concatenate([subproblem.row_upper, np.full(self.lower.size, UNBOUNDED)]),
            row_ids=np.concatenate([subproblem.row_ids, -1 - before - np.arange(self.lower.size)]),
        )


@dataclass(frozen=True, eq=False)
class Inequality:
    """``amount @ v[column] >= need``."""

    column: Integers
    amount: Integers
    need: int

    @classmethod
    def of_row(cls, subproblem: Subproblem, row: int, sign: int) -> Inequality:
        """Return a row at its lower bound, or at its upper one where the sign is negative."""
        matrix = subproblem.matrix
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        order = np.argsort(matrix.indices[span], kind="stable")
        need = subproblem.row_lower[row] if sign > 0 else -subproblem.row_upper[row]
        column = matrix.indices[span][order].astype(np.int64)
        return cls(column, sign * matrix.data[span][order], int(need))

    def plus(self, other: Inequality, column: int) -> Inequality | None:
        """Add multiples so that a column cancels; None where numbers become too large."""
        mine, theirs = self._of(column), other._of(column)
        divisor = math.gcd(mine, theirs)
        factor, other_factor = abs(theirs) // divisor, abs(mine) // divisor
        largest = max(factor * self._largest, other_factor * other._largest)
        need = factor * self.need + other_factor * other.need
        if largest > LARGEST or abs(need) > LARGEST_SUM:
            return None
        columns, place = np.unique(np.concatenate([self.column, other.column]), return_inverse=True)
        amount = np.zeros(columns.size, dtype=np.int64)
        both = np.concatenate([factor * self.amount, other_factor * other.amount])
        np.add.at(amount, place, both)
        kept = amount != 0
        columns, amount = columns[kept], amount[kept]
        common = int(np.gcd.reduce(amount)) if amount.size else 1
        return Inequality(columns, amount // common, -(-need // common))

    def _of(self, column: int) -> int:
        return int(self.amount[np.searchsorted(self.column, column)])

    @property
    def _largest(self) -> int:
        return int(np.abs(self.amount).max(initial=0))

    def distance(self, values: Floats) -> float:
        """Return how far values are from keeping it; negative where they keep it."""
        norm = float(np.linalg.norm(self.amount.astype(np.float64)))
        return (self.need - float(self.amount @ values[self.column])) / max(norm, 1.0)

    def in_small_numbers(
        self, largest: int, bound: Integers, at_upper: NDArray[np.bool_]
    ) -> Inequality | None:
        """Divide it so that coefficients are small; what is rounded makes it weaker.

        Parameters
        ----------
        largest : int
            Magnitude of coefficients, at most.
        bound : int64 array, shape (columns of the inequality,)
            The bound of each column from which it is counted.
        at_upper : bool array, shape (columns of the inequality,)
            Whether that is its upper bound.
        """
        used = self.amount != 0
        column, amount, need = self.column[used], self.amount[used], self.need
        common = int(np.gcd.reduce(amount)) if amount.size else 0
        if not common:
            return None
        amount, need = amount // common, -(-need // common)
        divisor = -(-int(np.abs(amount).max()) // largest)
        if divisor > 1:
            # Counted from their bounds, columns are not negative: coefficients are rounded up.
            sign = np.where(at_upper[used], -1, 1)
            need = (need - exact_dot(amount, bound[used])) // divisor
            amount = sign * -(-(sign * amount) // divisor)
            need += exact_dot(amount, bound[used])
            kept = amount != 0
            column, amount = column[kept], amount[kept]
        return None if abs(need) > LARGEST_SUM else Inequality(column, amount, need)

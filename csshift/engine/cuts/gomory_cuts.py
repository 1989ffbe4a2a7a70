"""Gomory cuts: rows of the simplex tableau, rounded.

A decision that is basic and fractional has a row of the tableau: a sum of tight rows in which no
other basic column remains. Mixed-integer rounding of it cuts the present values off (Gomory, 1960).
The multipliers are rounded to whole multiples of a unit, and what then remains of other basic
columns is treated like any coefficient: so the cut is valid although the basis was inverted in
floating point (Cook, Dash, Fukasawa and Goycoolea, 2009).
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import splu

from csshift.engine.cuts.inequality import Cuts, Inequality
from csshift.engine.cuts.rounding import rounded_amounts
from csshift.engine.duals import LARGEST_SUM, exact_dot
from csshift.engine.relaxation_params import CutParams
from csshift.engine.solvers.incremental_lp import Basis
from csshift.engine.subproblem import Subproblem, csr_entries
from csshift.program import UNBOUNDED, Floats, Integers

logger = logging.getLogger(__name__)

MULTIPLES = (1, 2, 3, 5, -1, -2, -3, -5)
"""What a row of the tableau is multiplied by before it is rounded; all are tried.

(Cornuejols, Li and Vandenbussche, 2003.)
"""

UNIT_BITS = (20, 44)
"""Powers of two whose inverses are the units of multipliers: the largest, and the smallest."""

LARGEST_IN_CUT = 1 << 30
"""Magnitude of a cut's coefficients: those of flows are small beside those of people."""

AWAY = 0.02
"""Distance from whole numbers from which a decision has a cut."""

NEGLIGIBLE = 1e-9
"""Multipliers, relative to the largest one, that are left out."""

TINY = 1e-5
"""Part of a cut's bound that a coefficient can account for at most where it is left out."""


class GomoryCuts:
    """Separates Gomory cuts.

    Parameters
    ----------
    full : Subproblem
    params : CutParams
    """

    def __init__(self, full: Subproblem, params: CutParams) -> None:
        self._integer = ~full.continuous
        self._params = params

    def separate(
        self,
        wider: Subproblem,
        values: Floats,
        basis: Basis,
        expired: Callable[[], bool] = lambda: False,
    ) -> Cuts | None:
        """Return cuts that some values violate, at most one for each fractional decision.

        Parameters
        ----------
        wider : Subproblem
            The full subproblem, perhaps with cuts as further rows.
        values : float array, shape (columns,)
            Of the basis.
        basis : Basis
            Of the relaxation of `wider`.
        expired : callable
            Whether time is up: then no further decision is looked at.
        """
        if wider.rows > self._params.tableau_rows:
            return None
        tableau = _Tableau.of(wider, basis)
        if tableau is None:
            return None
        fraction = np.abs(values - np.rint(values))[tableau.columns]
        wanted = np.flatnonzero(self._integer[tableau.columns] & (fraction > AWAY))
        rounder = _Rounder(wider, values, self._integer, self._params)
        sums = []
        for place in wanted.tolist():
            if expired():
                return None
            sums.append(rounder.rows_of(tableau.rows, tableau.multipliers(place)))
        sums.sort(key=lambda rows: rows.columns.size)
        found = []
        for number, rows in enumerate(sums):
            dense = rows.columns.size > self._params.tableau_columns
            if expired() or (dense and number >= self._params.dense_cuts):
                break
            cut = rounder.cut(rows)
            if cut is not None:
                found.append(cut)
        return Cuts.of(found, wider.columns)


class _Tableau:
    """The inverse of a basis.

    Attributes
    ----------
    rows, columns : int array
        Rows without basic slack, and basic columns.
    """

    def __init__(
        self, rows: Integers, columns: Integers, row_unit: Floats, column_unit: Floats, factors: Any
    ) -> None:
        self.rows, self.columns = rows, columns
        self._row_unit, self._column_unit, self._factors = row_unit, column_unit, factors

    @classmethod
    def of(cls, wider: Subproblem, basis: Basis) -> _Tableau | None:
        """Factorise a basis; None where that fails."""
        rows, columns = np.flatnonzero(~basis.rows), np.flatnonzero(basis.columns)
        if rows.size != columns.size or not rows.size:
            return None
        square = csr_array(wider.matrix[rows][:, columns].astype(np.float64))
        column_unit = np.maximum(abs(square).max(axis=0).toarray().ravel(), 1e-9)
        square.data /= column_unit[square.indices]
        row_unit = np.maximum(abs(square).max(axis=1).toarray().ravel(), 1e-9)
        square.data /= np.repeat(row_unit, np.diff(square.indptr))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                factors = splu(csc_array(square.T))
        except (RuntimeError, Warning) as error:
            logger.debug("no Gomory cuts: %s", error)
            return None
        return cls(rows, columns, row_unit, column_unit, factors)

    def multipliers(self, place: int) -> Floats:
        """Return what the rows are multiplied by so that only one basic column remains."""
        right = np.zeros(self.columns.size)
        right[place] = 1 / self._column_unit[place]
        return np.asarray(self._factors.solve(right) / self._row_unit)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows that are added up, their multipliers, and the columns of any of them."""

    rows: Integers
    multipliers: Floats
    columns: Integers


@dataclass(frozen=True, eq=False)
class _Equation:
    """``amount @ v[column] + slack_amount @ s = need``, all in units of 1 / `unit`.

    Parameters
    ----------
    rows : int array
        Rows that have the slacks ``s >= 0``.
    """

    column: Integers
    amount: Integers
    rows: Integers
    slack_amount: Integers
    need: int
    unit: int

    def times(self, factor: int) -> _Equation:
        """Return a multiple."""
        amount, slack_amount = factor * self.amount, factor * self.slack_amount
        return _Equation(
            self.column, amount, self.rows, slack_amount, factor * self.need, self.unit
        )


class _Rounder:
    """Adds rows up, rounds the sum, and replaces slacks by what they stand for."""

    def __init__(
        self, wider: Subproblem, values: Floats, integer: NDArray[np.bool_], params: CutParams
    ) -> None:
        self._wider, self._values, self._integer = wider, values, integer
        self._params = params
        matrix = wider.matrix
        activity = matrix @ values
        below = np.where(wider.row_lower > -UNBOUNDED, activity - wider.row_lower, np.inf)
        above = np.where(wider.row_upper < UNBOUNDED, wider.row_upper - activity, np.inf)
        self._sign = np.where(below <= above, 1, -1)
        self._bound = np.where(self._sign > 0, wider.row_lower, wider.row_upper)
        self._has_slack = wider.row_lower != wider.row_upper
        row = np.repeat(np.arange(wider.rows), np.diff(matrix.indptr))
        self._slack_is_whole = np.bincount(row, ~integer[matrix.indices], wider.rows) == 0
        self._largest = abs(matrix).max(axis=1).toarray().ravel().astype(np.float64)
        self._at_upper = wider.upper - values < values - wider.lower
        self._from = np.where(self._at_upper, wider.upper, wider.lower)

    def rows_of(self, rows: Integers, multipliers: Floats) -> _Rows:
        """Return rows and multipliers without negligible ones."""
        size = np.abs(multipliers) * self._largest[rows]
        kept = size > NEGLIGIBLE * size.max(initial=0.0)
        rows = np.asarray(rows[kept], dtype=np.int64)
        matrix = self._wider.matrix
        columns = np.unique(matrix.indices[csr_entries(matrix.indptr, rows)])
        return _Rows(rows, multipliers[kept], columns.astype(np.int64))

    def cut(self, rows: _Rows) -> Inequality | None:
        """Return the cut that the values violate most, if any."""
        equation = self._sum(rows)
        if equation is None:
            return None
        best, farthest = None, self._params.tableau_efficacy
        for factor in MULTIPLES:
            cut = self._rounded(equation.times(factor))
            distance = -math.inf if cut is None else cut.distance(self._values)
            if distance > farthest:
                best, farthest = cut, distance
        return best

    def _sum(self, added: _Rows) -> _Equation | None:
        """Add rows up in integers; None where numbers become too large."""
        rows, multipliers, column = added.rows, added.multipliers, added.columns
        if not column.size:
            return None
        matrix = self._wider.matrix
        entries = csr_entries(matrix.indptr, rows)
        place = np.searchsorted(column, matrix.indices[entries])
        data, of_row = matrix.data[entries], np.diff(matrix.indptr)[rows]
        largest = np.bincount(place, np.abs(np.repeat(multipliers, of_row) * data)).max()
        least_bits, most_bits = UNIT_BITS
        room = math.log2(LARGEST_SUM) - math.log2(2 * max(map(abs, MULTIPLES)))
        bits = min(most_bits, math.floor(room - math.log2(max(largest, 1.0))))
        if bits < least_bits:
            return None
        weight = np.rint(multipliers * (1 << bits)).astype(np.int64)
        amount = np.zeros(column.size, dtype=np.int64)
        np.add.at(amount, place, np.repeat(weight, of_row) * data)
        # A row is its bound and, times its sign, its slack.
        need = exact_dot(weight, self._bound[rows])
        slack = self._has_slack[rows]
        slack_amount = -(weight * self._sign[rows])[slack]
        return _Equation(column, amount, rows[slack], slack_amount, need, 1 << bits)

    def _rounded(self, equation: _Equation) -> Inequality | None:
        """Round an equation, each column counted from the bound to which it is nearer."""
        column, divisor = equation.column, equation.unit
        sign, bound = np.where(self._at_upper[column], -1, 1), self._from[column]
        left = equation.need - exact_dot(equation.amount, bound)
        rest = left % divisor
        if rest < AWAY * divisor:
            return None
        line = np.array(divisor), np.array(rest)
        moved, slack = sign * equation.amount, equation.slack_amount
        # Flows and slacks of flows are not negative: what they take away is left out.
        amount = np.where(
            self._integer[column], rounded_amounts(moved, *line), np.maximum(moved, 0)
        )
        whole = self._slack_is_whole[equation.rows]
        slack = np.where(whole, rounded_amounts(slack, *line), np.maximum(slack, 0))
        need = rest * -(-left // divisor) + exact_dot(sign * amount, bound)
        return self._without_slack(column, sign * amount, need, equation.rows, slack)

    def _without_slack(
        self, column: Integers, amount: Integers, need: int, rows: Integers, slack: Integers
    ) -> Inequality | None:
        """Replace the slacks by their rows; None where numbers become too large."""
        used = slack != 0
        rows = rows[used]
        weight = slack[used] * self._sign[rows]
        need += exact_dot(weight, self._bound[rows])
        matrix = self._wider.matrix
        entries = csr_entries(matrix.indptr, rows)
        of_row = np.diff(matrix.indptr)[rows]
        place = np.searchsorted(column, matrix.indices[entries])
        data = matrix.data[entries]
        terms = np.abs(np.repeat(weight, of_row).astype(np.float64) * data)
        if (np.bincount(place, terms, column.size) + np.abs(amount)).max() > LARGEST_SUM:
            return None
        total = amount.copy()
        np.add.at(total, place, np.repeat(weight, of_row) * data)
        return self._without_tiny(column, total, need)

    def _without_tiny(self, column: Integers, amount: Integers, need: int) -> Inequality | None:
        """Replace columns with tiny coefficients by their bounds, which makes the cut weaker."""
        wider = self._wider
        sign = np.where(self._at_upper[column], -1, 1)
        left = need - exact_dot(amount, self._from[column])
        most = np.abs(amount).astype(np.float64) * (wider.upper - wider.lower)[column]
        tiny = (most < TINY * abs(left)) & (np.abs(amount) < 10 * TINY * np.abs(amount).max())
        gone = np.where(sign * amount > 0, sign * amount, 0)
        left -= exact_dot(gone[tiny], (wider.upper - wider.lower)[column[tiny]])
        column, amount = column[~tiny], amount[~tiny]
        bound = self._from[column]
        cut = Inequality(column, amount, left + exact_dot(amount, bound))
        return cut.in_small_numbers(LARGEST_IN_CUT, bound, self._at_upper[column])

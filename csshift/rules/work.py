"""The work columns of a program, and the blocks of rows that rules write on them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from csshift.program import ABSENT, NOBODY, Builder
from csshift.rules.staffing import Staffing

if TYPE_CHECKING:
    from csshift.rules.base import Rule


class WorkColumns:
    """Columns that say who works what, with the history as constants.

    Parameters
    ----------
    staffing : Staffing
    builder : Builder
        Receives rows and slack columns.
    shift : int array, shape (agents, days, shifts)
        Ids of the columns "agent works shift on day"; ABSENT where that cannot be. Days of
        the history hold the constant column where the shift was worked, else ABSENT.
    day : int array, shape (agents, days)
        Ids of the columns "agent works on day", likewise.
    """

    def __init__(
        self,
        staffing: Staffing,
        builder: Builder,
        shift: NDArray[np.int64],
        day: NDArray[np.int64],
    ) -> None:
        self.staffing = staffing
        self.builder = builder
        self.shift = shift
        self.day = day

    def limit(
        self,
        rule: Rule,
        family: str,
        columns: NDArray[np.int64],
        coefficients: ArrayLike,
        upper: ArrayLike,
        *,
        unit: Fraction = Fraction(1),
        amounts: ArrayLike = 1,
        share: NDArray[np.int64] | None = None,
    ) -> None:
        """Keep each row's sum at or below `upper`; a soft rule pays for the excess.

        Where the constants of the history alone pass the limit, the limit is what they say.

        Parameters
        ----------
        rule : Rule
            Says whether the rows are hard, and the weight of an excess otherwise.
        family : str
            Label of the rows and slack columns.
        columns : int array, shape (rows, width)
            Column ids, ABSENT allowed.
        coefficients : array_like of int, broadcast to (rows, width)
        upper : array_like of int, broadcast to (rows,)
        unit : Fraction
            Amount of violation (see `Violation.amount`) in one unit of the row's excess.
        amounts : array_like of int, broadcast to (rows,)
            Multiplies `unit` for each row.
        share : int array, shape (rows,), or None
            Rows with the same number (0, 1, ...) share one slack column, so that breaking
            several of them counts once, by the largest excess.
        """
        count = columns.shape[0]
        if count == 0:
            return
        values = np.broadcast_to(np.asarray(coefficients, dtype=np.int64), columns.shape)
        known = np.where(columns == self.builder.one, values, 0).sum(axis=1)
        limits = np.maximum(np.broadcast_to(np.asarray(upper, dtype=np.int64), (count,)), known)
        if rule.hard:
            self.builder.rows(columns, values, family=family, upper=limits)
            return
        most = (np.maximum(values, 0) * self.builder.upper_of(columns)).sum(axis=1) - limits
        excess = np.maximum(most, 0)
        slack = self._slack(rule, family, columns, excess, unit, amounts, share)
        self.builder.rows(
            np.column_stack([columns, slack]),
            np.column_stack([values, np.full(count, -1)]),
            family=family,
            upper=limits,
        )

    def demand(
        self,
        rule: Rule,
        family: str,
        columns: NDArray[np.int64],
        coefficients: ArrayLike,
        lower: ArrayLike,
        *,
        unit: Fraction = Fraction(1),
        amounts: ArrayLike = 1,
    ) -> None:
        """Keep each row's sum at or above `lower`; a soft rule pays for what is missing.

        Parameters are those of `limit`.
        """
        count = columns.shape[0]
        if count == 0:
            return
        values = np.broadcast_to(np.asarray(coefficients, dtype=np.int64), columns.shape)
        least = np.broadcast_to(np.asarray(lower, dtype=np.int64), (count,))
        if rule.hard:
            self.builder.rows(columns, values, family=family, lower=least)
            return
        lowest = (np.minimum(values, 0) * self.builder.upper_of(columns)).sum(axis=1)
        missing = np.maximum(least - lowest, 0)
        slack = self._slack(rule, family, columns, missing, unit, amounts, None)
        self.builder.rows(
            np.column_stack([columns, slack]),
            np.column_stack([values, np.ones(count, dtype=np.int64)]),
            family=family,
            lower=least,
        )

    def _slack(
        self,
        rule: Rule,
        family: str,
        columns: NDArray[np.int64],
        upper: NDArray[np.int64],
        unit: Fraction,
        amounts: ArrayLike,
        share: NDArray[np.int64] | None,
    ) -> NDArray[np.int64]:
        count = columns.shape[0]
        group = np.arange(count) if share is None else share
        size = int(group.max()) + 1
        bound = np.zeros(size, dtype=np.int64)
        np.maximum.at(bound, group, upper)
        cost = np.zeros(size, dtype=np.int64)
        cost[group] = np.broadcast_to(np.asarray(amounts, dtype=np.int64), (count,))
        owner, day = self._labels(columns)
        owners, days = np.full(size, NOBODY), np.full(size, NOBODY)
        owners[group], days[group] = owner, day
        slack = self.builder.columns(
            size,
            family=family,
            upper=bound,
            cost=cost,
            unit=rule.weight * unit,
            owner=owners,
            day=days,
        )
        return slack[group]

    def _labels(self, columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the one owner of each row's columns (else NOBODY), and their last day."""
        owners, days = self.builder.labels_of(columns)
        present = (columns != ABSENT) & (columns != self.builder.one)
        highest = np.where(present, owners, NOBODY).max(axis=1)
        lowest = np.where(present, owners, np.iinfo(np.int64).max).min(axis=1)
        last = np.where(present, days, NOBODY).max(axis=1)
        return np.where(highest == lowest, highest, NOBODY), last

"""The work columns of a program, and the blocks of rows that rules write on them."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from csshift.program import ABSENT, NOBODY, Builder
from csshift.rules.staffing import Staffing

if TYPE_CHECKING:
    from csshift.rules.base import Rule


def flat(columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an array with its first axis kept and all others joined; empty ones, too."""
    return columns.reshape(columns.shape[0], prod(columns.shape[1:]))


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

    def of(self, agents: NDArray[np.int64], shifts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the columns of some agents and shifts, shape (agents, days, shifts)."""
        return self.shift[np.ix_(agents, np.arange(self.staffing.days), shifts)]

    def counted(
        self, agents: NDArray[np.int64], selection: tuple[str, ...] | None
    ) -> NDArray[np.int64]:
        """Return columns of which one is 1 on a day with one of some shifts, 3-dimensional.

        Parameters
        ----------
        agents : int array
        selection : tuple of str or None
            Codes or ``tag:WORD``; None stands for every shift, unknown ones included.
        """
        if selection is None:
            return self.day[agents][:, :, np.newaxis]
        return self.of(agents, self.staffing.shifts_of(selection))

    def known(self, columns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return where columns are the constant, that is, where history holds work."""
        return np.asarray(columns == self.builder.one, dtype=np.bool_)

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
        Rows that no schedule can break are left out.

        Parameters
        ----------
        rule : Rule
            Says whether the rows are hard, and the weight of an excess otherwise.
        family : str
            Label of the rows and slack columns.
        columns : int array, shape (rows, width)
            Column ids, ABSENT allowed.
        coefficients : array_like of int, broadcast to (rows, width)
            None of them negative.
        upper : array_like of int, broadcast to (rows,)
        unit : Fraction
            Amount of violation (see `Violation.amount`) in one unit of the row's excess.
        amounts : array_like of int, broadcast to (rows,)
            Multiplies `unit` for each row.
        share : int array, shape (rows,), or None
            Rows with the same number share one slack column, so that breaking several of
            them counts once, by the largest excess.
        """
        values = np.broadcast_to(np.asarray(coefficients, dtype=np.int64), columns.shape)
        known = np.where(self.known(columns), values, 0).sum(axis=1)
        limits = np.maximum(np.asarray(upper, dtype=np.int64), known)
        self._at_most(rule, family, columns, values, limits, unit, amounts, share)

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
        share: NDArray[np.int64] | None = None,
    ) -> None:
        """Keep each row's sum at or above `lower`; a soft rule pays for what is missing.

        Parameters are those of `limit`, but coefficients may have any sign, and the history
        changes no bound.
        """
        values = np.broadcast_to(np.asarray(coefficients, dtype=np.int64), columns.shape)
        least = np.asarray(lower, dtype=np.int64)
        self._at_most(rule, family, columns, -values, -least, unit, amounts, share)

    def _at_most(
        self,
        rule: Rule,
        family: str,
        columns: NDArray[np.int64],
        values: NDArray[np.int64],
        limits: NDArray[np.int64],
        unit: Fraction,
        amounts: ArrayLike,
        share: NDArray[np.int64] | None,
    ) -> None:
        free = np.maximum(values, 0) * self.builder.upper_of(columns)
        excess = np.where(self.known(columns), values, free).sum(axis=1) - limits
        keep = excess > 0
        count = int(np.count_nonzero(keep))
        if count == 0:
            return
        limits = np.broadcast_to(limits, keep.shape)[keep]
        agent, day = self._labels(columns[keep])
        columns, values = columns[keep], values[keep]
        if not rule.hard:
            group = np.arange(count)
            if share is not None:
                group = np.unique(share[keep], return_inverse=True)[1]
            cost = np.broadcast_to(np.asarray(amounts, dtype=np.int64), keep.shape)[keep]
            slack = self.builder.columns(
                int(group.max()) + 1,
                family=family,
                upper=_largest(group, excess[keep]),
                cost=_largest(group, cost),
                unit=rule.weight * unit,
                source=rule.price_source,
                agent=_largest(group, agent),
                day=_largest(group, day),
            )
            columns = np.column_stack([columns, slack[group]])
            values = np.column_stack([values, np.full(count, -1)])
        self.builder.rows(columns, values, family=family, upper=limits)

    def _labels(self, columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the one agent of each row's columns (else NOBODY), and their last day."""
        agents, days = self.builder.labels_of(columns)
        present = (columns != ABSENT) & ~self.known(columns)
        highest = np.where(present, agents, NOBODY).max(axis=1, initial=NOBODY)
        far = np.iinfo(np.int64).max
        lowest = np.where(present, agents, far).min(axis=1, initial=far)
        last = np.where(present, days, NOBODY).max(axis=1, initial=NOBODY)
        return np.where(highest == lowest, highest, NOBODY), last


def _largest(group: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the largest value of each group; groups count from 0 without a gap."""
    largest = np.full(int(group.max()) + 1, np.iinfo(np.int64).min)
    np.maximum.at(largest, group, values)
    return largest

"""The work columns of a program, and the blocks of rows that rules write on them."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import numpy as np
from numpy.typing import NDArray

from csshift.program import ABSENT, NOBODY, Builder
from csshift.rules.grid import RosterGrid


def flat(columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an array with its first axis kept and all others joined; empty ones, too."""
    return columns.reshape(columns.shape[0], prod(columns.shape[1:]))


class WorkColumns:
    """Columns that say who works what, with the history as constants.

    Parameters
    ----------
    grid : RosterGrid
    builder : Builder
        Receives rows and slack columns.
    shift : int array, shape (agents, days, shifts)
        Ids of the columns "agent works shift on day"; ABSENT where that cannot be. Days of
        the history hold the constant column where the shift was worked, else ABSENT.
    day : int array, shape (agents, days)
        Ids of the columns "agent works on day", likewise.

    Attributes
    ----------
    withheld : int array
        Ids of columns that exist, but that rows of leave or the like keep at 0.
    """

    def __init__(
        self,
        grid: RosterGrid,
        builder: Builder,
        shift: NDArray[np.int64],
        day: NDArray[np.int64],
    ) -> None:
        self.grid = grid
        self.builder = builder
        self.shift = shift
        self.day = day
        self.withheld: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def of(self, agents: NDArray[np.int64], shifts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the columns of some agents and shifts, shape (agents, days, shifts)."""
        return self.shift[np.ix_(agents, np.arange(self.grid.days), shifts)]

    def possible(self, columns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return where columns exist and are not withheld: limits count on no others."""
        found = np.asarray(columns != ABSENT, dtype=np.bool_)
        return found & ~np.isin(columns, self.withheld) if self.withheld.size else found

    def known(self, columns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return where columns are the constant, that is, where history holds work."""
        return np.asarray(columns == self.builder.one, dtype=np.bool_)

    def limit(
        self,
        family: str,
        columns: NDArray[np.int64],
        coefficients: NDArray[np.int64],
        upper: NDArray[np.int64],
        price: Fraction | None,
        source: str,
        share: NDArray[np.int64] | None = None,
    ) -> None:
        """Keep each row's sum at or below `upper`, or pay for the excess.

        Rows that no schedule can break are left out.

        Parameters
        ----------
        family : str
            Label of the rows and slack columns.
        columns, coefficients : int array, shape (rows, width)
            Column ids, ABSENT allowed, and their coefficients.
        upper : int array, broadcast to (rows,)
        price : Fraction or None
            Points for one unit of excess; None forbids it.
        source : str
            The input field that the price comes from, for messages.
        share : int array, shape (rows,), or None
            Rows with the same number share one slack column.
        """
        most = np.maximum(coefficients, 0) * self.builder.upper_of(columns)
        if self.grid.history_days:
            most = np.where(self.known(columns), coefficients, most)
        excess = most.sum(axis=1) - upper
        keep = excess > 0
        count = int(np.count_nonzero(keep))
        if count == 0:
            return
        upper = np.broadcast_to(upper, keep.shape)[keep]
        agent, day = self._labels(columns[keep])
        columns, coefficients = columns[keep], coefficients[keep]
        if price is not None:
            group = np.arange(count)
            if share is not None:
                group = np.unique(share[keep], return_inverse=True)[1]
            slack = self.builder.columns(
                int(group.max()) + 1,
                family=family,
                upper=_largest(group, excess[keep]),
                cost=1,
                unit=price,
                source=source,
                agent=_largest(group, agent),
                day=_largest(group, day),
            )
            columns = np.column_stack([columns, slack[group]])
            coefficients = np.column_stack([coefficients, np.full(count, -1)])
        self.builder.rows(columns, coefficients, family=family, upper=upper)

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

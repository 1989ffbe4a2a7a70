"""Where a solution loses against the bound of a relaxation.

With dual values y and reduced costs r = cost - y @ A, the difference between the objective of a
solution and the bound that y proves is the sum of ``r_j * (v_j - bound of the column)`` and
``y_i * (A v - bound of the row)_i``, each bound the one that the sign of r or y tells, and no term
is below zero. Large terms show where better solutions differ, where costs themselves only show
what cannot be avoided.

A bound by columns needs no dual values of an owner's own rows: there an owner loses what its
columns' reduced costs come to above the least sum that its rows allow.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.duals import in_force
from csshift.engine.piece import Piece
from csshift.program import NOBODY, Program

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Losses:
    """The terms of the gap between solutions of a program and the bound of dual values.

    Parameters
    ----------
    program : Program
    piece : Piece
        The whole program.
    duals : float array, shape (rows of the piece,)
    least : mapping of int to float, or None
        By owner: least sum of reduced costs of free columns that its own rows allow, where these
        have no dual values. What an owner loses is then shared by the columns that are chosen.
    """

    def __init__(
        self,
        program: Program,
        piece: Piece,
        duals: Floats,
        least: Mapping[int, float] | None = None,
    ) -> None:
        self._program = program
        y = np.zeros(program.rows)
        y[piece.rows] = duals
        y, self._row_bound = in_force(y, program.row_lower, program.row_upper)
        self._duals = y
        self._reduced = program.cost - program.matrix.T @ y
        self._column_bound = np.where(self._reduced > 0, program.lower, program.upper)
        self._bearers = _bearers(program, y)
        owners = np.array(sorted(least or {}), dtype=np.int64)
        free = program.lower < program.upper
        self._own = np.flatnonzero(np.isin(program.column_agent, owners) & free)
        self._place = np.searchsorted(owners, program.column_agent[self._own])
        self._least = np.array([(least or {})[owner] for owner in owners.tolist()])

    def of(self, values: Integers) -> Floats:
        """Return what each column loses.

        Parameters
        ----------
        values : int64 array, shape (program.columns,)
            A feasible solution.

        Returns
        -------
        float array, shape (program.columns,)
            None below zero but for rounding. The loss of a row is shared by its columns without
            an owner, or by all of them where it has none such.
        """
        slack = self._program.matrix @ values - self._row_bound
        by_column = self._reduced * (values - self._column_bound)
        by_column[self._own] = self._shared(values[self._own])
        return np.asarray(by_column + (self._duals * slack) @ self._bearers)

    def _shared(self, values: Integers) -> Floats:
        """Return what columns of owners with a known least lose: equal shares of those chosen."""
        place, owners = self._place, self._least.size
        lost = np.bincount(place, self._reduced[self._own] * values, owners) - self._least
        idle = np.bincount(place, values > 0, owners) == 0
        shares = (values > 0) | idle[place]  # of all where none is chosen
        return np.asarray(shares * (lost / np.bincount(place, shares, owners))[place])


def _bearers(program: Program, duals: Floats) -> csr_array:
    """Return the share of each column in what a row loses, shape (rows, columns)."""
    matrix = program.matrix
    row = np.repeat(np.arange(program.rows), np.diff(matrix.indptr))
    unowned = program.column_agent[matrix.indices] == NOBODY
    has_unowned = np.bincount(row, unowned, program.rows) > 0
    bears = ((unowned | ~has_unowned[row]) & (duals[row] != 0)).astype(np.float64)
    count = np.bincount(row, bears, program.rows)
    share = bears / np.maximum(count, 1)[row]
    used = np.flatnonzero(share)
    return csr_array((share[used], (row[used], matrix.indices[used])), shape=matrix.shape)

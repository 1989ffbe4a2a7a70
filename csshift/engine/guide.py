"""What an improvement is drawn to: values of a relaxation, as near to the incumbent as can be.

Where many solutions of the relaxation are optimal, the one that a first-order method finds lies
in their middle and tells little. Of all nearly optimal ones, that with the least distance to the
incumbent shows the few decisions in which the two differ: those to search. (Distance to the
incumbent as an objective follows Fischetti and Monaci, 2014, "Proximity search".)
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.incumbent import Incumbent
from csshift.engine.piece import Piece
from csshift.engine.relax import Relaxation, lagrangian_bound, relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DISTANCE_PRICE = 2.0
"""Price of changing all that is decided, in gaps between objective and bound."""

LEAST_TOLERANCE, MOST_TOLERANCE = 1e-5, 1e-3
TOLERANCE = 0.02
"""Tolerance, as a part of the gap."""

PAUSE, MOST_PAUSE = 1.0, 64.0
"""Least time between two relaxations, relative to what the last one took; it doubles, up to the
second figure, when the search that follows gains nothing."""


class Guide:
    """Values for the columns of a program that stay as they are.

    Parameters
    ----------
    values : float array, shape (program.columns,), or None
    """

    def __init__(self, values: Floats | None = None) -> None:
        self.values = values

    def renew(self) -> bool:
        """Bring the values up to date where that is due; return whether time was spent."""
        return False

    def judge(self, *, useful: bool) -> None:
        """Hear whether the search that followed new values gained by them."""


class NearGuide(Guide):
    """Nearly optimal values of the relaxation that differ little from the incumbent.

    Parameters
    ----------
    structure : Structure
    piece : Piece
        The whole program.
    relaxation : Relaxation
        Of the piece.
    incumbent : Incumbent
    control : Control
    constant : int
        Cost of what is not in the piece.
    """

    def __init__(
        self,
        structure: Structure,
        piece: Piece,
        relaxation: Relaxation,
        incumbent: Incumbent,
        control: Control,
        constant: int,
    ) -> None:
        self._program = structure.program
        self._piece = piece
        self._incumbent = incumbent
        self._control = control
        self._constant = constant
        self._duals = relaxation.duals
        owned = self._program.column_owner[piece.columns] != NOBODY
        self._decided = owned & (piece.upper - piece.lower == 1)
        self._busy = threading.Lock()
        self._known: int | None = None
        self._pause_until = 0.0
        self._pause = PAUSE
        super().__init__(self._spread(relaxation.values))

    def renew(self) -> bool:
        """Relax around the incumbent, unless that was just done or is being done."""
        objective = self._incumbent.objective
        if objective == self._known or self._control.elapsed < self._pause_until:
            return False
        if not self._busy.acquire(blocking=False):
            return False
        try:
            began = time.monotonic()
            self._known = objective
            self._relax()
            spent = time.monotonic() - began
            self._pause_until = self._control.elapsed + self._pause * spent
        finally:
            self._busy.release()
        return True

    def judge(self, *, useful: bool) -> None:
        """Pause longer where new values were of no use: rosters are far from them there."""
        self._pause = PAUSE if useful else min(MOST_PAUSE, 2 * self._pause)

    def _relax(self) -> None:
        values, gap = self._incumbent.values, self._incumbent.gap
        objective, bound = self._incumbent.objective, self._incumbent.bound
        if values is None or gap is None or objective is None or bound is None:
            return
        now = values[self._piece.columns]
        high = now > self._piece.lower
        number = max(1, int(np.count_nonzero(high & self._decided)))
        price = max(1, round(DISTANCE_PRICE * (objective - bound) / number))
        cost = self._piece.cost + np.where(self._decided, np.where(high, -price, price), 0)
        found = relax(
            replace(self._piece, cost=cost),
            self._control,
            self._control.left,
            min(max(TOLERANCE * gap, LEAST_TOLERANCE), MOST_TOLERANCE),
            threads=1,
            start=(now.astype(np.float64), self._duals),
        )
        if found is None:
            return
        self._duals = found.duals
        proven = lagrangian_bound(self._piece, found.duals) + self._constant
        self._incumbent.raise_bound(proven, "relaxation")
        self.values = self._spread(found.values)

    def _spread(self, values: Floats) -> Floats:
        """Return values of the piece as values of the program, constants at theirs."""
        everything = self._program.lower.astype(np.float64)
        everything[self._piece.columns] = values
        return everything

"""An owner's program over a long horizon, decided from the first days to the last.

Some weeks are searched exactly at a time, and most of them are kept. Of the days after them, rows
that reach far are charged with what the relaxation gave these days, and other rows with the least
that is possible. Where that ends in a dead end, the weeks before are searched again together
with it. (Rolling horizons as in relax and fix: Wolsey, 1998, section 12.5.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.control import Control
from csshift.engine.exact import Effort, Outcome, solve_piece
from csshift.engine.piece import Piece, less, part, reach, trimmed

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LENGTH, OVERLAP = 42, 14
"""Days that are searched at once, and those of them that are searched again with the next."""

LENGTHS = (LENGTH, 70, 98)
"""Days at once, each tried where the ones before led to dead ends."""

WIDER, MOST_SLACK = 3, 9
"""What rows that reach far may be off what was expected, in columns, grows by this factor up to
this much before more days are searched at once."""

PATIENCE = 3
"""Times that the days before a dead end are searched together with it."""


def solve_rolling(
    piece: Piece,
    day: NDArray[np.integer],
    guide: Floats,
    control: Control,
    effort: Effort,
    *,
    seed: int = 0,
) -> Outcome:
    """Search for good values of a piece; they need not be the best, and may not be found.

    Parameters
    ----------
    piece : Piece
    day : int array, shape (free,)
        Of each column; those below 0 belong to no day and are decided last.
    guide : float array, shape (free,)
        Values that days far ahead are thought to have.
    control : Control
    effort : Effort
        For each stretch of days.
    """
    horizon = _Horizon(piece, np.where(day < 0, day.max(initial=0), day), guide)
    for length in LENGTHS:
        values = _roll(horizon, length, control, effort, seed)
        if values is not None:
            return Outcome("feasible", values, None)
    return Outcome("unknown", None, None)


def _roll(
    horizon: _Horizon, usual: int, control: Control, effort: Effort, seed: int
) -> Integers | None:
    values = horizon.piece.lower.copy()
    first, length, slack = 0, usual, 1
    patience = PATIENCE
    while True:
        days, stretch = horizon.stretch(values, first, first + length, slack)
        found = solve_piece(stretch, control, effort, seed=seed)
        if found.values is not None:
            values[days] = found.values
            if first + length > horizon.last:
                return values
            first, length, slack = first + length - OVERLAP, usual, 1
        elif control.over or not patience or (first == 0 and length > horizon.last):
            return None
        elif slack < MOST_SLACK and first + length <= horizon.last:
            slack *= WIDER
        else:
            patience -= 1
            back = min(first, usual - OVERLAP)
            first, length, slack = first - back, length + max(back, OVERLAP), 1


@dataclass(frozen=True, eq=False)
class _Horizon:
    """A piece, the day of each column, and the values that are expected of them."""

    piece: Piece
    day: NDArray[np.integer]
    guide: Floats

    @property
    def last(self) -> int:
        return int(self.day.max(initial=0))

    def stretch(self, values: Integers, first: int, end: int, slack: int) -> tuple[Integers, Piece]:
        """Return positions and piece of some days; those before are at `values`."""
        columns = np.flatnonzero((self.day >= first) & (self.day < end))
        touched = np.unique(self.piece.matrix[:, columns].tocoo().coords[0])
        own = part(self.piece, touched, columns)
        matrix = self.piece.matrix[touched]
        least, most = self._ahead(matrix, end, slack)
        before = matrix @ np.where(self.day < first, values, 0)
        left = replace(
            own,
            row_lower=less(own.row_lower, before + most),
            row_upper=less(own.row_upper, before + least),
        )
        return columns, trimmed(left)

    def _ahead(self, matrix: csr_array, end: int, slack: int) -> tuple[Integers, Integers]:
        """Return the least and the most that the days from `end` on may add to rows."""
        later = self.day >= end
        least, most = reach(
            matrix, np.where(later, self.piece.lower, 0), np.where(later, self.piece.upper, 0)
        )
        expected = matrix @ np.where(later, self.guide, 0.0)
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        entries = np.flatnonzero(later[matrix.indices])
        off = np.zeros(matrix.shape[0])
        np.maximum.at(off, row[entries], slack * np.abs(matrix.data[entries]))
        until = np.full(matrix.shape[0], end)
        np.maximum.at(until, row[entries], self.day[matrix.indices[entries]])
        far = until >= end + LENGTH
        least = np.where(far, np.maximum(least, np.floor(expected - off)), least)
        most = np.where(far, np.minimum(most, np.ceil(expected + off)), most)
        return least.astype(np.int64), most.astype(np.int64)

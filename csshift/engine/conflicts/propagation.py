"""Bounds that rows imply for columns, and the rows behind a contradiction between them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from csshift.engine.subproblem import activity_bounds, csr_entries
from csshift.program import UNBOUNDED, Integers, LinearProgram

MOST_ROUNDS = 60
"""Rounds of propagation at most; contradictions need few."""


@dataclass(eq=False)
class Propagation:
    """Tightens the column bounds of an integer program by its rows, all rows at once.

    Attributes
    ----------
    lower, upper : int64 array, shape (columns,)
        The bounds found so far.
    """

    program: LinearProgram[np.int64]
    lower: Integers = field(init=False)
    upper: Integers = field(init=False)

    def __post_init__(self) -> None:
        matrix = self.program.matrix
        self.lower, self.upper = self.program.lower.copy(), self.program.upper.copy()
        self._row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        self._tightened: list[tuple[Integers, Integers]] = []

    def contradiction(self) -> Integers | None:
        """Return rows that contradict one another, ascending; None where none were found.

        The rows suffice for the contradiction, but some of them may be superfluous.
        """
        program = self.program
        for _ in range(MOST_ROUNDS):
            least, most = activity_bounds(program.matrix, self.lower, self.upper)
            broken = np.flatnonzero((least > program.row_upper) | (most < program.row_lower))
            if broken.size:
                return self._behind(broken[:1], np.empty(0, dtype=np.int64))
            if not self._tighten(least, most):
                return None
            crossed = np.flatnonzero(self.lower > self.upper)
            if crossed.size:
                return self._behind(np.empty(0, dtype=np.int64), crossed[:1])
        return None

    def _tighten(self, least: Integers, most: Integers) -> bool:
        """Tighten the bounds once by every row; return whether any bound changed."""
        matrix, row, program = self.program.matrix, self._row, self.program
        column, value = matrix.indices, matrix.data
        size = np.abs(value)
        # How far a column may be from the bound at which it contributes least, or most.
        above = np.minimum(program.row_upper - least, UNBOUNDED)[row] // size
        below = np.minimum(most - program.row_lower, UNBOUNDED)[row] // size
        width = (self.upper - self.lower)[column]
        raised, lowered = np.where(value > 0, (below, above), (above, below))
        # Upper bounds are counted from the lower bounds before this round.
        up, down = raised < width, lowered < width
        if not up.any() and not down.any():
            return False
        np.maximum.at(self.lower, column[up], (self.upper[column] - raised)[up])
        np.minimum.at(self.upper, column[down], (self.upper[column] - width + lowered)[down])
        changed = up | down
        self._tightened.append((column[changed].astype(np.int64), row[changed]))
        return True

    def _behind(self, rows: Integers, columns: Integers) -> Integers:
        """Return all rows that had a part in tightening the bounds in some rows and columns."""
        matrix = self.program.matrix
        found = np.zeros(self.program.rows, dtype=np.bool_)
        seen = np.zeros(self.program.columns, dtype=np.bool_)
        while rows.size or columns.size:
            found[rows] = True
            near = matrix.indices[csr_entries(matrix.indptr, rows)].astype(np.int64)
            columns = np.unique(np.concatenate([columns, near]))
            columns = columns[~seen[columns]]
            seen[columns] = True
            asked = np.zeros(self.program.columns, dtype=np.bool_)
            asked[columns] = True
            behind = [row[asked[column]] for column, row in self._tightened]
            rows = np.unique(np.concatenate([*behind, np.empty(0, dtype=np.int64)]))
            rows = rows[~found[rows]]
            columns = np.empty(0, dtype=np.int64)
        return np.flatnonzero(found)

"""Rows that link owners: what is decided in them, and what those undecided can still add."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csshift.engine.piece import less
from csshift.engine.structure import Structure
from csshift.program import NOBODY

Integers = NDArray[np.int64]


class Links:
    """Bookkeeping of the linking rows while owners decide one after the other.

    Consequences count as helpful: the range of a row is widened by all that its unowned
    columns can contribute.

    Parameters
    ----------
    structure : Structure
    """

    def __init__(self, structure: Structure) -> None:
        program = structure.program
        self.linking = program.row_agent == NOBODY
        self._least, self._most = _ranges(structure, structure.unowned)
        cut_away = ~structure.direct[structure.block[structure.unowned]]
        self._least_direct, self._most_direct = _ranges(structure, structure.unowned[cut_away])
        self.activity = np.asarray(program.matrix @ program.lower, dtype=np.int64)
        reach = np.zeros(program.columns, dtype=np.int64)
        reach[structure.owned] = (program.upper - program.lower)[structure.owned]
        self._help_down = np.asarray(program.matrix.minimum(0) @ reach, dtype=np.int64)
        self._help_up = np.asarray(program.matrix.maximum(0) @ reach, dtype=np.int64)

    def enter(self, rows: NDArray[np.int64], reach: Integers) -> None:
        """Let an owner decide: what it can contribute is no longer anybody's help."""
        np.subtract.at(self._help_down, rows, np.minimum(reach, 0))
        np.subtract.at(self._help_up, rows, np.maximum(reach, 0))

    def decide(self, rows: NDArray[np.int64], moved: Integers) -> None:
        """Note what an owner's decisions add to rows, counted from its lower bounds."""
        np.add.at(self.activity, rows, moved)

    def room(self, rows: NDArray[np.int64]) -> tuple[Integers, Integers]:
        """Return bounds on what the deciding owner may add to linking rows."""
        low = self._least[rows] - self.activity[rows] - self._help_up[rows]
        high = self._most[rows] - self.activity[rows] - self._help_down[rows]
        return low, high

    def fits(self, rows: NDArray[np.int64], moved: Integers) -> bool:
        """Return whether there is room for what the deciding owner adds, entry by entry."""
        touched, place = np.unique(rows, return_inverse=True)
        total = np.zeros(touched.size, dtype=np.int64)
        np.add.at(total, place, moved)
        low, high = self.room(touched)
        return bool(np.all(((low <= total) & (total <= high)) | ~self.linking[touched]))

    def range(self, rows: NDArray[np.int64]) -> tuple[Integers, Integers]:
        """Return bounds on the activity of rows, consequences being helpful."""
        return self._least[rows], self._most[rows]

    def range_beside(self, rows: NDArray[np.int64]) -> tuple[Integers, Integers]:
        """Return the same where direct blocks are no help, for they are decided as well."""
        return self._least_direct[rows], self._most_direct[rows]

    def broken(self) -> NDArray[np.int64]:
        """Return the linking rows that no consequences can mend."""
        out = (self.activity < self._least) | (self.activity > self._most)
        return np.flatnonzero(out & self.linking)


def _ranges(structure: Structure, helpful: Integers) -> tuple[Integers, Integers]:
    """Return the range of each row's activity while `helpful` columns make up for the rest."""
    program = structure.program
    spread = np.zeros(program.columns, dtype=np.int64)
    spread[helpful] = (program.upper - program.lower)[helpful]
    down, up = program.matrix.minimum(0) @ spread, program.matrix.maximum(0) @ spread
    return less(program.row_lower, up), less(program.row_upper, down)

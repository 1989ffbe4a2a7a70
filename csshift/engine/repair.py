"""Mending decisions that break firm rows: first for those concerned, then for everybody."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.exact import Effort, Outcome, solve_piece
from csshift.engine.links import Links
from csshift.engine.piece import spans, trimmed
from csshift.engine.structure import Structure
from csshift.program import NOBODY

Integers = NDArray[np.int64]

SHARE = 0.5
"""Part of the time left for those concerned alone."""


@dataclass(frozen=True, eq=False)
class Repaired:
    """Outcome of a repair: decisions that keep every firm row, or that there are none."""

    values: Integers | None
    infeasible: bool


def repair(structure: Structure, values: Integers, control: Control, seed: int) -> Repaired:
    """Find decisions that keep every firm row, near to the given ones as time allows.

    Consequences are left out: rows with unowned columns are widened by what these can do.
    """
    mending = _Mending(structure, values)
    concerned = mending.concerned()
    if 0 < concerned.size < structure.owners.size:
        columns = structure.columns_of_all(concerned)
        found = mending.search(columns, control, SHARE * control.left, seed)
        if found.values is not None:
            return Repaired(mending.with_(columns, found.values), infeasible=False)
    found = mending.search(structure.owned, control, control.left, seed)
    if found.values is None:
        return Repaired(None, found.status == "infeasible")
    return Repaired(mending.with_(structure.owned, found.values), infeasible=False)


class _Mending:
    """Decisions, consequences at their lower bounds, and what the rows allow the decisions."""

    def __init__(self, structure: Structure, values: Integers) -> None:
        program = structure.program
        self._structure = structure
        self._values = values.copy()
        self._values[structure.unowned] = program.lower[structure.unowned]
        self._least, self._most = Links(structure).range(np.arange(program.rows))
        self._activity = program.matrix @ self._values

    def concerned(self) -> Integers:
        """Return the owners whose decisions stand in broken rows."""
        broken = (self._activity < self._least) | (self._activity > self._most)
        matrix = self._structure.program.matrix
        columns = matrix.indices[spans(matrix.indptr, np.flatnonzero(broken))]
        owner = self._structure.program.column_agent[columns].astype(np.int64)
        return np.intersect1d(owner[owner != NOBODY], self._structure.owners)

    def search(self, columns: Integers, control: Control, seconds: float, seed: int) -> Outcome:
        """Search some decisions, near to the given ones, all others staying as they are."""
        piece = self._structure.cutter.cut(columns, self._values, trim=False)
        wanted = self._values[piece.columns]
        settled = self._activity[piece.rows] - piece.matrix @ wanted
        widened = replace(
            piece,
            row_lower=self._least[piece.rows] - settled,
            row_upper=self._most[piece.rows] - settled,
            cost=np.where(wanted > piece.lower, -1, 1),
        )
        effort = Effort(seconds, workers=control.workers, gap=0.5, thorough=True)
        return solve_piece(trimmed(widened), control, effort, hint=wanted, seed=seed)

    def with_(self, columns: Integers, found: Integers) -> Integers:
        """Return all values, with what was found for some decisions."""
        values = self._values.copy()
        values[columns] = found
        return values

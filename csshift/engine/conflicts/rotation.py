"""Solutions that break one group of rows, and neighbours that break another one instead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csshift.engine.conflicts.hitting import ALWAYS
from csshift.engine.subproblem import Subproblem, csr_entries
from csshift.program import Integers, LinearProgram


class Rotation:
    """Walks from a solution that breaks one group to others that break one other group each."""

    MOST_MOVES = 4000

    def __init__(self, subproblem: Subproblem, group: Integers, needed: set[int]) -> None:
        self._subproblem = subproblem
        self._group = group[subproblem.row_ids]
        self._by_column = subproblem.matrix.tocsc()
        self._needed = needed
        self._moves = 0

    def run(self, values: Integers, broken: int) -> set[int]:
        """Return groups that are needed, found from a solution that breaks only `broken`."""
        found: set[int] = set()
        waiting = [(values, broken)]
        while waiting:
            values, broken = waiting.pop()
            for other, moved in self._neighbours(values, broken):
                if other not in found and other not in self._needed:
                    found.add(other)
                    waiting.append((moved, other))
        return found

    def _neighbours(self, values: Integers, broken: int) -> list[tuple[int, Integers]]:
        """Return solutions one step away that break one other group, and that group."""
        program = self._subproblem
        activity = program.matrix @ values
        rows = np.flatnonzero(self._group == broken)
        rows = rows[self._is_broken(rows, activity[rows])]
        found: dict[int, Integers] = {}
        for column in np.unique(columns_in(program, rows)).tolist():
            for step in (1, -1):
                moved = self._moved(values, activity, column, step)
                if moved is None:
                    continue
                changed, groups = moved
                if len(groups) == 1 and (other := groups.pop()) not in (ALWAYS, broken):
                    found.setdefault(other, changed)
                if self._moves > self.MOST_MOVES:
                    return list(found.items())
        return list(found.items())

    def _moved(
        self, values: Integers, activity: Integers, column: int, step: int
    ) -> tuple[Integers, set[int]] | None:
        """Change a column, and one more where a defining row requires it; say what is broken."""
        if not self._inside(column, values[column] + step):
            return None
        self._moves += 1
        changed, sums = values.copy(), activity.copy()
        self._add(changed, sums, column, step)
        definitions = np.flatnonzero(self._group == ALWAYS)
        definitions = definitions[self._is_broken(definitions, sums[definitions])]
        if definitions.size > 1:
            return None
        if definitions.size:
            for other in columns_in(self._subproblem, definitions).tolist():
                for repair in (1, -1):
                    if other == column or not self._inside(other, changed[other] + repair):
                        continue
                    self._add(changed, sums, other, repair)
                    if not self._is_broken(definitions, sums[definitions]).any():
                        return changed, self._broken_groups(sums)
                    self._add(changed, sums, other, -repair)
            return None
        return changed, self._broken_groups(sums)

    def _add(self, values: Integers, sums: Integers, column: int, step: int) -> None:
        first, last = self._by_column.indptr[column], self._by_column.indptr[column + 1]
        values[column] += step
        sums[self._by_column.indices[first:last]] += step * self._by_column.data[first:last]

    def _inside(self, column: int, value: np.int64) -> bool:
        return bool(self._subproblem.lower[column] <= value <= self._subproblem.upper[column])

    def _is_broken(self, rows: Integers, sums: Integers) -> NDArray[np.bool_]:
        program = self._subproblem
        return np.asarray((sums < program.row_lower[rows]) | (sums > program.row_upper[rows]))

    def _broken_groups(self, sums: Integers) -> set[int]:
        return set(self._group[self._is_broken(np.arange(sums.size), sums)].tolist())


def columns_in(program: LinearProgram[np.int64], rows: Integers) -> Integers:
    """Return the columns in some rows, ascending."""
    entries = csr_entries(program.matrix.indptr, rows)
    return np.unique(program.matrix.indices[entries]).astype(np.int64)

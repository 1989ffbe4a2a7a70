"""Changes of a roster after the search: what they cost, and which rules they break."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.compile import Compiled
from csshift.decode.rosters import raise_slack
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.structure import Structure
from csshift.engine.subproblem import activity_bounds, csr_entries, csr_sizes, shift_bounds
from csshift.program import ABSENT, NOBODY

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Move:
    """What some agents do on some days after a change, a row of `_Days.columns` each.

    Parameters
    ----------
    agents, days : int array, shape (cells,)
    contents : int array, shape (cells, width)
    """

    agents: Integers
    days: Integers
    contents: Integers


class Days:
    """The decisions of each agent and day.

    Parameters
    ----------
    compiled : Compiled
    """

    def __init__(self, compiled: Compiled) -> None:
        instance, work = compiled.instance, compiled.work
        first = work.grid.history_days
        self.instance = instance
        agents, self.count = len(instance.agents), instance.horizon.days
        self.shifts = len(instance.shifts)
        holds = [c.hold.transpose(1, 2, 0, 3) for c in compiled.duties]
        holds = [hold.reshape(agents, self.count, -1) for hold in holds]
        self.columns = np.concatenate(
            [work.shift[:, first:], work.day[:, first:, None], *holds], axis=2
        )
        self.overnight = set(work.grid.overnight.tolist())

    def contents(self, values: Integers) -> Integers:
        """Return what everybody does, shape (agents, days, width)."""
        return np.where(self.columns == ABSENT, 0, values[self.columns])

    def only(self, shift: int | None) -> Integers:
        """Return the content of a day with one shift and no duty; None: a day off."""
        content = np.zeros(self.columns.shape[2], dtype=np.int64)
        if shift is not None:
            content[[shift, self.shifts]] = 1
        return content

    def worked(self, content: Integers) -> int | None:
        """Return the shift of a day's content."""
        found = np.flatnonzero(content[: self.shifts])
        return int(found[0]) if found.size else None


class Changes:
    """One solution that changes step by step.

    Parameters
    ----------
    compiled : Compiled
    blocks : RecourseBlocks
    values : int array, shape (columns,)
    seconds : float
        Wall-clock limit; infinite: trials alone are counted.
    trials : int
        Changes that may be tried.
    """

    def __init__(
        self,
        compiled: Compiled,
        blocks: RecourseBlocks,
        values: Integers,
        seconds: float,
        trials: int,
    ) -> None:
        self.compiled, self.program = compiled, compiled.program
        self.structure: Structure = blocks.structure
        self.blocks, self.values = blocks, values
        self.days = Days(compiled)
        self.budget = Budget(min(seconds, 3600.0))
        self._until, self.trials = time.monotonic() + seconds, trials
        self._find_limits()

    @property
    def over(self) -> bool:
        """Whether time or trials are used up."""
        return self.trials <= 0 or time.monotonic() > self._until

    def _find_limits(self) -> None:
        """Find the slack columns, and the bounds of what decisions may do in each row."""
        program = self.program
        decided = np.zeros(program.columns, dtype=np.bool_)
        decided[self.days.columns[self.days.columns != ABSENT]] = True
        self.decided = decided
        fixed = program.lower == program.upper
        helpful = ~decided & ~fixed
        self.slack = helpful & (program.column_agent != NOBODY)
        low, high = np.where(helpful, program.lower, 0), np.where(helpful, program.upper, 0)
        least, most = activity_bounds(program.matrix, low, high)
        self.row_lower = shift_bounds(program.row_lower, most)
        self.row_upper = shift_bounds(program.row_upper, least)
        self.activity = program.matrix @ np.where(helpful, 0, self.values)

    def take(self, settled: Integers) -> None:
        """Go on from other values."""
        self.values = settled
        self._find_limits()

    def take_if_no_worse(self, move: Move) -> bool:
        """Carry out a move if every row allows it and the objective does not rise."""
        settled = self.settled(move, Counter())
        if settled is None or not self.program.holds(settled):
            return False
        if self.program.objective(settled) > self.program.objective(self.values):
            return False
        self.take(settled)
        return True

    def settled(self, move: Move, barriers: Counter[str]) -> Integers | None:
        """Return the values after a move; None, and the rules in the way, where it cannot be."""
        columns = self.days.columns[move.agents, move.days]
        present = columns != ABSENT
        if move.contents[~present].any():
            return None
        ids, new = columns[present], move.contents[present]
        changed = new != self.values[ids]
        ids, new = ids[changed], new[changed]
        if np.any((new < self.program.lower[ids]) | (new > self.program.upper[ids])):
            return None
        rows, shift = self._row_changes(ids, new - self.values[ids])
        activity = self.activity[rows] + shift
        broken = (activity < self.row_lower[rows]) | (activity > self.row_upper[rows])
        if broken.any():
            families = set(self.program.row_family[rows[broken]].tolist())
            barriers.update(self.program.families[family] for family in families)
            return None
        trial = self.values.copy()
        trial[ids] = new
        self._raise_slacks(trial, np.unique(move.agents))
        return self.blocks.evaluate(self._blocks_of(rows), trial, self.budget)

    def _row_changes(self, ids: Integers, change: Integers) -> tuple[Integers, Integers]:
        """Return the rows whose activity changes, and by how much."""
        by_column = self.structure.by_column
        entries = csr_entries(by_column.indptr, ids)
        sizes = csr_sizes(by_column.indptr, ids)
        rows, place = np.unique(by_column.indices[entries], return_inverse=True)
        shift = np.zeros(rows.size, dtype=np.int64)
        np.add.at(shift, place, by_column.data[entries] * np.repeat(change, sizes))
        return rows[shift != 0].astype(np.int64), shift[shift != 0]

    def _blocks_of(self, rows: Integers) -> Integers:
        """Return the recourse blocks with a column in one of the rows."""
        matrix = self.program.matrix
        found = np.unique(self.structure.block[matrix.indices[csr_entries(matrix.indptr, rows)]])
        return found[found >= 0]

    def _raise_slacks(self, values: Integers, agents: Integers) -> None:
        """Set the slack columns of some agents to the least that their rows allow."""
        program = self.program
        columns = np.flatnonzero(self.slack & np.isin(program.column_agent, agents))
        values[columns] = program.lower[columns]
        rows = self.structure.rows_of(columns)
        matrix = program.matrix[rows]
        raised = rows.size > 0
        while raised:
            activity = matrix @ values
            low, high = program.row_lower[rows], program.row_upper[rows]
            broken = rows[(activity < low) | (activity > high)].tolist()
            by_column = self.structure.by_column
            raised = (
                sum(raise_slack(program, by_column, self.slack, values, row) for row in broken) > 0
            )

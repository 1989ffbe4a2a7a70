"""What the engine reads off a program: owners, links, and blocks of consequences.

A column with an owner is a decision about one agent. A column without one (the flow of time
to queues, a shortage) follows from those decisions. Once all decisions are known, the
consequences fall apart into blocks that no row connects, typically one for each interval.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from csshift.engine.piece import Cutter, Piece, spans
from csshift.program import NOBODY, Program

Columns = NDArray[np.int64]

SMALL_BLOCK = 8
"""Columns up to which a block of whole-number consequences stays with the decisions."""


class Structure:
    """Owners, blocks and links of one program.

    Parameters
    ----------
    program : Program
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.cutter = Cutter(program)
        free = program.lower < program.upper
        self.owned = np.flatnonzero(free & (program.column_agent != NOBODY))
        binary = program.upper[self.owned] - program.lower[self.owned] == 1
        self.choices = self.owned[binary]
        """Owned columns that are chosen or not."""
        self.unowned = np.flatnonzero(free & (program.column_agent == NOBODY))
        self.owners: Columns = np.unique(program.column_agent[self.owned]).astype(np.int64)
        self.block = np.full(program.columns, -1, dtype=np.int64)
        self._order, self._starts = self._find_blocks()
        self.direct = self._find_direct()
        """Blocks that stay as they are when decisions are searched, shape (blocks,)."""
        order = np.argsort(program.column_agent[self.owned], kind="stable")
        self._by_owner = self.owned[order]
        self._owner_starts = np.searchsorted(
            program.column_agent[self._by_owner], np.arange(int(self.owners.max(initial=-1)) + 2)
        )

    @property
    def blocks(self) -> int:
        """Number of blocks of consequences."""
        return int(self._starts.size - 1)

    def columns_of(self, owner: int) -> Columns:
        """Return the columns of one owner, ascending."""
        first, last = self._owner_starts[owner], self._owner_starts[owner + 1]
        return np.asarray(self._by_owner[first:last])

    def columns_of_all(self, owners: NDArray[np.int64]) -> Columns:
        """Return the columns of several owners."""
        parts = [self.columns_of(int(owner)) for owner in owners]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

    def consequences(self, columns: Columns) -> Columns:
        """Return the unowned columns of every block that the columns touch."""
        return self.columns_of_blocks(self.blocks_of(columns))

    def piece_of(self, decisions: Columns, values: NDArray[np.int64]) -> Piece:
        """Return the piece of some decisions and all their consequences, the rest at `values`."""
        columns = np.concatenate([decisions, self.consequences(decisions)])
        return self.cutter.cut(columns, values)

    def blocks_of(self, columns: Columns) -> NDArray[np.int64]:
        """Return the blocks that share a row with any of the columns, ascending."""
        matrix = self.program.matrix
        rows = self.cutter.rows_of(columns)
        near = self.block[matrix.indices[spans(matrix.indptr, rows)]]
        found = np.zeros(self.blocks + 1, dtype=np.bool_)
        found[near] = True  # position -1, the spare last one, takes the owned columns
        return np.flatnonzero(found[:-1])

    def columns_of_blocks(self, blocks: NDArray[np.int64]) -> Columns:
        """Return the columns of the given blocks."""
        return np.asarray(self._order[spans(self._starts, blocks)])

    def batches(self, blocks: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
        """Cut blocks into batches of about `size` columns."""
        sizes = np.diff(self._starts)[blocks]
        number = np.cumsum(sizes) // max(1, size)
        cuts = np.flatnonzero(np.diff(number)) + 1
        return [batch for batch in np.split(blocks, cuts) if batch.size]

    def _find_blocks(self) -> tuple[Columns, NDArray[np.int64]]:
        """Label unowned columns by the rows that connect them; return them sorted by label."""
        among = self.program.matrix[:, self.unowned]
        among.data = np.ones_like(among.data)  # products of coefficients could cancel out
        pattern = (among.T @ among) if self.unowned.size else None
        if pattern is None:
            return self.unowned, np.zeros(1, dtype=np.int64)
        count, label = connected_components(pattern, directed=False)
        self.block[self.unowned] = label
        order = self.unowned[np.argsort(label, kind="stable")]
        starts = np.concatenate([[0], np.cumsum(np.bincount(label, minlength=count))])
        return order, starts.astype(np.int64)

    def _find_direct(self) -> NDArray[np.bool_]:
        """Return which blocks have few columns and whole ones only, as heads missing have.

        Their convex value is not that of their linear relaxation, and rows are cheaper than
        cuts there.
        """
        fine = self.program.continuous[self._order].astype(np.int64)
        total = np.concatenate([[0], np.cumsum(fine)])
        sizes = np.diff(self._starts)
        return np.asarray((np.diff(total[self._starts]) == 0) & (sizes <= SMALL_BLOCK))

"""Blocks of consequences as functions of the decisions: their values, and cuts below them.

With the decisions known, a block (the split of one interval, say) is a small linear program.
Its value is convex in the decisions, and any dual values of its rows prove a linear function
below it (Benders, 1962; as Lagrangian bounds such cuts hold whatever the duals are). Cuts are
collected as they come up and replace the block's own columns when decisions are searched:
a few rows in place of dozens of flows.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.control import Control
from csshift.engine.duals import in_force
from csshift.engine.piece import Piece
from csshift.engine.rounding import raise_rounded, round_fine
from csshift.engine.scaling import scale
from csshift.engine.structure import Structure
from csshift.errors import EngineError
from csshift.program import NOBODY

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_CUTS = 40
"""Cuts kept for one block; the oldest make room."""

ROUNDING = 1e-13
"""Bound on the relative error of floating-point sums; cuts are lowered by what it may come to."""

BATCH_COLUMNS = 6000


@dataclass(frozen=True, eq=False)
class CutRows:
    """Cuts of several blocks: value of block[i] >= constant[i] - duals[i] @ z.

    Here z is what the decisions contribute to each row of the program.

    Parameters
    ----------
    block : int array, shape (cuts,)
    constant : float array, shape (cuts,)
    duals : csr_array, shape (cuts, program.rows)
    """

    block: NDArray[np.int64]
    constant: Floats
    duals: csr_array


class Blocks:
    """Values and cuts of the blocks of one structure; safe to use from several threads.

    Parameters
    ----------
    structure : Structure
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        program = structure.program
        decided = np.ones(program.columns, dtype=np.bool_)
        decided[structure.unowned] = False
        by_owner = program.matrix.copy().astype(np.float64)
        by_owner.data *= decided[program.matrix.indices]
        by_owner.eliminate_zeros()
        self.decision_matrix = csr_array(by_owner)
        """The program's matrix, columns of decisions (and constants) only."""
        paid = np.minimum(program.cost * program.lower, program.cost * program.upper)
        self.least = np.bincount(
            structure.block[structure.unowned], paid[structure.unowned], structure.blocks
        )
        """The least that each block can cost whatever its rows say, shape (blocks,)."""
        self._cuts: list[list[tuple[float, NDArray[np.int64], Floats]]] = [
            [] for _ in range(structure.blocks)
        ]
        self._lock = threading.Lock()

    def evaluate(
        self, blocks: NDArray[np.int64], values: Integers, control: Control
    ) -> Integers | None:
        """Return the values with the columns of `blocks` set to their best; learn cuts.

        Parameters
        ----------
        blocks : int array
        values : int64 array, shape (program.columns,)
            Decisions; columns of other blocks are left as they are.
        control : Control

        Returns
        -------
        int64 array or None
            None when a block has no feasible values, or time was up.
        """
        settled = values.copy()
        for batch in self.structure.batches(blocks, BATCH_COLUMNS):
            piece = self.structure.cutter.cut(self.structure.columns_of_blocks(batch), values)
            found = self._solve(piece, control)
            if found is None:
                return None
            chosen, duals = found
            settled[piece.columns] = chosen
            self.learn(piece, duals, batch)
        return settled

    def plan(self, values: Integers, control: Control) -> Integers:
        """Return the values with every consequence worked out.

        Raises
        ------
        EngineError
            When the decisions leave no consequences.
        """
        settled = self.evaluate(np.arange(self.structure.blocks), values, control)
        piece = self.structure.cutter.cut(self.structure.unowned, values)
        # Where the linear solver fails, a plan is still made, from nothing and by single steps.
        start = piece.lower if settled is None else settled[piece.columns]
        rounded = round_fine(piece, start.astype(np.float64))
        if rounded is None:
            raise EngineError("no hourly plan was found for the shifts and duties")
        planned = values.copy()
        planned[piece.columns] = raise_rounded(piece, rounded)
        return planned

    def learn(self, piece: Piece, duals: Floats, blocks: NDArray[np.int64]) -> None:
        """Keep the cuts that dual values prove for each of the blocks.

        Parameters
        ----------
        piece : Piece
            Has all columns of the blocks free, and no other unowned ones left out.
        duals : float array, shape (rows of the piece,)
        blocks : int array
        """
        program = self.structure.program
        y, bound = in_force(duals, program.row_lower[piece.rows], program.row_upper[piece.rows])
        reduced = piece.cost - piece.matrix.T @ y
        unowned = program.column_owner[piece.columns] == NOBODY
        terms = np.abs(piece.cost) + abs(piece.matrix).T @ np.abs(y)
        doubt = ROUNDING * terms * np.maximum(np.abs(piece.lower), np.abs(piece.upper))
        at = np.where(reduced > 0, piece.lower, piece.upper) * reduced - doubt
        label = self.structure.block[piece.columns]
        constant = np.bincount(label[unowned], at[unowned], minlength=self.structure.blocks)
        block_of_row = self._block_of_rows(piece)
        inside = (block_of_row >= 0) & (y != 0)
        paid = (y * bound)[inside]
        np.add.at(constant, block_of_row[inside], paid - ROUNDING * np.abs(paid))
        used = np.flatnonzero(inside)
        order = used[np.argsort(block_of_row[used], kind="stable")]
        first = np.searchsorted(block_of_row[order], blocks, side="left")
        last = np.searchsorted(block_of_row[order], blocks, side="right")
        with self._lock:
            for block, start, stop in zip(blocks.tolist(), first, last, strict=True):
                rows = order[start:stop]
                cut = (float(constant[block]), piece.rows[rows], y[rows])
                self._keep(self._cuts[block], cut)

    def rows_for(self, blocks: NDArray[np.int64]) -> CutRows:
        """Return the cuts of the given blocks."""
        with self._lock:
            chosen = [(int(block), cut) for block in blocks for cut in self._cuts[block]]
        sizes = [cut[1].size for _, cut in chosen]
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = [cut[1] for _, cut in chosen]
        duals = [cut[2] for _, cut in chosen]
        empty = np.empty(0)
        matrix = csr_array(
            (
                np.concatenate(duals) if duals else empty,
                np.concatenate(rows) if rows else empty.astype(np.int64),
                indptr,
            ),
            shape=(len(chosen), self.structure.program.rows),
        )
        return CutRows(
            block=np.array([block for block, _ in chosen], dtype=np.int64),
            constant=np.array([cut[0] for _, cut in chosen]),
            duals=matrix,
        )

    def _block_of_rows(self, piece: Piece) -> NDArray[np.int64]:
        """Return the block whose columns stand in each row of a piece, -1 for none."""
        label = self.structure.block[piece.columns]
        row = np.repeat(np.arange(piece.rows.size), np.diff(piece.matrix.indptr))
        found = np.full(piece.rows.size, -1, dtype=np.int64)
        np.maximum.at(found, row, label[piece.matrix.indices])
        return found

    @staticmethod
    def _keep(
        cuts: list[tuple[float, NDArray[np.int64], Floats]],
        cut: tuple[float, NDArray[np.int64], Floats],
    ) -> None:
        for position, (constant, rows, duals) in enumerate(cuts):
            same = rows.size == cut[1].size and abs(constant - cut[0]) <= 1e-7 * abs(constant) + 1
            if same and np.array_equal(rows, cut[1]) and np.allclose(duals, cut[2], rtol=1e-7):
                cuts.append(cuts.pop(position))
                return
        cuts.append(cut)
        if len(cuts) > MOST_CUTS:
            cuts.pop(0)

    @staticmethod
    def _solve(piece: Piece, control: Control) -> tuple[Integers, Floats] | None:
        """Solve blocks as one linear program; return whole values and dual values."""
        from ortools.linear_solver.python import model_builder_helper as helper

        if piece.columns.size == 0:
            return np.empty(0, dtype=np.int64), np.zeros(piece.rows.size)
        scaled = scale(piece, relaxed=True)
        solver = helper.ModelSolverHelper("glop")
        solver.set_time_limit_in_seconds(max(0.01, control.left))
        with control.halting(solver.interrupt_solve):
            solver.solve(scaled.model)
        if solver.status() != helper.SolveStatus.OPTIMAL:
            return None
        values = round_fine(piece, scaled.values(solver.variable_values()))
        return None if values is None else (values, scaled.duals(solver.dual_values()))

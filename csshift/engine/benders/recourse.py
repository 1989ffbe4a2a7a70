"""Recourse blocks as functions of the decisions: their values, and cuts below them.

With the decisions known, a block (the split of one interval, say) is a small linear program.
Its value is convex in the decisions, and any dual values of its rows prove a linear function
below it (Benders, 1962; as Lagrangian bounds such cuts hold whatever the duals are). Cuts are
collected as they are found and replace the block's own columns when decisions are searched:
a few rows in place of dozens of flows.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.sparse import csr_array

from csshift.engine.benders.rounding import fill_rows, raise_rounded, round_continuous
from csshift.engine.budget import Budget
from csshift.engine.duals import binding_bounds
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import BendersParams
from csshift.engine.solvers.lp import solve_simplex
from csshift.engine.solvers.scaling import scale
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem, csr_sizes
from csshift.errors import EngineError
from csshift.program import NOBODY, Floats, Integers

FLOAT_ERROR = 1e-13
"""Bound on the relative error of floating-point sums; cuts are lowered by what it may come to."""


@dataclass(frozen=True, eq=False)
class BendersCuts:
    """Cuts of several blocks: value of block[i] >= constant[i] - duals[i] @ z.

    Here z is what the decisions contribute to each row of the program.

    Parameters
    ----------
    block : int array, shape (cuts,)
    constant : float array, shape (cuts,)
    duals : csr_array, shape (cuts, program.rows)
    """

    block: Integers
    constant: Floats
    duals: csr_array


_Solved: TypeAlias = tuple[Subproblem, tuple[Integers, Floats] | None]
"""Some blocks, and their values and duals if there are any."""


@dataclass(frozen=True, eq=False)
class _Cut:
    constant: float
    rows: Integers
    duals: Floats

    def same_as(self, other: _Cut) -> bool:
        """Return whether two cuts are equal but for rounding errors."""
        near = abs(self.constant - other.constant) <= 1e-7 * abs(self.constant) + 1
        return (
            near
            and np.array_equal(self.rows, other.rows)
            and np.allclose(self.duals, other.duals, rtol=1e-7)
        )


class RecourseBlocks:
    """Values and cuts of the recourse blocks of one structure; safe to use from several threads.

    Attributes
    ----------
    decision_matrix : csr_array of float, shape (rows, columns)
        The program's matrix without the entries of recourse columns.
    minimum : float array, shape (structure.num_blocks,)
        The least that each block can cost whatever its rows say.
    """

    def __init__(self, structure: Structure, params: BendersParams = BendersParams()) -> None:
        self.structure = structure
        self.params = params
        program = structure.program
        decided = np.ones(program.columns, dtype=np.bool_)
        decided[structure.recourse] = False
        matrix = program.matrix.copy().astype(np.float64)
        matrix.data *= decided[program.matrix.indices]
        matrix.eliminate_zeros()
        self.decision_matrix = csr_array(matrix)
        least = np.minimum(program.cost * program.lower, program.cost * program.upper)
        self.minimum = np.bincount(
            structure.block[structure.recourse], least[structure.recourse], structure.num_blocks
        )
        self._cuts: list[list[_Cut]] = [[] for _ in range(structure.num_blocks)]
        self._lock = threading.Lock()

    def evaluate(
        self,
        blocks: Integers,
        values: Integers,
        budget: Budget,
        *,
        until: float = math.inf,
        workers: int = 1,
    ) -> Integers | None:
        """Return the values with the columns of `blocks` set to their best; add cuts.

        Parameters
        ----------
        values : int64 array, shape (program.columns,)
            Decisions; columns of other blocks are left as they are.
        until : float
            Seconds since the start after which blocks get some values, not the best.
        workers : int
            Threads that solve blocks at once; the outcome is the same.

        Returns
        -------
        int64 array or None
            None when a block has no feasible values, or time was up.
        """
        settled = values.copy()
        remaining = self.structure.columns_of_blocks(blocks)
        batches = self.structure.batches(blocks, self.params.batch_columns)

        def solve(batch: Integers) -> _Solved | None:
            if budget.elapsed > until:
                return None
            subproblem = self.structure.restrict(self.structure.columns_of_blocks(batch), values)
            return subproblem, solve_blocks(subproblem, budget)

        with ExitStack() as stack:
            solved: Iterable[_Solved | None] = map(solve, batches)
            if workers > 1 and len(batches) > 1:
                pool = stack.enter_context(ThreadPoolExecutor(workers))
                solved = pool.map(solve, batches)
                stack.callback(pool.shutdown, cancel_futures=True)
            for batch, outcome in zip(batches, solved, strict=True):
                if outcome is None:
                    return self._fill(remaining, settled)
                remaining = remaining[self.structure.columns_of_blocks(batch).size :]
                subproblem, found = outcome
                if found is None:
                    return None
                chosen, duals = found
                settled[subproblem.column_ids] = chosen
                self.add_cuts(subproblem, duals, batch)
        return settled

    def offer(self, decisions: Integers, incumbent: Incumbent, stage: str) -> None:
        """Offer decisions with the best values of all recourse, if there are any.

        Parameters
        ----------
        decisions : int64 array, shape (program.columns,)
            Values whose recourse does not matter.
        """
        settled = self.evaluate(self.structure.all_blocks, decisions, incumbent.budget)
        if settled is not None:
            incumbent.offer(settled, stage)

    def _fill(self, columns: Integers, values: Integers) -> Integers | None:
        """Return the values with columns as low as the single-row ones among them allow."""
        program, by_column = self.structure.program, self.structure.by_column
        filled = values.copy()
        filled[columns] = program.lower[columns]
        single = columns[csr_sizes(by_column.indptr, columns) == 1]
        fill_rows(program, by_column, single, filled)
        touched = self.structure.rows_of(columns)
        return None if np.isin(program.broken_rows(filled), touched).any() else filled

    def complete(self, values: Integers, budget: Budget) -> Integers:
        """Return the decisions with the best values of all recourse.

        Raises
        ------
        EngineError
            When the decisions leave no feasible recourse.
        """
        settled = self.evaluate(self.structure.all_blocks, values, budget)
        subproblem = self.structure.restrict(self.structure.recourse, values)
        # Where the linear solver fails, a plan is still made, from nothing and by single steps.
        start = subproblem.lower if settled is None else settled[subproblem.column_ids]
        rounded = round_continuous(subproblem, start.astype(np.float64))
        if rounded is None:
            raise EngineError("no hourly plan was found for the shifts and duties")
        planned = values.copy()
        planned[subproblem.column_ids] = raise_rounded(subproblem, rounded)
        return planned

    def add_cuts(self, subproblem: Subproblem, duals: Floats, blocks: Integers) -> None:
        """Keep the cuts that dual values prove for each of the blocks.

        Parameters
        ----------
        subproblem : Subproblem
            Has all columns of the blocks free, and leaves out no other recourse.
        duals : float array, shape (subproblem.rows,)
        """
        for block, cut in zip(blocks.tolist(), self._prove(subproblem, duals, blocks), strict=True):
            with self._lock:
                self._keep(self._cuts[block], cut)

    def adopt(self, others: RecourseBlocks) -> None:
        """Keep the cuts of a program that has the first rows of this one and the same columns.

        They hold here, too, since further rows only raise what a block costs.
        """
        if np.array_equal(self.structure.block, others.structure.block):
            with self._lock, others._lock:
                self._cuts = [list(cuts) for cuts in others._cuts]

    def prove(self, subproblem: Subproblem, duals: Floats, blocks: Integers) -> BendersCuts:
        """Return the cuts that dual values prove, one for each block, without keeping them."""
        cuts = self._prove(subproblem, duals, blocks)
        return self._as_table(list(zip(blocks.tolist(), cuts, strict=True)))

    def _prove(self, subproblem: Subproblem, duals: Floats, blocks: Integers) -> list[_Cut]:
        program = self.structure.program
        y, bound = binding_bounds(
            duals, program.row_lower[subproblem.row_ids], program.row_upper[subproblem.row_ids]
        )
        reduced_costs = subproblem.cost - subproblem.matrix.T @ y
        recourse = program.column_agent[subproblem.column_ids] == NOBODY
        terms = np.abs(subproblem.cost) + abs(subproblem.matrix).T @ np.abs(y)
        largest = np.maximum(np.abs(subproblem.lower), np.abs(subproblem.upper))
        at = np.where(reduced_costs > 0, subproblem.lower, subproblem.upper) * reduced_costs
        at = at - FLOAT_ERROR * terms * largest
        label = self.structure.block[subproblem.column_ids]
        constant = np.bincount(label[recourse], at[recourse], minlength=self.structure.num_blocks)
        block_of_row = self._block_of_rows(subproblem)
        inside = (block_of_row >= 0) & (y != 0)
        paid = (y * bound)[inside]
        np.add.at(constant, block_of_row[inside], paid - FLOAT_ERROR * np.abs(paid))
        used = np.flatnonzero(inside)
        order = used[np.argsort(block_of_row[used], kind="stable")]
        first = np.searchsorted(block_of_row[order], blocks, side="left")
        last = np.searchsorted(block_of_row[order], blocks, side="right")
        return [
            _Cut(float(constant[block]), subproblem.row_ids[order[i:j]], y[order[i:j]])
            for block, i, j in zip(blocks.tolist(), first, last, strict=True)
        ]

    def cuts_of(self, blocks: Integers) -> BendersCuts:
        """Return the cuts of the given blocks."""
        with self._lock:
            chosen = [(int(block), cut) for block in blocks for cut in self._cuts[block]]
        return self._as_table(chosen)

    def _as_table(self, chosen: list[tuple[int, _Cut]]) -> BendersCuts:
        indptr = np.concatenate([[0], np.cumsum([cut.rows.size for _, cut in chosen])])
        rows = [np.empty(0, dtype=np.int64), *(cut.rows for _, cut in chosen)]
        duals = [np.empty(0), *(cut.duals for _, cut in chosen)]
        return BendersCuts(
            block=np.array([block for block, _ in chosen], dtype=np.int64),
            constant=np.array([cut.constant for _, cut in chosen]),
            duals=csr_array(
                (np.concatenate(duals), np.concatenate(rows), indptr.astype(np.int64)),
                shape=(len(chosen), self.structure.program.rows),
            ),
        )

    def _block_of_rows(self, subproblem: Subproblem) -> Integers:
        """Return the block whose columns each row of a subproblem contains, -1 for none."""
        label = self.structure.block[subproblem.column_ids]
        row = np.repeat(np.arange(subproblem.rows), np.diff(subproblem.matrix.indptr))
        found = np.full(subproblem.rows, -1, dtype=np.int64)
        np.maximum.at(found, row, label[subproblem.matrix.indices])
        return found

    def _keep(self, cuts: list[_Cut], cut: _Cut) -> None:
        for position, known in enumerate(cuts):
            if known.same_as(cut):
                cuts.append(cuts.pop(position))
                return
        cuts.append(cut)
        if len(cuts) > self.params.max_cuts:
            cuts.pop(0)


def solve_blocks(subproblem: Subproblem, budget: Budget) -> tuple[Integers, Floats] | None:
    """Solve blocks as one linear program; return integer values and dual values, or None.

    Parameters
    ----------
    subproblem : Subproblem
        The blocks' columns; their decisions are settled in the bounds of its rows.
    """
    if subproblem.columns == 0:
        return np.empty(0, dtype=np.int64), np.zeros(subproblem.rows)
    scaled = scale(subproblem, relaxed=True)
    found = solve_simplex(scaled, budget)
    if found is None or not found.optimal:
        return None
    values, duals = scaled.unscale_values(found.values), scaled.unscale_duals(found.duals)
    if values is None or duals is None:
        return None
    rounded = round_continuous(subproblem, values)
    return None if rounded is None else (rounded, duals)

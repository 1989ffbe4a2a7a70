"""Working out the consequences of decisions: blocks of unowned columns, solved exactly."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.exact import Effort, solve_piece
from csshift.engine.structure import Structure

Integers = NDArray[np.int64]

BATCH_COLUMNS = 1500


def settle(
    structure: Structure,
    values: Integers,
    blocks: NDArray[np.int64],
    control: Control,
    executor: Executor | None = None,
    seconds: float = 10.0,
) -> Integers | None:
    """Return the values with the columns of `blocks` set to their best, or None.

    Parameters
    ----------
    structure : Structure
    values : int64 array, shape (program.columns,)
        Decisions, and consequences of other blocks, that stay as they are.
    blocks : int array
        The blocks to work out.
    control : Control
    executor : Executor or None
        Solves batches of blocks side by side.
    seconds : float
        Limit for one batch.

    Returns
    -------
    int64 array or None
        None when a block has no feasible values or none was found in time.
    """

    def solve(batch: NDArray[np.int64]) -> tuple[NDArray[np.int64], Integers | None]:
        piece = structure.cutter.cut(structure.columns_of_blocks(batch), values)
        outcome = solve_piece(piece, control, Effort(seconds, gap=1e-4))
        return piece.columns, outcome.values

    batches = structure.batches(blocks, BATCH_COLUMNS)
    solved: Iterable[tuple[NDArray[np.int64], Integers | None]] = (
        map(solve, batches) if executor is None else executor.map(solve, batches)
    )
    settled = values.copy()
    for columns, found in solved:
        if found is None:
            return None
        settled[columns] = found
    return settled

"""Ways to search a piece: consequences as cuts or as they are, by CP-SAT or by SCIP.

None of them wins everywhere. Where everything divides into whole heads, the relaxation of
decisions and flows together is nearly tight and branch and bound on it proves pieces that cuts
never settle; where paces and breaks leave parts of heads, cuts are many times cheaper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.exact import Effort
from csshift.engine.links import Links
from csshift.engine.mixed import solve_mixed
from csshift.engine.reduced import Reduced, Step
from csshift.engine.structure import Structure
from csshift.program import NOBODY, UNBOUNDED

Integers = NDArray[np.int64]

MOST_PARTS = 4
"""Parts of what a decision adds that still count as whole units."""

CUT_ROUNDS = 3
"""Times that a piece is solved while new cuts show that the old ones misled it."""


@dataclass(frozen=True, eq=False)
class Task:
    """Decisions to free around a solution.

    Parameters
    ----------
    decisions : int64 array
        Owned columns.
    values : int64 array, shape (program.columns,)
        A feasible solution.
    """

    blocks: Blocks
    links: Links
    decisions: Integers
    values: Integers


Solve = Callable[[Control, Effort, int], Step]


@dataclass(frozen=True, eq=False)
class Opened:
    """A task made ready for one method.

    Parameters
    ----------
    columns : int64 array
        What the values of a step are the values of.
    solve : callable
        (control, effort, seed) -> step; to be called again after cuts were learned.
    rounds : int
        Calls that can make sense.
    """

    columns: Integers
    solve: Solve
    rounds: int


Method = Callable[[Task], Opened]


def cuts_by_constraints(task: Task) -> Opened:
    """Consequences as cuts, by CP-SAT; without consequences, CP-SAT as it is."""
    return _with_cuts(task, mixed=False)


def cuts_by_branching(task: Task) -> Opened:
    """Consequences as cuts, by SCIP."""
    return _with_cuts(task, mixed=True)


def flows_by_branching(task: Task) -> Opened:
    """Consequences as they are, by SCIP."""
    structure, values = task.blocks.structure, task.values
    piece = structure.piece_of(task.decisions, values)
    own = structure.program.column_agent[piece.columns] != NOBODY
    hint = values[piece.columns]

    def solve(control: Control, effort: Effort, seed: int) -> Step:
        outcome = solve_mixed(piece, control, effort, hint=hint, seed=seed)
        if outcome.values is None:
            return Step(outcome.status, None, promising=False, bound=None)
        promising = int(piece.cost @ outcome.values) < int(piece.cost @ hint)
        return Step(outcome.status, outcome.values[own], promising, None)

    return Opened(piece.columns[own], solve, rounds=1)


def _with_cuts(task: Task, *, mixed: bool) -> Opened:
    reduced = Reduced(task.blocks, task.links, task.decisions, task.values)

    def solve(control: Control, effort: Effort, seed: int) -> Step:
        return reduced.solve(control, effort, seed, mixed=mixed)

    return Opened(reduced.piece.columns, solve, CUT_ROUNDS if reduced.touched.size else 1)


METHODS: dict[str, Method] = {
    "cuts by branching": cuts_by_branching,
    "cuts by constraints": cuts_by_constraints,
    "flows by branching": flows_by_branching,
}


def methods_for(blocks: Blocks) -> dict[str, Method]:
    """Return the methods that make a difference.

    Without blocks that need cuts there is one; where consequences come in whole units, the one
    that leaves them as they are, for their relaxation then has whole vertices.
    """
    if blocks.structure.direct.all():
        return {"constraints": cuts_by_constraints}
    if in_whole_units(blocks.structure):
        return {"flows by branching": flows_by_branching}
    return METHODS


def in_whole_units(structure: Structure) -> bool:
    """Return whether fine consequences move in a few parts of what one decision adds.

    So it is when all agents of a queue work at one pace and whole intervals: each unit of a
    flow is a unit where it arrives, and bounds are multiples of the unit.
    """
    program = structure.program
    matrix = program.matrix
    fine = program.continuous[matrix.indices]
    owned = program.column_agent[matrix.indices] != NOBODY
    row = np.repeat(np.arange(program.rows), np.diff(matrix.indptr))
    flowing = np.zeros(program.rows, dtype=np.bool_)
    flowing[row[fine]] = True
    added = np.abs(matrix.data[flowing[row] & owned])
    if added.size == 0 or np.any(np.abs(matrix.data[fine]) != 1):
        return False
    bounds = np.concatenate([program.row_lower[flowing], program.row_upper[flowing]])
    limits = np.concatenate([bounds[np.abs(bounds) < UNBOUNDED], program.upper[program.continuous]])
    unit = int(np.gcd.reduce(np.concatenate([added, limits])))
    return int(added.max()) <= MOST_PARTS * unit

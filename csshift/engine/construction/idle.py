"""The cheapest solution: whoever need not work is off, and shortages make up for it.

No solver runs. Columns that stand in a single row, such as a shortage or an excess, are raised to
what their rows still need.
"""

from __future__ import annotations

import numpy as np

from csshift.engine.benders.rounding import fill_rows
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Integers

IDLE_STAGE = "everybody idle"
"""Stage of the roster that a large search begins with."""


def idle_decisions(structure: Structure) -> tuple[Integers, Integers]:
    """Return values with every decision as low as it may be, and the agents that this fails.

    Returns
    -------
    values : int64 array, shape (program.columns,)
        Only columns in a single row of their own agent are above their lower bounds.
    agents : int64 array
        Those whose own rows are broken all the same: their own rules make them work.
    """
    program = structure.program
    single = _single(structure, structure.decisions)
    row = structure.by_column.indices[structure.by_column.indptr[single]]
    single = single[program.row_agent[row] != NOBODY]
    values = program.lower.copy()
    fill_rows(program, structure.by_column, single, values)
    agents = np.unique(program.row_agent[program.broken_rows(values)])
    return values, agents[agents != NOBODY].astype(np.int64)


def idle_solution(structure: Structure) -> Integers | None:
    """Return a solution in which everybody is idle; None where some rule forbids that."""
    values, agents = idle_decisions(structure)
    if agents.size:
        return None
    single = _single(structure, structure.recourse)
    fill_rows(structure.program, structure.by_column, single, values)
    return values if structure.program.holds(values) else None


def _single(structure: Structure, columns: Integers) -> Integers:
    counts = np.diff(structure.by_column.indptr)
    return np.asarray(columns[counts[columns] == 1])

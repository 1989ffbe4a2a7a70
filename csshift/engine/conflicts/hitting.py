"""Rows behind a contradiction by duality, and the fewest units that meet all contradictions."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, hstack, identity
from scipy.sparse.csgraph import connected_components

from csshift.engine.budget import Budget
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.lp import solve_simplex
from csshift.engine.solvers.scaling import infinite_bounds
from csshift.engine.subproblem import Subproblem
from csshift.program import UNBOUNDED, Floats, Integers, LinearProgram

ALWAYS = -1
"""Group of rows that define what columns mean and are never left out."""

DUAL_TOLERANCE = 1e-7
"""Dual values below count as 0; the set that results is checked."""


def hitting_set(conflicts: list[Integers], cost: Integers, budget: Budget) -> Integers | None:
    """Return units of least cost, one at least of each conflict."""
    units = np.unique(np.concatenate([*conflicts, np.empty(0, dtype=np.int64)]))
    if not units.size:
        return units
    row = np.repeat(np.arange(len(conflicts)), [len(conflict) for conflict in conflicts])
    column = np.searchsorted(units, np.concatenate(conflicts))
    entries = np.ones(row.size, dtype=np.int64)
    count = len(conflicts)
    cover = Subproblem(
        matrix=csr_array((entries, (row, column)), shape=(count, units.size)),
        row_lower=np.ones(count, dtype=np.int64),
        row_upper=np.full(count, UNBOUNDED),
        lower=np.zeros(units.size, dtype=np.int64),
        upper=np.ones(units.size, dtype=np.int64),
        cost=cost[units],
        continuous=np.zeros(units.size, dtype=np.bool_),
        column_ids=units,
        row_ids=np.arange(count),
    )
    found = solve_cpsat(cover, budget, Limits(budget.left))
    if found.status != "optimal" or found.values is None:
        return None
    return units[found.values > 0]


def elastic_rows(subproblem: Subproblem, group: Integers, budget: Budget) -> list[Integers]:
    """Return sets of rows with dual values, where the relaxation must break some; small ones first.

    Every row with a group may be broken at a cost of 1 a unit. By duality the rows with dual
    values suffice for a contradiction of the relaxation, and so do some of their parts that no
    column connects, such as the weeks of a horizon.
    """
    elastic = np.flatnonzero(group != ALWAYS)
    size = np.maximum(1.0, abs(subproblem.matrix).max(axis=1).toarray().ravel())[elastic]
    unit = csr_array(identity(subproblem.rows, format="csr"))[:, elastic]
    extra = 2 * elastic.size
    # Cost in units of the largest coefficient: minutes and heads are then alike.
    cost: Floats = np.concatenate([np.zeros(subproblem.columns), np.tile(1.0 / size, 2)])
    highest = 1.0 + float(abs(subproblem.matrix).sum(axis=1).max(initial=0.0)) * float(
        np.abs(subproblem.upper).max(initial=1)
    )
    bounds = np.abs(np.concatenate([subproblem.row_lower, subproblem.row_upper]))
    highest += float(bounds[bounds < UNBOUNDED].max(initial=0))
    row_lower, row_upper = infinite_bounds(subproblem.row_lower, subproblem.row_upper)
    program = LinearProgram[np.float64](
        matrix=csr_array(hstack([subproblem.matrix.astype(np.float64), unit, -unit])),
        row_lower=row_lower.astype(np.float64),
        row_upper=row_upper.astype(np.float64),
        lower=np.concatenate([subproblem.lower.astype(np.float64), np.zeros(extra)]),
        upper=np.concatenate([subproblem.upper.astype(np.float64), np.full(extra, highest)]),
        cost=cost,
        continuous=np.ones(subproblem.columns + extra, dtype=np.bool_),
    )
    found = solve_simplex(program, budget, budget.left / 3)
    if found is None or not found.optimal or found.objective <= DUAL_TOLERANCE:
        return []
    used = np.flatnonzero((np.abs(found.duals) > DUAL_TOLERANCE) | (group == ALWAYS))
    free = np.flatnonzero(subproblem.lower < subproblem.upper)
    part = subproblem.matrix[used][:, free].tocoo()
    size = used.size + free.size
    links = csr_array(
        (np.ones(part.nnz, dtype=np.int8), (part.row, used.size + part.col)), shape=(size, size)
    )
    _, label = connected_components(links, directed=False)
    named = group[used] != ALWAYS
    parts = [
        used[named & (label[: used.size] == number)]
        for number in np.unique(label[: used.size][named])
    ]
    return [*sorted(parts, key=len), used[named]]

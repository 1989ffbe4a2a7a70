"""Subsolvers: recourse as cuts or as it is, by CP-SAT or by SCIP.

None of them wins everywhere. Where everything divides into whole heads, the relaxation of
decisions and flows together is nearly tight, and branch and bound on it proves subproblems that
cuts never close; where paces and breaks leave parts of heads, cuts are many times cheaper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from csshift.engine.benders.master import BendersMaster
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.params import LnsParams
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.solvers.scip import solve_scip
from csshift.engine.structure import LinkingRows, Structure
from csshift.engine.subproblem import Solution
from csshift.program import NOBODY, UNBOUNDED, Integers


@dataclass(frozen=True, eq=False)
class Prepared:
    """Freed decisions, made ready for one subsolver.

    Parameters
    ----------
    column_ids : int64 array
        The columns whose values a solution holds.
    solve : callable
        (budget, limits, seed) -> solution; may be called again after cuts were added.
    repeats : bool
        Whether calling again can make sense.
    """

    column_ids: Integers
    solve: Callable[[Budget, Limits, int], Solution]
    repeats: bool


Subsolver = Callable[[RecourseBlocks, LinkingRows, Integers, Integers], Prepared]
"""(blocks, links, decisions to free, feasible values around them) -> prepared subproblem."""


def cuts_with_cpsat(
    blocks: RecourseBlocks, links: LinkingRows, decisions: Integers, values: Integers
) -> Prepared:
    """Recourse as cuts, by CP-SAT; without recourse, CP-SAT as it is."""
    return _with_cuts(BendersMaster(blocks, links, decisions, values), use_scip=False)


def cuts_with_scip(
    blocks: RecourseBlocks, links: LinkingRows, decisions: Integers, values: Integers
) -> Prepared:
    """Recourse as cuts, by SCIP."""
    return _with_cuts(BendersMaster(blocks, links, decisions, values), use_scip=True)


def flows_with_scip(
    blocks: RecourseBlocks, _: LinkingRows, decisions: Integers, values: Integers
) -> Prepared:
    """Recourse as it is, by SCIP."""
    structure = blocks.structure
    subproblem = structure.restrict_with_recourse(decisions, values)
    own = structure.program.column_agent[subproblem.column_ids] != NOBODY
    hint = values[subproblem.column_ids]

    def solve(budget: Budget, limits: Limits, seed: int) -> Solution:
        found = solve_scip(subproblem, budget, limits, hint=hint, seed=seed)
        if found.values is None:
            return replace(found, promising=False)
        promising = int(subproblem.cost @ found.values) < int(subproblem.cost @ hint)
        return replace(found, values=found.values[own], promising=promising)

    return Prepared(subproblem.column_ids[own], solve, repeats=False)


def _with_cuts(master: BendersMaster, *, use_scip: bool) -> Prepared:
    def solve(budget: Budget, limits: Limits, seed: int) -> Solution:
        return master.solve(budget, limits, seed, use_scip=use_scip)

    return Prepared(master.subproblem.column_ids, solve, repeats=master.touched.size > 0)


SUBSOLVERS: Mapping[str, Subsolver] = {
    "cuts with SCIP": cuts_with_scip,
    "cuts with CP-SAT": cuts_with_cpsat,
    "flows with SCIP": flows_with_scip,
}


def subsolvers_for(
    structure: Structure, params: LnsParams = LnsParams()
) -> Mapping[str, Subsolver]:
    """Return the subsolvers that make a difference.

    Without blocks that need cuts there is one; where recourse comes in whole units, the one
    that leaves it as it is, for its relaxation then has integer vertices.
    """
    if structure.direct.all():
        return {"CP-SAT": cuts_with_cpsat}
    if in_whole_units(structure, params.max_unit_parts):
        return {"flows with SCIP": flows_with_scip}
    return SUBSOLVERS


def in_whole_units(structure: Structure, most_parts: int) -> bool:
    """Return whether continuous recourse moves in a few parts of what one decision adds.

    This is the case when all agents of a queue work at one pace and for full intervals: each unit
    of a flow is a unit where it arrives, and bounds are multiples of the unit.
    """
    program = structure.program
    matrix = program.matrix
    continuous = program.continuous[matrix.indices]
    of_agent = program.column_agent[matrix.indices] != NOBODY
    row = np.repeat(np.arange(program.rows), np.diff(matrix.indptr))
    flowing = np.zeros(program.rows, dtype=np.bool_)
    flowing[row[continuous]] = True
    added = np.abs(matrix.data[flowing[row] & of_agent])
    if added.size == 0 or np.any(np.abs(matrix.data[continuous]) != 1):
        return False
    bounds = np.concatenate([program.row_lower[flowing], program.row_upper[flowing]])
    upper = program.upper[program.continuous]
    limits = np.concatenate([bounds[np.abs(bounds) < UNBOUNDED], upper])
    unit = int(np.gcd.reduce(np.concatenate([added, limits])))
    return int(added.max()) <= most_parts * unit

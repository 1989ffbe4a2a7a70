"""A strengthened program: the same solutions, a tighter relaxation."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, vstack

from csshift.engine.budget import Budget
from csshift.engine.cuts.flow_cuts import Cuts, FlowCuts
from csshift.engine.duals import lagrangian_bound
from csshift.engine.params import CutParams, RelaxationParams
from csshift.engine.solvers.lp import Relaxation, relax
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, UNBOUNDED, Program

logger = logging.getLogger(__name__)


def strengthen(
    structure: Structure,
    full: Subproblem,
    relaxation: Relaxation,
    budget: Budget,
    params: CutParams,
    relaxation_params: RelaxationParams,
) -> tuple[Program, Relaxation] | None:
    """Add violated flow cuts and relax again, as long as that raises the bound.

    Parameters
    ----------
    full : Subproblem
        The structure's full subproblem.
    relaxation : Relaxation
        Of it.

    Returns
    -------
    (Program, Relaxation) or None
        The program with the cuts that bind as further rows, and a relaxation of it whose duals
        refer to `full` of its structure; None where no cut helps.
    """
    program = structure.program
    agent = program.column_agent[full.column_ids]
    separator = FlowCuts(full, ~full.continuous & (agent != NOBODY))
    until = budget.elapsed + params.budget_share * budget.left
    wider, best = full, relaxation
    for number in range(params.rounds):
        cuts = separator.separate(best.values)
        left = budget.left if budget.reproducible else until - budget.elapsed
        if cuts is None or left <= 0:
            break
        trial = _with_cuts(wider, cuts)
        found = relax(trial, budget, left, threads=budget.workers, params=relaxation_params)
        if found is None or not found.converged:
            break
        logger.debug(
            "round %d: %d flow cuts, bound %d after %d",
            number + 1,
            cuts.lower.size,
            found.bound,
            best.bound,
        )
        gained = found.bound - best.bound
        wider, best = trial, found
        if gained <= params.min_gain * abs(found.bound):
            break
    if best.bound <= relaxation.bound:
        return None
    return _in_program(program, full, wider, best)


def _with_cuts(subproblem: Subproblem, cuts: Cuts) -> Subproblem:
    number = cuts.lower.size
    return replace(
        subproblem,
        matrix=csr_array(vstack([subproblem.matrix, cuts.matrix])),
        row_lower=np.concatenate([subproblem.row_lower, cuts.lower]),
        row_upper=np.concatenate([subproblem.row_upper, np.full(number, UNBOUNDED)]),
        row_ids=np.concatenate([subproblem.row_ids, np.full(number, -1)]),
    )


def _in_program(
    program: Program, full: Subproblem, wider: Subproblem, found: Relaxation
) -> tuple[Program, Relaxation]:
    """Return the program with the cuts that bind, and the relaxation in its terms."""
    added = full.rows + np.flatnonzero(found.duals[full.rows :] > 0)
    part = wider.matrix[added].tocoo()
    cuts = csr_array(
        (part.data, (part.row, full.column_ids[part.col])), shape=(added.size, program.columns)
    )
    family = program.row_family.max(initial=0)  # any: no rule is responsible for a cut
    stronger = replace(
        program,
        matrix=csr_array(vstack([program.matrix, cuts])),
        row_lower=np.concatenate([program.row_lower, wider.row_lower[added]]),
        row_upper=np.concatenate([program.row_upper, wider.row_upper[added]]),
        row_family=np.concatenate([program.row_family, np.full(added.size, family, np.int32)]),
        row_agent=np.concatenate([program.row_agent, np.full(added.size, NOBODY, np.int32)]),
    )
    duals = np.zeros(stronger.rows)
    duals[full.row_ids] = found.duals[: full.rows]
    duals[program.rows :] = found.duals[added]
    again = Structure(stronger).full()
    kept = duals[again.row_ids]
    reduced_costs = again.cost - again.matrix.T @ kept
    bound = lagrangian_bound(again, kept)
    return stronger, replace(found, duals=kept, reduced_costs=reduced_costs, bound=bound)

"""The relaxation of the whole program, repeated while its bound is rough."""

from __future__ import annotations

import logging
from collections.abc import Callable

from csshift.engine.budget import Budget
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.solvers.lp import Relaxation, relax
from csshift.engine.subproblem import Subproblem

logger = logging.getLogger(__name__)


def relaxation_fits(full: Subproblem, params: RelaxationParams, seconds: float) -> bool:
    """Return whether a relaxation is worth its time."""
    entries = full.matrix.nnz
    fits = entries <= params.entries_per_second * seconds
    if not fits:
        logger.info("no relaxation: %d matrix entries in %.1f s", entries, seconds)
    return bool(fits)


def relax_repeatedly(
    full: Subproblem,
    budget: Budget,
    params: RelaxationParams,
    take: Callable[[Relaxation], Relaxation],
) -> float:
    """Relax the whole program, again to a finer tolerance while the bound is rough.

    Parameters
    ----------
    take : callable
        Called with every relaxation; it returns the one that is kept.

    Returns
    -------
    float
        Seconds that relaxing took.
    """
    began = budget.elapsed
    seconds = budget.seconds
    if not budget.reproducible:
        seconds = min(params.budget_share * seconds, params.left_share * budget.left)
        if not relaxation_fits(full, params, seconds):
            return 0.0
    tolerance, spent = params.tolerance, 0.0
    for _ in range(1 + params.refinements):
        left = began + seconds - budget.elapsed
        found = relax(full, budget, left, tolerance, params=params)
        spent = budget.elapsed - began
        if found is None or not _is_rough(full, take(found), params) or budget.reproducible:
            break
        tolerance *= params.refinement
    return spent


def _is_rough(full: Subproblem, found: Relaxation, params: RelaxationParams) -> bool:
    """Return whether the bound of the relaxation is far below its own objective.

    The tolerance of the first-order method is relative to the largest costs, which can be far
    above those that matter.
    """
    if found.method == "simplex":
        return False
    objective = float(full.cost @ found.values)
    return objective - found.bound > params.rough * abs(objective)

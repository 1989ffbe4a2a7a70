"""Solving a subproblem with SCIP through OR-Tools; its continuous columns are relaxed.

Whether SCIP or CP-SAT is faster depends on the subproblem: see `lns/subsolvers.py`.
"""

from __future__ import annotations

import numpy as np

from csshift.engine.budget import Budget
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.solvers.scaling import build_model, scale
from csshift.engine.subproblem import Solution, Subproblem
from csshift.program import Integers

NODES_PER_SECOND = 100
"""Branch-and-bound nodes that stand for a deterministic second."""


def solve_scip(
    subproblem: Subproblem,
    budget: Budget,
    limits: Limits,
    *,
    hint: Integers | None = None,
    seed: int = 0,
) -> Solution:
    """Minimise the cost of a subproblem; continuous columns are rounded to integers.

    The solution has no bound: what is computed in floating point is not a proof. "optimal"
    means optimal within floating-point tolerances and `limits.gap`.
    """
    from ortools.linear_solver.python import model_builder_helper as helper

    if subproblem.contradiction is not None:
        return Solution("infeasible")
    if limits.seconds <= 0 or budget.over:
        return Solution("unknown")
    scaled = scale(subproblem, relaxed=False)
    model = build_model(scaled)
    if hint is not None:
        for position, value in enumerate((hint / scaled.column_unit).tolist()):
            model.add_hint(position, value)
    solver = helper.ModelSolverHelper("scip")
    seconds = budget.left if budget.reproducible else min(limits.seconds, budget.left)
    solver.set_time_limit_in_seconds(max(0.01, seconds))
    solver.set_solver_specific_parameters(_parameters(budget, limits, seed))
    with budget.interrupting(solver.interrupt_solve):
        solver.solve(model)
    status = solver.status()
    if status == helper.SolveStatus.INFEASIBLE:
        return Solution("infeasible")
    if status not in (helper.SolveStatus.OPTIMAL, helper.SolveStatus.FEASIBLE):
        return Solution("unknown")
    found = scaled.unscale_values(solver.variable_values())
    if found is None:
        return Solution("unknown")
    proved = status == helper.SolveStatus.OPTIMAL
    return Solution("optimal" if proved else "feasible", np.rint(found).astype(np.int64))


def _parameters(budget: Budget, limits: Limits, seed: int) -> str:
    lines = [
        f"randomization/randomseedshift = {seed % 1_000_000}",
        f"limits/gap = {max(limits.gap, 1e-6)}",
        # Otherwise SCIP handles Ctrl-C itself, and the search goes on to its time limit.
        "misc/catchctrlc = FALSE",
    ]
    if budget.reproducible:
        lines.append(f"limits/totalnodes = {max(1, int(NODES_PER_SECOND * limits.seconds))}")
    return "\n".join(lines)

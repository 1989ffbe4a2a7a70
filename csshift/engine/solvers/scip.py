"""Solving a subproblem with SCIP through OR-Tools; its continuous columns are relaxed.

Whether SCIP or CP-SAT is faster depends on the subproblem: see `lns/subsolvers.py`.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np

from csshift.engine.budget import Budget
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.solvers.scaling import ScaledProgram, scale
from csshift.engine.subproblem import Solution, Subproblem
from csshift.program import Floats, Integers

NODES_PER_SECOND = 100
"""Branch-and-bound nodes that stand for a deterministic second."""

LONGEST = 1e6
"""Seconds that SCIP is given, at most."""


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
    from ortools.linear_solver.pywraplp import Solver

    if subproblem.contradiction is not None or _is_crossed(subproblem):
        return Solution("infeasible")
    if limits.seconds <= 0 or budget.over:
        return Solution("unknown")
    scaled = scale(subproblem, relaxed=False)
    # The other interfaces to SCIP cannot be interrupted, or print errors of their own.
    solver = Solver.CreateSolver("SCIP")
    fault = solver.LoadModelFromProto(_model(scaled, hint))
    if fault:
        raise ValueError(f"SCIP does not take the program: {fault}")
    seconds = budget.left if budget.reproducible else min(limits.seconds, budget.left)
    solver.SetTimeLimit(max(10, int(1000 * min(seconds, LONGEST))))
    solver.SetSolverSpecificParametersAsString(_parameters(budget, limits, seed))
    status = _run(solver, budget)
    if status == Solver.INFEASIBLE:
        return Solution("infeasible")
    found = _values(solver, scaled) if status in (Solver.OPTIMAL, Solver.FEASIBLE) else None
    if found is None:
        return Solution("unknown")
    proved = status == Solver.OPTIMAL
    return Solution("optimal" if proved else "feasible", np.rint(found).astype(np.int64))


def _is_crossed(subproblem: Subproblem) -> bool:
    """Return whether a lower bound is above its upper one, which SCIP does not take."""
    columns = subproblem.lower > subproblem.upper
    return bool(columns.any() or (subproblem.row_lower > subproblem.row_upper).any())


def _run(solver: Any, budget: Budget) -> int:
    """Solve, and interrupt that when the search is stopped; return the status."""
    ended = threading.Event()

    def interrupt() -> None:
        # Again and again: what comes before SCIP has begun is lost.
        while not ended.wait(0.05):
            solver.InterruptSolve()

    def interrupt_beside() -> None:
        threading.Thread(target=interrupt, daemon=True).start()

    with budget.interrupting(interrupt_beside):
        try:
            return int(solver.Solve())
        finally:
            ended.set()


def _values(solver: Any, scaled: ScaledProgram) -> Floats | None:
    from ortools.linear_solver.linear_solver_pb2 import MPSolutionResponse

    response = MPSolutionResponse()
    solver.FillSolutionResponseProto(response)
    return scaled.unscale_values(response.variable_value)


def _model(scaled: ScaledProgram, hint: Integers | None) -> Any:
    from ortools.linear_solver.linear_solver_pb2 import MPModelProto

    model = MPModelProto()
    columns = zip(
        scaled.lower.tolist(),
        scaled.upper.tolist(),
        scaled.cost.tolist(),
        (~scaled.continuous).tolist(),
        strict=True,
    )
    for lower, upper, cost, whole in columns:
        model.variable.add(
            lower_bound=lower, upper_bound=upper, objective_coefficient=cost, is_integer=whole
        )
    matrix = scaled.matrix
    ends, places, values = matrix.indptr.tolist(), matrix.indices.tolist(), matrix.data.tolist()
    bounds = zip(scaled.row_lower.tolist(), scaled.row_upper.tolist(), strict=True)
    for (begin, end), (lower, upper) in zip(itertools.pairwise(ends), bounds, strict=True):
        model.constraint.add(
            lower_bound=lower,
            upper_bound=upper,
            var_index=places[begin:end],
            coefficient=values[begin:end],
        )
    if hint is not None:
        model.solution_hint.var_index.extend(range(hint.size))
        model.solution_hint.var_value.extend((hint / scaled.column_unit).tolist())
    return model


def _parameters(budget: Budget, limits: Limits, seed: int) -> str:
    lines = [
        f"randomization/randomseedshift = {seed % 1_000_000}",
        f"limits/gap = {max(limits.gap, 1e-6)}",
        # SCIP's own tolerance; the interface has a tighter one.
        "numerics/feastol = 1e-6",
        # Otherwise SCIP handles Ctrl-C itself, and the search goes on to its time limit.
        "misc/catchctrlc = FALSE",
    ]
    if budget.reproducible:
        lines.append(f"limits/totalnodes = {max(1, int(NODES_PER_SECOND * limits.seconds))}")
    return "\n".join(lines)

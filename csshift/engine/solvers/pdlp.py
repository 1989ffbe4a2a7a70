"""The first-order method PDLP (Applegate et al., 2021), through OR-Tools' MathOpt.

MathOpt accepts a start and releases the interpreter lock while it solves.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csshift.engine.budget import Budget
from csshift.engine.solvers.scaling import ScaledProgram
from csshift.program import Floats

Start = tuple[Floats, Floats]
"""Primal and dual values, in the units of a subproblem."""

BATCH = 100_000
"""Numbers that are handed over at once."""

LARGE = 500_000
"""Entries of a program from which on what its solve has freed is returned."""


def solve_pdlp(
    scaled: ScaledProgram,
    budget: Budget,
    seconds: float,
    tolerance: float,
    threads: int,
    start: Start | None = None,
) -> tuple[Floats, Floats, bool] | None:
    """Return primal and dual values in the units of the subproblem, and whether they converged.

    Parameters
    ----------
    budget : Budget
        Its stop interrupts the solver.
    seconds : float
        Wall-clock limit.
    tolerance : float
        Relative, of feasibility and gap.
    start : (float array, float array) or None
        Values to begin with.

    Returns
    -------
    tuple or None
        None when no values were found, or the relaxation is infeasible.
    """
    from ortools.math_opt import callback_pb2, parameters_pb2, result_pb2
    from ortools.math_opt.core.python import solver
    from ortools.util.python.pybind_solve_interrupter import PySolveInterrupter

    interrupter = PySolveInterrupter()
    with budget.interrupting(interrupter.interrupt):
        result = solver.solve(
            _model(scaled),
            parameters_pb2.SOLVER_TYPE_PDLP,
            parameters_pb2.SolverInitializerProto(),
            _parameters(seconds, tolerance, threads, warm=start is not None),
            _hint(scaled, start),
            None,
            callback_pb2.CallbackRegistrationProto(),
            None,
            interrupter,
        )
    if scaled.matrix.nnz > LARGE:
        _return_freed_memory()
    if not result.solutions:
        return None
    # At the time limit there is no status, but the duals still prove a bound.
    found = result.solutions[0]
    values = scaled.unscale_values(found.primal_solution.variable_values.values)
    duals = scaled.unscale_duals(found.dual_solution.dual_values.values)
    if values is None or duals is None:
        return None
    converged = result.termination.reason == result_pb2.TERMINATION_REASON_OPTIMAL
    return values, duals, converged


def _return_freed_memory() -> None:
    """Return to the system what a solve has freed: glibc would keep it, a gigabyte at times."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)


def _model(scaled: ScaledProgram) -> Any:
    from ortools.math_opt import model_pb2

    model = model_pb2.ModelProto()
    rows, columns = scaled.matrix.shape
    variables, constraints = model.variables, model.linear_constraints
    variables.ids.extend(range(columns))
    variables.lower_bounds.extend(scaled.lower.tolist())
    variables.upper_bounds.extend(scaled.upper.tolist())
    variables.integers.extend((~scaled.continuous).tolist())
    constraints.ids.extend(range(rows))
    constraints.lower_bounds.extend(scaled.row_lower.tolist())
    constraints.upper_bounds.extend(scaled.row_upper.tolist())
    matrix = scaled.matrix.tocsr()
    matrix.sum_duplicates()  # sorts the entries, as MathOpt requires
    entries = model.linear_constraint_matrix
    _extend(entries.row_ids, np.repeat(np.arange(rows), np.diff(matrix.indptr)))
    _extend(entries.column_ids, matrix.indices)
    _extend(entries.coefficients, matrix.data)
    costly = np.flatnonzero(scaled.cost)
    model.objective.linear_coefficients.ids.extend(costly.tolist())
    model.objective.linear_coefficients.values.extend(scaled.cost[costly].tolist())
    return model


def _extend(field: Any, numbers: NDArray[Any]) -> None:
    """Add numbers to a field in batches: a list of millions takes a hundred megabytes."""
    for begin in range(0, numbers.size, BATCH):
        field.extend(numbers[begin : begin + BATCH].tolist())


def _parameters(seconds: float, tolerance: float, threads: int, *, warm: bool) -> Any:
    from ortools.math_opt import parameters_pb2

    parameters = parameters_pb2.SolveParametersProto(threads=threads)
    parameters.time_limit.FromNanoseconds(int(seconds * 1e9))
    criteria = parameters.pdlp.termination_criteria.simple_optimality_criteria
    criteria.eps_optimal_relative = criteria.eps_optimal_absolute = tolerance
    # Primal and dual values are of order one. The weight that PDLP guesses from the costs made it
    # twice as slow on some programs.
    parameters.pdlp.initial_primal_weight = 1.0
    if not warm:
        # Two to three times faster on the largest programs that were measured, slower on some
        # small ones; presolve would discard a start.
        parameters.pdlp.presolve_options.use_glop = True
        parameters.pdlp.l_inf_ruiz_iterations = 10
        parameters.pdlp.l2_norm_rescaling = True
    return parameters


def _hint(scaled: ScaledProgram, start: Start | None) -> Any:
    from ortools.math_opt import model_parameters_pb2

    known = model_parameters_pb2.ModelSolveParametersProto()
    if start is not None:
        primal, dual = start[0] / scaled.column_unit, start[1] * scaled.row_unit / scaled.cost_unit
        hint = known.solution_hints.add()
        hint.variable_values.ids.extend(range(primal.size))
        hint.variable_values.values.extend(primal.tolist())
        hint.dual_values.ids.extend(range(dual.size))
        hint.dual_values.values.extend(dual.tolist())
    return known

"""The first-order method PDLP (Applegate et al., 2021), through OR-Tools' MathOpt.

MathOpt lets it start from known values and lets other threads work meanwhile.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.scaling import Scaled

Floats = NDArray[np.float64]
Start = tuple[Floats, Floats]
"""Primal and dual values, in the units of a piece."""


def solve_first_order(
    scaled: Scaled,
    control: Control,
    seconds: float,
    tolerance: float,
    threads: int,
    start: Start | None = None,
) -> tuple[Floats, Floats, bool] | None:
    """Return primal and dual values in the units of the piece, and whether they converged.

    Parameters
    ----------
    scaled : Scaled
    control : Control
        Its stop ends the method.
    seconds : float
        Wall-clock limit.
    tolerance : float
        Relative, of feasibility and gap.
    threads : int
    start : (float array, float array) or None
        Values to begin with.

    Returns
    -------
    tuple or None
        None when there are no values, or the relaxation has none.
    """
    from ortools.math_opt import callback_pb2, parameters_pb2, result_pb2
    from ortools.math_opt.core.python import solver
    from ortools.util.python.pybind_solve_interrupter import PySolveInterrupter

    interrupter = PySolveInterrupter()
    with control.halting(interrupter.interrupt):
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
    if not result.solutions:
        return None
    # Out of time there is no status, but duals that prove a bound.
    found = result.solutions[0]
    values = scaled.values(found.primal_solution.variable_values.values)
    duals = scaled.duals(found.dual_solution.dual_values.values)
    if values.size != scaled.lower.size or duals.size != scaled.row_unit.size:
        return None
    converged = result.termination.reason == result_pb2.TERMINATION_REASON_OPTIMAL
    return values, duals, converged


def _model(scaled: Scaled) -> Any:
    from ortools.math_opt import model_pb2

    model = model_pb2.ModelProto()
    rows, columns = scaled.matrix.shape
    variables, constraints = model.variables, model.linear_constraints
    variables.ids.extend(range(columns))
    variables.lower_bounds.extend(scaled.lower.tolist())
    variables.upper_bounds.extend(scaled.upper.tolist())
    variables.integers.extend(scaled.whole.tolist())
    constraints.ids.extend(range(rows))
    constraints.lower_bounds.extend(scaled.row_lower.tolist())
    constraints.upper_bounds.extend(scaled.row_upper.tolist())
    matrix = scaled.matrix.tocsr()
    matrix.sum_duplicates()  # sorts them, as MathOpt wants them
    entries = model.linear_constraint_matrix
    entries.row_ids.extend(np.repeat(np.arange(rows), np.diff(matrix.indptr)).tolist())
    entries.column_ids.extend(matrix.indices.tolist())
    entries.coefficients.extend(matrix.data.tolist())
    costly = np.flatnonzero(scaled.cost)
    model.objective.linear_coefficients.ids.extend(costly.tolist())
    model.objective.linear_coefficients.values.extend(scaled.cost[costly].tolist())
    return model


def _parameters(seconds: float, tolerance: float, threads: int, *, warm: bool) -> Any:
    from ortools.math_opt import parameters_pb2

    parameters = parameters_pb2.SolveParametersProto(threads=threads)
    parameters.time_limit.FromNanoseconds(int(seconds * 1e9))
    criteria = parameters.pdlp.termination_criteria.simple_optimality_criteria
    criteria.eps_optimal_relative = criteria.eps_optimal_absolute = tolerance
    # Both sides come in units of about one. What it would guess from the costs made it twice as
    # slow on some programs.
    parameters.pdlp.initial_primal_weight = 1.0
    if not warm:
        # Two to three times faster on the largest programs that were measured, slower on some
        # small ones; it would lose given values.
        parameters.pdlp.presolve_options.use_glop = True
        parameters.pdlp.l_inf_ruiz_iterations = 10
        parameters.pdlp.l2_norm_rescaling = True
    return parameters


def _hint(scaled: Scaled, start: Start | None) -> Any:
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

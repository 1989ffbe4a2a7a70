"""The linear relaxation: guidance, dual values, and a bound that is proven.

Large programs go to PDLP (Applegate et al., 2021), small ones to GLOP, both through OR-Tools.
Neither answer is trusted: the bound is recomputed from the dual values in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.duals import lagrangian_bound
from csshift.engine.first_order import Start, solve_first_order
from csshift.engine.piece import Piece
from csshift.engine.scaling import Scaled, scale

Floats = NDArray[np.float64]

SIMPLEX_ENTRIES = 60_000
"""Matrix entries up to which the simplex method beats the first-order method."""

STARTED_ENTRIES = 10_000
"""The same where there is a start, of which only the first-order method makes use."""


@dataclass(frozen=True, eq=False)
class Relaxation:
    """An (almost) optimal solution of the relaxation of a piece, and its proof.

    Parameters
    ----------
    values : float array, shape (free,)
        Primal values; close to feasible, not exactly so.
    duals : float array, shape (rows,)
        Dual values of the rows.
    reduced : float array, shape (free,)
        Reduced costs, cost - duals @ matrix.
    bound : int
        Proven lower bound of ``cost @ v`` over every feasible whole v.
    converged : bool
        Whether the method reached its tolerance.
    exact : bool
        Whether the simplex method was used, which has no tolerance to speak of.
    """

    values: Floats
    duals: Floats
    reduced: Floats
    bound: int
    converged: bool
    exact: bool


def relax(
    piece: Piece,
    control: Control,
    seconds: float,
    tolerance: float = 1e-5,
    threads: int | None = None,
    start: Start | None = None,
    cost: NDArray[np.int64] | None = None,
    *,
    exact: bool = False,
) -> Relaxation | None:
    """Solve the linear relaxation of a piece.

    Parameters
    ----------
    piece : Piece
    control : Control
        Its stop ends the solver.
    seconds : float
        Wall-clock limit.
    tolerance : float
        Relative tolerance of the first-order method.
    threads : int or None
        Threads of the first-order method; None takes all workers.
    start : (float array, float array) or None
        Primal and dual values from which the first-order method begins.
    cost : int64 array, shape (free,), or None
        Costs to minimise in place of the piece's own; bound and reduced costs are still for
        the piece's own.
    exact : bool
        Use the simplex method whatever the size.

    Returns
    -------
    Relaxation or None
        None when nothing usable came out in time, or the relaxation is infeasible.
    """
    if piece.columns.size == 0 or seconds <= 0 or control.over:
        return None
    seconds = max(0.01, min(seconds, control.left))
    small = piece.matrix.nnz <= (SIMPLEX_ENTRIES if start is None else STARTED_ENTRIES)
    small |= exact
    scaled = scale(piece if cost is None else replace(piece, cost=cost), relaxed=True)
    if small:
        found = _solve_simplex(scaled, control, seconds)
    else:
        count = control.workers if threads is None else threads
        found = solve_first_order(scaled, control, seconds, tolerance, count, start)
    if found is None:
        return None
    values, duals, converged = found
    return Relaxation(
        values=np.clip(values, piece.lower, piece.upper),
        duals=duals,
        reduced=piece.cost - piece.matrix.T @ duals,
        bound=lagrangian_bound(piece, duals),
        converged=converged,
        exact=small,
    )


def _solve_simplex(
    scaled: Scaled, control: Control, seconds: float
) -> tuple[Floats, Floats, bool] | None:
    from ortools.linear_solver.python import model_builder_helper as helper

    solver = helper.ModelSolverHelper("glop")
    solver.set_time_limit_in_seconds(seconds)
    with control.halting(solver.interrupt_solve):
        solver.solve(scaled.model)
    if not solver.has_response():
        return None
    values = scaled.values(solver.variable_values())
    duals = scaled.duals(solver.dual_values())
    if values.size != scaled.lower.size or duals.size != scaled.row_unit.size:
        return None
    return values, duals, solver.status() == helper.SolveStatus.OPTIMAL

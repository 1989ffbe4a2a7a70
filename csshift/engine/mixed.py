"""Solving a piece with SCIP (through OR-Tools), fine columns taken as continuous.

Which of the two is faster depends on the piece: see `methods.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.exact import Effort, Outcome
from csshift.engine.piece import Piece
from csshift.engine.scaling import scale

Integers = NDArray[np.int64]

NODES_A_SECOND = 100
"""Branch-and-bound nodes that stand for a deterministic second."""


def solve_mixed(
    piece: Piece,
    control: Control,
    effort: Effort,
    *,
    hint: Integers | None = None,
    seed: int = 0,
) -> Outcome:
    """Minimise the cost of a piece; fine columns come out rounded to the nearest whole number.

    The outcome has no bound: what is computed in floating point is not a proof. "optimal"
    means optimal within floating-point tolerances and `effort.gap`.
    """
    from ortools.linear_solver.python import model_builder_helper as helper

    if piece.contradiction is not None:
        return Outcome("infeasible", None, None)
    if effort.seconds <= 0 or control.over:
        return Outcome("unknown", None, None)
    scaled = scale(piece, relaxed=False)
    if hint is not None:
        for position, value in enumerate((hint / scaled.column_unit).tolist()):
            scaled.model.add_hint(position, value)
    solver = helper.ModelSolverHelper("scip")
    seconds = control.left if control.reproducible else min(effort.seconds, control.left)
    solver.set_time_limit_in_seconds(max(0.01, seconds))
    solver.set_solver_specific_parameters(_parameters(control, effort, seed))
    with control.halting(solver.interrupt_solve):
        solver.solve(scaled.model)
    status = solver.status()
    if status == helper.SolveStatus.INFEASIBLE:
        return Outcome("infeasible", None, None)
    if status not in (helper.SolveStatus.OPTIMAL, helper.SolveStatus.FEASIBLE):
        return Outcome("unknown", None, None)
    values = np.rint(scaled.values(solver.variable_values())).astype(np.int64)
    proved = status == helper.SolveStatus.OPTIMAL
    return Outcome("optimal" if proved else "feasible", values, None)


def _parameters(control: Control, effort: Effort, seed: int) -> str:
    lines = [
        f"randomization/randomseedshift = {seed % 1_000_000}",
        f"limits/gap = {max(effort.gap, 1e-6)}",
        # Otherwise SCIP takes Ctrl-C for itself, and the search goes on to its time limit.
        "misc/catchctrlc = FALSE",
    ]
    if control.reproducible:
        lines.append(f"limits/totalnodes = {max(1, int(NODES_A_SECOND * effort.seconds))}")
    return "\n".join(lines)

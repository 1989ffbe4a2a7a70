"""Solving a piece with CP-SAT; the only file that knows its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.piece import Piece
from csshift.program import UNBOUNDED

Integers = NDArray[np.int64]
Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of solving a piece.

    Parameters
    ----------
    status : {"optimal", "feasible", "infeasible", "unknown"}
    values : int64 array, shape (free,), or None
        Best values found.
    bound : int or None
        Proven lower bound of ``cost @ values`` over the piece.
    """

    status: Status
    values: Integers | None
    bound: int | None


@dataclass(frozen=True)
class Effort:
    """How hard to try.

    Parameters
    ----------
    seconds : float
        Wall-clock limit; of a reproducible search, limit in the solver's deterministic time.
    workers : int
        Threads of the solver.
    thorough : bool
        Presolve fully, for large pieces that are solved once.
    gap : float
        Relative gap at which to stop.
    """

    seconds: float
    workers: int = 1
    thorough: bool = False
    gap: float = 0.0


def solve_piece(
    piece: Piece,
    control: Control,
    effort: Effort,
    *,
    hint: Integers | None = None,
    seed: int = 0,
    on_solution: Callable[[Integers], None] | None = None,
    on_bound: Callable[[int], None] | None = None,
) -> Outcome:
    """Minimise the cost of a piece.

    Parameters
    ----------
    piece : Piece
    control : Control
        Its stop ends the solver.
    effort : Effort
    hint : int64 array, shape (free,), or None
        Values to start from.
    seed : int
    on_solution, on_bound : callable or None
        Told of improvements while the solver runs, from its threads.
    """
    # CP-SAT takes a row whose bounds cross for a fault in the model.
    if piece.contradiction is not None or np.any(piece.row_lower > piece.row_upper):
        return Outcome("infeasible", None, None)
    if effort.seconds <= 0 or control.over:
        return Outcome("unknown", None, None)
    if piece.columns.size == 0:
        return _constant(piece)
    return _run(build_model(piece, hint), piece, control, effort, seed, on_solution, on_bound)


def _run(
    model: Any,
    piece: Piece,
    control: Control,
    effort: Effort,
    seed: int,
    on_solution: Callable[[Integers], None] | None = None,
    on_bound: Callable[[int], None] | None = None,
) -> Outcome:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    _configure(solver.parameters, control, effort, seed)
    callback = _solution_callback(cp_model, piece, on_solution) if on_solution else None
    if on_bound is not None:
        solver.best_bound_callback = lambda bound: on_bound(_ceiling(bound))
    with control.halting(solver.stop_search):
        status = solver.solve(model, callback)
    known: dict[Any, Status] = {
        cp_model.OPTIMAL: "optimal",
        cp_model.FEASIBLE: "feasible",
        cp_model.INFEASIBLE: "infeasible",
    }
    found = known.get(status, "unknown")
    response = solver.response_proto
    if found in ("infeasible", "unknown"):
        return Outcome(found, None, None)  # a bound of 0 may just mean that none is known
    values = np.fromiter(response.solution, dtype=np.int64, count=piece.columns.size)
    return Outcome(found, values, _proven(solver.best_objective_bound))


class StoredModel:
    """The model of a piece, kept to be solved again and again with other costs.

    Parameters
    ----------
    piece : Piece
        Its costs do not matter.
    """

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self._model = build_model(replace(piece, cost=np.zeros_like(piece.cost)))

    def solve(
        self,
        cost: Integers,
        control: Control,
        effort: Effort,
        *,
        hint: Integers | None = None,
        seed: int = 0,
    ) -> Outcome:
        """Minimise ``cost @ values``; for one thread at a time."""
        proto = self._model.proto
        proto.objective.vars.clear()
        proto.objective.coeffs.clear()
        proto.solution_hint.vars.clear()
        proto.solution_hint.values.clear()
        _put_objective(proto, cost)
        _put_hint(proto, hint)
        return _run(self._model, replace(self.piece, cost=cost), control, effort, seed)


def build_model(piece: Piece, hint: Integers | None = None) -> Any:
    """Return the CP-SAT model of a piece, written straight from its arrays."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    proto = model.proto
    add_column = proto.variables.add
    for bounds in np.column_stack([piece.lower, piece.upper]).tolist():
        add_column().domain.extend(bounds)
    limits = np.column_stack(
        [
            np.where(piece.row_lower <= -UNBOUNDED, -(1 << 62), piece.row_lower),
            np.where(piece.row_upper >= UNBOUNDED, 1 << 62, piece.row_upper),
        ]
    ).tolist()
    pointers = piece.matrix.indptr.tolist()
    indices, data = piece.matrix.indices.tolist(), piece.matrix.data.tolist()
    add_row = proto.constraints.add
    for row, domain in enumerate(limits):
        first, last = pointers[row], pointers[row + 1]
        linear = add_row().linear
        linear.vars.extend(indices[first:last])
        linear.coeffs.extend(data[first:last])
        linear.domain.extend(domain)
    _put_objective(proto, piece.cost)
    _put_hint(proto, hint)
    return model


def _put_objective(proto: Any, cost: Integers) -> None:
    costly = np.flatnonzero(cost)
    proto.objective.vars.extend(costly.tolist())
    proto.objective.coeffs.extend(cost[costly].tolist())


def _put_hint(proto: Any, hint: Integers | None) -> None:
    if hint is not None:
        proto.solution_hint.vars.extend(range(hint.size))
        proto.solution_hint.values.extend(hint.tolist())


def _configure(parameters: Any, control: Control, effort: Effort, seed: int) -> None:
    parameters.num_workers = 1 if control.reproducible else effort.workers
    parameters.random_seed = seed % (1 << 31)
    if control.reproducible:
        parameters.max_time_in_seconds = control.left
        parameters.max_deterministic_time = effort.seconds
    else:
        parameters.max_time_in_seconds = min(effort.seconds, control.left)
    parameters.linearization_level = 2
    parameters.symmetry_level = 0
    parameters.relative_gap_limit = effort.gap
    # Otherwise the solver takes Ctrl-C for itself: the stop is lost, or the process aborts.
    parameters.catch_sigint_signal = False
    if not effort.thorough:
        parameters.cp_model_probing_level = 0
        parameters.max_presolve_iterations = 1


def _solution_callback(cp_model: Any, piece: Piece, tell: Callable[[Integers], None]) -> Any:
    class Callback(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            solution = self.response_proto.solution
            tell(np.fromiter(solution, dtype=np.int64, count=piece.columns.size))

    return Callback()


def _constant(piece: Piece) -> Outcome:
    holds = bool(np.all((piece.row_lower <= 0) & (piece.row_upper >= 0)))
    if not holds:
        return Outcome("infeasible", None, None)
    return Outcome("optimal", np.empty(0, dtype=np.int64), 0)


def _proven(bound: float) -> int | None:
    return None if not np.isfinite(bound) else _ceiling(bound)


def _ceiling(bound: float) -> int:
    # Objectives are whole numbers; a float may stand a hair above the true bound.
    margin = 1e-6 + abs(bound) * 1e-12
    return int(np.ceil(bound - margin))

"""Solving a subproblem with CP-SAT; the only file that knows its parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from csshift.engine.budget import Budget
from csshift.engine.subproblem import Solution, Status, Subproblem
from csshift.program import UNBOUNDED, Integers


@dataclass(frozen=True)
class Limits:
    """Limits of one solve.

    Parameters
    ----------
    seconds : float
        Wall-clock limit; in a reproducible search, limit in the solver's deterministic time.
    workers : int
        Threads of the solver.
    full_presolve : bool
        Presolve fully, for large subproblems that are solved once.
    gap : float
        Relative gap at which to stop.
    """

    seconds: float
    workers: int = 1
    full_presolve: bool = False
    gap: float = 0.0


def solve_cpsat(
    subproblem: Subproblem,
    budget: Budget,
    limits: Limits,
    *,
    hint: Integers | None = None,
    seed: int = 0,
) -> Solution:
    """Minimise the cost of a subproblem.

    Parameters
    ----------
    budget : Budget
        Its stop interrupts the solver.
    hint : int64 array, shape (columns,), or None
        Values to start from.
    """
    # CP-SAT rejects a model with a row whose bounds cross.
    if subproblem.contradiction is not None or np.any(subproblem.row_lower > subproblem.row_upper):
        return Solution("infeasible")
    if limits.seconds <= 0 or budget.over:
        return Solution("unknown")
    if subproblem.columns == 0:
        feasible = np.all((subproblem.row_lower <= 0) & (subproblem.row_upper >= 0))
        nothing = np.empty(0, dtype=np.int64)
        return Solution("optimal", nothing, 0) if feasible else Solution("infeasible")
    return _run(build_model(subproblem, hint), subproblem.columns, budget, limits, seed)


def _run(model: Any, columns: int, budget: Budget, limits: Limits, seed: int) -> Solution:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    _configure(solver.parameters, budget, limits, seed)
    with budget.interrupting(solver.stop_search):
        status = solver.solve(model)
    known: dict[Any, Status] = {
        cp_model.OPTIMAL: "optimal",
        cp_model.FEASIBLE: "feasible",
        cp_model.INFEASIBLE: "infeasible",
    }
    found = known.get(status, "unknown")
    if found in ("infeasible", "unknown"):
        return Solution(found)  # a bound of 0 may just mean that none is known
    values = np.fromiter(solver.response_proto.solution, dtype=np.int64, count=columns)
    return Solution(found, values, _proven_bound(solver.best_objective_bound))


class StoredModel:
    """The model of a subproblem, kept to be solved again and again with other costs.

    Parameters
    ----------
    subproblem : Subproblem
        Its costs do not matter.
    """

    def __init__(self, subproblem: Subproblem) -> None:
        self._columns = subproblem.columns
        self._model = build_model(replace(subproblem, cost=np.zeros_like(subproblem.cost)))

    def solve(
        self,
        cost: Integers,
        budget: Budget,
        limits: Limits,
        *,
        hint: Integers | None = None,
        seed: int = 0,
    ) -> Solution:
        """Minimise ``cost @ values``; for one thread at a time."""
        proto = self._model.proto
        proto.objective.vars.clear()
        proto.objective.coeffs.clear()
        proto.solution_hint.vars.clear()
        proto.solution_hint.values.clear()
        _set_objective(proto, cost)
        _set_hint(proto, hint)
        return _run(self._model, self._columns, budget, limits, seed)


def build_model(subproblem: Subproblem, hint: Integers | None = None) -> Any:
    """Return the CP-SAT model of a subproblem, written straight from its arrays."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    proto = model.proto
    add_column = proto.variables.add
    for bounds in np.column_stack([subproblem.lower, subproblem.upper]).tolist():
        add_column().domain.extend(bounds)
    row_bounds = np.column_stack(
        [
            np.where(subproblem.row_lower <= -UNBOUNDED, -(1 << 62), subproblem.row_lower),
            np.where(subproblem.row_upper >= UNBOUNDED, 1 << 62, subproblem.row_upper),
        ]
    ).tolist()
    pointers = subproblem.matrix.indptr.tolist()
    indices, data = subproblem.matrix.indices.tolist(), subproblem.matrix.data.tolist()
    add_row = proto.constraints.add
    for row, domain in enumerate(row_bounds):
        first, last = pointers[row], pointers[row + 1]
        linear = add_row().linear
        linear.vars.extend(indices[first:last])
        linear.coeffs.extend(data[first:last])
        linear.domain.extend(domain)
    _set_objective(proto, subproblem.cost)
    _set_hint(proto, hint)
    return model


def _set_objective(proto: Any, cost: Integers) -> None:
    costly = np.flatnonzero(cost)
    proto.objective.vars.extend(costly.tolist())
    proto.objective.coeffs.extend(cost[costly].tolist())


def _set_hint(proto: Any, hint: Integers | None) -> None:
    if hint is not None:
        proto.solution_hint.vars.extend(range(hint.size))
        proto.solution_hint.values.extend(hint.tolist())


def _configure(parameters: Any, budget: Budget, limits: Limits, seed: int) -> None:
    parameters.num_workers = 1 if budget.reproducible else limits.workers
    parameters.random_seed = seed % (1 << 31)
    if budget.reproducible:
        parameters.max_time_in_seconds = budget.left
        parameters.max_deterministic_time = limits.seconds
    else:
        parameters.max_time_in_seconds = min(limits.seconds, budget.left)
    parameters.linearization_level = 2
    parameters.symmetry_level = 0
    parameters.relative_gap_limit = limits.gap
    # Otherwise the solver handles Ctrl-C itself: the stop is lost, or the process aborts.
    parameters.catch_sigint_signal = False
    if not limits.full_presolve:
        parameters.cp_model_probing_level = 0
        parameters.max_presolve_iterations = 1


def _proven_bound(bound: float) -> int | None:
    """Return a solver's bound as an integer below the true one, which a float may exceed."""
    if not np.isfinite(bound):
        return None
    margin = 1e-6 + abs(bound) * 1e-12
    return int(np.ceil(bound - margin))

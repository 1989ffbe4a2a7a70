"""Groups of rows that contradict one another, as CP-SAT's conflict analysis finds them."""

from __future__ import annotations

import numpy as np

from csshift.engine.budget import Budget
from csshift.engine.solvers.cpsat import build_model
from csshift.engine.subproblem import Subproblem
from csshift.program import Integers


def contradicting_groups(
    subproblem: Subproblem, group: Integers, budget: Budget, seconds: float
) -> Integers | None:
    """Return groups of rows that suffice for a contradiction; None when none was proven in time.

    Every group has an assumption, a literal that enforces its rows. The set need not be minimal.

    Parameters
    ----------
    subproblem : Subproblem
        Its costs do not matter.
    group : int array, shape (rows,)
        Group of each row; rows with a negative one always hold.
    """
    from ortools.sat.python import cp_model

    if seconds <= 0 or budget.over:
        return None
    model = build_model(subproblem)
    proto = model.proto
    proto.clear_objective()
    groups = np.unique(group[group >= 0])
    literal = {}
    for number in groups.tolist():
        literal[number] = len(proto.variables)
        proto.variables.add().domain.extend([0, 1])
    for row, number in enumerate(group.tolist()):
        if number >= 0:
            proto.constraints[row].enforcement_literal.append(literal[number])
    proto.assumptions.extend(literal.values())
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = min(seconds, budget.left)
    solver.parameters.catch_sigint_signal = False
    with budget.interrupting(solver.stop_search):
        status = solver.solve(model)
    if status != cp_model.INFEASIBLE:
        return None
    core = set(solver.sufficient_assumptions_for_infeasibility())
    return np.array([n for n in literal if literal[n] in core], dtype=np.int64)

"""Linear programs: the simplex method, and relaxations with a bound that is proven.

Large relaxations go to PDLP (Applegate et al., 2021), small ones to GLOP, both through OR-Tools.
Neither answer is trusted: the bound is recomputed from the dual values in integers.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.engine.budget import Budget
from csshift.engine.duals import lagrangian_bound
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.solvers.pdlp import Start, solve_pdlp
from csshift.engine.solvers.scaling import ScaledProgram, build_model, scale
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Floats, Integers, LinearProgram, Program

logger = logging.getLogger(__name__)

Method: TypeAlias = Literal["simplex", "pdlp"]

COST_GRID = 1024
"""Reduced costs of agents are rounded to parts of a unit of cost."""

LARGEST_COST = float(1 << 53)
"""Largest magnitude of costs on that grid."""


@dataclass(frozen=True, eq=False)
class SimplexSolution:
    """Values of columns and rows, in the units of the program, and whether they are optimal."""

    objective: float
    values: Floats
    duals: Floats
    optimal: bool


@dataclass(frozen=True, eq=False)
class Relaxation:
    """An (almost) optimal solution of the relaxation of a subproblem, and its proof.

    Parameters
    ----------
    values : float array, shape (columns,)
        Primal values; close to feasible, not exactly so.
    duals : float array, shape (rows,)
        Dual values of the rows.
    reduced : float array, shape (columns,)
        Reduced costs, cost - duals @ matrix.
    bound : int
        Proven lower bound of ``cost @ v`` over every feasible integer v.
    converged : bool
        Whether the method reached its tolerance.
    method : {"simplex", "pdlp"}
        The simplex method has no tolerance to speak of.
    filled : float array, shape (rows,), or None
        From samples of the agents, where the values of decisions mean nothing: the part of what
        each row requires that recourse brings there.
    """

    values: Floats
    duals: Floats
    reduced_costs: Floats
    bound: int
    converged: bool
    method: Method
    filled: Floats | None = None


def solve_simplex(
    program: LinearProgram[np.float64], budget: Budget, seconds: float = math.inf
) -> SimplexSolution | None:
    """Solve a linear program with GLOP; None when nothing came out in time."""
    from ortools.linear_solver.python import model_builder_helper as helper

    solver = helper.ModelSolverHelper("glop")
    solver.set_time_limit_in_seconds(max(0.01, min(seconds, budget.left)))
    with budget.interrupting(solver.interrupt_solve):
        solver.solve(build_model(program))
    if not solver.has_response():
        return None
    values = np.asarray(solver.variable_values(), dtype=np.float64)
    duals = np.asarray(solver.dual_values(), dtype=np.float64)
    if values.size != program.columns or duals.size != program.rows:
        return None
    optimal = solver.status() == helper.SolveStatus.OPTIMAL
    return SimplexSolution(float(solver.objective_value()), values, duals, optimal)


def relax(
    subproblem: Subproblem,
    budget: Budget,
    seconds: float,
    tolerance: float = 1e-5,
    *,
    threads: int | None = None,
    start: Start | None = None,
    cost: Integers | None = None,
    method: Literal["auto", "simplex"] = "auto",
    params: RelaxationParams = RelaxationParams(),
) -> Relaxation | None:
    """Solve the linear relaxation of a subproblem.

    Parameters
    ----------
    budget : Budget
        Its stop interrupts the solver.
    seconds : float
        Wall-clock limit.
    tolerance : float
        Relative tolerance of the first-order method.
    threads : int or None
        Threads of the first-order method; None takes all workers.
    start : (float array, float array) or None
        Primal and dual values from which the first-order method begins.
    cost : int64 array, shape (columns,), or None
        Costs to minimise in place of the subproblem's own; bound and reduced costs are still for
        the subproblem's own.
    method : {"auto", "simplex"}
        Choose by size, or use the simplex method whatever the size.

    Returns
    -------
    Relaxation or None
        None when nothing usable came out in time, or the relaxation is infeasible.
    """
    if subproblem.columns == 0 or seconds <= 0 or budget.over:
        return None
    seconds = max(0.01, min(seconds, budget.left))
    limit = params.simplex_entries if start is None else params.warm_simplex_entries
    simplex = method == "simplex" or subproblem.matrix.nnz <= limit
    scaled = scale(subproblem if cost is None else replace(subproblem, cost=cost), relaxed=True)
    if simplex:
        found = _relax_by_simplex(scaled, budget, seconds)
    else:
        count = budget.workers if threads is None else threads
        found = solve_pdlp(scaled, budget, seconds, tolerance, count, start)
    if found is None:
        return None
    values, duals, converged = found
    values = np.clip(values, subproblem.lower, subproblem.upper)
    kind: Method = "simplex" if simplex else "pdlp"
    return relaxation_of(subproblem, values, duals, converged=converged, method=kind)


def relaxation_of(
    subproblem: Subproblem, values: Floats, duals: Floats, *, converged: bool, method: Method
) -> Relaxation:
    """Return what a method found as a relaxation: its bound is what the dual values prove."""
    return Relaxation(
        values=values,
        duals=duals,
        reduced_costs=subproblem.cost - subproblem.matrix.T @ duals,
        bound=lagrangian_bound(subproblem, duals),
        converged=converged,
        method=method,
    )


def _relax_by_simplex(
    scaled: ScaledProgram, budget: Budget, seconds: float
) -> tuple[Floats, Floats, bool] | None:
    found = solve_simplex(scaled, budget, seconds)
    if found is None:
        return None
    values, duals = scaled.unscale_values(found.values), scaled.unscale_duals(found.duals)
    return None if values is None or duals is None else (values, duals, found.optimal)


def tighten_duals(
    program: Program,
    subproblem: Subproblem,
    found: Relaxation,
    budget: Budget,
    params: RelaxationParams = RelaxationParams(),
) -> Relaxation:
    """Return the relaxation with dual values that prove no lower a bound, often a higher one.

    What a first-order method leaves undone costs the bound little in the few rows that link
    agents, but much in the agents' own rows, where every column counts whose reduced cost is
    slightly negative. Given the dual values of the linking rows, the best ones of an agent's rows
    are a small linear program, and the bound is the Lagrangian one of those rows
    (Geoffrion, 1974).

    Parameters
    ----------
    subproblem : Subproblem
        A restriction of the program.
    found : Relaxation
        Of the subproblem.
    budget : Budget
        What does not fit into its time is left as it is.
    """
    agent, row_agent = program.column_agent[subproblem.column_ids], program.row_agent
    agent_of_row = row_agent[subproblem.row_ids]
    linking = np.where(agent_of_row == NOBODY, found.duals, 0.0)
    reduced_costs = subproblem.cost - subproblem.matrix.T @ linking
    # Extreme costs get a coarser grid: no more digits are needed here than floats have.
    grid = min(COST_GRID, LARGEST_COST / float(np.abs(reduced_costs).max(initial=1.0)))
    charged = replace(subproblem, cost=np.rint(reduced_costs * grid).astype(np.int64))
    duals = found.duals.copy()
    for columns, rows in _agent_batches(agent, agent_of_row, params.dual_batch_columns):
        solved = relax(charged.restrict(rows, columns), budget, budget.left, params=params)
        if solved is not None:
            duals[rows] = solved.duals / grid
    bound = lagrangian_bound(subproblem, duals)
    logger.debug("tightened duals: bound %d after %d", bound, found.bound)
    if bound <= found.bound:
        return found
    reduced_costs = subproblem.cost - subproblem.matrix.T @ duals
    return replace(found, duals=duals, reduced_costs=reduced_costs, bound=bound)


def _agent_batches(
    agent: NDArray[np.int32], agent_of_row: NDArray[np.int32], batch_columns: int
) -> Iterator[tuple[Integers, Integers]]:
    """Yield columns and rows of a few agents at a time."""
    columns = np.argsort(agent, kind="stable")
    columns = columns[agent[columns] != NOBODY]
    rows = np.argsort(agent_of_row, kind="stable")
    rows = rows[agent_of_row[rows] != NOBODY]
    agents, sizes = np.unique(agent[columns], return_counts=True)
    number = np.cumsum(sizes) // batch_columns
    for batch in np.unique(number):
        chosen = agents[number == batch]
        first, last = chosen[0], chosen[-1]
        yield (_between(columns, agent, first, last), _between(rows, agent_of_row, first, last))


def _between(
    order: Integers, key: NDArray[np.integer], first: np.integer, last: np.integer
) -> Integers:
    """Return the part of an ascending order whose keys lie between two, both included."""
    start = np.searchsorted(key[order], first, side="left")
    stop = np.searchsorted(key[order], last, side="right")
    return np.asarray(np.sort(order[start:stop]), dtype=np.int64)

"""A linear program that grows by columns or rows, solved from its last simplex basis."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from csshift.engine.budget import Budget
from csshift.engine.solvers.lp import SimplexSolution
from csshift.program import Floats, Integers

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Basis:
    """Which columns and rows are basic.

    Parameters
    ----------
    columns, rows : bool array
    """

    columns: NDArray[np.bool_]
    rows: NDArray[np.bool_]


class IncrementalSimplex:
    """Minimises over columns and rows that can be added and removed between solves.

    Parameters
    ----------
    lower, upper : float array, shape (rows,)
        Bounds of the first rows, infinite where there is none.
    grows_by_rows : bool
        Whether rows will come: then the dual simplex method goes on from the last basis.
    """

    def __init__(self, lower: Floats, upper: Floats, *, grows_by_rows: bool = False) -> None:
        from ortools.math_opt.elemental.python import cpp_elemental, enums

        self._enums = enums
        self._dual = grows_by_rows
        self._model = cpp_elemental.CppElemental(model_name="", primary_objective_name="")
        self._rows: Integers = np.zeros(0, dtype=np.int64)
        self._columns: Integers = np.zeros(0, dtype=np.int64)
        self._new_rows(lower, upper)
        self._solver: Any = None
        self._diff: int | None = None
        self._basis: Any = None
        """The last basis; it is passed on where columns were removed since."""
        self._removed = False

    def _set(self, attribute: Any, keys: Integers, values: Floats) -> None:
        self._model.set_attrs(attribute, keys.reshape(-1, 1), values.astype(np.float64))

    def add(self, matrix: csc_array, cost: Floats, lower: Floats, upper: Floats) -> None:
        """Add columns.

        Parameters
        ----------
        matrix : csc_array, shape (rows, new columns)
        """
        ids = self._model.add_elements(self._enums.ElementType.VARIABLE, cost.size)
        attributes = self._enums.DoubleAttr1
        self._set(attributes.OBJECTIVE_LINEAR_COEFFICIENT, ids, cost)
        self._set(attributes.VARIABLE_LOWER_BOUND, ids, lower)
        self._set(attributes.VARIABLE_UPPER_BOUND, ids, upper)
        column = np.repeat(ids, np.diff(matrix.indptr))
        self._set_coefficients(self._rows[matrix.indices], column, matrix.data)
        self._columns = np.concatenate([self._columns, ids])

    def _set_coefficients(self, rows: Integers, columns: Integers, values: Floats) -> None:
        coefficient = self._enums.DoubleAttr2.LINEAR_CONSTRAINT_COEFFICIENT
        keys = np.stack([rows, columns], axis=1)
        self._model.set_attrs(coefficient, keys, values.astype(np.float64))

    def _new_rows(self, lower: Floats, upper: Floats) -> Integers:
        enums = self._enums
        ids = self._model.add_elements(enums.ElementType.LINEAR_CONSTRAINT, lower.size)
        attributes = enums.DoubleAttr1
        self._set(attributes.LINEAR_CONSTRAINT_LOWER_BOUND, ids, lower)
        self._set(attributes.LINEAR_CONSTRAINT_UPPER_BOUND, ids, upper)
        self._rows = np.concatenate([self._rows, ids])
        return np.asarray(ids, dtype=np.int64)

    def add_rows(self, matrix: csr_array, lower: Floats, upper: Floats) -> None:
        """Add rows.

        Parameters
        ----------
        matrix : csr_array, shape (new rows, columns)
        """
        row = np.repeat(self._new_rows(lower, upper), np.diff(matrix.indptr))
        self._set_coefficients(row, self._columns[matrix.indices], matrix.data)

    def remove_rows(self, rows: Integers) -> None:
        """Remove rows that do not bind, given by position; the later ones move up."""
        self._model.delete_elements(self._enums.ElementType.LINEAR_CONSTRAINT, self._rows[rows])
        self._rows = np.delete(self._rows, rows)
        self._removed = True

    def remove(self, columns: Integers) -> None:
        """Remove columns, given by position; the later ones move up."""
        self._model.delete_elements(self._enums.ElementType.VARIABLE, self._columns[columns])
        self._columns = np.delete(self._columns, columns)
        self._removed = True

    def set_upper(self, columns: Integers, upper: Floats) -> None:
        """Set upper bounds of columns, given by position."""
        attribute = self._enums.DoubleAttr1.VARIABLE_UPPER_BOUND
        self._set(attribute, self._columns[columns], upper)

    def solve(self, budget: Budget, seconds: float = math.inf) -> SimplexSolution | None:
        """Solve; None when nothing came out in time."""
        from pybind11_abseil.status import StatusNotOk

        try:
            result = self._run(budget, seconds, self._start())
        except StatusNotOk:
            # The simplex method fails from some bases, such as singular ones.
            logger.debug("simplex method: starting without a basis")
            self._solver, self._basis = None, None
            try:
                result = self._run(budget, seconds, self._start())
            except StatusNotOk as error:
                logger.warning("simplex method failed: %s", error)
                return None
        if not result.solutions or not result.solutions[0].HasField("dual_solution"):
            return None
        from ortools.math_opt import result_pb2

        found = result.solutions[0]
        logger.debug("%d iterations", result.solve_stats.simplex_iterations)
        self._basis, self._removed = found.basis, False
        values = _dense(found.primal_solution.variable_values, self._columns)
        duals = _dense(found.dual_solution.dual_values, self._rows)
        optimal = result.termination.reason == result_pb2.TERMINATION_REASON_OPTIMAL
        return SimplexSolution(found.primal_solution.objective_value, values, duals, optimal)

    def basis(self) -> Basis | None:
        """Return the basis of the last solution; None where rows or columns came since."""
        from ortools.math_opt import solution_pb2

        if self._basis is None:
            return None
        unknown, basic = -1, int(solution_pb2.BASIS_STATUS_BASIC)
        columns = _statuses(self._basis.variable_status, self._columns, unknown)
        rows = _statuses(self._basis.constraint_status, self._rows, unknown)
        if (columns == unknown).any() or (rows == unknown).any():
            return None
        return Basis(columns == basic, rows == basic)

    def _run(self, budget: Budget, seconds: float, start: Any) -> Any:
        """Return the solver's answer on the program as it is."""
        from ortools.math_opt import callback_pb2, parameters_pb2
        from ortools.math_opt.core.python import solver
        from ortools.util.python import solve_interrupter

        kind = parameters_pb2.SOLVER_TYPE_GLOP
        empty = parameters_pb2.SolverInitializerProto()
        fresh = self._diff is None
        update = None if fresh else self._model.export_model_update(self._diff)
        if self._solver is None or (update is not None and not self._solver.update(update)):
            self._solver = solver.new(kind, self._model.export_model(), empty)
            self._diff = self._model.add_diff() if self._diff is None else self._diff
        self._model.advance_diff(self._diff)
        parameters = parameters_pb2.SolveParametersProto()
        parameters.time_limit.FromNanoseconds(int(1e9 * max(0.01, min(seconds, budget.left, 1e6))))
        parameters.threads = 1
        parameters.glop.use_preprocessing = False
        parameters.glop.use_dual_simplex = self._dual and not fresh
        # GLOP estimates how well the last basis is conditioned, very roughly, and begins without it
        # where it seems bad: the same program then takes 15 times as long.
        parameters.glop.initial_condition_number_threshold = math.inf
        # Scales that change with every row lead far away from the last basis.
        parameters.glop.use_scaling = not self._dual
        if self._dual:
            # A looser tolerance can send the method back to its first phase, for 10 times as long.
            parameters.glop.dual_feasibility_tolerance = 1e-7
        interrupter = solve_interrupter.SolveInterrupter()
        with budget.interrupting(interrupter.interrupt):
            return self._solver.solve(
                parameters,
                start,
                None,
                callback_pb2.CallbackRegistrationProto(),
                None,
                interrupter.pybind_interrupter,
            )

    def _start(self) -> Any:
        """Return the last basis where the solver itself has lost it."""
        from ortools.math_opt import model_parameters_pb2, solution_pb2

        start = model_parameters_pb2.ModelSolveParametersProto()
        if self._basis is None or not (self._removed or self._dual):
            return start
        basic, at_bound = solution_pb2.BASIS_STATUS_BASIC, solution_pb2.BASIS_STATUS_AT_LOWER_BOUND
        columns = _statuses(self._basis.variable_status, self._columns, int(at_bound))
        # A row that was removed was basic, and new ones are.
        rows = _statuses(self._basis.constraint_status, self._rows, int(basic))
        # Rows take the places of basic columns that were removed.
        missing = rows.size - int((columns == basic).sum() + (rows == basic).sum())
        if missing > 0:
            rows[np.flatnonzero(rows != basic)[:missing]] = int(basic)
        basis = start.initial_basis
        basis.variable_status.ids.extend(self._columns.tolist())
        basis.variable_status.values.extend(columns.tolist())
        basis.constraint_status.ids.extend(self._rows.tolist())
        basis.constraint_status.values.extend(rows.tolist())
        return start


def _dense(vector: Any, ids: Integers) -> Floats:
    """Return a sparse vector's values at ascending ids."""
    values = np.zeros(ids.size)
    known = np.fromiter(vector.ids, dtype=np.int64, count=len(vector.ids))
    values[np.searchsorted(ids, known)] = np.fromiter(vector.values, np.float64, known.size)
    return values


def _statuses(known: Any, ids: Integers, other: int) -> Integers:
    """Return the basis status of some ids, and another one for those of which none is known."""
    known_ids = np.fromiter(known.ids, np.int64, len(known.ids))
    values = np.fromiter(known.values, np.int64, known_ids.size)
    if not known_ids.size:
        return np.full(ids.size, other)
    places = np.minimum(np.searchsorted(known_ids, ids), known_ids.size - 1)
    return np.where(known_ids[places] == ids, values[places], other)

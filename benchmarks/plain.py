"""A rival: the same program, whole, as one CP-SAT model with default parameters."""

from __future__ import annotations

import threading
import time

import numpy as np
from ortools.sat.python import cp_model

from csshift import Problem, Result
from csshift.compile import compile_problem
from csshift.decode import decode_decisions
from csshift.instance import Instance
from csshift.model.result import Status, TracePoint
from csshift.planner.check import with_plan
from csshift.program import UNBOUNDED, Program
from csshift.scoring import score
from csshift.versions import versions

STAGE = "cp-sat"
STATUSES: dict[cp_model.CpSolverStatus, Status] = {
    cp_model.OPTIMAL: "optimal",
    cp_model.FEASIBLE: "feasible",
    cp_model.INFEASIBLE: "infeasible",
}


def solve_plainly(problem: Problem, time_limit: float, seed: int, workers: int) -> Result:
    """Solve the program of a problem by CP-SAT alone; building it counts, as in `csshift.solve`."""
    began = time.monotonic()
    compiled = compile_problem(Instance(problem))
    model = whole_model(compiled.program)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(0.1, time_limit - (time.monotonic() - began))
    recorder = _Recorder(compiled.program, began)
    solver.best_bound_callback = recorder.note_bound
    status = solver.solve(model, recorder)
    facts = {"seed": seed, "versions": versions(), "trace": tuple(recorder.trace)}
    found = STATUSES.get(status, "unknown")
    if found == "infeasible":
        return Result(status=found, seconds=time.monotonic() - began, **facts)
    bound = _points(compiled.program, solver.best_objective_bound)
    if found == "unknown":
        return Result(status=found, bound=bound, seconds=time.monotonic() - began, **facts)
    values = np.array(solver.response_proto.solution, dtype=np.int64)
    roster = with_plan(compiled.instance, decode_decisions(compiled, values))
    return Result(
        status=found,
        roster=roster,
        score=score(Instance(problem), roster),
        bound=bound,
        seconds=time.monotonic() - began,
        **facts,
    )


def whole_model(program: Program) -> cp_model.CpModel:
    """Return a program as a CP-SAT model, column by column and row by row."""
    model = cp_model.CpModel()
    proto = model.proto
    for low, high in zip(program.lower.tolist(), program.upper.tolist(), strict=True):
        proto.variables.add().domain.extend([low, high])
    pointers = program.matrix.indptr.tolist()
    indices, data = program.matrix.indices.tolist(), program.matrix.data.tolist()
    far = 1 << 62
    lower = np.where(program.row_lower <= -UNBOUNDED, -far, program.row_lower).tolist()
    upper = np.where(program.row_upper >= UNBOUNDED, far, program.row_upper).tolist()
    for row, domain in enumerate(zip(lower, upper, strict=True)):
        linear = proto.constraints.add().linear
        linear.vars.extend(indices[pointers[row] : pointers[row + 1]])
        linear.coeffs.extend(data[pointers[row] : pointers[row + 1]])
        linear.domain.extend(domain)
    costly = np.flatnonzero(program.cost)
    proto.objective.vars.extend(costly.tolist())
    proto.objective.coeffs.extend(program.cost[costly].tolist())
    return model


def _points(program: Program, value: float) -> float:
    return program.points(value + program.offset)


class _Recorder(cp_model.CpSolverSolutionCallback):
    """Notes when each solution was found and when each bound was proven."""

    def __init__(self, program: Program, began: float) -> None:
        super().__init__()
        self.program = program
        self.began = began
        self.trace: list[TracePoint] = []
        self._lock = threading.Lock()
        self._objective: float | None = None
        self._bound: float | None = None

    def on_solution_callback(self) -> None:
        """Note the objective of a new solution."""
        with self._lock:
            self._objective = _points(self.program, self.objective_value)
            self._note()

    def note_bound(self, bound: float) -> None:
        """Note a new bound."""
        with self._lock:
            self._bound = _points(self.program, bound)
            self._note()

    def _note(self) -> None:
        seconds = round(time.monotonic() - self.began, 3)
        self.trace.append(
            TracePoint(seconds=seconds, objective=self._objective, bound=self._bound, stage=STAGE)
        )

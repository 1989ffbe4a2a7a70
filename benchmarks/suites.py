"""The suites: which cases they hold, and how each case is solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import csshift
from benchmarks import curtois, hourly, scenarios
from benchmarks.case import Case, Solver

RIVAL_SIZES = ("30", "120")


@dataclass(frozen=True)
class Suite:
    """A family of cases.

    Parameters
    ----------
    about : str
        One line for the command's help.
    cases : callable
        From names, folder of data and folder of results to the cases.
    methods : mapping of str to Solver
        How each case is solved, in turn.
    workers : int or None
        Threads unless the command line says otherwise; None takes every core.
    """

    about: str
    cases: Callable[[Sequence[str], Path, Path], list[Case]]
    methods: Mapping[str, Solver] = field(default_factory=lambda: {"csshift": solve})
    workers: int | None = None


def solve(problem: csshift.Problem, time_limit: float, seed: int, workers: int) -> csshift.Result:
    """Solve by csshift."""
    return csshift.solve(problem, time_limit=time_limit, seed=seed, workers=workers)


def solve_by_cp_sat(
    problem: csshift.Problem, time_limit: float, seed: int, workers: int
) -> csshift.Result:
    """Solve by CP-SAT alone."""
    from benchmarks.plain import solve_plainly

    return solve_plainly(problem, time_limit, seed, workers)


SUITES = {
    "curtois": Suite(
        "Shift Scheduling Benchmark: 1, 8, ... (files in --data)",
        lambda names, data, _: curtois.cases(names, data),
    ),
    "hourly": Suite(
        "generated months: 30, 120, 300, 600, or 12x7 (agents x days), 120-2 (variant)",
        lambda names, _, out: hourly.cases(names, out),
    ),
    "scenarios": Suite(
        "problem folders in --data, by the start of their names",
        lambda names, data, _: scenarios.cases(names, data),
    ),
    "rivals": Suite(
        "hourly instances by csshift and by one plain CP-SAT model, in turn",
        lambda names, _, out: hourly.cases(names or RIVAL_SIZES, out, "rivals"),
        methods={"csshift": solve, "cp-sat": solve_by_cp_sat},
        workers=2,
    ),
}

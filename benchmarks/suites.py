"""The suites: which cases they hold, and how each case is solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import csshift
from benchmarks import ablation, curtois, hourly, inrc2, scenarios
from benchmarks.case import Case, Solver
from benchmarks.slots import case as slots

RIVAL_INSTANCES = ("30", "120", *slots.SIZES)
ABLATION_INSTANCES = ("30", "120")
CURTOIS_NAME = "Instance"


def solve(problem: csshift.Problem, time_limit: float, seed: int, workers: int) -> csshift.Result:
    """Solve by csshift."""
    return csshift.solve(problem, time_limit=time_limit, seed=seed, workers=workers)


def solve_by_cp_sat(
    problem: csshift.Problem, time_limit: float, seed: int, workers: int
) -> csshift.Result:
    """Solve by CP-SAT alone."""
    from benchmarks.plain import solve_plainly

    return solve_plainly(problem, time_limit, seed, workers)


def csshift_alone(_: Case) -> Mapping[str, Solver]:
    """Return csshift as the only method."""
    return {"csshift": solve}


def csshift_and_rivals(case: Case) -> Mapping[str, Solver]:
    """Return csshift, and whatever else can solve the case."""
    return {"csshift": solve, "cp-sat": solve_by_cp_sat, **case.rivals()}


@dataclass(frozen=True)
class Suite:
    """A family of cases.

    Parameters
    ----------
    about : str
        One line for the command's help.
    cases : callable
        From names, folder of data and folder of results to the cases.
    methods : callable
        From a case to the ways in which it is solved, in turn, by name.
    workers : int or None
        Threads unless the command line says otherwise; None takes every core.
    """

    about: str
    cases: Callable[[Sequence[str], Path, Path], list[Case]]
    methods: Callable[[Case], Mapping[str, Solver]] = csshift_alone
    workers: int | None = None


def _rival_cases(names: Sequence[str], _: Path, out: Path) -> list[Case]:
    return [_generated(name, out, "rivals") for name in names or RIVAL_INSTANCES]


def _ablation_cases(names: Sequence[str], data: Path, out: Path) -> list[Case]:
    found = []
    for name in names or ABLATION_INSTANCES:
        if name.startswith(CURTOIS_NAME):
            (case,) = curtois.cases([name], data)
            case.suite = "ablation"
            found.append(case)
        else:
            found.append(_generated(name, out, "ablation"))
    return found


def _generated(name: str, out: Path, suite: str) -> Case:
    if name.startswith(slots.PREFIX):
        return slots.slot_case(name, out, suite)
    (case,) = hourly.cases([name], out, suite)
    return case


SUITES = {
    "curtois": Suite(
        "Shift Scheduling Benchmark: 1, 8, ... (files in --data)",
        lambda names, data, _: curtois.cases(names, data),
    ),
    "inrc2": Suite(
        "nurse rostering competition: n030w4_1_6-2-9-1, ... (folders of scenarios in --data)",
        lambda names, data, _: inrc2.cases(names, data),
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
        "csshift, one plain CP-SAT model and, on slots-20, ..., Timefold, in turn",
        _rival_cases,
        methods=csshift_and_rivals,
        workers=2,
    ),
    "ablation": Suite(
        "the engine with each of its stages switched off: as hourly, slots-20, Instance8",
        _ablation_cases,
        methods=lambda _: ablation.methods(),
        workers=2,
    ),
}

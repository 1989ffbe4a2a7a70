"""On small random problems solver, checker and an exact solver of another kind agree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from problems import random_problem
from scipy.optimize import Bounds, LinearConstraint, milp

import csshift
from csshift.compile import compile_problem
from csshift.instance import Instance
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.problem import Problem
from csshift.program import UNBOUNDED

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("CSSHIFT_SHARED", ROOT.parent / "shared"))
JUDGE = SHARED / "tools" / "check_roster.py"


def drawn(seed: int) -> Problem:
    random = Random(f"agreement {seed}")
    size = (random.randint(3, 8), random.randint(5, 10), random.randint(1, 3))
    return random_problem(random, *size, slots_a_day=random.randint(2, 6))


def compare(seed: int) -> Result:
    """Solve the problem of a seed and check the result; return it."""
    problem = drawn(seed)
    result = csshift.solve(problem, time_limit=0.7, workers=1, seed=seed, gap=1e-5)
    if result.status == "infeasible":
        assert result.conflicts
        assert exactly_infeasible(problem)
        return result
    if result.roster is None:
        return result
    judged = csshift.check(problem, result.roster)
    assert judged.violations == ()
    assert judged.objective == pytest.approx(result.objective, abs=1e-9, rel=1e-12)
    assert result.bound is not None
    assert result.bound <= judged.objective
    # The hourly plan follows from the shifts and duties.
    bare = Roster(assignments=result.roster.assignments, duties=result.roster.duties)
    planned = csshift.check(problem, bare)
    assert planned.violations == ()
    assert planned.objective == judged.objective
    return result


def exactly_infeasible(problem: Problem) -> bool:
    """Return whether branch and bound finds the rows contradictory as well."""
    program = compile_problem(Instance(problem)).program
    lower = np.where(program.row_lower <= -UNBOUNDED, -np.inf, program.row_lower.astype(float))
    upper = np.where(program.row_upper >= UNBOUNDED, np.inf, program.row_upper.astype(float))
    found = milp(
        np.zeros(program.columns),
        integrality=(~program.continuous).astype(int),
        bounds=Bounds(program.lower, program.upper),
        constraints=LinearConstraint(program.matrix.astype(float), lower, upper),
        options={"time_limit": 20.0},
    )
    return bool(found.status == 2)


def test_solver_and_checker_agree() -> None:
    results = [compare(seed) for seed in range(25)]
    assert sum(result.status == "unknown" for result in results) <= 5
    assert {"infeasible"} < {result.status for result in results}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_solver_and_checker_agree_at_length(part: int) -> None:
    results = [compare(seed) for seed in range(20 * part + 1000, 20 * part + 1020)]
    assert sum(result.status == "unknown" for result in results) <= 4


def independent_faults(folder: Path, result: Result, problem: Problem, place: Path) -> str:
    """Return what the independent checker finds in a written result; empty when clean."""
    if not JUDGE.is_file():
        pytest.skip(f"no independent checker at {JUDGE}; set CSSHIFT_SHARED to its parent")
    csshift.write_result(result, problem, place)
    judged = subprocess.run(
        [sys.executable, str(JUDGE), str(folder), str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if judged.returncode == 0 else judged.stdout + judged.stderr


def solved(scenarios: Path, name: str, seconds: float, place: Path) -> Result:
    problem = csshift.load(scenarios / name)
    result = csshift.solve(problem, time_limit=seconds, workers=2)
    assert result.roster is not None
    assert independent_faults(scenarios / name, result, problem, place) == ""
    assert result.bound is not None
    assert result.objective is not None
    assert result.bound <= result.objective
    return result


def test_an_independent_checker_accepts_a_short_solve(scenarios: Path, tmp_path: Path) -> None:
    solved(scenarios, "s1-one-store-month", 6.0, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["s2-three-stores-promotion-week", "real-bank-february"])
def test_an_independent_checker_accepts_the_scenarios(
    scenarios: Path, tmp_path: Path, name: str
) -> None:
    result = solved(scenarios, name, 8.0, tmp_path)
    assert result.notes == (), "every duty turn can be filled"


def test_an_independent_checker_accepts_the_starter_folder(tmp_path: Path) -> None:
    from csshift.cli.main import main

    folder = tmp_path / "folder"
    assert main(["init", str(folder)]) == 0
    problem = csshift.load(folder)
    result = csshift.solve(problem, time_limit=2.0, workers=1)
    folder_without_forecast(folder, result)
    assert independent_faults(folder, result, problem, tmp_path / "result") == ""


def folder_without_forecast(folder: Path, result: Result) -> None:
    """Replace the forecast by the heads that it came to, which the judge does not work out."""
    assert result.score is not None
    rows = [
        f"{cell.date},{cell.start // 60:02d}:{cell.start % 60:02d},{cell.store},{cell.skill},"
        f"{cell.required}"
        for cell in result.score.coverage
    ]
    text = "\n".join(["date,start,store,skill,heads", *rows]) + "\n"
    (folder / "requirements.csv").write_text(text, encoding="utf-8")
    (folder / "forecast.csv").unlink()

"""The table of results: one row a run."""

from __future__ import annotations

import csv
import os
import subprocess
from pathlib import Path

from benchmarks.case import BenchmarkError, Case
from csshift import Result
from csshift.planner.result import relative_gap

COLUMNS = (
    "suite",
    "instance",
    "method",
    "seed",
    "status",
    "objective",
    "bound",
    "best_known",
    "gap_to_bound",
    "gap_to_best_known",
    "shortage_percent",
    "seconds",
    "seconds_to_first_roster",
    "time_limit",
    "workers",
    "cores",
    "versions",
    "commit",
)


def row(case: Case, method: str, result: Result, time_limit: float, workers: int) -> dict[str, str]:
    """Return the row of a run; what is not known is left empty.

    Gaps are shares: (objective - bound) / objective, and (objective - best known) / best known.
    """
    objective, best = result.objective, case.best_known
    excess = None if objective is None or not best else (objective - best) / best
    first = next((point.seconds for point in result.trace if point.objective is not None), None)
    score = result.score
    shortage = score.shortage_percent if score and score.required_hours else None
    return {
        "suite": case.suite,
        "instance": case.name,
        "method": method,
        "seed": str(result.seed),
        "status": result.status,
        "objective": _number(objective),
        "bound": _number(result.bound),
        "best_known": _number(best),
        "gap_to_bound": _number(relative_gap(objective, result.bound)),
        "gap_to_best_known": _number(excess),
        "shortage_percent": _number(shortage),
        "seconds": f"{result.seconds:.1f}",
        "seconds_to_first_roster": "" if first is None else f"{first:.1f}",
        "time_limit": f"{time_limit:g}",
        "workers": str(workers),
        "cores": str(cores()),
        "versions": "; ".join(f"{name} {version}" for name, version in result.versions.items()),
        "commit": commit(),
    }


def append(path: Path, values: dict[str, str]) -> None:
    """Add a row to the table, which is made with its header when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    if not new:
        with path.open(encoding="utf-8", newline="") as file:
            if tuple(next(csv.reader(file), ())) != COLUMNS:
                raise BenchmarkError(f"{path} is a table of another form; move it away")
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(values)


def cores() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def commit() -> str:
    """Return the commit that is measured, with ``+`` where files differ from it."""
    root = Path(__file__).resolve().parents[1]
    try:
        return _git(root, "rev-parse", "--short", "HEAD") + (
            "+" if _git(root, "status", "--porcelain", "--", "csshift", "benchmarks") else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"

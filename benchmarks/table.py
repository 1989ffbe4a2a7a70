"""The table of results: one row a run."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from benchmarks.case import BenchmarkError, Case
from csshift import Result
from csshift.model.result import relative_gap
from csshift.versions import versions

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


FAILED = "failed"
"""Status of a run that ended in an error, or whose roster is not what it says."""

MADE = (
    "benchmarks/RESULTS.md",
    "benchmarks/results.csv",
    "benchmarks/interruption.csv",
    "benchmarks/plots",
)
"""What is made from results: it changes nothing that is measured."""


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


def failed_row(
    case: Case, method: str, seed: int, time_limit: float, workers: int
) -> dict[str, str]:
    """Return the row of a run that gave nothing that could be counted."""
    nothing = Result(status="unknown", seed=seed, versions=versions())
    return row(case, method, nothing, time_limit, workers) | {"status": FAILED, "seconds": ""}


def append(path: Path, values: dict[str, str], columns: Sequence[str] = COLUMNS) -> None:
    """Add a row to a table, which is made with its header when it is not there.

    Raises
    ------
    BenchmarkError
        When the table has other columns.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    if not new:
        read(path, columns)
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(values)


def read(path: Path, columns: Sequence[str] = COLUMNS) -> list[dict[str, str]]:
    """Return the rows of a table; none where there is no such file.

    Raises
    ------
    BenchmarkError
        When the table has other columns.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise BenchmarkError(f"{path} is a table of another form; move it away")
        return list(reader)


def write(path: Path, rows: Iterable[dict[str, str]], columns: Sequence[str] = COLUMNS) -> None:
    """Write a table anew."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def cores() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def commit() -> str:
    """Return the commit that is measured, with ``+`` where files differ from it.

    It is looked up once, for what is loaded does not change while a suite runs.
    """
    paths = ("csshift", "benchmarks", *(f":(exclude){path}" for path in MADE))
    try:
        changed = _git("status", "--porcelain", "--", *paths)
        return _git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def history() -> list[str]:
    """Return the full names of all commits, the newest first; none without git."""
    try:
        return _git("rev-list", "HEAD").split()
    except (OSError, subprocess.CalledProcessError):
        return []


def _git(*words: str) -> str:
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"

"""Runs of a suite: solve, hold the result against the instance, write files and a row."""

from __future__ import annotations

import csv
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import table
from benchmarks.case import AbsentError, BenchmarkError, Case, Solver
from benchmarks.suites import Suite
from csshift import CsshiftError, Result

SHOWN = ("instance", "method", "seed", "status", "objective", "bound", "gap_to_bound", "seconds")
TRACE = ("seconds", "objective", "bound", "stage")


@dataclass
class Run:
    """Runs cases of a suite.

    Parameters
    ----------
    out : Path
        Folder of the results.
    time_limit : float or None
        Seconds a run; None takes that of the case.
    workers : int or None
        Threads; None takes that of the suite, else every core.
    methods : sequence of str
        Names of the methods to use; all of them when empty.
    """

    suite: Suite
    out: Path
    time_limit: float | None = None
    seeds: Sequence[int] = (0,)
    workers: int | None = None
    methods: Sequence[str] = ()
    bounds: dict[str, float] = field(default_factory=dict)
    """The best bound of each instance that was proven so far, by whichever method."""

    def run(self, cases: Sequence[Case], stopped: Callable[[], bool]) -> bool:
        """Solve each case with each seed by each method in turn; return whether all count.

        Raises
        ------
        BenchmarkError
            When no case can be solved by one of the methods that are wanted.
        """
        listed = [(case, self._chosen(case)) for case in cases]
        missing = set(self.methods).difference(*(chosen for _, chosen in listed))
        if missing:
            raise BenchmarkError(f"{', '.join(sorted(missing))}: no method for these instances")
        good = True
        for case, methods in listed:
            for seed in self.seeds:
                for method, solver in methods.items():
                    good &= self._measure(case, method, solver, seed)
                    if stopped():
                        return good
        return good

    def _chosen(self, case: Case) -> dict[str, Solver]:
        methods = self.suite.methods(case)
        return {name: methods[name] for name in methods if not self.methods or name in self.methods}

    def _measure(self, case: Case, method: str, solver: Solver, seed: int) -> bool:
        """Solve a case once, write what was found and its row; return whether it counts."""
        limit = self.time_limit or case.time_limit
        workers = self.workers or self.suite.workers or table.cores()
        folder = self.out / place(case.suite, case.name, method, limit, workers, seed)
        try:
            problem = case.problem()
            result = solver(problem, limit, seed, workers)
            case.write(result, problem, folder)
        except AbsentError as error:
            print(f"{case.name}: {method} is left out: {error}", file=sys.stderr, flush=True)
            return True
        except (CsshiftError, BenchmarkError) as error:
            return self._fail(case, method, seed, str(error))
        except Exception:  # the other runs of a suite do not depend on this one
            return self._fail(case, method, seed, traceback.format_exc())
        write_trace(result, folder.with_name(f"{folder.name}-trace.csv"))
        row = table.row(case, method, result, limit, workers)
        table.append(self.out / "results.csv", row)
        self._show(case, result, row)
        return True

    def _fail(self, case: Case, method: str, seed: int, told: str) -> bool:
        print(f"{case.name}: {method}: {told}", file=sys.stderr, flush=True)
        limit = self.time_limit or case.time_limit
        workers = self.workers or self.suite.workers or table.cores()
        row = table.failed_row(case, method, seed, limit, workers)
        table.append(self.out / "results.csv", row)
        return False

    def _show(self, case: Case, result: Result, row: dict[str, str]) -> None:
        known = [value for value in (self.bounds.get(case.name), result.bound) if value is not None]
        if known:
            self.bounds[case.name] = max(known)
        words = [f"{name}={row[name]}" for name in SHOWN]
        if result.score is not None and result.score.shortage_price:
            # Head-hours that are missing, and what they are worth by the price of a shortage.
            words.append(f"missing_hours={float(result.score.shortage_hours):.1f}")
            words.append(f"at_full_price={result.score.full_shortage_hours:.1f}")
        if result.bound is None and known:
            words.append(f"bound_of_others={max(known):.10g}")
        print(" ".join(words), flush=True)


def place(
    suite: str, instance: str, method: str, time_limit: float, workers: int, seed: int
) -> Path:
    """Return the folder of a run below that of all results."""
    return Path(suite, instance, f"{method}-{time_limit:g}s-{workers}w-seed{seed}")


def write_trace(result: Result, path: Path) -> None:
    """Write every improvement of objective and bound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TRACE)
        for point in result.trace:
            writer.writerow([point.seconds, point.objective, point.bound, point.stage])

"""The command ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import csv
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from benchmarks import table
from benchmarks.case import BenchmarkError, Case, Solver
from benchmarks.suites import SUITES, Suite
from csshift import CsshiftError, Result

DATA = os.environ.get("CSSHIFT_SHARED", "../shared")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a suite; return 0 when every run gave a result that could be counted."""
    options = _parser().parse_args(arguments)
    suite: Suite = SUITES[options.suite]
    interrupted = _hear_interruptions()
    failed = False
    try:
        chosen = suite.cases(options.instances, options.data, options.out)
        for case in chosen:
            for method, solver in suite.methods.items():
                failed |= not _run(case, method, solver, options, suite)
                if interrupted.is_set():
                    return 130
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 2
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    about = "\n".join(f"  {name:10} {suite.about}" for name, suite in SUITES.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure csshift; one row a run is added to OUT/results.csv.",
        epilog=f"suites:\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("suite", choices=SUITES, metavar="SUITE")
    parser.add_argument("instances", nargs="*", metavar="INSTANCE")
    parser.add_argument("--data", type=Path, default=Path(DATA), metavar="FOLDER")
    parser.add_argument("--time-limit", type=_positive, metavar="S", help="seconds a run")
    parser.add_argument("--out", type=Path, default=Path("benchmark-results"), metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--workers", type=int, choices=range(1, 1025), metavar="N")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("a time limit is a positive number of seconds")
    return value


def _hear_interruptions() -> threading.Event:
    """Return an event that Ctrl-C sets; the solve that runs still ends with its best roster."""
    event = threading.Event()

    def heard(number: int, frame: FrameType | None) -> None:
        event.set()
        signal.default_int_handler(number, frame)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, heard)
    return event


def _run(
    case: Case, method: str, solver: Solver, options: argparse.Namespace, suite: Suite
) -> bool:
    """Solve a case once, write what was found and its row; return whether it counts."""
    limit = options.time_limit or case.time_limit
    workers = options.workers or suite.workers or table.cores()
    folder = options.out / case.suite / case.name / f"{method}-seed{options.seed}"
    try:
        problem = case.problem()
        result = solver(problem, limit, options.seed, workers)
        case.write(result, problem, folder)
    except (CsshiftError, BenchmarkError) as error:
        print(f"{case.name}: {error}", file=sys.stderr)
        return False
    _write_trace(result, folder.with_name(f"{folder.name}-trace.csv"))
    row = table.row(case, method, result, limit, workers)
    table.append(options.out / "results.csv", row)
    shown = ("instance", "method", "status", "objective", "bound", "gap_to_bound", "seconds")
    print(" ".join(f"{name}={row[name]}" for name in shown), flush=True)
    return True


def _write_trace(result: Result, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["seconds", "objective", "bound", "stage"])
        for point in result.trace:
            writer.writerow([point.seconds, point.objective, point.bound, point.stage])


if __name__ == "__main__":
    sys.exit(main())

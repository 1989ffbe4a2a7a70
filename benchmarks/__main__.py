"""The command ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from benchmarks import bounds, interruption, table
from benchmarks.case import BenchmarkError
from benchmarks.results import page
from benchmarks.running import Run
from benchmarks.shops import command as shops
from benchmarks.suites import SUITES

DATA = os.environ.get("CSSHIFT_SHARED", "../shared")

COMMANDS: dict[str, tuple[str, Callable[[Sequence[str]], int]]] = {
    "bounds": (bounds.ABOUT, bounds.main),
    "interruption": (interruption.ABOUT, interruption.main),
    "results": (page.ABOUT, page.main),
    "shops": (shops.ABOUT, shops.main),
}
"""What is no suite and has options of its own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a suite; return 0 when every run gave a result that could be counted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words and words[0] in COMMANDS:
            return COMMANDS[words[0]][1](words[1:])
        return _run_suite(_parser().parse_args(words))
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run_suite(options: argparse.Namespace) -> int:
    table.commit()  # now: others may commit while the suite runs
    suite = SUITES[options.suite]
    interrupted = _hear_interruptions()
    runs = Run(
        suite,
        options.out,
        time_limit=options.time_limit,
        seeds=range(options.seed, options.seed + options.seeds),
        workers=options.workers,
        methods=options.method or (),
    )
    cases = suite.cases(options.instances, options.data, options.out)
    good = runs.run(cases, interrupted.is_set)
    return 130 if interrupted.is_set() else int(not good)


def _parser() -> argparse.ArgumentParser:
    suites = "\n".join(f"  {name:13} {suite.about}" for name, suite in SUITES.items())
    others = "\n".join(f"  {name:13} {about}" for name, (about, _) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure csshift; one row a run is added to OUT/results.csv.",
        epilog=f"suites:\n{suites}\n\nother commands, with options of their own:\n{others}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("suite", choices=SUITES, metavar="SUITE")
    parser.add_argument("instances", nargs="*", metavar="INSTANCE")
    parser.add_argument("--data", type=Path, default=Path(DATA), metavar="FOLDER")
    parser.add_argument("--time-limit", type=_positive, metavar="S", help="seconds a run")
    parser.add_argument("--out", type=Path, default=Path("benchmark-results"), metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the first seed")
    parser.add_argument(
        "--seeds", type=int, choices=range(1, 101), default=1, metavar="COUNT", help="how many"
    )
    parser.add_argument("--workers", type=int, choices=range(1, 1025), metavar="N")
    parser.add_argument(
        "--method", action="append", metavar="NAME", help="only this one; may be given again"
    )
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


if __name__ == "__main__":
    sys.exit(main())

"""How soon ``csshift solve`` ends when it is told to, and in which state it leaves its files.

Each run is a process of its own on a generated month. It gets Ctrl-C (SIGINT) or is killed
(SIGKILL) at one of several moments; one run at each size is left to a limit of one second. What it
leaves is judged by ``csshift check``, another process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import table
from benchmarks.hourly import write_folder
from csshift.io.exchange import STAGING_PREFIX

ABOUT = "csshift solve interrupted and killed: seconds to the end, state of the files"
AGENTS = (30, 120, 600)
MOMENTS = (1.0, 5.0, 20.0)
SIGNALS = ("SIGINT", "SIGKILL")
LONG_LIMIT = 600.0
SHORT_LIMIT = 1.0
PATIENCE = 300.0
"""Seconds after which a process that does not end is killed, and its run has failed."""

TABLE = "interruption.csv"
COLUMNS = (
    "agents",
    "days",
    "signal",
    "sent_after",
    "seconds_to_end",
    "exit_status",
    "files",
    "traceback",
    "time_limit",
    "workers",
    "cores",
    "commit",
)
VALID, ABSENT, LATE = "valid", "absent", "did not end"
TABLES = ("roster.csv", "duties.csv", "allocation.csv", "coverage.csv")


@dataclass(frozen=True)
class Disturbance:
    """What happens to a run.

    Parameters
    ----------
    signal : str
        Name of a signal; empty to leave the run to its time limit.
    after : float
        Seconds from the start of the process to the signal.
    time_limit : float
        Seconds.
    """

    signal: str
    after: float
    time_limit: float


@dataclass(frozen=True)
class Ending:
    """How a process ended.

    Parameters
    ----------
    seconds : float
        From the signal, or from the start of the process where there was none.
    status : int or None
        Exit status, negative for a signal; None when it had to be ended.
    signalled : bool
        Whether the process still ran when the signal was due.
    traceback : bool
        Whether Python told of an error of the program.
    """

    seconds: float
    status: int | None
    signalled: bool
    traceback: bool


def main(arguments: Sequence[str]) -> int:
    """Disturb runs of each size; return 0 when all of them ended in a valid state."""
    options = _parser().parse_args(arguments)
    table.commit()
    good = True
    for agents in options.agents or AGENTS:
        problem = options.out / "problems" / f"interruption-{agents}x{options.days}"
        write_folder(problem, agents, options.days)
        for disturbance in disturbances(options.moments):
            row = disturb(problem, disturbance, options.workers)
            row |= {"agents": str(agents), "days": str(options.days)}
            table.append(options.out / TABLE, row, COLUMNS)
            print(" ".join(f"{name}={row[name]}" for name in COLUMNS[:8]), flush=True)
            good &= sound(row)
    return int(not good)


def sound(row: Mapping[str, str]) -> bool:
    """Return whether a run ended as it should: valid or no files, and the right exit status."""
    if row["files"] not in {VALID, ABSENT} or row["traceback"]:
        return False
    expected = {"SIGINT": {"130"}, "SIGKILL": {str(-signal.SIGKILL)}}
    signalled = row["signal"] if row["sent_after"] else ""
    return row["exit_status"] in expected.get(signalled, {"0", "4"})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks interruption", description=f"Measure {ABOUT}."
    )
    parser.add_argument("agents", nargs="*", type=int, metavar="AGENTS", help="30 120 600")
    parser.add_argument("--days", type=int, default=28, metavar="N")
    parser.add_argument(
        "--moments", type=float, nargs="+", default=MOMENTS, metavar="S", help="1 5 20"
    )
    parser.add_argument("--out", type=Path, default=Path("benchmark-results"), metavar="FOLDER")
    parser.add_argument("--workers", type=int, choices=range(1, 1025), metavar="N")
    return parser


def disturbances(moments: Sequence[float]) -> Iterator[Disturbance]:
    """Yield every signal at every moment, and a run that ends by a short time limit."""
    for name in SIGNALS:
        for moment in moments:
            yield Disturbance(name, moment, LONG_LIMIT)
    yield Disturbance("", 0.0, SHORT_LIMIT)


def disturb(problem: Path, disturbance: Disturbance, workers: int | None) -> dict[str, str]:
    """Start a solve, disturb it, and return the row of what came of it."""
    result = problem.with_name(f"{problem.name}-result")
    if result.exists():
        shutil.rmtree(result)
    ending = _run(problem, result, disturbance, workers)
    told = disturbance.signal if ending.signalled else ""
    return {
        "signal": disturbance.signal,
        "sent_after": f"{disturbance.after:g}" if told else "",
        "seconds_to_end": f"{ending.seconds:.2f}",
        "exit_status": LATE if ending.status is None else str(ending.status),
        "files": LATE if ending.status is None else state(problem, result),
        "traceback": "yes" if ending.traceback else "",
        "time_limit": f"{disturbance.time_limit:g}",
        "workers": str(workers or table.cores()),
        "cores": str(table.cores()),
        "commit": table.commit(),
    }


def _run(problem: Path, result: Path, disturbance: Disturbance, workers: int | None) -> Ending:
    words = ["solve", str(problem), "--out", str(result), "--quiet"]
    words += ["--time-limit", f"{disturbance.time_limit:g}"]
    words += [] if workers is None else ["--workers", str(workers)]
    process = subprocess.Popen(
        [sys.executable, "-m", "csshift", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C to the benchmark is no part of the measurement
    )
    with process:  # closes its standard error, and waits for its end
        try:
            return _end(process, disturbance)
        finally:
            process.kill()


def _end(process: subprocess.Popen[str], disturbance: Disturbance) -> Ending:
    began, signalled = time.monotonic(), False
    if disturbance.signal:
        try:
            process.wait(disturbance.after)
        except subprocess.TimeoutExpired:
            began, signalled = time.monotonic(), True
            os.kill(process.pid, signal.Signals[disturbance.signal])
    try:
        # Standard error is a few lines at most, so that it is never too long for its pipe.
        _, told = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return Ending(time.monotonic() - began, None, signalled, traceback=False)
    traceback = "Traceback (most recent call last)" in told
    return Ending(time.monotonic() - began, process.returncode, signalled, traceback)


def state(problem: Path, result: Path) -> str:
    """Return ``valid``, ``absent``, or what is wrong with a result folder."""
    if not result.exists():
        return ABSENT
    names = {path.name for path in result.iterdir() if not path.name.startswith(STAGING_PREFIX)}
    if not names:
        return ABSENT
    unknown = names - {"result.json", *TABLES}
    if unknown:
        return f"left behind: {', '.join(sorted(unknown))}"
    try:
        status = json.loads((result / "result.json").read_text(encoding="utf-8"))["status"]
    except (OSError, ValueError, KeyError) as error:
        return f"result.json: {error}"
    if status not in {"optimal", "feasible"}:
        return VALID if names == {"result.json"} else f"status {status}, and a roster"
    missing = {"roster.csv", "coverage.csv"} - names
    return f"{', '.join(sorted(missing))} missing" if missing else _checked(problem, result)


def _checked(problem: Path, result: Path) -> str:
    words = ["check", str(problem), "--roster", str(result / "roster.csv")]
    if (result / "duties.csv").exists():
        words += ["--duties", str(result / "duties.csv")]
    done = subprocess.run(
        [sys.executable, "-m", "csshift", *words],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    told = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return VALID if done.returncode == 0 else f"check says {done.returncode}: {' '.join(told[:1])}"

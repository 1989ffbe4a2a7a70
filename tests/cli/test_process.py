"""The command as a process: signals, pipes, encodings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len

from csshift.io.template import write_template

# A planner that finds its roster at once and then waits to be stopped.
PATIENT = """
import sys, types
from csshift.check.score import Score
from csshift.model.roster import Assignment, Roster
from csshift.planner.result import Progress, Result

def solve(problem, *, on_progress=None, stop, **options):
    if on_progress is not None:
        on_progress(Progress(seconds=0, stage="waiting"))
    if "wait" in sys.argv[0]:
        stop.wait(60)
        stop.__class__().wait(0.5)
    worked = Assignment(agent_id="A01", date=problem.horizon.start, shift=problem.shifts[0].code)
    score = Score(objective=0, penalties={})
    return Result(status="feasible", roster=Roster(assignments=(worked,)), score=score)

module = types.ModuleType("csshift.planner.solve")
module.solve = solve
sys.modules[module.__name__] = module
from csshift.cli.main import run
run()
"""

needs_signals = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "spring")
    return tmp_path / "spring"


def script(place: Path, name: str) -> list[str]:
    (place / name).write_text(PATIENT)
    return [sys.executable, str(place / name)]


@needs_signals
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_the_best_roster_and_a_second_one_does_no_harm(
    folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    command = [*script(tmp_path, "wait.py"), "solve", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "waiting" in process.stderr.readline()
        process.send_signal(number)
        time.sleep(0.1)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "csshift: interrupted; kept the best so far\n"
    assert "A01" in out
    assert json.loads((folder / "result" / "result.json").read_text())["status"] == "feasible"
    assert (folder / "result" / "roster.csv").is_file()


@pytest.mark.skipif(os.name == "nt", reason="closes a POSIX pipe")
@pytest.mark.parametrize("arguments", ["solve {} -q", "schema"])
def test_a_reader_who_goes_away_is_no_failure(folder: Path, tmp_path: Path, arguments: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [*script(tmp_path, "go.py"), *arguments.format(folder).split()]
    done = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="closes a POSIX pipe")
def test_nobody_reading_the_progress_does_not_silence_the_summary(
    folder: Path, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [*script(tmp_path, "go.py"), "solve", str(folder)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=writing, text=True, check=False, timeout=60
    )
    os.close(writing)
    assert done.returncode == 0
    assert "The files are in" in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_an_old_console_shows_question_marks_of_the_same_width(
    folder: Path, tmp_path: Path, encoding: str
) -> None:
    command = [*script(tmp_path, "go.py"), "solve", str(folder), "-q"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode(encoding).splitlines()
    agents = [line for line in lines if line.startswith("A0") and line.endswith("|")]
    assert len(agents) == 6
    assert len({cell_len(line) for line in agents}) == 1
    assert any("????" in line for line in agents) == (encoding == "ascii")


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "csshift", "--version"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("csshift ")

"""The command as a process: signals, pipes, encodings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import not_ignored
from rich.cells import cell_len

import csshift
from csshift.io.template import write_template

# A planner that finds its roster at once and then waits to be stopped; or one that is deaf while
# it builds the program.
PATIENT = """
import sys, time
import csshift.planner.solve
from csshift.model.score import Score
from csshift.model.roster import Assignment, Roster
from csshift.model.result import Progress, Result

def solve(problem, *, on_progress=None, stop, **options):
    if on_progress is not None:
        on_progress(Progress(seconds=0, stage="waiting"))
    if "wait" in sys.argv[0]:
        while not stop.is_set():  # not by waiting for it: signals arrive in this thread
            time.sleep(0.01)
        time.sleep(0.5)
    worked = Assignment(agent_id="A01", date=problem.horizon.start, shift=problem.shifts[0].code)
    score = Score(objective=0, penalties={})
    return Result(status="feasible", roster=Roster(assignments=(worked,)), score=score)

def deaf(instance):
    print("waiting", file=sys.stderr, flush=True)
    time.sleep(60)

planner = sys.modules["csshift.planner.solve"]
if "deaf" in sys.argv[0]:
    planner.compile_problem = deaf
else:
    planner.solve = solve
from csshift.cli.main import run
run()
"""

needs_signals = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")


@pytest.fixture(autouse=True)
def reached_by_signals() -> Iterator[None]:
    """A test run in the background, or by ``nohup``, would hand its ignored signals down."""
    if os.name == "nt":
        yield
    else:
        with not_ignored(signal.SIGHUP, signal.SIGINT):
            yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "spring")
    return tmp_path / "spring"


def script(place: Path, name: str) -> list[str]:
    (place / name).write_text(PATIENT)
    return [sys.executable, str(place / name)]


@needs_signals
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_keeps_the_best_roster_and_a_second_one_does_no_harm(
    folder: Path, tmp_path: Path, name: str
) -> None:
    number = getattr(signal, name)
    command = [*script(tmp_path, "wait.py"), "solve", "--verbose", str(folder)]
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


@needs_signals
def test_a_signal_before_there_is_a_roster_ends_a_planner_that_does_not_notice(
    folder: Path, tmp_path: Path
) -> None:
    """As while heads are worked out of a very large forecast."""
    (folder / "result").mkdir()
    (folder / "result" / "roster.csv").write_text("agent_id,date,shift\n")
    command = [*script(tmp_path, "deaf.py"), "solve", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "waiting" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.endswith("csshift: interrupted; no roster was found yet\n")
    assert "kept the earlier result in" in err
    assert sorted(path.name for path in (folder / "result").iterdir()) == [
        "roster.csv", "unsolved.json",
    ]  # fmt: skip


@needs_signals
def test_a_hangup_that_is_ignored_stays_ignored(folder: Path, tmp_path: Path) -> None:
    """As under nohup."""
    words = " ".join([*script(tmp_path, "wait.py"), "solve", "--verbose", str(folder)])
    shell = ["/bin/sh", "-c", f"trap '' HUP; exec {words}"]
    with subprocess.Popen(
        shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "waiting" in process.stderr.readline()
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@pytest.mark.skipif(os.name == "nt", reason="closes POSIX streams")
@pytest.mark.parametrize(
    "streams",
    [
        ">&-",
        "2>&-",
        "<&- >&- 2>&-",
        pytest.param(">/dev/full", marks=FULL),
        pytest.param("2>/dev/full", marks=FULL),
        pytest.param(">/dev/full 2>&1", marks=FULL),
    ],
)
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ("solve {}", 0),
        ("check {} --roster {}/bad.csv", 1),
        ("check {} --roster {}/none.csv", 2),
        ("--version", 0),
    ],
)
def test_streams_that_cannot_be_written_change_no_status(
    folder: Path, tmp_path: Path, streams: str, arguments: str, status: int
) -> None:
    (folder / "bad.csv").write_text(
        "agent_id,date,shift\n"
        + "".join(f"A01,2026-03-{day},晚\nA01,2026-03-{day + 1},早\n" for day in (16, 18, 20))
    )
    words = " ".join([*script(tmp_path, "go.py"), arguments.replace("{}", str(folder))])
    shell = ["/bin/sh", "-c", f"{words} {streams}"]
    done = subprocess.run(shell, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert (folder / "result" / "roster.csv").is_file() == arguments.startswith("solve")
    if streams == ">/dev/full" and status < 2:
        line = "csshift: standard output could not be written: No space left on device\n"
        assert done.stderr.endswith(line)


@FULL
def test_what_is_printed_and_lost_is_a_failure_where_it_is_the_work() -> None:
    for words in (["schema"], ["forecast", "--template", "618"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "csshift", *words],
                stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
            )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1


WITHOUT_METADATA = """
import importlib.metadata
import sys
def gone(name):
    raise importlib.metadata.PackageNotFoundError(name)
importlib.metadata.version = importlib.metadata.distribution = gone
from csshift.cli.main import run
sys.argv[0] = "csshift"
run()
"""


@pytest.mark.parametrize("zipped", [False, True])
def test_a_copy_that_is_not_installed_solves(folder: Path, tmp_path: Path, zipped: bool) -> None:
    """From a checkout, a zip or a frozen application: no metadata of any package."""
    package = Path(csshift.__file__).parent
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    if zipped:
        environment["PYTHONPATH"] = str(tmp_path / "csshift.zip")
        with zipfile.ZipFile(tmp_path / "csshift.zip", "w") as archive:
            for path in package.rglob("*"):
                if "__pycache__" not in path.parts:
                    archive.write(path, path.relative_to(package.parent))
    limit = ["--time-limit", "20", "--gap", "0.9", "--workers", "1", "-q"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_METADATA, "solve", str(folder), *limit],
        capture_output=True, text=True, check=False, timeout=120, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads((folder / "result" / "result.json").read_text())["versions"]
    assert found["csshift"] == csshift.__version__
    assert {"python", "ortools", "numpy", "scipy", "pydantic"} <= set(found)


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


INTERRUPTED_AT_ONCE = """
import os, signal, sys
import csshift.cli.main as command
command.main = lambda: os.kill(os.getpid(), getattr(signal, sys.argv[1])) or 0
command.run()
"""


@needs_signals
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_outside_the_search_has_the_documented_status(name: str) -> None:
    """SIGTERM while a folder was read ended the process without a status of its own."""
    words = [sys.executable, "-c", INTERRUPTED_AT_ONCE, name]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.parametrize(
    "words",
    [
        ["solve", "LONG.xlsx"],
        ["solve", "FOLDER", "--out", "LONG"],
        ["solve", "FOLDER", "--pins", "LONG.xlsx"],
        ["check", "FOLDER", "--roster", "LONG"],
        ["simulate", "FOLDER", "--roster", "LONG"],
        ["init", "LONG"],
        ["template", "LONG.xlsx"],
        ["forecast", "LONG"],
        ["import", "LONG.csv", "--kind", "wfm", "--out", "LONG"],
    ],
)
def test_a_path_too_long_for_the_system_takes_one_line(folder: Path, words: list[str]) -> None:
    """Most commands called it an internal error."""
    named = {"FOLDER": str(folder), "LONG": str(folder / ("x" * 300))}
    for name, path in named.items():
        words = [word.replace(name, path) for word in words]
    command = [sys.executable, "-m", "csshift", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1

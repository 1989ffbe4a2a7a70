"""``python -m benchmarks interruption``, and how it judges what a run leaves."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

import csshift
from benchmarks import interruption
from benchmarks.hourly import write_folder
from benchmarks.interruption import COLUMNS, Disturbance, disturb, sound, state


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A problem folder and a valid result folder, made without a search."""
    folder = tmp_path_factory.mktemp("solved")
    write_folder(folder / "problem", 3, 2)
    problem = csshift.load(folder / "problem")
    roster = csshift.Roster()
    judged = csshift.check(problem, roster)
    result = csshift.Result(status="feasible", roster=roster, score=judged)
    csshift.write_result(result, problem, folder / "result")
    return folder / "problem", folder / "result"


def copy(result: Path, to: Path) -> Path:
    to.mkdir()
    for path in result.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


def test_a_whole_result_folder_is_valid(solved: tuple[Path, Path], tmp_path: Path) -> None:
    problem, result = solved
    assert state(problem, result) == "valid"
    assert state(problem, tmp_path / "none") == "absent"
    (tmp_path / "empty").mkdir()
    assert state(problem, tmp_path / "empty") == "absent"


def test_half_a_result_folder_is_not(solved: tuple[Path, Path], tmp_path: Path) -> None:
    problem, result = solved
    other = copy(result, tmp_path / "part")
    (other / "roster.csv.part").write_text("agent_id", encoding="utf-8")
    assert state(problem, other) == "left behind: roster.csv.part"
    other = copy(result, tmp_path / "headless")
    (other / "result.json").unlink()
    assert state(problem, other).startswith("result.json: ")
    other = copy(result, tmp_path / "cut")
    text = (other / "result.json").read_text(encoding="utf-8")
    (other / "result.json").write_text(text[:-9], encoding="utf-8")
    assert state(problem, other).startswith("result.json: ")
    other = copy(result, tmp_path / "missing")
    (other / "roster.csv").unlink()
    assert state(problem, other) == "roster.csv missing"
    other = copy(result, tmp_path / "unknown")
    (other / "result.json").write_text('{"status": "unknown"}', encoding="utf-8")
    assert state(problem, other) == "status unknown, and a roster"


def test_a_roster_that_check_rejects_is_not_valid(
    solved: tuple[Path, Path], tmp_path: Path
) -> None:
    problem, result = solved
    other = copy(result, tmp_path / "wrong")
    rows = "agent_id,date,shift\nA001,2026-03-02,L\nA001,2026-03-03,E\n"
    (other / "roster.csv").write_text(rows, encoding="utf-8")
    assert state(problem, other).startswith("check says 1")


@pytest.mark.parametrize(
    ("name", "after", "status", "files", "traceback", "expected"),
    [
        ("SIGINT", "1", "130", "valid", "", True),
        ("SIGINT", "1", "130", "absent", "", True),
        ("SIGINT", "1", "-2", "absent", "", False),
        ("SIGINT", "1", "130", "absent", "yes", False),
        ("SIGINT", "", "0", "valid", "", True),
        ("SIGKILL", "1", "-9", "absent", "", True),
        ("SIGKILL", "1", "-9", "roster.csv missing", "", False),
        ("", "", "4", "valid", "", True),
        ("", "", "did not end", "did not end", "", False),
        ("", "", "70", "absent", "", False),
    ],
)
def test_what_counts_as_a_sound_ending(
    name: str, after: str, status: str, files: str, traceback: str, expected: bool
) -> None:
    row = {
        "signal": name,
        "sent_after": after,
        "exit_status": status,
        "files": files,
        "traceback": traceback,
    }
    assert sound(row) is expected


def test_a_killed_run_is_measured(tmp_path: Path) -> None:
    write_folder(tmp_path / "problem", 3, 2)
    row = disturb(tmp_path / "problem", Disturbance("SIGKILL", 0.05, 30.0), 1)
    assert (row["exit_status"], row["files"], row["sent_after"]) == ("-9", "absent", "0.05")
    assert sound(row)


def test_a_process_that_does_not_end_is_ended_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "problem", 3, 2)
    deaf = tmp_path / "deaf"
    deaf.write_text(
        f"#!{sys.executable}\n"
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "time.sleep(60)\n",
        encoding="utf-8",
    )
    deaf.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(deaf))
    monkeypatch.setattr(interruption, "PATIENCE", 0.3)
    row = disturb(tmp_path / "problem", Disturbance("SIGINT", 1.0, 30.0), 1)
    assert row["files"] == "did not end"
    assert not sound(row)


@pytest.mark.slow
def test_the_command_disturbs_and_tells(tmp_path: Path) -> None:
    words = ["3", "--days", "2", "--moments", "6", "--workers", "1", "--out", str(tmp_path)]
    assert interruption.main(words) == 0
    with (tmp_path / "interruption.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["signal"] for row in rows] == ["SIGINT", "SIGKILL", ""]
    assert all(tuple(row) == COLUMNS for row in rows)
    assert rows[2]["time_limit"] == "1"

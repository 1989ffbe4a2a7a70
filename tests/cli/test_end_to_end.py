"""From an empty folder to a checked roster, with the real planner."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from csshift.cli.main import main


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder made by init and solved by solve."""
    place = tmp_path_factory.mktemp("spring")
    assert main(["init", str(place)]) == 0
    assert main(["solve", str(place), "--time-limit", "10", "--workers", "1", "-q"]) == 0
    return place


def test_the_result_is_a_valid_roster_with_a_bound(solved: Path) -> None:
    result = json.loads((solved / "result" / "result.json").read_text())
    assert result["status"] in ("optimal", "feasible")
    assert result["violations"] == []
    assert 0 <= result["bound"] <= result["objective"] + 1e-9
    assert result["trace"]
    for name in ("roster", "duties", "allocation", "coverage"):
        with (solved / "result" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)), name
    with (solved / "result" / "duties.csv").open(encoding="utf-8", newline="") as file:
        assert len({row["date"] for row in csv.DictReader(file)}) == 7


def test_check_accepts_it_and_finds_the_same_objective(
    solved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = solved / "result"
    judged = ["--roster", str(files / "roster.csv"), "--duties", str(files / "duties.csv")]
    assert main(["check", str(solved), *judged]) == 0
    objective = json.loads((files / "result.json").read_text())["objective"]
    shown = capsys.readouterr().out
    assert "Every hard rule holds." in shown
    line = next(line for line in shown.splitlines() if line.startswith("objective "))
    shown_objective = float(line.split()[1].replace(",", ""))
    assert shown_objective == pytest.approx(objective, abs=0.05), "shown with one decimal place"


def test_check_rejects_a_roster_that_breaks_a_rule(
    solved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = tmp_path / "roster.csv"
    rows = ["agent_id,date,shift", "A01,2026-03-16,晚", "A01,2026-03-17,早"]
    spoilt.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert main(["check", str(solved), "--roster", str(spoilt)]) == 1
    assert "1 hard violation:\n- min-rest: A01" in capsys.readouterr().out


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A folder that takes far longer than a test to solve to the end."""
    place = tmp_path / "large"
    assert main(["init", str(place)]) == 0
    settings = (place / "problem.toml").read_text(encoding="utf-8")
    (place / "problem.toml").write_text(settings.replace("days = 7", "days = 28"), encoding="utf-8")
    skills = (
        "pre-sale:1.1;after-sale:0.7;payment-reminder",
        "pre-sale;payment-reminder",
        "after-sale",
    )
    agents = [f"B{i:02},{skills[i % 3]},full-time,new" for i in range(40)]
    write(place / "agents.csv", "agent_id,skills,contract,tags", agents)
    dates = [f"2026-{3 + (15 + i) // 31:02}-{(15 + i) % 31 + 1:02}" for i in range(28)]
    cells = [
        f"{date},{hour:02}:00,S1,{skill},{(7 * hour + 3 * day) % 11 + 2}.{(hour * day) % 97:02}"
        for day, date in enumerate(dates)
        for hour in range(9, 23)
        for skill in ("pre-sale", "after-sale")
    ]
    write(place / "requirements.csv", "date,start,store,skill,heads", cells)
    for name in ("forecast.csv", "leave.csv", "requests.csv"):
        (place / name).unlink()
    return place


def write(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_ctrl_c_ends_the_search_with_the_best_roster(large: Path) -> None:
    command = [sys.executable, "-m", "csshift", "solve", str(large)]
    # Too many minutes for this test, should the signal be missed.
    with subprocess.Popen(
        [*command, "--time-limit", "600", "--workers", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        while "head-hours missing" not in (line := process.stderr.readline()):
            assert line, "the search ended before it found a roster"
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    result = json.loads((large / "result" / "result.json").read_text())
    assert (large / "result" / "roster.csv").is_file()
    assert "B01" in out
    assert process.returncode == 130, result["status"]
    assert "csshift: interrupted; kept the best so far" in err

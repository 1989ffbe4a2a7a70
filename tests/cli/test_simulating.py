"""``csshift simulate``: from a folder and a roster to tables on the terminal and in a file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from csshift.cli.main import main

SETTINGS = """
[horizon]
start = 2026-03-16
days = 1

[skills.hotline]
handle_seconds = 200
patience_seconds = 120
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "problem.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "agents.csv").write_text("agent_id,skills\na,hotline\nb,hotline\n", "utf-8")
    (tmp_path / "shifts.csv").write_text("code,hours\nD,08:00-12:00\n", encoding="utf-8")
    rows = "".join(f"2026-03-16,{hour:02d}:00,S1,hotline,12\n" for hour in range(8, 12))
    (tmp_path / "forecast.csv").write_text(f"date,start,store,skill,inquiries\n{rows}", "utf-8")
    result = tmp_path / "result"
    result.mkdir()
    (result / "roster.csv").write_text(
        "agent_id,date,shift\na,2026-03-16,D\nb,2026-03-16,D\n", encoding="utf-8"
    )
    plan = "".join(f"2026-03-16,{hour:02d}:00,a,S1,hotline,1\n" for hour in range(8, 12))
    (result / "allocation.csv").write_text(f"date,start,agent_id,store,skill,share\n{plan}")
    return tmp_path


def test_a_result_folder_is_simulated_and_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "simulation.csv"
    words = ["simulate", str(folder), "--roster", str(folder / "result"), "--replications", "4"]
    assert main([*words, "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert "By skill and hour of the day" in text
    assert "hotline 08:00" in text
    assert "80 % required" in text
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["start"] for row in rows] == ["08:00", "09:00", "10:00", "11:00"]
    assert all(0 <= float(row["service"]) <= 1 for row in rows)
    assert float(rows[0]["contacts_margin"]) > 0


def test_a_roster_file_alone_gets_the_best_plan(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = folder / "result" / "roster.csv"
    assert main(["simulate", str(folder), "--roster", str(roster), "--replications", "2"]) == 0
    assert "2 replications of every contact, seed 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--roster", "nowhere.csv"], "nowhere.csv"),
        (["--roster", "result", "--replications", "1"], "replications"),
        (
            ["--roster", "result", "--out", "."],
            "this is a folder, and a file is to be",
        ),
        (["--roster", "result", "--duties", "nothing.csv"], "nothing.csv"),
    ],
)
def test_bad_arguments_are_one_line_each(
    folder: Path,
    words: list[str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    assert main(["simulate", ".", *words]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert "Traceback" not in error


def test_a_plan_of_another_problem_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = folder / "result" / "allocation.csv"
    plan.write_text(plan.read_text().replace(",a,", ",z,"), encoding="utf-8")
    assert main(["simulate", str(folder), "--roster", str(folder / "result")]) == 2
    assert "unknown agent" in capsys.readouterr().err

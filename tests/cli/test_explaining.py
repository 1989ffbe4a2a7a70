"""Why a roster cannot be, and what to do: `solve`, `--relax` and `explain`, from folder to text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from csshift.cli.main import main

PROBLEM = """name = "Team"
labour = "none"
[horizon]
start = 2026-03-02
days = 4
interval_minutes = 60
[[rules]]
kind = "min-rest"
[[rules]]
name = "three on days"
kind = "shift-cover"
cover = [{shifts = ["D"], heads = 3, dates = [2026-03-04]}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "problem.toml": PROBLEM,
        "agents.csv": "agent_id,skills\nA1,pre-sale\nA2,pre-sale\nA3,pre-sale\nA4,pre-sale\n",
        "shifts.csv": "code,name,hours,break_minutes,tags\nD,day,08:00-16:00,0,\n",
        "requirements.csv": "date,start,store,skill,heads\n2026-03-04,08:00,S1,pre-sale,5\n",
        "leave.csv": "agent_id,date,kind\nA1,2026-03-04,\nA2,2026-03-04,\n",
    }
    place = tmp_path / "team"
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def solved(folder: Path, *options: str) -> int:
    return main(["solve", str(folder), "--time-limit", "5", "--workers", "1", "-q", *options])


def test_an_infeasible_run_names_day_and_agents_and_what_resolves_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert solved(folder, "--report", "html", "--lang", "zh") == 3
    shown = " ".join(capsys.readouterr().err.split())
    assert "three on days, 2026-03-04: 3 needed on D, 2 agents are there (A1, A2 on" in shown
    assert "--relax 'three on days'" in shown
    facts = json.loads((folder / "result" / "result.json").read_text(encoding="utf-8"))
    assert facts["conflicts"] == ["three on days"]
    assert facts["conflict"]["minimal"] is True
    assert facts["conflict"]["parts"][1]["agents"] == ["A1", "A2"]
    assert facts["conflict"]["relaxations"][0]["option"] == "three on days"
    page = (folder / "result" / "report.html").read_text(encoding="utf-8")
    assert "D 需要 3 人，可到岗 2 人（A1、A2 请假）" in page
    assert main(["explain", str(folder)]) == 3
    assert "A1, A2 are on leave" in capsys.readouterr().out


def test_relaxed_conditions_are_applied_and_noted(folder: Path) -> None:
    assert solved(folder, "--relax", "three on days") == 0
    facts = json.loads((folder / "result" / "result.json").read_text(encoding="utf-8"))
    assert facts["penalties"]["three on days"] == 20_000
    assert [note["rules"] for note in facts["notes"] if note["code"] == "relaxed"] == [
        ["three on days"]
    ]


def test_a_name_that_relaxes_nothing_is_bad_input(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert solved(folder, "--relax", "three on day") == 2
    assert "did you mean 'three on days'?" in capsys.readouterr().err


def test_a_roster_is_explained_by_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "leave.csv").write_text("agent_id,date,kind\nA1,2026-03-04,\n", encoding="utf-8")
    assert solved(folder) == 0
    capsys.readouterr()
    assert main(["explain", str(folder), "--roster", str(folder / "result")]) == 0
    shown = capsys.readouterr().out
    assert "short 2 of 5 heads" in shown
    assert "A1: on leave on 2026-03-04" in shown
    assert "one more agent with pre-sale, mostly on D: -1 h" in shown


def test_what_time_did_not_suffice_for_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("csshift.planner.conflicts.hard_conflict", lambda instance: None)
    main(["explain", str(folder)])
    assert "which contradict was not found in time" in capsys.readouterr().out
    monkeypatch.setattr("csshift.planner.conflicts.can_all_hold", lambda instance: None)
    main(["explain", str(folder)])
    assert "before it was known whether a roster keeps all hard rules" in capsys.readouterr().out

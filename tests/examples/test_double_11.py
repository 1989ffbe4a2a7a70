"""The Double 11 script: its folders are problems, and it makes the table of the README."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import csshift
from csshift.instance import Instance

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "double_11.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("double_11_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_levers_stand_in_the_folders(script: ModuleType, tmp_path: Path) -> None:
    found = []
    for temporary, more in ((0, False), (3, True)):
        folder = tmp_path / f"case-{temporary}"
        script.write_folder(folder, 6, temporary, more_sessions=more)
        found.append(csshift.load(folder))
    plain, levers = found
    assert (len(plain.agents), len(levers.agents)) == (6, 9)
    instance = Instance(levers)
    sessions = [instance.skill_on("pre-sale", date).sessions_at_once for date in script.PEAK]
    assert sessions == [6] * 4
    assert Instance(plain).skill_on("pre-sale", script.PEAK[0]).sessions_at_once == 4
    temporary = [agent for agent in levers.agents if agent.agent_id.startswith("T")]
    assert all(agent.employed(date) for agent in temporary for date in script.PEAK)
    by_day: dict[object, float] = {}
    for cell in plain.forecast:
        if cell.skill == "pre-sale":
            by_day[cell.date] = by_day.get(cell.date, 0.0) + cell.inquiries
    assert max(by_day, key=lambda date: by_day[date]) in script.PEAK


@pytest.mark.slow
def test_the_script_prints_a_row_for_each_case(tmp_path: Path) -> None:
    words = ["--agents", "6", "--temporary", "2", "--time-limit", "5", "--replications", "2"]
    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(SCRIPT), *words],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert [row.split("|")[1:3] for row in rows[1:]] == [
        [" 0 ", " 4 "],
        [" 0 ", " 6 "],
        [" 2 ", " 4 "],
        [" 2 ", " 6 "],
    ]
    assert len(list(tmp_path.glob("double-11/*/result/roster.csv"))) == 4

"""The scripts and the folder under examples/: they run, and they are what they say they are."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import csshift
from csshift.instance import Instance

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make", EXAMPLES / "make_promotion_week.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def week() -> csshift.Problem:
    return csshift.load(EXAMPLES / "promotion-week")


def test_the_scripts_are_numbered_without_a_gap() -> None:
    assert [int(script.name[:2]) for script in SCRIPTS] == [1, 2, 3]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_runs(script: Path, tmp_path: Path) -> None:
    # Started elsewhere: what a script needs, it finds from where it stands.
    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(script)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    expected = {"01": "The files are in ", "02": "through JSON: True", "03": "with the leave kept"}
    assert expected[script.name[:2]] in done.stdout


def test_the_folder_is_what_its_script_writes(tmp_path: Path) -> None:
    make = generator()
    make.main(tmp_path)
    kept = EXAMPLES / "promotion-week"
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(path.name for path in kept.iterdir() if path.is_file())
    for name in written:
        # Git may have turned line ends into those of the platform.
        assert (tmp_path / name).read_bytes() == (kept / name).read_bytes().replace(
            b"\r\n", b"\n"
        ), name


def test_the_week_asks_for_most_when_the_promotion_opens(week: csshift.Problem) -> None:
    demand = Instance(week).demand
    hours = {}
    for day, hour, heads in zip(demand.day, demand.interval, demand.heads, strict=True):
        hours[int(day), int(hour)] = hours.get((int(day), int(hour)), 0) + int(heads)
    assert max(hours, key=hours.__getitem__) in {(3, 20), (3, 21)}


def test_the_week_before_breaks_no_hard_rule(week: csshift.Problem) -> None:
    """Everything that the history could break was kept in it, so nothing is excused."""
    horizon = week.horizon.model_copy(
        update={"start": min(entry.date for entry in week.history), "days": 7}
    )
    before = csshift.Problem(
        horizon=horizon,
        agents=week.agents,
        shifts=week.shifts,
        skills=week.skills,
        stores=week.known_stores,
        contracts=week.contracts,
        duties=week.duties,
        rules=tuple(rule for rule in week.rules if rule.kind not in ("seats", "min-on-site")),
    )
    turns = tuple(replace(turn, start=None, end=None) for turn in week.history_duties)
    score = csshift.check(before, csshift.Roster(assignments=week.history, duties=turns))
    assert [str(finding) for finding in score.violations] == []
    assert not any(finding.rule == "unfilled duties" for finding in score.broken)

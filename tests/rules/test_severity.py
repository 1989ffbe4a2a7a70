"""Levels of severity: points under a name, for rules that should weigh the same."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from test_published_asks import days, write

import csshift
from csshift.errors import InputError
from csshift.rules.registry import parse_rule

RULE = 'kind = "max-shifts"\ncount = 1\n'


def folder(path: Path, severity: str, levels: str = "") -> Path:
    found = write(path / "folder", f"{RULE}severity = {severity}")
    text = (found / "problem.toml").read_text("utf-8")
    (found / "problem.toml").write_text(levels + text, "utf-8")
    return found


@pytest.mark.parametrize(
    ("severity", "points"),
    [('"low"', 10), ('"medium"', 100), ('"high"', 1000), ('"critical"', 10_000), ("7", 7)],
)
def test_a_level_is_so_many_points(tmp_path: Path, severity: str, points: int) -> None:
    problem = csshift.load(folder(tmp_path, severity))
    assert problem.rules[1].severity == points
    assert problem.rules[1].weight == points


def test_levels_can_be_declared_and_changed(tmp_path: Path) -> None:
    levels = '[severities]\n"必须" = 5000\nhigh = 2.5\n'
    assert csshift.load(folder(tmp_path, '"必须"', levels)).rules[1].weight == 5000
    assert csshift.load(folder(tmp_path, '"high"', levels)).rules[1].weight == Decimal("2.5")


@pytest.mark.parametrize(
    ("severity", "levels", "says"),
    [
        ('"hihg"', "", "'hihg': unknown level of severity; did you mean 'high'?"),
        ('"must"', "", "unknown level of severity"),
        ("0", "", "'0': neither \"hard\" nor a positive weight nor a level"),
        ("-1", "", 'neither "hard" nor a positive weight nor a level'),
        ('"5"', "", 'neither "hard" nor a positive weight nor a level'),
        ("true", "", 'neither "hard" nor a positive weight nor a level'),
        ('"low"', "[severities]\nhard = 5\n", "hard is no level but a word of its own"),
        ('"low"', "[severities]\nmust = 0\n", "severities.must: '0': out of range"),
        ('"low"', "severities = 5\n", "severities: not a table"),
    ],
)
def test_what_is_no_level_is_one_clear_line(
    tmp_path: Path, severity: str, levels: str, says: str
) -> None:
    with pytest.raises(InputError) as raised:
        csshift.load(folder(tmp_path, severity, levels))
    (fault,) = raised.value.faults
    assert says in str(fault)
    assert fault.line is not None


def test_in_python_as_in_a_folder(tmp_path: Path) -> None:
    problem = csshift.load(folder(tmp_path, "3"))
    rule = {"kind": "max-shifts", "count": 1, "severity": "must"}
    must = problem.with_(rules=[rule], severities={"must": 40})
    assert must.rules[0].weight == 40
    assert must.with_(name="again").rules[0].weight == 40
    with pytest.raises(InputError, match="unknown level of severity"):
        problem.with_(rules=[rule])
    assert parse_rule({**rule, "severity": "high"}).weight == 1000


def test_soft_kinds_take_a_level() -> None:
    fields: list[dict[str, Any]] = [
        {"kind": "fair", "of": "nights"},
        {"kind": "overtime", "tiers": [{"above": 8, "cost": 1.5}]},
    ]
    for rule in fields:
        assert parse_rule({**rule, "severity": "medium"}).weight == 100
        with pytest.raises(ValueError, match="severity"):
            parse_rule({**rule, "severity": "hard"})


def test_a_breach_costs_the_points_of_its_level(tmp_path: Path) -> None:
    path = folder(tmp_path, '"must"', "[severities]\nmust = 40\n")
    score = csshift.check(path, days(a="DDD"))
    assert score.penalties["max-shifts"] == 80


def test_a_note_says_which_soft_rules_gave_way(tmp_path: Path) -> None:
    path = folder(tmp_path, '"must"', "[severities]\nmust = 0.5\n")
    result = csshift.solve(path, time_limit=5, workers=1)
    (note,) = (note for note in result.notes if note.code == "soft-rules-broken")
    assert note.text.startswith("soft rules gave way: max-shifts ")
    assert note.rules == ("max-shifts",)


def test_a_name_that_toml_cannot_read_is_put_in_quotation_marks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='put the name in quotation marks: "必须"'):
        csshift.load(folder(tmp_path, "3", "[severities]\n必须 = 5000\n"))

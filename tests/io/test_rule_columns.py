"""Spans, dates and selectors of rules survive a workbook and JSON as they stand in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from problems import agent, small

from csshift.io.excel.template import write_workbook
from csshift.io.reading import load
from csshift.problem import Problem

SPANS = (
    {"name": "sale", "from": "2026-03-17", "until": "2026-03-18"},
    {"name": "holidays", "dates": ["2026-03-16", "2026-03-18"]},
)
RULES: tuple[dict[str, Any], ...] = (
    {"kind": "max-shifts", "count": 1, "per": "sale", "week_start": "sunday", "id": "r1"},
    {"kind": "max-shifts", "count": 1, "per": "rolling-2-days", "weekdays": ["sunday", "monday"]},
    {"kind": "apart", "valid": {"from": "2026-03-16", "spans": ["sale", "holidays"]}},
    {"kind": "apart", "agents": {"tags": ["x", "y"], "match": "all", "exclude": {"ids": ["b"]}}},
    {"kind": "accompanied", "by": {"tags": ["x"]}, "hours": "2.5", "agents": {"ids": ["b"]}},
    {"kind": "overtime", "tiers": [{"above": 40, "cost": "1.5"}, {"above": 48, "cost": 2}]},
    {"kind": "rotation", "cycle": ["D", ".", "!D|."], "start": "2026-03-02"},
    {"kind": "max-kinds", "groups": [["D"], ["tag:day", "start:05:00-09:00"]]},
    {"kind": "min-rest-block", "hours": 60},
    {"kind": "group-limit", "share": "0.25", "of": "leave"},
    {"kind": "max-share", "of": {"tags": ["x"]}, "share": "0.333"},
    {"kind": "handover", "hours": "08:00-24:00"},
)


def problem(rules: tuple[dict[str, Any], ...]) -> Problem:
    people = (agent("a", tags=("x", "y")), agent("b"))
    shifts = ({"code": "D", "hours": "08:00-16:00", "tags": ["day"]},)
    return small(agents=people, shifts=shifts, spans=SPANS, rules=rules, labour="none")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_rules_survive_a_workbook(language: Any, tmp_path: Path) -> None:
    given = problem(RULES)
    path = tmp_path / "book.xlsx"
    write_workbook(given, path, language)
    found = load(path)
    assert found.spans == given.spans
    assert found.rules == given.rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["kind"]))
def test_rules_survive_json(rule: dict[str, Any]) -> None:
    given = problem((rule,))
    assert Problem.model_validate_json(given.model_dump_json()) == given
    assert "start" not in given.model_dump()["spans"][0]

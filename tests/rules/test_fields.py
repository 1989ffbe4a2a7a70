from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError
from rule_cases import amount, plan

from csshift.rules.base import Rule
from csshift.rules.registry import kinds, parse_rule, register

GOOD: dict[str, dict[str, Any]] = {
    "min-rest": {"hours": 11},
    "max-consecutive-days": {"days": 6},
    "min-consecutive-days": {"days": 2},
    "min-consecutive-days-off": {"days": 2},
    "min-days-off": {"days": 1, "per": "week"},
    "max-hours": {"hours": 44, "per": "week"},
    "min-hours": {"hours": 30, "per": "month"},
    "max-shifts": {"count": 3, "per": "horizon", "shifts": ["N"]},
    "min-shifts": {"count": 3, "per": "rolling-7-days", "shifts": ["tag:day"]},
    "max-weekends": {"count": 2},
    "complete-weekends": {},
    "forbidden-shifts": {"shifts": ["N"]},
    "forbidden-sequence": {"shifts": ["N", "D"]},
    "max-consecutive-shifts": {"count": 2, "shifts": ["N"]},
    "min-consecutive-shifts": {"count": 2, "shifts": ["N"]},
    "seats": {"count": 10},
    "min-on-site": {"tags": ["r"], "count": 1, "hours": "08:00-24:00"},
    "shift-cover": {"cover": [{"shifts": ["D"], "heads": 2, "over": 0.5}]},
}
"""The kinds whose names and fields are settled."""

NEW: dict[str, dict[str, Any]] = {
    "max-days-off": {"days": 8, "per": "month"},
    "max-kinds": {"count": 1, "per": "week", "groups": [["D"], ["N"]]},
    "min-kinds": {"count": 2, "per": "month", "groups": [["D"], ["N"]]},
    "overtime": {"per": "week", "tiers": [{"above": 40, "cost": 1.5}], "severity": 1},
    "min-weekends": {"count": 1, "per": "month"},
    "min-weekends-off": {"count": 1, "per": "rolling-28-days"},
    "max-consecutive-weekends": {"count": 2},
    "max-consecutive-weekends-off": {"count": 2},
    "max-consecutive-days-off": {"days": 3},
    "compensation-day": {"within": 6, "days": 1},
    "no-shifts-before-off": {"shifts": ["N"]},
    "required-sequence": {"after": ["N"], "then": ["."]},
    "min-sequences": {"shifts": ["N", "."], "count": 1},
    "days-off-after": {"days": 2, "run": 3},
    "rotation": {"cycle": ["D", "."], "start": "2026-03-02"},
    "forward-rotation": {"days_off": 1},
    "max-start-spread": {"hours": 2},
    "min-rest-block": {"days": 2},
    "accompanied": {"by": {"tags": ["senior"]}, "count": 1},
    "handover": {"hours": "08:00-24:00", "minutes": 30},
    "never-alone": {"count": 2, "hours": "00:00-24:00"},
    "together": {"by": "shift"},
    "apart": {"by": "day", "count": 1},
    "group-limit": {"count": 1},
    "max-share": {"of": {"tags": ["x"]}, "share": 0.3},
    "fair": {"of": "nights", "severity": 1},
    "max-overtime": {"hours": 36},
    "rest-quota": {"days": 4},
}
CASES = list(GOOD.items())


def test_every_settled_kind_is_known() -> None:
    assert set(kinds()) == set(GOOD) | set(NEW)


@pytest.mark.parametrize(("kind", "fields"), CASES)
def test_a_rule_survives_json(kind: str, fields: dict[str, Any]) -> None:
    rule = parse_rule({"kind": kind, **fields, "severity": 2.5, "name": "mine"})
    again = type(rule).model_validate_json(rule.model_dump_json())
    assert again == rule
    assert again.label == "mine"
    assert parse_rule({"kind": kind, **fields}).label == kind


@pytest.mark.parametrize(("kind", "fields"), CASES)
def test_shift_words_are_those_of_the_field(kind: str, fields: dict[str, Any]) -> None:
    words = [*fields.get("shifts", ()), *(w for n in fields.get("cover", ()) for w in n["shifts"])]
    assert parse_rule({"kind": kind, **fields}).shift_words() == tuple(words)


@pytest.mark.parametrize(("kind", "fields"), CASES)
@pytest.mark.parametrize("value", [-1, 10**30, "", float("nan"), None, []])
def test_impossible_values_are_rejected(kind: str, fields: dict[str, Any], value: Any) -> None:
    for field in fields:
        if value is None and field in ("shifts", "hours", "tags"):
            continue
        with pytest.raises(ValidationError):
            parse_rule({"kind": kind, **fields, field: value})


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_unknown_fields_and_severities_are_rejected(kind: str) -> None:
    for wrong in ({"extra": 1}, {"severity": 0}, {"severity": "1 soft"}, {"agents": {"who": []}}):
        with pytest.raises(ValidationError):
            parse_rule({"kind": kind, **GOOD[kind], **wrong})


@pytest.mark.parametrize(("kind", "fields"), list(NEW.items()))
def test_further_kinds_survive_json(kind: str, fields: dict[str, Any]) -> None:
    dates: dict[str, Any] = {}
    if kinds()[kind].scope != "none":
        dates = {"valid": {"from": "2026-03-01", "spans": ["x"]}, "weekdays": ["sunday"]}
    rule = parse_rule({"severity": 2.5, "kind": kind, **fields, **dates, "id": "r1"})
    assert type(rule).model_validate_json(rule.model_dump_json()) == rule
    assert rule.label == "r1"
    assert rule.span_words()["valid.spans"] == (("x",) if dates else ())
    for field, value in fields.items():
        if field in ("severity", "per") or (kind == "max-kinds" and field == "groups"):
            continue
        for wrong in (-1, 10**30, "", float("nan"), {"a": 1}):
            if isinstance(value, str) and wrong == "":
                continue
            with pytest.raises(ValidationError):
                parse_rule({"kind": kind, **fields, field: wrong})


def test_unknown_kinds_get_the_nearest_one() -> None:
    with pytest.raises(ValueError, match="did you mean 'max-weekends'"):
        parse_rule({"kind": "max-weekend"})
    with pytest.raises(ValueError, match="needs a kind"):
        parse_rule({"days": 3})


def test_a_kind_is_registered_once() -> None:
    class Seats(Rule):
        kind: str = "seats"

    with pytest.raises(ValueError, match="taken"):
        register(Seats)
    assert register(kinds()["seats"]) is kinds()["seats"]


@pytest.mark.parametrize(("kind", "fields"), CASES)
def test_a_rule_for_nobody_asks_nothing_but_heads(kind: str, fields: dict[str, Any]) -> None:
    heads_missing = {"min-on-site": 11 * 16, "shift-cover": 11 * 2}  # on every planned day
    fields = {**fields, "kind": kind, "agents": {"ids": ["nobody"]}}
    found = amount(fields, plan("DN|DDNDDDDDDDD", "--|-----------"))
    assert found == heads_missing.get(kind, 0)


def test_rules_load_nothing_heavy() -> None:
    code = (
        "import sys, csshift.rules.registry;"
        "print([m for m in ('scipy', 'pandas', 'ortools') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

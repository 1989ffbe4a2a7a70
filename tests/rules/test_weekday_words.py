"""Weekdays are written alike wherever they are written: rules, availability, duties."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.rules.base import Rule
from csshift.rules.registry import parse_rule

WORK_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
SPELLINGS = [
    (["monday", "tuesday", "wednesday", "thursday", "friday"], WORK_WEEK),
    ("Mon-Fri", WORK_WEEK),
    (["Mon-Fri"], WORK_WEEK),
    ("周一至周五", WORK_WEEK),
    (["周六", "Sun"], ("saturday", "sunday")),
    ("Tue;Thu", ("tuesday", "thursday")),
]


def rest(weekdays: Any) -> Rule:
    return parse_rule({"kind": "max-hours", "hours": 40, "per": "week", "weekdays": weekdays})


@pytest.mark.parametrize(("written", "meant"), SPELLINGS)
def test_a_rule_reads_weekdays_as_a_duty_does(written: Any, meant: tuple[str, ...]) -> None:
    rule = rest(written)
    assert rule.weekdays == meant
    assert Duty(name="d", skill="s", window="10:00-12:00", weekdays=written).weekdays == meant
    assert parse_rule(json.loads(rule.model_dump_json())) == rule


@pytest.mark.parametrize("written", [[], "", ["sundai"], "Mon-Fro", ["Mon", "monday"], [1]])
def test_weekdays_of_a_rule_that_say_nothing_or_are_unknown_are_refused(written: Any) -> None:
    with pytest.raises((ValidationError, ValueError)):
        rest(written)


@pytest.mark.parametrize("written", ["Sun", "sunday", "周日", "星期天"])
def test_the_start_of_a_week_is_any_word_for_a_day(written: str) -> None:
    assert Horizon(start="2026-03-16", days=7, week_start=written).week_start == "sunday"
    rule = {"kind": "max-hours", "hours": 40, "per": "week", "week_start": written}
    assert parse_rule(rule).week_start == "sunday"


@pytest.mark.parametrize("written", ["Mon-Fri", "someday", "", 1])
def test_the_start_of_a_week_is_one_day(written: Any) -> None:
    with pytest.raises(ValidationError):
        Horizon(start="2026-03-16", days=7, week_start=written)

from __future__ import annotations

from fractions import Fraction

import pytest
from rule_cases import MONDAY, amount, plan, shift


def excess(hours: float, per: str, *rows: str, **options: object) -> Fraction:
    return amount({"kind": "max-hours", "hours": hours, "per": per}, plan(*rows, **options))


@pytest.mark.parametrize(
    ("hours", "expected"), [(40, 0), (39.5, Fraction(1, 2)), (24, 16), (0, 40), (41, 0)]
)
def test_paid_hours_of_a_week(hours: float, expected: Fraction) -> None:
    assert excess(hours, "week", "DDDNN--") == expected


def test_each_week_counts_by_itself_and_a_cut_one_too() -> None:
    assert excess(8, "week", "DD-----DDD") == 8 + 16


def test_the_history_of_the_week_counts() -> None:
    assert excess(16, "week", "DD|---DD") == 16
    assert excess(24, "week", "DD|---D-") == 0


def test_what_the_history_passed_is_not_held_against_the_plan() -> None:
    assert excess(16, "week", "DDD|----") == 0
    assert excess(16, "week", "DDD|--D-") == 8


def test_a_horizon_is_without_history() -> None:
    assert excess(16, "horizon", "DDD|DD-D") == 8


def test_any_seven_days() -> None:
    assert excess(40, "rolling-7-days", "---DDD|DD-D") == 8
    assert excess(16, "rolling-7-days", "DDD") == 8


def test_months() -> None:
    assert excess(8, "month", "DDDD", start=MONDAY.replace(day=30)) == 16


def test_minutes_count_exactly() -> None:
    shifts = (shift("D", "08:00-16:01"),)
    assert excess(8, "week", "D", shifts=shifts) == Fraction(1, 60)


def test_a_rule_for_nobody_asks_nothing() -> None:
    fields = {"kind": "max-hours", "hours": 1, "agents": {"tags": ["nobody"]}}
    assert amount(fields, plan("DDD")) == 0

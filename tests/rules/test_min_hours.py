from __future__ import annotations

from fractions import Fraction

import pytest
from rule_cases import amount, plan


def missing(hours: float, per: str, *rows: str) -> Fraction:
    return amount({"kind": "min-hours", "hours": hours, "per": per}, plan(*rows))


@pytest.mark.parametrize(
    ("row", "expected"), [("DDDDD--", 0), ("DDDD---", 8), ("NNENN--", 0), ("-------", 40)]
)
def test_hours_of_a_week(row: str, expected: int) -> None:
    assert missing(40, "week", row) == expected


def test_a_part_of_an_hour_is_missing() -> None:
    assert missing(40.5, "week", "DDDDD--") == Fraction(1, 2)


def test_a_week_that_is_not_known_whole_asks_nothing() -> None:
    assert missing(40, "week", "------") == 0
    assert missing(40, "week", "D|-----") == 0


def test_the_history_makes_a_week_whole() -> None:
    assert missing(40, "week", "DDD|D---") == 8
    assert missing(40, "week", "DDD|DD--") == 0


def test_no_more_is_asked_than_the_history_leaves_possible() -> None:
    assert missing(40, "week", "-----|DD") == 0
    assert missing(40, "week", "-----|D-") == 8
    assert missing(40, "week", "-----|D.") == 0


def test_leave_lowers_it_in_proportion_down_to_whole_minutes() -> None:
    assert missing(40, "week", "DDD..--") == Fraction(40 * 60 * 5 // 7, 60) - 24
    assert missing(40, "week", "DDDD.--") == Fraction(40 * 60 * 6 // 7, 60) - 32
    assert missing(40, "week", ".......") == 0


def test_other_periods() -> None:
    assert missing(24, "horizon", "DD|DD-") == 8
    assert missing(16, "rolling-7-days", "D--|D-----") == 16  # two of three
    assert missing(16, "month", "------") == 0

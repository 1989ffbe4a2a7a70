from __future__ import annotations

import pytest
from pydantic import ValidationError
from rule_cases import amount, plan

from csshift.rules.registry import parse_rule


def missing(days: int, per: str, *rows: str) -> int:
    return int(amount({"kind": "min-days-off", "days": days, "per": per}, plan(*rows)))


@pytest.mark.parametrize(
    ("row", "expected"), [("DDDDD--", 0), ("DDDDDD-", 1), ("DDDDDDD", 2), ("D-D-D-D", 0)]
)
def test_days_off_of_a_week(row: str, expected: int) -> None:
    assert missing(2, "week", row) == expected


def test_leave_is_time_off() -> None:
    assert missing(2, "week", "DDDDD.-") == 0


def test_a_week_that_is_not_known_whole_asks_nothing() -> None:
    assert missing(2, "week", "DDDDDD") == 0
    assert missing(2, "week", "DDDDDDD" + "DDDDDD") == 2


def test_the_history_makes_a_week_whole() -> None:
    assert missing(2, "week", "DDDD|DDD") == 2
    assert missing(2, "week", "--DD|DDD") == 0


def test_what_the_history_used_up_is_not_held_against_the_plan() -> None:
    assert missing(2, "week", "DDDDDD|-") == 0
    assert missing(2, "week", "DDDDDD|D") == 1


def test_any_seven_days() -> None:
    assert missing(1, "rolling-7-days", "DDDDDD-DDDDDD") == 0
    assert missing(1, "rolling-7-days", "-DDDDDDD-") == 1
    assert missing(1, "rolling-7-days", "-DDDDDD|DDD") == 3


def test_other_periods() -> None:
    assert missing(4, "horizon", "DD|DD-") == 2
    assert missing(2, "horizon", "DD|DD-") == 1
    assert missing(9, "month", "D" * 10) == 0


def test_more_days_off_than_a_week_has_are_rejected() -> None:
    with pytest.raises(ValidationError, match="at most 7 days"):
        parse_rule({"kind": "min-days-off", "days": 8, "per": "week"})

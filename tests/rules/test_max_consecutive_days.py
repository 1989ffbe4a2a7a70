from __future__ import annotations

import pytest
from rule_cases import amount, plan


def excess(days: int, *rows: str) -> int:
    return int(amount({"kind": "max-consecutive-days", "days": days}, plan(*rows)))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("DDD-DDD", 0),
        ("DNE-DDD", 0),
        ("DDDD-DD", 1),
        ("DDDDDDD", 4),
        ("DDDD.DDDD", 2),
        ("-------", 0),
        ("DDD", 0),
    ],
)
def test_each_day_beyond_the_limit_counts(row: str, expected: int) -> None:
    assert excess(3, row) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("DDD|-DD", 0),
        ("DDD|D--", 1),
        ("-DD|DD-", 1),
        ("DDDDD|D-D", 1),
        ("DDDDD|-D-", 0),
        ("D|DD-", 0),
    ],
)
def test_days_of_the_history_count_but_are_not_judged(row: str, expected: int) -> None:
    assert excess(3, row) == expected


def test_each_agent_is_judged_alone() -> None:
    assert excess(1, "DD-D", "-D-D", "DDDD") == 4


def test_a_limit_beyond_the_known_days_asks_nothing() -> None:
    assert excess(10_000, "DD|DDDD") == 0

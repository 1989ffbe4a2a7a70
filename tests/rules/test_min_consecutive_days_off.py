from __future__ import annotations

import pytest
from rule_cases import amount, plan


def missing(days: int, *rows: str) -> int:
    return int(amount({"kind": "min-consecutive-days-off", "days": days}, plan(*rows)))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("DD--DD--DD", 0),
        ("DD-DD--DD", 1),
        ("D-D-D-D", 3),
        ("-DDD", 0),
        ("DDD-", 0),
        ("DD.-DD", 0),
        ("DD.DD", 1),
    ],
)
def test_runs_within_the_horizon(row: str, expected: int) -> None:
    assert missing(2, row) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("D-|--D", 0),
        ("D-|-D-", 1),
        ("D-|D--", 2),
        ("D|-D--", 2),
        ("D-D|D---", 0),
        ("--|D---", 0),
        ("D--|..D", 0),
        ("D-|-", 0),
    ],
)
def test_a_run_counts_from_its_true_start(row: str, expected: int) -> None:
    assert missing(3, row) == expected


def test_a_run_of_the_history_owes_more_days_than_are_known() -> None:
    """Rows asked for as many days as there were, the check for all of `days`."""
    assert missing(100, "D-|-D-") == 98
    assert missing(100, "D-|--D") == 97

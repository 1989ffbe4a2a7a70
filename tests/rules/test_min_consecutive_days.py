from __future__ import annotations

import pytest
from rule_cases import amount, plan


def missing(days: int, *rows: str) -> int:
    return int(amount({"kind": "min-consecutive-days", "days": days}, plan(*rows)))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("-DDD-DDD-", 0),
        ("-DD-DDD--", 1),
        ("-D-D-D---", 6),
        ("-DNE--", 0),
        ("D--DDD-", 0),  # before the horizon nothing is known
        ("-DDD--D", 0),  # nor after it
        ("-D.DD-", 3),
    ],
)
def test_runs_within_the_horizon(row: str, expected: int) -> None:
    assert missing(3, row) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("-D|DD-", 0),
        ("-D|D--", 1),
        ("-D|---", 2),
        ("-|D--", 2),
        ("-D-|DDD-", 0),  # ended in the history
        ("D|---", 0),  # touches the first known day
        ("DD|---", 0),
        ("-DDDDD|-", 0),
        ("-D|D", 0),
    ],
)
def test_a_run_counts_from_its_true_start(row: str, expected: int) -> None:
    assert missing(3, row) == expected


@pytest.mark.parametrize(("row", "expected"), [("-D|.--", 0), ("-D|D.-", 0), ("-D|-.-", 1)])
def test_leave_at_the_start_excuses_a_run_of_the_history(row: str, expected: int) -> None:
    assert missing(4, row) == expected


def test_one_day_is_always_long_enough() -> None:
    assert missing(1, "-D|-D-D-") == 0


def test_each_agent_is_judged_alone() -> None:
    assert missing(2, "-|-D--", "-|-DD-", "D|-D--") == 2

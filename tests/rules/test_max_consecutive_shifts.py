from __future__ import annotations

import pytest
from rule_cases import amount, plan


def excess(count: int, shifts: list[str], *rows: str) -> int:
    fields = {"kind": "max-consecutive-shifts", "count": count, "shifts": shifts}
    return int(amount(fields, plan(*rows)))


@pytest.mark.parametrize(
    ("row", "expected"), [("NNDNN", 0), ("NNN-N", 1), ("NNNNN", 3), ("DDDDD", 0), ("NENEN", 0)]
)
def test_each_day_beyond_the_limit_counts(row: str, expected: int) -> None:
    assert excess(2, ["N"], row) == expected


def test_shifts_of_one_set_make_one_run() -> None:
    assert excess(2, ["tag:late"], "NENEN") == 3
    assert excess(2, ["E", "N"], "NEDEN") == 0


def test_days_of_the_history_count_but_are_not_judged() -> None:
    assert excess(2, ["N"], "NN|N-") == 1
    assert excess(2, ["N"], "NNN|D-") == 0
    assert excess(2, ["N"], "ND|NN") == 0

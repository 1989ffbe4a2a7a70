from __future__ import annotations

import pytest
from rule_cases import amount, plan


def missing(count: int, shifts: list[str], *rows: str) -> int:
    fields = {"kind": "min-consecutive-shifts", "count": count, "shifts": shifts}
    return int(amount(fields, plan(*rows)))


@pytest.mark.parametrize(
    ("row", "expected"),
    [("DNND", 0), ("DND-", 1), ("DNEN-", 2), ("N---", 0), ("---N", 0), ("-N-N-", 2)],
)
def test_runs_within_the_horizon(row: str, expected: int) -> None:
    assert missing(2, ["N"], row) == expected


def test_shifts_of_one_set_make_one_run() -> None:
    assert missing(3, ["tag:late"], "-NEN-") == 0
    assert missing(3, ["tag:late"], "-NEDN-") == 3


def test_a_run_counts_from_its_true_start() -> None:
    assert missing(3, ["N"], "DN|NN-") == 0
    assert missing(3, ["N"], "DN|ND-") == 1
    assert missing(3, ["N"], "DN|D--") == 2
    assert missing(3, ["N"], "N|D--") == 0
    assert missing(3, ["N"], "DND|---") == 0


def test_leave_at_the_start_excuses_a_run_of_the_history() -> None:
    assert missing(3, ["N"], "DN|.--") == 0
    assert missing(3, ["N"], "DN|D.-") == 1

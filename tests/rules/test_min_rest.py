from __future__ import annotations

import pytest
from rule_cases import amount, plan, shift


def breaches(hours: float, *rows: str, **options: object) -> int:
    return int(amount({"kind": "min-rest", "hours": hours}, plan(*rows, **options)))


@pytest.mark.parametrize(
    ("hours", "row", "expected"),
    [
        (9, "ED", 0),  # 23:00 to 08:00
        (9.001, "ED", 1),
        (11, "EDED", 2),
        (11, "E-D", 0),
        (2, "ND", 0),  # 06:00 to 08:00
        (11, "NDN", 1),
        (11, "DE-NE", 1),  # 06:00 to 14:00
        (26, "N-D", 0),
        (26.5, "N-D", 1),
        (26.5, "NED", 3),
    ],
)
def test_pairs_that_lie_too_close_count(hours: float, row: str, expected: int) -> None:
    assert breaches(hours, row) == expected


def test_the_last_shift_of_the_history_counts() -> None:
    assert breaches(11, "E|D-") == 1
    assert breaches(11, "ED|--") == 0


def test_no_rest_at_all_still_forbids_two_shifts_at_once() -> None:
    shifts = (shift("L", "20:00-32:00"), shift("M", "07:00-15:00"), shift("Q", "08:00-15:00"))
    assert breaches(0, "LM", shifts=shifts) == 1
    assert breaches(0, "LQ", shifts=shifts) == 0

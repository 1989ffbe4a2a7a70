from __future__ import annotations

import pytest
from rule_cases import amount, plan


def count(shifts: list[str], *rows: str) -> int:
    return int(amount({"kind": "forbidden-sequence", "shifts": shifts}, plan(*rows)))


@pytest.mark.parametrize(
    ("shifts", "row", "expected"),
    [
        (["E", "D"], "DE-D", 0),
        (["E", "D"], "EDED", 2),
        (["E", "D"], "DDEE", 0),
        (["N", "N", "N"], "NN-N", 0),
        (["N", "N", "N"], "NNNN", 2),
        (["tag:late", "D"], "ED-ND", 2),
        (["N"], "ND-N", 2),
        (["N", "E", "D", "D", "D"], "NED", 0),
    ],
)
def test_each_occurrence_counts(shifts: list[str], row: str, expected: int) -> None:
    assert count(shifts, row) == expected


def test_a_sequence_may_begin_in_the_history() -> None:
    assert count(["E", "D"], "E|DE") == 1
    assert count(["E", "D"], "ED|DE") == 0
    assert count(["N", "N", "N"], "NN|NN") == 2
    assert count(["N", "N", "N"], "N|N-") == 0

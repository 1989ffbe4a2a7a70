from __future__ import annotations

from rule_cases import amount, plan


def excess(count: int, per: str, shifts: list[str] | None, *rows: str) -> int:
    fields = {"kind": "max-shifts", "count": count, "per": per, "shifts": shifts}
    return int(amount(fields, plan(*rows)))


def test_only_the_named_shifts_count() -> None:
    assert excess(2, "week", ["N"], "NNDDDE-") == 0
    assert excess(1, "week", ["N"], "NNDDDE-") == 1
    assert excess(1, "week", ["tag:late"], "NNDDDE-") == 2
    assert excess(4, "week", None, "NNDDDE-") == 2


def test_none_at_all() -> None:
    assert excess(0, "horizon", ["N"], "N-N", "DDD") == 2


def test_a_cut_week_counts_the_days_that_are_known() -> None:
    assert excess(1, "week", ["N"], "NN") == 1


def test_the_history_of_the_week_counts() -> None:
    assert excess(2, "week", ["N"], "NN|N--") == 1
    assert excess(2, "week", ["N"], "NNN|--") == 0
    assert excess(2, "week", ["N"], "NNN|-N") == 1
    assert excess(2, "horizon", ["N"], "NNN|NN") == 0


def test_any_seven_days() -> None:
    assert excess(1, "rolling-7-days", None, "D-----D") == 1
    assert excess(1, "rolling-7-days", None, "D------D") == 0

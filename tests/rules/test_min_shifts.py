from __future__ import annotations

from rule_cases import amount, plan


def missing(count: int, per: str, shifts: list[str] | None, *rows: str) -> int:
    fields = {"kind": "min-shifts", "count": count, "per": per, "shifts": shifts}
    return int(amount(fields, plan(*rows)))


def test_only_the_named_shifts_count() -> None:
    assert missing(2, "week", ["N"], "NNDDD--") == 0
    assert missing(3, "week", ["N"], "NNDDD--") == 1
    assert missing(3, "week", ["tag:late"], "NDDDDE-") == 1
    assert missing(5, "week", None, "NNDDD--") == 0


def test_a_week_that_is_not_known_whole_asks_nothing() -> None:
    assert missing(5, "week", None, "---") == 0


def test_the_history_makes_a_week_whole() -> None:
    assert missing(4, "week", None, "DDD|----") == 1
    assert missing(3, "week", None, "DDD|----") == 0


def test_no_more_is_asked_than_the_history_leaves_possible() -> None:
    assert missing(5, "week", None, "----|DDD") == 0
    assert missing(5, "week", None, "----|D.D") == 0
    assert missing(5, "week", None, "----|D-D") == 1


def test_leave_lowers_it_in_proportion_rounded_down() -> None:
    assert missing(5, "week", None, "DDD.--.") == 0  # 5 * 5 / 7 = 3.57
    assert missing(5, "week", None, "DD-.--.") == 1
    assert missing(7, "week", None, ".DDDDD-") == 1


def test_a_horizon_is_without_history() -> None:
    assert missing(3, "horizon", ["D"], "DDD|D--") == 2

from __future__ import annotations

from datetime import timedelta

from rule_cases import MONDAY, amount, plan

SUNDAY = MONDAY + timedelta(days=6)


def broken(*rows: str, **options: object) -> int:
    return int(amount({"kind": "complete-weekends"}, plan(*rows, **options)))


def test_both_or_neither() -> None:
    assert broken("DDDDDDD") == 0
    assert broken("DDDDD--") == 0
    assert broken("-----DN") == 0
    assert broken("DDDDDD-") == 1
    assert broken("DDDDD-D", "-----D-", "-------") == 2
    assert broken("DDDDDD-" * 3) == 3


def test_a_weekend_of_which_a_day_is_unknown_asks_nothing() -> None:
    assert broken("DDDDDD") == 0
    assert broken("D-----", start=SUNDAY) == 0


def test_a_saturday_of_the_history_counts() -> None:
    assert broken("D|D--", start=SUNDAY) == 0
    assert broken("D|---", start=SUNDAY) == 1
    assert broken("-|D--", start=SUNDAY) == 1
    assert broken("D-|---", start=MONDAY) == 0


def test_leave() -> None:
    assert broken("-----D.") == 1
    assert broken("------.") == 0
    assert broken("D|.--", start=SUNDAY) == 0

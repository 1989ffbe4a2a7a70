from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import ValidationError
from rule_cases import amount, plan, shift

from csshift.rules.registry import parse_rule

ROUND = (shift("M", "00:00-08:00"), shift("D", "08:00-16:00"), shift("N", "16:00-32:00"))


def missing(hours: str, *rows: str, count: int = 1, **options: object) -> Fraction:
    fields = {"kind": "min-on-site", "tags": ["r"], "count": count, "hours": hours}
    options.setdefault("tags", ["r"] * len(rows))
    return amount(fields, plan(*rows, **options))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("D",), 6),  # 17:00 to 23:00
        (("D", "E"), 0),
        (("E",), 6),
        (("-", "-"), 15),
        (("D", "D", "N"), 5),
    ],
)
def test_hours_without_anybody(rows: tuple[str, ...], expected: int) -> None:
    assert missing("08:00-23:00", *rows) == expected


def test_each_missing_agent_counts() -> None:
    assert missing("08:00-17:00", "D", count=3) == 18
    assert missing("16:30-17:15", "D", "D", "E", count=3) == Fraction(1, 2)


def test_only_tagged_agents_of_the_selector_count() -> None:
    assert missing("08:00-17:00", "D", "-", tags=["", "r"]) == 9
    schedule = plan("D", "-", tags=["r q", "r"])
    fields = {"kind": "min-on-site", "tags": ["r", "s"], "count": 1, "hours": "08:00-17:00"}
    assert amount(fields, schedule) == 0
    assert amount({**fields, "agents": {"ids": ["a1"]}}, schedule) == 9
    assert amount({**fields, "agents": {"tags": ["q"]}}, schedule) == 0


def test_hours_past_midnight_belong_to_the_day_they_start_on() -> None:
    # The second day's 22:00-24:00 is asked, its 00:00-06:00 lies beyond the horizon.
    assert missing("22:00-30:00", "N-") == 2
    assert missing("22:00-30:00", "NN") == 0
    assert missing("22:00-30:00", "-N") == 8
    assert missing("22:00-30:00", "--") == 10


def test_hours_that_an_unknown_shift_may_cover_ask_nothing() -> None:
    assert missing("00:00-24:00", "D-", shifts=ROUND) == 8 + 24
    assert missing("00:00-24:00", "N-", shifts=ROUND) == 8 + 16
    assert missing("06:00-08:00", "--", shifts=ROUND) == 2


def test_the_history_covers_its_overhang() -> None:
    assert missing("00:00-24:00", "N|D", shifts=ROUND) == 8
    assert missing("00:00-24:00", "-|D", "-|N", shifts=ROUND) == 8
    assert missing("00:00-24:00", "N|D", "-|N", shifts=ROUND) == 0


def test_what_only_the_history_could_cover_asks_nothing() -> None:
    # At 00:00-06:00 nobody but the night shift of the day before is at work.
    assert missing("00:00-06:00", "-|--") == 6
    assert missing("00:00-06:00", "-|N-") == 0


def test_hours_that_no_shift_covers_cannot_be_kept() -> None:
    assert missing("06:00-09:00", "DD") == 4
    assert missing("06:00-07:00", "--", tags=["other"]) == 2


@pytest.mark.parametrize("hours", ["24:00-26:00", "08:00-33:00"])
def test_hours_of_more_than_a_day_are_rejected(hours: str) -> None:
    with pytest.raises(ValidationError, match="24"):
        parse_rule({"kind": "min-on-site", "tags": ["r"], "count": 1, "hours": hours})

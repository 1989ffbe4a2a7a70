from __future__ import annotations

from fractions import Fraction

import pytest
from rule_cases import amount, plan, shift, work_columns

from csshift.rules.presence import Seats


def excess(count: int, *rows: str, **options: object) -> Fraction:
    return amount({"kind": "seats", "count": count}, plan(*rows, **options))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("D", "N"), 0),
        (("D", "D"), 9),  # breaks are not located
        (("D", "E"), 3),  # 14:00 to 17:00
        (("D", "E", "N"), 4),
        (("D", "D", "D"), 18),
        (("D-", "-D"), 0),
    ],
)
def test_agents_in_excess_by_the_hour(rows: tuple[str, ...], expected: int) -> None:
    assert excess(1, *rows) == expected


def test_a_shift_that_ends_frees_the_seat_at_once() -> None:
    shifts = (shift("A", "08:00-12:00"), shift("B", "12:00-16:00"), shift("C", "11:45-16:00"))
    assert excess(1, "A", "B", shifts=shifts) == 0
    assert excess(1, "A", "C", shifts=shifts) == Fraction(1, 4)


def test_between_the_stretches_of_a_split_shift_the_seat_is_free() -> None:
    shifts = (shift("S", "09:00-12:00+18:00-23:00"), shift("M", "12:00-19:00"))
    assert excess(1, "S", "M", shifts=shifts) == 1


def test_a_night_reaches_into_the_next_day_and_past_the_horizon() -> None:
    shifts = (shift("N", "22:00-30:00"), shift("F", "05:00-13:00"))
    assert excess(1, "N-", "-F", shifts=shifts) == 1
    assert excess(1, "N", "N", shifts=shifts) == 8


def test_the_overhang_of_the_history_takes_seats() -> None:
    shifts = (shift("N", "22:00-30:00"), shift("F", "05:00-13:00"))
    assert excess(1, "N|-", "-|F", shifts=shifts) == 1
    assert excess(1, "N|-", "N|-", shifts=shifts) == 0
    assert excess(1, "N|-", "N|-", "-|F", shifts=shifts) == 1
    assert excess(1, "F|-", "F|-", "F|-", shifts=shifts) == 0


def test_no_seat_at_all() -> None:
    assert excess(0, "-D") == 9


def test_a_hard_rule_has_few_rows() -> None:
    schedule = plan("DDDDDDD", "EEEEEEE", "NNNNNNN")
    work, _ = work_columns(schedule)
    Seats(count=1).rows(work)
    # One for D with E, one for E with N a day, and one for N past each midnight.
    assert work.builder.build().rows == 3 * 7


def test_an_agent_counts_once_at_a_minute() -> None:
    shifts = (shift("L", "20:00-32:00"), shift("M", "07:00-15:00"))
    schedule = plan("LM", shifts=shifts)
    assert list(Seats(count=1).violations(schedule)) == []

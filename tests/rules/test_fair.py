"""Fair shares: equal people end equal, over history and carried balances."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from rule_cases import MONDAY, agree, plan

from csshift.rules.fair import Fair
from csshift.rules.grid import Carried, RosterGrid, Schedule
from csshift.rules.shares import past_shifts


def cost(rule: Fair, schedule: Schedule) -> float:
    return float(sum(violation.amount for violation in agree(rule, schedule)))


def with_grid(schedule: Schedule, **fields: object) -> Schedule:
    kept = {name: getattr(schedule.grid, name) for name in RosterGrid.__dataclass_fields__}
    return Schedule(RosterGrid(**kept | fields), schedule.shift)


def test_equal_people_end_equal() -> None:
    """Of all ways to give four nights to three people, the cheapest is 2, 1, 1."""
    rule = Fair(of="nights")
    days = ["".join(row) for row in product("N-", repeat=4)]
    found = {}
    for rows in product(days, repeat=3):
        counts = tuple(sorted(row.count("N") for row in rows))
        if sum(counts) == 4 and counts not in found:
            found[counts] = cost(rule, plan(*rows))
    assert min(found, key=found.__getitem__) == (1, 1, 2)
    assert found[1, 1, 2] < found[0, 2, 2] < found[0, 1, 3] < found[0, 0, 4]


@pytest.mark.parametrize("by", ["convex", "worst"])
@given(counts=st.lists(st.integers(0, 6), min_size=2, max_size=4))
@settings(max_examples=50, deadline=None)
def test_moving_one_to_whoever_has_two_fewer_is_cheaper(by: str, counts: list[int]) -> None:
    counts = sorted(counts)
    if counts[-1] - counts[0] < 2:
        return
    moved = [counts[0] + 1, *counts[1:-1], counts[-1] - 1]
    rule = Fair.model_validate({"of": "nights", "by": by})
    before, after = (
        cost(rule, plan(*("N" * n + "-" * (6 - n) for n in rows))) for rows in (counts, moved)
    )
    assert after < before


def test_worst_first_prefers_a_lower_maximum() -> None:
    """5, 1, 1 is dearer by ``worst`` than 4, 4, 0, and cheaper by ``convex``."""
    high, flat = plan("NNNNN-", "N-----", "N-----"), plan("NNNN--", "NNN---", "------")
    assert cost(Fair(of="nights"), high) > 0
    assert cost(Fair(of="nights", by="worst"), high) > cost(Fair(of="nights", by="worst"), flat)


def test_range_allows_a_difference_of_one() -> None:
    rule = Fair(of="nights", by="range", severity="hard")
    assert agree(rule, plan("NN--", "N---")) == []
    [broken] = agree(rule, plan("NN--", "----"))
    assert broken.amount == 1
    assert "a1 and a0" in broken.text
    assert agree(rule.model_copy(update={"within": Decimal(2)}), plan("NN--", "----")) == []


def test_history_counts_across_the_boundary() -> None:
    """Who had two nights before costs more than one who had none."""
    rule = Fair(of="nights")
    assert cost(rule, plan("NN|N-", "--|--")) > cost(rule, plan("NN|--", "--|N-"))


def test_since_cuts_the_history() -> None:
    rule = Fair(of="nights", since=MONDAY + timedelta(2))
    assert cost(rule, plan("NN|N-", "--|--")) == cost(rule, plan("NN|--", "--|N-"))


def test_balances_count_like_history() -> None:
    carried = Carried(MONDAY, np.array([[2000, 1000], [0, 1000]]))
    one, other = (
        with_grid(plan(*rows), balances={"nights": carried})
        for rows in (
            ("-|N-", "-|--"),
            ("-|--", "-|N-"),
        )
    )
    assert cost(Fair(of="nights"), one) > cost(Fair(of="nights"), other)


def test_history_up_to_the_balance_counts_once() -> None:
    """The balance already contains the night of the history."""
    schedule = plan("N|--", "-|--")
    carried = Carried(MONDAY, np.array([[1000, 500], [0, 500]]))
    schedule = with_grid(schedule, balances={"nights": carried})
    found = Fair(of="nights").shares_of(schedule.grid, past_shifts(schedule))[1]
    assert found.done.tolist() == [1, 0]
    assert found.balance.tolist() == [500, -500]


def test_a_joiner_owes_nothing_of_the_past() -> None:
    """Days on leave or before the first day are shared by those who were there."""
    schedule = plan("NN|--", "NN|--", "..|--")
    found = Fair(of="nights").shares_of(schedule.grid, past_shifts(schedule))[1]
    assert found.balance.tolist() == [0, 0, 0]


def test_half_the_contract_is_half_the_nights() -> None:
    rule = Fair(of="nights")
    costs = {}
    for half in range(4):
        rows = "N" * half + "-" * (6 - half), "N" * (3 - half) + "-" * (3 + half)
        costs[half] = cost(rule, with_grid(plan(*rows), hours=np.array([1200, 2400])))
    assert min(costs, key=costs.__getitem__) == 1


def test_weekends_across_the_boundary_count_once() -> None:
    saturday = Date(2026, 3, 21)
    assert saturday.weekday() == 5
    rule = Fair(of="weekends")
    schedule = plan("D|D------D-", "-|---------", start=saturday + timedelta(1))
    line = rule.lines(schedule)[0]
    assert (line.done, line.count) == (1, 1)
    agree(rule, schedule)


@pytest.mark.parametrize("saturday", ["N", "D", "?", "-"])
@pytest.mark.parametrize("by", ["convex", "worst", "range"])
def test_a_saturday_before_the_horizon_counts_if_its_shift_does(by: str, saturday: str) -> None:
    rule = Fair.model_validate({"of": "weekends", "shifts": ["D"], "by": by, "severity": 2.5})
    start = Date(2026, 3, 22)
    assert start.weekday() == 6
    schedule = plan(f"{saturday}|D-----DD", "-|------DD", "-|--------", start=start)
    agree(rule, schedule)
    assert rule.lines(schedule)[0].count == (1 if saturday == "D" else 2)


def test_hours_of_unequal_shifts() -> None:
    lines = Fair(of="hours").lines(plan("DD--", "D---"))
    assert [float(line.count) for line in lines] == [16, 8]
    assert [float(line.fair) for line in lines] == [12, 12]


def test_points_add_up() -> None:
    rule = Fair.model_validate(
        {
            "of": "points",
            "points": [{"points": 3, "shifts": ["N"]}, {"points": 2, "weekdays": ["monday"]}],
        }
    )
    line = rule.lines(plan("ND--", "----"))[0]
    assert line.count == 5


def test_the_line_names_who_is_apart() -> None:
    schedule = plan("NNNN", "N---", "N---", "----")
    assert Fair(of="nights").summary(schedule) == "nights: 1 each; a0 has 4; a3 has 0"
    assert Fair(of="nights").summary(plan("NN--", "N---")) == "nights: 1 to 2 each"
    later = plan("N|NNN", "-|N--", "-|N--")
    assert Fair(of="nights").summary(later) == "nights: 1 each; a0 has 3 (4 since 2026-03-16)"
    assert Fair(of="nights").summary(later, "zh").endswith("a0 3（2026-03-16 起共 4）")
    assert Fair(of="nights").summary(plan("NNN", "---")) == "nights: 0 to 3 each"


@pytest.mark.parametrize(
    "fields",
    [
        {"of": "nights", "severity": "hard"},
        {"of": "points"},
        {"of": "late", "points": [{"points": 1}]},
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fair.model_validate(fields)

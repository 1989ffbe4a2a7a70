"""The first sentences: what is proven of a roster, in hours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from report_cases import problem

from csshift.instance import Instance
from csshift.model.result import Result
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.report.headline import headline
from csshift.report.wording import Words

ENGLISH, CHINESE = Words("en"), Words("zh")
INSTANCE = Instance(problem([{"name": "a"}]))


def said(
    bound: float | None,
    penalties: dict[str, float],
    hours: float,
    status: str = "feasible",
    words: Words = ENGLISH,
) -> str:
    """Return the first sentence on a roster with penalties and missing head-hours."""
    score = Score(
        objective=sum(penalties.values()),
        penalties=penalties,
        required_hours=Decimal(481),
        shortage_hours=Decimal(str(hours)),
        shortage_price=1000.0,
    )
    fields: dict[str, Any] = {"status": status, "roster": Roster(), "score": score, "bound": bound}
    return headline(INSTANCE, Result(**fields), words)[0]


def test_the_gap_is_given_in_head_hours() -> None:
    sentence = said(4500.0, {"shortage": 5600.0}, 5.6)
    assert sentence.startswith("No roster can save more than 1.1 of 5.6 missing head-hours")
    assert "5.6 缺口人时中的 1.1" in said(4500.0, {"shortage": 5600.0}, 5.6, words=CHINESE)


def test_what_can_be_saved_is_rounded_up() -> None:
    assert "more than 1.2 of 5.6" in said(4490.0, {"shortage": 5600.0}, 5.6)


def test_heads_that_cost_less_are_not_counted_as_whole_ones() -> None:
    sentence = said(4500.0, {"shortage": 5600.0}, 80.2)
    assert "more than 1.1 of 5.6 missing head-hours (quiet hours count in part)" in sentence


@pytest.mark.parametrize("bound", [0.0, -10.0])
def test_a_bound_that_proves_nothing_promises_nothing(bound: float) -> None:
    assert "is not proven yet" in said(bound, {"shortage": 5600.0}, 5.6)


@pytest.mark.parametrize(
    ("penalties", "bound", "words"),
    [
        ({"contract c: overtime": 40.0}, 10.0, "more than 3 hours of overtime"),
        ({"requests": 650.0}, 140.0, "more than 2 wishes"),
        ({"unfilled duties": 40000.0}, 15000.0, "more than 1 unfilled duty turn"),
        ({"requests": 250.0, "contract c: overtime": 20.0}, 10.0, "1 wish or 2 hours of overtime"),
        ({"surplus": 3.0}, 1.0, "more than trifles"),
    ],
)
def test_without_shortage_the_gap_is_told_as_what_else_it_can_be(
    penalties: dict[str, float], bound: float, words: str
) -> None:
    assert words in said(bound, penalties, 0.0)


def test_optimal_rosters_are_called_proven() -> None:
    assert "this is proven" in said(5600.0, {"shortage": 5600.0}, 5.6, "optimal")
    assert said(0.0, {}, 0.0, "optimal") == "No roster is better: this is proven."


def test_without_a_bound_nothing_is_claimed() -> None:
    assert "is not known" in said(None, {"shortage": 5600.0}, 5.6)


def test_gap_hours_is_at_most_the_shortage_and_needs_a_price() -> None:
    score = Score(
        objective=9000.0,
        penalties={"shortage": 5600.0, "unfilled duties": 3400.0},
        shortage_hours=Decimal("5.6"),
        shortage_price=1000.0,
    )
    assert Result(status="feasible", score=score, bound=0.0).gap_hours == pytest.approx(5.6)
    assert Result(status="feasible", score=score, bound=9100.0).gap_hours == 0
    free = score.model_copy(update={"shortage_price": 0.0})
    assert Result(status="feasible", score=free, bound=0.0).gap_hours is None
    assert Result(status="feasible", score=score).gap_hours is None


def test_inquiries_that_nobody_can_take_are_told_once() -> None:
    score = Score(
        objective=0.0, penalties={}, inquiries=9400.0, unserved_inquiries=12.2, shortage_price=1.0
    )
    result = Result(status="feasible", roster=Roster(), score=score, bound=0.0)
    sentences = headline(INSTANCE, result, ENGLISH)
    said = "12 of 9,400 inquiries come when nobody can take them in time."
    assert sentences.count(said) == 1
    few = score.model_copy(update={"unserved_inquiries": 0.3})
    result = Result(status="feasible", roster=Roster(), score=few, bound=0.0)
    assert not any("inquiries" in text for text in headline(INSTANCE, result, ENGLISH))

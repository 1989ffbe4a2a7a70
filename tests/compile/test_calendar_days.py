"""Wishes and pins for a day off go by the hours of that calendar day."""

from __future__ import annotations

from random import Random

import pytest
from problems import DAY, MONDAY, agent, cell, roster, shift, small, works

import csshift
from csshift.instance import Instance
from csshift.model.horizon import Horizon
from csshift.model.people import Leave
from csshift.problem import Problem
from csshift.scoring import score

TUESDAY = MONDAY + DAY


def nights(*, end: str = "32:00", **parts: object) -> Problem:
    """Return a problem of ``a`` with a day shift and a night."""
    usual = {
        "agents": (agent("a"),),
        "shifts": (shift("D", "08:00-16:00"), shift("N", f"22:00-{end}")),
        "requirements": (),
        "weights": {"surplus": 0, "request": 4},
    }
    return small(**{**usual, **parts})


def wish(want: str = "off", code: str | None = None, day: int = 1) -> dict[str, object]:
    return {"agent_id": "a", "date": MONDAY + day * DAY, "want": want, "shift": code}


def test_a_night_into_the_day_breaks_the_wish_to_be_off() -> None:
    problem = nights(requests=(wish(),))
    judged = score(Instance(problem), roster(works("a", 0, "N")))
    assert judged.penalties == {"requests": 4.0}
    assert judged.broken[0].text == "wanted off, got N"
    ends = nights(end="24:00", requests=(wish(),))
    assert score(Instance(ends), roster(works("a", 0, "N"))).penalties == {}


def test_a_wish_that_two_shifts_break_costs_once() -> None:
    pins = tuple(
        {"agent_id": "a", "date": MONDAY + day * DAY, "shift": code}
        for day, code in enumerate("NE")
    )
    kinds = (shift("E", "16:00-24:00"), shift("N", "22:00-32:00"))
    problem = nights(shifts=kinds, requests=(wish(),), pins=pins)
    both = roster(works("a", 0, "N"), works("a", 1, "E"))
    assert score(Instance(problem), both).penalties == {"requests": 4.0}
    result = csshift.solve(problem, time_limit=5.0, workers=1)
    assert (result.status, result.objective) == ("optimal", 4.0)


@pytest.mark.parametrize(
    ("want", "code", "cost"), [("off", "N", 0), ("work", None, 4), ("work", "N", 4)]
)
def test_other_wishes_go_by_the_day_on_which_a_shift_starts(
    want: str, code: str | None, cost: int
) -> None:
    problem = nights(requests=(wish(want, code),))
    assert score(Instance(problem), roster(works("a", 0, "N"))).objective == cost


def test_a_pinned_day_off_forbids_the_night_before_it() -> None:
    problem = nights(pins=({"agent_id": "a", "date": TUESDAY},))
    [broken] = score(Instance(problem), roster(works("a", 0, "N"))).violations
    assert (broken.rule, broken.date) == ("pins", TUESDAY)
    assert broken.text == "N instead of the pinned day off"
    assert score(Instance(problem), roster(works("a", 0, "D"))).violations == ()
    needed = nights(
        pins=({"agent_id": "a", "date": TUESDAY},),
        requirements=(cell("23:00", 1), cell("23:00", 1, day=1)),
        weights={},
    )
    result = csshift.solve(needed, time_limit=5.0, workers=1)
    assert result.roster is not None
    assert [row.shift for row in result.roster.assignments] == []


def test_the_night_goes_to_whom_no_leave_keeps_away() -> None:
    problem = small(
        horizon=Horizon(start=MONDAY, days=4),
        shifts=(shift("N", "22:00-32:00"),),
        leave=(Leave(agent_id="a", date=TUESDAY, kind="annual"),),
        requests=({"agent_id": "b", "date": MONDAY, "want": "off"},),
        requirements=(cell("22:00", 1), cell("07:00", 1, day=1)),
    )
    result = csshift.solve(problem, time_limit=5.0, workers=1)
    assert result.roster is not None
    assert [(row.agent_id, row.date) for row in result.roster.assignments] == [("b", MONDAY)]
    judged = score(Instance(problem), roster(works("a", 0, "N")))
    assert [finding.rule for finding in judged.violations] == ["leave"]
    assert "8 h of it during leave on 2026-03-17" in judged.violations[0].text


def test_wishes_cost_the_same_in_program_and_check() -> None:
    for seed in range(12):
        random = Random(f"wishes {seed}")
        requests = tuple(
            wish(random.choice(("off", "off", "work")), random.choice((None, None, "N")), day)
            for day in range(4)
        )
        days = Horizon(start=MONDAY, days=4)
        needs = tuple(cell("23:00", random.randint(0, 1), day=day) for day in range(4))
        weights = {"surplus": 0, "shortage": 5, "request": 4}
        problem = nights(horizon=days, requests=requests, requirements=needs, weights=weights)
        result = csshift.solve(problem, time_limit=5.0, workers=1)
        assert result.status == "optimal"
        assert result.bound == pytest.approx(result.objective)
        assert min(score_with_plan(problem, codes) for codes in every(4)) == pytest.approx(
            result.objective
        )


def every(days: int) -> list[str]:
    codes = [""]
    for _ in range(days):
        codes = [text + code for text in codes for code in "-DN"]
    return codes


def score_with_plan(problem: Problem, codes: str) -> float:
    entries = [works("a", day, code) for day, code in enumerate(codes) if code != "-"]
    judged = csshift.check(problem, roster(*entries))
    return float("inf") if judged.violations else judged.objective

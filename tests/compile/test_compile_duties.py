"""Duty columns and rows of the program."""

from __future__ import annotations

import pytest
from problems import DAY, MONDAY, agent, cell, roster, shift, small, turn, works

import csshift
from csshift.compile import compile_problem
from csshift.decode import encode_decisions
from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.problem import Problem
from csshift.program import ABSENT

REMIND = Duty(name="remind", skill="payment-reminder", window="10:00-14:00", share="0.5")
BOTH = {"pre-sale": 1, "payment-reminder": 1}


def with_duty(duty: Duty = REMIND, **parts: object) -> Problem:
    people = (agent("a", skills=BOTH), agent("b", skills=BOTH), agent("c"))
    return small(**{"agents": people, "duties": (duty,), **parts})


def test_only_skilled_agents_on_fitting_shifts_have_a_column() -> None:
    shifts = (shift("D", "08:00-16:00"), shift("N", "22:00-30:00"), shift("H", "12:00-20:00"))
    (columns,) = compile_problem(Instance(with_duty(shifts=shifts))).duties
    there = columns.hold != ABSENT
    assert there.shape == (1, 3, 3, 3)
    assert there[0, :2, :, 0].all()
    assert not there[0, 2].any()
    assert not there[..., 1:].any()


def test_a_group_of_stores_needs_an_agent_who_serves_one() -> None:
    people = (agent("a", skills=BOTH, stores=("S1",)), agent("b", skills=BOTH))
    duty = REMIND.model_copy(update={"stores": (("S1",), ("S2", "S3"))})
    compiled = compile_problem(Instance(with_duty(duty, agents=people, stores=("S2", "S3"))))
    there = (compiled.duties[0].hold != ABSENT).any(axis=(2, 3))
    assert there.tolist() == [[True, True], [False, True]]


def test_a_duty_that_nobody_can_hold_compiles_with_a_weekly_limit() -> None:
    duty = REMIND.model_copy(update={"max_per_week": 1})
    problem = with_duty(duty, agents=(agent("a"), agent("b")))
    compiled = compile_problem(Instance(problem))
    assert (compiled.duties[0].hold == ABSENT).all()
    result = csshift.solve(problem, time_limit=30.0, workers=1, gap=1e-5)
    assert result.score is not None
    assert result.score.penalties["unfilled duties"] == 3 * 20_000
    (note,) = result.notes
    assert note.count == 3


def test_fewer_turns_than_are_fair_forbid_no_roster() -> None:
    # There are two turns a day, and one a week is allowed.
    people = (agent("a", skills=BOTH), agent("b", skills=BOTH))
    duty = REMIND.model_copy(update={"stores": (("S1",), ("S2",)), "max_per_week": 1})
    problem = with_duty(
        duty,
        agents=people,
        stores=("S2",),
        requirements=tuple(cell("10:00", 1, store=store, day=1) for store in ("S1", "S2")),
    )
    worked = [works(who, day) for who in "ab" for day in range(3)]
    full = roster(*worked, turn("a", 0, stores=("S1",)), turn("b", 0, stores=("S2",)))
    judged = csshift.check(problem, full)
    assert judged.violations == ()
    assert "duty fairness" not in judged.penalties
    compiled = compile_problem(Instance(problem))
    fairness = compiled.program.families.index("duty fairness")
    broken = compiled.program.broken_rows(encode_decisions(compiled, full))
    assert fairness not in compiled.program.row_family[broken]


@pytest.mark.parametrize(("past", "left"), [(0, 2), (1, 1), (2, 0), (3, 0)])
def test_turns_of_the_week_in_the_history_count(past: int, left: int) -> None:
    duty = REMIND.model_copy(update={"max_per_week": 2})
    start = MONDAY + 3 * DAY
    problem = with_duty(
        duty,
        agents=(agent("a", skills=BOTH),),
        horizon=Horizon(start=start, days=3),
        requirements=(),
        history=tuple(works("a", day) for day in range(past)),
        history_duties=tuple(turn("a", day) for day in range(past)),
    )
    result = csshift.solve(problem, time_limit=30.0, workers=1, gap=1e-5)
    assert result.roster is not None
    assert len(result.roster.duties) == left

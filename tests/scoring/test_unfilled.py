"""Why nobody holds a duty turn."""

from __future__ import annotations

from typing import Any

import pytest
from problems import DAY, MONDAY, agent, roster, shift, small, turn, works

from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.model.people import Leave, Pin
from csshift.model.roster import Assignment, DutyTurn
from csshift.problem import Problem
from csshift.scoring import unfilled
from csshift.scoring.unfilled import explain_unfilled

BOTH = {"pre-sale": 1, "payment-reminder": 1}
DUTY = {"name": "remind", "skill": "payment-reminder", "window": "10:00-14:00"}
ALL = "all who may hold it are "


def with_duty(
    people: tuple[Any, ...] = (), duty: dict[str, Any] | None = None, **parts: Any
) -> Problem:
    people = people or (agent("a", skills=BOTH), agent("b"))
    return small(agents=people, duties=(Duty(**(DUTY | (duty or {}))),), **parts)


def reasons(problem: Problem, *entries: Assignment | DutyTurn) -> list[str]:
    return [turns.reason for turns in explain_unfilled(Instance(problem), roster(*entries))]


def test_days_of_one_reason_are_one_line() -> None:
    problem = with_duty(duty={"window": "04:00-08:00"})
    (turns,) = explain_unfilled(Instance(problem), roster())
    dates = "2026-03-16, 2026-03-17, 2026-03-18"
    reason = "no shift type overlaps 04:00-08:00 for four hours"
    assert str(turns) == f"nobody for 3 turns of remind on {dates}: {reason}"
    longer = with_duty(
        duty={"window": "04:00-08:00", "count": 2}, horizon={"start": MONDAY, "days": 7}
    )
    (turns,) = explain_unfilled(Instance(longer), roster())
    when = "on 7 days from 2026-03-16 to 2026-03-22"
    assert str(turns) == f"nobody for 14 turns of remind {when}: {reason}"


def test_the_hours_after_midnight_of_a_night_shift_are_pointed_out() -> None:
    shifts = (shift("D", "08:00-16:00"), shift("N", "22:00-30:00"))
    (reason,) = reasons(with_duty(duty={"window": "00:00-06:00"}, shifts=shifts))
    assert reason == (
        "no shift type overlaps 00:00-06:00 for four hours; write 24:00-30:00 for the hours after "
        "midnight of a night shift such as N"
    )
    assert reasons(with_duty(duty={"window": "24:00-30:00"}, shifts=shifts)) != [reason]


def test_a_short_window_has_to_be_covered_whole() -> None:
    (reason,) = reasons(with_duty(duty={"window": "07:00-09:00"}))
    assert reason == "no shift type covers all of 07:00-09:00"


def test_skills_stores_and_limits_that_leave_nobody() -> None:
    assert reasons(with_duty((agent("a"),))) == ["nobody has the skill payment-reminder"]
    elsewhere = (agent("a", skills=BOTH, stores=("S2",)),)
    grouped = with_duty(elsewhere, {"stores": (("S1",),)}, stores=("S2",))
    assert reasons(grouped) == ["nobody with the skill payment-reminder serves S1"]
    assert str(explain_unfilled(Instance(grouped), roster())[0]).startswith(
        "nobody for 3 turns of remind for S1 on"
    )
    assert reasons(with_duty(duty={"max_per_week": 0})) == ["max_per_week = 0 allows no turns"]


def days(problem: Problem, *entries: Assignment | DutyTurn) -> list[tuple[int, str]]:
    found = explain_unfilled(Instance(problem), roster(*entries))
    return [((date - MONDAY).days, turns.reason) for turns in found for date in turns.dates]


def test_what_keeps_each_one_who_may_hold_it() -> None:
    late = agent("a", skills=BOTH, start_date=MONDAY + DAY)
    leave = (Leave(agent_id="a", date=MONDAY + DAY),)
    pins = (Pin(agent_id="a", date=MONDAY + 2 * DAY),)
    assert days(with_duty((late,), leave=leave, pins=pins)) == [
        (0, f"{ALL}not employed then"),
        (1, f"{ALL}on leave"),
        (2, f"{ALL}pinned off"),
    ]


def test_work_at_other_hours_and_turns_already_held() -> None:
    shifts = (shift("D", "08:00-16:00"), shift("L", "14:00-22:00"))
    problem = with_duty(duty={"max_per_week": 1}, shifts=shifts)
    worked = (works("a", 0), works("a", 1), works("a", 2, "L"))
    assert days(problem, *worked, turn("a", 0)) == [
        (1, f"{ALL}at the limit of 1 a week"),
        (2, f"{ALL}at work on shifts that do not overlap 10:00-14:00 for four hours"),
    ]
    twice = with_duty(duty={"count": 2})
    assert days(twice, *(entry for d in range(3) for entry in (works("a", d), turn("a", d)))) == [
        (d, f"{ALL}holding another of its turns that day") for d in range(3)
    ]


def test_rules_that_keep_somebody_off_are_named() -> None:
    rule = {"kind": "max-consecutive-days", "days": 2}
    problem = with_duty(rules=(rule,))
    held = (works("a", 0), works("a", 1), turn("a", 0), turn("a", 1))
    assert days(problem, *held) == [(2, f"{ALL}kept off by max-consecutive-days")]


def test_other_duties_at_that_time() -> None:
    duties = tuple(Duty(**(DUTY | {"name": name, "share": "0.6"})) for name in ("remind", "other"))
    problem = small(
        agents=(agent("a", skills=BOTH),),
        duties=duties,
        horizon={"start": MONDAY, "days": 1},
        requirements=(),
    )
    entries = (works("a", 0), turn("a", 0, "other"))
    assert reasons(problem, *entries) == [f"{ALL}busy with other duties at that time"]


def test_several_obstacles_in_one_sentence_and_somebody_free() -> None:
    people = tuple(agent(who, skills=BOTH) for who in "abc")
    away = tuple(Leave(agent_id=who, date=MONDAY) for who in "ab")
    pins = (Pin(agent_id="c", date=MONDAY),)
    assert days(with_duty(people, leave=away, pins=pins))[0] == (0, f"{ALL}on leave or pinned off")
    free = (0, "at least one agent who may hold it is free")
    assert days(with_duty(people, leave=away))[0] == free
    assert days(with_duty(people, leave=away), works("c", 0))[0] == free


def test_of_very_many_turns_not_all_are_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfilled, "MOST_DAYS_EXAMINED", 1)
    found = days(with_duty())
    assert found[0][1] == "at least one agent who may hold it is free"
    assert {reason for _, reason in found[1:]} == {"too many turns are unfilled to say why of each"}

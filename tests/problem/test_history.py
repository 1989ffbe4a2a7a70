"""History that names what is gone, and leave in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from problems import DAY, MONDAY, agent, cell, roster, shift, small, turn, works

import csshift
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.model.people import Leave
from csshift.model.shifts import Shift
from csshift.problem import Problem
from csshift.rules.grid import OFF, UNKNOWN
from csshift.scoring import score

REMIND = Duty(name="remind", skill="pre-sale", window="09:00-15:00")


def notes(problem: Problem) -> dict[str, Any]:
    return {note.code: note for note in Instance(problem).notes}


def test_people_who_have_left_are_ignored_with_one_note() -> None:
    past = (works("a", -1), works("z", -1), works("z", -2), works("y", -1))
    problem = small(history=past, history_duties=(turn("z", -1),), duties=(REMIND,))
    assert Instance(problem).schedule(()).worked.sum() == 1
    note = notes(problem)["history-unknown-agents"]
    assert (note.agents, note.count) == (("z", "y"), 4)
    assert "z, y" in note.text


def test_an_old_code_is_a_day_at_work_of_unknown_hours() -> None:
    problem = small(history=(works("a", -1, "X"), works("b", -1)))
    schedule = Instance(problem).schedule(())
    assert schedule.shift[:, 0].tolist() == [UNKNOWN, 0]
    assert schedule.worked[:, 0].all()
    assert schedule.paid_minutes[:, 0].tolist() == [0, 480]
    note = notes(problem)["history-unknown-shifts"]
    assert (note.shifts, note.agents, note.count) == (("X",), ("a",), 1)
    assert "end_date" in note.text


def test_an_old_code_counts_in_a_row_and_asks_for_no_rest() -> None:
    rules = (
        {"kind": "max-consecutive-days", "days": 2},
        {"kind": "min-rest", "hours": 100},
        {"kind": "max-shifts", "count": 3, "per": "rolling-7-days"},
    )
    past = tuple(works("a", day, "X") for day in (-2, -1))
    problem = small(history=past, rules=rules)
    broken = [v.rule for v in score(Instance(problem), roster(works("a", 0))).violations]
    assert broken == ["max-consecutive-days"]
    broken = [
        v.rule for v in score(Instance(problem), roster(works("a", 1), works("a", 2))).violations
    ]
    assert broken == ["max-consecutive-days", "min-rest", "max-shifts"][1:]


def test_an_old_code_with_an_end_date_has_hours_and_is_not_offered() -> None:
    old = Shift(code="X", hours="16:00-24:00", end_date=MONDAY - DAY)
    problem = small(
        shifts=(shift("D", "08:00-16:00"), old),
        history=(works("a", -1, "X"),),
        rules=({"kind": "min-rest", "hours": 11},),
    )
    assert Instance(problem).notes == ()
    assert not Instance(problem).grid.offered[:, 1:, 1].any()
    [broken] = score(Instance(problem), roster(works("a", 0))).violations
    assert (broken.rule, broken.agent_id) == ("min-rest", "a")
    result = csshift.solve(problem, time_limit=5.0, workers=1)
    assert result.roster is not None
    assert {row.shift for row in result.roster.assignments} == {"D"}


def test_unknown_duties_and_rows_too_far_back_are_counted() -> None:
    problem = small(
        history=(works("a", -1), works("b", -401), works("b", -402)),
        history_duties=(turn("a", -1, "tea"), turn("a", -1)),
        duties=(REMIND,),
    )
    assert Instance(problem).past_turns == (turn("a", -1),)
    found = notes(problem)
    assert found["history-unknown-duties"].rules == ("tea",)
    assert (found["history-too-old"].count, found["history-unknown-duties"].count) == (2, 1)


def test_history_inside_the_horizon_stays_a_fault() -> None:
    with pytest.raises(InputError, match="not before the horizon"):
        small(history=(works("z", 0, "X"),))


def test_notes_on_the_history_reach_every_result() -> None:
    for rules in ((), ({"kind": "min-shifts", "count": 4, "per": "horizon"},)):
        result = csshift.solve(small(history=(works("z", -1),), rules=rules), time_limit=5.0)
        assert [note.code for note in result.notes] == ["history-unknown-agents"]


def april(*away: Leave, agents: int = 1) -> Problem:
    """Return the second half of a month, with a history of the first."""
    monday = MONDAY.replace(month=4, day=16)
    past = [works("a", (monday - MONDAY).days - back) for back in range(1, 6)]
    past += [works("b", (monday - MONDAY).days - back) for back in (15, 14)]
    return small(
        horizon=Horizon(start=monday, days=15),
        history=tuple(past),
        leave=away,
        rules=(
            {"kind": "min-hours", "hours": 160, "per": "month", "agents": {"ids": ["a"]}},
            {"kind": "max-consecutive-days", "days": 6},
        ),
        requirements=(),
    )


def test_leave_before_the_horizon_counts_for_what_is_owed() -> None:
    away = [
        Leave(agent_id="a", date=MONDAY.replace(month=4, day=day), kind="annual")
        for day in range(1, 11)
    ]
    assert csshift.solve(april(), time_limit=10.0, workers=1).status == "infeasible"
    result = csshift.solve(april(*away), time_limit=10.0, workers=1)
    assert result.roster is not None
    # 20 of 30 days of 160 h are 106.7 h, 40 of which are worked before.
    assert sum(row.agent_id == "a" for row in result.roster.assignments) >= 9
    nine = april(*away)
    short = [row for row in result.roster.assignments if row.agent_id == "a"][:8]
    assert any(v.rule == "min-hours" for v in score(Instance(nine), roster(*short)).violations)


def test_leave_before_the_history_and_long_after_is_accepted() -> None:
    away = tuple(Leave(agent_id="a", date=MONDAY + day * DAY) for day in (-400, -3, 4, 400))
    problem = small(leave=away)
    assert Instance(problem).grid.available.all()


def test_leave_for_a_part_of_a_day_reduces_nothing_that_is_owed() -> None:
    rules = ({"kind": "min-shifts", "count": 7, "per": "week"},)
    week = Horizon(start=MONDAY, days=7)
    for hours, owed in ((None, 6), ("14:00-24:00", 7)):
        away = (Leave(agent_id="a", date=MONDAY, hours=hours),)
        problem = small(
            agents=(agent("a"),), horizon=week, leave=away, rules=rules, requirements=()
        )
        kept = roster(*(works("a", day) for day in range(1, 7)))
        broken = [v.rule for v in score(Instance(problem), kept).violations]
        assert broken == ([] if owed == 6 else ["min-shifts"])


def test_the_history_is_a_fact_even_where_its_night_runs_into_leave() -> None:
    problem = small(
        shifts=(shift("D", "08:00-16:00"), shift("N", "22:00-30:00")),
        history=(works("a", -1, "N"),),
        leave=(Leave(agent_id="a", date=MONDAY),),
        requests=({"agent_id": "a", "date": MONDAY, "want": "off"},),
        pins=({"agent_id": "a", "date": MONDAY},),
    )
    judged = score(Instance(problem), roster())
    assert (judged.violations, judged.broken) == ((), judged.broken)
    assert "requests" not in judged.penalties
    assert csshift.solve(problem, time_limit=5.0, workers=1).status == "optimal"
    assert np.all(Instance(problem).schedule(()).shift[1] == OFF)


def test_a_one_person_team_is_short_on_the_night_before_leave() -> None:
    problem = small(
        agents=(agent("a"),),
        shifts=(shift("N", "22:00-32:00"),),
        leave=(Leave(agent_id="a", date=MONDAY + DAY),),
        requirements=(cell("23:00", 1), cell("01:00", 1, day=1)),
    )
    result = csshift.solve(problem, time_limit=5.0, workers=1)
    assert result.status == "optimal"
    assert result.score is not None
    assert result.score.shortage_hours == 2

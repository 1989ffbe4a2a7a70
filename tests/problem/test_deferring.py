"""Deferrable work becomes ring-fenced heads, and the roster is judged by what it gets done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from problems import DAY, MONDAY, agent, cell, roster, shift, small, works

import csshift
from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.skills import Skill
from csshift.problem import Problem

REFUND: dict[str, Any] = {
    "name": "refund",
    "channel": "deferrable",
    "handle_seconds": 360,
    "deadline_hours": 6,
}


def refunds(*hours: tuple[int, float], day: int = 0, store: str = "S1") -> tuple[ForecastCell, ...]:
    return tuple(
        ForecastCell(
            date=MONDAY + day * DAY, start=60 * hour, store=store, skill="refund", inquiries=count
        )
        for hour, count in hours
    )


def problem(*forecast: ForecastCell, **fields: Any) -> Problem:
    both = {"pre-sale": 1, "refund": 1}
    parts = {
        "agents": (agent("a", skills=both), agent("b", skills=both)),
        "skills": (Skill.model_validate(REFUND | fields),),
        "requirements": tuple(
            cell(f"{hour:02d}:00", 2 if hour in (10, 11) else 1) for hour in range(8, 16)
        ),
    }
    return small(forecast=forecast, **parts)


def by_hour(planned: Problem, day: int = 0) -> dict[int, float]:
    demand = Instance(planned).demand
    chosen = (demand.skill == demand.skills.index("refund")) & (demand.day == day)
    hours = zip(demand.interval[chosen].tolist(), demand.heads[chosen].tolist(), strict=True)
    return {hour: heads / 100 for hour, heads in hours}


def test_work_goes_to_where_live_contacts_leave_most_time() -> None:
    planned = problem(*refunds((8, 20)))  # two head-hours, due by 14:00
    heads = by_hour(planned)
    assert sum(heads.values()) == pytest.approx(2, abs=0.06)
    assert set(heads) <= set(range(8, 14))
    assert not {10, 11} & set(heads)
    assert "within 6 h, where most time is to spare" in Instance(planned).demand.models[1]


def test_work_keeps_to_its_window_even_when_that_is_late() -> None:
    heads = by_hour(problem(*refunds((8, 10)), working_window="15:00-17:00"))
    # Due by 14:00, but the window opens at 15:00, where nobody works beyond 16:00.
    assert heads == {15: 1.0}


def test_occupancy_shrinkage_and_bots_count() -> None:
    planned = problem(*refunds((8, 20)), max_occupancy=0.8, shrinkage=0.2, bot_share=0.5)
    assert sum(by_hour(planned).values()) == pytest.approx(1 / 0.8 / 0.8, abs=0.06)


def test_the_backlog_is_planned_besides_what_arrives() -> None:
    cells = (*refunds((8, 20)), *refunds((15, 10), day=2))  # no live contacts on the third day
    without, with_it = problem(*cells), problem(*cells, backlog=30)
    hours = [
        sum(sum(by_hour(each, day).values()) for day in range(3)) for each in (without, with_it)
    ]
    assert hours[0] == pytest.approx(3, abs=0.1)
    assert hours[1] == pytest.approx(6, abs=0.2)


def test_no_more_is_left_than_was_found() -> None:
    cells = refunds((15, 30), day=2)
    found = [
        sum(by_hour(problem(*cells, backlog=left, deadline_hours=24), 2).values())
        for left in (0, 20, 60)
    ]
    # What comes on the last afternoon is due on the day after the horizon.
    assert found == pytest.approx([3, 1, 0], abs=0.1)


def test_given_heads_win_over_the_forecast_of_their_cell() -> None:
    planned = small(
        skills=(Skill.model_validate(REFUND),),
        agents=(agent("a", skills={"refund": 1}),),
        requirements=(cell("09:00", "0.5", skill="refund"),),
        forecast=refunds((9, 50)),
    )
    assert by_hour(planned) == {9: 0.5}


def test_stores_get_what_they_sent() -> None:
    both = {"pre-sale": 1, "refund": 1}
    planned = small(
        skills=(Skill.model_validate(REFUND),),
        agents=(agent("a", skills=both), agent("b", skills=both, stores=("S2",))),
        requirements=(),
        forecast=(*refunds((9, 10)), *refunds((9, 30), store="S2")),
    )
    demand = Instance(planned).demand
    hours = np.bincount(demand.store, demand.heads / 100)
    assert hours == pytest.approx([1, 3], abs=0.1)


def test_a_roster_is_judged_by_what_is_done_in_time() -> None:
    planned = problem(*refunds((8, 20)))
    full = roster(*(works(name, day) for name in "ab" for day in range(3)))
    score = csshift.check(planned, full)
    (work,) = score.deferred
    assert (work.store, work.skill, work.arrivals) == ("S1", "refund", 20)
    assert work.done == pytest.approx(20)
    assert work.late == pytest.approx(0, abs=1e-6)
    assert work.ring_fenced_hours == pytest.approx(2, abs=0.1)


def test_what_a_thin_roster_leaves_is_told_and_carried_over() -> None:
    planned = problem(*refunds((8, 60)))  # six head-hours for one who has live contacts besides
    score = csshift.check(planned, roster(works("a", 0)))
    (work,) = score.deferred
    assert work.done + work.left == pytest.approx(work.arrivals + work.backlog)
    assert work.late == pytest.approx(work.arrivals - work.done, abs=1e-6)
    assert work.late > 20
    assert "late" in str(work)


def test_idle_time_is_used_even_where_it_was_not_planned() -> None:
    planned = problem(*refunds((8, 10)))
    # Only the afternoon is worked: the morning's plan is missed, idle time after it helps.
    late = small(
        skills=planned.skills,
        agents=planned.agents,
        forecast=planned.forecast,
        requirements=(cell("09:00", 1),),
        shifts=(shift("D", "10:00-18:00"),),
    )
    (work,) = csshift.check(late, roster(works("a", 0))).deferred
    assert work.idle_hours + work.ring_fenced_hours == pytest.approx(1, abs=0.05)
    assert work.done == pytest.approx(10)
    assert work.late == pytest.approx(0, abs=1e-6)


def test_a_solve_says_what_would_be_late() -> None:
    cells = refunds((8, 300))
    result = csshift.solve(problem(*cells), time_limit=2, workers=1)
    assert any("refund of S1" in note.text and "late" in note.text for note in result.notes)

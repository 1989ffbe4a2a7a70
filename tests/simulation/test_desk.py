"""The desk: breaks, duties, absences, the plan's queues, helping out, handing over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from desks import MONDAY, desk_problem, everybody, forecast, shares
from hypothesis import given, settings
from hypothesis import strategies as st

import csshift
from csshift.demand.chat import chat_team
from csshift.demand.chat_work import ChatWork
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.model.people import Agent
from csshift.model.roster import DutyTurn
from csshift.model.shifts import Shift
from csshift.model.skills import Skill
from csshift.simulation import run_replications
from csshift.simulation.attendance import draw_attendance
from csshift.simulation.desk import ANYTHING, CALLS, CHATS, desk_of
from csshift.simulation.tally import (
    BUSY,
    CONTACTS,
    GIVEN_UP,
    IN_TIME,
    REPLIES,
    REQUESTS,
    WAITED,
    WAITED_NO_MORE,
    WITHIN_180,
)

CALL = Skill(name="hotline", handle_seconds=240, patience_seconds=120)
CHAT = Skill(name="pre-sale", channel="chat", sessions_at_once=4)
REFUND = Skill(name="refund", channel="deferrable", handle_seconds=300, deadline_hours=24)


def shift(hours: str, break_minutes: int = 0) -> Shift:
    return Shift.model_validate({"code": "D", "hours": hours, "break_minutes": break_minutes})


def seconds_taking(changes: list[Any], takes: int) -> float:
    """Agent seconds during which an agent takes just this."""
    since: dict[int, tuple[float, int]] = {}
    total = 0.0
    for change in changes:
        time, before = since.get(change.agent, (0.0, 0))
        total += (change.time - time) * (before == takes)
        since[change.agent] = change.time, change.takes
    return total


def test_figures_are_those_of_the_chain() -> None:
    problem = desk_problem(8, CHAT, forecast=forecast(150, "pre-sale", days=2), days=2)
    (row,) = run_replications(Instance(problem), everybody(problem), 4, 3).rows()
    chain = chat_team(150, 60, ChatWork(12, 40, 10, 4), 8, 180)
    assert row.reply_seconds is not None
    assert row.service is not None
    assert row.occupancy is not None
    assert row.reply_seconds.mean == pytest.approx(float(chain.mean_response_seconds), rel=0.1)
    assert row.service.mean == pytest.approx(float(chain.response_share), abs=0.01)
    assert row.occupancy.mean == pytest.approx(float(chain.occupancy), abs=0.02)


@pytest.mark.parametrize("hours", ["08:00-17:00", "09:00-12:00+18:00-23:00", "22:00-24:00"])
def test_breaks_absences_and_duties_take_what_the_plan_counts_with(hours: str) -> None:
    skill = CALL.model_copy(update={"shrinkage": 0.1})
    duty = Duty.model_validate(
        {"name": "remind", "skill": "hotline", "window": "08:00-24:00", "share": "0.5"}
    )
    problem = desk_problem(
        20, skill, forecast=forecast(9), shifts=(shift(hours, 30),), duties=(duty,)
    )
    turn = DutyTurn(date=MONDAY, duty="remind", agent_id="A3")
    roster = everybody(problem).model_copy(update={"duties": (turn,)})
    attendance = draw_attendance(desk_of(Instance(problem), roster), np.random.default_rng(0))
    paid = problem.shifts[0].paid_minutes * 60.0
    assert seconds_taking(attendance.changes, ANYTHING) == pytest.approx(
        0.9 * paid * 19.5, rel=0.001
    )
    assert attendance.staffed.sum() == pytest.approx(0.9 * paid * 19.5, rel=0.001)


def test_breaks_are_staggered_so_that_each_hour_loses_its_part() -> None:
    problem = desk_problem(18, CALL, forecast=forecast(9), shifts=(shift("08:00-17:00", 60),))
    attendance = draw_attendance(
        desk_of(Instance(problem), everybody(problem)), np.random.default_rng(5)
    )
    per_hour = attendance.staffed[0, 8:17] / 3600
    assert per_hour == pytest.approx(np.full(9, 16.0), abs=1.01)


def test_an_agent_planned_for_calls_and_chats_does_one_after_the_other() -> None:
    problem = desk_problem(1, CALL, CHAT, forecast=(*forecast(5), *forecast(5, "pre-sale")))
    plan = [*shares("A0", "hotline", 0.25), *shares("A0", "pre-sale", 0.5)]
    attendance = draw_attendance(
        desk_of(Instance(problem), everybody(problem, *plan)), np.random.default_rng(1)
    )
    assert seconds_taking(attendance.changes, CALLS) == pytest.approx(86_400 / 3, rel=0.001)
    assert seconds_taking(attendance.changes, CHATS) == pytest.approx(86_400 * 2 / 3, rel=0.001)


def test_time_for_heads_without_forecast_is_set_aside() -> None:
    heads = csshift.RequirementCell.model_validate(
        {"date": MONDAY, "start": "10:00", "store": "S1", "skill": "after-sale", "heads": 1}
    )
    agents = (Agent(agent_id="A0", skills={"hotline": 1, "after-sale": 1}),)
    problem = desk_problem(1, CALL, forecast=forecast(5), requirements=(heads,), agents=agents)
    roster = everybody(problem, *shares("A0", "after-sale", 1, range(10, 11)))
    outcome = run_replications(Instance(problem), roster, 2, 0)
    assert outcome.set_aside == (("S1", "after-sale"),)
    (at_ten,) = [row for row in outcome.rows(("skill", "start")) if row.start == 600]
    assert at_ten.occupancy is None  # nobody sits there


def test_others_help_only_where_nobody_planned_has_a_place() -> None:
    calls = (*forecast(40), *forecast(2, store="S2"))
    problem = desk_problem(4, CALL, forecast=calls)
    alone = [*shares("A0", "hotline", 1), *shares("A1", "hotline", 1)]
    plan = [
        *alone,
        *shares("A2", "hotline", 1, store="S2"),
        *shares("A3", "hotline", 1, store="S2"),
    ]
    helped = run_replications(Instance(problem), everybody(problem, *plan), 3, 0)
    split = problem.model_copy(
        update={
            "agents": tuple(
                agent.model_copy(update={"stores": ("S1",) if i < 2 else ("S2",)})
                for i, agent in enumerate(problem.agents)
            )
        }
    )
    apart = run_replications(Instance(split), everybody(split, *plan), 3, 0)
    by_store = [outcome.rows(("store",))[0].abandonment for outcome in (helped, apart)]
    assert by_store[0] is not None
    assert by_store[1] is not None
    assert by_store[0].mean < 0.5 * by_store[1].mean


def test_sessions_are_handed_over_and_ended_by_the_last() -> None:
    early = Shift.model_validate({"code": "D", "hours": "08:00-12:00"})
    problem = desk_problem(
        3, CHAT, forecast=forecast(30, "pre-sale", hours=range(8, 12)), shifts=(early,)
    )
    outcome = run_replications(Instance(problem), everybody(problem), 3, 0)
    counts = outcome.counts.sum(axis=(2, 3))
    # Whoever had a place is answered to the end of the session, after 12:00, too.
    still_waiting = counts[:, WAITED] - counts[:, WAITED_NO_MORE]
    assert np.all(counts[:, REQUESTS] - counts[:, REPLIES] == still_waiting)
    assert np.all(still_waiting <= 3)


@given(
    seed=st.integers(0, 10_000),
    agents=st.integers(1, 6),
    chats=st.floats(0, 90),
    calls=st.floats(0, 40),
    refunds=st.floats(0, 30),
    break_minutes=st.sampled_from([0, 45]),
    hours=st.sampled_from(["00:00-24:00", "07:00-15:30", "09:15-12:00+18:00-25:00"]),
)
@settings(max_examples=15)
def test_nothing_is_lost_and_nothing_is_made(
    seed: int, agents: int, chats: float, calls: float, refunds: float, break_minutes: int,
    hours: str,
) -> None:  # fmt: skip
    cells = (
        *forecast(chats, "pre-sale", hours=range(8, 16)),
        *forecast(calls, hours=range(6, 20)),
        *forecast(refunds, "refund", hours=range(24)),
        *forecast(1),
    )
    cells = tuple({(cell.start, cell.skill): cell for cell in reversed(cells)}.values())
    problem = desk_problem(
        agents, CALL, CHAT, REFUND, forecast=cells, shifts=(shift(hours, break_minutes),)
    )
    outcome = run_replications(Instance(problem), everybody(problem), 2, seed)
    assert np.all(outcome.counts >= 0)
    live = outcome.counts[:, :, : outcome.desk.live].sum(axis=3)
    waiting = live[:, WAITED] - live[:, WAITED_NO_MORE]
    assert np.all(waiting >= 0)
    assert np.all(live[:, REQUESTS] == live[:, REPLIES] + live[:, GIVEN_UP] + waiting)
    assert np.all(live[:, IN_TIME] <= live[:, REPLIES])
    assert np.all(live[:, WITHIN_180] <= live[:, REPLIES])
    assert np.all(live[:, GIVEN_UP] <= live[:, CONTACTS])
    paid = problem.shifts[0].paid_minutes * 60 * agents
    deferred = outcome.counts[:, BUSY, outcome.desk.live :].sum(axis=(1, 2))
    assert np.all(deferred <= paid + 1e-6)


def test_the_same_seed_repeats_and_more_replications_keep_the_first() -> None:
    problem = desk_problem(3, CALL, CHAT, forecast=(*forecast(9), *forecast(20, "pre-sale")))
    roster = everybody(problem)
    first, again = (run_replications(Instance(problem), roster, 2, 4).counts for _ in range(2))
    assert np.array_equal(first, again)
    assert np.array_equal(run_replications(Instance(problem), roster, 3, 4).counts[:2], first)
    assert not np.array_equal(run_replications(Instance(problem), roster, 2, 5).counts, first)


def test_deferrable_work_fills_the_idle_time_of_those_who_may_do_it() -> None:
    cells = (*forecast(6), *forecast(10, "refund", hours=range(8, 18)))
    problem = desk_problem(2, CALL, REFUND, forecast=cells)
    done = run_replications(Instance(problem), everybody(problem), 3, 0)
    refund = next(row for row in done.rows() if row.skill == "refund")
    assert refund.service is not None
    assert refund.service.mean > 0.99
    assert done.verdict("refund") in ("met", "open")
    closed = REFUND.model_copy(
        update={"working_window": csshift_window("08:00-09:00"), "deadline_hours": 4.0}
    )
    short = desk_problem(1, CALL, closed, forecast=cells)
    left = run_replications(Instance(short), everybody(short), 3, 0)
    assert left.verdict("refund") == "missed"
    assert left.rows(("skill", "start"))[-1].backlog.mean > 50


def csshift_window(text: str) -> Any:
    return Skill(name="x", working_window=text).working_window  # type: ignore[arg-type]


def test_without_a_forecast_there_is_nothing_to_simulate() -> None:
    heads = csshift.RequirementCell.model_validate(
        {"date": MONDAY, "start": "10:00", "store": "S1", "skill": "hotline", "heads": 1}
    )
    problem = desk_problem(1, CALL, requirements=(heads,))
    with pytest.raises(InputError, match=r"forecast\.csv"):
        csshift.simulate(problem, everybody(problem))
    with pytest.raises(ValueError, match="from 2 to 10,000"):
        csshift.simulate(desk_problem(1, CALL, forecast=forecast(3)), everybody(problem),
                         replications=1)  # fmt: skip


def test_a_frame_has_a_row_a_part_and_a_column_a_figure() -> None:
    pytest.importorskip("pandas")
    problem = desk_problem(2, CALL, CHAT, forecast=(*forecast(9), *forecast(20, "pre-sale")))
    outcome = run_replications(Instance(problem), everybody(problem), 2, 4)
    frame = outcome.to_frame()
    assert list(frame.columns[:4]) == ["skill", "start", "contacts", "contacts_margin"]
    assert len(frame) == 48
    assert frame.loc[0, "start"] == "00:00"
    whole = outcome.to_frame(("date", "store"))
    assert len(whole) == 1
    with pytest.raises(ValueError, match="none of date"):
        outcome.rows(("hour",))  # type: ignore[arg-type]

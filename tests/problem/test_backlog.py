"""A backlog: of which store it is, how large it may be, and that nothing of it is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import MONDAY, agent, cell, shift, small

import csshift
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.instance.deferring import deferred_queues
from csshift.instance.relaxed import people_at_work
from csshift.model.demand import ForecastCell
from csshift.model.roster import Roster
from csshift.model.skills import LARGEST_BACKLOG, LONGEST_DEADLINE_HOURS, Skill
from csshift.problem import Problem

BOTH = {"pre-sale": 1, "refund": 1}


def refunds(count: float, store: str = "S1", hour: int = 9) -> ForecastCell:
    return ForecastCell(date=MONDAY, start=60 * hour, store=store, skill="refund", inquiries=count)


def problem(*forecast: ForecastCell, **fields: Any) -> Problem:
    skill = {"name": "refund", "channel": "deferrable", "handle_seconds": 360, **fields}
    return small(
        agents=(agent("a", skills=BOTH), agent("b", skills=BOTH)),
        shifts=(shift("E", "06:00-14:00"), shift("L", "14:00-22:00")),
        skills=(Skill.model_validate(skill),),
        requirements=(cell("10:00", 1), cell("16:00", 1, day=2)),
        forecast=forecast,
    )


def refund_heads(planned: Problem) -> float:
    """Return the heads of the refunds in all intervals together."""
    demand = Instance(planned).demand
    return float(demand.heads[demand.skill == demand.skills.index("refund")].sum()) / 100


def test_a_backlog_without_inquiries_is_shared_evenly() -> None:
    waiting = problem(refunds(0), refunds(0, "S2"), backlog=40, deadline_hours=10)
    assert [queue.backlog for queue in deferred_queues(Instance(waiting))] == [40]
    apart = waiting.with_(pools="separate")
    assert [queue.backlog for queue in deferred_queues(Instance(apart))] == [20, 20]
    assert refund_heads(apart) > 0
    uneven = problem(refunds(3), refunds(1, "S2"), backlog=40).with_(pools="separate")
    assert [queue.backlog for queue in deferred_queues(Instance(uneven))] == [30, 10]


def test_a_backlog_of_no_store_is_a_fault() -> None:
    with pytest.raises(InputError, match="no store") as caught:
        problem(backlog=40)
    assert "forecast.csv, with 0 inquiries" in caught.value.faults[0].remedy
    problem(backlog=0)


def test_a_backlog_without_inquiries_is_simulated() -> None:
    planned = problem(refunds(0), backlog=40, deadline_hours=10)
    (row,) = csshift.simulate(planned, Roster(), replications=2).rows(["skill"])
    assert row.backlog.mean > 30


@given(
    backlog=st.sampled_from([0, 1e-9, 1, 1e3, 1e6, LARGEST_BACKLOG]),
    deadline=st.sampled_from([1e-300, 0.5, 24, 200, LONGEST_DEADLINE_HOURS]),
    handle=st.sampled_from([0.001, 300, 86_400]),
    arrivals=st.sampled_from([0, 1e-9, 50, 1e9]),
    shrinkage=st.sampled_from([0, 0.5, 0.999999, 1 - 2**-53]),
    occupancy=st.sampled_from([0.001, 1]),
)
@settings(max_examples=60, deadline=None)
def test_work_at_the_limits_of_its_fields_is_planned_or_a_fault(
    backlog: float,
    deadline: float,
    handle: float,
    arrivals: float,
    shrinkage: float,
    occupancy: float,
) -> None:
    planned = problem(
        refunds(arrivals),
        backlog=backlog,
        deadline_hours=deadline,
        handle_seconds=handle,
        shrinkage=shrinkage,
        max_occupancy=occupancy,
    )
    try:
        demand = Instance(planned).demand
    except InputError as error:
        reason = str(error)
    else:
        assert np.all((demand.heads > 0) & (demand.heads <= 100 * 100_000))
        (work,) = csshift.check(planned, Roster()).deferred
        assert work.left == pytest.approx(backlog + arrivals)
        return
    assert "100,000 heads" in reason


@given(
    backlog=st.floats(0, 1000), more=st.floats(0, 1000), arrivals=st.floats(0, 100),
    deadline=st.sampled_from([6.0, 24.0]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_more_arrivals_are_no_fewer_heads(
    backlog: float, more: float, arrivals: float, deadline: float
) -> None:
    less, all_of_it = (
        refund_heads(problem(refunds(count), backlog=backlog, deadline_hours=deadline))
        for count in (arrivals, arrivals + more)
    )
    # Each interval is rounded up to a hundredth of a head.
    assert all_of_it >= less - 0.01 * 72


def test_what_is_wanted_beyond_everybody_changes_nobody() -> None:
    planned = problem(refunds(1))
    slots = np.arange(72)
    pool, window = np.ones(2, dtype=np.bool_), (slots % 24 >= 6) & (slots % 24 < 22)
    live = np.where(slots % 24 == 12, 1.0, 0.0)
    found = [
        people_at_work(Instance(planned), pool, live, np.full(3, daily), window)
        for daily in (40.0, 1e4, 1e12)
    ]
    assert found[1].sum() == pytest.approx(found[0].sum())
    assert found[2].tolist() == found[1].tolist()
    crowds = [
        people_at_work(Instance(planned), pool, live * wanted, np.zeros(3), window)
        for wanted in (2, 1e9)
    ]
    assert crowds[0].tolist() == crowds[1].tolist()
    assert crowds[0][12] > 0

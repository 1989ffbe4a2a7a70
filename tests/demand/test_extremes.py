"""Heads of any skill within its limits: finite, not falling with the load, or a clear fault."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from csshift.demand.calls import erlang_a_agents, erlang_c_agents
from csshift.demand.heads import MOST_HEADS, Heads, heads_for
from csshift.demand.search import TooManyAgentsError
from csshift.errors import InputError
from csshift.model.skills import Skill


def of(*extremes: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(extremes)


SKILLS = st.fixed_dictionaries(
    {"channel": of("call", "chat", "deferrable"), "handle_seconds": of(0.001, 1, 200, 86_400)},
    optional={
        "service_level": of(0, 0.5, 0.99, 0.999999),
        "answer_within_seconds": of(0, 1e-9, 20, 86_400),
        "patience_seconds": of(None, 0.001, 1, 300, 1e9),
        "reply_seconds": of(0.001, 12, 3600),
        "customer_gap_seconds": of(0.001, 40, 7200),
        "replies_per_session": of(1, 1.0000001, 10, 1000),
        "sessions_at_once": of(1, 2, 4, 50),
        "mean_response_seconds": of(None, 0.001, 13, 3601, 1e9),
        "response_within_seconds": of(0.001, 180, 1e9),
        "shrinkage": of(0, 0.1, 0.999999, 1 - 2**-53),
        "max_occupancy": of(0.001, 0.5, 0.9, 1),
        "bot_share": of(0, 0.5, 0.9999, 1 - 2**-53),
    },
)
HARD_CALLS = {
    "channel": "call",
    "handle_seconds": 86_400,
    "service_level": 0.99,
    "answer_within_seconds": 0,
    "patience_seconds": 0.001,
    "max_occupancy": 0.001,
    "bot_share": 0.9999,
}


@given(
    fields=SKILLS,
    size=st.floats(-3, 5.2),
    parts=st.lists(st.floats(1e-9, 1), min_size=1, max_size=6),
)
@example(fields=HARD_CALLS, size=2, parts=[0.1, 0.5])
@example(fields=HARD_CALLS | {"shrinkage": 0.999999}, size=-3, parts=[0.5])
@settings(max_examples=300, deadline=None)
def test_heads_are_finite_and_do_not_fall_with_the_load(
    fields: dict[str, Any], size: float, parts: list[float]
) -> None:
    skill = Skill(name="x", **fields)
    chat = skill.channel == "chat"
    work = skill.reply_seconds * skill.replies_per_session if chat else fields["handle_seconds"]
    most = min(1e9, 10**size * 3600 / work / (1 - skill.bot_share))
    inquiries = np.sort([0.0, *(most * part for part in parts), most])
    try:
        found = heads_for(skill, inquiries, 60)
    except InputError as error:
        faults = error.faults
    else:
        assert_sound(found)
        return
    assert all(fault.problem and fault.remedy and fault.column for fault in faults)


def assert_sound(found: Heads) -> None:
    """The first cell has no inquiries; the others have ever more."""
    assert np.all(np.isfinite(found.heads))
    assert found.heads.max() <= MOST_HEADS
    assert not np.any(np.isnan(found.response_seconds))
    assert np.all((found.occupancy >= 0) & (found.occupancy <= 1))
    assert np.all((found.service >= 0) & (found.service <= 1))
    assert found.heads[0] == 0
    assert np.all(found.heads[1:] > 0)
    assert np.all(np.diff(found.heads) >= 0)


@given(
    load=st.floats(0.1, 5e4),
    level=st.floats(0, 0.99),
    within=st.floats(0, 300),
    handle=st.floats(1, 5000),
    patience=st.floats(1, 1e5),
)
@settings(max_examples=100, deadline=None)
def test_calls_take_no_fewer_agents_under_stricter_targets(
    load: float, level: float, within: float, handle: float, patience: float
) -> None:
    calls, stricter = 3600 * load / handle, (level + 1) / 2
    goals = (
        (level, within, 1.0),
        (stricter, within, 1.0),
        (level, within / 2, 1.0),
        (level, within, 0.7),
    )
    patient = [int(erlang_c_agents(calls, 60, handle, *goal)) for goal in goals]
    impatient = [int(erlang_a_agents(calls, 60, handle, patience, *goal)) for goal in goals]
    for base, *others in (patient, impatient):
        assert base >= int(level * load)
        assert min(others) >= base


def test_loads_of_millions_are_near_their_fluid_limit() -> None:
    load = np.array([1e5, 1e6, 9e6])
    for agents in (
        erlang_c_agents(load, 60, 3600, 0.8, 20),
        erlang_a_agents(load, 60, 3600, 1e9, 0.8, 20),
    ):
        spare = (agents - load) / np.sqrt(load)
        assert np.all((spare > 0) & (spare < 1))
    for search in (
        lambda calls: erlang_c_agents(calls, 60, 3600, 0.8, 20),
        lambda calls: erlang_a_agents(calls, 60, 3600, 300, 0.8, 20),
    ):
        with pytest.raises(TooManyAgentsError):
            search([1e12, 1e300])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("backlog", 1e12),
        ("backlog", 1e300),
        ("deadline_hours", 1e12),
        ("deadline_hours", 1e300),
        ("max_occupancy", 1e-300),
        ("service_level", 1 - 2**-53),
        ("shrinkage", 1.0),
        ("bot_share", 1.0),
    ],
)
def test_numbers_beyond_nature_are_rejected(field: str, value: float) -> None:
    with pytest.raises(ValidationError, match=field):
        Skill(name="x", channel="deferrable", **{field: value})


def test_heads_beyond_every_team_are_a_fault_after_shrinkage_too() -> None:
    # One agent, of whom a billionth of the time is left.
    skill = Skill(name="x", handle_seconds=60, shrinkage=1 - 1e-9)
    with pytest.raises(InputError, match="100,000 heads"):
        heads_for(skill, np.array([1e-3]), 60)

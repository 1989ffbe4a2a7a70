"""From a skill and its forecast to heads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.demand.calls import erlang_a_agents, erlang_c_agents
from csshift.demand.chat import ChatTarget, chat_agents
from csshift.demand.chat_work import ChatWork
from csshift.demand.heads import heads_for
from csshift.errors import InputError
from csshift.model.skills import Skill

INQUIRIES = np.array([[0.0, 3.5, 40.0], [120.0, 0.2, 0.0]])
HOTLINE = Skill(
    name="hotline",
    handle_seconds=276,
    service_level=0.8,
    answer_within_seconds=30,
    patience_seconds=360,
    shrinkage=0.05,
)
CHAT = Skill(name="pre-sale", channel="chat", shrinkage=0.2, max_occupancy=0.9)
REFUNDS = Skill(
    name="refunds", channel="deferrable", handle_seconds=300, max_occupancy=0.8, shrinkage=0.25
)


def test_calls_with_patience_use_erlang_a() -> None:
    heads = heads_for(HOTLINE, INQUIRIES, 60)
    agents = erlang_a_agents(INQUIRIES, 60, 276, 360, 0.8, 30)
    assert heads.model == "erlang-a"
    assert heads.agents.tolist() == agents.tolist()
    assert heads.heads == pytest.approx(agents / 0.95)
    assert np.all(heads.service >= 0.8)
    assert np.all((heads.occupancy > 0) == (INQUIRIES > 0))
    assert np.all(heads.occupancy <= 1)
    assert heads.explanation == (
        "Erlang A: 276 s a call, patience 360 s; 80 % answered within 30 s, "
        "occupancy up to 100 %, shrinkage 5 %"
    )


def test_calls_without_patience_use_erlang_c() -> None:
    skill = HOTLINE.model_copy(update={"patience_seconds": None, "max_occupancy": 0.85})
    heads = heads_for(skill, INQUIRIES, 30)
    assert heads.model == "erlang-c"
    assert heads.agents.tolist() == erlang_c_agents(INQUIRIES, 30, 276, 0.8, 30, 0.85).tolist()
    assert np.all(heads.occupancy <= 0.85)
    assert "nobody gives up" in heads.explanation
    assert "occupancy up to 85 %" in heads.explanation


def test_chats_use_the_chain() -> None:
    heads = heads_for(CHAT, INQUIRIES, 60)
    agents = chat_agents(INQUIRIES, 60, ChatWork(12, 40, 10, 4), ChatTarget(30, 180, 0.8, 0.9))
    assert heads.model == "chat-chain"
    assert heads.agents.tolist() == agents.tolist()
    assert heads.heads == pytest.approx(agents / 0.8)
    assert np.all(heads.occupancy <= 0.9)
    for words in ("12 s a reply", "4 sessions at once", "mean response up to 30 s", "180 s"):
        assert words in heads.explanation
    unlimited = CHAT.model_copy(update={"mean_response_seconds": None})
    assert "mean response" not in heads_for(unlimited, INQUIRIES, 60).explanation


def test_deferrable_work_is_spread_over_its_interval() -> None:
    heads = heads_for(REFUNDS, INQUIRIES, 15)
    assert heads.model == "workload"
    assert heads.heads == pytest.approx(INQUIRIES * 300 / (900 * 0.8) / 0.75)
    assert heads.occupancy[0].tolist() == [0, 0.8, 0.8]
    assert heads.service.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert "300 s an inquiry" in heads.explanation


def test_no_demand_takes_no_heads() -> None:
    for skill in (HOTLINE, CHAT, REFUNDS):
        heads = heads_for(skill, np.zeros(3), 60)
        assert heads.heads.tolist() == [0, 0, 0]
        assert heads.occupancy.tolist() == [0, 0, 0]
        assert heads.service.tolist() == [1, 1, 1]
        assert heads_for(skill, np.zeros(0), 60).heads.shape == (0,)


@pytest.mark.parametrize("channel", ["call", "deferrable"])
def test_missing_handle_seconds_are_told(channel: str) -> None:
    with pytest.raises(InputError) as caught:
        heads_for(Skill(name="reminders", channel=channel), INQUIRIES, 60)
    (fault,) = caught.value.faults
    assert fault.table == "problem.toml"
    assert fault.column == "skills.reminders.handle_seconds"
    assert "mean seconds of work" in fault.remedy


def test_chat_targets_that_nobody_meets_are_told_together() -> None:
    skill = Skill(
        name="pre-sale", channel="chat", mean_response_seconds=10, response_within_seconds=5
    )
    with pytest.raises(InputError) as caught:
        heads_for(skill, INQUIRIES, 60)
    columns = [fault.column for fault in caught.value.faults]
    assert columns == ["skills.pre-sale.mean_response_seconds", "skills.pre-sale.service_level"]


@pytest.mark.parametrize("skill", [HOTLINE, CHAT, REFUNDS])
def test_an_absurd_forecast_is_told(skill: Skill) -> None:
    with pytest.raises(InputError, match="would take more than 100,000 heads"):
        heads_for(skill, np.array([5.0, 1e9]), 60)


@pytest.mark.parametrize("skill", [HOTLINE, CHAT, REFUNDS])
@given(first=st.floats(0, 2000), more=st.floats(0, 2000), minutes=st.sampled_from([15, 30, 60]))
@settings(max_examples=25)
def test_more_inquiries_never_take_fewer_heads(
    skill: Skill, first: float, more: float, minutes: int
) -> None:
    heads = heads_for(skill, np.array([first, first + more]), minutes)
    assert heads.heads[0] <= heads.heads[1]
    assert np.all(heads.service >= skill.service_level)
    assert np.all(heads.occupancy <= skill.max_occupancy * (1 + 1e-8))

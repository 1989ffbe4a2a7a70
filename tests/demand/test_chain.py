"""Chat teams of any size: the closed form against the plain sum, and bounded work."""

from __future__ import annotations

import math
import tracemalloc
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.demand import chain
from csshift.demand.chain import SessionChain
from csshift.demand.chat import ChatTarget, chat_agents, chat_team
from csshift.demand.chat_work import ChatWork, one_agent
from csshift.demand.heads import heads_for
from csshift.demand.search import TooManyAgentsError
from csshift.errors import InputError
from csshift.model.skills import Skill

WORK = ChatWork(12, 40, 10, 4)
TARGET = ChatTarget(30, 180, 0.9, 0.95)


def stationary_mean_response(work: ChatWork, sessions_per_second: float, agents: int) -> float:
    """The mean response of the chain level by level in forty digits."""
    throughput, messages = (
        [mpmath.mpf(float(x)) for x in row]
        for row in (one_agent(work).replies_per_second, one_agent(work).messages)
    )

    def over_team(by_sessions: list[mpmath.mpf], level: int) -> mpmath.mpf:
        held, more = divmod(level, agents)
        above = by_sessions[held + 1] if more else mpmath.mpf(0)
        return (agents - more) * by_sessions[held] + more * above

    with mpmath.workdps(40):
        replies = mpmath.mpf(sessions_per_second) * work.replies_per_session
        top = agents * work.sessions_at_once
        weight, total, present = mpmath.mpf(1), mpmath.mpf(1), mpmath.mpf(0)
        for level in range(1, top + 1):
            weight *= replies / over_team(throughput, level)
            total += weight
            present += weight * over_team(messages, level)
        load = replies / over_team(throughput, top)
        beyond = weight * load / (1 - load)
        total += beyond
        present += beyond * over_team(messages, top) + beyond / (1 - load)
        return float(present / total / replies)


def drawn(random: np.random.Generator, agents: int) -> tuple[ChatWork, float, float]:
    """Draw work at the limits of its fields, a threshold, and sessions a second."""
    work = ChatWork(
        reply_seconds=10 ** random.uniform(-3, 3.5),
        customer_gap_seconds=10 ** random.uniform(-3, 3.8),
        replies_per_session=10 ** random.uniform(0, 3),
        sessions_at_once=int(random.integers(1, 51)),
    )
    near = 1 - 10 ** random.uniform(-7, -1)
    load = float(random.choice([random.uniform(0, 1), near]))
    capacity = agents * float(one_agent(work).replies_per_second[-1]) / work.replies_per_session
    return work, 10 ** random.uniform(-1, 3), load * capacity


def both_ways(
    monkeypatch: pytest.MonkeyPatch, team: SessionChain, sessions: float, agents: int
) -> list[np.ndarray]:
    """Return the figures of the plain sum and those of the closed form."""
    found = []
    for levels in (10**9, 1):
        monkeypatch.setattr(chain, "EXACT_LEVELS", levels)
        found.append(team.figures_of(np.array([sessions]), np.array([agents]))[:, 0])
    return found


@pytest.mark.parametrize("seed", range(120))
def test_closed_form_agrees_with_the_plain_sum(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(seed)
    agents = int(10 ** random.uniform(2, 3.6))
    work, within, sessions = drawn(random, agents)
    plain, closed = both_ways(monkeypatch, SessionChain(work, within), sessions, agents)
    assert closed == pytest.approx(plain, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("narrow", [0, 10**9])
def test_ranges_of_any_width_agree(narrow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "NARROW", narrow)
    capacity = 3000 * float(one_agent(WORK).replies_per_second[-1]) / 10
    for load in (0.5, 0.97, 0.9999):
        plain, closed = both_ways(monkeypatch, SessionChain(WORK, 60), load * capacity, 3000)
        assert closed == pytest.approx(plain, rel=1e-8)


@pytest.mark.parametrize("held", [1, 2, 5])
@pytest.mark.parametrize("load", [0.05, 0.6, 0.95, 0.999])
@pytest.mark.parametrize("agents", [1, 7, 200])
def test_plain_sum_agrees_with_forty_digits(agents: int, load: float, held: int) -> None:
    work = replace(WORK, sessions_at_once=held)
    sessions = load * agents * float(one_agent(work).replies_per_second[-1]) / 10
    exact = stationary_mean_response(work, sessions, agents)
    team = chat_team(3600 * sessions, 60, work, agents, 180)
    assert float(team.mean_response_seconds) == pytest.approx(exact, rel=1e-10)


def test_closed_form_agrees_with_forty_digits() -> None:
    agents = 2000
    sessions = 0.98 * agents * float(one_agent(WORK).replies_per_second[-1]) / 10
    assert agents * WORK.sessions_at_once > chain.EXACT_LEVELS
    exact = stationary_mean_response(WORK, sessions, agents)
    team = chat_team(3600 * sessions, 60, WORK, agents, 180)
    assert float(team.mean_response_seconds) == pytest.approx(exact, rel=1e-8)


def test_agents_rise_with_the_load_across_the_switch() -> None:
    inquiries = np.linspace(1, 90_000, 4001)
    agents = chat_agents(inquiries, 60, WORK, TARGET)
    levels = agents * WORK.sessions_at_once
    assert levels[0] < chain.EXACT_LEVELS < levels[-1]
    steps = np.diff(agents)
    assert np.all(steps >= 0)
    # 22.5 inquiries need about 0.8 agents; no step between neighbours is out of line.
    assert steps.max() <= 3


@given(
    inquiries=st.floats(1e3, 1e6),
    held=st.integers(1, 50),
    slack=st.floats(1.05, 4),
    share=st.floats(0, 0.99),
)
@settings(max_examples=settings.default.max_examples // 2, deadline=None)
def test_stricter_targets_take_no_fewer_agents(
    inquiries: float, held: int, slack: float, share: float
) -> None:
    work = replace(WORK, sessions_at_once=held)
    loose = ChatTarget(12 * slack, 180, share, 1.0)
    base = int(chat_agents(inquiries, 60, work, loose))
    busy = inquiries * 120 / 3600
    assert busy < base < 6 * busy + 40
    strict = (
        replace(loose, mean_response_seconds=12 * (1 + (slack - 1) / 2)),
        replace(loose, service_level=(1 + 2 * share) / 3),
        replace(loose, max_occupancy=0.8),
    )
    assert all(int(chat_agents(inquiries, 60, work, each)) >= base for each in strict)
    assert int(chat_agents(1.01 * inquiries, 60, work, loose)) >= base


@pytest.mark.parametrize("inquiries", [100_000, 500_000, 1e9])
def test_case_22_chats_beyond_time(inquiries: float) -> None:
    """Fifty sessions at once, two hours between messages: more heads than there are."""
    skill = Skill(
        name="zz",
        channel="chat",
        sessions_at_once=50,
        customer_gap_seconds=7200,
        reply_seconds=0.1,
        replies_per_session=1000,
    )
    tracemalloc.start()
    with pytest.raises(InputError, match="100,000 heads"):
        heads_for(skill, np.array([3.0, inquiries]), 60)
    assert tracemalloc.get_traced_memory()[1] < 200e6
    tracemalloc.stop()


def test_a_hundred_thousand_chats_become_heads() -> None:
    work = ChatWork(0.1, 60, 1000, 50)
    target = ChatTarget(30, 180, 0.8, 1.0)
    tracemalloc.start()
    agents = chat_agents([100_000, 250_000], 60, work, target)
    assert tracemalloc.get_traced_memory()[1] < 200e6
    tracemalloc.stop()
    # All agents hold about fifty sessions of some 60 s a reply.
    sessions = np.array([100_000, 250_000]) / 3600 * 1000 * 60.1
    assert agents == pytest.approx(sessions / 50, rel=0.03)


def test_a_team_without_end_is_refused() -> None:
    with pytest.raises(TooManyAgentsError, match="10,000,000"):
        chat_agents([1e300], 60, WORK, TARGET)
    with pytest.raises(TooManyAgentsError, match="more than 50 agents"):
        chat_agents([10_000], 60, WORK, TARGET, most=50)
    vast = chat_team(1e300, 60, WORK, 10**12, 180)
    assert vast.mean_response_seconds == math.inf


@pytest.mark.parametrize(
    "fields", [{"sessions_at_once": 51}, {"reply_seconds": 0.0}, {"replies_per_session": 0.5}]
)
def test_work_beyond_its_limits_is_rejected(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        replace(WORK, **fields)

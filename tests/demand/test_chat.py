"""Chat concurrency: one agent by mean-value analysis, the team by its birth-death chain."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from chat_simulation import draw, simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.demand.calls import erlang_c_wait_probability
from csshift.demand.chat import ChatTarget, chat_agents, chat_team
from csshift.demand.chat_work import ChatWork, best_response_share, one_agent, sessions_per_hour

WORK = ChatWork(12, 40, 10, 7)
TARGET = ChatTarget(30, 180, 0.9, 0.9)

# reply, gap, replies, sessions at once | mean response, threshold, share, occupancy | an hour
SIMULATED = [
    ((12, 40, 10, 4), (30, 180, 0.90, 0.90), 60),
    ((12, 40, 10, 4), (20, 180, 0.90, 0.90), 120),
    ((12, 40, 10, 7), (60, 180, 0.95, 1.00), 150),
    ((20, 60, 6, 3), (60, 90, 0.90, 0.95), 40),
    ((25, 30, 8, 5), (45, 60, 0.80, 1.00), 30),
    ((15, 45, 12, 2), (30, 60, 0.90, 1.00), 25),
    ((10, 20, 5, 6), (40, 40, 0.75, 1.00), 200),
    ((30, 90, 7, 8), (90, 120, 0.80, 1.00), 45),
    ((18, 70, 1, 3), (40, 60, 0.85, 1.00), 150),
    ((9, 35, 2.5, 1), (30, 60, 0.85, 1.00), 70),
]


def assert_within_one_agent(
    work: ChatWork, target: ChatTarget, sessions: float, replies: int
) -> None:
    """The simulation meets the target with one agent more, and misses it with two fewer."""
    agents = int(chat_agents(sessions, 60, work, target))
    within = target.response_within_seconds
    assert simulate(work, sessions, agents + 1, within, replies, seed=7).meets(target)
    fewer = agents - 2
    if fewer * 3600 > sessions * work.replies_per_session * work.reply_seconds:
        assert not simulate(work, sessions, fewer, within, replies, seed=7).meets(target)


@pytest.mark.parametrize(("work", "target", "sessions"), SIMULATED)
def test_chain_is_within_one_agent_of_the_simulation(
    work: tuple[float, float, float, int],
    target: tuple[float, float, float, float],
    sessions: float,
) -> None:
    assert_within_one_agent(ChatWork(*work), ChatTarget(*target), sessions, 30_000)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_chain_is_within_one_agent_of_long_simulations(seed: int) -> None:
    assert_within_one_agent(*draw(seed), 150_000)


def test_figures_of_the_chain_are_those_of_the_simulation() -> None:
    work = replace(WORK, sessions_at_once=3)
    team = chat_team(100, 60, work, 8, 60)
    outcome = simulate(work, 100, 8, 60, 120_000, seed=5)
    assert float(team.mean_response_seconds) == pytest.approx(outcome.mean_response, rel=0.08)
    assert float(team.response_share) == pytest.approx(outcome.share, abs=0.015)
    assert float(team.occupancy) == pytest.approx(outcome.occupancy, abs=0.01)


def test_known_rates_of_one_agent() -> None:
    rates, response = sessions_per_hour(WORK), one_agent(WORK).response_seconds
    assert rates[[1, 3, 4, 5, 7]] == pytest.approx([7.5, 19.6, 23.8, 26.7, 29.3], abs=0.05)
    assert response[[1, 3, 4, 5, 7]] == pytest.approx([12, 19, 24, 31, 50], abs=0.5)
    assert rates[0] == response[0] == 0


def test_one_agent_solves_the_machine_repair_model() -> None:
    agent = one_agent(WORK)
    for held in range(1, 8):
        present = np.arange(held + 1)
        ratio = WORK.reply_seconds / WORK.pause_seconds
        law = np.array([ratio**n / math.factorial(held - n) for n in present])
        law /= law.sum()
        assert agent.messages[held] == pytest.approx(present @ law)
        assert agent.replies_per_second[held] == pytest.approx((1 - law[0]) / WORK.reply_seconds)


def test_one_session_at_once_waits_as_erlang_c() -> None:
    work = ChatWork(12, 40, 10, 1)
    session = 10 * 12 + 9 * 40
    agents, sessions = 9, 60
    load = sessions * session / 3600
    waits = float(erlang_c_wait_probability(load, agents))
    mean_wait = waits * session / (agents - load)
    team = chat_team(sessions, 60, work, agents, 180)
    assert team.mean_response_seconds == pytest.approx(12 + mean_wait / 10)
    # A first reply is late when the wait for a place and the work exceed the threshold.
    rate, within = (agents - load) / session, 180
    late = (math.exp(-rate * within) / 12 - rate * math.exp(-within / 12)) / (1 / 12 - rate)
    share = 1 - (0.9 + 0.1 * (1 - waits)) * math.exp(-within / 12) - 0.1 * waits * late
    assert float(team.response_share) == pytest.approx(share, abs=1e-6)


def test_overload_answers_late_and_never_passes_1() -> None:
    team = chat_team([1e4, 25, 10], 60, WORK, [3, 0, 1], 180)
    assert team.mean_response_seconds[:2].tolist() == [math.inf, math.inf]
    assert team.occupancy[:2].tolist() == [1, 1]
    assert team.response_share[1] == 0
    assert np.all((team.response_share >= 0) & (team.response_share <= 1))


def test_no_sessions_take_nobody() -> None:
    assert chat_agents(np.zeros((2, 2)), 60, WORK, TARGET).tolist() == [[0, 0], [0, 0]]
    assert chat_agents([], 60, WORK, TARGET).shape == (0,)
    assert chat_team([], 60, WORK, [], 180).occupancy.shape == (0,)
    team = chat_team([0, 0], 60, WORK, [0, 4], 180)
    assert team.mean_response_seconds.tolist() == [12, 12]
    assert team.occupancy.tolist() == [0, 0]


@pytest.mark.parametrize("limit", [12.0, 5.0])
def test_a_mean_response_below_the_work_is_rejected(limit: float) -> None:
    with pytest.raises(ValueError, match="mean response"):
        chat_agents(10, 60, WORK, replace(TARGET, mean_response_seconds=limit))


def test_a_mean_response_just_above_the_work_ends_the_search() -> None:
    target = replace(TARGET, mean_response_seconds=math.nextafter(12, 13))
    assert 0 < chat_agents(10, 60, WORK, target) < 60


def test_a_share_that_nobody_reaches_is_rejected() -> None:
    target = replace(TARGET, response_within_seconds=12, service_level=0.7)
    assert best_response_share(WORK, 12) < 0.7
    with pytest.raises(ValueError, match="share"):
        chat_agents(10, 60, WORK, target)
    with pytest.raises(ValueError, match="inquiries"):
        chat_agents([10, -1], 60, WORK, TARGET)


def test_each_part_of_the_target_decides_somewhere() -> None:
    loose = ChatTarget(None, 180, 0.0, 1.0)
    base = int(chat_agents(150, 60, WORK, loose))
    for part in (
        {"mean_response_seconds": 20.0},
        {"response_within_seconds": 30.0, "service_level": 0.85},
        {"max_occupancy": 0.6},
    ):
        assert chat_agents(150, 60, WORK, replace(loose, **part)) > base, part


def test_sessions_without_a_pause_are_a_queue_of_single_replies() -> None:
    work = ChatWork(12, 40, 1, 3)
    assert one_agent(work).response_seconds.tolist() == [0, 12, 24, 36]
    # Three exponential works, one after the other, within 36 s.
    team = chat_team(1e4, 60, work, 1, 36)
    assert team.mean_response_seconds == math.inf
    calm = chat_team(1, 60, work, 2, 36)
    assert float(calm.response_share) == pytest.approx(1 - math.exp(-3), abs=1e-4)


@given(
    inquiries=st.lists(st.floats(0, 400), min_size=1, max_size=12),
    sessions_at_once=st.integers(1, 9),
    reply=st.floats(2, 60),
    gap=st.floats(1, 200),
    replies=st.floats(1, 30),
    slack=st.floats(1.05, 4),
)
@settings(max_examples=40)
def test_agents_are_the_least_and_vector_equals_scalar(
    inquiries: list[float],
    sessions_at_once: int,
    reply: float,
    gap: float,
    replies: float,
    slack: float,
) -> None:
    work = ChatWork(reply, gap, replies, sessions_at_once)
    target = ChatTarget(slack * reply, 3 * reply, 0.8, 0.95)
    agents = chat_agents(inquiries, 30, work, target)
    assert agents.tolist() == [int(chat_agents(x, 30, work, target)) for x in inquiries]
    assert np.all(np.diff(agents[np.argsort(inquiries)]) >= 0)

    def meets(count: np.ndarray) -> np.ndarray:
        team = chat_team(inquiries, 30, work, count, 3 * reply)
        in_time = (team.response_share >= 0.8) & (team.mean_response_seconds <= slack * reply)
        return in_time & (team.occupancy <= 0.95 * (1 + 1e-8))

    assert np.all(meets(agents)[agents > 0])
    assert not np.any(meets(agents - 1)[agents > 1])


@given(sessions=st.floats(1, 500), held=st.integers(1, 8))
@settings(max_examples=40)
def test_more_agents_answer_sooner(sessions: float, held: int) -> None:
    work = replace(WORK, sessions_at_once=held)
    team = chat_team(sessions, 60, work, np.arange(1, 40), 60)
    mean = team.mean_response_seconds
    rising = mean[1:] > mean[:-1] * (1 + 1e-9)
    assert not np.any(rising[np.isfinite(mean[1:])])
    stable = np.isfinite(mean)
    assert np.all(np.diff(team.response_share[stable]) >= -1e-9)

"""Erlang C and Erlang A against closed forms, pyworkforce and independent numerical solutions."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyworkforce.queuing import ErlangC
from scipy.linalg import expm

from csshift.demand.calls import (
    erlang_a,
    erlang_a_agents,
    erlang_c_agents,
    erlang_c_service_level,
    erlang_c_wait_probability,
    offered_erlangs,
)

LOADS = st.floats(0.01, 300)
RATIOS = st.floats(0.2, 3)


def closed_form_wait(load: float, agents: int) -> float:
    """Erlang C in forty digits, term by term."""
    with mpmath.workdps(40):
        a = mpmath.mpf(load)
        head = mpmath.fsum(a**k / mpmath.factorial(k) for k in range(agents))
        tail = a**agents / mpmath.factorial(agents) * agents / (agents - a)
        return float(tail / (head + tail))


def by_birth_and_death(
    load: float, agents: int, handle: float, patience: float, within: float
) -> tuple[float, float, float, float]:
    """Service level, wait probability, abandonment and mean wait of M/M/n+M, the long way.

    The stationary law solves the truncated generator; a call that finds j calls ahead of it in
    the queue is then followed to its answer or its end by the exponential of a matrix.
    """
    arrive, serve, leave = load / handle, 1 / handle, 1 / patience
    size = agents + int(40 + 8 * math.sqrt(load * patience / handle) + 3 * load * patience / handle)
    generator = np.zeros((size + 1, size + 1))
    for j in range(size):
        generator[j, j + 1] = arrive
        generator[j + 1, j] = min(j + 1, agents) * serve + max(j + 1 - agents, 0) * leave
    generator -= np.diag(generator.sum(axis=1))
    system = np.vstack([generator.T, np.ones(size + 1)])
    law = np.linalg.lstsq(system, np.append(np.zeros(size + 1), 1.0), rcond=None)[0]

    ahead = size - agents + 1
    tagged = np.zeros((ahead + 2, ahead + 2))
    answered, lost = ahead, ahead + 1
    for k in range(ahead):
        tagged[k, k - 1 if k else answered] = agents * serve + k * leave
        tagged[k, lost] = leave
        tagged[k, k] = -tagged[k].sum()
    late = law[agents:] @ expm(tagged * within)[:ahead, answered]
    queue = np.maximum(np.arange(size + 1) - agents, 0) @ law
    early = law[:agents].sum()
    return early + late, 1 - early, queue * leave / arrive, queue / arrive


def test_erlang_c_agrees_with_the_closed_form_on_2000_cases() -> None:
    random = np.random.default_rng(20260316)
    load = 10 ** random.uniform(-2, 2, 2000)
    agents = np.floor(load).astype(int) + random.integers(1, 30, 2000)
    expected = [closed_form_wait(a, n) for a, n in zip(load.tolist(), agents.tolist(), strict=True)]
    assert erlang_c_wait_probability(load, agents) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_erlang_c_agrees_with_pyworkforce_on_2000_cases() -> None:
    random = np.random.default_rng(11)
    for _ in range(2000):
        transactions = float(random.uniform(1, 300))
        handle, interval = float(random.uniform(20, 600)), int(random.choice([15, 30, 60]))
        level, within = float(random.uniform(0.5, 0.95)), float(random.uniform(0, 120))
        load = float(offered_erlangs(transactions, interval, handle))
        rival = ErlangC(
            transactions=transactions, aht=handle / 60, interval=interval, asa=within / 60
        )
        # Overloaded, pyworkforce reports probabilities above 1; only stable teams compare.
        staff = math.floor(load) + 1 + int(random.integers(0, 10))
        waits, service = rival.waiting_probability(staff), rival.service_level(staff)
        assert erlang_c_wait_probability(load, staff) == pytest.approx(waits, rel=1e-7, abs=1e-12)
        ours = erlang_c_service_level(load, staff, handle, within)
        assert ours == pytest.approx(service, rel=1e-7, abs=1e-9)
        needed = rival.required_positions(service_level=level, max_occupancy=0.9)
        found = erlang_c_agents(transactions, interval, handle, level, within, 0.9)
        # It starts to search at round(load + 1), at times one above the least stable team.
        assert max(found, round(load + 1)) == needed["positions"]


def test_known_value_of_ten_erlangs_and_eleven_agents() -> None:
    assert erlang_c_service_level(10, 11, 180, 20) == pytest.approx(0.39, abs=0.005)
    assert erlang_a(10, 11, 180, 120, 20).service_level == pytest.approx(0.74, abs=0.005)


@pytest.mark.parametrize("seed", range(60))
def test_erlang_a_agrees_with_the_solved_generator(seed: int) -> None:
    random = np.random.default_rng(seed)
    load = float(10 ** random.uniform(-1, 1.3))
    agents = max(1, int(load * random.uniform(0.3, 2)))
    handle = float(random.uniform(20, 600))
    patience = handle * float(10 ** random.uniform(-2, 0.7))
    within = float(random.uniform(0, 120))
    level, waits, given_up, wait = by_birth_and_death(load, agents, handle, patience, within)
    queue = erlang_a(load, agents, handle, patience, within)
    assert queue.service_level == pytest.approx(level, abs=1e-8)
    assert queue.wait_probability == pytest.approx(waits, abs=1e-8)
    assert queue.abandonment == pytest.approx(given_up, abs=1e-8)
    assert queue.mean_wait_seconds == pytest.approx(wait, rel=1e-6, abs=1e-7 * handle)


def in_sixty_digits(
    load: float, agents: int, impatience: float, within: float
) -> tuple[float, float]:
    """Service level and abandonment by incomplete gamma functions (Zeltyn, Mandelbaum 2005)."""
    with mpmath.workdps(60):
        a, f = mpmath.mpf(load), mpmath.mpf(impatience)
        x, y = agents / f, a / f
        free = mpmath.fsum(mpmath.ff(agents - 1, j) / a**j for j in range(agents))
        scale = mpmath.exp(y - x * mpmath.log(y)) / f
        waits = scale * mpmath.gammainc(x, 0, y)
        answered = scale / y * mpmath.gammainc(x + 1, y * mpmath.exp(-f * within), y)
        total = free + a * waits
        return float((free + a * answered) / total), float((1 + (a - agents) * waits) / total)


def test_erlang_a_keeps_its_digits_in_every_regime() -> None:
    random = np.random.default_rng(1)
    for _ in range(150):
        load = float(10 ** random.uniform(-2, 2.5))
        share = random.choice([0.1, 0.5, 0.9, 1, 1.1, 1.5, 3])
        agents = max(1, int(load * share) + int(random.integers(0, 3)))
        impatience = float(10 ** random.uniform(-3, 4))
        within = float(10 ** random.uniform(-3, 0.5))
        level, given_up = in_sixty_digits(load, agents, impatience, within)
        queue = erlang_a(load, agents, 1.0, 1 / impatience, within)
        assert queue.service_level == pytest.approx(level, abs=1e-9)
        assert queue.abandonment == pytest.approx(given_up, abs=1e-9)


def test_endless_patience_is_erlang_c() -> None:
    load, agents = np.array([0.5, 8, 95, 2000]), np.array([1, 9, 100, 2040])
    impatient = erlang_a(load, agents, 200, 1e9, 20).service_level
    assert impatient == pytest.approx(erlang_c_service_level(load, agents, 200, 20), abs=1e-4)


def test_overload_leaves_every_probability_between_0_and_1() -> None:
    load = np.array([5, 50, 500, 5000, 50_000, 1e4])
    agents = np.array([1, 49, 500, 100, 40_000, 0])
    assert erlang_c_wait_probability(load, agents).tolist() == [1.0] * 6
    assert erlang_c_service_level(load, agents, 180, 20).tolist() == [0.0] * 6
    queue = erlang_a(load, agents, 180, 120, 20)
    for figure in (queue.service_level, queue.wait_probability, queue.abandonment):
        assert np.all((figure >= 0) & (figure <= 1))
    # In deep overload the agents work without pause, and all other calls are given up.
    assert queue.abandonment[3:5] == pytest.approx([0.98, 0.2], abs=1e-4)
    assert queue.mean_wait_seconds[5] == 120


def test_thousands_of_erlangs_are_stable() -> None:
    load = np.array([1000.0, 5000, 20_000, 80_000])
    agents = erlang_c_agents(load, 60, 3600, 0.8, 20)
    spare = (agents - load) / np.sqrt(load)
    assert np.all((spare > 0) & (spare < 1))
    assert erlang_c_wait_probability(5000, 5100) == pytest.approx(
        closed_form_wait(5000, 5100), rel=1e-8
    )
    assert np.all(erlang_a_agents(load, 60, 3600, 300, 0.8, 20) < agents)


def test_no_demand_takes_nobody() -> None:
    zeros = np.zeros((2, 3))
    assert erlang_c_agents(zeros, 60, 180, 0.8, 20).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert erlang_a_agents(zeros, 60, 180, 120, 0.8, 20).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert erlang_c_agents([], 60, 180, 0.8, 20).shape == (0,)
    assert erlang_a_agents([], 60, 180, 120, 0.8, 20).shape == (0,)
    assert erlang_c_service_level(0, 0, 180, 20) == 1
    queue = erlang_a(0, [0, 3], 180, 120, 20)
    assert queue.service_level.tolist() == [1, 1]
    assert queue.wait_probability.tolist() == [0, 0]
    assert queue.abandonment.tolist() == [0, 0]
    assert queue.mean_wait_seconds.tolist() == [0, 0]


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_faulty_inquiries_are_rejected(bad: float) -> None:
    with pytest.raises(ValueError, match="inquiries"):
        erlang_c_agents([3.0, bad], 60, 180, 0.8, 20)
    with pytest.raises(ValueError, match="inquiries"):
        erlang_a_agents([3.0, bad], 60, 180, 120, 0.8, 20)


def test_occupancy_cap_decides_where_the_service_level_is_easy() -> None:
    # 8.5 / 0.85 is 10.000000000000002 in floating point.
    assert erlang_c_agents(8.5, 60, 3600, 0.1, 3600, 0.85) == 10
    load = 80.0
    agents = erlang_a_agents(load, 60, 3600, 300, 0.1, 3600, 0.85)
    teams = np.array([agents - 1, agents])
    busy = load * (1 - erlang_a(load, teams, 3600, 300, 3600).abandonment) / teams
    assert busy[0] > 0.85 >= busy[1]


@given(load=LOADS, ratio=RATIOS, handle=st.floats(5, 2000), patience=st.floats(1, 1e5))
def test_more_agents_serve_better_and_more_load_worse(
    load: float, ratio: float, handle: float, patience: float
) -> None:
    agents = np.maximum(np.arange(4) + int(load * ratio), 1)
    tiny = 1e-9
    assert np.all(np.diff(erlang_c_service_level(load, agents, handle, 20)) >= -tiny)
    queue = erlang_a(load, agents, handle, patience, 20)
    assert np.all(np.diff(queue.service_level) >= -tiny)
    assert np.all(np.diff(queue.abandonment) <= tiny)
    loads = load * np.array([1, 1.01, 1.3, 2])
    assert np.all(np.diff(erlang_c_wait_probability(loads, agents[0])) >= -tiny)
    busier = erlang_a(loads, agents[0], handle, patience, 20)
    assert np.all(np.diff(busier.service_level) <= tiny)


@given(
    inquiries=st.lists(st.floats(0, 3000), min_size=1, max_size=25),
    handle=st.floats(5, 900),
    patience=st.floats(5, 3000),
    level=st.floats(0, 0.99),
    within=st.floats(0, 300),
    occupancy=st.floats(0.3, 1),
)
@settings(max_examples=60)
def test_agents_are_the_least_and_vector_equals_scalar(
    inquiries: list[float],
    handle: float,
    patience: float,
    level: float,
    within: float,
    occupancy: float,
) -> None:
    c_goal = (60, handle, level, within, occupancy)
    a_goal = (60, handle, patience, level, within, occupancy)
    c_agents, a_agents = erlang_c_agents(inquiries, *c_goal), erlang_a_agents(inquiries, *a_goal)
    assert c_agents.tolist() == [int(erlang_c_agents(x, *c_goal)) for x in inquiries]
    assert a_agents.tolist() == [int(erlang_a_agents(x, *a_goal)) for x in inquiries]
    order = np.argsort(inquiries)
    assert np.all(np.diff(c_agents[order]) >= 0)
    assert np.all(np.diff(a_agents[order]) >= 0)
    load = offered_erlangs(inquiries, 60, handle)

    def c_meets(agents: np.ndarray) -> np.ndarray:
        served = erlang_c_service_level(load, agents, handle, within) >= level
        return served & (load <= agents * occupancy * (1 + 1e-8)) & (load < agents)

    def a_meets(agents: np.ndarray) -> np.ndarray:
        queue = erlang_a(load, agents, handle, patience, within)
        busy = load * (1 - queue.abandonment)
        return (queue.service_level >= level) & (busy <= agents * occupancy * (1 + 1e-8))

    for agents, meets in ((c_agents, c_meets), (a_agents, a_meets)):
        live = load > 0
        assert np.all(meets(agents)[live])
        several = live & (agents > 1)
        assert not np.any(meets(agents - 1)[several])

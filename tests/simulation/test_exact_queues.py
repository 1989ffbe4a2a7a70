"""Confidence intervals of the simulation hold the exact figures of M/M/n and M/M/n+M."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from desks import MONDAY, desk_problem, everybody, forecast
from scipy.stats import binom

from csshift.demand.calls import erlang_a, erlang_c_service_level, erlang_c_wait_probability
from csshift.instance import Instance
from csshift.model.skills import Skill
from csshift.simulation import Outcome, run_replications

AGENTS, LOAD, HANDLE, WITHIN = 5, 3.5, 60.0, 20.0
REPLICATIONS = 4


def simulated(patience: float | None, seed: int) -> Outcome:
    skill = Skill(
        name="hotline",
        handle_seconds=HANDLE,
        patience_seconds=patience,
        answer_within_seconds=WITHIN,
    )
    calls = forecast(LOAD * 3600 / HANDLE, days=2)
    problem = desk_problem(AGENTS, skill, forecast=calls, days=2)
    return run_replications(Instance(problem), everybody(problem), REPLICATIONS, seed)


def exact(patience: float | None) -> dict[str, float]:
    """Service level, mean wait of the answered, abandonment and occupancy in the long run."""
    if patience is None:
        waits = float(erlang_c_wait_probability(LOAD, AGENTS))
        return {
            "service": float(erlang_c_service_level(LOAD, AGENTS, HANDLE, WITHIN)),
            "reply_seconds": waits * HANDLE / (AGENTS - LOAD),
            "occupancy": LOAD / AGENTS,
        }
    queue = erlang_a(LOAD, AGENTS, HANDLE, patience, WITHIN)
    return {
        "service": float(queue.service_level),
        "abandonment": float(queue.abandonment),
        "occupancy": LOAD * (1 - float(queue.abandonment)) / AGENTS,
    }


def held(patience: float | None, seeds: range) -> dict[str, int]:
    """How many of the seeds hold each exact figure in their interval."""
    figures = exact(patience)
    counts = dict.fromkeys(figures, 0)
    for seed in seeds:
        # The exact figures are those of the long run: the first day begins with an empty desk.
        (row,) = simulated(patience, seed).rows(("skill",), (MONDAY + timedelta(days=1),))
        for name, value in figures.items():
            counts[name] += getattr(row, name).covers(value)
    return counts


@pytest.mark.parametrize("patience", [None, 90.0])
def test_intervals_of_12_seeds_hold_the_exact_figures(patience: float | None) -> None:
    # An interval of 99 % misses three or more times in twelve once in five thousand trials.
    assert min(held(patience, range(12)).values()) >= binom.ppf(0.001, 12, 0.99)


@pytest.mark.slow
@pytest.mark.parametrize("patience", [None, 90.0])
def test_95_percent_of_200_seeds_hold_the_exact_figures(patience: float | None) -> None:
    assert min(held(patience, range(200)).values()) >= 0.95 * 200


def test_means_over_many_replications_are_those_of_the_exact_queue() -> None:
    skill = Skill(name="hotline", handle_seconds=60, patience_seconds=60, answer_within_seconds=20)
    problem = desk_problem(6, skill, forecast=forecast(420, days=3), days=3)
    (row,) = run_replications(Instance(problem), everybody(problem), 6, 1).rows()
    queue = erlang_a(7.0, 6, 60, 60, 20)  # overloaded: those who give up keep it going
    assert row.service is not None
    assert row.abandonment is not None
    assert row.service.mean == pytest.approx(float(queue.service_level), abs=0.01)
    assert row.abandonment.mean == pytest.approx(float(queue.abandonment), abs=0.01)
    assert row.contacts.mean == pytest.approx(420 * 72, rel=0.02)
    backlog = float(queue.mean_wait_seconds) * 420 / 3600
    assert row.backlog.mean == pytest.approx(backlog, rel=0.15)
    assert np.isfinite(row.service.margin)

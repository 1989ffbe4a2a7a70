"""Tiny problems at the limits of their fields: the result is held against every roster."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

import pytest
from brute_force import best_roster
from extremes import extreme_fields

import csshift

MOST_ROSTERS = 100


def tiny_problems(first: int) -> list[tuple[int, csshift.Problem]]:
    """Return the first accepted problems from a seed on that are small enough to enumerate."""

    def accepted() -> Iterator[tuple[int, csshift.Problem]]:
        for seed in count(first):
            fields = extreme_fields(seed)
            choices = len(fields["shifts"]) + 1
            agent_days = len(fields["agents"]) * fields["horizon"]["days"]
            if choices**agent_days > MOST_ROSTERS or any(d["count"] > 2 for d in fields["duties"]):
                continue
            try:
                problem = csshift.Problem.model_validate(fields)
                csshift.check(problem, csshift.Roster())
            except (ValueError, csshift.InputError):
                continue
            yield seed, problem

    return list(islice(accepted(), 12))


def compare(seed: int, problem: csshift.Problem) -> None:
    best = best_roster(problem)
    result = csshift.solve(problem, time_limit=3.0, workers=1)
    if best.roster is None:
        assert result.status == "infeasible", seed
        return
    assert result.objective is not None, seed
    assert result.bound is not None, seed
    reached = csshift.check(problem, best.roster).objective
    assert result.bound <= reached * (1 + 1e-12), seed
    if result.status == "optimal":
        assert result.objective <= reached + 1e-6 * abs(reached), seed
    # Splits are rounded to whole units of time, which a pace of 100 makes noticeable.
    assert result.objective == pytest.approx(best.objective, rel=1e-3, abs=0.05), seed


def test_extreme_optima_are_those_of_all_rosters() -> None:
    for seed, problem in tiny_problems(0):
        compare(seed, problem)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_extreme_optima_are_those_of_all_rosters_at_length(part: int) -> None:
    for seed, problem in tiny_problems(5000 + 1000 * part):
        compare(seed, problem)

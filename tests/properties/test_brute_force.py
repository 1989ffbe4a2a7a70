"""On tiny problems, what a solve finds and proves is held against every possible roster."""

from __future__ import annotations

from random import Random

import pytest
from brute_force import Best, best_roster
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from problems import agent, cell, random_problem, shift, small

import csshift
from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.problem import Problem

SIZES = ((2, 2, 2), (2, 3, 1), (3, 2, 1), (2, 2, 3), (2, 2, 2), (2, 2, 2), (3, 2, 1), (2, 4, 1))
GRID = 0.02
"""Points that counting time in whole units can move the cost of the best split."""

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def tiny(seed: int) -> Problem:
    random = Random(seed)
    return random_problem(random, *random.choice(SIZES), slots_a_day=2)


def compare(problem: Problem) -> Best:
    """Solve a problem and hold the result against the best of all rosters."""
    best = best_roster(problem)
    result = csshift.solve(problem, time_limit=10.0, workers=1, gap=5e-5)
    if best.roster is None:
        assert result.status == "infeasible"
        assert result.roster is None
        assert set(result.conflicts) <= names_of(problem)
        assert result.conflicts
        return best
    assert result.status in ("optimal", "feasible")
    assert result.objective == pytest.approx(best.objective, rel=1e-4, abs=0.05)
    # The same roster, scored in the units in which csshift counts, and in exact arithmetic.
    assert result.bound is not None
    # The shares of an hourly plan are rounded when it is written down.
    assert result.bound <= csshift.check(problem, best.roster).objective + 1e-4
    assert result.bound <= best.objective + GRID
    assert result.bound == pytest.approx(best.objective, rel=1e-3, abs=0.05)
    return best


def names_of(problem: Problem) -> set[str]:
    duties = {duty.name for duty in problem.duties}
    other = {"pins", "duties", "availability"}
    return {rule.label for rule in Instance(problem).effective_rules} | duties | other


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=QUIET)
@given(seed=st.integers(0, 2**32 - 1))
def test_optimum_and_bound_agree_with_all_rosters(seed: int) -> None:
    compare(tiny(seed))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_optimum_and_bound_agree_with_all_rosters_at_length(part: int) -> None:
    for seed in range(50 * part, 50 * part + 50):
        compare(tiny(seed))


def test_the_random_problems_are_of_every_sort() -> None:
    problems = [tiny(seed) for seed in range(60)]
    for part in ("rules", "duties", "contracts", "leave", "requests", "pins", "history"):
        filled = sum(bool(getattr(problem, part)) for problem in problems)
        assert 10 <= filled <= 60, part
    assert any(problem.horizon.interval_minutes == 30 for problem in problems)
    assert any(problem.history_duties for problem in problems)
    shifts = [entry for problem in problems for entry in problem.shifts]
    assert any(entry.end > 1440 for entry in shifts)
    assert any(len(entry.hours) > 1 for entry in shifts)
    edges = [Instance(problem) for problem in problems]
    assert sum(bool(instance.night_before.units.size) for instance in edges) >= 5
    assert sum(len(i.demand.day) and i.demand.day.max() >= i.horizon.days for i in edges) >= 5
    hard = {rule.hard for problem in problems for rule in problem.rules}
    assert hard == {True, False}


def test_a_duty_takes_the_agent_whom_reception_misses_least() -> None:
    remind = Duty(name="remind", skill="payment-reminder", window="10:00-14:00", share="0.5")
    problem = small(
        agents=(
            agent("slow", skills={"pre-sale": "0.6", "payment-reminder": 1}),
            agent("fast", skills={"pre-sale": "1.25", "payment-reminder": 1}),
        ),
        requirements=tuple(cell("11:00", "2.5", day=day) for day in range(3)),
        duties=(remind,),
        weights={"duty_fairness": 0},
    )
    best = compare(problem)
    assert best.roster is not None
    assert {turn.agent_id for turn in best.roster.duties} == {"slow"}


def test_no_roster_at_all() -> None:
    rules = (
        {"kind": "min-shifts", "count": 2, "per": "horizon", "name": "at least two"},
        {"kind": "max-shifts", "count": 1, "per": "horizon", "name": "at most one"},
        {"kind": "min-rest", "hours": 11},
    )
    best = compare(
        small(rules=rules, shifts=(shift("D", "08:00-16:00"), shift("N", "22:00-30:00")))
    )
    assert best.valid == 0

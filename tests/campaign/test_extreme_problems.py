"""Problems at the limits of their fields are solved and checked to one objective, or refused."""

from __future__ import annotations

from collections import Counter

import pytest
from extremes import extreme_fields

import csshift
from csshift.model.roster import Roster

SAMPLE, LENGTH = 60, 100


def outcome(seed: int, seconds: float = 1.0) -> str:
    """Solve and check the problem of a seed; return how it went."""
    try:
        problem = csshift.Problem.model_validate(extreme_fields(seed))
    except (csshift.InputError, ValueError):
        return "invalid"
    try:
        result = csshift.solve(problem, time_limit=seconds, workers=1, seed=seed)
    except csshift.InputError as error:
        refused_alike(problem, error)
        return "refused"
    if result.roster is None or result.objective is None:
        assert result.status in {"infeasible", "unknown"}
        return result.status
    bare = Roster(assignments=result.roster.assignments, duties=result.roster.duties)
    for roster in (result.roster, bare):
        judged = csshift.check(problem, roster)
        assert judged.violations == ()
        assert judged.objective == result.objective
    if result.bound is not None:
        assert result.bound <= result.objective
    return result.status


def refused_alike(problem: csshift.Problem, error: csshift.InputError) -> None:
    """The fault names weights and what to do; `check` gives the same one."""
    (fault,) = error.faults
    assert fault.remedy
    assert "weights" in str(fault)
    with pytest.raises(csshift.InputError) as other:
        csshift.check(problem, Roster())
    assert other.value.faults == error.faults


def campaign(seeds: range) -> Counter[str]:
    return Counter(outcome(seed) for seed in seeds)


def test_problems_at_their_limits_are_solved_alike_or_refused() -> None:
    found = campaign(range(SAMPLE))
    assert found["invalid"] + found["unknown"] < SAMPLE // 10
    assert found["optimal"] > 0
    assert found["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("part", range(25))
def test_problems_at_their_limits_at_length(part: int) -> None:
    found = campaign(range(1000 + part * LENGTH, 1000 + (part + 1) * LENGTH))
    assert found["invalid"] + found["unknown"] < LENGTH // 10

"""Agents' programs over long horizons."""

from __future__ import annotations

import numpy as np
import pytest

from csshift.engine.budget import Budget
from csshift.engine.construction.rolling import solve_rolling
from csshift.engine.params import ConstructionParams
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.lp import relax
from csshift.engine.subproblem import Restrictor, Subproblem
from csshift.program import Builder, Program

DAYS, SHIFTS = 130, 3


def year_of(seed: int, *, least: int = 80, most: int = 84) -> Program:
    """One agent: runs of two to five days, the third shift never before the first, limits."""
    rng = np.random.default_rng(seed)
    builder = Builder()
    cost = rng.integers(-9, 10, (DAYS, SHIFTS))
    shift = builder.columns(
        (DAYS, SHIFTS), family="work", upper=1, agent=0, day=np.arange(DAYS)[:, None], cost=cost
    )
    builder.rows(shift, 1, family="one", upper=1)
    for first in range(DAYS - 5):
        builder.rows(shift[first : first + 6].reshape(1, -1), 1, family="run", upper=5)
    for day in range(DAYS - 1):
        builder.rows(np.array([[shift[day, 2], shift[day + 1, 0]]]), 1, family="sequence", upper=1)
        alone = np.concatenate([shift[day], shift[max(0, day - 1)], shift[day + 1]])
        signs = np.array([[1] * SHIFTS + [-1] * (2 * SHIFTS)])
        if day:
            builder.rows(alone[None, :], signs, family="run", upper=0)
    builder.rows(shift.reshape(1, -1), 1, family="hours", lower=least, upper=most)
    builder.rows(shift[:, 0].reshape(1, -1), 1, family="kind", upper=20)
    return builder.build()


def asked(program: Program) -> tuple[Subproblem, np.ndarray, np.ndarray]:
    subproblem = Restrictor(program).full()
    found = relax(subproblem, Budget(60.0), 30.0)
    assert found is not None
    return subproblem, program.column_day[subproblem.column_ids], found.values


@pytest.mark.parametrize("seed", range(4))
def test_what_it_finds_keeps_every_row_and_is_near_the_best(seed: int) -> None:
    program = year_of(seed)
    subproblem, day, reference = asked(program)
    budget, effort = Budget(120.0), Limits(seconds=30.0)
    found = solve_rolling(subproblem, day, reference, budget, effort)
    assert found.values is not None
    values = program.lower.copy()
    values[subproblem.column_ids] = found.values
    assert program.holds(values)
    best = solve_cpsat(subproblem, budget, effort).values
    assert best is not None
    cost, least = int(subproblem.cost @ found.values), int(subproblem.cost @ best)
    assert least <= cost <= least + 0.1 * abs(least)


def test_a_reference_that_is_far_off_is_no_dead_end() -> None:
    program = year_of(1)
    subproblem, day, reference = asked(program)
    found = solve_rolling(
        subproblem, day, np.zeros_like(reference), Budget(120.0), Limits(seconds=30.0)
    )
    assert found.values is not None
    assert subproblem.matrix @ found.values == pytest.approx(
        np.clip(subproblem.matrix @ found.values, subproblem.row_lower, subproblem.row_upper)
    )


def test_what_has_no_values_is_not_given_any() -> None:
    program = year_of(1, least=111, most=130)  # five in six days, at most
    subproblem = Restrictor(program).full()
    reference = np.full(subproblem.columns, 0.3)
    day = program.column_day[subproblem.column_ids]
    found = solve_rolling(subproblem, day, reference, Budget(60.0), Limits(seconds=5.0))
    assert found.values is None


def test_agents_of_short_horizons_are_not_rolled() -> None:
    assert ConstructionParams().long_days > 56

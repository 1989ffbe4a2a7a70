"""Dual values of agents' rows, solved exactly for given ones of the linking rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import oracle, random_program, random_recipe

from csshift.engine.budget import Budget
from csshift.engine.duals import lagrangian_bound
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.solvers.lp import Relaxation, relax, tighten_duals
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Program


def relaxed(seed: int) -> tuple[Program, Subproblem, Relaxation]:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, agents=4, efficiencies=(1, 3), pinned=seed % 2 == 0)
    program = random_program(rng, recipe)
    subproblem = Structure(program).full()
    found = relax(subproblem, Budget(30.0), 5.0)
    assert found is not None
    return program, subproblem, found


def with_duals(subproblem: Subproblem, found: Relaxation, duals: np.ndarray) -> Relaxation:
    return replace(found, duals=duals, bound=lagrangian_bound(subproblem, duals))


@pytest.mark.parametrize("columns", [1, 12, 2000])
@pytest.mark.parametrize("seed", range(12))
def test_what_was_spoiled_in_agents_rows_is_fixed(seed: int, columns: int) -> None:
    program, subproblem, found = relaxed(seed)
    agent = program.column_agent[subproblem.column_ids]
    rng = np.random.default_rng(seed)
    own = np.array(
        [
            np.unique(agent[subproblem.matrix[[row]].indices]).size == 1
            and agent[subproblem.matrix[[row]].indices[0]] != NOBODY
            for row in range(subproblem.rows)
        ]
    )
    spoiled = found.duals + np.where(own, rng.normal(scale=2.0, size=own.size), 0.0)
    given = with_duals(subproblem, found, spoiled)
    params = RelaxationParams(dual_batch_columns=columns)
    tightened = tighten_duals(program, subproblem, given, Budget(30.0), params)
    assert given.bound < found.bound
    assert tightened.bound >= found.bound - 1
    assert tightened.reduced_costs == pytest.approx(
        subproblem.cost - subproblem.matrix.T @ tightened.duals
    )


@pytest.mark.parametrize("seed", range(30))
def test_bounds_never_fall_and_never_pass_the_optimum(seed: int) -> None:
    program, subproblem, found = relaxed(seed)
    optimum = oracle(subproblem).cost
    assert optimum is not None
    rng = np.random.default_rng(seed)
    for size in (0.0, 0.3, 3.0, 30.0):
        spoiled = found.duals + rng.normal(scale=size, size=found.duals.size)
        given = with_duals(subproblem, found, spoiled)
        tightened = tighten_duals(program, subproblem, given, Budget(30.0))
        assert given.bound <= tightened.bound <= round(optimum)
        assert tightened.bound == lagrangian_bound(subproblem, tightened.duals)


def test_without_time_nothing_changes() -> None:
    program, subproblem, found = relaxed(1)
    given = with_duals(subproblem, found, found.duals + 1.0)
    assert tighten_duals(program, subproblem, given, Budget(0.0)) is given

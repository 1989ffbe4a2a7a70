"""Shares of columns in the gap between a solution and a bound."""

from __future__ import annotations

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.duals import GapShares, lagrangian_bound
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_they_are_the_gap_and_none_is_below_zero(seed: int, known: bool) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, efficiencies=(1, 3)))
    structure = Structure(program)
    subproblem = structure.full()
    budget = Budget(30.0)
    found = relax(subproblem, budget, 5.0)
    assert found is not None
    duals = found.duals if known else rng.normal(scale=3.0, size=subproblem.rows)
    decisions = feasible_decisions(rng, program)
    assert decisions is not None
    values = RecourseBlocks(structure).complete(decisions, budget)
    gap_shares = GapShares(program, subproblem, duals).of(values)
    fixed = program.lower.copy()
    fixed[subproblem.column_ids] = 0
    bound = lagrangian_bound(subproblem, duals) + program.objective(fixed)
    gap = program.objective(values) - bound
    assert gap_shares.min() >= -1e-6 * max(1.0, abs(gap))
    assert gap_shares.sum() == pytest.approx(gap, abs=1.01 + 1e-6 * abs(gap))


def test_the_terms_of_rows_with_recourse_belong_to_it() -> None:
    rng = np.random.default_rng(5)
    program = random_program(rng, random_recipe(rng))
    subproblem = Structure(program).full()
    recourse = program.column_agent == NOBODY
    both = [
        row
        for row in range(program.rows)
        if (found := recourse[program.matrix[[row]].indices]).any() and not found.all()
    ]
    shares = GapShares(program, subproblem, np.ones(subproblem.rows))._row_shares
    assert both
    for row in both:
        assert recourse[shares[[row]].indices].all()

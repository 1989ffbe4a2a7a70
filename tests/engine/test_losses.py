"""What solutions lose against a bound, column by column."""

from __future__ import annotations

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.duals import lagrangian_bound
from csshift.engine.losses import Losses
from csshift.engine.relax import relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_they_are_the_gap_and_none_is_below_zero(seed: int, known: bool) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, efficiencies=(1, 3)))
    structure = Structure(program)
    piece = structure.cutter.whole()
    control = Control(30.0)
    found = relax(piece, control, 5.0)
    assert found is not None
    duals = found.duals if known else random.normal(scale=3.0, size=piece.rows.size)
    decisions = feasible_decisions(random, program)
    assert decisions is not None
    values = Blocks(structure).plan(decisions, control)
    losses = Losses(program, piece, duals).of(values)
    fixed = program.lower.copy()
    fixed[piece.columns] = 0
    bound = lagrangian_bound(piece, duals) + program.objective(fixed)
    gap = program.objective(values) - bound
    assert losses.min() >= -1e-6 * max(1.0, abs(gap))
    assert losses.sum() == pytest.approx(gap, abs=1.01 + 1e-6 * abs(gap))


def test_rows_with_consequences_lose_in_these() -> None:
    random = np.random.default_rng(5)
    program = random_program(random, random_recipe(random))
    piece = Structure(program).cutter.whole()
    unowned = program.column_agent == NOBODY
    both = [
        row
        for row in range(program.rows)
        if (found := unowned[program.matrix[[row]].indices]).any() and not found.all()
    ]
    bearers = Losses(program, piece, np.ones(piece.rows.size))._bearers
    assert both
    for row in both:
        assert unowned[bearers[[row]].indices].all()

"""A guide near to the incumbent: optimal for the relaxation, and no further away than needed."""

from __future__ import annotations

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

import csshift.engine.relax as relaxing
from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.guide import Guide, NearGuide
from csshift.engine.incumbent import Incumbent
from csshift.engine.relax import relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Program


def guided(program: Program, seed: int) -> tuple[NearGuide, Incumbent]:
    structure, control = Structure(program), Control(60.0)
    blocks = Blocks(structure)
    start = feasible_decisions(np.random.default_rng(seed), program)
    assert start is not None
    incumbent = Incumbent(program, control)
    assert incumbent.offer(blocks.plan(start, control), "start")
    piece = structure.cutter.whole()
    found = relax(piece, control, 60.0)
    assert found is not None
    fixed = program.lower.copy()
    fixed[piece.columns] = 0
    constant = program.objective(fixed)
    incumbent.raise_bound(found.bound + constant, "relaxation")
    return NearGuide(structure, piece, found, incumbent, control, constant), incumbent


def distance(program: Program, guide: Guide, incumbent: Incumbent) -> float:
    assert guide.values is not None
    assert incumbent.values is not None
    decided = (program.upper - program.lower == 1) & (program.column_owner != NOBODY)
    return float(np.abs(guide.values - incumbent.values)[decided].sum())


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_it_comes_nearer_at_little_cost(
    seed: int, first_order: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, owners=4, efficiencies=(1, 3)))
    guide, incumbent = guided(program, seed)
    if first_order:
        monkeypatch.setattr(relaxing, "SIMPLEX_ENTRIES", 0)
    before = distance(program, guide, incumbent)
    assert guide.renew()
    assert distance(program, guide, incumbent) <= before + 0.05
    assert guide.values is not None
    assert incumbent.objective is not None
    cost = float(program.cost @ guide.values) + program.offset
    assert cost <= incumbent.objective * (1 + 1e-3) + 1e-3


def test_it_rests_until_there_is_a_better_solution() -> None:
    random = np.random.default_rng(1)
    guide, incumbent = guided(random_program(random, random_recipe(random)), 1)
    assert guide.renew()
    assert not guide.renew()
    assert incumbent.values is not None


def test_values_that_are_given_stay() -> None:
    assert not Guide(np.zeros(3)).renew()

"""The first complete solution, and the repair of decisions that keep no rows."""

from __future__ import annotations

import numpy as np
import pytest
from programs import decided, oracle, random_program, random_recipe

import csshift.engine.construct as constructing
from csshift.engine.blocks import Blocks
from csshift.engine.construct import Construction
from csshift.engine.control import Control
from csshift.engine.relax import relax
from csshift.engine.repair import repair
from csshift.engine.structure import Structure
from csshift.program import Builder


def construction(structure: Structure, control: Control) -> Construction:
    piece = structure.cutter.whole()
    found = relax(piece, control, 5.0)
    assert found is not None
    return Construction(structure, piece, found, control)


@pytest.mark.parametrize("seed", range(20))
def test_complete_decisions_keep_every_firm_row(seed: int) -> None:
    random = np.random.default_rng(seed)
    recipe = random_recipe(random, pinned=seed % 2 == 0, efficiencies=(1, 2), tight=seed % 4 == 1)
    program = random_program(random, recipe)
    possible = oracle(program).values is not None
    structure = Structure(program)
    if oracle(program, whole=False).values is None:
        assert relax(structure.cutter.whole(), Control(60), 5.0) is None
        return
    passes = list(construction(structure, Control(60)).decide(seed, passes=3))
    assert 1 <= len(passes) <= 3
    for values, complete in passes:
        if complete:
            assert possible
            assert oracle(decided(program, values)).values is not None
    assert possible == (not repair(structure, program.lower, Control(60), 0).infeasible)


@pytest.mark.parametrize("seed", range(12))
def test_what_it_yields_is_feasible(seed: int) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, efficiencies=(1, 3)))
    structure = Structure(program)
    control = Control(60)
    found = list(construction(structure, control).run(seed, Blocks(structure)))
    assert found
    assert all(program.holds(values) for values in found)


@pytest.mark.parametrize("seed", range(20))
def test_owners_who_decide_at_once_keep_every_firm_row_together(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constructing, "MANY", 0)
    random = np.random.default_rng(seed)
    recipe = random_recipe(random, owners=5, efficiencies=(1, 2), tight=seed % 2 == 1)
    program = random_program(random, recipe)
    structure = Structure(program)
    if relax(structure.cutter.whole(), Control(60), 5.0) is None:
        assert oracle(program).values is None
        return
    for values, complete in construction(structure, Control(60, workers=4)).decide(seed, passes=2):
        if complete:
            assert oracle(decided(program, values)).values is not None


@pytest.mark.parametrize("seed", range(20))
def test_repair_says_infeasible_exactly_when_nothing_is_feasible(seed: int) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, tight=True, pinned=seed % 2 == 0))
    structure = Structure(program)
    wish = program.lower.copy()
    owned = structure.owned
    wish[owned] = random.integers(program.lower[owned], program.upper[owned] + 1)
    found = repair(structure, wish, Control(60), seed)
    possible = oracle(program).values is not None
    if structure.cutter.whole().contradiction is not None:
        assert not possible  # pinned columns alone break a row, which concerns no decision
        return
    assert found.infeasible == (not possible)
    assert (found.values is not None) == possible
    if found.values is not None:
        assert oracle(decided(program, found.values)).values is not None


def test_repair_leaves_those_alone_who_break_nothing() -> None:
    builder = Builder()
    work = builder.columns((3, 4), family="work", upper=1, agent=np.arange(3)[:, None], day=0)
    builder.rows(work, 1, family="one", lower=1, upper=1)
    builder.rows(work[:, 0].reshape(1, -1), 1, family="first", upper=2)
    structure = Structure(builder.build())
    values = structure.program.lower.copy()
    values[work[0, 3]] = values[work[1, 2]] = 1  # the third owner has nothing
    found = repair(structure, values, Control(60.0), 0)
    assert found.values is not None
    assert np.array_equal(found.values[work[:2]], values[work[:2]])
    assert found.values[work[2]].sum() == 1


def test_repair_without_time_says_nothing() -> None:
    random = np.random.default_rng(1)
    structure = Structure(random_program(random))
    found = repair(structure, structure.program.lower, Control(0.0), 0)
    assert (found.values, found.infeasible) == (None, False)

"""The first complete solution, and the repair of decisions that keep no rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from programs import decided, oracle, random_program, random_recipe

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.construction.construction import Construction
from csshift.engine.construction.feasibility import repair
from csshift.engine.construction.first_solution import FirstSolution
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import ConstructionParams, SearchParams
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.program import Builder


def construction(structure: Structure, budget: Budget, **changed: Any) -> Construction:
    subproblem = structure.full()
    found = relax(subproblem, budget, 5.0)
    assert found is not None
    return Construction(structure, subproblem, found, budget, ConstructionParams(**changed))


@pytest.mark.parametrize("seed", range(20))
def test_complete_decisions_keep_every_firm_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, pinned=seed % 2 == 0, efficiencies=(1, 2), tight=seed % 4 == 1)
    program = random_program(rng, recipe)
    possible = oracle(program).values is not None
    structure = Structure(program)
    if oracle(program, integer=False).values is None:
        assert relax(structure.full(), Budget(60), 5.0) is None
        return
    passes = list(construction(structure, Budget(60)).decide(seed, passes=3))
    assert 1 <= len(passes) <= 3
    for values, complete in passes:
        if complete:
            assert possible
            assert oracle(decided(program, values)).values is not None
    assert possible == (not repair(structure, program.lower, Budget(60), 0).infeasible)


@pytest.mark.parametrize("seed", range(12))
def test_what_it_yields_is_feasible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, efficiencies=(1, 3)))
    structure = Structure(program)
    budget = Budget(60)
    found = list(construction(structure, budget).run(seed, RecourseBlocks(structure)))
    assert found
    assert all(program.holds(values) for values in found)


@pytest.mark.parametrize(
    ("share", "seconds", "reproducible", "several"),
    [
        (0.0, 0.0, False, False),
        (1.0, 0.0, False, True),
        (0.0, 60.0, False, True),
        (0.0, 0.0, True, True),
    ],
)
def test_agents_decide_again_only_where_that_is_quick(
    share: float,
    seconds: float,
    reproducible: bool,
    several: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A reproducible search does not look at the clock."""
    rng = np.random.default_rng(0)
    program = random_program(rng, random_recipe(rng))
    budget = Budget(60.0, workers=1, reproducible=reproducible)
    blocks = RecourseBlocks(Structure(program))
    full = blocks.structure.full()
    own = ConstructionParams(repeat_share=share, repeat_seconds=seconds, min_improvement=0.0)
    params = SearchParams(construction=own)
    passes: list[int] = []
    once = Construction._pass

    def counted(self: Construction, *given: Any, **named: Any) -> None:
        passes.append(1)
        once(self, *given, **named)

    monkeypatch.setattr(Construction, "_pass", counted)
    incumbent = Incumbent(program, budget)
    FirstSolution(blocks, full, relax(full, budget, 5.0), incumbent, params).find()
    assert incumbent.values is not None
    assert (len(passes) > 1) == several


@pytest.mark.parametrize("seed", range(20))
def test_agents_who_decide_at_once_keep_every_firm_row_together(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, agents=5, efficiencies=(1, 2), tight=seed % 2 == 1)
    program = random_program(rng, recipe)
    structure = Structure(program)
    if relax(structure.full(), Budget(60), 5.0) is None:
        assert oracle(program).values is None
        return
    for values, complete in construction(
        structure, Budget(60, workers=4), parallel_agents=0
    ).decide(seed, passes=2):
        if complete:
            assert oracle(decided(program, values)).values is not None


@pytest.mark.parametrize("seed", range(20))
def test_repair_says_infeasible_exactly_when_nothing_is_feasible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, tight=True, pinned=seed % 2 == 0))
    structure = Structure(program)
    wish = program.lower.copy()
    decisions = structure.decisions
    wish[decisions] = rng.integers(program.lower[decisions], program.upper[decisions] + 1)
    found = repair(structure, wish, Budget(60), seed)
    possible = oracle(program).values is not None
    if structure.full().contradiction is not None:
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
    values[work[0, 3]] = values[work[1, 2]] = 1  # the third agent has nothing
    found = repair(structure, values, Budget(60.0), 0)
    assert found.values is not None
    assert np.array_equal(found.values[work[:2]], values[work[:2]])
    assert found.values[work[2]].sum() == 1


def test_repair_without_time_says_nothing() -> None:
    rng = np.random.default_rng(1)
    structure = Structure(random_program(rng))
    found = repair(structure, structure.program.lower, Budget(0.0), 0)
    assert (found.values, found.infeasible) == (None, False)

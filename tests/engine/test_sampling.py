"""Samples of the agents in place of a huge relaxation."""

from __future__ import annotations

import numpy as np
import pytest
from programs import is_consistent, optimum, random_program, random_recipe, varied_program

from csshift.engine.budget import Budget
from csshift.engine.params import BendersParams, SearchParams
from csshift.engine.relaxation.sampling import AgentSampling
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.search import Search
from csshift.engine.structure import Structure
from csshift.program import Program

SAMPLED = RelaxationParams(max_entries=0, sample_entries=40)


def sampling(program: Program, seed: int, params: RelaxationParams = SAMPLED) -> AgentSampling:
    structure = Structure(program)
    budget = Budget(30.0, workers=2, seed=seed)
    return AgentSampling(structure, structure.full(), budget, params)


@pytest.mark.parametrize("seed", range(60))
def test_bounds_of_samples_never_pass_the_optimum(seed: int) -> None:
    program = varied_program(np.random.default_rng(seed), seed)
    samples = sampling(program, seed)
    best = optimum(program)
    for _ in range(2):
        samples.draw(2, 5.0)
        bound = samples.bound()
        assert bound is None or best is None or bound <= best


def test_a_sample_of_everybody_proves_what_the_relaxation_does() -> None:
    raised = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        program = random_program(rng, random_recipe(rng, agents=4))
        structure = Structure(program)
        full = structure.full()
        samples = sampling(program, seed, RelaxationParams(sample_entries=full.matrix.nnz))
        samples.draw(1, 5.0)
        bound = samples.bound()
        assert bound is not None
        columns = np.where(program.cost > 0, program.lower, program.upper)
        raised += bound > program.objective(columns)
    assert raised >= 4


@pytest.mark.parametrize("seed", range(12))
def test_a_search_with_samples_ends_with_an_honest_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, agents=4))
    params = SearchParams(
        relaxation=SAMPLED, benders=BendersParams(max_columns=0), strengthen=False, price_days=False
    )
    found = Search(program, Budget(1.0, workers=1 + seed % 2, seed=seed), params=params).run()
    assert is_consistent(found)
    assert found.values is not None
    assert program.holds(found.values)
    best = optimum(program)
    assert best is not None
    assert found.bound is not None
    assert found.bound <= best <= program.objective(found.values)


def test_a_sample_that_did_not_converge_is_left_out_of_the_mean() -> None:
    rng = np.random.default_rng(3)
    program = random_program(rng, random_recipe(rng, agents=4))
    samples = sampling(program, 3)
    samples.draw(1, 5.0)
    before = samples.count
    samples.draw(1, 0.0)
    assert samples.count == before == 1


@pytest.mark.parametrize("seed", range(10))
def test_flows_are_fitted_only_where_the_program_has_them(seed: int) -> None:
    program = varied_program(np.random.default_rng(seed), seed)
    samples = sampling(program, seed)
    samples.draw(1, 5.0)
    found = samples.relaxation()
    if found is None:
        return
    full = samples.subproblem
    decided = program.column_agent[full.column_ids] >= 0
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.duals).all()
    assert np.array_equal(found.values[decided], full.lower[decided])

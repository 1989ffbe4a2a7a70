"""A search does not end without a solution while there is time, unless there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from programs import is_consistent, oracle, random_program, random_recipe

from csshift.engine.budget import Budget
from csshift.engine.construction import first_solution
from csshift.engine.construction.feasibility import RepairResult
from csshift.engine.params import BendersParams, ConstructionParams, SearchParams
from csshift.engine.relaxation import repeated
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.search import Search
from csshift.planner.waiting import Runner
from csshift.program import Builder, Program

LONG = 60.0
NO_BENDERS = BendersParams(max_columns=0)
FIRST = SearchParams(
    branch=False, decompose=False, anneal=False, improve=False, tighten=False, benders=NO_BENDERS
)
"""Only what finds a first solution."""

FALLBACKS = {
    "usual": FIRST,
    "no time for the relaxation": SearchParams.from_mapping(
        {
            "branch": False,
            "decompose": False,
            "anneal": False,
            "improve": False,
            "tighten": False,
            "benders": {"max_columns": 0},
            "relaxation": {"entries_per_second": 0.0},
            "construction": {"full_program_entries": 0},
        }
    ),
}


def program_of(seed: int, **fixed: object) -> Program:
    rng = np.random.default_rng(seed)
    return random_program(rng, random_recipe(rng, **fixed))


def nothing(*_: Any, **__: Any) -> None:
    """Stand in for a relaxation that fails."""


def decided_together() -> Program:
    """Each row alone can be satisfied by recourse while both agents are idle; both cannot."""
    builder = Builder()
    first, second = (
        int(builder.columns(1, family="work", upper=1, agent=agent, cost=1)[0]) for agent in (0, 1)
    )
    helper = int(builder.columns(1, family="time", upper=1)[0])
    builder.rows(np.array([[first, helper]]), 1, family="presence", lower=1)
    builder.rows(np.array([[helper, second]]), [1, -1], family="seats", upper=0)
    return builder.build()


@pytest.mark.parametrize("block", range(10))
@pytest.mark.parametrize("fallback", FALLBACKS)
def test_tight_programs_get_a_solution_or_a_proof(block: int, fallback: str) -> None:
    for seed in range(1000 + 20 * block, 1020 + 20 * block):
        program = program_of(seed, tight=True, pinned=seed % 2 == 1, efficiencies=(1, 2))
        found = Search(program, Budget(LONG, seed=seed), params=FALLBACKS[fallback]).run()
        assert (found.values is None) == found.infeasible == (oracle(program).values is None)
        assert is_consistent(found)


@pytest.mark.parametrize("seed", range(8))
def test_a_relaxation_that_fails_is_done_without(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeated, "relax", nothing)
    program = program_of(seed)
    found = Search(program, Budget(LONG, seed=seed), params=FIRST).run()
    assert found.values is not None
    assert is_consistent(found)


@pytest.mark.parametrize("tight", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_a_repair_that_fails_is_not_the_end(
    seed: int, tight: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeated, "relax", nothing)
    monkeypatch.setattr(first_solution, "repair", lambda *_: RepairResult(None, infeasible=False))
    program = program_of(seed, tight=tight)
    found = Search(program, Budget(LONG, seed=seed), params=FIRST).run()
    assert (found.values is None) == found.infeasible == (oracle(program).values is None)


def test_recourse_that_no_row_alone_shows_to_be_missing() -> None:
    program = decided_together()
    found = Search(program, Budget(LONG), params=FIRST).run()
    assert found.values is not None
    assert is_consistent(found)


@pytest.mark.parametrize("seed", range(4))
def test_large_programs_begin_with_everybody_idle(seed: int) -> None:
    params = SearchParams(construction=ConstructionParams(idle_columns_per_second=0.0))
    found = Search(program_of(seed), Budget(LONG, seed=seed), params=params).run()
    objectives = [event for event in found.trace if event.objective is not None]
    assert objectives[0].stage == "everybody idle"
    assert found.proven


@pytest.mark.parametrize("seed", range(4))
def test_time_kept_for_finishing_is_used_while_nothing_is_found(seed: int) -> None:
    budget = Budget(0.0, spare=LONG, seed=seed)
    found = Search(program_of(seed, tight=False), budget, params=FIRST).run()
    assert found.values is not None
    assert budget.over


def test_a_relaxation_needs_time_for_its_size() -> None:
    params = SearchParams(relaxation=RelaxationParams(entries_per_second=0.0))
    searched = Search(program_of(0), Budget(LONG), params=params)
    assert searched.run().proven
    assert searched.relaxation is None


@pytest.mark.parametrize("seed", range(4))
def test_without_any_time_left_everybody_is_idle(seed: int) -> None:
    found = Runner().search(Search(program_of(seed), Budget(0.0), params=FIRST))
    assert found.values is not None
    assert found.trace[0].stage == "everybody idle"

"""Branching on listed schedules: nothing is missing from the lists, and no proof is wrong."""

from __future__ import annotations

import itertools
from unittest.mock import patch

import numpy as np
import pytest
from numpy.typing import NDArray
from programs import optimum
from test_decomposition import budget, cover, split_of

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.column_generation.branching import Branching
from csshift.engine.column_generation.decomposition import Decomposition
from csshift.engine.column_generation.master import AgentBlock, AgentBlocks, Master
from csshift.engine.column_generation.pricing import GRID, Pricing, Proof
from csshift.engine.generation_params import (
    BranchingParams,
    ColumnGenerationParams,
    DiagramParams,
)
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import SearchParams
from csshift.engine.search import Search
from csshift.engine.structure import LinkingRows
from csshift.program import Builder, Program

Integers = NDArray[np.int64]
MANY = 1000
ALL = 100_000


def paced(seed: int) -> Program:
    """Agents of different paces, at most some days each, and what is missing of the work costs.

    Fractions of schedules fit the work better than whole ones, so that nodes have to branch.
    """
    rng = np.random.default_rng(seed)
    agents, days = int(rng.integers(3, 5)), int(rng.integers(3, 5))
    builder = Builder()
    day = np.arange(days)
    work = builder.columns(
        (agents, days), family="work", upper=1, agent=np.arange(agents)[:, None], day=day
    )
    builder.rows(work, 1, family="most", upper=rng.integers(1, days, agents))
    paces = rng.integers(2, 8, agents)
    missing = builder.columns(days, family="missing", upper=100, day=day, cost=1)
    rows = np.concatenate([work.T, missing[:, None]], axis=1)
    builder.rows(rows, [*paces.tolist(), 1], family="cover", lower=rng.integers(2, 12, days))
    return builder.build()


def schedules_of(block: AgentBlock) -> list[Integers]:
    """Return all values of a block's columns that its own rows allow."""
    own = block.subproblem
    ranges = [range(int(a), int(b) + 1) for a, b in zip(own.lower, own.upper, strict=True)]
    values = [np.array(value) for value in itertools.product(*ranges)]
    return [
        value
        for value in values
        if np.all(own.matrix @ value >= own.row_lower)
        and np.all(own.matrix @ value <= own.row_upper)
    ]


def random_proof(split: AgentBlocks, seed: int) -> tuple[Pricing, Proof]:
    pricing = Pricing(split, budget())
    duals = np.random.default_rng(seed).normal(0, 2, split.linking.size)
    proof = pricing.price(duals, 5.0).proof
    assert proof is not None
    return pricing, proof


@pytest.mark.parametrize("seed", range(30))
def test_lists_hold_every_schedule_within_the_slack_and_no_other(seed: int) -> None:
    _, subproblem, split = split_of(cover(seed, unit=1 + seed % 3))
    pricing, proof = random_proof(split, seed)
    target = proof.bound + seed % 7 * pricing.unit
    near = pricing.near(proof, target, ALL, np.inf)
    assert near is not None
    y = pricing.on_grid(proof.duals)
    reduced = [
        {
            value.tobytes(): int(
                (block.subproblem.cost // pricing.unit * GRID - block.links.T @ y) @ value
            )
            for value in schedules_of(block)
        }
        for block in split.blocks
    ]
    least = sum(min(costs.values()) for costs in reduced)
    total = least + split.bound_of_rest(y, pricing.unit, GRID)
    assert total == proof.steps
    slack = target // pricing.unit * GRID - total
    assert slack >= 0
    for block, part, costs in zip(split.blocks, near, reduced, strict=True):
        values = part.pricer.values_of(part.chosen)
        within = {key for key, cost in costs.items() if cost - min(costs.values()) <= slack}
        assert {value.tobytes() for value in values} == within
        assert len(values) == len(within)
        np.testing.assert_array_equal(part.cost * pricing.unit, values @ block.subproblem.cost)
        np.testing.assert_array_equal(part.links.todense(), values @ block.links.T.todense())
        for column in np.flatnonzero(~part.pricer.slack):
            column_values = part.pricer.column_of(part.chosen, int(column))
            np.testing.assert_array_equal(column_values, values[:, column])
        ordered = [costs[value.tobytes()] for value in values]
        assert ordered == sorted(ordered)
    assert subproblem.contradiction is None


@pytest.mark.parametrize("seed", range(10))
def test_lists_that_are_too_long_are_none(seed: int) -> None:
    _, _, split = split_of(cover(seed))
    pricing, proof = random_proof(split, seed)
    target = proof.bound + 8 * pricing.unit
    whole = pricing.near(proof, target, ALL, np.inf)
    assert whole is not None
    count = sum(part.cost.size for part in whole)
    assert pricing.near(proof, target, count, np.inf) is not None
    assert pricing.near(proof, target, count - 1, np.inf) is None


def test_listing_ends_when_time_is_up() -> None:
    _, _, split = split_of(cover(2))
    pricing, proof = random_proof(split, 2)
    assert pricing.near(proof, proof.bound, ALL, 0.0) is None


def test_targets_beyond_64_bits_are_not_listed() -> None:
    _, _, split = split_of(cover(2))
    pricing, proof = random_proof(split, 2)
    assert pricing.near(proof, 1 << 70, ALL, np.inf) is None
    lower = pricing.near(proof, -(1 << 70), ALL, np.inf)
    assert lower is not None
    assert all(part.cost.size == 0 for part in lower)


@pytest.mark.parametrize("diagrams", [DiagramParams(enabled=False), DiagramParams(max_nodes=1)])
def test_no_lists_without_diagrams(diagrams: DiagramParams) -> None:
    _, _, split = split_of(cover(1))
    pricing = Pricing(split, budget(), diagrams)
    proof = pricing.price(np.zeros(split.linking.size), 5.0).proof
    assert proof is not None
    assert pricing.near(proof, proof.bound, ALL, np.inf) is None


def _decided(
    program: Program,
    target: int,
    split: AgentBlocks,
    seed: int,
    params: BranchingParams | None = None,
) -> bool | None:
    """Return whether branching finds a solution within the target; None if it cannot say."""
    pricing, proof = random_proof(split, seed)
    listed = pricing.near(proof, target, ALL, np.inf)
    assert listed is not None
    units = target // pricing.unit, pricing.unit
    search = Branching(split, listed, *units, budget(), params or BranchingParams())
    offered: list[Integers] = []

    def offer(found: Integers | None) -> None:
        if found is not None:
            offered.append(found)

    search.run(np.inf, offer)
    assert search.ended
    if offered:
        return True
    return False if search.proves else None


@pytest.mark.parametrize("block", range(4))
def test_a_solution_within_the_target_is_found_or_disproved(block: int) -> None:
    """At targets below the optimum, at it and above; from duals that are far from the best."""
    for seed in range(block * 10, block * 10 + 10):
        unit = 1 + seed % 3 if seed % 2 else 1
        program = cover(seed, unit=unit) if seed % 2 else paced(seed)
        structure, subproblem, split = split_of(program)
        best = optimum(program)
        assert best is not None
        least = best - structure.constant(subproblem)
        assert _decided(program, least - unit, split, seed) is False
        assert _decided(program, least, split, seed) is True
        assert _decided(program, least + unit, split, seed) is True


@pytest.mark.parametrize("seed", range(20))
def test_a_master_that_forgets_schedules_decides_alike(seed: int) -> None:
    program = paced(seed)
    structure, subproblem, split = split_of(program)
    best = optimum(program)
    assert best is not None
    least = best - structure.constant(subproblem)
    few = BranchingParams(mixed=2, first=1, added=1)
    with patch.object(Master, "keep", autospec=True, side_effect=Master.keep) as forgets:
        assert _decided(program, least - 1, split, seed, few) is False
        assert _decided(program, least, split, seed, few) is True
    if seed == 0:
        assert forgets.call_count > 0


@pytest.mark.slow
@pytest.mark.parametrize("block", range(8))
def test_no_proof_of_many_is_wrong(block: int) -> None:
    """1,000 programs in all: nothing is disproved at the optimum, all below it is."""
    for seed in range(block * MANY // 8, (block + 1) * MANY // 8):
        program = cover(seed) if seed % 4 == 0 else paced(seed)
        structure, subproblem, split = split_of(program)
        best = optimum(program)
        assert best is not None
        least = best - structure.constant(subproblem)
        params = BranchingParams(mixed=2, first=1, added=1) if seed % 2 else None
        assert _decided(program, least, split, seed, params) is True
        assert _decided(program, least - 1, split, seed, params) is False


def decomposed(
    program: Program, budget: Budget, schedules: int, few: int = 0
) -> tuple[Incumbent, Decomposition]:
    """Return a decomposition after generating, and an incumbent with everybody idle."""
    structure, subproblem, _ = split_of(program)
    blocks, links = RecourseBlocks(structure), LinkingRows(structure)
    incumbent = Incumbent(program, budget)
    idle = blocks.evaluate(structure.all_blocks, program.lower.copy(), budget)
    assert idle is not None
    assert incumbent.offer(idle, "idle")
    branching = BranchingParams(schedules=schedules, few_schedules=few)
    params = ColumnGenerationParams(branching=branching)
    constant = structure.constant(subproblem)
    found = Decomposition(
        *(blocks, links, subproblem, np.zeros(subproblem.rows), budget),
        lambda bound: incumbent.raise_bound(bound + constant, "generation"),
        params,
    )
    found.start(idle)
    assert found.generation.run(np.inf)
    return incumbent, found


@pytest.mark.parametrize("few", [0, ALL])
@pytest.mark.parametrize("seed", range(12))
def test_branching_closes_what_generation_leaves(seed: int, few: int) -> None:
    program = paced(seed)
    incumbent, decomposition = decomposed(program, budget(), ALL, few)
    decomposition.branch(incumbent, np.inf)
    assert incumbent.proven
    assert incumbent.objective == optimum(program)


@pytest.mark.parametrize("above", [0, 1, 5, 30])
@pytest.mark.parametrize("seed", range(6))
def test_the_best_solution_below_the_target_is_found_and_proven(seed: int, above: int) -> None:
    """Solutions above the optimum lower the target, and their nodes are closed after that."""
    program = paced(seed)
    best = optimum(program)
    assert best is not None
    incumbent, decomposition = decomposed(program, budget(), ALL)
    assert incumbent.bound is not None
    decomposition._target_step = best - incumbent.bound + 1 + above
    decomposition.branch(incumbent, np.inf)
    assert incumbent.proven
    assert incumbent.objective == best
    assert [event.stage for event in incumbent.trace][-1] == "branch and price"


@pytest.mark.parametrize("seed", range(12))
def test_short_lists_prove_nothing_that_is_wrong(seed: int) -> None:
    program = paced(seed)
    best = optimum(program)
    incumbent, decomposition = decomposed(program, budget(), 6)
    decomposition.branch(incumbent, np.inf)
    assert best is not None
    assert incumbent.bound is not None
    assert incumbent.bound <= best
    assert not decomposition.branches or incumbent.done


@pytest.mark.slow
@pytest.mark.parametrize("block", range(8))
def test_no_optimum_of_many_is_wrong(block: int) -> None:
    """1,000 programs in all, from targets up to far above the optimum."""
    for seed in range(block * MANY // 8, (block + 1) * MANY // 8):
        program = cover(seed) if seed % 4 == 0 else paced(seed)
        incumbent, decomposition = decomposed(program, budget(), ALL, ALL * (seed % 2))
        decomposition._target_step = 1 + seed % 13
        decomposition.branch(incumbent, np.inf)
        assert incumbent.proven
        assert incumbent.objective == optimum(program)


def test_a_turn_is_continued_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns that are too short for the whole search would never end if each began anew."""
    program = paced(95)
    structure, subproblem, split = split_of(program)
    best = optimum(program)
    assert best is not None
    pricing, proof = random_proof(split, 95)
    target = best - structure.constant(subproblem) - 1
    listed = pricing.near(proof, target, ALL, np.inf)
    assert listed is not None
    search = Branching(split, listed, target, 1, budget(1e6), BranchingParams(candidates=1))
    clock = itertools.count()
    monkeypatch.setattr(Budget, "elapsed", property(lambda _: float(next(clock))))
    turns = 0
    while not search.ended and turns < 1000:
        search.run(float(next(clock)) + 4, lambda _: None)
        turns += 1
    assert search.proves
    assert search.nodes > 2
    assert 1 < turns < 1000


@pytest.mark.parametrize("switched_on", [False, True])
def test_the_search_branches_unless_it_is_switched_off(
    monkeypatch: pytest.MonkeyPatch, *, switched_on: bool
) -> None:
    """Whatever else would close the gap is switched off, too."""
    monkeypatch.setattr(Decomposition, "step", lambda *_: None)
    params = SearchParams.from_mapping(
        {
            "branch": False,
            "improve": False,
            "benders": {"max_columns": 0},
            "branch_and_price": switched_on,
        }
    )
    stages = set()
    for seed in range(8):
        search = Search(cover(seed), Budget(1.0, workers=1), params=params)
        incumbent = search.run()
        best = optimum(cover(seed))
        assert best is not None
        assert incumbent.bound is not None
        assert incumbent.bound <= best
        stages |= {event.stage for event in incumbent.trace}
        if switched_on:
            assert incumbent.objective == best
    assert ("branch and price" in stages) == switched_on

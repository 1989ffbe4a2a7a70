"""Decision diagrams of blocks: brute force, CP-SAT on real agents, sizes and forms beyond them."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.budget import Budget
from csshift.engine.column_generation.diagram_pricing import DiagramPricer, Diagrams
from csshift.engine.column_generation.master import AgentBlock, AgentBlocks, split_by_agent
from csshift.engine.column_generation.pricing import Pricing
from csshift.engine.diagrams.day_options import DayCatalogue
from csshift.engine.diagrams.diagram import compile_diagram, unique_rows
from csshift.engine.diagrams.layers import build_layers
from csshift.engine.diagrams.row_costs import RowCosts
from csshift.engine.generation_params import DiagramParams
from csshift.engine.solvers.cpsat import Limits, StoredModel
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, UNBOUNDED, Integers, Program

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("CSSHIFT_SHARED", ROOT.parent / "shared"))
PARAMS = DiagramParams()


def random_block(rng: np.random.Generator) -> tuple[Subproblem, Integers, NDArray[np.bool_]]:
    """Return a block, the days of its columns, and which of them have changing costs.

    Days have one or two columns, some of which exclude each other; rows reach over days at
    random, and some have slacks on either side; an indicator counts days of which one is taken.
    """
    days = int(rng.integers(2, 5))
    day = np.sort(np.append(np.arange(days), rng.integers(0, days, int(rng.integers(1, 3)))))
    decisions = day.size
    rows: list[dict[int, int]] = []
    bounds: list[tuple[int, int]] = []
    upper, cost, kinds = [1] * decisions, rng.integers(-4, 5, decisions).tolist(), list(day)

    def add_row(entries: dict[int, int], low: int, high: int) -> None:
        rows.append(entries)
        bounds.append((low, high))

    for number in range(int(rng.integers(2, 6))):
        size = int(rng.integers(2, decisions + 1))
        chosen = rng.choice(decisions, size, replace=False)
        entries = {int(c): int(rng.choice([-2, -1, 1, 1, 1, 3])) for c in chosen}
        low, high = np.sort(rng.integers(-1, size + 1, 2))
        kind = rng.integers(4)
        low, high = (
            (-UNBOUNDED, int(high))
            if kind == 0
            else (int(low), UNBOUNDED)
            if kind == 1
            else (int(low), int(high))
        )
        for _ in range(int(rng.integers(0, 3)) if number else 2):
            entries[len(upper)] = int(rng.choice([-1, 1]))
            upper.append(int(rng.integers(1, 3)))
            cost.append(int(rng.integers(-1, 6)))
            kinds.append(int(rng.choice([NOBODY, days - 1])))
        add_row(entries, low, high)
    if rng.random() < 0.6:  # an indicator of work on two of the days
        indicator = len(upper)
        upper.append(1)
        cost.append(int(rng.integers(0, 4)))
        kinds.append(int(rng.choice([NOBODY, days - 1])))
        for column in rng.choice(decisions, 2, replace=False):
            add_row({int(column): 1, indicator: -1}, -UNBOUNDED, 0)
    matrix = np.zeros((len(rows), len(upper)), dtype=np.int64)
    for place, entries in enumerate(rows):
        for column, value in entries.items():
            matrix[place, column] = value
    columns = len(upper)
    block = Subproblem(
        matrix=csr_array(matrix),
        row_lower=np.array([low for low, _ in bounds]),
        row_upper=np.array([high for _, high in bounds]),
        lower=np.zeros(columns, dtype=np.int64),
        upper=np.array(upper, dtype=np.int64),
        cost=np.array(cost, dtype=np.int64),
        continuous=np.zeros(columns, dtype=np.bool_),
        column_ids=np.arange(columns),
        row_ids=np.arange(len(rows)),
    )
    linked = np.arange(columns) < decisions
    return block, np.array(kinds, dtype=np.int64), linked


def solutions(block: Subproblem) -> Integers:
    """Return all feasible values, one a row."""
    ranges = [range(low, high + 1) for low, high in zip(block.lower, block.upper, strict=True)]
    values = np.array(list(product(*ranges)), dtype=np.int64)
    activity = values @ block.matrix.toarray().T
    fits = (activity >= block.row_lower) & (activity <= block.row_upper)
    return values[np.all(fits, axis=1)]


def pricer_of(
    block: Subproblem,
    days: Integers,
    linked: NDArray[np.bool_],
    params: DiagramParams = PARAMS,
    diagrams: Diagrams | None = None,
) -> DiagramPricer | None:
    links = csr_array(linked[None].astype(np.int64))
    agent = AgentBlock(0, np.arange(block.columns), block, links, days)
    return (diagrams or Diagrams(params)).pricer(agent, (1, 1))


def judge(seed: int) -> bool:
    """Hold the diagram of a random block against brute force."""
    rng = np.random.default_rng(seed)
    block, days, linked = random_block(rng)
    return judge_block(block, days, linked, rng)


def judge_block(
    block: Subproblem,
    days: Integers,
    linked: NDArray[np.bool_],
    rng: np.random.Generator,
    diagrams: Diagrams | None = None,
) -> bool:
    """Hold a diagram against brute force; return whether the block is feasible."""
    known = solutions(block)
    pricer = pricer_of(block, days, linked, diagrams=diagrams)
    assert (pricer is None) == (known.shape[0] == 0)
    if pricer is None:
        return False
    for _ in range(3):
        cost = block.cost + np.where(linked, rng.integers(-6, 7, block.columns), 0)
        least = int((known @ cost).min())
        minimum, values = pricer.price(cost, rng, 4, least + 5)
        assert minimum == least
        assert values[0] @ cost == least
        assert (values @ cost).max() <= least + 5
        for row in values:
            assert np.any(np.all(known == row, axis=1))
    return True


@pytest.mark.parametrize("block", range(4))
def test_diagrams_find_the_minimum_of_random_blocks(block: int) -> None:
    """400 blocks in all, most of them feasible."""
    assert sum(judge(seed) for seed in range(100 * block, 100 * block + 100)) > 40


@settings(max_examples=60, deadline=None)
@given(st.integers(1000, 1 << 30))
def test_diagrams_find_the_minimum_of_any_block(seed: int) -> None:
    judge(seed)


def variants(block: Subproblem, rng: np.random.Generator) -> list[Subproblem]:
    """Return a block, and others that differ from it in one number."""
    found = [block, block]
    for name, values in (
        ("row_lower", block.row_lower),
        ("row_upper", block.row_upper),
        ("upper", block.upper),
        ("cost", block.cost),
    ):
        for place in rng.choice(values.size, 2):
            other = values.copy()
            if abs(other[place]) < UNBOUNDED:
                other[place] += rng.choice([-1, 1])
            found.append(replace(block, **{name: other}))
    row, column = rng.integers(block.rows), rng.integers(block.columns)
    matrix = block.matrix.toarray()
    matrix[row, column] -= 1
    found.append(replace(block, matrix=csr_array(matrix)))
    return [found[k] for k in rng.permutation(len(found))]


@pytest.mark.parametrize("seed", range(12))
def test_what_agents_share_is_compiled_for_equal_days_only(seed: int) -> None:
    rng, diagrams = np.random.default_rng(seed), Diagrams(PARAMS)
    block, days, linked = random_block(rng)
    for other in variants(block, rng):
        judge_block(other, days, linked, rng, diagrams)


def test_equal_days_are_listed_once() -> None:
    block, days, linked = wide_block(8)
    catalogue = DayCatalogue(PARAMS)
    layers = build_layers(block, days, linked, catalogue)
    assert layers is not None
    choices = [layer.choice for layer in layers.layers]
    # A row over all days gives every column a factor of its own.
    assert len(set(map(id, choices))) == 8
    again = build_layers(replace(block, cost=block.cost + 1), days, linked, catalogue)
    assert again is not None
    assert all(one.choice is known for one, known in zip(again.layers, choices, strict=True))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 30))
def test_row_costs_are_those_of_the_cheapest_slacks(seed: int) -> None:
    block, _, linked = random_block(np.random.default_rng(seed))
    costs = RowCosts(block, linked)
    known = solutions(block)
    others = ~costs.slack
    rows = np.arange(block.rows)
    domains = [range(2)] * int(others.sum())
    for choice in product(*domains):
        values = np.zeros(block.columns, dtype=np.int64)
        values[others] = choice
        activity = block.matrix @ values
        cost, feasible = costs.costs(activity, rows)
        completions = known[np.all(known[:, others] == choice, axis=1)]
        assert bool(feasible) == (completions.shape[0] > 0)
        if feasible:
            own = np.where(costs.slack, block.cost, 0)
            assert cost + costs.constant == (completions @ own).min()
            assert own @ costs.complete(values) == cost + costs.constant


def test_an_infeasible_block_has_no_diagram() -> None:
    block, days, linked = random_block(np.random.default_rng(3))
    crossing = replace(block, row_lower=np.full(block.rows, 5), row_upper=np.full(block.rows, 4))
    assert pricer_of(crossing, days, linked) is None
    unreachable = replace(
        block, row_lower=np.full(block.rows, 50), row_upper=np.full(block.rows, UNBOUNDED)
    )
    assert pricer_of(unreachable, days, linked) is None


def wide_block(days: int) -> tuple[Subproblem, Integers, NDArray[np.bool_]]:
    """Return a block with one row that keeps powers of two apart: a node for each subset."""
    block = Subproblem(
        matrix=csr_array((1 << np.arange(days))[None]),
        row_lower=np.array([3]),
        row_upper=np.array([(1 << days) - 4]),
        lower=np.zeros(days, dtype=np.int64),
        upper=np.ones(days, dtype=np.int64),
        cost=np.arange(days),
        continuous=np.zeros(days, dtype=np.bool_),
        column_ids=np.arange(days),
        row_ids=np.arange(1),
    )
    return block, np.arange(days), np.ones(days, dtype=np.bool_)


def test_large_diagrams_are_given_up() -> None:
    block, days, linked = wide_block(8)
    layers = build_layers(block, days, linked, DayCatalogue(PARAMS))
    assert layers is not None
    diagram = compile_diagram(layers, PARAMS.max_nodes)
    assert diagram is not None
    nodes = diagram.nodes
    assert nodes > 8
    assert compile_diagram(layers, 8) is None
    assert pricer_of(block, days, linked, replace(PARAMS, max_nodes=8)) is None
    assert pricer_of(block, days, linked, replace(PARAMS, enabled=False)) is None


def test_days_with_many_options_are_given_up() -> None:
    block, days, linked = wide_block(8)
    assert pricer_of(block, np.zeros_like(days), linked) is not None
    assert pricer_of(block, np.zeros_like(days), linked, replace(PARAMS, max_options=100)) is None


def test_costs_beyond_64_bits_are_given_up() -> None:
    block, days, linked = wide_block(6)
    assert pricer_of(replace(block, cost=np.full(6, 1 << 60)), days, linked) is None


def test_agents_whose_diagrams_take_too_long_are_priced_by_cpsat() -> None:
    block, days, linked = wide_block(6)
    links = csr_array(linked[None].astype(np.int64))
    whole = replace(block, matrix=csr_array(np.ones((2, 6), dtype=np.int64)))
    whole = replace(whole, row_lower=np.array([3, 0]), row_upper=np.array([60, 6]))
    agent = AgentBlock(0, np.arange(6), block, links, days)
    empty = csr_array((1, 0), dtype=np.int64)
    split = AgentBlocks(whole, (agent,), np.zeros(0, dtype=np.int64), np.array([1]), empty)
    late = Pricing(split, Budget(60.0, workers=1), replace(PARAMS, compile_share=0.0))
    early = Pricing(split, Budget(60.0, workers=1), PARAMS)
    late.prepare()
    early.prepare()
    assert late.models == [0]
    assert early.models == []
    duals = np.array([2.0])
    proofs = [pricing.price(duals, 10.0).proof for pricing in (late, early)]
    assert proofs[0] is not None
    assert proofs[1] is not None
    assert proofs[0].bound == proofs[1].bound


@given(st.integers(0, 1 << 30))
@settings(max_examples=30, deadline=None)
def test_distinct_rows_are_those_of_numpy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(-2, 3, (int(rng.integers(0, 40)), int(rng.integers(1, 4))))
    distinct, inverse = unique_rows(table)
    assert np.array_equal(distinct[inverse], table)
    assert distinct.shape == np.unique(table, axis=0).shape


def real_program(kind: str) -> Program:
    from benchmarks import curtois, inrc2
    from benchmarks.case import BenchmarkError
    from csshift.compile import compile_problem
    from csshift.instance import Instance

    module, name = {
        "curtois": (curtois, "Instance4"),
        "inrc2": (inrc2, "n005w4_0_1-2-3-3"),
    }[kind]
    try:
        (case,) = module.cases([name], DATA)
    except BenchmarkError as error:
        pytest.skip(f"no benchmark data: {error}")
    return compile_problem(Instance(case.problem())).program


@pytest.mark.parametrize("kind", ["curtois", "inrc2"])
def test_diagrams_and_cpsat_agree_on_real_agents(kind: str) -> None:
    program = real_program(kind)
    full = Structure(program).full()
    ids = full.column_ids
    split = split_by_agent(full, program.column_agent[ids], program.column_day[ids])
    budget = Budget(120.0, workers=1)
    pricing = Pricing(split, budget)
    rng = np.random.default_rng(1)
    for block in split.blocks[:3]:
        pricer = Diagrams(PARAMS).pricer(block, (1, 1))
        assert pricer is not None
        for spread in (3, 30):
            duals = np.rint(rng.normal(0, spread, split.linking.size)).astype(np.int64)
            cost = block.subproblem.cost - block.links.T @ duals
            minimum, values = pricer.price(cost, rng, 3, np.inf)
            exact = StoredModel(block.subproblem).solve(cost, budget, Limits(30.0))
            assert exact.status == "optimal"
            assert exact.bound == minimum
            for schedule in values:
                activity = block.subproblem.matrix @ schedule
                assert np.all(activity >= block.subproblem.row_lower)
                assert np.all(activity <= block.subproblem.row_upper)
    duals = rng.normal(0, 20, split.linking.size)
    by_diagrams = pricing.price(duals, 30.0).proof
    by_cpsat = Pricing(split, budget, DiagramParams(enabled=False)).price(duals, 30.0).proof
    assert by_diagrams is not None
    assert by_cpsat is not None
    assert by_diagrams.bound == by_cpsat.bound
    assert np.array_equal(by_diagrams.minimum, by_cpsat.minimum)

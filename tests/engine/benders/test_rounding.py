"""Rounding continuous columns keeps every row, or says that it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import decided, feasible_decisions, oracle, random_program, random_recipe

from csshift.engine.benders.rounding import raise_rounded, round_continuous
from csshift.engine.subproblem import Restrictor
from csshift.program import Builder

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=60)
@given(seed=SEEDS)
def test_what_comes_back_keeps_every_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, efficiencies=(1, 2, 3)))
    subproblem = Restrictor(program).full()
    subproblem = replace(subproblem, continuous=rng.random(subproblem.columns) < 0.7)
    linear = oracle(subproblem, integer=False).values
    assert linear is not None
    rounded = round_continuous(subproblem, linear + rng.normal(scale=0.3, size=linear.size))
    if rounded is None:
        return
    values = program.lower.copy()
    values[subproblem.column_ids] = rounded
    assert program.holds(values)


@settings(max_examples=40)
@given(seed=SEEDS)
def test_flows_with_slack_can_always_be_rounded(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, efficiencies=(1, 2, 3)))
    chosen = feasible_decisions(rng, program)
    assert chosen is not None
    block = Restrictor(decided(program, chosen)).full()
    linear = oracle(block, integer=False)
    assert linear.values is not None
    assert linear.cost is not None
    rounded = round_continuous(block, linear.values)
    assert rounded is not None
    full = chosen.copy()
    full[block.column_ids] = rounded
    assert program.holds(full)
    # Each flow is less by under a unit, which is filled at the highest price.
    dearest = int(program.cost.max()) * 3 * int((program.continuous & (program.cost == 0)).sum())
    assert int(block.cost @ rounded) <= linear.cost + dearest + 1e-6


def test_integer_values_stay_as_they_are() -> None:
    program = random_program(np.random.default_rng(4))
    found = oracle(program).values
    assert found is not None
    subproblem = Restrictor(program).full()
    exact = np.rint(found[subproblem.column_ids])
    rounded = round_continuous(subproblem, exact + 1e-7)
    assert rounded is not None
    assert int(subproblem.cost @ rounded) == round(float(subproblem.cost @ exact))


@pytest.mark.parametrize(
    ("need", "prices", "expected"),
    [(3, (1, 2), [3, 0]), (7, (1, 2), [5, 2]), (7, (2, 1), [2, 5]), (0, (1, 2), [0, 0])],
)
def test_what_is_missing_is_filled_by_the_cheapest(
    need: int, prices: tuple[int, int], expected: list[int]
) -> None:
    builder = Builder()
    columns = builder.columns(2, family="short", upper=5, cost=prices, continuous=True)
    builder.rows([columns], 1, family="need", lower=need)
    subproblem = Restrictor(builder.build()).restrict(
        columns, np.array([1, 0, 0]), keep_redundant=True
    )
    rounded = round_continuous(subproblem, np.array([2.4, 1.7]))
    assert rounded is not None
    assert rounded.tolist() == expected


def test_surplus_and_shortage_of_one_row_do_not_mix() -> None:
    builder = Builder()
    flow = builder.columns(1, family="flow", upper=9, continuous=True)
    short = builder.columns(1, family="short", upper=9, cost=5, continuous=True)
    spare = builder.columns(1, family="spare", upper=9, cost=1, continuous=True)
    builder.rows([[*flow, *short, *spare]], [2, 1, -1], family="need", lower=7, upper=7)
    builder.rows([[*flow, *flow]], [1, 1], family="cap", upper=12)
    subproblem = Restrictor(builder.build()).restrict(
        np.arange(1, 4), np.array([1, 0, 0, 0]), keep_redundant=True
    )
    for amount, expected in ((3.5, [3, 1, 0]), (4.2, [4, 0, 1])):
        rounded = round_continuous(subproblem, np.array([amount, 0.0, 0.0]))
        assert rounded is not None
        assert rounded.tolist() == expected


def test_what_cannot_be_fixed_is_none() -> None:
    builder = Builder()
    columns = builder.columns(2, family="flow", upper=5, continuous=True)
    builder.rows([columns, columns], [[1, 1], [1, -1]], family="f", lower=[3, 0], upper=[3, 3])
    subproblem = Restrictor(builder.build()).full()
    assert round_continuous(subproblem, np.array([1.5, 1.5])) is None
    assert round_continuous(subproblem, np.array([2.0, 1.0])) is not None


@settings(max_examples=60)
@given(seed=SEEDS)
def test_raising_keeps_every_row_and_never_costs_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, efficiencies=(1, 2, 3)))
    chosen = feasible_decisions(rng, program)
    assert chosen is not None
    block = Restrictor(decided(program, chosen)).full()
    linear = oracle(block, integer=False).values
    assert linear is not None
    rounded = round_continuous(block, linear * rng.random(linear.size))
    if rounded is None:
        return
    raised = raise_rounded(block, rounded)
    full = chosen.copy()
    full[block.column_ids] = raised
    assert program.holds(full)
    assert int(block.cost @ raised) <= int(block.cost @ rounded)


def test_idle_time_fills_what_is_short() -> None:
    builder = Builder()
    flows = builder.columns(2, family="flow", upper=9, continuous=True)
    spare = builder.columns(1, family="spare", upper=9, cost=1, continuous=True)
    short = builder.columns(2, family="short", upper=12, cost=[5, 10**9], continuous=True)
    builder.rows([[*flows, *spare]], 1, family="time", lower=9, upper=9)
    for flow, missing, pace in zip(flows, short, (1, 2), strict=True):
        builder.rows([[flow, missing]], [pace, 1], family="need", lower=11, upper=12)
    subproblem = Restrictor(builder.build()).restrict(
        np.arange(1, 6), np.array([1, 0, 0, 0, 0, 0]), keep_redundant=True
    )
    # The dear shortage goes first: 6 units of time there, the other 3 where they are left over.
    raised = raise_rounded(subproblem, np.array([0, 0, 9, 11, 11]))
    assert raised.tolist() == [3, 6, 0, 8, 0]

"""The cheapest schedule of an agent is that of a search through all of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

from csshift.engine.annealing.recourse_prices import RecoursePrices
from csshift.engine.annealing.schedules import AgentSchedules, ScheduleBuilder, TooLargeError
from csshift.engine.annealing.team import Member
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.diagrams.diagram import DEAD
from csshift.engine.params import AnnealingParams
from csshift.engine.structure import Structure
from csshift.program import Integers, Program


def built(program: Program) -> tuple[Structure, list[AgentSchedules]]:
    structure = Structure(program)
    prices = RecoursePrices(RecourseBlocks(structure), Budget(60.0))
    builder = ScheduleBuilder(structure, prices, AnnealingParams())
    return structure, [builder.build(agent) for agent in structure.agents.tolist()]


def all_schedules(schedules: AgentSchedules) -> list[Integers]:
    """Every combination of options."""
    starts = schedules.option_starts
    days = [range(a, b) for a, b in itertools.pairwise(starts.tolist())]
    return [np.array(chosen) for chosen in itertools.product(*days)]


def own_cost(program: Program, schedules: AgentSchedules, chosen: Integers) -> int | None:
    """Cost of a schedule by the program, None where it breaks a rule of the agent."""
    values = program.lower.copy()
    values[schedules.columns] = schedules.values_of(chosen)
    agent = int(program.column_agent[schedules.columns[0]])
    broken = program.broken_rows(values)
    if np.any(program.row_agent[broken] == agent):
        return None
    return int(program.cost[schedules.columns] @ values[schedules.columns])


@pytest.mark.parametrize("seed", range(15))
def test_cheapest_agrees_with_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng))
    _, team = built(program)
    for schedules in team:
        prices = rng.integers(-9, 9, schedules.cost.size).astype(np.float64)
        found = {
            tuple(chosen): cost + prices[chosen].sum()
            for chosen in all_schedules(schedules)
            if (cost := own_cost(program, schedules, chosen)) is not None
        }
        window = 0, schedules.days.size
        best = schedules.cheapest(prices + schedules.cost, window, 0, np.array([0, DEAD]))
        assert found[tuple(best)] == min(found.values())


@pytest.mark.parametrize("seed", range(15))
def test_a_window_leaves_the_other_days_as_they_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, days=3, shifts=2))
    start = feasible_decisions(rng, program)
    assert start is not None
    _, team = built(program)
    for schedules in team:
        member = Member(schedules, np.zeros(schedules.supplies.place.size, dtype=np.int64))
        chosen = schedules.options_of(start)
        assert chosen is not None
        member.choose(chosen)
        if member.own_cost >= DEAD // 2:
            continue  # a dearer choice of the same day
        prices = rng.integers(-9, 9, schedules.cost.size).astype(np.float64)
        first = int(rng.integers(schedules.days.size))
        last = int(rng.integers(first + 1, schedules.days.size + 1))
        begin, end = schedules.option_starts[first], schedules.option_starts[last]
        drawn = schedules.cheapest(
            (prices + schedules.cost)[begin:end],
            (first, last),
            member.nodes[first],
            member.tail(last),
        )
        new = chosen.copy()
        new[first:last] = drawn
        before = own_cost(program, schedules, chosen)
        member.choose(new, (first, last))
        after = own_cost(program, schedules, new)
        assert before is not None
        assert after is not None
        assert after + prices[new].sum() <= before + prices[chosen].sum()
        fresh = Member(schedules, member.effects)
        fresh.choose(new)
        assert (fresh.own_cost, fresh.nodes) == (member.own_cost, member.nodes)
        assert np.array_equal(fresh.tail(0), member.tail(0))


@pytest.mark.parametrize("seed", range(10))
def test_sums_and_supplies_agree_with_the_matrix(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, nights=True, days=3, shifts=2))
    structure, team = built(program)
    prices = RecoursePrices(RecourseBlocks(structure), Budget(60.0))
    for schedules in team:
        layers = schedules.days.size
        first, last = (0, layers) if layers == 1 else (1, layers)
        begin, end = schedules.supply_starts[first], schedules.supply_starts[last]
        added = np.append(rng.integers(-9, 9, end - begin).astype(np.float64), 0.0)
        options = slice(schedules.option_starts[first], schedules.option_starts[last])
        expected = schedules.supplies.by_option[options][:, begin:end] @ added[:-1]
        assert np.array_equal(schedules.sums(added, (first, last)), expected)
        for option in range(schedules.cost.size):
            amounts = np.zeros((prices.blocks, prices.width))
            used = schedules.supplies_of[option]
            amounts[schedules.supplies.block[used]] += schedules.supplies.amount[used]
            values = np.zeros(program.columns, dtype=np.int64)
            values[schedules.columns] = schedules._options[option]
            activity = np.asarray(prices.recourse.decision_matrix @ values)
            inside = prices.row_block >= 0
            found = amounts[prices.row_block[inside], prices.row_place[inside]]
            assert np.array_equal(found, activity[inside])


def test_limits_are_kept() -> None:
    rng = np.random.default_rng(1)
    structure = Structure(random_program(rng, random_recipe(rng, days=3, shifts=2)))
    prices = RecoursePrices(RecourseBlocks(structure), Budget(60.0))
    for params in (AnnealingParams(max_options=1), AnnealingParams(max_nodes=0)):
        with pytest.raises(TooLargeError):
            ScheduleBuilder(structure, prices, params).build(int(structure.agents[0]))

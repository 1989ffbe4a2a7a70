"""Compiled steps change costs by what they say, and find what a search of everything finds."""

from __future__ import annotations

import itertools

import numba
import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe
from teams import team_of

from csshift.engine.annealing import kernel
from csshift.engine.annealing.kernel import Moves
from csshift.engine.annealing.tables import DEAD
from csshift.engine.annealing.team import Team
from csshift.engine.structure import Structure
from csshift.program import Integers, Program

MOVES = Moves(several_agents=0.7, most_agents=3, days=2.0)


def loaded(program: Program, seed: int) -> tuple[Team, Integers]:
    """A team that has the choices of a random solution, and knows what they cost."""
    structure = Structure(program)
    start = feasible_decisions(np.random.default_rng(seed), program)
    assert start is not None
    team = team_of(structure)
    team.load(start)
    team.learn()
    return team, start


def layers_of(team: Team, member: int) -> tuple[int, int]:
    first, last = team.tables.layer_starts[member : member + 2].tolist()
    return first, last


def own_cost(team: Team, member: int, chosen: Integers) -> int | None:
    """Cost of a schedule by the program, None where it breaks a rule of the agent."""
    schedules, program = team.members[member], team.prices.recourse.structure.program
    first, _ = layers_of(team, member)
    values = program.lower.copy()
    values[schedules.columns] = schedules.values_of(chosen - team.tables.option_starts[first])
    agent = int(program.column_agent[schedules.columns[0]])
    if np.any(program.row_agent[program.broken_rows(values)] == agent):
        return None
    return int(program.cost[schedules.columns] @ values[schedules.columns])


def all_schedules(team: Team, first: int, last: int) -> list[Integers]:
    """Every combination of options on some layers."""
    starts = team.tables.option_starts[first : last + 1].tolist()
    days = [range(a, b) for a, b in itertools.pairwise(starts)]
    return [np.array(chosen) for chosen in itertools.product(*days)]


def draw_prices(team: Team, rng: np.random.Generator) -> Integers:
    """Give every option a random price besides its own cost; return these prices."""
    prices = rng.integers(-9, 9, team.tables.cost.size)
    team.state.prices[:] = team.scale * prices + team.tables.cost
    return np.asarray(prices)


def is_as_if_loaded(team: Team, start: Integers) -> bool:
    """Whether all costs are those of a team that is given the same choices afresh."""
    fresh = Team(team.prices, team.members)
    fresh.load(team.decisions(start, team.state.chosen))
    return (
        np.array_equal(fresh.state.chosen, team.state.chosen)
        and np.array_equal(fresh.state.own_cost, team.state.own_cost)
        and np.array_equal(fresh.state.rest, team.state.rest)
        and np.array_equal(fresh.state.nodes, team.state.nodes)
        and np.array_equal(fresh.state.supply, team.state.supply)
        and np.allclose(*(np.maximum(t.state.costs, -DEAD) for t in (fresh, team)), rtol=0, atol=99)
        and fresh.total() == pytest.approx(team.total())
    )


@pytest.mark.parametrize("seed", range(15))
def test_the_cheapest_schedule_agrees_with_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    team, _ = loaded(random_program(rng, random_recipe(rng)), seed)
    for member in range(len(team.members)):
        first, last = layers_of(team, member)
        prices = draw_prices(team, rng)
        kernel.cheapest(team.tables, team.state, member, first, last, 0.0, rng)
        costs = {
            tuple(chosen): cost + int(prices[chosen].sum())
            for chosen in all_schedules(team, first, last)
            if (cost := own_cost(team, member, chosen)) is not None
        }
        assert costs[tuple(team.state.drawn[first:last])] == min(costs.values())


@pytest.mark.parametrize("seed", range(15))
def test_a_window_is_cheapest_with_the_other_days_as_they_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    team, _ = loaded(random_program(rng, random_recipe(rng, days=3, shifts=2)), seed)
    for member in range(len(team.members)):
        begin, end = layers_of(team, member)
        first = int(rng.integers(begin, end))
        last = int(rng.integers(first + 1, end + 1))
        prices = draw_prices(team, rng)
        kernel.cheapest(team.tables, team.state, member, first, last, 0.0, rng)
        present, costs = team.state.chosen[begin:end], {}
        for chosen in all_schedules(team, first, last):
            whole = present.copy()
            whole[first - begin : last - begin] = chosen
            cost = own_cost(team, member, whole)
            if cost is not None:
                costs[tuple(chosen)] = cost + int(prices[chosen].sum())
        assert costs[tuple(team.state.drawn[first:last])] == min(costs.values())


@pytest.mark.parametrize("seed", range(10))
def test_own_costs_follow_every_schedule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    team, _ = loaded(random_program(rng, random_recipe(rng, days=2, shifts=2)), seed)
    for member in range(len(team.members)):
        first, last = layers_of(team, member)
        present = own_cost(team, member, team.state.chosen[first:last])
        assert present is not None
        # That of slacks that nothing changes.
        constant = present - int(team.state.own_cost[member]) // team.scale
        for chosen in all_schedules(team, first, last):
            team.state.chosen[first:last] = chosen
            kernel.choose(team.tables, team.state, member, first)
            cost = own_cost(team, member, chosen)
            found = int(team.state.own_cost[member])
            assert found == (DEAD if cost is None else team.scale * (cost - constant))


@pytest.mark.parametrize("seed", range(10))
def test_prices_are_what_a_choice_adds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, agents=4, days=3, efficiencies=(1, 3), nights=True)
    team, _ = loaded(random_program(rng, recipe), seed)
    tables = team.tables
    for member in range(len(team.members)):
        for layer in range(*layers_of(team, member)):
            kernel.change(tables, team.state, layer, layer + 1, -1)
            alone = int(team.state.costs.max(axis=1).sum())
            kernel.price_options(tables, team.state, layer, layer + 1)
            present = int(team.state.chosen[layer])
            for option in range(tables.option_starts[layer], tables.option_starts[layer + 1]):
                team.state.chosen[layer] = option
                kernel.change(tables, team.state, layer, layer + 1, 1)
                added = int(team.state.costs.max(axis=1).sum()) - alone
                kernel.change(tables, team.state, layer, layer + 1, -1)
                assert team.state.prices[option] == added + tables.cost[option]
            team.state.chosen[layer] = present
            kernel.change(tables, team.state, layer, layer + 1, 1)


@pytest.mark.parametrize("temperature", [1e-3, 30.0, 1e5])
@pytest.mark.parametrize("seed", range(4))
def test_a_step_says_what_it_changes(seed: int, temperature: float) -> None:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, agents=4, days=3, efficiencies=(1, 3), nights=True)
    team, start = loaded(random_program(rng, recipe), seed)
    steps, changed = 200, 0
    for number in range(steps):
        before, total = team.state.chosen.copy(), team.total()
        found = team.take_steps(MOVES, rng, temperature, 1, total)
        assert (found is not None) == (team.total() < total)
        if found is not None:
            assert found.cost == team.total()
            assert np.array_equal(found.chosen, team.state.chosen)
        changed += not np.array_equal(before, team.state.chosen)
        if number % 20 == 0:
            assert is_as_if_loaded(team, start)
    assert is_as_if_loaded(team, start)
    assert changed < steps
    assert changed > 0 or temperature < 1.0


@pytest.mark.parametrize("seed", range(4))
def test_many_steps_say_the_lowest_cost_on_their_way(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, agents=4, days=3, efficiencies=(1, 3))
    program = random_program(rng, recipe)
    one, start = loaded(program, seed)
    several, _ = loaded(program, seed)
    lowest = total = one.total()
    alone, together = np.random.default_rng(7), np.random.default_rng(7)
    for _ in range(100):
        one.take_steps(MOVES, alone, 50.0, 1, total)
        lowest = min(lowest, one.total())
    found = several.take_steps(MOVES, together, 50.0, 100, total)
    assert np.array_equal(one.state.chosen, several.state.chosen)
    assert lowest == (total if found is None else found.cost)
    if found is not None:
        exact = several.learn_of(found)
        assert exact is not None
        assert np.array_equal(one.state.chosen, several.state.chosen)
        assert exact.cost >= found.cost  # prices are never above the cost
    assert is_as_if_loaded(several, start)


def test_windows_are_of_different_members_and_reach_all_days() -> None:
    rng = np.random.default_rng(3)
    team, _ = loaded(random_program(rng, random_recipe(rng, agents=4, days=3, nights=True)), 3)

    @numba.njit
    def draw(tables, moves, rng, windows):  # type: ignore[no-untyped-def]
        return kernel._windows(tables, moves, rng, windows)

    counts, reached = set(), np.zeros(team.state.chosen.size, dtype=np.int64)
    for _ in range(400):
        windows = np.zeros((3, 3), dtype=np.int64)
        count = draw(team.tables, MOVES, rng, windows)
        counts.add(count)
        drawn = windows[:count]
        assert len(set(drawn[:, 0].tolist())) == count
        for member, first, last in drawn.tolist():
            begin, end = layers_of(team, member)
            assert begin <= first < last <= end
            reached[first:last] += 1
    assert counts == {1, 2, 3}
    assert (reached > 0).all()


def test_compiled_without_a_place_to_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    options = []

    def njit(**given: object) -> object:
        options.append(given)

        def decorate(function: object) -> object:
            if given.get("cache"):
                raise RuntimeError("cannot cache function: no locator available")
            return function

        return decorate

    monkeypatch.setattr(kernel, "njit", njit)
    assert kernel.compiled(len) is len
    assert [given.get("cache", False) for given in options] == [True, False]

"""Annealing takes what is feasible and better; its running costs are those of the choices."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from programs import feasible_decisions, is_consistent, optimum, random_program, random_recipe

from csshift.engine.annealing.annealing import Annealing, _Cycle
from csshift.engine.annealing.recourse_prices import RecoursePrices
from csshift.engine.annealing.schedules import ScheduleBuilder
from csshift.engine.annealing.team import Team
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Incumbent
from csshift.engine.lns.turns import AnnealingTurns
from csshift.engine.params import AnnealingParams, SearchParams
from csshift.engine.search import Search
from csshift.engine.structure import Structure
from csshift.program import Program

PARAMS = AnnealingParams()


def begun(
    program: Program, budget: Budget, params: AnnealingParams = PARAMS, seed: int = 0
) -> tuple[Annealing, Incumbent]:
    """Annealing that starts from a random feasible solution."""
    blocks = RecourseBlocks(Structure(program))
    start = feasible_decisions(np.random.default_rng(seed), program)
    assert start is not None
    incumbent = Incumbent(program, budget)
    assert incumbent.offer(blocks.complete(start, budget), "start")
    return Annealing(blocks, incumbent, params), incumbent


@pytest.mark.parametrize("seed", range(12))
def test_finds_the_optimum_of_tiny_programs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng))
    budget = Budget(60.0, seed=seed, reproducible=True)
    annealing, incumbent = begun(program, budget, PARAMS, seed)
    before = incumbent.objective
    assert before is not None
    gain = annealing.run()
    assert is_consistent(incumbent)
    assert incumbent.objective == before - gain
    if not annealing.recourse.structure.direct.all():
        assert incumbent.objective == optimum(program)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_found_keeps_every_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, agents=4, efficiencies=(1, 3), nights=True, pinned=True)
    program = random_program(rng, recipe)
    annealing, incumbent = begun(program, Budget(0.3, seed=seed), seed=seed)
    annealing.run()
    assert is_consistent(incumbent)


def test_reproducible() -> None:
    rng = np.random.default_rng(4)
    program = random_program(rng, random_recipe(rng, agents=4, days=3, efficiencies=(1, 3)))
    found = []
    for _ in range(2):
        annealing, incumbent = begun(program, Budget(30.0, seed=5, reproducible=True))
        annealing.run()
        annealing.run()
        assert incumbent.values is not None
        found.append(incumbent.values)
    assert np.array_equal(*found)


@pytest.mark.parametrize("seed", range(8))
def test_costs_follow_changes_and_returns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, agents=4, days=3, efficiencies=(1, 3), nights=True)
    structure = Structure(random_program(rng, recipe))
    start = feasible_decisions(rng, structure.program)
    assert start is not None
    prices = RecoursePrices(RecourseBlocks(structure), Budget(60.0))
    builder = ScheduleBuilder(structure, prices, AnnealingParams())
    team = Team(prices, [builder.build(agent) for agent in structure.agents.tolist()])
    team.load(start)
    prices.learn(team.supply)
    team.follow_prices()
    blocks = np.arange(prices.blocks)
    for _ in range(30):
        member = team.members[int(rng.integers(len(team.members)))]
        before, state, total = team.state(blocks), member.state(), team.total()
        window = 0, member.chosen.size
        team.lift(member, window)
        noisy = team.option_prices(member, window) + rng.normal(0, 30, member.schedules.cost.size)
        chosen = member.schedules.cheapest(noisy, window, 0, member.tail(window[1]))
        team.put(member, window, chosen)
        team.settle(blocks)
        prices.learn(team.supply)
        learned = team.follow_prices()
        fresh = Team(prices, [known.schedules for known in team.members])
        fresh.load(team.decisions(start, [known.chosen for known in team.members]))
        assert fresh.total() == pytest.approx(team.total())
        if not learned and rng.random() < 0.5:
            team.restore(blocks, before)
            member.restore(state)
            assert team.total() == pytest.approx(total)


def test_windows_are_of_different_members_and_reach_all_days() -> None:
    rng = np.random.default_rng(3)
    program = random_program(rng, random_recipe(rng, agents=4, days=3, nights=True))
    annealing, incumbent = begun(program, Budget(60.0), AnnealingParams(days=2.0))
    team, values = annealing._prepared(), incumbent.values
    assert team is not None
    assert values is not None
    team.load(values)
    cycle = _Cycle(annealing, team, values, 1.0)
    counts, reached = set(), np.zeros((len(team.members), 3), dtype=np.int64)
    for chances in rng.random((400, 6)).tolist():
        windows = cycle._windows(chances)
        members = [member for member, _ in windows]
        assert len(members) == len(set(map(id, members)))
        counts.add(len(members))
        for member, (first, last) in windows:
            assert 0 <= first < last <= member.chosen.size
            reached[team.members.index(member), member.schedules.days[first:last]] += 1
        expected = [m.place_block[m.schedules.supplies.places[:, 0] >= w[0]] for m, w in windows]
        blocks = cycle._blocks(windows)
        assert np.isin(blocks, np.concatenate(expected)).all()
        assert (np.diff(blocks) > 0).all()
    assert counts == {1, 2, 3}
    assert (reached > 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_step_without_a_change_leaves_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recipe = random_recipe(rng, agents=4, days=3, efficiencies=(1, 3), nights=True)
    annealing, incumbent = begun(random_program(rng, recipe), Budget(60.0, seed=seed), seed=seed)
    team, values = annealing._prepared(), incumbent.values
    assert team is not None
    assert values is not None
    team.load(values)
    annealing.learn(team)
    cycle = _Cycle(annealing, team, values, 1.0)
    unchanged = 0
    for _ in range(200):
        before = [member.chosen for member in team.members]
        cycle._step(1e-3)
        unchanged += all(m.chosen is was for m, was in zip(team.members, before, strict=True))
        assert cycle._running == pytest.approx(team.total())
    assert unchanged > 0
    fresh = Team(team.prices, [known.schedules for known in team.members])
    fresh.load(team.decisions(values, [known.chosen for known in team.members]))
    assert fresh.total() == pytest.approx(team.total())


def test_cycles_do_not_become_cold_at_once_around_a_good_roster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(4)
    program = random_program(rng, random_recipe(rng, agents=4, days=3, efficiencies=(1, 3)))
    params = AnnealingParams(fading=0.5, hottest=0.2)
    annealing, _ = begun(program, Budget(30.0, seed=5, reproducible=True), params)
    measured = iter((1000.0, 8.0, 400.0))
    monkeypatch.setattr(Team, "typical_difference", lambda *_: next(measured))
    hottest = []
    run = _Cycle.run

    def spy(cycle: _Cycle, most_steps: int, until: float, over: threading.Event) -> None:
        hottest.append(cycle.hottest)
        run(cycle, most_steps, until, over)

    monkeypatch.setattr(_Cycle, "run", spy)
    for _ in range(3):
        annealing.run()
    assert hottest == [200.0, 100.0, 80.0]


@pytest.mark.parametrize(
    "params",
    [
        AnnealingParams(max_columns=1),
        AnnealingParams(max_nodes=0),
        AnnealingParams(prepare_share=0.0),
    ],
)
def test_left_out_where_the_program_is_too_large(params: AnnealingParams) -> None:
    rng = np.random.default_rng(2)
    program = random_program(rng, random_recipe(rng, agents=4, days=3))
    annealing, incumbent = begun(program, Budget(5.0), params)
    before = incumbent.objective
    assert annealing.run() == 0.0
    assert not annealing.usable
    assert incumbent.objective == before


def test_small_gaps_are_left_to_exact_methods() -> None:
    rng = np.random.default_rng(2)
    program = random_program(rng, random_recipe(rng, agents=4, days=3))
    annealing, incumbent = begun(program, Budget(5.0))
    assert annealing.usable
    assert incumbent.objective is not None
    incumbent.raise_bound(incumbent.objective, "test")
    assert not annealing.usable


def test_nothing_to_decide() -> None:
    rng = np.random.default_rng(2)
    program = random_program(rng, random_recipe(rng, agents=2))
    program.upper[:] = program.lower
    structure = Structure(program)
    incumbent = Incumbent(program, Budget(5.0))
    assert not Annealing(RecourseBlocks(structure), incumbent, AnnealingParams()).usable


def test_turns_give_the_other_improvement_the_more_time_the_less_annealing_gains() -> None:
    rng = np.random.default_rng(7)
    program = random_program(rng, random_recipe(rng, agents=4, days=3))
    budget = Budget(30.0, seed=1)
    annealing, _ = begun(program, budget, AnnealingParams(first_share=0.002, growth=1.0))
    turns = AnnealingTurns(annealing)
    assert turns.due()
    for _ in range(10):
        turns.take(threading.Event())
    turns._share = 2.0
    for _ in range(3):  # nothing is left to gain
        turns.take(threading.Event())
        assert turns._share == annealing.params.first_turn
    for share in (1.0, 2.0, 4.0, 5.0):  # only the other improvement gains
        turns._objective += 10**6
        turns.take(threading.Event())
        assert turns._share == share
    assert not turns.due()


@pytest.mark.parametrize("anneal", [True, False])
def test_switched_off(anneal: bool) -> None:
    rng = np.random.default_rng(9)
    program = random_program(rng, random_recipe(rng, agents=4, efficiencies=(2, 3)))
    search = Search(program, Budget(1.0), params=SearchParams(anneal=anneal))
    assert bool(search.annealings) == anneal
    assert is_consistent(search.run())

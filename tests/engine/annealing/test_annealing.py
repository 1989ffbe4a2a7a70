"""Annealing takes what is feasible and better; its running costs are those of the choices."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from programs import feasible_decisions, is_consistent, optimum, random_program, random_recipe

from csshift.engine.annealing.annealing import Annealing, _Cycle
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


def test_cycles_are_no_colder_around_a_good_roster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(4)
    program = random_program(rng, random_recipe(rng, agents=4, days=3, efficiencies=(1, 3)))
    params = AnnealingParams(hottest=0.2, cooling=0.1)
    annealing, _ = begun(program, Budget(30.0, seed=5, reproducible=True), params)
    measured = iter((1000.0, 8.0, 2000.0))
    monkeypatch.setattr(Team, "typical_difference", lambda *_: next(measured))
    temperatures = []
    run = _Cycle.run

    def spy(cycle: _Cycle, over: threading.Event) -> None:
        temperatures.append((cycle.hottest, cycle.coldest))
        run(cycle, over)

    monkeypatch.setattr(_Cycle, "run", spy)
    for _ in range(3):
        annealing.run()
    assert temperatures == [pytest.approx(t) for t in ((200, 20), (200, 0.16), (400, 40))]


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
    first, most = annealing.params.first_turn, annealing.params.max_turn
    for turn in range(1, 6):  # only the other improvement gains
        turns._objective += 10**6
        turns.take(threading.Event())
        assert turns._share == min(2**turn * first, most)
    assert turns._share == most
    assert not turns.due()


def test_a_search_does_not_wait_for_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    program = random_program(rng, random_recipe(rng, agents=4, days=3, efficiencies=(1, 3)))
    compiled, may_end = threading.Event(), threading.Event()

    def compile_slowly(_: Team) -> None:
        may_end.wait(60)
        compiled.set()

    monkeypatch.setattr(Team, "compile", compile_slowly)
    annealing, incumbent = begun(program, Budget(60.0), AnnealingParams(wait_seconds=0.01))
    before = incumbent.objective
    assert annealing.run() == 0.0
    assert annealing.usable
    assert incumbent.objective == before
    annealing.lengthen()
    assert annealing.length == 1.0
    may_end.set()
    assert compiled.wait(60)
    while annealing._prepared() is None:
        pass
    assert annealing.run() > 0.0
    annealing.lengthen()
    assert annealing.length == annealing.params.growth


def test_compiling_takes_nothing_from_a_reproducible_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(4)
    program = random_program(rng, random_recipe(rng, agents=4, days=3, efficiencies=(1, 3)))
    found = []
    for seconds in (0.0, 2.5):
        monkeypatch.setattr(Team, "compile", lambda _, seconds=seconds: time.sleep(seconds))
        annealing, incumbent = begun(program, Budget(2.0, seed=5, reproducible=True))
        annealing.run()
        found.append((annealing.steps, incumbent.objective))
    assert found[0][0] > 0
    assert found[0] == found[1]


def test_what_fails_while_a_team_is_prepared_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    program = random_program(rng, random_recipe(rng, agents=4, days=3, efficiencies=(1, 3)))

    def fail(_: Team) -> None:
        raise ArithmeticError

    monkeypatch.setattr(Team, "compile", fail)
    annealing, _ = begun(program, Budget(60.0))
    with pytest.raises(ArithmeticError):
        annealing.run()


def test_a_cycle_that_an_event_interrupts_goes_on_later() -> None:
    rng = np.random.default_rng(4)
    program = random_program(rng, random_recipe(rng, agents=4, days=3, efficiencies=(1, 3)))
    found = []
    for interruptions in (0, 3):
        annealing, incumbent = begun(program, Budget(30.0, seed=5, reproducible=True))
        for number in range(interruptions):
            over = Interruption(after=2 + number)
            annealing.run(over)
            assert annealing._cycle is not None
        annealing.run()
        assert annealing._cycle is None
        found.append((annealing.steps, incumbent.objective))
    assert found[0] == found[1]


class Interruption(threading.Event):
    """Is set after so many looks at it."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("anneal", [True, False])
def test_switched_off(anneal: bool) -> None:
    rng = np.random.default_rng(9)
    program = random_program(rng, random_recipe(rng, agents=4, efficiencies=(2, 3)))
    search = Search(program, Budget(1.0), params=SearchParams(anneal=anneal))
    assert bool(search.annealings) == anneal
    assert is_consistent(search.run())

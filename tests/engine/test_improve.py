"""Improvement takes what is feasible and better, and nothing else."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from programs import feasible_decisions, is_consistent, optimum, random_program, random_recipe

from csshift.engine.blocks import Blocks
from csshift.engine.choice import Size
from csshift.engine.control import Control
from csshift.engine.exact import Effort, solve_piece
from csshift.engine.guide import Guide
from csshift.engine.improve import (
    EFFORTS,
    FOLLOWING,
    GUIDED,
    MOST_PIECE_GAP,
    PIECE_GAP,
    Improvement,
)
from csshift.engine.incumbent import Incumbent, News
from csshift.engine.methods import Opened
from csshift.engine.neighbourhoods import NEIGHBOURHOODS, View
from csshift.engine.reduced import Step
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Program


def begun(
    program: Program, control: Control, seed: int = 0
) -> tuple[Improvement, Incumbent, list[News]]:
    """An improvement that starts from a random feasible solution."""
    blocks = Blocks(Structure(program))
    start = feasible_decisions(np.random.default_rng(seed), program)
    assert start is not None
    news: list[News] = []
    incumbent = Incumbent(program, control, tell=news.append)
    assert incumbent.offer(blocks.plan(start, control), "start")
    return Improvement(blocks, incumbent, control), incumbent, news


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_never_worse_and_always_feasible(seed: int, workers: int) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, owners=4, efficiencies=(1, 3)))
    control = Control(0.4, workers=workers, seed=seed)
    improvement, incumbent, news = begun(program, control, seed)
    before = incumbent.objective
    improvement.run(workers)
    objectives = [entry.objective for entry in news if entry.objective is not None]
    assert objectives == sorted(set(objectives), reverse=True)
    assert before is not None
    assert objectives[0] == before
    assert is_consistent(incumbent)
    best = optimum(program)
    assert best is not None
    assert incumbent.objective is not None
    assert best <= incumbent.objective <= before


@pytest.mark.parametrize("seed", range(4))
def test_it_ends_at_the_optimum_once_that_is_known(seed: int) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, owners=3))
    improvement, incumbent, _ = begun(program, Control(60.0, seed=seed), seed)
    incumbent.raise_bound(optimum(program), "oracle")
    improvement.run(1)
    assert incumbent.proven
    assert not incumbent.control.over


def test_steps_of_a_reproducible_search_are_counted() -> None:
    random = np.random.default_rng(1)
    program = random_program(random, random_recipe(random, efficiencies=(2, 3)))
    ends = []
    for _ in range(2):
        control = Control(20.0, seed=5, reproducible=True)
        improvement, incumbent, news = begun(program, control)
        improvement.run(1)
        assert not incumbent.control.over
        ends.append([(entry.stage, entry.objective) for entry in news])
        ends.append(incumbent.values.tolist() if incumbent.values is not None else [])
    assert ends[:2] == ends[2:]


@pytest.mark.parametrize("seed", range(8))
def test_a_find_is_not_lost_when_others_moved_the_incumbent_meanwhile(seed: int) -> None:
    """It once was where it did not go together with what the others had found."""
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, owners=4))
    control = Control(60.0)
    improvement, incumbent, _ = begun(program, control, seed)
    base = incumbent.values
    assert base is not None
    for _ in range(20):
        other = feasible_decisions(random, program)
        if other is not None and incumbent.offer(improvement.blocks.plan(other, control), "other"):
            break
    piece = improvement.structure.cutter.whole()
    best = solve_piece(piece, control, Effort(seconds=30.0)).values
    assert best is not None
    owned = program.column_agent[piece.columns] != NOBODY
    improvement._merge(base, piece.columns[owned], best[owned], "found")
    assert incumbent.objective == optimum(program)
    assert is_consistent(incumbent)


def test_an_event_ends_it() -> None:
    random = np.random.default_rng(0)
    program = random_program(random)
    improvement, incumbent, news = begun(program, Control(600.0))
    over = threading.Event()
    over.set()
    improvement.run(1, until_event=over)
    assert len(news) == 1
    assert is_consistent(incumbent)


def test_a_neighbourhood_that_fails_ends_all_workers_and_is_heard_of() -> None:
    random = np.random.default_rng(0)
    program = random_program(random, random_recipe(random, efficiencies=(2, 3)))
    _, incumbent, _ = begun(program, Control(600.0, workers=2))

    def broken(view: View, random: np.random.Generator, size: float) -> np.ndarray:
        raise ArithmeticError("no such neighbourhood")

    blocks = Blocks(Structure(program))
    improvement = Improvement(
        blocks, incumbent, incumbent.control, neighbourhoods={"broken": broken}
    )
    with pytest.raises(ArithmeticError):
        improvement.run(2)
    assert incumbent.control.stopped


def test_sizes_end_at_everything() -> None:
    """They once grew without end, until no integer could hold them."""
    random = np.random.default_rng(0)
    program = random_program(random)
    _, incumbent, news = begun(program, Control(0.3))
    sizes: list[float] = []

    def empty(view: View, random: np.random.Generator, size: float) -> np.ndarray:
        sizes.append(size)
        return np.empty(0, dtype=np.int64)

    blocks = Blocks(Structure(program))
    Improvement(blocks, incumbent, incumbent.control, neighbourhoods={"empty": empty}).run(1)
    assert len(news) == 1
    assert sizes[0] < max(sizes) == sizes[-1] == 2 * blocks.structure.owners.size


@pytest.mark.parametrize("name", NEIGHBOURHOODS)
def test_each_kind_alone_is_safe(name: str) -> None:
    random = np.random.default_rng(7)
    program = random_program(random, random_recipe(random, owners=4))
    control = Control(0.25)
    blocks = Blocks(Structure(program))
    start = feasible_decisions(random, program)
    assert start is not None
    incumbent = Incumbent(program, control)
    incumbent.offer(blocks.plan(start, control), "start")
    alone = {name: NEIGHBOURHOODS[name]}
    Improvement(blocks, incumbent, control, neighbourhoods=alone).run(1)
    assert is_consistent(incumbent)
    assert {news.stage for news in incumbent.trace} <= {"start", name}


@pytest.mark.parametrize(("seconds", "effort"), [(0.5, FOLLOWING), (10.0, 10.0)])
def test_what_follows_a_guide_may_take_as_long_as_it_is_worth(
    seconds: float, effort: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece of half a second saw little of values that took ten."""

    class Slow(Guide):
        def renew(self, random: np.random.Generator) -> bool:
            return True

    monkeypatch.setattr(Slow, "seconds", seconds)
    efforts: list[float] = []

    def search(*given: object) -> tuple[float, bool]:
        efforts.append(float(given[4]))  # type: ignore[arg-type]
        return 0.0, True

    monkeypatch.setattr(Improvement, "_search", search)
    random = np.random.default_rng(1)
    program = random_program(random, random_recipe(random))
    improvement, _, _ = begun(program, Control(30.0))
    improvement._step(random, Slow(np.full(program.columns, 0.5)))
    assert efforts == [pytest.approx(effort)]


@pytest.mark.parametrize(("bound", "gap"), [(0.9, MOST_PIECE_GAP), (0.999, PIECE_GAP * 0.001)])
def test_a_piece_is_solved_to_less_than_what_is_left_to_be_gained(bound: float, gap: float) -> None:
    """At a thousandth of their cost, pieces of 600 agents hid all of half a percent."""
    gaps: list[float] = []

    def solve(control: Control, effort: Effort, seed: int) -> Step:
        gaps.append(effort.gap)
        return Step("unknown", None, promising=False, bound=None)

    random = np.random.default_rng(1)
    program = random_program(random, random_recipe(random))
    improvement, incumbent, _ = begun(program, Control(30.0))
    start = incumbent.values
    assert start is not None
    objective = 1_000_000
    incumbent.objective, incumbent.bound = objective, round(bound * objective)
    method = {"none": lambda task: Opened(task.decisions, solve, rounds=1)}
    improvement = Improvement(improvement.blocks, incumbent, incumbent.control, methods=method)
    improvement._step(random, Guide())
    assert gaps == [pytest.approx(gap)]


def test_a_kind_that_takes_long_to_find_nothing_looks_at_less() -> None:
    random = np.random.default_rng(1)
    program = random_program(random, random_recipe(random))
    improvement, _, _ = begun(program, Control(30.0))
    quick, slow = Size(10.0, 4.0), Size(10.0, 4.0)
    improvement._skip(0, quick, 0.01)
    improvement._skip(0, slow, 5.0)
    assert slow.value < 4.0 < quick.value


def test_kinds_with_rules_of_their_own_exist() -> None:
    assert {GUIDED, *EFFORTS} <= set(NEIGHBOURHOODS)

"""LargeNeighbourhoodSearch takes what is feasible and better, and nothing else."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from programs import feasible_decisions, is_consistent, optimum, random_program, random_recipe

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Event, Incumbent
from csshift.engine.lns.improvement import LargeNeighbourhoodSearch
from csshift.engine.lns.neighbourhoods import (
    DEVIATING_AGENT_DAYS,
    DEVIATING_TEAM,
    NEIGHBOURHOODS,
    View,
)
from csshift.engine.lns.reference import Reference
from csshift.engine.lns.selection import NeighbourhoodSize
from csshift.engine.lns.subsolvers import Prepared
from csshift.engine.params import LnsParams
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Solution
from csshift.program import NOBODY, Program

PARAMS = LnsParams()
GAPS = [(0.9, PARAMS.max_subproblem_gap), (0.999, PARAMS.subproblem_gap * 0.001)]


def begun(
    program: Program, budget: Budget, seed: int = 0
) -> tuple[LargeNeighbourhoodSearch, Incumbent, list[Event]]:
    """An improvement that starts from a random feasible solution."""
    blocks = RecourseBlocks(Structure(program))
    start = feasible_decisions(np.random.default_rng(seed), program)
    assert start is not None
    events: list[Event] = []
    incumbent = Incumbent(program, budget, on_event=events.append)
    assert incumbent.offer(blocks.complete(start, budget), "start")
    return LargeNeighbourhoodSearch(blocks, incumbent), incumbent, events


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_never_worse_and_always_feasible(seed: int, workers: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, agents=4, efficiencies=(1, 3)))
    budget = Budget(0.4, workers=workers, seed=seed)
    improvement, incumbent, events = begun(program, budget, seed)
    before = incumbent.objective
    improvement.run(workers)
    objectives = [entry.objective for entry in events if entry.objective is not None]
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
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, agents=3))
    improvement, incumbent, _ = begun(program, Budget(60.0, seed=seed), seed)
    incumbent.raise_bound(optimum(program), "oracle")
    improvement.run(1)
    assert incumbent.proven
    assert not incumbent.budget.over


def test_steps_of_a_reproducible_search_are_counted() -> None:
    rng = np.random.default_rng(1)
    program = random_program(rng, random_recipe(rng, efficiencies=(2, 3)))
    ends = []
    for _ in range(2):
        budget = Budget(20.0, seed=5, reproducible=True)
        improvement, incumbent, events = begun(program, budget)
        improvement.run(1)
        assert not incumbent.budget.over
        ends.append([(entry.stage, entry.objective) for entry in events])
        ends.append(incumbent.values.tolist() if incumbent.values is not None else [])
    assert ends[:2] == ends[2:]


@pytest.mark.parametrize("seed", range(8))
def test_a_find_is_not_lost_when_others_moved_the_incumbent_meanwhile(seed: int) -> None:
    """It once was where it did not go together with what the others had found."""
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, agents=4))
    budget = Budget(60.0)
    improvement, incumbent, _ = begun(program, budget, seed)
    base = incumbent.values
    assert base is not None
    for _ in range(20):
        other = feasible_decisions(rng, program)
        if other is not None and incumbent.offer(
            improvement.blocks.complete(other, budget), "other"
        ):
            break
    subproblem = improvement.structure.full()
    best = solve_cpsat(subproblem, budget, Limits(seconds=30.0)).values
    assert best is not None
    decisions = program.column_agent[subproblem.column_ids] != NOBODY
    improvement._merge(base, subproblem.column_ids[decisions], best[decisions], "found")
    assert incumbent.objective == optimum(program)
    assert is_consistent(incumbent)


def test_an_event_ends_it() -> None:
    rng = np.random.default_rng(0)
    program = random_program(rng)
    improvement, incumbent, events = begun(program, Budget(600.0))
    over = threading.Event()
    over.set()
    improvement.run(1, until_event=over)
    assert len(events) == 1
    assert is_consistent(incumbent)


@pytest.mark.stages_fail
def test_a_neighbourhood_that_fails_leaves_the_others_at_work() -> None:
    """Its error is kept once, however often it fails."""
    rng = np.random.default_rng(0)
    program = random_program(rng, random_recipe(rng, efficiencies=(2, 3)))
    _, incumbent, _ = begun(program, Budget(0.5, workers=2))

    def broken(view: View, rng: np.random.Generator, size: float) -> np.ndarray:
        raise ArithmeticError("no such neighbourhood")

    blocks = RecourseBlocks(Structure(program))
    asked: list[float] = []

    def working(view: View, rng: np.random.Generator, size: float) -> np.ndarray:
        asked.append(size)
        return NEIGHBOURHOODS["random agents"](view, rng, size)

    both = {"broken": broken, "working": working}
    improvement = LargeNeighbourhoodSearch(blocks, incumbent, neighbourhoods=both)
    improvement.run(2)
    assert not incumbent.budget.stopped
    assert len(asked) > 1
    assert list(map(str, incumbent.close().failures)) == [
        "improvement: ArithmeticError: no such neighbourhood"
    ]


def test_sizes_end_at_everything() -> None:
    """They once grew without end, until no integer could hold them."""
    rng = np.random.default_rng(0)
    program = random_program(rng)
    _, incumbent, events = begun(program, Budget(0.3))
    sizes: list[float] = []

    def empty(view: View, rng: np.random.Generator, size: float) -> np.ndarray:
        sizes.append(size)
        return np.empty(0, dtype=np.int64)

    blocks = RecourseBlocks(Structure(program))
    LargeNeighbourhoodSearch(blocks, incumbent, neighbourhoods={"empty": empty}).run(1)
    assert len(events) == 1
    assert sizes[0] < max(sizes) == sizes[-1] == 2 * blocks.structure.agents.size


@pytest.mark.parametrize("name", NEIGHBOURHOODS)
def test_each_kind_alone_is_safe(name: str) -> None:
    rng = np.random.default_rng(7)
    program = random_program(rng, random_recipe(rng, agents=4))
    budget = Budget(0.25)
    blocks = RecourseBlocks(Structure(program))
    start = feasible_decisions(rng, program)
    assert start is not None
    incumbent = Incumbent(program, budget)
    incumbent.offer(blocks.complete(start, budget), "start")
    alone = {name: NEIGHBOURHOODS[name]}
    LargeNeighbourhoodSearch(blocks, incumbent, neighbourhoods=alone).run(1)
    assert is_consistent(incumbent)
    assert {event.stage for event in incumbent.trace} <= {"start", name}


@pytest.mark.parametrize(("seconds", "effort"), [(0.5, PARAMS.reference_effort), (10.0, 10.0)])
def test_what_follows_a_reference_may_take_as_long_as_it_is_worth(
    seconds: float, effort: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subproblem of half a second saw little of values that took ten."""

    class Slow(Reference):
        def renew(self, rng: np.random.Generator) -> bool:
            return True

    monkeypatch.setattr(Slow, "seconds", seconds)
    efforts: list[float] = []

    def search(*given: object) -> tuple[float, bool]:
        efforts.append(float(given[5]))  # type: ignore[arg-type]
        return 0.0, True

    monkeypatch.setattr(LargeNeighbourhoodSearch, "_search", search)
    rng = np.random.default_rng(1)
    program = random_program(rng, random_recipe(rng))
    improvement, _, _ = begun(program, Budget(30.0))
    improvement._step(rng, Slow(np.full(program.columns, 0.5)))
    assert efforts == [pytest.approx(effort)]


@pytest.mark.parametrize(
    ("bound", "gap"), [(0.9, PARAMS.max_subproblem_gap), (0.999, PARAMS.subproblem_gap * 0.001)]
)
def test_a_subproblem_is_solved_to_less_than_the_whole_gap(bound: float, gap: float) -> None:
    """At a thousandth of their cost, subproblems of 600 agents hid all of half a percent."""
    gaps: list[float] = []

    def solve(budget: Budget, limits: Limits, seed: int) -> Solution:
        gaps.append(limits.gap)
        return Solution("unknown", None, promising=False)

    rng = np.random.default_rng(1)
    program = random_program(rng, random_recipe(rng))
    improvement, incumbent, _ = begun(program, Budget(30.0))
    start = incumbent.values
    assert start is not None
    objective = 1_000_000
    incumbent.objective, incumbent.bound = objective, round(bound * objective)

    def subsolver(_: object, __: object, decisions: np.ndarray, values: np.ndarray) -> Prepared:
        return Prepared(decisions, solve, repeats=False)

    improvement = LargeNeighbourhoodSearch(
        improvement.blocks, incumbent, subsolvers={"none": subsolver}
    )
    improvement._step(rng, Reference())
    assert gaps == [pytest.approx(gap)]


def test_a_kind_that_takes_long_to_find_nothing_looks_at_less() -> None:
    rng = np.random.default_rng(1)
    program = random_program(rng, random_recipe(rng))
    improvement, _, _ = begun(program, Budget(30.0))
    quick, slow = NeighbourhoodSize(10.0, 4.0), NeighbourhoodSize(10.0, 4.0)
    improvement._skip(0, quick, 0.01)
    improvement._skip(0, slow, 5.0)
    assert slow.value < 4.0 < quick.value


def test_kinds_with_rules_of_their_own_exist() -> None:
    assert {DEVIATING_AGENT_DAYS, DEVIATING_TEAM} <= set(NEIGHBOURHOODS)

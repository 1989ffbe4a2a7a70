"""Pattern programs, whole and of some days: what changes, what stays, and that it gets better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import optimum, random_program, random_recipe

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.days.decomposition import DayDecomposition
from csshift.engine.days.pattern_search import PatternSearch
from csshift.engine.days.patterns import PatternProgram
from csshift.engine.generation_params import DayParams
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import SearchParams
from csshift.engine.search import Search
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import LinkingRows, Structure
from csshift.program import Integers, Program

FIRST_ROSTER = SearchParams(
    improve=False, anneal=False, branch=False, decompose=False, strengthen=False, price_days=False
)


def program_of(seed: int) -> Program:
    rng = np.random.default_rng(seed)
    return random_program(rng, random_recipe(rng, nights=bool(seed % 2), tight=False))


def poor_roster(program: Program, seed: int) -> Integers | None:
    """Return a roster that is good at random costs."""
    cost = np.random.default_rng(seed).integers(0, 50, program.columns)
    return Search(replace(program, cost=cost), Budget(5), params=FIRST_ROSTER).run().values


def search_of(
    program: Program, values: Integers, params: DayParams = DayParams()
) -> PatternSearch | None:
    """Return a search from some values; None where there is nothing to decompose."""
    structure, budget = Structure(program), Budget(60, reproducible=True)
    blocks, full = RecourseBlocks(structure), structure.full()
    incumbent = Incumbent(program, budget)
    blocks.offer(values, incumbent, "start")
    found = relax(full, budget, 60)
    assert found is not None
    days = DayDecomposition(
        *(blocks, LinkingRows(structure), full, found.duals, budget, lambda bound: None, params)
    )
    for _ in range(10):
        days.step()
    useful = days.bound is not None and incumbent.values is not None
    return PatternSearch(days, blocks, incumbent) if useful else None


def searches(count: int, params: DayParams = DayParams()) -> list[tuple[Program, PatternSearch]]:
    found = []
    for seed in range(100):
        program = program_of(seed)
        values = poor_roster(program, seed)
        search = None if values is None else search_of(program, values, params)
        if search is not None:
            found.append((program, search))
        if len(found) == count:
            return found
    raise AssertionError("too few programs have days")


def test_searches_of_some_days_end_at_the_optimum_where_all_patterns_are_listed() -> None:
    better = complete = ended = proven = 0
    for program, search in searches(20):
        before, best = search.incumbent.objective, optimum(program)
        search.renew()
        search.search_days(steps=12)
        assert best is not None
        assert search.incumbent.objective is not None
        assert search.incumbent.values is not None
        assert search.incumbent.objective >= best
        assert program.objective(search.incumbent.values) == search.incumbent.objective
        assert search.incumbent.bound is None or search.incumbent.bound <= best
        proven += search.incumbent.bound == best
        complete += search.complete
        ended += search.complete and search.incumbent.objective == best
        better += search.incumbent.objective != before
    # Costs of these programs are so few units that rounding recourse may hide a better one.
    assert complete >= 10
    assert ended >= complete - 2
    assert better
    assert proven


@pytest.mark.parametrize("few", [1, 300])
def test_only_the_days_that_are_searched_differ(few: int) -> None:
    changed = 0
    for program, search in searches(8, DayParams(most_patterns=1, few_patterns=few)):
        incumbent, days = search.incumbent, search.days
        assert incumbent.values is not None
        assert incumbent.objective is not None
        patterns = PatternProgram(days, incumbent.values, incumbent.objective)
        for day in range(Structure(program).days):
            free = np.array([day])
            decided, ended = patterns.solve_days(search.incumbent.budget, Limits(5.0), 0, free)
            assert ended
            if decided is None:
                continue
            moved = np.flatnonzero(decided != incumbent.values)
            assert np.all(np.isin(program.column_day[moved], [day, -1]))
            changed += 1
    assert changed


def test_the_days_of_any_roster_that_is_followed_are_among_the_patterns() -> None:
    for program, search in searches(5, DayParams(most_patterns=1, few_patterns=1)):
        incumbent = search.incumbent
        other = Search(program, Budget(5, seed=1)).run().values
        assert incumbent.values is not None
        assert incumbent.objective is not None
        assert other is not None
        patterns = PatternProgram(search.days, incumbent.values, incumbent.objective)
        before = patterns.size
        patterns.follow(other)
        assert before <= patterns.size <= before + len(search.days.groups)
        # The cheapest patterns of each day are there, so what comes out is no worse.
        decided, _, ended = patterns.solve(incumbent.budget, Limits(5.0), 0)
        assert ended
        if decided is not None:
            search.blocks.offer(decided, incumbent, "patterns")
        settled = search.blocks.evaluate(
            search.blocks.structure.all_blocks, other, incumbent.budget
        )
        assert settled is not None
        incumbent.offer(settled, "other")
        assert incumbent.objective <= program.objective(settled)


@pytest.mark.parametrize("ended", [True, False])
def test_there_are_more_days_while_searches_end(
    monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    [(program, search)] = searches(1, DayParams(first_window=0.5, scattered_share=0.3))
    horizon = Structure(program).days
    asked: list[Integers] = []

    def solve(
        self: PatternProgram, budget: Budget, limits: Limits, seed: int, days: Integers
    ) -> tuple[None, bool]:
        asked.append(days)
        return None, ended

    monkeypatch.setattr(PatternProgram, "solve_days", solve)
    search.renew()
    search.search_days(steps=20)
    assert all(np.unique(days).size == days.size for days in asked)
    assert all(days.min() >= 0 and days.max() < horizon for days in asked)
    assert asked[-1].size == (horizon if ended else 1)


def test_turns_in_vain_end_the_search_unless_they_may_prove(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PatternSearch, "search_days", lambda *_: None)
    for complete in (False, True):
        [(_, search)] = searches(1)
        monkeypatch.setattr(PatternSearch, "complete", complete)
        for _ in range(search.params.pattern_patience):
            assert not search.over
            search.take_turn()
        assert search.over != complete


@pytest.mark.parametrize("hidden", [0, 1000])
def test_a_search_proves_nothing_where_the_best_roster_seems_cheaper_than_it_is(
    monkeypatch: pytest.MonkeyPatch, hidden: int
) -> None:
    seen = PatternProgram.known_cost
    monkeypatch.setattr(PatternProgram, "known_cost", lambda self: seen(self) - hidden)
    proofs = 0
    for _, search in searches(8):
        search.renew()
        if search.complete and search.search_whole():
            proofs += search.incumbent.done
    assert bool(proofs) == (hidden == 0)


def test_a_roster_that_cannot_be_completed_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exhausted: list[bool] = []
    monkeypatch.setattr(Incumbent, "exhaust", lambda self: exhausted.append(True))
    refused = 0
    for _, search in searches(8):
        search.renew()
        monkeypatch.setattr(search.blocks, "offer", lambda *_: None)
        before = search.incumbent.objective
        exhausted.clear()
        if search.complete and search.search_whole() and search._offered:
            refused += 1
            assert not exhausted
        assert search.incumbent.objective == before
    assert refused

"""What may fail after the search, and that it takes no roster down."""

from __future__ import annotations

import importlib.metadata
import sys
import threading
from importlib import import_module
from pathlib import Path

import pytest
from problems import MONDAY, small

import csshift
from csshift.engine.incumbent import Incumbent
from csshift.engine.search import Search
from csshift.errors import EngineError
from csshift.instance import Instance
from csshift.instance import instance as instance_module
from csshift.model.roster import Roster
from csshift.model.score import Finding, Score
from csshift.planner.after_search import AfterSearch
from csshift.versions import versions

planner_solve = import_module("csshift.planner.solve")

EXAMPLE = Path(__file__).parents[2] / "examples" / "promotion-week"


def test_an_hourly_plan_that_fails_leaves_the_roster_in_the_exception(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("no hours")

    monkeypatch.setattr("csshift.decode.allocation.share_out", fail)
    with pytest.raises(EngineError, match="the hourly plan could not be made: ZeroD") as caught:
        csshift.solve(small(), time_limit=10, workers=1)
    assert caught.value.roster.assignments


def test_conflicts_that_cannot_be_found_leave_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    problem = small(rules=({"kind": "min-shifts", "count": 5, "per": "horizon"},))
    assert csshift.solve(problem, time_limit=10, workers=1).status == "infeasible"
    monkeypatch.setattr(planner_solve, "explain_conflict", fail)
    result = csshift.solve(problem, time_limit=10, workers=1)
    assert result.status == "infeasible"
    assert result.notes[0].text.startswith("the rules in conflict could not be found")


def test_notes_that_fail_cost_no_roster(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(instance_module, "find_notes", fail)
    result = csshift.solve(small(), time_limit=10, workers=1)
    assert result.roster is not None
    assert [note.code for note in result.notes] == ["notes-failed"]


@pytest.mark.parametrize("broken", ["raises", "rejects"])
def test_a_roster_that_the_checker_does_not_take_is_in_the_exception(
    monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def judge(*_: object) -> Score:
        if broken == "raises":
            raise ZeroDivisionError
        findings = (Finding(rule="min-rest", text="too short"),)
        return Score(objective=1, penalties={}, violations=findings)

    monkeypatch.setattr(planner_solve, "score", judge)
    with pytest.raises(EngineError) as caught:
        csshift.solve(small(), time_limit=10, workers=1)
    assert isinstance(caught.value.roster, Roster)
    assert caught.value.roster.assignments


def test_packages_without_metadata_have_a_version_or_are_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", gone)
    monkeypatch.setitem(sys.modules, "scipy", None)
    found = versions()
    assert found["csshift"] == csshift.__version__
    assert found["scipy"] == "unknown"


def test_an_interruption_before_anybody_is_planned_is_no_roster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everybody off, where a large search begins, would take the place of an earlier result."""
    problem = small()

    def solved(*, stopped: bool) -> csshift.Result:
        stop = threading.Event()

        def begin_only(search: Search) -> Incumbent:
            search._begin_idle()
            search.begun.set()
            search.incumbent.raise_bound(0, "column bounds")
            if stopped:
                search.budget.stop()
            return search.incumbent

        monkeypatch.setattr(Search, "run", begin_only)
        construction = {"idle_columns_per_second": 0.001}
        params = csshift.SearchParams.from_mapping({"construction": construction})
        return csshift.solve(problem, time_limit=1.0, workers=1, params=params, stop=stop)

    late = solved(stopped=False)
    assert late.roster is not None
    assert late.roster.assignments == ()
    assert "nobody-planned" in [note.code for note in late.notes]
    assert solved(stopped=True).status == "unknown"


def _failing(*_: object, **__: object) -> None:
    raise ZeroDivisionError("by chance")


STAGES = {
    "relaxation": ("csshift.engine.search.relax_repeatedly", 1),
    "cuts": ("csshift.engine.cuts.strengthening.Strengthening.add_flow_cuts", 2),
    "annealing": ("csshift.engine.annealing.annealing.Annealing.run", 1),
    "construction": ("csshift.engine.search.FirstSolution.persist", 1),
    "bound": ("csshift.engine.proving.Proving._price_in_turns", 2),
    "search": ("csshift.engine.search.Search._reference", 1),
    "improvement": ("csshift.engine.lns.improvement.LargeNeighbourhoodSearch._step", 2),
    "levelling": ("csshift.planner.after_search.level_hours", 1),
    "wishes": ("csshift.planner.after_search.grant_wishes", 1),
}
"""What each stage calls, and the workers with which it runs."""


@pytest.mark.stages_fail
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_takes_no_roster_with_it(
    monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """The others go on, and a note says what failed."""
    place, workers = STAGES[stage]
    reached = []

    def fail(*_: object, **__: object) -> None:
        reached.append(stage)
        _failing()

    monkeypatch.setattr(place, fail)
    problem = csshift.load(EXAMPLE)
    result = csshift.solve(problem, time_limit=3, workers=workers)
    assert result.roster is not None
    assert result.roster.assignments
    assert not csshift.check(problem, result.roster).violations
    notes = [note.text for note in result.notes if note.code == "stage-failed"]
    # A busy machine may have no time for cuts.
    assert reached or stage == "cuts"
    assert len(notes) == bool(reached)
    assert all(f"{stage}: ZeroDivisionError: by chance" in note for note in notes)


@pytest.mark.stages_fail
def test_what_fails_before_anything_is_found_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("relax_repeatedly", "FirstSolution", "solve_benders"):
        monkeypatch.setattr(f"csshift.engine.search.{place}", _failing)
    with pytest.raises(ZeroDivisionError, match="by chance"):
        csshift.solve(small(), time_limit=3, workers=1)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_caller_raises_ends_the_search(workers: int) -> None:
    def tell(progress: csshift.Progress) -> None:
        if progress.objective is not None:
            raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        csshift.solve(small(), time_limit=30, workers=workers, on_progress=tell)


def test_what_cannot_be_put_together_leaves_the_roster_in_the_exception(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planner_solve, "next_balances", _failing)
    with pytest.raises(EngineError, match="could not be put together: ZeroDiv") as caught:
        csshift.solve(small(), time_limit=10, workers=1)
    assert caught.value.roster.assignments


@pytest.mark.parametrize(("seconds", "kept"), [(60, 2.3), (600, 10), (3600, 10)])
def test_no_more_time_is_kept_for_wishes_than_granting_may_take(
    seconds: float, kept: float
) -> None:
    problem = small(requests=[{"agent_id": "a", "date": MONDAY, "want": "off"}])
    assert AfterSearch(Instance(problem), seconds).granting == pytest.approx(kept)
    assert AfterSearch(Instance(small()), seconds).granting == 0

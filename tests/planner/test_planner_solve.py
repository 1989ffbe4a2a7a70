"""What a solve promises: limits, a start, repetition, and words for what cannot be."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest
from problems import MONDAY, agent, cell, random_problem, roster, shift, small, turn, works

import csshift
from csshift.compile import Compiled
from csshift.engine.benders import recourse
from csshift.engine.incumbent import Incumbent
from csshift.engine.search import Search
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.io.template import write_template
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.model.result import Progress, Result, relative_gap
from csshift.model.roster import Roster
from csshift.problem import Problem

solving = import_module("csshift.planner.solve")
EARLY_LATE = (shift("E", "06:00-14:00"), shift("L", "14:00-22:00"))


def week(agents: int = 4, **parts: Any) -> Problem:
    """Return a week with more work than a handful of agents can do."""
    people = tuple(
        agent(f"a{i}", skills={"pre-sale": "1.1", "after-sale": ("0.6", 1)[i % 2]})
        for i in range(agents)
    )
    cells = tuple(
        cell(f"{hour:02d}:00", heads, skill=skill, day=day)
        for day in range(7)
        for hour, heads in ((8, "1.3"), (12, "2.6"), (13, "2.1"), (15, "1.7"), (20, "0.9"))
        for skill in ("pre-sale", "after-sale")
    )
    usual = {
        "horizon": Horizon(start=MONDAY, days=7),
        "agents": people,
        "shifts": EARLY_LATE,
        "requirements": cells,
        "rules": ({"kind": "min-rest", "hours": 11}, {"kind": "max-consecutive-days", "days": 5}),
    }
    return Problem(**{**usual, **parts})


def valid(problem: Problem, result: Result) -> bool:
    """Return whether the result has a roster that the checker accepts at the same price."""
    assert result.roster is not None
    judged = csshift.check(problem, result.roster)
    assert judged.objective == pytest.approx(result.objective)
    return judged.violations == ()


def test_a_stop_before_the_start_ends_in_no_roster_or_a_valid_one() -> None:
    stop = threading.Event()
    stop.set()
    problem = week()
    result = csshift.solve(problem, time_limit=30.0, workers=1, stop=stop)
    assert result.status == "unknown" or valid(problem, result)


def test_a_stop_at_the_first_roster_returns_it() -> None:
    stop = threading.Event()

    def heard(progress: Progress) -> None:
        if progress.objective is not None:
            stop.set()

    problem = week(12)
    result = csshift.solve(problem, time_limit=60.0, workers=1, stop=stop, on_progress=heard)
    assert stop.is_set()
    assert valid(problem, result)


@pytest.mark.parametrize("seconds", [1e-6, 0.05, 0.5])
def test_a_short_time_limit_ends_in_no_roster_or_a_valid_one(seconds: float) -> None:
    problem = week(10)
    result = csshift.solve(problem, time_limit=seconds, workers=1)
    assert result.status in ("unknown", "feasible", "optimal")
    assert result.status == "unknown" or valid(problem, result)


def test_parameters_reach_the_search() -> None:
    params = csshift.SearchParams(
        construct=False, improve=False, branch=False, decompose=False, strengthen=False
    )
    stages = {
        point.stage
        for point in csshift.solve(week(), time_limit=1.0, workers=1, params=params).trace
    }
    assert "column bounds" in stages
    assert stages <= {"column bounds", "relaxation", "whole program", "plan"}


def test_parameters_as_a_mapping_are_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"SearchParams\.from_mapping"):
        csshift.solve(week(), params={"improve": False})  # type: ignore[arg-type]


def test_a_wanted_gap_ends_the_search() -> None:
    result = csshift.solve(week(8), time_limit=60.0, workers=1, gap=0.5)
    assert result.gap is not None
    assert result.gap <= 0.5
    assert result.seconds < 55, "the gap is reached long before the time is up"


def test_seed_versions_and_trace_are_recorded() -> None:
    told: list[Progress] = []
    result = csshift.solve(
        week(), time_limit=1.0, seed=41, workers=1, gap=1e-4, on_progress=told.append
    )
    assert result.seed == 41
    assert {"csshift", "python", "ortools", "numpy", "scipy"} <= result.versions.keys()
    assert len(told) == len(result.trace) > 0
    objectives = [point.objective for point in result.trace if point.objective is not None]
    bounds = [point.bound for point in result.trace if point.bound is not None]
    assert objectives == sorted(objectives, reverse=True)
    assert bounds == sorted(bounds)
    assert objectives[-1] == pytest.approx(result.objective)
    assert told[-1].shortage_hours == pytest.approx(float(result.score.shortage_hours))


def test_a_reproducible_solve_does_not_depend_on_how_long_building_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The search got a limit that was shorter on a busy machine, and took other steps."""
    limits, build = [], solving.compile_problem

    class Watched(Search):
        def run(self) -> Incumbent:
            limits.append(self.budget.seconds)
            return super().run()

    def slowly(instance: Instance) -> Compiled:
        time.sleep(0.3)
        return build(instance)

    monkeypatch.setattr(solving, "Search", Watched)
    for builder in (build, slowly):
        monkeypatch.setattr(solving, "compile_problem", builder)
        csshift.solve(small(), time_limit=5.0, reproducible=True)
    assert limits[0] == limits[1]


def test_a_reproducible_solve_repeats_exactly() -> None:
    problem = week(3)
    first, second = (
        csshift.solve(problem, time_limit=60.0, seed=3, gap=0.05, reproducible=True)
        for _ in range(2)
    )
    assert first.gap is not None
    assert first.gap <= 0.05, "the run ended by the clock, which does not repeat"
    assert first.roster == second.roster
    assert [(p.objective, p.bound) for p in first.trace] == [
        (p.objective, p.bound) for p in second.trace
    ]


def test_a_start_is_never_made_worse() -> None:
    problem = week(6)
    good = csshift.solve(problem, time_limit=3.0, workers=1, gap=1e-4)
    again = csshift.solve(problem, time_limit=0.6, workers=1, gap=1e-4, start=good.roster)
    assert again.objective <= good.objective + 1e-9
    assert again.trace[0].stage == "start"


@pytest.mark.parametrize("seed", range(8))
def test_a_start_with_soft_rules_overtime_and_duties_is_taken(seed: int) -> None:
    problem = random_problem(Random(f"start {seed}"), 4, 6, 2)
    good = csshift.solve(problem, time_limit=1.5, workers=1, gap=1e-3)
    if good.roster is None:
        assert good.status in ("infeasible", "unknown")
        return
    again = csshift.solve(problem, time_limit=30.0, workers=1, gap=0.99, start=good.roster)
    assert again.trace[0].stage == "start"
    assert again.objective <= good.objective + 1e-9


def test_a_start_that_breaks_rules_is_passed_over() -> None:
    problem = week(rules=({"kind": "min-rest", "hours": 11},))
    broken = roster(works("a0", 0, "L"), works("a0", 1, "E"))
    assert csshift.check(problem, broken).violations
    result = csshift.solve(problem, time_limit=30.0, workers=1, gap=0.2, start=broken)
    assert valid(problem, result)
    assert all(point.stage != "start" for point in result.trace if point.objective is not None)


def test_a_start_on_leave_or_against_a_pin_is_passed_over() -> None:
    problem = small(
        leave=({"agent_id": "a", "date": MONDAY},), pins=({"agent_id": "b", "date": MONDAY},)
    )
    start = roster(works("a", 0), works("b", 0))
    result = csshift.solve(problem, time_limit=30.0, workers=1, gap=1e-5, start=start)
    assert valid(problem, result)
    assert not [e for e in result.roster.assignments if e.date == MONDAY]


def test_a_start_with_unknown_names_is_an_input_error() -> None:
    with pytest.raises(InputError, match="unknown agent"):
        csshift.solve(small(), time_limit=1.0, start=roster(works("nobody", 0)))


def test_an_empty_start_is_as_good_as_none() -> None:
    result = csshift.solve(small(), time_limit=30.0, workers=1, gap=1e-5, start=Roster())
    assert result.roster is not None
    assert result.roster.assignments


@pytest.mark.parametrize("change", ["pins", "rules"])
def test_conflicts_name_the_contradicting_rules_and_no_others(change: str) -> None:
    rules = [
        {"kind": "min-rest", "hours": 11},
        {"kind": "max-consecutive-days", "days": 5, "name": "five days in a row"},
        {"kind": "min-shifts", "count": 4, "per": "horizon", "name": "four at least"},
        {"kind": "seats", "count": 50},
    ]
    if change == "rules":
        rules.append({"kind": "max-shifts", "count": 3, "per": "horizon", "name": "three at most"})
        result = csshift.solve(week(rules=rules), time_limit=30.0, workers=1)
        expected = {"four at least", "three at most"}
    else:
        off = tuple(
            {"agent_id": "a0", "date": MONDAY + timedelta(days=i), "shift": None} for i in range(4)
        )
        result = csshift.solve(week(rules=rules, pins=off), time_limit=30.0, workers=1)
        expected = {"four at least", "pins"}
    assert result.status == "infeasible"
    assert set(result.conflicts) == expected
    assert result.roster is None
    assert result.objective is None
    assert result.gap is None


def test_a_contract_can_be_part_of_a_conflict() -> None:
    problem = small(
        agents=(agent("a", contract="half"), agent("b")),
        contracts=({"name": "half", "max_hours_per_week": 16},),
        rules=({"kind": "min-shifts", "count": 3, "per": "horizon"},),
    )
    result = csshift.solve(problem, time_limit=30.0, workers=1)
    assert set(result.conflicts) == {"contract half: max_hours_per_week", "min-shifts"}


def test_duty_turns_that_nobody_can_hold_are_said() -> None:
    remind = Duty(name="remind", skill="payment-reminder", window="10:00-14:00")
    problem = small(
        agents=(agent("a", skills={"pre-sale": 1, "payment-reminder": 1}), agent("b")),
        duties=(remind,),
        leave=({"agent_id": "a", "date": MONDAY},),
    )
    result = csshift.solve(problem, time_limit=30.0, workers=1, gap=1e-5)
    assert result.roster is not None
    assert [entry.date.day for entry in result.roster.duties] == [17, 18]
    (note,) = result.notes
    assert note.code == "unfilled-duty"
    assert [str(date) for date in note.dates] == ["2026-03-16"]
    text = "nobody for 1 turn of remind on 2026-03-16: all who may hold it are on leave"
    assert note.text == text
    assert (note.count, note.rules, note.skills) == (1, ("remind",), ("payment-reminder",))


def test_a_weight_of_fairness_below_the_shortage_of_a_shift_is_noted() -> None:
    remind = Duty(name="remind", skill="pre-sale", window="08:00-16:00", share="0.5")
    problem = small(duties=(remind,), weights={"duty_fairness": 60})
    (note,) = csshift.solve(problem, time_limit=30.0, workers=1, gap=1e-5).notes
    assert note.code == "duty-fairness-low"
    assert "duty_fairness is 60" in note.text
    assert "raise it to 8000 or more" in note.text
    off = small(duties=(remind,), weights={"duty_fairness": 0})
    assert csshift.solve(off, time_limit=30.0, workers=1, gap=1e-5).notes == ()


def test_a_duty_with_a_holder_is_noted_nowhere() -> None:
    remind = Duty(name="remind", skill="pre-sale", window="10:00-14:00", share="0.5")
    problem = small(duties=(remind,))
    assert csshift.solve(problem, time_limit=30.0, workers=1, gap=1e-5).notes == ()
    judged = csshift.check(problem, roster(works("a", 0), turn("a", 0)))
    assert judged.violations == ()


def test_nothing_required_means_nobody_works() -> None:
    result = csshift.solve(small(requirements=()), time_limit=30.0, workers=1)
    assert result.status == "optimal"
    assert result.objective == result.bound == 0
    assert result.roster.assignments == ()


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [(None, 1.0, None), (1.0, None, None), (0.0, 0.0, 0.0), (10.0, 9.0, 0.1), (1.0, 1.1, 0.0)],
)
def test_relative_gap(objective: float | None, bound: float | None, gap: float | None) -> None:
    assert relative_gap(objective, bound) == (None if gap is None else pytest.approx(gap))


def test_a_linear_solver_that_fails_leaves_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = week()
    result = csshift.solve(problem, time_limit=1.0, workers=1)
    assert result.roster is not None
    bare = csshift.Roster(assignments=result.roster.assignments, duties=result.roster.duties)
    monkeypatch.setattr(recourse, "solve_blocks", lambda *_: None)
    judged = csshift.check(problem, bare)
    assert judged.violations == ()
    assert judged.objective == pytest.approx(result.objective, rel=0.05)


def test_a_problem_may_be_given_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "week"
    write_template(folder)
    problem = csshift.load(folder)
    result = csshift.solve(str(folder), time_limit=5, workers=1)
    assert result.roster is not None
    assert csshift.check(folder, result.roster) == csshift.check(problem, result.roster)
    with pytest.raises(InputError):
        csshift.solve(tmp_path / "nowhere", time_limit=5)

"""What is made of a roster knows both edges of the horizon: files, reports, the simulation."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edge_cases import EARLY, NIGHT, around, forecast, planned
from problems import DAY, MONDAY, agent, cell, roster, shift, works

import csshift
from csshift.instance import Instance
from csshift.model.roster import Roster
from csshift.problem import Problem

DEFERRED = {"channel": "deferrable", "handle_seconds": 1800, "deadline_hours": 12, "shrinkage": 0}


def mail(**fields: Any) -> Problem:
    return around(
        days=2,
        requirements=(),
        forecast=tuple(forecast(day, hour, 1, "mail") for day in range(2) for hour in (3, 23)),
        skills=({"name": "mail", **DEFERRED, **fields},),
        agents=(agent("a", skills={"mail": 1}), agent("b", skills={"mail": 1})),
        shifts=(shift("D", "08:00-16:00"), NIGHT),
    )


def test_work_with_a_deadline_goes_on_into_the_next_morning() -> None:
    instance = Instance(mail())
    demand = instance.demand
    assert demand.interval[demand.day == 2].size > 0
    assert demand.interval[demand.day == 2].max() < 8
    plan, score = planned(mail(), works("a", 0, "N"), works("b", 1, "N"))
    [work] = score.deferred
    # What the summary says is as of midnight, when the next horizon starts.
    assert work.arrivals == pytest.approx(4)
    assert work.arrivals + work.backlog - work.done == pytest.approx(work.left)
    assert plan.allocation


def test_work_with_a_window_is_not_planned_outside_it() -> None:
    demand = Instance(mail(working_window="08:00-20:00")).demand
    assert demand.interval[demand.day == 2].size == 0


def test_the_simulation_has_the_night_before_and_the_last_one() -> None:
    people = tuple(agent(name, skills={"hotline": 1}) for name in "abcd")
    rows = tuple(forecast(day, hour, 4, "hotline") for day in range(2) for hour in range(24))
    skill = {"name": "hotline", "handle_seconds": 240, "channel": "call", "patience_seconds": 120}
    parts: dict[str, Any] = {
        "requirements": (),
        "forecast": rows,
        "agents": people,
        "skills": (skill,),
        "shifts": (shift("D", "06:00-22:00"), NIGHT),
    }
    worked = (works("c", 0), works("d", 1), works("a", 0, "N"), works("b", 1, "N"))
    with_night = around(days=2, history=(works("b", -1, "N"),), **parts)
    outcomes = {
        name: csshift.simulate(problem, roster(*worked), replications=3, seed=1)
        for name, problem in {
            "night": with_night,
            "empty": around(days=2, **parts),
            "none": around(days=2, edges="none", history=(works("b", -1, "N"),), **parts),
        }.items()
    }
    service = {
        name: {(row.date, row.start): row.service for row in outcome.rows(("date", "start"))}
        for name, outcome in outcomes.items()
    }
    first, last = (MONDAY, 120), (MONDAY + 2 * DAY, 120)
    assert service["night"][first].mean > 0.5  # type: ignore[union-attr]
    assert service["night"][last].mean > 0.5  # type: ignore[union-attr]
    assert service["empty"][first].mean < 0.1  # type: ignore[union-attr]
    assert last not in service["none"]
    assert outcomes["night"].verdict("hotline") in ("met", "open", "missed")


def test_a_result_with_both_edges_is_written_and_read_back(tmp_path: Path) -> None:
    problem = around(history=(works("a", -1, "N"),))
    result = csshift.solve(problem, time_limit=2, workers=1)
    csshift.write_result(result, problem, tmp_path / "result")
    again = csshift.load_result(problem, tmp_path / "result")
    assert again.roster is not None
    assert result.roster is not None
    assert set(again.roster.allocation) == set(result.roster.allocation)
    assert again.objective == pytest.approx(result.objective)
    text = (tmp_path / "result" / "coverage.csv").read_text(encoding="utf-8")
    assert "2026-03-19,05:00" in text
    assert "2026-03-19,06:00" not in text


def test_every_report_shows_the_next_morning(tmp_path: Path) -> None:
    from csshift.report.charts import plot_coverage, plot_heat_map
    from csshift.report.excel import write_excel
    from csshift.report.html import write_html

    problem = around(history=(works("a", -1, "N"),))
    # Who left on the day before has no row, and still serves the first morning.
    people = (agent("a", end_date=MONDAY - timedelta(days=1)), agent("b"))
    problem = problem.with_(agents=people)
    result = csshift.solve(problem, time_limit=1, workers=1)
    write_html(tmp_path / "roster.html", problem, result)
    write_excel(tmp_path / "roster.xlsx", problem, result)
    assert "3/19" in (tmp_path / "roster.html").read_text(encoding="utf-8")
    plot_coverage(problem, result)
    plot_coverage(problem, result, date=MONDAY + 3 * DAY)
    plot_heat_map(problem, result)


def test_shortages_at_both_edges_are_explained() -> None:
    from csshift.report.shortage import Explainer

    rows = (cell("03:00", 3), cell("03:00", 3, day=3))
    people = tuple(agent(name) for name in "abcd")
    problem = around(requirements=rows, agents=people, history=(works("a", -1, "N"),))
    plan, score = planned(problem, works("b", 2, "N"), works("c", 2, "E"))
    explainer = Explainer(Instance(problem), plan)
    first, last = (explainer.explain(c) for c in score.coverage)
    assert (first.at_work, first.off, first.here) == (1, 3, 1.0)
    # Nobody can be sent into a night that is over.
    assert (first.shifts, first.could_come) == (0, 0)
    assert (last.at_work, last.other_hours, last.off) == (1, 1, 2)
    assert (last.shifts, last.could_come) == (1, 2)


@pytest.mark.parametrize("days", [1, 3])
@pytest.mark.parametrize("minutes", [15, 60])
def test_the_engine_counts_what_the_checker_counts(days: int, minutes: int) -> None:
    night = shift("N", "21:45-30:15", break_minutes=45)
    problem = around(
        days=days,
        minutes=minutes,
        shifts=(EARLY, night, shift("S", "10:00-14:00+17:00-21:00")),
        history=(works("a", -1, "N"), works("b", -1, "S")),
        agents=(agent("a"), agent("b"), agent("c")),
    )
    result = csshift.solve(problem, time_limit=1.5, workers=1)
    assert result.roster is not None
    assert result.objective is not None
    assert csshift.check(problem, result.roster).objective == pytest.approx(result.objective)
    bare = Roster(assignments=result.roster.assignments, duties=result.roster.duties)
    assert csshift.check(problem, bare).objective == pytest.approx(result.objective)
    assert result.bound is not None
    assert result.bound <= result.objective + 1e-6


def test_columns_of_the_next_morning_belong_to_the_last_day() -> None:
    from csshift.compile import compile_problem

    program = compile_problem(Instance(around(history=(works("a", -1, "N"),)))).program
    assert int(np.max(program.column_day)) == 2

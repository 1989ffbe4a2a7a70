"""Rows and dates outside the planned days change nothing but a note that counts them."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import DAY, MONDAY, agent, cell, random_problem, roster, shift, small, works

import csshift
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.entity import TableRow
from csshift.model.notes import Note
from csshift.problem import Problem
from csshift.problem.outside import DATED
from csshift.simulation.desk import desk_of

QUEUE = {"start": "10:00", "store": "S1", "skill": "hotline"}
CALLS = ({"name": "hotline", "handle_seconds": 300},)
PEOPLE = (agent("a", skills={"hotline": 1, "pre-sale": 1}), agent("b", skills={"hotline": 1}))

ROWS: dict[str, dict[str, Any]] = {
    "forecast": QUEUE | {"inquiries": 20},
    "requirements": QUEUE | {"skill": "pre-sale", "heads": 1},
    "leave": {"agent_id": "a"},
    "requests": {"agent_id": "b", "want": "off"},
    "pins": {"agent_id": "b", "shift": "D"},
}
"""A row of each table, less its date."""


def at(table: str, *days: int) -> tuple[dict[str, Any], ...]:
    """Return the row of a table on some days, counted from the first planned one."""
    return tuple(ROWS[table] | {"date": MONDAY + day * DAY} for day in days)


def planned(**parts: Any) -> Problem:
    return small(**{"agents": PEOPLE, "skills": CALLS, **parts})


def dated_notes(problem: Problem) -> tuple[Note, ...]:
    """Return the notes, without those on skills and stores that nothing is asked of."""
    return tuple(note for note in Instance(problem).notes if not note.code.endswith("-unasked"))


def same_plan(one: Problem, other: Problem) -> bool:
    """Return whether two problems are solved, and a roster judged, alike."""
    first, second = (csshift.solve(p, time_limit=5, workers=1, seed=1) for p in (one, other))
    assert first.status == second.status == "optimal"
    assert first.score is not None
    assert first.roster is not None
    again = csshift.check(other, first.roster)
    return (first.objective, first.score.penalties, first.score.required_hours) == (
        second.objective,
        again.penalties,
        again.required_hours,
    )


def test_every_table_with_dates_is_spoken_of() -> None:
    assert set(ROWS) == set(DATED)


@pytest.mark.parametrize("table", DATED)
@pytest.mark.parametrize("days", [(-2,), (4,), (-400, -2, 4, 5, 700)])
def test_rows_outside_change_nothing_and_one_note_counts_them(
    table: str, days: tuple[int, ...]
) -> None:
    inside = planned(**{table: at(table, 0, 2)})
    wider = planned(**{table: at(table, *days, 0, 2)})
    count = len(getattr(wider, table)) - 2
    [note] = dated_notes(wider)
    verbs = "lies outside {} and was" if count == 1 else "lie outside {} and were"
    # Hours past midnight can touch leave on the day before and on the day after.
    when = "2026-03-15 to 2026-03-19" if table == "leave" else "2026-03-16 to 2026-03-18"
    when = verbs.format(when)
    assert note.text == f"{count} of {count + 2} rows of {table}.csv {when} left out"
    assert (note.code, note.count) == ("rows-outside", count)
    assert dated_notes(inside) == ()
    assert same_plan(inside, wider)
    notes = csshift.solve(wider, time_limit=5, workers=1).notes
    assert [found for found in notes if found.code == note.code] == [note]


def test_the_first_and_the_last_planned_day_are_inside_and_others_not() -> None:
    for table in DATED:
        assert dated_notes(planned(**{table: at(table, 0, 2)})) == ()
        days = (0, -2, 4) if table == "leave" else (0, -1, 3)
        assert dated_notes(planned(**{table: at(table, *days)}))[0].count == 2


def test_large_counts_are_written_with_separators() -> None:
    rows = tuple(
        ROWS["forecast"] | {"date": MONDAY - day * DAY, "start": f"{hour:02d}:00"}
        for day in range(60)
        for hour in range(24)
    )
    [note] = dated_notes(planned(forecast=rows))
    assert note.text.startswith("1,416 of 1,440 rows of forecast.csv lie outside")


@pytest.mark.parametrize("table", ["forecast", "requirements"])
def test_demand_of_which_no_row_is_inside_is_a_fault(table: str) -> None:
    parts = {"requirements": ()} | {table: at(table, -1, 3, 4)}
    with pytest.raises(InputError) as caught:
        planned(**parts)
    [fault] = caught.value.faults
    assert (fault.table, fault.index, fault.column) == (table, 0, "date")
    assert "no row lies within the horizon 2026-03-16 to 2026-03-18" in str(fault)
    # The other table may hold what is planned.
    other = {"forecast", "requirements"} - {table}
    given = parts | {name: at(name, 1) for name in other}
    assert [note.count for note in dated_notes(planned(**given))] == [3]


@pytest.mark.parametrize("table", ["requests", "pins", "leave"])
def test_other_tables_may_lie_outside_whole(table: str) -> None:
    [note] = dated_notes(planned(**{table: at(table, 30, 31)}))
    assert note.count == 2


@pytest.mark.parametrize(
    ("table", "unknown"),
    [
        ("leave", {"agent_id": "z"}),
        ("requests", {"agent_id": "z", "shift": "X"}),
        ("pins", {"agent_id": "z", "shift": "X"}),
        ("forecast", {"skill": "x"}),
        ("requirements", {"skill": "x", "start": "10:10"}),
    ],
)
def test_only_rows_inside_have_to_name_what_is_known(table: str, unknown: dict[str, Any]) -> None:
    """A list of a year names people who have left, and codes that are no longer used."""
    rows = at(table, 0, 5)
    problem = planned(**{table: (rows[0], rows[1] | unknown)})
    assert len(getattr(problem, table)) == 2
    with pytest.raises(InputError) as caught:
        planned(**{table: (rows[0] | unknown, rows[1])})
    assert {fault.index for fault in caught.value.faults} == {0}


def test_a_skill_without_figures_may_have_a_forecast_outside() -> None:
    rows = at("forecast", 5)
    problem = planned(skills=(), forecast=rows)
    assert Instance(problem).planned.forecast == ()
    with pytest.raises(InputError, match="cannot become heads"):
        planned(skills=(), forecast=(*rows, *at("forecast", 0)))


def test_leave_inside_the_history_is_inside() -> None:
    history = (works("a", -3),)
    leave = at("leave", -5, -2, 0, 4)
    problem = planned(history=history, leave=leave)
    [note] = dated_notes(problem)
    assert note.text.startswith("2 of 4 rows of leave.csv lie outside 2026-03-12 to 2026-03-19")
    assert Instance(problem).grid.available[0].tolist() == [True, False, True, False, True, True]


def test_the_simulation_looks_at_planned_days_only() -> None:
    inside, wider = planned(forecast=at("forecast", 1)), planned(forecast=at("forecast", -1, 1, 3))
    plan = roster(works("a", 1))
    expected = [desk_of(Instance(problem), plan).expected for problem in (inside, wider)]
    assert np.array_equal(*expected)
    assert expected[0].sum() == 20


def test_deferrable_work_outside_is_left_out() -> None:
    skills = ({"name": "hotline", "handle_seconds": 300, "channel": "deferrable"},)
    inside = planned(skills=skills, forecast=at("forecast", 1))
    wider = planned(skills=skills, forecast=at("forecast", -1, 1, 3))
    assert Instance(inside).demand.heads.sum() > 0
    assert np.array_equal(Instance(inside).demand.heads, Instance(wider).demand.heads)


def test_a_problem_keeps_its_rows_outside() -> None:
    problem = planned(**{table: at(table, -1, 0, 3) for table in DATED})
    assert Problem.model_validate_json(problem.model_dump_json()) == problem
    for table in DATED:
        assert len(getattr(problem, table)) == 3
    later = problem.with_(horizon=problem.horizon.model_copy(update={"start": MONDAY + 3 * DAY}))
    rows = Instance(later).planned
    assert [len(getattr(rows, t)) for t in DATED if t != "leave"] == [1, 1, 1, 1]


def moved(row: Any, days: int) -> Any:
    date = row.date + days * DAY
    if isinstance(row, TableRow):
        return replace(row, date=date)
    return row.model_copy(update={"date": date})


def counts_outside(problem: Problem) -> dict[str, int]:
    """Return the rows that the notes say were left out, by table."""
    notes = [note for note in Instance(problem).notes if note.code == "rows-outside"]
    return {n.text.split(" rows of ")[1].split(".")[0]: n.count or 0 for n in notes}


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_any_problem_is_the_same_with_rows_of_other_days(seed: int, times: int) -> None:
    problem = random_problem(Random(seed), agents=3, days=4, shifts=2)
    far = [k * 1000 * sign for k in range(1, times + 1) for sign in (-1, 1)]
    tables = {
        table: (
            *getattr(problem, table),
            *(moved(row, days) for days in far for row in getattr(problem, table)),
        )
        for table in DATED
    }
    wider = problem.with_(**tables)
    before, after = counts_outside(problem), counts_outside(wider)
    assert after == {
        table: before.get(table, 0) + len(far) * len(rows)
        for table in DATED
        if (rows := getattr(problem, table))
    }
    assert np.array_equal(Instance(wider).demand.heads, Instance(problem).demand.heads)
    assert np.array_equal(Instance(wider).grid.available, Instance(problem).grid.available)
    assert Instance(wider).planned == Instance(problem).planned
    plan = roster(*(works(a.agent_id, 0, problem.shifts[0].code) for a in problem.agents))
    start = (problem.horizon.start - MONDAY).days
    plan = plan.model_copy(
        update={"assignments": tuple(moved(entry, start) for entry in plan.assignments)}
    )
    assert csshift.check(wider, plan) == csshift.check(problem, plan)


def test_shifts_of_the_night_before_are_no_rows_outside() -> None:
    night = shift("N", "22:00-30:00")
    problem = small(
        shifts=(night,),
        history=(works("a", -1, "N"),),
        requirements=(cell("22:00", 1),),
    )
    assert dated_notes(problem) == ()

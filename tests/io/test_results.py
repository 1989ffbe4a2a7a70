"""A result folder read back: the same result, or what is wrong with which file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from csshift.errors import InputError
from csshift.instance import Instance
from csshift.io.reading import load
from csshift.io.writing import write_result
from csshift.model.notes import Note
from csshift.model.result import Result, TracePoint
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.planner.check import check, with_plan
from csshift.planner.results import load_result
from csshift.problem import Problem


@pytest.fixture
def problem(folder: Path) -> Problem:
    return load(folder)


def solved(problem: Problem) -> Result:
    """A result whose roster was made by hand: the bound is what a search might have proven."""
    days = problem.horizon.dates
    roster = with_plan(
        Instance(problem),
        Roster(
            assignments=(
                Assignment(agent_id="A01", date=days[0], shift="早"),
                Assignment(agent_id="A01", date=days[1], shift="早"),
                Assignment(agent_id="A02", date=days[0], shift="晚"),
            ),
            duties=(
                DutyTurn(
                    date=days[0], duty="payment-reminder", agent_id="A01", start=600, end=1050
                ),
            ),
        ),
    )
    score = check(problem, roster)
    return Result(
        status="feasible",
        roster=roster.model_copy(update={"coverage": score.coverage}),
        score=score,
        bound=10.0,
        seconds=1.5,
        seed=3,
        versions={"csshift": "0.1.0"},
        trace=(TracePoint(seconds=0.5, objective=None, bound=10.0),),
        notes=(Note(code="unfilled-duty", text="nobody reminds on Tuesday"),),
    )


def edited(folder: Path, **fields: Any) -> None:
    path = folder / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def faults(problem: Problem, folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_result(problem, folder)
    return [str(fault) for fault in caught.value.faults]


def test_what_was_written_is_read_back(problem: Problem, tmp_path: Path) -> None:
    result = solved(problem)
    write_result(result, problem, tmp_path / "out")
    assert load_result(problem, tmp_path / "out") == result


def test_a_result_without_a_roster_is_read_back(problem: Problem, tmp_path: Path) -> None:
    result = Result(status="infeasible", conflicts=("min-rest",), seconds=0.5, seed=1)
    write_result(result, problem, tmp_path / "out")
    assert load_result(problem, tmp_path / "out") == result


def test_a_missing_hourly_plan_is_worked_out(problem: Problem, tmp_path: Path) -> None:
    result = solved(problem)
    write_result(result, problem, tmp_path / "out")
    (tmp_path / "out" / "allocation.csv").unlink()
    assert load_result(problem, tmp_path / "out").objective == result.objective


def test_a_bound_of_another_problem_is_not_kept(problem: Problem, tmp_path: Path) -> None:
    write_result(solved(problem), problem, tmp_path / "out")
    changed = problem.model_copy(update={"requests": ()})
    edited(tmp_path / "out", objective=123456.0)
    loaded = load_result(changed, tmp_path / "out")
    assert loaded.bound is None
    assert "result.json says 123456" in loaded.notes[-1].text


def test_unknown_fields_of_a_later_version_do_no_harm(problem: Problem, tmp_path: Path) -> None:
    result = solved(problem)
    write_result(result, problem, tmp_path / "out")
    edited(tmp_path / "out", weather="fair")
    assert load_result(problem, tmp_path / "out") == result


def test_faults_name_the_file(problem: Problem, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "there is no such folder" in faults(problem, out)[0]
    write_result(solved(problem), problem, out)
    (out / "roster.csv").write_text("agent_id,date,shift\nnobody,2026-03-16,早\n")
    (out / "allocation.csv").write_text(
        "date,start,agent_id,store,skill,share\n2027-01-01,09:00,who,S1,pre-sale,1\n"
    )
    told = faults(problem, out)
    assert any(line.startswith("roster.csv, line 2, column agent_id") for line in told)
    assert any(line.startswith("allocation.csv, line 2, column agent_id") for line in told)
    assert any(line.startswith("allocation.csv, line 2, column date") for line in told)
    (out / "roster.csv").unlink()
    assert any(
        line.startswith("roster.csv: there is no such file") for line in faults(problem, out)
    )
    edited(out, status="perfect")
    assert "result.json, column status: 'perfect'" in faults(problem, out)[0]
    (out / "result.json").write_text("{")
    assert "not valid JSON" in faults(problem, out)[0]
    (out / "result.json").unlink()
    assert "result.json: there is no such file" in faults(problem, out)[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"status": "\\ud800"}', r"half of a character (\ud800)"),
        ('{"notes": [{"\\udfff": 1}]}', r"half of a character (\udfff)"),
        ('{"seed": ' + "9" * 5000 + "}", "an integer is too long; csshift solve writes it"),
        ("[" * 100_000, "nested too deeply; csshift solve writes it"),
        ("[1e999999]", "not a table of fields"),
    ],
)
def test_a_damaged_result_is_a_fault(
    problem: Problem, tmp_path: Path, content: str, words: str
) -> None:
    write_result(solved(problem), problem, tmp_path)
    (tmp_path / "result.json").write_text(content)
    (fault,) = faults(problem, tmp_path)
    assert words in fault


def test_a_pair_of_surrogates_is_one_character(problem: Problem, tmp_path: Path) -> None:
    write_result(solved(problem), problem, tmp_path)
    edited(tmp_path, versions={"csshift": "\U0001f642"})
    assert "\\ud83d\\ude42" in (tmp_path / "result.json").read_text()
    assert load_result(problem, tmp_path).versions == {"csshift": "\U0001f642"}

"""The result folder: content, form, and that it is whole at every moment."""

from __future__ import annotations

import csv
import json
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from csshift.errors import InputError
from csshift.io.fields import plain_decimal
from csshift.io.layout import COVERAGE
from csshift.io.reading import load
from csshift.io.rosters import read_duties, read_roster
from csshift.io.writing import write_result
from csshift.model.notes import Note
from csshift.model.result import Result, TracePoint
from csshift.model.roster import AllocationShare, Assignment, CoverageCell, DutyTurn, Roster
from csshift.model.score import Finding, Score
from csshift.problem import Problem

MONDAY = date(2026, 3, 16)
TABLES = {"roster.csv", "duties.csv", "allocation.csv", "coverage.csv"}


@pytest.fixture
def problem(folder: Path) -> Problem:
    return load(folder)


def result() -> Result:
    roster = Roster(
        assignments=(
            Assignment(agent_id="A02", date=MONDAY, shift="晚"),
            Assignment(agent_id="A01", date=date(2026, 3, 17), shift="早"),
            Assignment(agent_id="A01", date=MONDAY, shift="早"),
        ),
        duties=(
            DutyTurn(date=MONDAY, duty="payment-reminder", agent_id="A01", start=600, end=1050),
        ),
        allocation=(
            AllocationShare(
                date=MONDAY,
                start=540,
                agent_id="A01",
                store="S1",
                skill="pre-sale",
                share=Decimal("0.50"),
            ),
        ),
        coverage=(
            CoverageCell(
                date=MONDAY,
                start=540,
                store="S1",
                skill="pre-sale",
                required=Decimal("1E+1"),
                supplied=Decimal("9.90"),
                shortage=Decimal("0.10"),
                inquiries=31.5,
                model="chat chain, shrinkage 10 %",
            ),
        ),
    )
    score = Score(
        objective=104.5,
        penalties={"shortage": 100, "不早": 4.5},
        broken=(Finding(rule="request", points=4.5),),
        required_hours=Decimal(10),
        shortage_hours=Decimal("0.1"),
        inquiries=31.5,
        unserved_inquiries=0.315,
    )
    return Result(
        status="feasible",
        roster=roster,
        score=score,
        bound=100.0,
        seconds=1.25,
        seed=7,
        versions={"csshift": "0.1.0"},
        trace=(
            TracePoint(seconds=0.5, objective=None, bound=90.0),
            TracePoint(seconds=1.0, objective=104.5, bound=100.0, stage="exact"),
        ),
        notes=(Note(code="a-note", text="a note", stores=("S1",), count=2),),
    )


def test_result_json_has_the_fields_of_the_contract(tmp_path: Path, problem: Problem) -> None:
    write_result(result(), problem, tmp_path / "new" / "out")
    text = (tmp_path / "new" / "out" / "result.json").read_text("utf-8")
    assert "不早" in text
    assert json.loads(text) == {
        "status": "feasible",
        "objective": 104.5,
        "bound": 100.0,
        "gap": pytest.approx(4.5 / 104.5),
        "gap_hours": None,
        "required_hours": 10.0,
        "shortage_hours": 0.1,
        "shortage_percent": pytest.approx(1.0),
        "inquiries": 31.5,
        "unserved_inquiries": 0.315,
        "violations": [],
        "reported": [],
        "penalties": {"shortage": 100.0, "不早": 4.5},
        "seconds": 1.25,
        "seed": 7,
        "versions": {"csshift": "0.1.0"},
        "trace": [[0.5, None, 90.0], [1.0, 104.5, 100.0]],
        "conflicts": [],
        "conflict": None,
        "notes": [{"code": "a-note", "text": "a note", "stores": ["S1"], "count": 2}],
    }


def test_tables_are_as_documented(tmp_path: Path, problem: Problem) -> None:
    out = tmp_path / "out"
    write_result(result(), problem, out)
    assert {path.name for path in out.iterdir()} == TABLES | {"result.json"}
    assert (out / "roster.csv").read_bytes().decode() == (
        "agent_id,date,shift\nA01,2026-03-16,早\nA01,2026-03-17,早\nA02,2026-03-16,晚\n"
    )
    assert (out / "duties.csv").read_text("utf-8") == (
        "date,duty,stores,agent_id,start,end\n2026-03-16,payment-reminder,,A01,10:00,17:30\n"
    )
    assert (out / "allocation.csv").read_text("utf-8") == (
        "date,start,agent_id,store,skill,share\n2026-03-16,09:00,A01,S1,pre-sale,0.5\n"
    )
    with (out / "coverage.csv").open(encoding="utf-8", newline="") as file:
        header, row = csv.reader(file)
    assert header == list(COVERAGE.header)
    assert header[-1] == "model"
    assert row[4:] == ["10", "9.9", "0.1", "31.5", "chat chain, shrinkage 10 %"]


def test_coverage_comes_from_the_score_when_the_roster_has_none(
    tmp_path: Path, problem: Problem
) -> None:
    made = result()
    assert made.roster is not None
    assert made.score is not None
    cells = made.roster.coverage
    made = made.model_copy(
        update={
            "roster": made.roster.model_copy(update={"coverage": ()}),
            "score": made.score.model_copy(update={"coverage": cells}),
        }
    )
    write_result(made, problem, tmp_path / "out")
    assert len((tmp_path / "out" / "coverage.csv").read_text("utf-8").splitlines()) == 2


def test_what_is_written_reads_back(tmp_path: Path, problem: Problem) -> None:
    made = result()
    write_result(made, problem, tmp_path / "out")
    assert made.roster is not None
    assert set(read_roster(tmp_path / "out" / "roster.csv", problem)) == set(
        made.roster.assignments
    )
    assert read_duties(tmp_path / "out" / "duties.csv", problem) == made.roster.duties


def test_a_result_replaces_the_one_before(tmp_path: Path, problem: Problem) -> None:
    write_result(Result(status="unknown"), problem, tmp_path)
    write_result(result(), problem, tmp_path)
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["status"] == "feasible"


def test_a_failed_write_leaves_the_earlier_result(
    tmp_path: Path, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_result(result(), problem, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device; choose another folder"):
        write_result(Result(status="unknown"), problem, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_places_that_cannot_be_written_to(tmp_path: Path, problem: Problem) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="a file is where a folder is needed"):
        write_result(result(), problem, tmp_path / "file")
    with pytest.raises(InputError, match="a file is where a folder is needed"):
        write_result(result(), problem, tmp_path / "file" / "below")
    (tmp_path / "out" / "duties.csv").mkdir(parents=True)
    with pytest.raises(InputError, match="this is a folder, and a file is to be written here"):
        write_result(result(), problem, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["duties.csv"]
    with pytest.raises(InputError, match="null byte"):
        write_result(result(), problem, "out\0")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1E+2", "100"),
        ("-0.00", "0"),
        ("0E+5", "0"),
        ("1.10", "1.1"),
        ("1.00", "1"),
        ("1E-7", "0.0000001"),
        ("-2.50", "-2.5"),
        ("100", "100"),
    ],
)
def test_plain_decimals(value: str, text: str) -> None:
    assert plain_decimal(Decimal(value)) == text

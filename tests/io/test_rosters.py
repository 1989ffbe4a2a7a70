"""Rosters and duties made elsewhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from csshift.errors import InputError
from csshift.io.reading import load
from csshift.io.rosters import read_duties, read_roster
from csshift.model.duties import Duty
from csshift.model.roster import Assignment
from csshift.problem import Problem


@pytest.fixture
def problem(folder: Path) -> Problem:
    one = load(folder)
    two = {"name": "refunds", "skill": "after-sale", "window": "09:00-18:00"}
    duties = (*one.duties, Duty.model_validate({**two, "stores": [["S2", "S1"], ["S3"]]}))
    return Problem.model_validate(dict(one) | {"duties": duties, "stores": ("S2", "S3")})


def faults(reader, path: Path, text: str, problem: Problem) -> list[tuple[int | None, str]]:  # type: ignore[no-untyped-def]
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        reader(path, problem)
    assert all(fault.remedy for fault in caught.value.faults)
    assert {fault.table for fault in caught.value.faults} <= {path.name, "problem"}
    return [(fault.line, f"{fault.column}: {fault.problem}") for fault in caught.value.faults]


def test_a_roster_is_read_even_when_it_breaks_rules(tmp_path: Path, problem: Problem) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "\ufeffshift,agent_id,date\r\n早,A02,2026-03-20\r\n晚,A01,2026-03-16\r\n", "utf-8"
    )
    found = read_roster(path, problem)
    assert found[0] == Assignment(agent_id="A02", date=date(2026, 3, 20), shift="早")
    assert len(found) == 2


def test_faults_of_a_roster(tmp_path: Path, problem: Problem) -> None:
    text = (
        "agent_id,date,shift\nA01,2026-03-16,早\nA1,2026-03-16,早\nA01,2026-03-17,中\n"
        "A01,2026-03-15,早\nA01,2026-03-16,晚\nA01,2026-03-99,早\nA01,2026-03-18,\n"
    )
    assert faults(read_roster, tmp_path / "mine.csv", text, problem) == [
        (3, "agent_id: unknown agent"),
        (4, "shift: unknown shift"),
        (5, "date: outside the horizon 2026-03-16 to 2026-03-22"),
        (6, "shift: a second shift of A01 on 2026-03-16"),
        (7, "date: there is no such day"),
        (8, "shift: empty"),
    ]


def test_a_roster_that_is_not_there(tmp_path: Path, problem: Problem) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_roster(tmp_path / "absent.csv", problem)
    with pytest.raises(InputError, match="a folder, not a file"):
        read_roster(tmp_path, problem)


def test_groups_of_stores_are_recognised_in_any_order(tmp_path: Path, problem: Problem) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "date,duty,stores,agent_id\n"
        "2026-03-16,payment-reminder,,A01\n"
        "2026-03-17,payment-reminder,S3|S1|S2,A01\n"
        "2026-03-16,refunds,S1|S2,A04\n"
        "2026-03-16,refunds,S3,A05\n",
        "utf-8",
    )
    found = read_duties(path, problem)
    assert [turn.stores for turn in found] == [(), (), ("S2", "S1"), ("S3",)]
    assert found[0].start is None


def test_faults_of_duties(tmp_path: Path, problem: Problem) -> None:
    text = (
        "date,duty,stores,agent_id,start,end\n"
        "2026-03-16,payment-reminder,,A01,10:00,21:30\n"
        "2026-03-16,payment-reminder,,A01,10:00,21:30\n"
        "2026-03-16,reminder,,A02,,\n"
        "2026-03-16,refunds,S1,A04,,\n"
        "2026-03-16,refunds,,A04,,\n"
        "2026-03-23,refunds,S3,A99,,\n"
        "2026-03-17,refunds,S3,A04,9,25:00:00\n"
    )
    assert faults(read_duties, tmp_path / "mine.csv", text, problem) == [
        (3, "duty: a second turn of A01 on 2026-03-16"),
        (4, "duty: unknown duty"),
        (5, "stores: no group of stores of this duty"),
        (6, "stores: no group of stores of this duty"),
        (6, "duty: a second turn of A04 on 2026-03-16"),
        (7, "agent_id: unknown agent"),
        (7, "date: outside the horizon 2026-03-16 to 2026-03-22"),
        (8, "start: not a time in the form HH:MM"),
        (8, "end: not a time in the form HH:MM"),
    ]


def test_many_faults_are_capped(tmp_path: Path, problem: Problem) -> None:
    header = "agent_id,date,shift\n"
    rows = "".join(f"X{number},2026-03-16,早\n" for number in range(20_000))
    found = faults(read_roster, tmp_path / "rows.csv", header + rows, problem)
    assert len(found) == 201
    columns = ",".join(f"column{number}" for number in range(20_000))
    assert len(faults(read_roster, tmp_path / "columns.csv", columns, problem)) == 201

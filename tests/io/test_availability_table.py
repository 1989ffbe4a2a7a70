"""The table availability.csv, ranges of dates and days of duties, in every form of a problem."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from csshift.errors import InputError
from csshift.instance import Instance
from csshift.io.excel.template import write_workbook
from csshift.io.layout import PROBLEM_TABLES
from csshift.io.reading import load
from csshift.io.schema import schema
from csshift.io.tables import table_bytes
from csshift.problem import Problem

TABLE = next(table for table in PROBLEM_TABLES if table.name == "availability")
MONDAY = date(2026, 3, 16)
ROWS = """\
agent_id,works,weekdays,hours,shifts,start_date,end_date,weight
A01,only,Mon-Fri,from 7:00,,,,
A02,never,周二;周四,,,2026-03-01,2026-06-30,
A03,never,,22:00以后,早;tag:late,,,2.5
A04,只上,,not after 22:00,,,,
"""


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def faults(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder)
    return [str(fault) for fault in caught.value.faults]


def test_rows_are_read_written_and_read_again(folder: Path) -> None:
    write(folder, "availability", ROWS)
    problem = load(folder)
    assert list(map(str, problem.availability)) == [
        "only Mon-Fri from 07:00",
        "never Tue;Thu",
        "never from 22:00 早 or tag:late",
        "only until 22:00",
    ]
    assert [row.weight is None for row in problem.availability] == [True, True, False, True]
    (folder / "availability.csv").write_bytes(table_bytes(TABLE, problem.availability))
    assert load(folder) == problem
    assert Problem.model_validate_json(problem.model_dump_json()) == problem


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_workbook_holds_the_same(folder: Path, tmp_path: Path, language: str) -> None:
    write(folder, "availability", ROWS)
    text = (folder / "problem.toml").read_text("utf-8")
    text = text.replace("count = 1 ", 'weekdays = "Mon-Fri"\ndates = [2026-03-17]\ncount = 1 ')
    (folder / "problem.toml").write_text(text, encoding="utf-8")
    problem = load(folder)
    write_workbook(problem, tmp_path / "book.xlsx", language)  # type: ignore[arg-type]
    read = load(tmp_path / "book.xlsx")
    assert read.availability == problem.availability
    assert read.duties == problem.duties
    assert read.duties[0].weekdays[0] == "monday"


def test_every_fault_is_one_line_at_its_cell(folder: Path) -> None:
    head = "agent_id,works,weekdays,hours,shifts\n"
    rows = (
        "A01,only,Mon-Fry,,",
        "A01,olny,Mon,,",
        "A01,only,,evenings,",
        "A01,never,,not after 22:00,",
        "A01,only,,,",
        "A99,never,Mon,,",
        "A01,never,,,tag:lates",
        "A01,only,Mon,09:00-10:00+11:00-12:00,",
        "A01,never,Mon Mon,,",
    )
    write(folder, "availability", head + "\n".join(rows) + "\n")
    found = faults(folder)
    assert len(found) == len(rows)
    expected = (
        ("line 2, column weekdays", "'Fry' in 'Mon-Fry' is not a day", "write Fri"),
        ("line 3, column works", "none of only, never", "did you mean 'only'?"),
        ("line 4, column hours", "not a part of a day", "write 09:00-18:00"),
        ("line 5, column hours", "double negative", "write only"),
        ("line 6, column works", "the row does not say what", "fill weekdays"),
        ("line 7, column agent_id", "unknown agent", "A0"),
        ("line 8, column shifts", "unknown shift tag", "late"),
        ("line 9, column hours", "more than one span", "a row for each"),
        ("line 10, column weekdays", "named twice", "keep it once"),
    )
    for fault, words in zip(found, expected, strict=True):
        assert all(word in fault for word in words), fault


def test_ranges_of_dates_are_days(folder: Path) -> None:
    write(
        folder,
        "requests",
        "agent_id,date,want,shift\nA01,2026-03-16..2026-03-18,off,早;tag:late\n",
    )
    write(folder, "leave", "agent_id,date,kind\nA02,2026-03-19 至 2026-03-20,annual\n")
    write(folder, "pins", "agent_id,date,shift\nA03,2026-03-21~2026-03-22,\n")
    problem = load(folder)
    assert [row.date for row in problem.requests] == [MONDAY + timedelta(days=i) for i in range(3)]
    assert {row.shift for row in problem.requests} == {"早;tag:late"}
    assert [row.date.day for row in (*problem.leave, *problem.pins)] == [19, 20, 21, 22]


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ("2026-03-18..2026-03-16", "write 2026-03-16..2026-03-18"),
        ("2026-03-16..2036-03-16", "a range of more than"),
        ("2026-03-16..", "not a date"),
    ],
)
def test_a_range_that_cannot_be_is_one_fault(folder: Path, dates: str, words: str) -> None:
    write(folder, "requests", f"agent_id,date,want\nA01,{dates},off\n")
    [fault] = faults(folder)
    assert fault.startswith("requests.csv, line 2, column date")
    assert words in fault


def test_a_second_entry_for_a_day_of_a_range_is_a_fault_at_its_line(folder: Path) -> None:
    write(
        folder,
        "requests",
        "agent_id,date,want\nA01,2026-03-16..2026-03-18,off\nA01,2026-03-17,off\n",
    )
    [fault] = faults(folder)
    assert fault.startswith("requests.csv, line 3")


def test_what_is_wrong_with_every_day_of_a_range_is_said_once(folder: Path) -> None:
    write(folder, "requests", "agent_id,date,want,shift\nA01,2026-03-16..2026-03-18,off,晚上\n")
    [fault] = faults(folder)
    assert "did you mean '晚'" in fault or "known shifts" in fault


def test_duties_take_days(folder: Path) -> None:
    text = (folder / "problem.toml").read_text("utf-8")
    changed = text.replace("count = 1 ", 'weekdays = ["Mon-Wed"]\ncount = 1 ')
    (folder / "problem.toml").write_text(changed, encoding="utf-8")
    duty = load(folder).duties[0]
    assert [duty.needed(MONDAY + timedelta(days=i)) for i in range(7)] == [1, 1, 1, 0, 0, 0, 0]
    wrong = text.replace("count = 1 ", 'weekdays = ["Mon-Wet"]\ncount = 1 ')
    (folder / "problem.toml").write_text(wrong, encoding="utf-8")
    [fault] = faults(folder)
    assert "duties.weekdays" in fault
    assert "write Wed" in fault


def test_the_schema_describes_the_table() -> None:
    columns = schema()["problem_folder"]["availability.csv"]["columns"]
    assert [column["name"] for column in columns if column["required"]] == ["agent_id", "works"]
    assert all(column["content"] for column in columns)


def test_notes_name_rows_that_do_nothing_and_people_who_can_do_nothing(folder: Path) -> None:
    write(
        folder,
        "availability",
        "agent_id,works,weekdays,hours,end_date\nA01,never,Mon,,2026-01-01\n"
        "A02,only,,03:00-04:00,\nA03,never,Tue,,\n",
    )
    write(folder, "requests", "agent_id,date,want\nA03,2026-03-17,work\nA03,2026-03-18,work\n")
    notes = {note.code: note for note in Instance(load(folder)).notes}
    assert notes["availability-outside"].agents == ("A01",)
    assert notes["availability-leaves-nothing"].agents == ("A02",)
    wish = notes["wish-against-availability"]
    assert (wish.agents, wish.dates, wish.count) == (("A03",), (date(2026, 3, 17),), 1)

"""The columns `hours` of leave and `end_date` of shifts, in every form of a problem."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from csshift.errors import InputError
from csshift.io.reading import load
from csshift.io.schema import schema
from csshift.problem import Problem


def write_leave(folder: Path, *rows: str) -> None:
    (folder / "leave.csv").write_text("agent_id,date,kind,hours\n" + "\n".join(rows) + "\n")


def fault(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(folder)
    [found] = caught.value.faults
    return str(found)


def test_hours_and_dates_around_the_horizon_are_read(folder: Path) -> None:
    rows = ("A01,2020-01-01,annual,", "A01,2026-03-18,,14:00-24:00", "A01,2030-01-01,,22:00-26:00")
    write_leave(folder, *rows)
    problem = load(folder)
    assert [row.hours and str(row.hours) for row in problem.leave] == [
        None,
        "14:00-24:00",
        "22:00-26:00",
    ]
    assert Problem.model_validate_json(problem.model_dump_json()) == problem


def test_a_file_without_the_column_means_whole_days(folder: Path) -> None:
    (folder / "leave.csv").write_text("agent_id,date,kind\nA01,2026-03-18,annual\n")
    assert load(folder).leave[0].all_day


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("14:00", "not a span of time"),
        ("14:00-13:00", "ends before it starts"),
        ("24:00-26:00", "start before 24:00"),
        ("08:00-09:00+10:00-11:00", "write a row for each"),
    ],
)
def test_hours_that_cannot_be_are_one_fault_at_their_cell(
    folder: Path, hours: str, words: str
) -> None:
    write_leave(folder, f"A01,2026-03-18,,{hours}")
    text = fault(folder)
    assert text.startswith("leave.csv, line 2, column hours")
    assert words in text


def test_unknown_people_on_leave_stay_a_fault(folder: Path) -> None:
    write_leave(folder, "nobody,2020-01-01,,")
    assert "unknown agent" in fault(folder)


def test_workbooks_keep_hours_and_end_dates(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    from csshift.io.excel.template import write_workbook

    write_leave(folder, "A01,2026-03-18,annual,14:00-24:00", "A01,2026-03-19,annual,")
    with (folder / "shifts.csv").open() as file:
        header, *rows = file.read().splitlines()
    lines = [f"{header},end_date", *(f"{row}," for row in rows), "X,Old,09:00-17:00,0,,2026-03-01"]
    (folder / "shifts.csv").write_text("\n".join(lines) + "\n")
    problem = load(folder)
    assert problem.shifts[-1].end_date == date(2026, 3, 1)
    for language in ("zh", "en"):
        write_workbook(problem, tmp_path / "book.xlsx", language)
        assert load(tmp_path / "book.xlsx") == problem


def test_a_workbook_offers_no_retired_shift_for_wishes_and_pins(
    folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("xlsxwriter")
    from csshift.io.excel.template import write_workbook

    problem = load(folder)
    old = problem.shifts[0].model_copy(update={"code": "X", "end_date": date(2026, 3, 1)})
    shifts = (*problem.shifts, old)
    write_workbook(problem.model_copy(update={"shifts": shifts}), tmp_path / "book.xlsx", "en")
    listed = ",".join(shift.code for shift in problem.shifts)
    with ZipFile(tmp_path / "book.xlsx") as book:
        sheets = [book.read(name).decode() for name in book.namelist() if "/sheet" in name]
    assert sum(f'<formula1>"{listed}"</formula1>' in text for text in sheets) == 2


def test_the_schema_names_the_columns() -> None:
    files = schema()["problem_folder"]
    assert "hours" in [column["name"] for column in files["leave.csv"]["columns"]]
    assert "end_date" in [column["name"] for column in files["shifts.csv"]["columns"]]

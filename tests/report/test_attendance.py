"""Files for attendance systems, with the columns that these ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_cases import DUTY, MONDAY, assignments, problem, turn

from csshift.errors import InputError
from csshift.io.excel.book import read_book
from csshift.model.roster import Roster
from csshift.report.attendance import attendance_rows, parse_columns, write_attendance

pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")
ROSTER = Roster(assignments=assignments("EN-", "--L"), duties=(turn(0, 0),))
PEOPLE = [{"name": "=1+1", "team": "售前"}, {"name": "王磊", "end_date": "2026-03-16"}]


def test_the_default_has_a_column_for_each_day(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_attendance(path, problem(PEOPLE, days=3, duties=[DUTY]), ROSTER)
    (sheet,) = read_book(path)
    assert sheet.rows == [
        ["姓名", "工号", "部门", "2026-03-16", "2026-03-17", "2026-03-18"],
        ["=1+1", "A0", "售前", "Early", "N", "休息"],
        ["王磊", "A1", "", "休息", "", "L"],
    ]


def test_columns_of_single_days_give_a_row_a_day() -> None:
    columns = parse_columns("Who=agent_id, Day=date,On=weekday,S=start,E=end,H=paid_hours,D=duties")
    header, *rows = attendance_rows(problem(1, days=3, duties=[DUTY]), ROSTER, columns, "en")
    assert header == ["Who", "Day", "On", "S", "E", "H", "D"]
    assert rows[0] == ["A0", MONDAY, "Mo", "08:00", "16:00", 8.0, "reminder"]
    assert rows[1][3:5] == ["22:00", "30:00"]
    assert rows[2][3:] == [None, None, None, None]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("name", "not a pair title=field"),
        ("=name", "not a pair"),
        ("姓名=nmae", "did you mean 'name'"),
        ("{date}=name", "a field of the person"),
        ("{date}=shift,Day=date", "one day, beside columns for each day"),
    ],
)
def test_columns_that_make_no_sense(columns: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_columns(columns)

"""Rosters in the layout of supervisors: read, checked, pinned; faults by cell."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from csshift.errors import InputError
from csshift.io.rosters import pin_roster, read_duties, read_roster
from csshift.model.people import Pin
from csshift.problem import Problem

xlsxwriter = pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")

MONDAY = date(2026, 3, 16)
WEEK = [MONDAY + timedelta(days=i) for i in range(7)]
WEEKDAYS = list("一二三四五六日")


@pytest.fixture
def problem() -> Problem:
    cell = {"date": "2026-03-16", "start": "09:00", "store": "S1", "skill": "pre-sale", "heads": 1}
    people = [("A1", "陈静"), ("A2", "王磊"), ("A3", "李娜")]
    return Problem.model_validate(
        {
            "horizon": {"start": "2026-03-16", "days": 7},
            "agents": [{"agent_id": i, "name": n, "skills": {"pre-sale": 1}} for i, n in people],
            "shifts": [
                {"code": "早", "name": "早班", "hours": "08:00-16:00"},
                {"code": "晚", "name": "晚班", "hours": "16:00-24:00"},
            ],
            "leave": [{"agent_id": "A3", "date": "2026-03-20", "kind": "体检"}],
            "requirements": [cell],
        }
    )


def save(path: Path, rows: list[list[Any]], title: str = "排班", form: str = "yyyy-mm-dd") -> Path:
    book = xlsxwriter.Workbook(path)
    dated = book.add_format({"num_format": form})
    sheet = book.add_worksheet(title)
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(r, c, value, dated)
            elif isinstance(value, int | float):
                sheet.write_number(r, c, value)
            elif value:
                sheet.write_string(r, c, value)
    book.close()
    return path


PEOPLE = [
    ["售前", "陈静", "早", "早", "休", "晚班", "", "早", ""],
    ["售前", "王磊", "", "晚", "晚", "晚", "晚", "", "晚"],
    ["售后", "李娜", "早", "", "", "早", "体检", "休", "off"],
]
FOOTER = [
    ["", "早", 2, 1, 0, 1, 0, 1, 0],
    ["", "晚", 0, 1, 1, 2, 1, 0, 1],
    ["", "在岗", 2, 2, 1, 3, 1, 1, 1],
    [],
    ["", "备注：清明另行通知"],
]
EXPECTED = {
    ("A1", 0, "早"), ("A1", 1, "早"), ("A1", 3, "晚"), ("A1", 5, "早"),
    ("A2", 1, "晚"), ("A2", 2, "晚"), ("A2", 3, "晚"), ("A2", 4, "晚"), ("A2", 6, "晚"),
    ("A3", 0, "早"), ("A3", 3, "早"),
}  # fmt: skip


def days(path: Path, problem: Problem) -> set[tuple[str, int, str]]:
    return {(r.agent_id, (r.date - MONDAY).days, r.shift) for r in read_roster(path, problem)}


def faults(path: Path, problem: Problem) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_roster(path, problem)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    "head",
    [
        [["职务", "姓名", *WEEK], ["", "", *WEEKDAYS]],
        [["2026年3月客服排班表"], [], ["职务", "姓名", *range(16, 23)], ["", "", *WEEKDAYS]],
        [["3月排班表"], ["职务", "姓名", *(str(day) for day in range(16, 23))]],
        [["职务", "姓名", *(f"{day.month}月{day.day}日" for day in WEEK)]],
        [["职务", "姓名", *(f"3/{day}" for day in range(16, 23))]],
        [["职务", "姓名", *(day.isoformat() for day in WEEK)]],
        [["职务", "姓名", *(f"{day}日" for day in range(16, 23))]],
        [["", "", *(46097 + i for i in range(7))], ["职务", "姓名", *(f"周{w}" for w in WEEKDAYS)]],
        [["职务", "姓名", *range(16, 23)]],
    ],
)
def test_dates_are_understood_in_every_form(
    problem: Problem, tmp_path: Path, head: list[list[Any]]
) -> None:
    path = save(tmp_path / "r.xlsx", [*head, *PEOPLE, *FOOTER])
    assert days(path, problem) == EXPECTED
    assert read_duties(path, problem) == ()


def test_the_name_of_the_sheet_tells_the_month(problem: Problem, tmp_path: Path) -> None:
    rows = [["姓名", *range(16, 23)], ["陈静", "早"]]
    assert days(save(tmp_path / "r.xlsx", rows, "2026-03"), problem) == {("A1", 0, "早")}


def test_identifiers_go_before_names(problem: Problem, tmp_path: Path) -> None:
    rows = [["工号", "姓名", *WEEK], ["A2", "陈静", "早"]]
    assert days(save(tmp_path / "r.xlsx", rows), problem) == {("A2", 0, "早")}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["姓名", *WEEK], ["陈静", "中"]], "sheet 排班, cell B2: '中': unknown shift"),
        ([["姓名", *WEEK], ["陈静", "早"], ["陈晶", "早"]], "cell A3: '陈晶': unknown agent"),
        ([["姓名", *WEEK], ["陈静", "早"], ["", "早"]], "cell A3: a row of shifts without a name"),
        ([["姓名", *WEEK], ["陈静", "早"], ["陈静", "晚"]], "cell B3: '晚': a second entry for A1"),
        ([["姓名", *WEEK], ["", *"二三四五六日一"], ["陈静", "早"]], "cell B2: 2026-03-16 is"),
        ([["姓名", *WEEK[1:]], ["陈静", "早"]], "no column for 2026-03-16"),
        ([["姓名", *(MONDAY + timedelta(i) for i in range(8))], ["陈静", *"早早早早早早早早"]],
         "cell I2: '早': 2026-03-23 is outside the horizon"),
        ([["姓名", "班次"], ["陈静", "早"]], "no sheet holds a roster"),
        ([["姓名", 1, 2, 3], ["陈静", "早"]], "year and month of the days are unknown"),
        ([["姓名", date(9999, 12, 31), date(1900, 1, 1)], ["陈静", "早"]], "are unknown"),
        ([["2026年3月"], ["姓名", 30, 31, 32], ["陈静", "早"]], "no sheet holds a roster"),
    ],
)  # fmt: skip
def test_faults_name_the_cell(
    problem: Problem, tmp_path: Path, rows: list[list[Any]], words: str
) -> None:
    told = faults(save(tmp_path / "r.xlsx", rows), problem)
    assert any(words in line for line in told), told


def test_names_that_two_people_share_need_an_identifier(problem: Problem, tmp_path: Path) -> None:
    twins = [agent.model_copy(update={"name": "陈静"}) for agent in problem.agents[:2]]
    shared = problem.model_copy(update={"agents": (*twins, problem.agents[2])})
    rows = [["姓名", *WEEK], ["陈静", "早"], ["李娜", "早"]]
    assert "several agents have this name" in faults(save(tmp_path / "r.xlsx", rows), shared)[0]


def test_filled_cells_are_pinned_and_blank_ones_stay_free(problem: Problem, tmp_path: Path) -> None:
    rows = [["姓名", *WEEK[:3]], ["陈静", "早", "休", ""], ["王磊", "", "", "晚班"]]
    pinned = pin_roster(problem, save(tmp_path / "r.xlsx", rows))
    assert set(pinned.pins) == {
        Pin(agent_id="A1", date=WEEK[0], shift="早"),
        Pin(agent_id="A1", date=WEEK[1]),
        Pin(agent_id="A2", date=WEEK[2], shift="晚"),
    }
    assert pinned.agents == problem.agents


def test_pins_that_contradict_the_problem_name_the_cell(problem: Problem, tmp_path: Path) -> None:
    fixed = problem.model_copy(update={"pins": (Pin(agent_id="A1", date=WEEK[0], shift="晚"),)})
    rows = [["姓名", *WEEK], ["陈静", "早"], ["李娜", "", "", "", "", "早"]]
    with pytest.raises(InputError) as caught:
        pin_roster(fixed, save(tmp_path / "r.xlsx", rows))
    told = [str(fault) for fault in caught.value.faults]
    assert told[0].startswith("r.xlsx, sheet 排班, cell B2: 'A1, 2026-03-16': a second entry")
    assert told[1].startswith("r.xlsx, sheet 排班, cell F3: '早': A3 is on leave on 2026-03-20")


def test_a_csv_roster_can_be_pinned_too(problem: Problem, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("agent_id,date,shift\nA1,2026-03-16,早\n", encoding="utf-8")
    pinned = pin_roster(problem, tmp_path / "r.csv")
    assert pinned.pins == (Pin(agent_id="A1", date=WEEK[0], shift="早"),)

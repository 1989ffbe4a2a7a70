"""Problems as workbooks: there and back, and what is wrong with which cell."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import problems
import pytest

from csshift.errors import InputError, MissingExtraError
from csshift.io.excel.book import read_book
from csshift.io.excel.fieldtypes import FieldType, read_value, write_value
from csshift.io.excel.template import write_workbook, write_workbook_template
from csshift.io.excel.writing import sheet_title, write_book
from csshift.io.layout import PROBLEM_TABLES
from csshift.io.reading import load
from csshift.io.translations import sheet_titles
from csshift.model.entity import clock
from csshift.problem import Problem

xlsxwriter = pytest.importorskip("xlsxwriter")
calamine = pytest.importorskip("python_calamine")

Edit = Callable[[dict[str, list[list[Any]]]], None]
HORIZON = [["setting", "value"], ["horizon.start", "2026-03-16"], ["horizon.days", 2]]
AGENTS = [["agent_id", "skills"], ["A01", "pre-sale"]]
SHIFTS = [["code", "hours"], ["E", "08:00-16:00"]]
DEMAND = [["date", "start", "store", "skill", "heads"]]


def sheets(**others: list[list[Any]]) -> dict[str, list[list[Any]]]:
    """The smallest workbook, with sheets replaced or added."""
    least = {"settings": HORIZON, "agents": AGENTS, "shifts": SHIFTS, "requirements": DEMAND}
    return least | others


def save(path: Path, content: dict[str, list[list[Any]]]) -> Path:
    """Write raw cells, as a person would: dates as dates, times as times."""
    book = xlsxwriter.Workbook(path)
    formats = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        time: book.add_format({"num_format": "hh:mm"}),
        timedelta: book.add_format({"num_format": "[h]:mm"}),
    }
    for title, rows in content.items():
        sheet = book.add_worksheet(title)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if type(value) in formats:
                    sheet.write_datetime(r, c, value, formats[type(value)])
                elif isinstance(value, bool):
                    sheet.write_boolean(r, c, value)
                elif isinstance(value, int | float):
                    sheet.write_number(r, c, value)
                elif value is not None:
                    sheet.write_string(r, c, value)
    book.close()
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(path)
    return [str(fault) for fault in caught.value.faults]


def there_and_back(problem: Problem, path: Path, language: str = "zh") -> None:
    write_workbook(problem, path, language)  # type: ignore[arg-type]
    again = load(path)
    # A workbook says that no preset of labour rules applies; a problem may leave it open.
    assert again == problem.with_(labour=problem.labour or "none")
    write_workbook(again, path, language)  # type: ignore[arg-type]
    assert load(path) == again


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_loads_and_goes_there_and_back(tmp_path: Path, language: str) -> None:
    path = tmp_path / "book.xlsx"
    write_workbook_template(path, language)  # type: ignore[arg-type]
    there_and_back(load(path), tmp_path / "again.xlsx", language)


@pytest.mark.parametrize("seed", range(12))
def test_random_problems_go_there_and_back(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    problem = problems.random_problem(random, agents=4, days=7, shifts=3)
    there_and_back(problem, tmp_path / "book.xlsx", random.choice(("zh", "en")))


def test_every_part_of_a_problem_has_a_sheet() -> None:
    assert {table.name for table in PROBLEM_TABLES} <= set(sheet_titles())
    in_settings = {"name", "stores", "pools", "labour", "horizon", "weights"}
    in_settings |= {"labour_terms", "severities"}
    assert set(Problem.model_fields) <= in_settings | set(sheet_titles())


def test_names_that_look_like_something_else_stay_what_they_are(tmp_path: Path) -> None:
    odd = ["=1+1", "+1", "-1", "@x", "0012", "1e5", "2026-03-16", "TRUE", "_x0041_", "a'b", "08:00"]
    agents = [{"agent_id": name, "name": name, "skills": {"pre-sale": 1}} for name in odd]
    rules = [
        {"kind": "max-shifts", "count": 1, "shifts": ["=1|2", "[x"], "name": "=cmd"},
        {"kind": "seats", "count": 3, "severity": "2.5", "agents": {"ids": ["=1+1", "0012"]}},
        {"kind": "seats", "count": 4, "agents": {}},
        {"kind": "min-on-site", "tags": ["a"], "count": 1, "hours": "08:00-12:00"},
        {
            "kind": "shift-cover",
            "cover": [{"shifts": ["E"], "heads": 2, "dates": ["2026-03-16"], "under": "1.5"}],
        },
    ]
    shifts = [{"code": code, "hours": "08:00-16:00"} for code in ("=1|2", "[x", "E")]
    problem = problems.small(
        agents=(*agents, {"agent_id": "T", "skills": {"pre-sale": "0.333"}, "tags": ["a"]}),
        shifts=shifts,
        rules=rules,
        name="=HYPERLINK()",
        stores=["S1", "S;2"],
        duties=[
            {"name": "r", "skill": "pre-sale", "window": "10:00-14:00", "stores": [["S;2"], ["S1"]]}
        ],
        skills=[{"name": "chat", "channel": "chat", "mean_response_seconds": None}],
        requirements=[],
        forecast=[],
    )
    there_and_back(problem, tmp_path / "book.xlsx")
    with zipfile.ZipFile(tmp_path / "book.xlsx") as archive:
        parts = [archive.read(n).decode() for n in archive.namelist() if "worksheets/" in n]
    assert not any("<f>" in part for part in parts)


def test_numbers_that_a_sheet_would_round_are_kept(tmp_path: Path) -> None:
    heads = Decimal("0.12345678901234567890")
    cells = [problems.cell("09:00", "1").model_copy(update={"heads": heads})]
    forecast = [
        {
            "date": problems.MONDAY,
            "start": "10:00",
            "store": "S1",
            "skill": "chat",
            "inquiries": 0.1 + 0.2,
        }
    ]
    skills = [{"name": "chat", "channel": "chat", "reply_seconds": 10 / 3}]
    problem = problems.small(requirements=cells, forecast=forecast, skills=skills)
    there_and_back(problem, tmp_path / "book.xlsx")


def test_cells_hold_dates_times_numbers_and_truth(tmp_path: Path) -> None:
    monday = date(2026, 3, 16)
    book = sheets(
        settings=[["setting", "value"], ["horizon.start", monday], ["horizon.days", 2.0]],
        agents=[["agent_id", "skills", "start_date", "tags"], [7, "pre-sale", monday, True]],
        requirements=[
            *DEMAND,
            [monday, time(9, 0), 1, "pre-sale", 1.5],
            [monday, timedelta(hours=10), 1, "pre-sale", 2],
            [datetime(2026, 3, 16), "11:00", 1, "pre-sale", "2.5"],
            [46097, 0.5, 1, "pre-sale", 3],
        ],
    )
    problem = load(save(tmp_path / "book.xlsx", book))
    assert problem.agents[0].agent_id == "7"
    assert problem.agents[0].start_date == monday
    assert problem.agents[0].tags == ("true",)
    cells = [(clock(cell.start), cell.store, cell.heads) for cell in problem.requirements]
    assert cells == [
        ("09:00", "1", Decimal("1.5")),
        ("10:00", "1", Decimal(2)),
        ("11:00", "1", Decimal("2.5")),
        ("12:00", "1", Decimal(3)),
    ]
    assert {cell.date for cell in problem.requirements} == {monday}


def test_times_past_midnight_in_every_guise(tmp_path: Path) -> None:
    sunday = date(2026, 3, 15)
    duty = ["duty", "stores", "agent_id", "date", "start", "end"]
    book = sheets(
        duties=[["name", "skill", "window"], ["tea", "pre-sale", "10:00-14:00"]],
        history_duties=[duty, ["tea", None, "A01", sunday, time(22), timedelta(hours=26)]],
    )
    (turn,) = load(save(tmp_path / "book.xlsx", book)).history_duties
    assert (turn.start, turn.end) == (1320, 1560)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"agents": [["agent_id", "skills"], ["A", "sale"]]},
            "sheet agents, cell B2, column",
        ),
        ({"agents": [["agent_id", "skils"], ["A", "x"]]}, "cell B1, column skils: unknown column"),
        ({"agents": [["agent_id", "skills"], ["A", "pre-sale", "?"]]}, "cell C2 is under no"),
        ({"shifts": [["code", "hours"], ["E", "16:00-08:00"]]}, "sheet shifts, cell B2"),
        ({"shifts": []}, "sheet shifts: the sheet is missing or blank"),
        ({"requirements": []}, "the sheet is missing or blank, and so is requirements"),
        ({"settings": [["setting", "value"]]}, "add rows for horizon.start and horizon.days"),
        ({"settings": [*HORIZON, ["horizon.dys", 3]]}, "cell A4, column setting: 'horizon.dys'"),
        ({"settings": [*HORIZON, ["horizon.days", 3]]}, "cell A4, column setting: 'horizon.days'"),
        ({"settings": [*HORIZON[:2], ["horizon.days", 0]]}, "sheet settings, cell B3"),
        ({"settings": [*HORIZON[:2], ["horizon.days", "soon"]]}, "cell B3, column value: 'soon'"),
        ({"rules": [["kind", "hours"], ["max-hours", -1]]}, "sheet rules, cell B2"),
        ({"rules": [["kind", "hours"], ["max-hour", 1]]}, "sheet rules, cell A2"),
        ({"rules": [["kind", "hours"], ["max-hours", None]]}, "cell B2, column hours: missing"),
        ({"rules": [["kind", "cover"], ["shift-cover", "[{"]]}, "cell B2, column cover: '[{'"),
        ({"rules": [["kind", "shifts"], ["forbidden-shifts", "E|X"]]}, "sheet rules, cell B2"),
        ({"rules": [["kind", "agents.teams"], ["seats", "T"]]}, "sheet rules"),
        ({"skills": [["name", "channel"], ["s", "phone"]]}, "sheet skills, cell B2"),
        ({"skills": [["name"], ["s"], ["s"]]}, "sheet skills, cell A3, column name: a second"),
        ({"contracts": [["name"], [None]]}, None),
        ({"leave": [["agent_id", "date"], ["B", date(2026, 3, 16)]]}, "sheet leave, cell A2"),
        ({"leave": [["agent_id", "date"], ["A01", 46097.5]]}, "sheet leave, cell B2"),
        ({"Agents": [["x"]]}, None),
        ({"agnets": [["agent_id"]], "agents": []}, "sheet agents: the sheet is missing"),
        (
            {"请假": [["工号", "日期"], ["B", date(2026, 3, 16)]]},
            "sheet 请假, cell A2, column",
        ),
    ],
)
def test_faults_name_sheet_and_cell(
    tmp_path: Path, changes: dict[str, list[list[Any]]], words: str | None
) -> None:
    content = sheets(**changes)
    if "Agents" in content:
        del content["agents"]
        content["Agents"] = AGENTS  # titles may be capitalised
    path = save(tmp_path / "book.xlsx", content)
    if words is None:
        assert load(path).agents
        return
    told = faults(path)
    assert any(words in line for line in told), told
    assert all(line.startswith("book.xlsx") for line in told)


def test_all_faults_are_told_at_once_in_order(tmp_path: Path) -> None:
    book = sheets(
        agents=[["agent_id", "skills"], ["A", "sale"], [None, "pre-sale"]],
        shifts=[["code", "hours"], ["E", "x"]],
    )
    told = faults(save(tmp_path / "book.xlsx", book))
    assert [line.split(",")[1] for line in told] == [
        " sheet agents",
        " sheet agents",
        " sheet shifts",
    ]


def test_a_misnamed_sheet_is_told(tmp_path: Path) -> None:
    content = sheets(pin=[["agent_id"]])
    assert (
        "sheet pin: not a sheet of a problem; did you mean 'pins'?"
        in faults(save(tmp_path / "book.xlsx", content))[0]
    )


def test_two_sheets_of_one_table(tmp_path: Path) -> None:
    content = sheets(人员=AGENTS)
    assert "a second sheet of agents" in faults(save(tmp_path / "book.xlsx", content))[0]


def test_what_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    assert "there is no such file" in faults(path)[0]
    path.write_text("agent_id\n")
    assert "not a workbook; save it as .xlsx" in faults(path)[0]


def test_the_template_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match="already exists"):
        write_workbook_template(path)
    assert path.read_bytes() == b"mine"


def test_drop_downs_and_comments_are_there(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_workbook_template(path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        parts = [archive.read(n).decode() for n in names if n.startswith("xl/worksheets/sheet")]
    assert sum("<dataValidation " in part for part in parts) >= 10
    assert sum(name.startswith("xl/comments") for name in names) >= 10
    assert any("'班次'!$A$2:$A$" in part for part in parts)


def test_a_text_longer_than_a_cell_is_refused(tmp_path: Path) -> None:
    problem = problems.small(name="x" * 40_000)
    with pytest.raises(InputError, match="more than 32,767 characters"):
        write_workbook(problem, tmp_path / "book.xlsx")
    assert not (tmp_path / "book.xlsx").exists()


def test_titles_of_sheets_are_made_acceptable() -> None:
    taken: set[str] = set()
    assert sheet_title("a[b]:*?/\\c", taken) == "a_b______c"
    assert sheet_title("A[B]:*?/\\C", taken) == "A_B______C (2)"
    assert sheet_title("'quoted'", taken) == "quoted"
    assert sheet_title("History", taken) == "History_"
    assert sheet_title("", taken) == "_"
    assert sheet_title("=1+1", taken) == "=1+1"
    long = [sheet_title("x" * 50, taken) for _ in range(12)]
    wide = sheet_title("😀" * 31, taken)
    assert all(len(title) <= 31 for title in long)
    assert len(set(long)) == 12
    assert len(wide.encode("utf-16-le")) <= 62


@pytest.mark.parametrize(
    ("value", "kinds", "items"),
    [
        (["a", "b"], {"array"}, {"string"}),
        (["a|b", " c"], {"array"}, {"string"}),
        ([], {"array", "null"}, {"string"}),
        (["[x]"], {"array"}, {"string"}),
        (['"quoted"', "a\\b", "\u007f"], {"array"}, {"string"}),
        ([["a", "b"], ["c"]], {"array"}, {"array"}),
        ([["a;b"], ["c"]], {"array"}, {"array"}),
        ([{"x": 1, "y": ["a"], "z": True}], {"array"}, {"object"}),
        ({}, {"object"}, set()),
        (None, {"number", "null"}, set()),
        (1.5, {"number"}, set()),
        ("hard", {"number", "string"}, set()),
        (True, {"boolean"}, set()),
        ("1.5", {"string"}, set()),
    ],
)
def test_fields_go_into_cells_and_back(value: Any, kinds: set[str], items: set[str]) -> None:
    kind = FieldType(frozenset(kinds), frozenset(items))
    assert read_value(str(write_value(value, kind)), kind) == value


@pytest.mark.parametrize(
    ("module", "run"),
    [
        ("python_calamine", read_book),
        ("xlsxwriter", lambda path: write_book(path, lambda *_: None)),
    ],
)
def test_absent_packages_name_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, run: Callable[[Path], Any]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'csshift\[excel\]'"):
        run(tmp_path / "book.xlsx")


@pytest.mark.parametrize(("word", "expected"), [("", "standard"), ("none", "none")])
def test_the_sheet_of_settings_chooses_the_labour_rules(
    tmp_path: Path, word: str, expected: str
) -> None:
    book = save(tmp_path / "book.xlsx", sheets(settings=[*HORIZON, ["labour", word]]))
    assert load(book).labour == expected


def test_a_template_whose_rules_are_deleted_has_the_preset(tmp_path: Path) -> None:
    write_workbook_template(tmp_path / "book.xlsx")
    titles = {sheet.title: sheet.rows for sheet in read_book(tmp_path / "book.xlsx")}
    kept = {title: rows for title, rows in titles.items() if title != sheet_titles()["rules"]["zh"]}
    assert load(tmp_path / "book.xlsx").labour == "none"
    assert load(save(tmp_path / "bare.xlsx", kept)).labour == "standard"


def test_an_unknown_preset_of_labour_rules_is_placed_in_its_cell(tmp_path: Path) -> None:
    book = save(tmp_path / "book.xlsx", sheets(settings=[*HORIZON, ["labour", "standart"]]))
    [fault] = faults(book)
    assert "cell B4" in fault
    assert "did you mean 'standard'" in fault

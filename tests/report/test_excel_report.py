"""The workbook of a result: read back it is the same roster, and text stays text."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from report_cases import DUTY, MONDAY, assignments, cell, problem, result, turn

from csshift.errors import InputError
from csshift.io.excel.book import read_book
from csshift.io.excel.template import write_workbook_template
from csshift.io.reading import load
from csshift.io.results import read_plan
from csshift.io.rosters import read_duties, read_roster
from csshift.model.roster import Roster
from csshift.problem import Problem
from csshift.report.excel import write_excel
from csshift.report.people import night_hours

pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
PEOPLE = [
    {"name": "=cmd|' /C calc'!A0", "team": "+1"},
    {"name": "@SUM(1)", "team": "-2"},
    {"name": "陈静", "team": "pre-sale"},
]


def case(**parts: Any) -> tuple[Problem, Roster]:
    found = problem(
        PEOPLE,
        days=20,
        duties=[DUTY],
        leave=[{"agent_id": "A2", "date": "2026-03-18", "kind": "annual"}],
        requests=[{"agent_id": "A0", "date": "2026-03-16", "want": "off"}],
        contracts=[{"name": "c", "overtime_after_hours_per_week": 20}],
        **parts,
    )
    rows = ("EELLN--EE--LLLLEE-EE", "LLE--LLEE--LLLLEE-E-", "EE-EELLLL--LLLLEE--E")
    roster = Roster(
        assignments=assignments(*rows),
        duties=(turn(0, 0), turn(1, 1), turn(14, 2)),
        coverage=(cell(0, 9), cell(3, 20, 2.5, 2.5), cell(5, 9, 1, 0.25, skill="care")),
    )
    return found, roster


def grids(path: Path) -> dict[str, list[list[Any]]]:
    return {sheet.title: sheet.rows for sheet in read_book(path)}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("layout", ["month", "weeks"])
@pytest.mark.parametrize("rest", ["", "休"])
def test_the_matrix_is_read_back_and_written_alike(
    tmp_path: Path, lang: Any, layout: Any, rest: str
) -> None:
    given, roster = case()
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    write_excel(first, given, result(roster), lang=lang, layout=layout, rest=rest)
    read = Roster(
        assignments=read_roster(first, given),
        duties=read_duties(first, given),
        coverage=roster.coverage,
    )
    assert set(read.assignments) == set(roster.assignments)
    assert set(read.duties) == set(roster.duties)
    plan = read_plan(first, given)  # as simulate and explain read a workbook
    assert set(plan.duties) == set(roster.duties)
    write_excel(second, given, result(read), lang=lang, layout=layout, rest=rest)
    assert grids(second) == grids(first)


def test_a_sheet_with_one_day_of_a_month_counts(tmp_path: Path) -> None:
    given = problem(
        [{"name": "甲"}, {"name": "乙"}],
        horizon={"start": "2026-03-31", "days": 2},
        requirements=[],
    )
    roster = Roster(assignments=assignments("EL", "-E", start=date(2026, 3, 31)))
    write_excel(tmp_path / "a.xlsx", given, result(roster))
    assert set(read_roster(tmp_path / "a.xlsx", given)) == set(roster.assignments)


def test_agents_called_like_shifts_are_told_apart_from_counts(tmp_path: Path) -> None:
    given = problem([{"agent_id": "E"}, {"agent_id": "L", "name": "E"}], days=3)
    rows = [replace(row, agent_id="E") for row in assignments("EEL")]
    roster = Roster(assignments=tuple(rows))
    write_excel(tmp_path / "a.xlsx", given, result(roster))
    assert set(read_roster(tmp_path / "a.xlsx", given)) == set(rows)


def test_no_text_of_users_becomes_a_formula(tmp_path: Path) -> None:
    given, roster = case(name="=HYPERLINK()", skills=[{"name": "sale"}, {"name": "care"}])
    write_excel(tmp_path / "a.xlsx", given, result(roster), layout="weeks", previous=Roster())
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        names = [name for name in archive.namelist() if "worksheets/" in name]
        formulas = [f for n in names for f in re.findall(r"<f>(.*?)</f>", archive.read(n).decode())]
    assert formulas
    assert all(re.fullmatch(r"SUM(PRODUCT\(--EXACT)?\([A-Z0-9:,$]+\)+", f) for f in formulas)
    (month, _) = (rows for title, rows in grids(tmp_path / "a.xlsx").items() if "月" in title)
    assert month[3][1:3] == ["+1", "=cmd|' /C calc'!A0"]


def test_counts_below_the_roster_are_right(tmp_path: Path) -> None:
    given, roster = case()
    write_excel(tmp_path / "a.xlsx", given, result(roster), lang="en")
    rows = grids(tmp_path / "a.xlsx")["2026-03"]
    counts = {row[2]: row[3:6] for row in rows if row[1] == "count"}
    assert counts == {"E": [2, 2, 1], "L": [1, 1, 1], "N": [0, 0, 0], "at work": [3, 3, 2]}


def test_further_sheets_say_what_they_should(tmp_path: Path) -> None:
    given, roster = case()
    before = Roster(assignments=roster.assignments[1:], duties=roster.duties[:2])
    write_excel(tmp_path / "a.xlsx", given, result(roster), lang="en", previous=before)
    found = grids(tmp_path / "a.xlsx")
    assert " ".join(found) == (
        "2026-03 2026-04 coverage hours duty turns broken wishes changes result"
    )
    assert found["changes"][1] == ["A0", PEOPLE[0]["name"], MONDAY, "Mo", "shift", "off", "E"]
    assert found["changes"][2][4:] == ["duty", "off", "reminder"]
    assert found["broken wishes"][1][4:] == ["a day off", 1.0, "E"]
    assert found["hours"][1][4:9] == [15.0, 114.0, "", 3.0, 7.0]
    coverage = {(row[0], row[1]): row for row in found["coverage"][3:]}
    assert coverage["sale", "09:00"][2] == 0.5
    assert coverage["care", "09:00"][7] == 0.25
    assert coverage["care", "09:00"][3 + 20 + 5] == 0.75
    assert ["shortage", 100.0] in [row[:2] for row in found["result"]]


def test_nothing_changed_is_said(tmp_path: Path) -> None:
    given, roster = case()
    write_excel(tmp_path / "a.xlsx", given, result(roster), lang="en", previous=roster)
    assert grids(tmp_path / "a.xlsx")["changes"][1][0] == "nothing has changed"


def test_weekly_blocks_list_names_under_shifts(tmp_path: Path) -> None:
    teams = [{"name": "乙", "team": "after-sale"}, {"name": "甲", "team": "pre-sale"}]
    given = problem(teams, days=7)
    roster = Roster(assignments=assignments("E------", "EL-----"))
    write_excel(tmp_path / "a.xlsx", given, result(roster), layout="weeks")
    rows = grids(tmp_path / "a.xlsx")["周排班"]
    assert (rows[1][1], rows[1][9]) == ("pre-sale", "after-sale")
    assert [row[0] for row in rows[4:7]] == ["E", "L", "N"]
    assert (rows[4][1], rows[4][9], rows[5][2]) == ("甲", "乙", "甲")


@pytest.mark.parametrize(("rest", "words"), [("E", "it is a shift"), ("free", "not be read back")])
def test_a_word_for_rest_that_would_mislead(tmp_path: Path, rest: str, words: str) -> None:
    given, roster = case()
    with pytest.raises(InputError, match=words):
        write_excel(tmp_path / "a.xlsx", given, result(roster), rest=rest)


def test_without_a_roster_there_is_nothing_to_write(tmp_path: Path) -> None:
    given, roster = case()
    none = result(roster).model_copy(update={"status": "infeasible", "roster": None})
    with pytest.raises(InputError, match="no roster: the solve ended infeasible"):
        write_excel(tmp_path / "a.xlsx", given, none)
    assert list(tmp_path.iterdir()) == []


def test_night_shifts() -> None:
    given, _ = case()
    assert [night_hours(shift) > 0 for shift in given.shifts] == [False, True, True]


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (soffice is not on PATH)")
def test_libreoffice_saves_every_workbook_without_loss(tmp_path: Path) -> None:
    given, roster = case()
    write_workbook_template(tmp_path / "template.xlsx")
    for lang in ("zh", "en"):
        path = tmp_path / f"{lang}.xlsx"
        write_excel(
            path, given, result(roster), lang=lang, layout="weeks", rest="休", previous=Roster()
        )
    books = [tmp_path / name for name in ("template.xlsx", "zh.xlsx", "en.xlsx")]
    saved = resaved(books, tmp_path)
    for book, again in zip(books, saved, strict=True):
        assert grids(again) == grids(book)
        assert furniture(again) == furniture(book)
    assert load(saved[0]) == load(books[0])
    assert set(read_roster(saved[1], given)) == set(roster.assignments)


def resaved(books: list[Path], folder: Path) -> list[Path]:
    """Open workbooks in LibreOffice and save them anew."""
    out = folder / "resaved"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [str(OFFICE), profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out), *books],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return [out / book.name for book in books]


def furniture(path: Path) -> dict[str, int]:
    """Count what is no value: drop-downs, comments, colours by rule, formulas.

    Frozen panes belong to a view of the sheet, which a conversion does not open.
    """
    with zipfile.ZipFile(path) as archive:
        sheets = {n: archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml")}
    text = "".join(part for name, part in sheets.items() if "worksheets/sheet" in name)
    comments = "".join(part for name, part in sheets.items() if "comments" in name)
    return {
        "drop-downs": text.count("<dataValidation "),
        "scales": text.count("<colorScale>"),
        "comments": len(re.findall(r"<comment ", comments)),
        "formulas": len(re.findall(r"<f[ >]", text)),
        "hidden columns": len(re.findall(r'<col [^>]*hidden="(?:1|true)"', text)),
    }


def test_weeks_after_the_month_end_belong_to_the_next_sheet(tmp_path: Path) -> None:
    given, roster = case()
    write_excel(tmp_path / "a.xlsx", given, result(roster), lang="en")
    april = grids(tmp_path / "a.xlsx")["2026-04"]
    assert april[1][3] == MONDAY + timedelta(days=16)
    assert april[3][3:7] == ["E", "", "E", "E"]

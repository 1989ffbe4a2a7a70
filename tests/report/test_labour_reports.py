"""The preset of labour rules stands at the head of everything that people read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import csshift
from csshift.cli.main import main
from csshift.io.excel.book import read_book
from csshift.model.result import Result
from csshift.problem import Problem
from csshift.report.excel import write_excel
from csshift.report.html import write_html
from csshift.report.wording import Words

AGENTS = "agent_id,name,skills,tags\na,陈静,pre-sale,孕期\nb,王磊,pre-sale,\n"
SHIFTS = "code,hours\nD,08:00-16:00\nN,22:00-30:00\n"
HEADS = "date,start,store,skill,heads\n2026-03-16,10:00,S1,pre-sale,1\n"
SETTINGS = "[horizon]\nstart = 2026-03-16\ndays = 7\n"
OFF = 'labour = "none"'
FIGURES = ("11", "44", "22:00", "孕期", OFF)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    contents = {
        "problem.toml": SETTINGS,
        "agents.csv": AGENTS,
        "shifts.csv": SHIFTS,
        "requirements.csv": HEADS,
    }
    for name, text in contents.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def solved(folder: Path) -> tuple[Problem, Result]:
    problem = csshift.load(folder)
    return problem, csshift.solve(problem, time_limit=2, workers=1)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    status = main(list(arguments))
    return status, capsys.readouterr().out.splitlines()


def test_the_first_lines_of_solve_say_it_with_the_line_that_turns_it_off(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--time-limit", "2", "--workers", "1", "--out", str(folder / "out"))
    status, lines = run(capsys, "solve", str(folder), *options)
    assert status == 0
    head = lines[: next(i for i, line in enumerate(lines) if OFF in line) + 1]
    assert len(head) <= 6
    for figure in FIGURES:
        assert figure in " ".join(head)
    assert sum(OFF in line for line in lines) == 1, "once, and not among the notes again"
    notes = json.loads((folder / "out" / "result.json").read_text("utf-8"))["notes"]
    [note] = [note for note in notes if note["code"] == "labour-preset"]
    assert OFF in note["text"]
    assert note["rules"] == ["standard"]


def test_that_line_turns_it_off(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = folder / "problem.toml"
    settings.write_text(f"{OFF}\n{settings.read_text()}", encoding="utf-8")
    options = ("--time-limit", "2", "--workers", "1", "--out", str(folder / "out"))
    status, lines = run(capsys, "solve", str(folder), *options)
    assert status == 0
    assert not any(OFF in line for line in lines)
    assert any("no rule requires rest between shifts" in line for line in lines)
    notes = json.loads((folder / "out" / "result.json").read_text("utf-8"))["notes"]
    codes = [note["code"] for note in notes if note["code"].startswith("no-")]
    assert codes == ["no-rest-rule", "no-hours-limit", "no-days-limit"]


def test_check_holds_a_roster_against_the_preset(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "agent_id,date,shift\na,2026-03-16,N\nb,2026-03-16,N\nb,2026-03-17,D\n"
    (folder / "made.csv").write_text(rows, encoding="utf-8")
    status, lines = run(capsys, "check", str(folder), "--roster", str(folder / "made.csv"))
    text = "\n".join(lines)
    assert status == 1
    assert "2 hard violations" in text
    assert "standard: no nights" in text
    assert "standard: rest between shifts" in text
    assert any(OFF in line for line in lines[:6])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_says_it_above_the_verdict(
    solved: tuple[Problem, Result], tmp_path: Path, lang: str
) -> None:
    page = tmp_path / "page.html"
    write_html(page, *solved, lang=lang)
    text = page.read_text("utf-8").replace("&#34;", '"')
    head = text[: text.index('<p class="verdict')]
    for figure in FIGURES:
        assert figure in head
    assert ("采用预设劳动规则" in head) == (lang == "zh")
    free = solved[0].with_(labour="none")
    write_html(page, free, solved[1], lang=lang)
    assert '<p class="sub labour">' not in page.read_text("utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_workbook_says_it_below_the_roster_and_first_among_the_facts(
    solved: tuple[Problem, Result], tmp_path: Path, lang: str
) -> None:
    pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    book = tmp_path / "roster.xlsx"
    write_excel(book, *solved, lang=lang)
    sheets = read_book(book)
    month, facts = ([[str(cell) for cell in row] for row in sheets[i].rows] for i in (0, -1))
    for said in ("\n".join(map("".join, month)), "".join(facts[1])):
        for figure in FIGURES:
            assert figure in said
        assert ("采用预设劳动规则" in said) == (lang == "zh")


def test_labels_of_the_preset_are_translated_and_the_same_words_of_users_are_not() -> None:
    assert Words("zh").name("standard: rest between shifts") == "标准：班间休息"
    assert Words("en").name("standard: rest between shifts") == "standard: rest between shifts"
    assert Words("zh").name("my rest between shifts") == "my rest between shifts"

"""``report``, ``template`` and workbooks on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from csshift.cli.main import main
from csshift.instance import Instance
from csshift.io.excel.template import write_workbook
from csshift.io.reading import load
from csshift.io.template import write_template
from csshift.io.writing import write_result
from csshift.model.result import Result
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.planner.check import check, with_plan
from csshift.problem import Problem

pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")
pytest.importorskip("icalendar")


def result(problem: Problem) -> Result:
    days = problem.horizon.dates
    work = [("A01", 0, "早"), ("A01", 1, "早"), ("A02", 0, "晚"), ("A03", 4, "分")]
    roster = with_plan(
        Instance(problem),
        Roster(
            assignments=tuple(Assignment(agent_id=a, date=days[d], shift=s) for a, d, s in work),
            duties=(DutyTurn(date=days[0], duty="payment-reminder", agent_id="A01"),),
        ),
    )
    score = check(problem, roster)
    return Result(status="feasible", roster=roster, score=score, bound=1.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a problem in ``p``, its result in ``r``, and the problem as a workbook."""
    place = tmp_path_factory.mktemp("made")
    write_template(place / "p")
    problem = load(place / "p")
    write_result(result(problem), problem, place / "r")
    write_workbook(problem, place / "p.xlsx")
    return place


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_every_report_is_written(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, cal, att = tmp_path / "b.xlsx", tmp_path / "cal", tmp_path / "att.xlsx"
    options = ["--excel", book, "--ics", cal, "--attendance", att, "--lang", "en"]
    more = ["--layout", "weeks", "--rest", "休", "--since", made / "r", "--time-zone", "UTC"]
    assert run("report", made / "p", made / "r", *options, *more) == 0
    assert book.is_file()
    assert att.is_file()
    assert sorted(path.name for path in cal.iterdir()) == [f"A0{i}.ics" for i in range(1, 7)]
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [f"Wrote {path}" for path in (book, cal, att)]
    other = tmp_path / "c.xlsx"
    assert run("report", made / "p.xlsx", made / "r", "--excel", other, "--since", book) == 0


def test_a_workbook_is_checked_like_a_folder(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "b.xlsx"
    assert run("report", made / "p", made / "r", "--excel", book) == 0
    capsys.readouterr()
    csv = ["--roster", made / "r" / "roster.csv", "--duties", made / "r" / "duties.csv"]
    status = run("check", made / "p", *csv)
    told = capsys.readouterr().out
    assert run("check", made / "p.xlsx", "--roster", book) == status
    assert capsys.readouterr().out == told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("report {p} {r}", "nothing to write"),
        ("report {p} {r} --excel {t}/a.csv", "only .xlsx can be written"),
        ("report {p} {r} --html {t}/a.html --rest x", "--rest: of no use without --excel"),
        ("report {p} {r} --html {t}/a.html --layout weeks", "--layout: of no use"),
        ("report {p} {r} --html {t}/a.html --since {r}", "--since: of no use"),
        ("report {p} {r} --excel {t}/a.xlsx --time-zone UTC", "--time-zone: of no use"),
        ("report {p} {r} --excel {t}/a.xlsx --attendance-columns a=name", "of no use without"),
        ("report {p} {r} --excel {t}/a.xlsx --attendance {t}/a.xlsx", "two reports in one file"),
        ("report {p}.xlsx {r} --excel {p}.xlsx", "would be lost"),
        ("report {p} {r} --ics {t}/c --time-zone Mars", "there is no such time zone"),
        ("report {p} {r} --attendance {t}/a.xlsx --attendance-columns a=b", "unknown field"),
        ("report {p} {r} --excel {t}/a.xlsx --since {t}/none.csv", "none.csv"),
        ("report {p} {t} --excel {t}/a.xlsx", "result.json: there is no such file"),
        ("report {p} {r} --excel {t}/a.xlsx --lang de", "'--lang'"),
        ("report {p} {r} --excel {p}/agents.csv/a.xlsx", "a file is where a folder is needed"),
        ("template {t}/a.csv", "only .xlsx can be written"),
        ("template {p}.xlsx", "the file already exists"),
        ("template {t}/b.xlsx --from {t}/none", "there is no such folder"),
        ("solve {p} --report html,exel", "did you mean 'excel'?"),
        ("solve {p} --report ,", "unknown kind of report"),
        ("solve {p} --pins {t}/none.xlsx", "none.xlsx: there is no such file"),
        ("solve {t}/none.xlsx", "none.xlsx: there is no such file"),
    ],
)
def test_bad_arguments_exit_with_2(
    made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    words: str,
) -> None:
    places = {"{p}": str(made / "p"), "{r}": str(made / "r"), "{t}": str(tmp_path)}
    for mark, place in places.items():
        arguments = arguments.replace(mark, place)
    assert run(*arguments.split()) == 2
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    ("arguments", "module", "extra"),
    [
        ("report {p} {r} --excel {t}/a.xlsx", "xlsxwriter", "excel"),
        ("report {p} {r} --attendance {t}/a.xlsx", "xlsxwriter", "excel"),
        ("report {p} {r} --html {t}/a.html", "jinja2", "report"),
        ("report {p} {r} --ics {t}/c", "icalendar", "ics"),
        ("solve {p} --report excel", "xlsxwriter", "excel"),
        ("solve {p} --report html", "jinja2", "report"),
        ("solve {p} --report ics", "icalendar", "ics"),
        ("solve {p}.xlsx", "python_calamine", "excel"),
        ("solve {p} --pins {p}.xlsx", "python_calamine", "excel"),
        ("check {p} --roster {p}.xlsx", "python_calamine", "excel"),
        ("template {t}/a.xlsx", "xlsxwriter", "excel"),
    ],
)
def test_absent_extras_are_named(
    made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: str,
    module: str,
    extra: str,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    places = {"{p}": str(made / "p"), "{r}": str(made / "r"), "{t}": str(tmp_path)}
    for mark, place in places.items():
        arguments = arguments.replace(mark, place)
    assert run(*arguments.split()) == 2
    told = capsys.readouterr().err
    assert f"install it with: pip install 'csshift[{extra}]'" in told
    assert told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_any_extra_the_main_job_is_done(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("xlsxwriter", "python_calamine", "icalendar", "jinja2", "matplotlib"):
        monkeypatch.setitem(sys.modules, module, None)
    words = ["--time-limit", 8, "--gap", 0.9, "--quiet", "--out", tmp_path / "out"]
    assert run("solve", made / "p", *words) == 0
    assert run("check", made / "p", "--roster", tmp_path / "out" / "roster.csv") in (0, 1)


def test_template_solve_complete_and_report(tmp_path: Path) -> None:
    book = tmp_path / "plan.xlsx"
    assert run("template", book, "--lang", "en") == 0
    limit = ["--time-limit", 8, "--gap", 0.9, "--quiet"]
    assert run("solve", book, *limit, "--report", "excel,ics") == 0
    out = tmp_path / "plan-result"
    assert {"roster.xlsx", "calendars", "result.json"} <= {path.name for path in out.iterdir()}
    pins = tmp_path / "pins.csv"
    pins.write_text("agent_id,date,shift\nA01,2026-03-16,晚\n", encoding="utf-8")
    again = tmp_path / "again"
    assert run("solve", book, *limit, "--pins", pins, "--out", again) == 0
    assert "A01,2026-03-16,晚" in (again / "roster.csv").read_text(encoding="utf-8")
    assert "pins.csv was kept" in (again / "result.json").read_text(encoding="utf-8")

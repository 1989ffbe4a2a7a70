"""Balances and holidays: read from a problem folder, written into a result, kept in workbooks."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import csshift
from csshift.cli.main import main
from csshift.errors import InputError
from csshift.io.excel.template import write_workbook
from csshift.io.excel.workbook import load_workbook
from csshift.io.reading import load
from csshift.problem import Problem

SETTINGS = """labour = "china"
[labour_terms]
mode = "report"
figures = { overtime-a-month = 40 }
[horizon]
start = 2026-03-02
days = 7
edges = "none"
[[rules]]
kind = "fair"
of = "nights"
severity = 5
"""
SHIFTS = "code,name,hours,break_minutes,tags\nN,,22:00-30:00,0,\n"
AGENTS = "agent_id,skills\na,hotline\nb,hotline\n"
DEMAND = "date,start,store,skill,heads\n2026-03-02,22:00,S1,hotline,1\n"
BALANCES = """agent_id,what,count,owed,until
a,nights,3,2,2026-03-01
b,nights,1,2,2026-03-01
"""


def write(path: Path, **files: str) -> Path:
    contents = {
        "problem.toml": SETTINGS,
        "agents.csv": AGENTS,
        "shifts.csv": SHIFTS,
        "requirements.csv": DEMAND,
        "balances.csv": BALANCES,
    }
    path.mkdir(exist_ok=True)
    for name, text in (contents | files).items():
        (path / name).write_text(text, "utf-8")
    return path


def test_balances_roll_forward(tmp_path: Path) -> None:
    """The night goes to the one who is owed one, and the result holds the next balances."""
    folder = write(tmp_path / "first")
    assert main(["solve", str(folder), "--out", str(tmp_path / "out"), "--time-limit", "4"]) == 0
    roster = (tmp_path / "out" / "roster.csv").read_text("utf-8").splitlines()
    assert roster[1:] == ["b,2026-03-02,N"]
    written = (tmp_path / "out" / "balances.csv").read_text("utf-8")
    assert written.splitlines()[1:] == [
        "a,nights,3,2.5,2026-03-08",
        "b,nights,2,2.5,2026-03-08",
    ]
    later = SETTINGS.replace("2026-03-02", "2026-03-09")
    demand = DEMAND.replace("2026-03-02", "2026-03-09")
    following = write(
        tmp_path / "second",
        **{"problem.toml": later, "requirements.csv": demand, "balances.csv": written},
    )
    result = csshift.solve(load(following), time_limit=4, workers=1)
    assert result.roster is not None
    assert [row.agent_id for row in result.roster.assignments] == ["b"]


def test_a_result_in_the_problem_folder_keeps_its_balances(tmp_path: Path) -> None:
    folder = write(tmp_path / "p")
    assert main(["solve", str(folder), "--out", str(folder), "--time-limit", "4"]) == 0
    assert (folder / "balances.csv").read_text("utf-8") == BALANCES
    assert "2026-03-08" in (folder / "next_balances.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (BALANCES.replace("2026-03-01", "2026-03-02"), "not before the horizon"),
        (BALANCES.replace("1,2,2026-03-01", "1,2,2026-02-27"), "end on 2026-03-01"),
        (BALANCES + "a,nights,3,2,2026-03-01\n", "second entry"),
        (BALANCES.replace("a,nights,3", "a,nights,-3"), "count"),
    ],
)
def test_wrong_balances_are_faults(tmp_path: Path, table: str, text: str) -> None:
    with pytest.raises(InputError, match=text):
        load(write(tmp_path / "p", **{"balances.csv": table}))


def test_balances_of_people_who_left_are_ignored(tmp_path: Path) -> None:
    table = BALANCES + "gone,nights,9,2,2026-03-01\n"
    problem = load(write(tmp_path / "p", **{"balances.csv": table}))
    assert len(problem.balances) == 3
    result = csshift.solve(problem, time_limit=4, workers=1)
    assert {row.agent_id for row in result.balances} == {"a", "b"}
    assert "balances-unknown-agents" in {note.code for note in result.notes}


def test_balances_of_one_thing_end_on_one_day(tmp_path: Path) -> None:
    """Those of people whom the rule no longer concerns are carried on to the same day."""
    only_a = SETTINGS + 'agents = { ids = ["a"] }\n'
    result = csshift.solve(load(write(tmp_path / "p", **{"problem.toml": only_a})), time_limit=4)
    assert {str(row.until) for row in result.balances} == {"2026-03-08"}
    assert {(row.agent_id, row.count) for row in result.balances} >= {("b", 1)}


def test_a_workbook_holds_balances_holidays_and_terms(tmp_path: Path) -> None:
    holidays = "date,kind,name\n2026-03-04,rest,team day\n"
    folder = write(tmp_path / "p", **{"holidays.csv": holidays})
    problem = load(folder)
    write_workbook(problem, tmp_path / "p.xlsx")
    again: Problem = load_workbook(tmp_path / "p.xlsx")
    assert again.labour_terms == problem.labour_terms
    assert again.labour_terms.figures == {"overtime-a-month": Decimal(40)}
    assert again.balances == problem.balances
    assert again.holidays == problem.holidays


def test_balances_that_no_rule_uses_are_carried_on_and_named(tmp_path: Path) -> None:
    table = BALANCES + "a,late,3,2,2026-03-01\n"
    result = csshift.solve(load(write(tmp_path / "p", **{"balances.csv": table})), time_limit=4)
    assert ("a", "late", 3) in {(row.agent_id, row.what, row.count) for row in result.balances}
    [note] = [note for note in result.notes if note.code == "balances-unused"]
    assert note.rules == ("late",)


def test_two_rules_for_two_teams_share_a_name_of_balances(tmp_path: Path) -> None:
    rule = '[[rules]]\nkind = "fair"\nof = "nights"\nseverity = 5\n'
    ids = [f'{rule}agents = {{ ids = ["{agent}"] }}\n' for agent in "ab"]
    apart = SETTINGS.replace(rule, "".join(ids))
    for settings, mixed in ((apart, False), (SETTINGS + rule, True)):
        result = csshift.solve(
            load(write(tmp_path / "p", **{"problem.toml": settings})), time_limit=4
        )
        assert {row.agent_id for row in result.balances} == {"a", "b"}
        assert ("balances-mixed" in {note.code for note in result.notes}) == mixed

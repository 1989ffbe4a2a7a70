"""Reports show the people and shifts of the planned days, and leave for parts of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from report_cases import SHIFTS, assignments, cell, problem, result
from rich.console import Console

from csshift.instance import Instance
from csshift.model.roster import Roster
from csshift.problem import Problem
from csshift.report.attendance import attendance_rows, parse_columns
from csshift.report.people import people
from csshift.report.shortage import Explainer
from csshift.report.shown import leave_days, part_leave, shown_agents, shown_shifts
from csshift.report.terminal import result_summary, score_summary

GONE = {"name": "Former", "end_date": "2026-03-01"}
OLD = {"code": "X", "name": "Retired", "hours": "10:00-18:00", "end_date": "2026-03-01"}
PART = {"agent_id": "A0", "date": "2026-03-17", "kind": "dentist", "hours": "14:00-24:00"}


def case(**parts: Any) -> Problem:
    """Return a problem of A0, of A1 who has left, and of a retired shift."""
    usual: dict[str, Any] = {
        "shifts": [*SHIFTS, OLD],
        "history": [{"agent_id": "A1", "date": "2026-03-01", "shift": "X"}],
        "leave": [PART, {"agent_id": "A0", "date": "2026-03-18", "kind": "annual"}],
    }
    return problem([{"name": "Present"}, GONE], **(usual | parts))


def roster(row: str = "E--E") -> Roster:
    return Roster(assignments=assignments(row), coverage=(cell(0, 9),))


def shown(parts: Any) -> str:
    console = Console(width=120, no_color=True)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()


def test_who_left_and_what_is_retired_is_not_shown() -> None:
    found = case()
    assert [agent.agent_id for agent in shown_agents(Instance(found), roster())] == ["A0"]
    assert [shift.code for shift in shown_shifts(Instance(found), roster())] == ["E", "L", "N"]
    assert [person.agent.agent_id for person in people(Instance(found), roster())] == ["A0"]


def test_a_roster_that_names_them_shows_them() -> None:
    both = Roster(assignments=(*assignments("E"), *assignments("-", "X")))
    found = case()
    assert len(shown_agents(Instance(found), both)) == 2
    assert [shift.code for shift in shown_shifts(Instance(found), both)] == ["E", "L", "N", "X"]


def test_who_joins_or_leaves_within_the_horizon_is_shown() -> None:
    dates = [{"start_date": "2026-03-22"}, {"end_date": "2026-03-16"}, {"start_date": "2026-03-23"}]
    found = problem(dates)
    assert [agent.agent_id for agent in shown_agents(Instance(found))] == ["A0", "A1"]


def test_leave_of_parts_is_told_from_leave_of_days() -> None:
    found = case()
    days = {date.isoformat(): kind for (_, date), kind in leave_days(Instance(found)).items()}
    assert days == {"2026-03-18": "annual"}
    [(row,)] = part_leave(Instance(found)).values()
    assert (row.kind, str(row.span)) == ("dentist", "14:00-24:00")


def test_the_terminal_counts_and_lists_people_of_the_planned_days() -> None:
    text = shown(result_summary(case(), result(roster()), 120))
    assert "1 agent, 7 days" in text
    assert "Former" not in text
    assert "Retired" not in text
    assert "A1" not in text


def test_a_check_shows_the_notes_on_the_history() -> None:
    found = case(history=[{"agent_id": "gone", "date": "2026-03-01", "shift": "E"}])
    judged = result(roster()).score
    assert judged is not None
    text = shown(score_summary(found, roster(), judged, 120))
    assert "Notes" in text
    assert "not among the agents: gone" in text


@pytest.mark.parametrize("code", ["E", "-"])
def test_the_page_shows_leave_for_a_part_of_a_day(tmp_path: Path, code: str) -> None:
    pytest.importorskip("jinja2")
    from csshift.report.html import write_html

    found = case()
    write_html(tmp_path / "page.html", found, result(roster(f"E{code}-E")), lang="en")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count("Leave 14:00-24:00 dentist") == 2  # the cell, and what the script knows
    assert "Former" not in text
    assert "Retired" not in text


def test_the_workbook_shows_leave_for_a_part_of_a_day_as_a_comment(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    from csshift.io.excel.book import read_book
    from csshift.report.excel import write_excel

    write_excel(tmp_path / "book.xlsx", case(), result(roster()), lang="en")
    with ZipFile(tmp_path / "book.xlsx") as book:
        [comments] = [book.read(name).decode() for name in book.namelist() if "comments" in name]
    assert comments.count("leave 14:00-24:00 dentist") == 1
    sheets = read_book(tmp_path / "book.xlsx")
    words = {str(cell) for sheet in sheets for row in sheet.rows for cell in row if cell}
    assert "A0" in words
    assert not {"Former", "A1", "X"} & words


def test_a_calendar_holds_leave_for_a_part_of_a_day() -> None:
    icalendar = pytest.importorskip("icalendar")
    from csshift.report.calendars import calendars

    stamp = datetime(2026, 3, 1, tzinfo=UTC)
    made = calendars(Instance(case()), roster(), lang="en", stamp=stamp)
    assert list(made) == ["A0.ics"]
    found = icalendar.Calendar.from_ical(made["A0.ics"]).walk("VEVENT")
    [leave] = [event for event in found if "leave" in str(event["summary"])]
    assert str(leave["summary"]) == "leave 14:00-24:00 dentist"
    assert leave.decoded("dtend").isoformat() == "2026-03-18T00:00:00+08:00"
    assert len({str(event["uid"]) for event in found}) == len(found)


def test_attendance_has_no_row_for_who_has_left() -> None:
    rows = list(attendance_rows(case(), roster(), parse_columns("id=agent_id,{day}=shift"), "en"))
    assert [row[0] for row in rows] == ["id", "A0"]


def test_leave_at_the_hour_of_a_shortage_is_leave_and_keeps_from_its_shifts() -> None:
    explainer = Explainer(Instance(case()), roster("----"))
    late = explainer.explain(cell(1, 17))
    assert (late.on_leave, late.off) == (1, 0)
    early = explainer.explain(cell(1, 9))
    assert (early.on_leave, early.off, early.could_come, early.shifts) == (0, 1, 0, 1)
    assert early.barriers == {"on leave during its hours": 1}


def test_a_pin_or_leave_of_the_next_day_keeps_from_a_night() -> None:
    pins = [{"agent_id": "A0", "date": "2026-03-20"}]
    explainer = Explainer(Instance(case(pins=pins, leave=[])), roster("----"))
    night = explainer.explain(cell(3, 23))
    assert (night.off, night.could_come, night.barriers) == (1, 1, {})  # the late shift
    only_night = case(pins=pins, leave=[], shifts=[SHIFTS[2], OLD])
    night = Explainer(Instance(only_night), roster("----")).explain(cell(3, 23))
    assert (night.could_come, night.barriers, night.shifts) == (0, {"pinned off": 1}, 1)

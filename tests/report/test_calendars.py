"""Calendars: the right moments across midnight and when clocks change; safe file names."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import DUTY, problem

from csshift.errors import InputError, MissingExtraError
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.report.calendars import calendars, file_names, write_calendars

icalendar = pytest.importorskip("icalendar")
STAMP = datetime(2026, 3, 1, tzinfo=UTC)


def events(day: date, code: str, zone: str, **parts: Any) -> list[Any]:
    """The events of a shift on a day, read back."""
    given_problem = problem(1, horizon={"start": str(day), "days": 2}, requirements=[], **parts)
    roster = Roster(assignments=(Assignment(agent_id="A0", date=day, shift=code),))
    content = calendars(given_problem, roster, time_zone=zone, stamp=STAMP)["A0.ics"]
    return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def test_a_shift_past_midnight_ends_the_next_day() -> None:
    (event,) = events(date(2026, 3, 16), "N", "Asia/Shanghai")
    start, end = event.decoded("dtstart"), event.decoded("dtend")
    assert (start.isoformat(), end.isoformat()) == (
        "2026-03-16T22:00:00+08:00",
        "2026-03-17T06:00:00+08:00",
    )


@pytest.mark.parametrize(
    ("day", "hours", "ends"),
    [(date(2026, 3, 28), 7, "06:00:00+02:00"), (date(2026, 10, 24), 9, "06:00:00+01:00")],
)
def test_clocks_change_during_a_night_shift(day: date, hours: int, ends: str) -> None:
    (event,) = events(day, "N", "Europe/Berlin")
    start, end = event.decoded("dtstart"), event.decoded("dtend")
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)
    assert end.isoformat().endswith(ends)


def test_a_time_that_clocks_skip_is_the_later_one() -> None:
    shifts = [{"code": "X", "hours": "20:00-26:30"}]
    (event,) = events(date(2026, 3, 28), "X", "Europe/Berlin", shifts=shifts)
    assert event.decoded("dtend").isoformat() == "2026-03-29T03:30:00+02:00"


def test_the_file_brings_the_rules_of_its_time_zone() -> None:
    day = date(2026, 3, 28)
    given_problem = problem(1, horizon={"start": str(day), "days": 2}, requirements=[])
    roster = Roster(assignments=(Assignment(agent_id="A0", date=day, shift="N"),))
    content = calendars(given_problem, roster, time_zone="Europe/Berlin")["A0.ics"].decode()
    assert "BEGIN:VTIMEZONE" in content
    assert "BEGIN:DAYLIGHT" in content
    assert "DTSTART;TZID=Europe/Berlin:20260328T220000" in content


def test_split_shifts_are_two_events_and_duties_are_named() -> None:
    day = date(2026, 3, 16)
    shifts = [{"code": "S", "name": "两头; 班,\n", "hours": "09:00-12:00+18:00-23:00"}]
    given_problem = problem(1, shifts=shifts, duties=[DUTY])
    roster = Roster(
        assignments=(Assignment(agent_id="A0", date=day, shift="S"),),
        duties=(DutyTurn(date=day, duty="reminder", agent_id="A0", start=600, end=1200),),
    )
    content = calendars(given_problem, roster, stamp=STAMP)["A0.ics"]
    first, second = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert str(first["summary"]) == "两头; 班,\n + reminder"
    assert "值班：reminder 10:00-20:00" in str(second["description"])
    assert first["uid"] != second["uid"]


def test_a_changed_shift_replaces_the_event_of_its_day() -> None:
    day = date(2026, 3, 16)
    assert events(day, "E", "UTC")[0]["uid"] == events(day, "L", "UTC")[0]["uid"]


def test_everybody_gets_a_file_also_without_shifts(tmp_path: Path) -> None:
    names = write_calendars(tmp_path / "out", problem(3), Roster(), lang="en")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    assert len(names) == 3


def test_an_unknown_time_zone_is_a_fault() -> None:
    with pytest.raises(InputError, match="did you mean 'Asia/Shanghai'"):
        calendars(problem(1), Roster(), time_zone="Asia/Shangai")


def test_without_icalendar_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'csshift\[ics\]'"):
        calendars(problem(1), Roster())


@given(st.lists(st.text(min_size=1, max_size=200), unique=True, max_size=8))
def test_file_names_are_safe_and_different(identifiers: list[str]) -> None:
    names = list(file_names(identifiers).values())
    assert len({name.casefold() for name in names}) == len(identifiers)
    for name in names:
        stem = name.removesuffix(".ics")
        assert re.fullmatch(r"[\w-]+", stem)
        assert len(name.encode()) <= 200
        assert stem.lower() not in ("con", "nul", "com1")


def test_names_that_differ_in_case_or_marks_only() -> None:
    names = file_names(["A/1", "A:1", "a", "A", "con", "林"])
    assert len({name.casefold() for name in names.values()}) == 6
    assert names["林"] == "林.ics"

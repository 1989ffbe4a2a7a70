"""Workdays, holidays and Chinese labour rules, on the whole of 2026."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import csshift
from csshift.cli.main import main
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.io.reading import load
from csshift.model.calendar import Holiday, LabourTerms
from csshift.model.demand import RequirementCell
from csshift.model.horizon import Horizon
from csshift.model.people import Agent
from csshift.model.roster import Assignment, Roster
from csshift.model.shifts import Shift
from csshift.planner.overtime_notes import overtime_pay
from csshift.problem import Problem
from csshift.problem.calendars import calendar_of, statutory_days
from csshift.problem.labour import applied, labour_basis

YEAR = tuple(Date(2026, 1, 1) + timedelta(i) for i in range(365))
DAY_SHIFT = Shift.model_validate({"code": "D", "hours": "09:00-18:00", "break_minutes": 60})


def problem(**parts: object) -> Problem:
    fields: dict[str, object] = {
        "horizon": Horizon(start=YEAR[0], days=365, edges="none"),
        "agents": (Agent(agent_id="a", skills={"hotline": Decimal(1)}),),
        "shifts": (DAY_SHIFT,),
        "requirements": (
            RequirementCell(date=YEAR[0], start=600, store="S1", skill="hotline", heads=Decimal(1)),
        ),
        "labour": "china",
    }
    return Problem.model_validate(fields | parts)


def four_days_off_a_month() -> list[Date]:
    """Return the days of 2026 but for the four last Sundays of each month."""
    off = set()
    for month in range(1, 13):
        sundays = [date for date in YEAR if date.month == month and date.weekday() == 6]
        off.update(sundays[-4:])
    return [date for date in YEAR if date not in off]


def big_and_small_weeks(first: int, *, holidays_off: bool) -> list[Date]:
    """Return Mondays to Fridays, and the Saturdays of every second week."""
    off = statutory_days(2026) if holidays_off else frozenset()
    return [
        date
        for date in YEAR
        if date not in off
        and (date.weekday() < 5 or (date.weekday() == 5 and date.isocalendar().week % 2 == first))
    ]


def months_over(checked: str) -> list[int]:
    """Return the months of the lines on overtime in the output of a check."""
    lines = [line for line in checked.splitlines() if "China: overtime a month" in line]
    return [
        Date.fromisoformat(line.split(": a ")[1][:10]).month for line in lines if ": a " in line
    ]


def folder(path: Path, dates: list[Date], terms: str = 'mode = "report"') -> list[str]:
    """Write a problem folder of a year and a roster; return the arguments of its check."""
    (path / "problem.toml").write_text(
        f'labour = "china"\n[labour_terms]\n{terms}\n'
        '[horizon]\nstart = 2026-01-01\ndays = 365\nedges = "none"\n',
        "utf-8",
    )
    (path / "agents.csv").write_text("agent_id,skills\na,hotline\n", "utf-8")
    shifts = "code,name,hours,break_minutes,tags\nD,,09:00-18:00,60,\n"
    (path / "shifts.csv").write_text(shifts, "utf-8")
    demand = "date,start,store,skill,heads\n2026-01-01,10:00,S1,hotline,1\n"
    (path / "requirements.csv").write_text(demand, "utf-8")
    rows = "".join(f"a,{date},D\n" for date in dates)
    (path / "roster.csv").write_text(f"agent_id,date,shift\n{rows}", "utf-8")
    return ["check", str(path), "--roster", str(path / "roster.csv")]


def test_four_days_off_a_month_exceed_the_overtime_of_nine_months_of_2026(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(folder(tmp_path, four_days_off_a_month())) == 0
    shown = capsys.readouterr().out
    assert months_over(shown) == [1, 2, 3, 4, 5, 6, 8, 10, 11]
    assert "chinesecalendar" in shown
    assert "Labour Law, article 41" in shown


@pytest.mark.parametrize(
    ("first", "holidays_off", "months"),
    [(0, True, []), (1, True, []), (0, False, [2, 5, 10]), (1, False, [2, 10])],
)
def test_big_and_small_weeks_in_2026(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    first: int,
    holidays_off: bool,
    months: list[int],
) -> None:
    """With statutory holidays off no month exceeds 36 h; with work on them two or three do."""
    dates = big_and_small_weeks(first, holidays_off=holidays_off)
    assert main(folder(tmp_path, dates)) == 0
    assert months_over(capsys.readouterr().out) == months


def test_rules_that_bind_make_the_check_fail(tmp_path: Path) -> None:
    dates = four_days_off_a_month()
    assert main(folder(tmp_path, dates, 'mode = "enforce"')) == 1


def test_a_figure_can_be_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terms = 'mode = "report"\nfigures = { overtime-a-month = 48 }'
    assert main(folder(tmp_path, four_days_off_a_month(), terms)) == 0
    assert months_over(capsys.readouterr().out) == [2, 5, 10]


def test_an_unknown_figure_is_a_fault(tmp_path: Path) -> None:
    folder(tmp_path, [], "figures = { overtime-a-moth = 48 }")
    with pytest.raises(InputError, match="did you mean 'overtime-a-month'"):
        load(tmp_path)


def test_a_rule_of_the_folder_replaces_that_of_its_kind_and_period() -> None:
    own = {"kind": "max-overtime", "hours": 50, "per": "month"}
    kinds = [rule.kind for _, rule in applied(problem(rules=[own]))]
    assert "max-overtime" not in kinds
    daily = {"kind": "max-overtime", "hours": 5, "per": "day"}
    assert "max-overtime" not in [rule.kind for _, rule in applied(problem(rules=[daily]))]


def test_a_rule_for_everybody_keeps_those_that_protect_some() -> None:
    agents = (Agent(agent_id="a", skills={"hotline": Decimal(1)}, tags=("pregnant",)),)
    own = {"kind": "max-hours", "hours": 60, "per": "week"}
    labels = [rule.label for _, rule in applied(problem(rules=[own], agents=agents))]
    assert "China: hours a week, pregnant" in labels


@pytest.mark.parametrize(
    ("tag", "labels"),
    [
        ("intern", {"no nights", "no overtime", "hours a week", "no statutory holidays"}),
        ("孕期", {"no nights", "no overtime", "hours a week"}),
        ("minor", {"no nights", "no overtime", "hours a week"}),
        ("new", set()),
    ],
)
def test_who_is_protected(tag: str, labels: set[str]) -> None:
    night = Shift.model_validate({"code": "N", "hours": "22:00-30:00"})
    agents = (Agent(agent_id="a", skills={"hotline": Decimal(1)}, tags=(tag,)),)
    rules = [rule for _, rule in applied(problem(agents=agents, shifts=(DAY_SHIFT, night)))]
    own = {rule.label.split(": ")[1].split(",")[0] for rule in rules if rule.agents}
    assert own == labels


def test_an_intern_on_a_statutory_holiday_breaks_a_rule() -> None:
    agents = (Agent(agent_id="a", skills={"hotline": Decimal(1)}, tags=("intern",)),)
    found = problem(agents=agents)
    for date, count in ((Date(2026, 10, 1), 1), (Date(2026, 10, 5), 0)):
        score = csshift.check(found, Roster(assignments=(Assignment("a", date, "D"),)))
        assert len(score.violations) == count


def test_an_unpublished_year_is_an_error_that_says_so() -> None:
    horizon = Horizon(start=Date(2027, 3, 1), days=7)
    demand = RequirementCell(
        date=horizon.start, start=600, store="S1", skill="hotline", heads=Decimal(1)
    )
    parts = {"horizon": horizon, "requirements": (demand,)}
    with pytest.raises(InputError) as caught:
        problem(**parts)
    assert "of 2027 are not published" in str(caught.value)
    assert "provisional = true" in str(caught.value)
    provisional = problem(**parts, labour_terms=LabourTerms(provisional=True))
    calendar = calendar_of(dict(provisional))
    assert calendar is not None
    assert "2027 provisional" in calendar.source
    assert "2027 provisional" in (labour_basis(provisional) or "")
    table = (Holiday(date=Date(2027, 10, 1), kind="statutory"),)
    assert calendar_of(dict(problem(**parts, holidays=table))) is not None


def test_a_year_without_known_festivals_cannot_be_provisional() -> None:
    horizon = Horizon(start=Date(2040, 3, 1), days=7)
    demand = RequirementCell(
        date=horizon.start, start=600, store="S1", skill="hotline", heads=Decimal(1)
    )
    with pytest.raises(InputError, match="statutory holidays of 2040 are not known"):
        problem(
            horizon=horizon,
            requirements=(demand,),
            labour_terms=LabourTerms(provisional=True),
        )


def test_the_table_of_holidays_wins_over_the_calendar() -> None:
    table = (Holiday(date=Date(2026, 3, 4), kind="rest", name="team day"),)
    calendar = calendar_of(dict(problem(holidays=table)))
    assert calendar is not None
    spans = {span.name: span for span in calendar.spans}
    assert Date(2026, 3, 4) in spans["rest-days"]
    assert Date(2026, 3, 4) in spans["holidays"]
    assert Date(2026, 2, 14) in spans["workdays"]  # a Saturday that is made up
    assert len(spans["statutory"].dates) == 13


def test_a_table_alone_is_a_calendar_for_any_preset() -> None:
    table = (Holiday(date=Date(2026, 3, 4), kind="statutory"),)
    calendar = calendar_of(dict(problem(labour=None, holidays=table)))
    assert calendar is not None
    assert calendar.source == "holidays.csv"
    assert sum(len(span.dates) for span in calendar.spans if span.name != "holidays") == 365


def test_overtime_is_paid_by_the_kind_of_day() -> None:
    long = Shift.model_validate({"code": "L", "hours": "09:00-20:00", "break_minutes": 60})
    instance = Instance(problem(shifts=(DAY_SHIFT, long)))
    worked = (
        Assignment("a", Date(2026, 3, 2), "L"),  # Monday: 2 h
        Assignment("a", Date(2026, 3, 7), "D"),  # Saturday: 8 h
        Assignment("a", Date(2026, 2, 14), "D"),  # a Saturday that is made up
        Assignment("a", Date(2026, 10, 1), "D"),  # statutory: 8 h
    )
    [row] = overtime_pay(instance, Roster(assignments=worked))
    hours = (row.workday_hours, row.rest_day_hours, row.statutory_hours, row.paid_hours)
    assert hours == (2, 8, 8, 43)
    assert overtime_pay(Instance(problem(labour="standard")), Roster(assignments=worked)) == ()


@pytest.mark.parametrize(
    ("preset", "count"), [("week", 8), ("month", 36), ("quarter", 108), ("year", 432)]
)
def test_comprehensive_hours_count_by_period(preset: str, count: int) -> None:
    found = problem(labour=f"china-comprehensive-{preset}")
    [rule] = [rule for _, rule in applied(found) if rule.kind == "max-overtime"]
    assert rule.model_dump()["hours"] == count
    assert rule.model_dump()["per"] == preset


def test_comprehensive_hours_of_a_quarter_are_those_of_62_days() -> None:
    """62 x 8 h and 108 h of overtime: 75 shifts of 8 h are lawful, 76 are not."""
    found = problem(
        labour="china-comprehensive-quarter", horizon=Horizon(start=YEAR[0], days=90, edges="none")
    )
    instance = Instance(found)
    [rule] = [rule for _, rule in applied(found) if rule.kind == "max-overtime"]
    for count, broken in ((75, 0), (76, 1)):
        rows = tuple(Assignment("a", date, "D") for date in YEAR[:count])
        assert len(list(rule.violations(instance.schedule(rows)))) == broken


def test_the_european_preset_names_its_directive() -> None:
    text = labour_basis(problem(labour="eu")) or ""
    assert "Directive 2003/88/EC" in text
    assert "Monday to Friday" in text
    assert "欧盟" not in text
    assert labour_basis(problem(labour="none")) is None


def test_a_reported_breach_is_in_the_result_and_binds_nothing() -> None:
    dates = YEAR[:8]
    demand = tuple(
        RequirementCell(date=date, start=600, store="S1", skill="hotline", heads=Decimal(1))
        for date in dates
    )
    found = problem(
        horizon=Horizon(start=YEAR[0], days=8, edges="none"),
        requirements=demand,
        labour_terms=LabourTerms(mode="report"),
    )
    result = csshift.solve(found, time_limit=5, workers=1)
    assert result.score is not None
    assert result.score.feasible
    assert result.roster is not None
    assert len(result.roster.assignments) == 8
    assert {finding.rule for finding in result.score.reported} >= {"China: days in a row"}
    assert "labour-breaches" in [note.code for note in result.notes]
    enforced = csshift.solve(found.with_(labour_terms=LabourTerms()), time_limit=5, workers=1)
    assert enforced.score is not None
    assert enforced.roster is not None
    assert len(enforced.roster.assignments) < 8
    assert not enforced.score.reported

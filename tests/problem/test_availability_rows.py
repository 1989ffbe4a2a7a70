"""What people say of their availability: which shifts it leaves them, in engine and check."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import DAY, MONDAY, agent, roster, shift, small, works
from pydantic import ValidationError

import csshift
from csshift.compile import compile_problem
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.availability import Availability, obstacle, parse_hours, show_hours
from csshift.model.horizon import Horizon
from csshift.model.people import Leave, Pin, Request
from csshift.model.shifts import Shift
from csshift.model.weekdays import WEEKDAYS, parse_weekdays, show_weekdays
from csshift.problem import Problem
from csshift.program import ABSENT
from csshift.report.shortage import Explainer
from csshift.scoring import score
from csshift.scoring.unfilled import explain_unfilled

EVENING, NIGHT, MORNING = "14:00-22:00", "22:00-30:00", "06:00-14:00"


def row(works: str, **fields: Any) -> Availability:
    return Availability.model_validate({"agent_id": "a", "works": works, **fields})


def case(
    *rows: Availability, days: int = 7, hours: tuple[str, ...] = (EVENING,), **parts: Any
) -> Problem:
    """Return a week, from Monday on, of one agent ``a`` with shifts A, B, ... of these hours."""
    given = {
        "horizon": Horizon(start=MONDAY, days=days),
        "agents": (agent("a"),),
        "shifts": tuple(shift("ABCD"[i], text) for i, text in enumerate(hours)),
        "requirements": (),
        "availability": rows,
    }
    return small(**{**given, **parts})


def offered(problem: Problem, code: str = "A") -> str:
    """Return the days on which a shift is offered to ``a``, by their first letters; - elsewhere."""
    grid = Instance(problem).grid
    free = grid.offered[0, grid.history_days :, grid.shift_index[code]].tolist()
    return "".join(
        WEEKDAYS[date.weekday()][0].upper() if open_ else "-"
        for open_, date in zip(free, problem.horizon.dates, strict=True)
    )


def faults(problem: Problem, *days: int, code: str = "A") -> list[str]:
    judged = score(Instance(problem), roster(*(works("a", day, code) for day in days)))
    return [finding.rule for finding in judged.violations]


@pytest.mark.parametrize(
    ("rows", "hours", "expected"),
    [
        ([row("only", weekdays="Tue;Thu")], EVENING, "-T-T---"),
        ([row("only", weekdays="周二;周四")], EVENING, "-T-T---"),
        ([row("never", weekdays="Sat;Sun")], EVENING, "MTWTF--"),
        ([row("only", hours="from 14:00")], EVENING, "MTWTFSS"),
        ([row("only", hours="from 14:01")], EVENING, "-------"),
        ([row("only", hours="not after 22:00")], EVENING, "MTWTFSS"),
        ([row("only", hours="not after 21:59")], EVENING, "-------"),
        ([row("never", hours="from 22:00")], EVENING, "MTWTFSS"),
        ([row("never", hours="from 21:59")], EVENING, "-------"),
        ([row("never", weekdays="Tue", hours="12:00-15:00")], EVENING, "M-WTFSS"),
        ([row("only", shifts=("A",))], EVENING, "MTWTFSS"),
        ([row("never", shifts=("A",), weekdays="Mon-Wed")], EVENING, "---TFSS"),
        # A night counts on both days; what ends at 24:00 does not.
        ([row("only", weekdays="Mon-Fri")], NIGHT, "MTWT---"),
        ([row("only", weekdays="Mon-Fri")], "16:00-24:00", "MTWTF--"),
        ([row("never", weekdays="Wed")], NIGHT, "M--TFSS"),
        ([row("never", weekdays="Wed")], "16:00-24:00", "MT-TFSS"),
        ([row("never", weekdays="Wed", hours="00:00-06:00")], NIGHT, "M-WTFSS"),
        ([row("never", weekdays="Wed", hours="06:00-08:00")], NIGHT, "MTWTFSS"),
        ([row("never", weekdays="Fri", shifts=("A",))], NIGHT, "MTWT-SS"),
        # Hours that are given count from the day on which the shift starts.
        ([row("only", weekdays="Mon-Fri", hours="from 17:00")], NIGHT, "MTWTF--"),
        ([row("only", weekdays="Mon-Fri", hours="17:00-29:59")], NIGHT, "-------"),
        ([row("never", hours="from 22:00")], "00:00-08:00", "MTWTFSS"),
        # Rows `only` are alternatives.
        ([row("only", weekdays="Mon-Fri"), row("only", weekdays="Sat", hours="09:00-12:00")],
         EVENING, "MTWTF--"),
        ([row("only", weekdays="Mon-Thu"), row("only", weekdays="Fri", hours="until 06:00")],
         NIGHT, "MTWT---"),
        ([row("only", weekdays="Mon-Thu"), row("only", weekdays="Fri", hours="until 05:59")],
         NIGHT, "MTW----"),
        # Dates: elsewhere the agent is as free as without the row.
        ([row("only", weekdays="Sun", start_date=MONDAY + DAY, end_date=MONDAY + 2 * DAY)],
         EVENING, "M--TFSS"),
        ([row("never", start_date=MONDAY + DAY, end_date=MONDAY + DAY)], NIGHT, "--WTFSS"),
    ],
)  # fmt: skip
def test_rows_leave_what_people_mean(rows: list[Availability], hours: str, expected: str) -> None:
    problem = case(*rows, hours=(hours,))
    assert offered(problem) == expected
    for day, letter in enumerate(expected):
        assert faults(problem, day) == ([] if letter != "-" else ["availability"])
    work = compile_problem(Instance(problem)).work
    assert ["-" if column == ABSENT else "x" for column in work.shift[0, :, 0].tolist()] == [
        letter if letter == "-" else "x" for letter in expected
    ]


def test_tags_name_shifts() -> None:
    shifts = (shift("E", EVENING), shift("N", NIGHT, tags="night"))
    problem = case(row("never", shifts=("tag:night",)), shifts=shifts)
    assert (offered(problem, "E"), offered(problem, "N")) == ("MTWTFSS", "-------")
    problem = case(row("only", shifts=("tag:night",)), shifts=shifts)
    assert (offered(problem, "E"), offered(problem, "N")) == ("-------", "MTWTFSS")


def test_the_first_night_of_the_horizon_is_judged_by_its_own_days() -> None:
    problem = case(row("never", weekdays="Mon"), hours=(NIGHT,), history=(works("a", -1, "A"),))
    assert offered(problem) == "-TWTFS-"  # Sunday's night runs into the Monday after the horizon
    assert faults(problem) == []  # what the history holds is settled


def test_availability_is_no_leave() -> None:
    problem = case(row("never", weekdays="Sat;Sun"), leave=(Leave(agent_id="a", date=MONDAY),))
    grid = Instance(problem).grid
    assert grid.available[0].tolist() == [False] + 6 * [True]
    assert offered(problem) == "-TWTF--"
    assert faults(problem, 0, 5) == ["leave", "availability"]


def test_wishes_are_requests() -> None:
    rows = (row("only", weekdays="Mon-Fri", weight=2), row("never", shifts=("B",), weight=1))
    problem = case(*rows, hours=(EVENING, NIGHT))
    requests = Instance(problem).planned.requests
    assert [(r.date - MONDAY, r.shift, float(r.weight)) for r in requests[:2]] == [
        (5 * DAY, None, 2.0),
        (6 * DAY, None, 2.0),
    ]
    assert {(r.shift, float(r.weight)) for r in requests[2:]} == {("B", 1.0)}
    assert len(requests) == 9
    # Friday's night breaks the wish for Saturday, and that for no nights.
    judged = score(Instance(problem), roster(works("a", 4, "B")))
    assert (judged.violations, judged.penalties["requests"]) == ((), 250.0 * (2 + 1))


def test_a_wish_for_hours_names_the_shifts_against_it() -> None:
    problem = case(row("only", hours="from 14:00", weight=1), hours=(MORNING, EVENING, NIGHT))
    assert {r.shift for r in Instance(problem).planned.requests} == {"A"}
    problem = case(row("only", hours="from 16:00", weight=1), hours=(MORNING, EVENING, NIGHT))
    assert {r.shift for r in Instance(problem).planned.requests} == {"A;B"}


def test_rows_that_could_mean_both_or_either_are_refused() -> None:
    with pytest.raises(InputError, match="do both rows hold, or either") as error:
        case(row("only", weekdays="Mon-Fri"), row("only", hours="09:00-22:00"))
    assert error.value.faults[0].index == 1
    case(row("only", weekdays="Mon-Fri"), row("only", weekdays="Sat", hours="09:00-22:00"))
    case(row("only", weekdays="Mon"), row("only", hours="09:00-22:00", weight=1))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"availability": (row("only", shifts=("X",)),)}, "unknown shift"),
        ({"availability": (row("never", shifts=("tag:nihgt",)),)}, "did you mean 'night'"),
        ({"availability": (row("never", agent_id="z"),)}, "unknown agent"),
        (
            {
                "availability": (row("never", weekdays="Mon"),),
                "pins": (Pin(agent_id="a", date=MONDAY, shift="A"),),
            },
            "works never Mon, as availability.csv says",
        ),
        ({"requests": (Request(agent_id="a", date=MONDAY, want="off", shift="A;X"),)}, "X"),
        ({"requests": (Request(agent_id="a", date=MONDAY, want="off", shift="tag:x"),)}, "x"),
        ({"availability": 2 * (row("never", weekdays="Mon"),)}, "a second entry"),
    ],
)
def test_what_contradicts_or_names_nothing_is_a_fault(parts: dict[str, Any], words: str) -> None:
    shifts = (shift("A", EVENING), shift("N", NIGHT, tags="night"))
    with pytest.raises(InputError, match=words):
        case(shifts=shifts, **parts)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"works": "only"}, "fill weekdays, hours or shifts"),
        ({"works": "never", "hours": "not after 22:00"}, "double negative"),
        ({"works": "never", "start_date": MONDAY, "end_date": MONDAY - DAY}, "before start_date"),
        ({"works": "only", "weekdays": "Mon-Fry"}, "'Fry' in 'Mon-Fry' is not a day of the week"),
        ({"works": "only", "hours": "evenings"}, "is not a part of a day"),
        ({"works": "only", "hours": "25:00-26:00"}, "start before 24:00"),
        ({"works": "only", "hours": "18:00-09:00"}, "ends before it starts"),
    ],
)
def test_a_row_that_says_nothing_clear_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Availability.model_validate({"agent_id": "a", **fields})


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mon-Fri", "Mon-Fri"),
        ("周一至周五", "Mon-Fri"),
        ("周一三五", "Mon;Wed;Fri"),
        ("Tuesday, thurs", "Tue;Thu"),
        ("Sat-Mon", "Mon;Sat;Sun"),
        ("周末", "Sat;Sun"),
        ("Mo / We", "Mon;Wed"),
    ],
)
def test_weekdays_are_read_as_people_write_them(text: str, days: str) -> None:
    assert show_weekdays(parse_weekdays(text)) == days
    assert parse_weekdays(days) == parse_weekdays(text)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("from 17:00", "from 17:00"),
        ("not before 9:00", "from 09:00"),
        ("17:00以后", "from 17:00"),
        ("not after 22:00", "until 22:00"),
        ("22:00以前", "until 22:00"),
        ("09:00-18:00", "09:00-18:00"),
        ("22:00-30:00", "22:00-30:00"),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: str) -> None:
    assert show_hours(parse_hours(text)) == hours
    assert parse_hours(hours) == parse_hours(text)


SPANS = ("06:00-14:00", "14:00-22:00", "16:00-24:00", "22:00-30:00", "09:00-12:00+20:00-25:00")
CLOCKS = ("06:00-22:00", "from 14:00", "until 22:00", "22:00-30:00", "00:00-06:00", "12:00-26:00")
texts = st.sampled_from(CLOCKS)
said = st.builds(
    row,
    st.sampled_from(("only", "never")),
    weekdays=st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(lambda days: tuple(sorted(days))),
    hours=st.none() | texts,
    shifts=st.sampled_from(((), ("A",), ("tag:night",))),
    start_date=st.none() | st.integers(-1, 4).map(lambda day: MONDAY + day * DAY),
)


def minutes(shift: Shift, date: Date) -> set[int]:
    """Return the working minutes of a shift from the Monday of the tests on, by 30."""
    first = (date - MONDAY).days * 1440
    return {first + m for span in shift.hours for m in range(span.start, span.end, 30)}


def counts(entry: Availability, day: Date) -> bool:
    return entry.start_date is None or day >= entry.start_date


def speaks(entry: Availability, day: Date) -> bool:
    return WEEKDAYS[day.weekday()] in entry.weekdays and counts(entry, day)


def within(entry: Availability, day: Date, *, to_midnight: bool) -> set[int]:
    start, end = entry.hours or (0, 1440)
    end = min(end, 1440) if to_midnight and end == 2880 else end
    first = (day - MONDAY).days * 1440
    return set(range(first + start, first + end, 30))


def about(entry: Availability, kind: Shift) -> bool:
    words = entry.shifts
    return not words or kind.code in words or ("tag:night" in words and "night" in kind.tags)


def ruled_out(entry: Availability, kind: Shift, date: Date) -> bool:
    if entry.shifts and entry.hours is None:
        return speaks(entry, date)
    days = [date + later * DAY for later in (-1, 0, 1)]
    own = minutes(kind, date)
    return any(speaks(entry, day) and own & within(entry, day, to_midnight=True) for day in days)


def free(rows: list[Availability], kind: Shift, date: Date) -> bool:
    """Return by the definition, minute by minute, whether rows leave a shift to an agent."""
    own = minutes(kind, date)
    never = [entry for entry in rows if entry.works == "never" and about(entry, kind)]
    if any(ruled_out(entry, kind, date) for entry in never):
        return False
    only = [entry for entry in rows if entry.works == "only"]
    late = {m for m in own if m >= (date - MONDAY).days * 1440 + 1440}
    tomorrow = [entry for entry in only if counts(entry, date + DAY)]
    named = [entry for entry in tomorrow if speaks(entry, date + DAY)]
    fit = [late <= within(entry, date + DAY, to_midnight=False) for entry in named]
    open_later = not late or not tomorrow or any(fit)
    today = [entry for entry in only if counts(entry, date)]
    if not today:
        return open_later
    return any(
        own <= within(entry, date, to_midnight=False) if entry.hours else open_later
        for entry in today
        if speaks(entry, date) and about(entry, kind)
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(said, min_size=1, max_size=3), st.sampled_from(SPANS), st.integers(0, 6))
def test_rows_hold_minute_by_minute(rows: list[Availability], hours: str, day: int) -> None:
    kind = shift("A", hours) if "+" in hours else shift("N", hours, tags="night")
    date = MONDAY + day * DAY
    assert (obstacle(rows, kind, date) is None) is free(rows, kind, date)


@settings(max_examples=25, deadline=None)
@given(st.lists(said, min_size=1, max_size=3), st.integers(1, 3))
def test_engine_and_check_agree_on_wishes(rows: list[Availability], weight: int) -> None:
    wishes = tuple(entry.model_copy(update={"weight": weight}) for entry in rows)
    wishes = tuple(dict.fromkeys(w for w in wishes if w.works == "never" or w is wishes[0]))
    shifts = (shift("A", MORNING), shift("N", NIGHT, tags="night"))
    needs = tuple(
        csshift.RequirementCell(
            date=MONDAY + timedelta(days=i),
            start=720 + 660 * (i % 2),
            store="S1",
            skill="pre-sale",
            heads=1,
        )
        for i in range(4)
    )
    problem = case(*wishes, days=4, shifts=shifts, requirements=needs)
    result = csshift.solve(problem, time_limit=2, workers=1, gap=0)
    assert result.roster is not None
    judged = csshift.check(problem, result.roster)
    assert judged.objective == pytest.approx(result.objective)


def test_a_conflict_names_availability_where_it_is_needed() -> None:
    rule = {"kind": "min-shifts", "count": 4, "per": "week"}
    problem = case(row("only", weekdays="Mon-Wed"), rules=(rule,))
    result = csshift.solve(problem, time_limit=5, workers=1)
    assert (result.status, set(result.conflicts)) == ("infeasible", {"min-shifts", "availability"})
    other = {"kind": "max-shifts", "count": 3, "per": "week"}
    problem = case(row("only", weekdays="Mon-Fri"), rules=(rule, other))
    result = csshift.solve(problem, time_limit=5, workers=1)
    assert set(result.conflicts) == {"min-shifts", "max-shifts"}
    problem = case(row("only", weekdays="Mon-Thu"), rules=(rule,))
    assert csshift.solve(problem, time_limit=2, workers=1).roster is not None


def test_explanations_name_availability() -> None:
    """Of a shortage, and of a duty turn that nobody holds."""
    duty = csshift.Duty.model_validate(
        {"name": "remind", "skill": "pre-sale", "window": "14:00-18:00"}
    )
    need = csshift.RequirementCell(
        date=MONDAY, start=15 * 60, store="S1", skill="pre-sale", heads=1
    )
    problem = case(row("never", weekdays="Mon"), duties=(duty,), requirements=(need,))
    instance = Instance(problem)
    unfilled = explain_unfilled(instance, roster())[0]
    assert "all who may hold it are not available that day" in str(unfilled)
    assert unfilled.dates == (MONDAY,)
    judged = csshift.check(problem, roster())
    [cell] = [cell for cell in judged.coverage if cell.shortage]
    explanation = Explainer(instance, roster()).explain(cell)
    assert explanation.barriers == {"not available on its hours": 1}
    assert instance.fair_shares["remind"].fair == (6,)


def test_a_duty_has_no_turns_on_other_days() -> None:
    duty = csshift.Duty.model_validate(
        {"name": "remind", "skill": "pre-sale", "window": "14:00-18:00", "weekdays": "Tue;Sun"}
    )
    problem = case(duties=(duty,))
    result = csshift.solve(problem, time_limit=2, workers=1, gap=0)
    assert result.roster is not None
    assert [turn.date.weekday() for turn in result.roster.duties] == [1, 6]
    held = roster(works("a", 0), *(csshift.DutyTurn(date=MONDAY, duty="remind", agent_id="a"),))
    judged = score(Instance(case(duties=(duty,), shifts=(shift("D", EVENING),))), held)
    assert [finding.text for finding in judged.violations] == ["1 holders, at most 0"]
    dated = duty.model_copy(update={"dates": (MONDAY + DAY, MONDAY + 2 * DAY)})
    assert dated.turns_on(problem.horizon.dates) == 1
    codes = {note.code for note in Instance(case(duties=(dated,), days=1)).notes}
    assert "duty-without-days" in codes

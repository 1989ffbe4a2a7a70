"""Leave, employment and shift dates: which shifts are offered, minute by minute."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import DAY, MONDAY, agent, roster, shift, small, works
from pydantic import ValidationError

from csshift.compile import compile_problem
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.entity import Span
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Leave
from csshift.model.shifts import Shift
from csshift.problem import Problem
from csshift.program import ABSENT
from csshift.scoring import score

HARD = ("leave", "employment", "retired shifts")
SPLIT = "09:00-12:00+18:00-23:00"


def case(*hours: str, days: int = 3, person: Any = None, **parts: Any) -> Problem:
    """Return a problem of one agent ``a`` with shifts A, B, ... of these hours."""
    shifts = tuple(shift("ABCD"[i], text) for i, text in enumerate(hours))
    return small(
        horizon=Horizon(start=MONDAY, days=days),
        agents=(agent("a", **(person or {})),),
        shifts=shifts,
        requirements=(),
        **parts,
    )


def leave(day: int, hours: str | None = None) -> Leave:
    return Leave(agent_id="a", date=MONDAY + day * DAY, hours=hours)


def offered(problem: Problem, shift: int = 0) -> list[bool]:
    """Return on which planned days a shift is offered to the agent."""
    return Instance(problem).grid.offered[0, Instance(problem).grid.history_days :, shift].tolist()


def faults(problem: Problem, *days: int, code: str = "A") -> list[str]:
    """Return the names of the hard rules that shifts on some days break."""
    judged = score(Instance(problem), roster(*(works("a", day, code) for day in days)))
    return [finding.rule for finding in judged.violations]


def test_a_night_does_not_run_into_a_day_of_leave() -> None:
    problem = case("22:00-32:00", leave=(leave(1),))
    assert offered(problem) == [False, False, True]
    assert (faults(problem, 0), faults(problem, 2)) == (["leave"], [])


def test_a_shift_that_ends_at_midnight_touches_nothing_of_the_next_day() -> None:
    for hours, free in (("16:00-24:00", True), ("16:00-24:01", False)):
        problem = case(hours, leave=(leave(1),))
        assert offered(problem)[0] is free
        assert faults(problem, 0) == ([] if free else ["leave"])


@pytest.mark.parametrize(
    ("hours", "free"),
    [
        ("12:00-18:00", True),  # the gap of the split shift
        ("11:59-18:00", False),
        ("12:00-18:01", False),
        ("23:00-24:00", True),
        ("00:00-09:00", True),
        ("23:00-33:00", True),  # until 09:00 on the next day
        ("23:00-33:01", True),  # on the day itself; the next day's shift is touched
        (None, False),
    ],
)
def test_part_of_a_day(hours: str | None, free: bool) -> None:
    problem = case(SPLIT, leave=(leave(0, hours),))
    assert offered(problem)[0] is free
    assert faults(problem, 0) == ([] if free else ["leave"])
    assert offered(problem)[1] is (hours != "23:00-33:01")


def test_leave_of_the_day_before_the_horizon_can_reach_the_first_morning() -> None:
    problem = case("00:00-08:00", leave=(leave(-1, "22:00-26:00"),))
    assert offered(problem) == [False, True, True]
    assert faults(problem, 0) == ["leave"]
    assert offered(case("02:00-08:00", leave=(leave(-1, "22:00-26:00"),))) == [True] * 3


def test_leave_on_the_day_after_the_horizon_keeps_the_last_night_away() -> None:
    problem = case("22:00-30:00", "08:00-16:00", leave=(leave(3),))
    assert offered(problem) == [True, True, False]
    assert offered(problem, 1) == [True] * 3
    assert faults(problem, 2) == ["leave"]
    assert offered(case("22:00-30:00", leave=(leave(3, "06:00-24:00"),))) == [True] * 3
    assert offered(case("22:00-30:00", leave=(leave(4),))) == [True] * 3


def test_the_last_night_of_employment_ends_at_midnight() -> None:
    person = {"start_date": MONDAY, "end_date": MONDAY + DAY}
    for hours, free in (("16:00-24:00", True), ("16:00-24:30", False)):
        problem = case(hours, person=person)
        assert offered(problem) == [True, free, False]
        assert faults(problem, 1) == ([] if free else ["employment"])
    assert faults(problem, 2) == ["employment"]


def test_the_last_planned_night_of_somebody_who_stays_is_offered() -> None:
    person = {"end_date": MONDAY + 3 * DAY}
    assert offered(case("22:00-30:00", person=person)) == [True] * 3
    assert offered(case("22:00-30:00", person={"end_date": MONDAY + 2 * DAY}))[2] is False


def test_nobody_works_before_the_first_morning_of_employment() -> None:
    problem = case("00:00-08:00", "22:00-30:00", person={"start_date": MONDAY + DAY})
    assert offered(problem) == offered(problem, 1) == [False, True, True]
    assert faults(problem, 0, code="B") == ["employment"]


def test_a_shift_is_offered_until_its_end_date() -> None:
    old = Shift(code="X", hours="08:00-16:00", end_date=MONDAY + DAY)
    problem = small(shifts=(shift("D", "08:00-16:00"), old), requirements=())
    assert Instance(problem).grid.offered[0].tolist() == [[True, True], [True, True], [True, False]]
    judged = score(Instance(problem), roster(works("a", 1, "X"), works("a", 2, "X")))
    assert [(v.rule, v.date) for v in judged.violations] == [("retired shifts", MONDAY + 2 * DAY)]


@pytest.mark.parametrize("hours", ["24:00-26:00", "10:00-34:01", "12:00-12:00"])
def test_hours_of_leave_that_cannot_be(hours: str) -> None:
    with pytest.raises(ValidationError):
        leave(0, hours)


def test_parts_that_make_up_a_day_are_a_day_of_leave() -> None:
    halves = (leave(0, "00:00-12:00"), leave(0, "12:00-24:00"))
    assert Instance(case("08:00-16:00", leave=halves)).grid.available[0].tolist() == [
        False,
        True,
        True,
    ]
    gap = (leave(0, "00:00-11:59"), leave(0, "12:00-24:00"))
    assert Instance(case("08:00-16:00", leave=gap)).grid.available[0].all()
    night = (leave(-1, "12:00-36:00"), leave(0, "12:00-24:00"))
    assert Instance(case("08:00-16:00", leave=night)).grid.available[0].tolist() == [
        False,
        True,
        True,
    ]


def test_two_parts_of_one_day_are_no_duplicate_and_the_same_part_is() -> None:
    case("08:00-16:00", leave=(leave(0, "08:00-09:00"), leave(0, "15:00-16:00")))
    with pytest.raises(InputError, match="second entry for the same agent_id, date, hours"):
        case("08:00-16:00", leave=(leave(0, "08:00-09:00"),) * 2)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"leave": (leave(1),)}, "on leave on 2026-03-17, into which A runs"),
        ({"leave": (leave(0, "22:30-23:00"),)}, "on leave on 2026-03-16 22:30-23:00"),
        ({"person": {"end_date": MONDAY}}, "not employed on 2026-03-17, into which A runs"),
        ({"pins": [{"agent_id": "a", "date": MONDAY + DAY}]}, "pinned day off on 2026-03-17"),
    ],
)
def test_a_pinned_night_that_contradicts_the_next_day_is_one_fault(
    parts: dict[str, Any], reason: str
) -> None:
    pins = [{"agent_id": "a", "date": MONDAY, "shift": "A"}, *parts.pop("pins", ())]
    with pytest.raises(InputError, match=reason) as caught:
        case("22:00-30:00", pins=pins, **parts)
    assert len(caught.value.faults) == 1


def test_a_pinned_shift_that_is_no_longer_in_use_is_a_fault() -> None:
    old = Shift(code="D", hours="08:00-16:00", end_date=MONDAY - DAY)
    with pytest.raises(InputError, match="its end_date is 2026-03-15"):
        small(shifts=(old,), pins=({"agent_id": "a", "date": MONDAY, "shift": "D"},))


TIMES = st.integers(0, 24 * 4).map(lambda quarter: 15 * quarter)


@st.composite
def spans(draw: st.DrawFn, latest: int) -> Span:
    start = draw(st.integers(0, 95)) * 15
    return Span(start, min(latest, start + 15 * draw(st.integers(1, 96))))


@st.composite
def shifts(draw: st.DrawFn, code: str) -> Shift:
    span = draw(spans(2880))
    parts = [span]
    if span.minutes > 90 and draw(st.booleans()):
        middle = span.start + span.minutes // 3
        parts = [Span(span.start, middle), Span(middle + 30, span.end)]
    ends = draw(st.none() | st.integers(-2, 5))
    end_date = None if ends is None else MONDAY + ends * DAY
    return Shift(code=code, hours=tuple(parts), end_date=end_date)


DATES = st.none() | st.integers(-2, 6).map(lambda days: MONDAY + days * DAY)


@st.composite
def people(draw: st.DrawFn, name: str) -> Agent:
    first, last = draw(DATES), draw(DATES)
    if first and last and last < first:
        first, last = last, first
    return agent(name, start_date=first, end_date=last)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    days = draw(st.integers(1, 5))
    kinds = tuple(draw(shifts(code)) for code in "ABC"[: draw(st.integers(1, 3))])
    names = ("a", "b")[: draw(st.integers(1, 2))]
    agents = tuple(draw(people(name)) for name in names)
    rows = st.tuples(st.sampled_from(names), st.integers(-3, days + 2), st.none() | spans(2880))
    drawn = draw(st.lists(rows, max_size=6, unique=True))
    away = tuple(Leave(agent_id=n, date=MONDAY + d * DAY, hours=h) for n, d, h in drawn)
    return small(
        horizon=Horizon(start=MONDAY, days=days),
        agents=agents,
        shifts=kinds,
        leave=away,
        requirements=(),
    )


def free_minutes(problem: Problem, agent: Agent, date: Date, kind: Shift) -> bool:
    """Return whether an agent is free and employed at every minute of a shift."""
    if not kind.in_use(date):
        return False
    for span in kind.hours:
        for minute in range(span.start, span.end, 15):
            day = date + timedelta(days=minute // 1440)
            if not agent.employed(day):
                return False
            for row in problem.leave:
                at = minute + 1440 * (date - row.date).days
                if row.agent_id == agent.agent_id and row.span.start <= at < row.span.end:
                    return False
    return True


@settings(max_examples=4 * settings.default.max_examples)
@given(problem=problems())
def test_offered_is_what_the_checker_allows_and_what_has_a_column(problem: Problem) -> None:
    grid, columns = Instance(problem).grid, compile_problem(Instance(problem)).work
    for (who, day, kind), free in np.ndenumerate(grid.offered):
        person, date, code = problem.agents[who], grid.dates[day], problem.shifts[kind].code
        assert free == free_minutes(problem, person, date, problem.shifts[kind])
        judged = score(Instance(problem), roster(works(person.agent_id, day, code)))
        assert free == (not any(v.rule in HARD for v in judged.violations))
        assert free == (columns.shift[who, day, kind] != ABSENT)
    assert (columns.day != ABSENT).tolist() == grid.workable.tolist()

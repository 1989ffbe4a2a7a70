"""Hours that people are owed and do not get: what the people tables say."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from problems import DAY, MONDAY, agent, cell, roster, small, works
from rich.console import Console

import csshift
from csshift.instance import Instance
from csshift.model.availability import Availability
from csshift.model.horizon import Horizon
from csshift.model.people import Contract, Leave
from csshift.report.people import people
from csshift.report.sections import people_table

WEEK = Horizon(start=MONDAY, days=7)


def case(target: Any = 40, **parts: Any) -> Instance:
    given = {
        "horizon": WEEK,
        "agents": (agent("a", contract="full"), agent("b")),
        "contracts": (Contract(name="full", target_hours_per_week=target),),
        "requirements": tuple(cell("10:00", 1, day=day) for day in range(7)),
    }
    return Instance(small(**{**given, **parts}))


def reasons(instance: Instance, days: int) -> tuple[str, ...]:
    first, second = people(instance, roster(*(works("a", day) for day in range(days))))
    assert second.owed is None
    assert first.owed is not None
    return first.owed.reasons


def only(days: str) -> tuple[Availability, ...]:
    return (Availability.model_validate({"agent_id": "a", "works": "only", "weekdays": days}),)


@pytest.mark.parametrize(
    ("parts", "days", "expected"),
    [
        ({}, 5, ()),
        ({}, 4, ("no demand",)),
        ({"rules": ({"kind": "max-shifts", "count": 3, "per": "week"},)}, 3, ("max-shifts",)),
        ({"availability": only("Mon-Wed")}, 3, ("not available on its hours",)),
        ({"target": 30}, 3, ("no demand",)),
        ({"target": 11}, 1, ("lengths of shifts",)),
        ({"requirements": (cell("10:00", 1, skill="after-sale"),)}, 3, ("skills",)),
        ({"requirements": (cell("10:00", 1),)}, 1, ("no demand",)),
    ],
)
def test_the_reason_is_what_keeps_from_one_more_shift(
    parts: dict[str, Any], days: int, expected: tuple[str, ...]
) -> None:
    assert reasons(case(**parts), days) == expected


@pytest.mark.parametrize(
    ("day", "expected"), [(0, "a better roster may give them"), (4, "no demand")]
)
def test_missing_heads_that_the_agent_could_bring_are_not_called_no_demand(
    day: int, expected: str
) -> None:
    instance = case(requirements=(cell("10:00", 1, day=4),))
    made = roster(works("a", day))
    made = made.model_copy(update={"coverage": csshift.check(instance, made).coverage})
    owed = people(instance, made)[0].owed
    assert owed is not None
    assert owed.reasons == (expected,)


def test_leave_lowers_what_is_owed() -> None:
    instance = case(leave=(Leave(agent_id="a", date=MONDAY + 6 * DAY),))
    owed = people(instance, roster())[0].owed
    assert owed is not None
    assert (round(owed.hours, 1), round(owed.away, 1)) == (34.3, 5.7)


def test_history_of_the_same_week_is_not_owed_again() -> None:
    horizon = Horizon(start=MONDAY + 2 * DAY, days=5)
    instance = case(horizon=horizon, history=(works("a", 0), works("a", 1)))
    owed = people(instance, roster())[0].owed
    assert owed is not None
    assert owed.hours == 24


def test_terminal_names_hours_and_reason() -> None:
    screen = Console(file=StringIO(), width=120)
    rule = {"kind": "max-shifts", "count": 3, "per": "week"}
    screen.print(people_table(case(rules=(rule,)), roster(*(works("a", day) for day in range(3)))))
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert all(word in shown for word in ("owed h", "40", "max-shifts"))
    screen = Console(file=StringIO(), width=120)
    screen.print(people_table(case(contracts=(Contract(name="full"),)), roster()))
    assert "owed" not in screen.file.getvalue()  # type: ignore[attr-defined]

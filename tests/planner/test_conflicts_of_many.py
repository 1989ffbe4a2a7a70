"""Conflicts in folders of 120 agents: proven minimal, and minimal when each part is left out."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from problems import DAY, MONDAY, agent, shift, small

from csshift.compile.hard import compile_hard
from csshift.engine.budget import Budget
from csshift.engine.conflicts.subsets import ConflictSearch
from csshift.instance import Instance
from csshift.model.horizon import Horizon
from csshift.model.people import Contract, Leave, Pin
from csshift.model.roster import Assignment
from csshift.planner.conflicts import hard_conflict
from csshift.problem import Problem

COUNT, DAYS = 120, 14
USUAL: tuple[Any, ...] = (
    {"kind": "min-rest"},
    {"kind": "max-consecutive-days", "days": 6},
    {"kind": "min-days-off", "days": 1, "per": "rolling-7-days"},
)
TWO_OFF = {"kind": "required-sequence", "name": "two off", "after": ["N"], "then": [".", "."]}


def leave(number: int, day: int) -> Leave:
    return Leave(agent_id=f"A{number:03}", date=MONDAY + day * DAY)


def worked(number: int, before: int, code: str = "D") -> Assignment:
    return Assignment(agent_id=f"A{number:03}", date=MONDAY - before * DAY, shift=code)


def pin(number: int, day: int, code: str) -> Pin:
    return Pin(agent_id=f"A{number:03}", date=MONDAY + day * DAY, shift=code)


def cover(heads: int, *shifts: str, days: tuple[int, ...] = (), **fields: Any) -> Any:
    need: dict[str, Any] = {"shifts": shifts, "heads": heads}
    if days:
        need["dates"] = [MONDAY + day * DAY for day in days]
    return {
        "kind": "shift-cover",
        "name": f"heads on {'|'.join(shifts)}",
        "cover": [need],
        **fields,
    }


def crowd(*rules: Any, hours: float = 40, usual: bool = True, **parts: Any) -> Problem:
    """Return a problem of 120 agents and two weeks; every tenth is a lead."""
    shifts = (shift("D", "08:00-16:00"), shift("L", "14:00-22:00"), shift("N", "22:00-30:00"))
    people = tuple(
        agent(f"A{i:03}", contract="full", tags=("lead",) if i % 10 == 0 else ())
        for i in range(COUNT)
    )
    fields: dict[str, Any] = {
        "horizon": Horizon(start=MONDAY, days=DAYS),
        "agents": people,
        "shifts": shifts,
        "contracts": (Contract(name="full", max_hours_per_week=hours),),
        "rules": (*(USUAL if usual else USUAL[:1]), *rules),
    }
    return small(**fields | parts)


def own_past() -> dict[str, Any]:
    """Return leave and history that make nearly every agent different from all others."""
    random = Random(5)
    days = [(i, day) for i in range(COUNT) for day in sorted(random.sample(range(DAYS), 2))]
    past = [(i, n) for i in range(COUNT) for n in range(1, random.randint(1, 5))]
    return {
        "leave": tuple(leave(i, day) for i, day in days),
        "history": tuple(worked(i, n, random.choice("DL")) for i, n in past),
    }


def leads_on_leave() -> Problem:
    absent = tuple(leave(i, 9) for i in (10, 11, 20, 30, 41))
    return crowd(cover(10, "N", days=(9,), agents={"tags": ["lead"]}), leave=absent)


def pins_too_close() -> Problem:
    pins = [pin(i, day, "D") for i in range(40) for day in (0, 2, 4, 6)]
    return crowd(pins=(*pins, pin(17, 9, "N"), pin(17, 10, "D")))


def tired_by_history() -> Problem:
    past = tuple(worked(i, n) for i in range(40) for n in range(1, 7))
    return crowd(cover(81, "D", "L", "N", days=(0,)), history=past)


def hours() -> Problem:
    return crowd(cover(87, "D", "L"), **own_past())


def nights_with_two_days_off() -> Problem:
    return crowd(TWO_OFF, cover(41, "N"), **own_past())


def nights_a_fortnight() -> Problem:
    few = {"kind": "max-shifts", "count": 3, "per": "rolling-14-days", "shifts": ["N"]}
    return crowd(few, TWO_OFF, cover(26, "N"), **own_past())


def nights_that_leave_takes_away() -> Problem:
    few = {"kind": "max-shifts", "count": 3, "per": "rolling-14-days", "shifts": ["N"]}
    absent = tuple(leave(i, day) for i in range(3, COUNT, 20) for day in range(DAYS))
    return crowd(few, TWO_OFF, cover(25, "N"), usual=False, leave=absent)


def nights_in_threes() -> Problem:
    rules = (
        {"kind": "min-consecutive-shifts", "count": 3, "shifts": ["N"]},
        {"kind": "max-consecutive-shifts", "count": 3, "shifts": ["N"]},
        {"kind": "days-off-after", "shifts": ["N"], "run": 3, "days": 3},
    )
    return crowd(*rules, cover(61, "N"), usual=False, hours=60)


def three_on_three_off() -> Problem:
    cycle = {"kind": "rotation", "cycle": ["+", "+", "+", ".", ".", "."], "start": MONDAY}
    first = tuple(f"A{i:03}" for i in range(60))
    halves = (
        {**cycle, "name": "first half", "agents": {"ids": first}},
        {**cycle, "name": "second half", "offset": 3, "agents": {"exclude": {"ids": first}}},
    )
    return crowd(*halves, cover(40, "N"), cover(21, "D"))


def kinds_of_shifts() -> Problem:
    two = {"kind": "min-kinds", "count": 2, "per": "week", "groups": [["D"], ["N"]]}
    return crowd(two, cover(75, "L"))


def pairs_apart() -> Problem:
    pairs = [(f"A{2 * i:03}", f"A{2 * i + 1:03}") for i in range(COUNT // 2)]
    apart = ({"kind": "apart", "name": f"{a} or {b}", "agents": {"ids": [a, b]}} for a, b in pairs)
    return crowd(*apart, cover(61, "D"))


def staff_against_rest() -> Problem:
    off = {"kind": "min-days-off", "days": 2, "per": "week"}
    return crowd(off, {"kind": "min-on-site", "count": 29, "hours": "08:00-30:00"}, hours=60)


QUICK = (leads_on_leave, pins_too_close, tired_by_history, pairs_apart)
SLOW = (
    hours,
    nights_with_two_days_off,
    nights_a_fortnight,
    nights_that_leave_takes_away,
    nights_in_threes,
    three_on_three_off,
    kinds_of_shifts,
    staff_against_rest,
)


@pytest.mark.parametrize("make", [*QUICK, *(pytest.param(m, marks=pytest.mark.slow) for m in SLOW)])
def test_in_a_folder_of_120_agents_no_part_can_be_left_out(make: Callable[[], Problem]) -> None:
    hard = compile_hard(Instance(make()))
    search = ConflictSearch(hard.program, hard.group, Budget(300.0, workers=1))
    subset = search.minimal_subset(np.arange(len(hard.conditions)))
    assert subset is not None
    assert subset.minimal
    judge = ConflictSearch(hard.program, hard.group, Budget(900.0, workers=1))
    assert judge.is_feasible(subset.groups) is False
    for part in subset.groups:
        assert judge.is_feasible(subset.groups[subset.groups != part], 60.0) is True


def test_the_agents_of_a_conflict_are_one_part() -> None:
    found = hard_conflict(Instance(pairs_apart()))
    assert found is not None
    assert found.conflict.minimal
    assert len(found.conflict.parts) == COUNT // 2 + 1


def test_an_agent_whose_leave_takes_a_night_away_twice_is_named_once() -> None:
    """A night before a day of leave ends on it."""
    absent = tuple(leave(i, day) for i in (10, 20, 30) for day in (9, 10))
    problem = crowd(cover(10, "N", days=(9,), agents={"tags": ["lead"]}), leave=absent)
    found = hard_conflict(Instance(problem))
    assert found is not None
    assert "(A010, A020, A030 on leave)" in found.conflict.parts[0].text

"""Plans made one after the other: balances roll forward, and equal people end equal."""

from __future__ import annotations

from collections import Counter
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

import csshift
from csshift.model.demand import RequirementCell
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Balance
from csshift.model.roster import Assignment
from csshift.model.shifts import Shift
from csshift.problem import Problem
from csshift.rules.registry import parse_rule

FIRST = Date(2026, 3, 2)
HEADS = {"D": 3, "E": 2, "N": 1}
SHIFTS = tuple(
    Shift.model_validate({"code": code, "hours": hours})
    for code, hours in (("D", "08:00-16:00"), ("E", "14:00-22:00"), ("N", "23:00-31:00"))
)
SHARED = ("nights", "weekends", "late", "hours")
RULES = (
    {"kind": "min-rest", "hours": 11},
    {"kind": "max-consecutive-days", "days": 6},
    *({"kind": "fair", "of": of, "severity": 5} for of in SHARED),
)


def demand(dates: tuple[Date, ...]) -> tuple[RequirementCell, ...]:
    """Return heads that whole shifts fill: D, E and N beside each other."""
    heads: Counter[tuple[Date, int]] = Counter()
    for date in dates:
        for shift in SHIFTS:
            for span in shift.hours:
                for start in range(span.start, span.end, 60):
                    later, minute = divmod(start, 1440)
                    heads[date + timedelta(later), minute] += HEADS[shift.code]
    return tuple(
        RequirementCell(date=date, start=minute, store="S1", skill="hotline", heads=Decimal(count))
        for (date, minute), count in sorted(heads.items())
        if date in dates
    )


def plan_weeks(
    agents: tuple[Agent, ...], weeks: int, seconds: float
) -> tuple[list[Assignment], tuple[Balance, ...]]:
    """Return the rosters of some weeks, each planned with the balances of the one before."""
    rosters: list[Assignment] = []
    balances: tuple[Balance, ...] = ()
    for week in range(weeks):
        start = FIRST + timedelta(7 * week)
        horizon = Horizon(start=start, days=7, edges="none")
        recent = [row for row in rosters if row.date >= start - timedelta(7)]
        problem = Problem(
            horizon=horizon,
            agents=agents,
            shifts=SHIFTS,
            rules=tuple(map(parse_rule, RULES)),
            requirements=demand(horizon.dates),
            history=tuple(recent),
            balances=balances,
        )
        result = csshift.solve(problem, time_limit=seconds, workers=1, seed=week)
        assert result.roster is not None
        rosters += result.roster.assignments
        balances = result.balances
        assert {row.until for row in balances} == {horizon.end}
    return rosters, balances


def counts(rosters: list[Assignment], agents: tuple[Agent, ...]) -> dict[str, list[int]]:
    """Count afresh, without rules: nights, late shifts, weekends, shifts."""
    found: dict[str, Counter[str]] = {of: Counter() for of in SHARED}
    weekends = {
        (row.agent_id, row.date.isocalendar()[:2]) for row in rosters if row.date.weekday() >= 5
    }
    found["weekends"].update(agent for agent, _ in weekends)
    for row in rosters:
        found["hours"][row.agent_id] += 1
        if row.shift in "NE":
            found["nights" if row.shift == "N" else "late"][row.agent_id] += 1
    return {of: [number[a.agent_id] for a in agents] for of, number in found.items()}


def team(count: int, **last: Any) -> tuple[Agent, ...]:
    members = [Agent(agent_id=f"A{i:02d}", skills={"hotline": Decimal(1)}) for i in range(count)]
    return (*members[:-1], members[-1].model_copy(update=last))


def test_three_weeks_one_after_the_other() -> None:
    agents = team(7)
    found = counts(plan_weeks(agents, 3, 3.0)[0], agents)
    assert {of: max(n) - min(n) for of, n in found.items()} == dict.fromkeys(SHARED, 1) | {
        of: 0 for of, n in found.items() if max(n) == min(n)
    }


@pytest.mark.slow
def test_twelve_people_over_three_months() -> None:
    agents = team(12)
    found = counts(plan_weeks(agents, 13, 12.0)[0], agents)
    spread = {of: max(number) - min(number) for of, number in found.items()}
    assert max(spread.values()) <= 1, found


@pytest.mark.slow
def test_a_joiner_in_month_two_does_not_catch_up() -> None:
    """From the second month on the joiner has as much as the others, and no more."""
    joined = FIRST + timedelta(28)
    agents = team(12, start_date=joined)
    rosters, balances = plan_weeks(agents, 8, 12.0)
    later = counts([row for row in rosters if row.date >= joined], agents)
    for of, number in later.items():
        assert number[-1] <= max(number[:-1]) + (of == "weekends"), (of, number)
        assert number[-1] >= min(number[:-1]) - 1, (of, number)
    own = [row for row in balances if row.agent_id == "A11"]
    assert len(own) == len(SHARED)
    for row in own:
        assert abs(row.count - row.owed) <= (12 if row.what == "hours" else Decimal("1.5"))

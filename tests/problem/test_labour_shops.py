"""Random small shops under the preset, held against its rules counted by hand."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from problems import DAY, HOURS, MONDAY, agent, cell, shift, small

from csshift.model.horizon import Horizon
from csshift.model.roster import Assignment
from csshift.planner.solve import solve
from csshift.problem import Problem

WORDS = ("", "new", "nursing", "孕期", "未成年", "intern")
REST, DAYS, WEEKLY_HOURS = 11 * 60, 6, 44


def shop(random: Random) -> Problem:
    """Return a fortnight that asks for everybody at every hour, after a history without rules."""
    people = tuple(
        agent(f"A{i}", tags=tuple(filter(None, [random.choice(WORDS)]))) for i in range(3)
    )
    shifts = tuple(
        shift(f"S{i}", hours, random.choice((0, 60)))
        for i, hours in enumerate(random.sample(HOURS, 3))
    )
    history = tuple(
        Assignment(
            agent_id=who.agent_id, date=MONDAY - back * DAY, shift=random.choice(shifts).code
        )
        for who in people
        for back in range(1, random.choice((1, 4, 9)))
    )
    return small(
        horizon=Horizon(start=MONDAY + random.choice((0, 3)) * DAY, days=14),
        agents=people,
        shifts=shifts,
        history=tuple(row for row in history if row.date < MONDAY),
        requirements=tuple(
            cell(f"{hour:02d}:00", 3, day=day) for day in range(3, 14) for hour in range(0, 24, 3)
        ),
        labour="standard",
    )


def broken(problem: Problem, made: tuple[Assignment, ...]) -> list[str]:
    """Return what planned days break, where the history alone does not break it already."""
    shifts = {entry.code: entry for entry in problem.shifts}
    found = []
    for who in problem.agents:
        rows = (row for row in (*problem.history, *made) if row.agent_id == who.agent_id)
        worked = {row.date: shifts[row.shift] for row in rows}
        for date in problem.horizon.dates:
            if date not in worked:
                continue
            before = worked.get(date - DAY)
            if before and worked[date].start + 1440 - before.end < REST:
                found.append(f"{who.agent_id} {date} rest")
            if all(date - timedelta(days=back) in worked for back in range(DAYS + 1)):
                found.append(f"{who.agent_id} {date} days in a row")
            monday = date - timedelta(days=date.weekday())
            week = [monday + timedelta(days=i) for i in range(7)]
            paid = sum(worked[day].paid_minutes for day in week if day in worked)
            if paid > WEEKLY_HOURS * 60:
                found.append(f"{who.agent_id} {monday} hours")
            if all(day in worked for day in week):
                found.append(f"{who.agent_id} {monday} no day off")
            minutes = {m % 1440 for span in worked[date].hours for m in range(*span)}
            if not {"", "new"} >= set(who.tags) and any(m < 360 or m >= 1320 for m in minutes):
                found.append(f"{who.agent_id} {date} night")
    return found


@pytest.mark.parametrize("seed", range(8))
def test_no_agent_of_a_small_shop_works_beyond_the_preset(seed: int) -> None:
    problem = shop(Random(seed))
    result = solve(problem, time_limit=1.5, workers=1)
    assert result.roster is not None, "a day off is always possible, whatever the history"
    assert broken(problem, result.roster.assignments) == []
    assert result.roster.assignments, "the shop asks for people"
    free = solve(problem.with_(labour="none"), time_limit=1.5, workers=1)
    assert free.roster is not None
    assert broken(problem, free.roster.assignments), "without the preset they do"

"""Problems with nights and demand round the clock, for tests of the edges of the horizon."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from problems import DAY, MONDAY, cell, roster, shift, small

import csshift
from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.problem import Problem

NIGHT = shift("N", "22:00-30:00")
EARLY = shift("E", "06:00-14:00")
AROUND = tuple(cell(f"{hour:02d}:00", 1, day=day) for day in range(3) for hour in range(24))


def around(days: int = 3, minutes: int = 60, edges: str = "auto", **parts: Any) -> Problem:
    """Return a problem with nights, and demand of one head round the clock."""
    usual = {
        "horizon": {
            "start": MONDAY,
            "days": days,
            "interval_minutes": minutes,
            "edges": edges,
        },
        "shifts": (EARLY, NIGHT),
        "requirements": tuple(
            cell(f"{at // 60:02d}:{at % 60:02d}", 1, day=day)
            for day in range(days)
            for at in range(0, 1440, minutes)
        ),
    }
    return small(**{**usual, **parts})


def forecast(day: int, hour: int, inquiries: float, skill: str = "pre-sale") -> ForecastCell:
    date = MONDAY + day * DAY
    return ForecastCell(date=date, start=60 * hour, store="S1", skill=skill, inquiries=inquiries)


def supplied(score: Score, day: int) -> dict[int, Decimal]:
    """Return the heads supplied by hour of a day, where there are some."""
    date = MONDAY + day * DAY
    cells = [c for c in score.coverage if c.date == date and c.supplied]
    return {c.start // 60: c.supplied for c in cells}


def required_hours(score: Score, day: int) -> list[int]:
    return [c.start // 60 for c in score.coverage if c.date == MONDAY + day * DAY]


def planned(problem: Problem, *entries: Any) -> tuple[Roster, Score]:
    """Return a roster with its hourly plan, and its score."""
    from csshift.planner.check import with_plan

    instance = Instance(problem)
    plan = with_plan(instance, roster(*entries))
    return plan, csshift.check(problem, plan)


def notes(problem: Problem) -> dict[str, str]:
    return {note.code: note.text for note in Instance(problem).notes}

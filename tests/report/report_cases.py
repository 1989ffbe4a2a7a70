"""A small problem whose days are easy to tell apart, and rosters written as text."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Any

from csshift.model.result import Result
from csshift.model.roster import Assignment, CoverageCell, DutyTurn, Roster
from csshift.model.score import Score
from csshift.problem import Problem

MONDAY = Date(2026, 3, 16)
SHIFTS = [
    {"code": "E", "name": "Early", "hours": "08:00-16:00"},
    {"code": "L", "hours": "16:00-24:00", "break_minutes": 60},
    {"code": "N", "hours": "22:00-30:00"},
]
DUTY = {"name": "reminder", "skill": "sale", "window": "10:00-20:00", "share": 0.5}


def problem(agents: int | list[dict[str, Any]] = 2, days: int = 7, **parts: Any) -> Problem:
    """Return a problem of agents A0, A1, ... with the skill ``sale``."""
    if isinstance(agents, int):
        agents = [{} for _ in range(agents)]
    people = [
        {"agent_id": f"A{i}", "skills": {"sale": 1}} | fields for i, fields in enumerate(agents)
    ]
    cell = {"date": str(MONDAY), "start": "09:00", "store": "S1", "skill": "sale", "heads": 1}
    base: dict[str, Any] = {
        "horizon": {"start": str(MONDAY), "days": days},
        "skills": [{"name": "sale"}, {"name": "care"}],
        "agents": people,
        "shifts": SHIFTS,
        "requirements": [cell],
    }
    return Problem.model_validate(base | parts)


def assignments(*rows: str, start: Date = MONDAY) -> tuple[Assignment, ...]:
    """Return assignments from one text an agent: a letter a day, ``-`` for a day off."""
    return tuple(
        Assignment(agent_id=f"A{i}", date=start + timedelta(days=day), shift=code)
        for i, row in enumerate(rows)
        for day, code in enumerate(row)
        if code != "-"
    )


def turn(day: int, agent: int, duty: str = "reminder", stores: tuple[str, ...] = ()) -> DutyTurn:
    date = MONDAY + timedelta(days=day)
    return DutyTurn(date=date, duty=duty, agent_id=f"A{agent}", stores=stores)


def cell(
    day: int = 0, hour: int = 9, required: float = 2, supplied: float = 1, **fields: Any
) -> CoverageCell:
    where = {"store": "S1", "skill": "sale"} | fields
    return CoverageCell(
        date=MONDAY + timedelta(days=day),
        start=hour * 60,
        required=Decimal(str(required)),
        supplied=Decimal(str(supplied)),
        shortage=max(Decimal(0), Decimal(str(required)) - Decimal(str(supplied))),
        **where,
    )


def result(roster: Roster, **fields: Any) -> Result:
    """Return a feasible result with a score of 120 points."""
    score = Score(
        objective=120.0,
        penalties={"shortage": 100.0, "requests": 20.0},
        coverage=roster.coverage,
        required_hours=sum((c.required for c in roster.coverage), Decimal(0)),
        shortage_hours=sum((c.shortage for c in roster.coverage), Decimal(0)),
    )
    parts: dict[str, Any] = {"status": "feasible", "roster": roster, "score": score, "bound": 90.0}
    return Result.model_validate(parts | fields)

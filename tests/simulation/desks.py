"""Small desks: one store, agents of some skills, a forecast that stays the same."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Any

from csshift.model.demand import ForecastCell
from csshift.model.horizon import Horizon
from csshift.model.people import Agent
from csshift.model.roster import AllocationShare, Assignment, Roster
from csshift.model.shifts import Shift
from csshift.model.skills import Skill
from csshift.problem import Problem

MONDAY = Date(2026, 3, 16)
ALL_DAY = "00:00-24:00"


def forecast(
    an_hour: float,
    skill: str = "hotline",
    days: int = 1,
    hours: range = range(24),
    store: str = "S1",
) -> tuple[ForecastCell, ...]:
    return tuple(
        ForecastCell(
            date=MONDAY + timedelta(days=day),
            start=60 * hour,
            store=store,
            skill=skill,
            inquiries=an_hour,
        )
        for day in range(days)
        for hour in hours
    )


def desk_problem(count: int, /, *skills: Skill, days: int = 1, **parts: Any) -> Problem:
    """Return a problem of like agents who can do everything, on one shift of 24 hours."""
    ability = {skill.name: 1 for skill in skills}
    usual: dict[str, Any] = {
        "horizon": Horizon(start=MONDAY, days=days),
        "agents": tuple(Agent(agent_id=f"A{i}", skills=ability) for i in range(count)),
        "shifts": (Shift.model_validate({"code": "D", "hours": ALL_DAY}),),
        "skills": skills,
    }
    return Problem(**{**usual, **parts})


def everybody(problem: Problem, *allocation: AllocationShare) -> Roster:
    """Return a roster on which everybody works the first shift on every day."""
    return Roster(
        assignments=tuple(
            Assignment(agent_id=agent.agent_id, date=date, shift=problem.shifts[0].code)
            for agent in problem.agents
            for date in problem.horizon.dates
        ),
        allocation=allocation,
    )


def shares(
    agent_id: str, skill: str, share: float, hours: range = range(24), store: str = "S1"
) -> list[AllocationShare]:
    return [
        AllocationShare(
            date=MONDAY,
            start=60 * hour,
            agent_id=agent_id,
            store=store,
            skill=skill,
            share=Decimal(str(share)),
        )
        for hour in hours
    ]

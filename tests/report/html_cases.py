"""A large problem with a roster made by hand, for the page: no solver runs."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from typing import Any

from csshift.model.notes import Note
from csshift.model.result import Result, TracePoint
from csshift.model.roster import AllocationShare, Assignment, CoverageCell, DutyTurn, Roster
from csshift.model.score import Finding, Score
from csshift.problem import Problem

START = Date(2026, 6, 1)
IMAGE = "<img src=x onerror=window.hacked=1>"
BREAKOUT = "</script><script>window.hacked=2</script>"
QUOTE = "\"'><svg onload=window.hacked=3>"
SHIFTS: list[dict[str, Any]] = [
    {"code": "早", "name": "早班", "hours": "08:00-17:00", "break_minutes": 60},
    {"code": "中", "name": "中班", "hours": "12:00-21:00", "break_minutes": 60},
    {"code": "晚", "name": BREAKOUT, "hours": "15:00-24:00", "break_minutes": 60},
    {"code": "夜", "name": "夜班", "hours": "22:00-30:00", "tags": ["night"]},
]
SKILLS = ("pre-sale", "after-sale", "hotline")
STORES = ("S1", "S2")
CYCLE = (0, 0, 1, 2, 2, None, None)
"""Shifts of seven days; each agent starts somewhere else in it."""


def problem(agents: int, days: int) -> Problem:
    """Return a problem with hostile names here and there."""
    horizon = {"start": START, "days": days}
    people = [_agent(i) for i in range(agents)]
    heads = max(1.0, agents / 12)
    requirements = [
        {"date": START + timedelta(days=day), "start": f"{hour:02d}:00", "store": store}
        | {"skill": skill, "heads": heads}
        for day in range(days)
        for hour in range(8, 24)
        for store in STORES
        for skill in SKILLS
    ]
    return Problem.model_validate(
        {
            "name": f"六月 {QUOTE}",
            "horizon": horizon,
            "agents": people,
            "shifts": SHIFTS,
            "requirements": requirements,
            "duties": [
                {"name": "payment-reminder", "skill": "pre-sale", "window": "10:00-20:00"},
                {"name": QUOTE, "skill": "after-sale", "window": "09:00-21:00"},
            ],
            "contracts": [{"name": "full", "overtime_after_hours_per_week": 40}],
            "requests": [{"agent_id": "A001", "date": START, "want": "off", "weight": 2}],
            "leave": [{"agent_id": "A002", "date": START, "kind": IMAGE}],
        }
    )


def _agent(i: int) -> dict[str, Any]:
    names = {0: IMAGE, 3: BREAKOUT}
    skills = {SKILLS[i % 3]: 1, SKILLS[(i + 1) % 3]: "0.7"}
    team = "夜组" if i % 10 == 9 else ("一组", "二组", QUOTE)[i % 3]
    stores = ((), ("S1",), ("S1", "S2"))[i % 3]
    person = {"agent_id": f"A{i:03d}", "name": names.get(i, f"员工{i}"), "team": team}
    return person | {"skills": skills, "stores": stores, "contract": "full"}


def result(problem: Problem) -> Result:
    """Return a feasible result of that problem, judged by nobody."""
    roster = Roster(
        assignments=_assignments(problem), duties=_turns(problem), allocation=_shares(problem)
    )
    cells = _coverage(problem)
    score = Score(
        objective=250.0,
        penalties={"shortage": 200.0, "requests": 50.0},
        violations=(
            Finding(rule=IMAGE, agent_id="A001", date=START + timedelta(days=1), text=QUOTE),
        ),
        coverage=cells,
        required_hours=sum((cell.required for cell in cells), Decimal(0)),
        shortage_hours=sum((cell.shortage for cell in cells), Decimal(0)),
    )
    trace = (
        TracePoint(seconds=1, objective=900, bound=100),
        TracePoint(seconds=5, objective=250, bound=200),
    )
    return Result(
        status="feasible",
        roster=roster,
        score=score,
        bound=200.0,
        seconds=12.5,
        seed=7,
        versions={"csshift": "0.1"},
        trace=trace,
        notes=(Note(code="hostile", text=BREAKOUT),),
    )


def worked(i: int, day: int) -> str | None:
    """Return the code of the shift that agent i works on a day of the horizon."""
    position = CYCLE[(day + i) % 7]
    away = i == 2 and day == 0
    if position is None or away:
        return None
    return "夜" if i % 10 == 9 else str(SHIFTS[position]["code"])


def _assignments(problem: Problem) -> tuple[Assignment, ...]:
    return tuple(
        Assignment(agent_id=agent.agent_id, date=date, shift=code)
        for i, agent in enumerate(problem.agents)
        for day, date in enumerate(problem.horizon.dates)
        if (code := worked(i, day)) is not None
    )


def _turns(problem: Problem) -> tuple[DutyTurn, ...]:
    found = []
    for duty in problem.duties:
        for day, date in enumerate(problem.horizon.dates[:-1]):
            able = [
                agent.agent_id
                for i, agent in enumerate(problem.agents)
                if duty.skill in agent.skills and worked(i, day) in {"早", "中"}
            ]
            holder = able[day % len(able)]
            found.append(DutyTurn(date=date, duty=duty.name, agent_id=holder))
    return tuple(found)


def _shares(problem: Problem) -> tuple[AllocationShare, ...]:
    hours = {shift.code: shift.hours[0] for shift in problem.shifts}
    return tuple(
        AllocationShare(
            date=date, start=start, agent_id=agent.agent_id, store="S1", skill=skill, share=half
        )
        for i, agent in enumerate(problem.agents)
        for day, date in enumerate(problem.horizon.dates)
        if (code := worked(i, day)) is not None
        for start in range(hours[code].start, min(hours[code].end, 1440), 60)
        for skill, half in zip(agent.skills, (Decimal("0.5"), Decimal("0.25")), strict=True)
    )


def _coverage(problem: Problem) -> tuple[CoverageCell, ...]:
    cells = []
    for i, cell in enumerate(problem.requirements):
        short = Decimal(i % 5) / 10 if i % 7 == 0 else Decimal(0)
        cells.append(
            CoverageCell(
                date=cell.date,
                start=cell.start,
                store=cell.store,
                skill=cell.skill,
                required=cell.heads,
                supplied=cell.heads - short,
                shortage=short,
            )
        )
    return tuple(cells)

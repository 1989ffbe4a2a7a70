"""Build a problem in Python, without files, and solve it.

python examples/02_build_in_python.py
"""

from __future__ import annotations

from datetime import date, timedelta

import csshift

MONDAY = date(2026, 3, 16)

# Three agents: the number after a skill is the pace, 1 being the usual one.
agents = (
    csshift.Agent(agent_id="chen", skills={"pre-sale": 1, "payment-reminder": 1}),
    csshift.Agent(agent_id="wang", skills={"pre-sale": 1.1}),
    csshift.Agent(agent_id="liu", skills={"pre-sale": 0.9, "payment-reminder": 1}),
)

# Hours may be text; a shift past midnight would end at 26:00.
shifts = (
    csshift.Shift(code="E", hours="08:00-17:00", break_minutes=60),
    csshift.Shift(code="L", hours="13:00-22:00", break_minutes=60),
)

# Heads that are known go into requirements; inquiries would go into forecast.
requirements = tuple(
    csshift.RequirementCell(
        date=MONDAY + timedelta(days=day),
        start=hour * 60,  # minutes from midnight, or "09:00"
        store="S1",
        skill="pre-sale",
        heads=1.2 if hour in (14, 15, 16) else 0.6,
    )
    for day in range(7)
    for hour in range(9, 21)
)

# A rule is named by its kind; a number as severity makes it soft.
problem = csshift.Problem(
    name="Three agents",
    horizon=csshift.Horizon(start=MONDAY, days=7),
    agents=agents,
    shifts=shifts,
    requirements=requirements,
    rules=(
        {"kind": "min-rest", "hours": 11},
        {"kind": "min-days-off", "days": 1, "per": "week"},
        {"kind": "min-days-off", "days": 2, "per": "week", "severity": 50},
    ),
    duties=(
        csshift.Duty(
            name="payment-reminder",
            skill="payment-reminder",
            window="10:00-16:00",
            share=0.25,
        ),
    ),
    requests=(csshift.Request(agent_id="wang", date=MONDAY, want="off"),),
)

result = csshift.solve(problem, time_limit=4, seed=1)
if result.roster is None:
    raise SystemExit(result.status)

# Rows are agents, columns are days: the sheet that hangs on the wall.
frame = result.roster.to_frame()
print(frame.pivot(index="agent_id", columns="date", values="shift").fillna("").to_string())
print(f"\n{result.status}, objective {result.objective:,.1f}, bound {result.bound:,.1f}")
print(result.score.penalties if result.score else {})

# The problem as JSON, and back, without loss.
again = csshift.Problem.model_validate_json(problem.model_dump_json())
print("the same after a trip through JSON:", again == problem)

"""Random small shops, each by its seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import csshift
from csshift.demand.heads import full_load
from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Contract
from csshift.model.shifts import Shift
from csshift.model.skills import Skill

MONDAY = date(2026, 3, 16)
DAYS = 7
SKILLS = (
    Skill(name="pre-sale", channel="chat", shrinkage=0.1),
    Skill(
        name="after-sale",
        channel="chat",
        reply_seconds=15,
        customer_gap_seconds=45,
        replies_per_session=12,
        mean_response_seconds=40,
        shrinkage=0.1,
    ),
    Skill(name="hotline", handle_seconds=240, patience_seconds=240, shrinkage=0.05),
)
DAY_SHIFTS = {"E": "08:30-17:30", "M": "11:00-20:00", "L": "14:00-23:00"}
NIGHT_SHIFT = {"N": "22:30-32:00"}
OPENS, CLOSES = 9, 23
WEEK = 40.0
"""Hours of an agent."""
PEAKS = ((11, 2.0, 1.0), (20, 2.5, 1.4))
"""Hour, width in hours and height of the bumps in a day's inquiries."""


def random_shop(seed: int, days: int = DAYS) -> csshift.Problem:
    """Draw a shop."""
    random = Random(seed)
    size = random.randint(3, 15)
    stores = [f"S{i + 1}" for i in range(random.randint(1, 6))]
    skills = random.sample(SKILLS, random.randint(1, min(3, size // 3)))
    nights = size >= 6 and random.random() < 0.4
    hours = DAY_SHIFTS | (NIGHT_SHIFT if nights else {})
    horizon = Horizon(start=MONDAY, days=days)
    problem = csshift.Problem(
        name=f"shop {seed}",
        horizon=horizon,
        agents=_agents(random, size, stores, [skill.name for skill in skills]),
        shifts=tuple(
            Shift.model_validate(
                {
                    "code": code,
                    "hours": span,
                    "break_minutes": 60,
                    "tags": ["night"] * (code == "N"),
                }
            )
            for code, span in hours.items()
        ),
        skills=tuple(skills),
        contracts=(Contract(name="full-time", max_hours_per_week=44),),
        labour="standard",
        forecast=_forecast(random, horizon, stores, skills, size, nights=nights),
    )
    wanted = random.uniform(0.6, 1.2) * size * WEEK * days / 7
    return _with_heads(problem, wanted)


def _with_heads(problem: csshift.Problem, wanted: float) -> csshift.Problem:
    """Return the problem with fewer inquiries, until they ask for so many head-hours, or half."""
    for _ in range(12):
        asked = float(Instance(problem).demand.heads.sum()) / 100
        if asked <= wanted:
            break
        forecast = [
            cell.model_copy(update={"inquiries": round(cell.inquiries * 0.8, 3)})
            for cell in problem.forecast
        ]
        problem = problem.with_(forecast=tuple(forecast))
    return problem


def _agents(
    random: Random, size: int, stores: Sequence[str], skills: Sequence[str]
) -> tuple[Agent, ...]:
    structure = random.choices(("all", "some", "halves"), (0.6, 0.25, 0.15))[0]
    half = max(1, len(stores) // 2)
    specialists = random.random() < 0.4
    agents = []
    for i in range(size):
        served: Sequence[str] = ()
        if structure == "some" and i >= 2 and random.random() < 0.3:
            served = random.sample(stores, random.randint(1, len(stores)))
        elif structure == "halves" and len(stores) > 1:
            served = stores[:half] if i % 2 else stores[half:]
        known = [skills[i // 2 % len(skills)]] if specialists else list(skills)
        pace = {name: random.choice(("1", "1", "1", "0.9", "1.1")) for name in known}
        agents.append(
            Agent.model_validate(
                {
                    "agent_id": f"A{i + 1:02d}",
                    "stores": tuple(served),
                    "skills": pace,
                    "contract": "full-time",
                }
            )
        )
    return tuple(agents)


def _forecast(
    random: Random,
    horizon: Horizon,
    stores: Sequence[str],
    skills: Sequence[Skill],
    size: int,
    *,
    nights: bool,
) -> tuple[ForecastCell, ...]:
    """Draw inquiries that would keep 30 to 75 % of the team's hours busy."""
    busy = random.uniform(0.3, 0.75) * size * WEEK / len(skills)
    shares = [random.uniform(0.2, 1.0) for _ in stores]
    curve = [_at(hour, nights=nights) for hour in range(24)]
    cells = []
    for skill in skills:
        week = busy * full_load(skill, 60)
        for store, share in zip(stores, shares, strict=True):
            for day in range(horizon.days):
                ups = random.uniform(0.85, 1.15)
                for hour, level in enumerate(curve):
                    inquiries = week / 7 * share / sum(shares) * ups * level / sum(curve)
                    if inquiries:
                        cells.append(
                            ForecastCell(
                                date=horizon.start + timedelta(days=day),
                                start=60 * hour,
                                store=store,
                                skill=skill.name,
                                inquiries=round(inquiries, 3),
                            )
                        )
    return tuple(cells)


def _at(hour: int, *, nights: bool) -> float:
    if not OPENS <= hour < CLOSES:
        return 0.03 if nights else 0.0
    return 0.3 + sum(
        height * math.exp(-(((hour + 0.5 - peak) / width) ** 2)) for peak, width, height in PEAKS
    )

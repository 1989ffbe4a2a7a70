"""Random tiny problems whose fields stand at the limits of their ranges, alone and together."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

WEIGHTS = ("0", "0.001", "0.5", "1", "999999.999", "1000000")
PRICES = WEIGHTS[1:]
EFFICIENCIES = ("0.001", "0.333", "0.999", "1", "1.001", "99.999", "100")
HOURS = (
    "00:00-24:00",
    "23:59-47:59",
    "09:00-12:00+18:00-23:00",
    "07:07-15:13",
    "00:00-00:01",
    "22:00-30:00",
    "08:00-16:00",
)
HEADS = ("0", "0.01", "0.33", "0.5", "1", "2", "99999.99", "100000")
CALENDAR = ("1900-01-01", "2026-03-16", "2026-12-29", "2999-12-30")
SKILLS = ("pre-sale", "zz", "payment-reminder", "hotline")
CONTRACT_HOURS = (None, "0", "0.001", "7.999", "40", "10000")


def extreme_fields(seed: int) -> dict[str, Any]:
    """Return the fields of a problem; some are not accepted together."""
    random = Random(f"extremes {seed}")
    start = random.choice(CALENDAR)
    days = random.choice((1, 1, 2, 3, 5))
    interval = random.choice((15, 30, 60, 60))
    dates = _dates(start, days)
    agents = [_agent(random, i) for i in range(random.randint(1, 4))]
    shifts = [_shift(random, i) for i in range(random.randint(1, 4))]
    codes = [shift["code"] for shift in shifts]
    return {
        "horizon": {"start": start, "days": days, "interval_minutes": interval},
        "agents": agents,
        "shifts": shifts,
        "skills": _skills(random),
        "contracts": [_contract(random)],
        "rules": [_rule(random, codes) for _ in range(random.randint(0, 4))],
        "duties": [_duty(random, i) for i in range(random.choice((0, 0, 1, 2)))],
        "requirements": _cells(random, dates, interval),
        "requests": _requests(random, dates, agents, codes),
        "history": _history(random, start, agents, codes),
        "weights": _weights(random),
    }


def _dates(start: str, days: int) -> list[str]:
    from datetime import date

    return [str(date.fromisoformat(start) + timedelta(days=i)) for i in range(days)]


def _agent(random: Random, number: int) -> dict[str, Any]:
    skills = random.sample(SKILLS, random.randint(1, 3))
    return {
        "agent_id": f"a{number}",
        "skills": {skill: random.choice(EFFICIENCIES) for skill in skills},
        "stores": random.choice(((), (), ("S1",))),
        "contract": random.choice((None, "c")),
        "tags": random.choice(((), ("t",))),
    }


def _shift(random: Random, number: int) -> dict[str, Any]:
    hours = random.choice(HOURS)
    length = {"00:00-00:01": 1, "07:07-15:13": 486, "00:00-24:00": 1440, "23:59-47:59": 1440}
    most = length.get(hours, 480)
    rest = random.choice((0, 0, 7, 50, most - 1))
    return {"code": f"s{number}", "hours": hours, "break_minutes": min(rest, most - 1)}


def _skills(random: Random) -> list[dict[str, Any]]:
    return [
        {"name": "zz", "shortage_weight": random.choice(PRICES)},
        {"name": "pre-sale", "shortage_weight": random.choice(("1", *PRICES))},
    ]


def _contract(random: Random) -> dict[str, Any]:
    return {
        "name": "c",
        "max_hours_per_week": random.choice(CONTRACT_HOURS),
        "overtime_after_hours_per_week": random.choice(CONTRACT_HOURS),
        "cost_per_hour": random.choice(WEIGHTS),
        "overtime_cost_per_hour": random.choice((None, *WEIGHTS)),
    }


def _rule(random: Random, codes: list[str]) -> dict[str, Any]:
    some = random.choice(codes)
    per = random.choice(("week", "month", "horizon", "rolling-7-days"))
    count = random.choice((0, 1, 10_000, 1_000_000))
    kinds: tuple[dict[str, Any], ...] = (
        {"kind": "min-on-site", "tags": ["t"], "hours": "09:00-23:00", "count": count or 1},
        {"kind": "min-on-site", "tags": ["t"], "hours": "00:00-24:00"},
        {"kind": "seats", "count": count},
        {"kind": "max-hours", "hours": random.choice((0, "0.001", 8, 10_000)), "per": per},
        {"kind": "min-hours", "hours": random.choice((0, "0.001", 8, 10_000)), "per": per},
        {"kind": "max-shifts", "count": count, "per": per},
        {"kind": "min-shifts", "count": count, "per": per},
        {"kind": "min-rest", "hours": random.choice((0, "0.001", 11, 168))},
        {"kind": "max-consecutive-days", "days": random.choice((1, 10_000))},
        {"kind": "min-consecutive-days-off", "days": random.choice((1, 10_000))},
        {"kind": "min-consecutive-shifts", "count": random.choice((1, 10_000)), "shifts": [some]},
        {"kind": "max-weekends", "count": count},
        {"kind": "complete-weekends"},
        {"kind": "forbidden-sequence", "shifts": [some, random.choice(codes)]},
        {
            "kind": "shift-cover",
            "cover": [
                {
                    "shifts": [some],
                    "heads": count,
                    "under": random.choice(PRICES),
                    "over": random.choice(WEIGHTS),
                }
            ],
        },
    )
    return {**random.choice(kinds), "severity": random.choice(("hard", *PRICES, "1000000"))}


def _duty(random: Random, number: int) -> dict[str, Any]:
    return {
        "name": f"d{number}",
        "skill": random.choice(("payment-reminder", "pre-sale")),
        "window": random.choice(("10:00-21:30", "23:00-30:00", "00:00-00:01", "09:30-10:10")),
        "count": random.choice((1, 1, 2, 1000)),
        "share": random.choice(("0", "0.001", "0.333", "0.5", "0.999", "1")),
        "max_per_week": random.choice((None, 0, 1)),
    }


def _cells(random: Random, dates: list[str], interval: int) -> list[dict[str, Any]]:
    found = {}
    for _ in range(random.randint(0, 8)):
        minutes = random.randrange(0, 1440, interval)
        if random.random() < 0.6:
            minutes = random.choice((9, 10, 12, 14)) * 60
        cell = {
            "date": random.choice(dates),
            "start": f"{minutes // 60:02d}:{minutes % 60:02d}",
            "store": random.choice(("S1", "S1", "S2")),
            "skill": random.choice(SKILLS[:2] + SKILLS[3:]),
        }
        found[tuple(cell.values())] = {**cell, "heads": random.choice(HEADS)}
    return list(found.values())


def _requests(
    random: Random, dates: list[str], agents: list[dict[str, Any]], codes: list[str]
) -> list[dict[str, Any]]:
    return [
        {
            "agent_id": agent["agent_id"],
            "date": random.choice(dates),
            "want": random.choice(("work", "off")),
            "shift": random.choice((None, *codes)),
            "weight": random.choice(PRICES),
        }
        for agent in agents
        if random.random() < 0.4
    ]


def _history(
    random: Random, start: str, agents: list[dict[str, Any]], codes: list[str]
) -> list[dict[str, Any]]:
    from datetime import date

    before = str(date.fromisoformat(start) - timedelta(days=1))
    return [
        {"agent_id": agent["agent_id"], "date": before, "shift": random.choice(codes)}
        for agent in agents
        if random.random() < 0.25
    ]


def _weights(random: Random) -> dict[str, str]:
    names = (
        "duty_unfilled",
        "shortage",
        "deep_shortage",
        "overtime",
        "request",
        "duty_fairness",
        "surplus",
    )
    many = random.choice((0, 1, 2, 7))
    chosen = {name: random.choice(WEIGHTS) for name in random.sample(names, many)}
    share = random.choice((None, "0", "0.001", "0.5", "1"))
    return chosen if share is None else {**chosen, "deep_shortage_share": share}


def large_fields(**weights: str) -> dict[str, Any]:
    """Return the fields of a problem of 600 agents and 28 days, with weights replaced.

    `shortage_weight` is that of a skill, `severity` that of a rule, `request_weight` that of
    the requests, `cost_per_hour` that of a contract.
    """
    random = Random("large")
    dates = _dates("2026-03-02", 28)
    names = ("shortage_weight", "severity", "request_weight", "cost_per_hour")
    own = {name: weights.pop(name) for name in names if name in weights}
    agents = [
        {
            "agent_id": f"a{i}",
            "skills": {"pre-sale": random.choice(("0.6", "1", "1.25")), "payment-reminder": 1},
            "contract": "c",
            "tags": ("t",) if i % 20 == 0 else (),
        }
        for i in range(600)
    ]
    return {
        "horizon": {"start": dates[0], "days": len(dates)},
        "agents": agents,
        "shifts": [
            {"code": "E", "hours": "08:00-17:00", "break_minutes": 60},
            {"code": "L", "hours": "14:00-23:00", "break_minutes": 50},
        ],
        "skills": [{"name": "pre-sale", "shortage_weight": own.get("shortage_weight", 1)}],
        "contracts": [
            {
                "name": "c",
                "overtime_after_hours_per_week": 40,
                "cost_per_hour": own.get("cost_per_hour", 0),
            }
        ],
        "rules": [
            {
                "kind": "min-on-site",
                "tags": ["t"],
                "hours": "08:00-23:00",
                "severity": own.get("severity", 10),
            }
        ],
        "duties": [{"name": "d", "skill": "payment-reminder", "window": "10:00-21:30"}],
        "requirements": [
            {
                "date": date,
                "start": f"{hour:02d}:00",
                "store": "S1",
                "skill": "pre-sale",
                "heads": random.randint(5000, 30000) / 100,
            }
            for date in dates
            for hour in range(8, 23)
        ],
        "requests": [
            {
                "agent_id": agent["agent_id"],
                "date": random.choice(dates),
                "want": "off",
                "weight": own.get("request_weight", 1),
            }
            for agent in agents
        ],
        "weights": weights,
    }

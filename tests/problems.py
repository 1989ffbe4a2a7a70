"""Small problems: one to vary by hand, and random ones of every kind of content."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from csshift.model.availability import Availability
from csshift.model.demand import RequirementCell
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Contract, Leave, Pin, Request
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.model.shifts import Shift
from csshift.model.weights import Weights
from csshift.problem import Problem

MONDAY = Date(2026, 3, 16)
DAY = timedelta(days=1)

HOURS = (
    "08:00-17:00",
    "14:00-23:00",
    "22:00-30:00",
    "09:00-12:00+18:00-23:00",
    "10:00-14:30",
    "16:00-26:00",
    "00:00-08:00",
)
PARTS = ("00:00-06:00", "12:00-18:00", "14:00-24:00", "22:00-26:00")
BREAKS = (0, 0, 30, 60)
EFFICIENCIES = ("0.6", "0.8", "1", "1", "1.1", "1.25")
SKILLS = ("pre-sale", "after-sale", "payment-reminder")
WINDOWS = ("10:00-14:00", "09:00-21:30", "20:00-22:00", "12:30-18:00", "18:00-24:00")


def agent(agent_id: str, **fields: Any) -> Agent:
    return Agent(agent_id=agent_id, **{"skills": {"pre-sale": 1}, **fields})


def shift(code: str, hours: str, break_minutes: int = 0, tags: str = "") -> Shift:
    return Shift.model_validate(
        {"code": code, "hours": hours, "break_minutes": break_minutes, "tags": tags.split()}
    )


def cell(
    start: str, heads: str | float, store: str = "S1", skill: str = "pre-sale", day: int = 0
) -> RequirementCell:
    date = MONDAY + day * DAY
    return RequirementCell.model_validate(
        {"date": date, "start": start, "store": store, "skill": skill, "heads": heads}
    )


def small(**parts: Any) -> Problem:
    """Return a problem of two agents, one day shift and three days, with parts replaced."""
    usual = {
        "horizon": Horizon(start=MONDAY, days=3),
        "agents": (agent("a"), agent("b")),
        "shifts": (shift("D", "08:00-16:00"),),
        "requirements": tuple(cell("10:00", 1, day=day) for day in range(3)),
    }
    return Problem(**{**usual, **parts})


def works(agent_id: str, day: int, code: str = "D") -> Assignment:
    return Assignment(agent_id=agent_id, date=MONDAY + day * DAY, shift=code)


def turn(agent_id: str, day: int, duty: str = "remind", stores: tuple[str, ...] = ()) -> DutyTurn:
    return DutyTurn(date=MONDAY + day * DAY, duty=duty, stores=stores, agent_id=agent_id)


def roster(*entries: Assignment | DutyTurn) -> Roster:
    """Return a roster of assignments and duty turns, without an hourly plan."""
    return Roster(
        assignments=tuple(entry for entry in entries if isinstance(entry, Assignment)),
        duties=tuple(entry for entry in entries if isinstance(entry, DutyTurn)),
    )


def random_problem(
    random: Random, agents: int, days: int, shifts: int, slots_a_day: int = 3
) -> Problem:
    """Draw a problem with a bit of everything that a problem can hold."""
    start = MONDAY + random.randint(0, 13) * DAY
    horizon = Horizon(start=start, days=days, interval_minutes=random.choice((60, 60, 60, 30)))
    types = _shifts(random, shifts)
    contracts = _contracts(random) if random.random() < 0.5 else ()
    stores = ("S1", "S2")[: random.randint(1, 2)]
    people = _agents(random, agents, stores, contracts)
    duties = _duties(random, stores) if random.random() < 0.5 else ()
    history = _history(random, people, types, start) if random.random() < 0.4 else ()
    parts = {
        "horizon": horizon,
        "agents": people,
        "shifts": types,
        "stores": stores,
        "contracts": contracts,
        "requirements": _requirements(random, horizon, stores, slots_a_day),
        "rules": tuple(_rule(random, types) for _ in range(random.randint(0, 4))),
        "duties": duties,
        "history": history,
        "history_duties": _history_duties(random, duties, history),
        "weights": _weights(random),
        **_days(random, horizon, people, types),
    }
    return Problem(**parts | _terms(random, parts))


def _terms(random: Random, parts: dict[str, Any]) -> dict[str, Any]:
    """Draw what people can work and are owed, and the days of duties."""
    terms: dict[str, Any] = {}
    if random.random() < 0.4:
        pinned = {pin.agent_id for pin in parts["pins"]}
        free = [person for person in parts["agents"] if person.agent_id not in pinned]
        rows = (_availability(random, person, parts["shifts"]) for person in free)
        terms["availability"] = tuple(row for row in rows if random.random() < 0.6)
    if parts["contracts"] and random.random() < 0.5:
        per = random.choice(("target_hours_per_week", "target_hours_per_month"))
        hours = random.choice((7, "12.5", 20, 60))
        full, other = parts["contracts"]
        terms["contracts"] = (full.model_copy(update={per: Decimal(hours)}), other)
    if random.random() < 0.3:
        days = random.choice((("monday", "wednesday", "saturday"), ("sunday",)))
        terms["duties"] = tuple(
            duty.model_copy(update={"weekdays": days}) for duty in parts["duties"]
        )
    return terms


def _availability(random: Random, person: Agent, types: tuple[Shift, ...]) -> Availability:
    fields = random.choice(
        (
            {"works": "only", "weekdays": "Mon-Thu"},
            {"works": "only", "hours": random.choice(("until 24:00", "from 08:00"))},
            {"works": "only", "shifts": (types[0].code,)},
            {"works": "never", "weekdays": random.choice(("Tue", "Sat-Sun"))},
            {"works": "never", "hours": "22:00-24:00", "weekdays": "Mon-Wed"},
            {"works": "never", "shifts": (types[-1].code,), "weekdays": "Fri"},
        )
    )
    weight = random.choice((None, None, 1, "2.5"))
    return Availability.model_validate({"agent_id": person.agent_id, "weight": weight, **fields})


def _shifts(random: Random, count: int) -> tuple[Shift, ...]:
    chosen = random.sample(HOURS, count)
    tags = ("", "night", "late night")
    return tuple(
        shift("ABC"[i], hours, random.choice(BREAKS), random.choice(tags))
        for i, hours in enumerate(chosen)
    )


def _contracts(random: Random) -> tuple[Contract, ...]:
    return (
        Contract(
            name="full",
            max_hours_per_week=random.choice((None, 8, 16, 30)),
            overtime_after_hours_per_week=random.choice((None, 7, 12, 24)),
            cost_per_hour=random.choice((0, 0, "1.5")),
            overtime_cost_per_hour=random.choice((None, None, 25)),
        ),
        Contract(name="open", cost_per_hour=random.choice((0, 1))),
    )


def _agents(
    random: Random, count: int, stores: tuple[str, ...], contracts: tuple[Contract, ...]
) -> tuple[Agent, ...]:
    people = []
    for i in range(count):
        skills = random.sample(SKILLS, random.randint(1, 3))
        people.append(
            Agent(
                agent_id=f"a{i}",
                skills={name: random.choice(EFFICIENCIES) for name in sorted(skills)},
                stores=(random.choice(stores),) if random.random() < 0.3 else (),
                contract=random.choice((None, *(c.name for c in contracts))),
                # Rules may name the tag, so that somebody has it.
                tags=("senior",) if random.random() < 0.4 or i == 0 else (),
            )
        )
    return tuple(people)


def _requirements(
    random: Random, horizon: Horizon, stores: tuple[str, ...], slots_a_day: int
) -> tuple[RequirementCell, ...]:
    cells = []
    for date in horizon.dates:
        for slot in random.sample(range(horizon.intervals_per_day), slots_a_day):
            for store in stores:
                for skill in random.sample(SKILLS[:2], random.randint(1, 2)):
                    heads = Decimal(random.randint(1, 250)) / 100
                    start = slot * horizon.interval_minutes
                    cells.append(
                        RequirementCell(
                            date=date, start=start, store=store, skill=skill, heads=heads
                        )
                    )
    # Its own chance, so that the rest of the problem stays as it is.
    own = Random(f"next day {horizon.start} {cells[0].heads}")
    if own.random() < 0.3:
        date = horizon.end + DAY
        chosen = own.sample([cell for cell in cells if cell.date == horizon.start], 2)
        cells += [cell.model_copy(update={"date": date}) for cell in chosen]
    return tuple(cells)


def _rule(random: Random, types: tuple[Shift, ...]) -> dict[str, Any]:
    codes = [entry.code for entry in types]
    some = random.choice(codes)
    per = random.choice(("week", "horizon", "rolling-7-days", "month"))
    fields = random.choice(
        (
            {"kind": "min-rest", "hours": random.choice((8, 11, 16))},
            {"kind": "max-consecutive-days", "days": random.randint(1, 4)},
            {"kind": "min-consecutive-days", "days": 2},
            {"kind": "min-consecutive-days-off", "days": 2},
            {"kind": "min-days-off", "days": random.randint(1, 2), "per": per},
            {"kind": "max-hours", "hours": random.choice((8, 15.5, 24)), "per": per},
            {"kind": "min-hours", "hours": random.choice((4, 7.5, 12)), "per": per},
            {"kind": "max-shifts", "count": random.randint(0, 3), "per": per},
            {"kind": "max-shifts", "count": 1, "per": per, "shifts": [some]},
            {"kind": "min-shifts", "count": random.randint(1, 2), "per": per},
            {"kind": "min-shifts", "count": 1, "per": "horizon", "shifts": [some]},
            {"kind": "max-weekends", "count": random.randint(0, 1)},
            {"kind": "complete-weekends"},
            {"kind": "forbidden-shifts", "shifts": [some]},
            {"kind": "forbidden-sequence", "shifts": [random.choice(codes), some]},
            {"kind": "max-consecutive-shifts", "count": 1, "shifts": [some]},
            {"kind": "min-consecutive-shifts", "count": 2, "shifts": [some]},
            {"kind": "seats", "count": random.randint(1, 3)},
            {"kind": "min-on-site", "tags": ["senior"], "hours": "12:00-16:00"},
            {
                "kind": "shift-cover",
                "cover": [{"shifts": [some], "heads": random.randint(0, 2), "over": "0.5"}],
            },
        )
    )
    severity = random.choice(("hard", "hard", Decimal("0.5"), 6, 40))
    chosen = random.choice((None, None, {"tags": ["senior"]}, {"ids": ["a0"]}))
    return {**fields, "severity": severity, "agents": chosen}


def _duties(random: Random, stores: tuple[str, ...]) -> tuple[Duty, ...]:
    grouped = len(stores) > 1 and random.random() < 0.4
    return (
        Duty(
            name="remind",
            skill="payment-reminder",
            window=random.choice(WINDOWS),
            count=random.choice((1, 1, 1, 2)) if not grouped else 1,
            stores=tuple((store,) for store in stores) if grouped else (),
            share=random.choice(("0.5", "1", "0.25")),
            max_per_week=random.choice((None, 1, 2)),
        ),
    )


def _weights(random: Random) -> Weights:
    if random.random() < 0.6:
        return Weights()
    return Weights(
        duty_unfilled=random.choice((0, 15)),
        shortage=10,
        deep_shortage=random.choice((0, 7)),
        deep_shortage_share=random.choice(("0.25", "0.8")),
        overtime=3,
        duty_fairness=random.choice((0, 2)),
        surplus=random.choice((0, 1)),
    )


def _history(
    random: Random, people: tuple[Agent, ...], types: tuple[Shift, ...], start: Date
) -> tuple[Assignment, ...]:
    back = random.randint(1, 4)
    return tuple(
        Assignment(
            agent_id=person.agent_id, date=start - day * DAY, shift=random.choice(types).code
        )
        for person in people
        for day in range(1, back + 1)
        if random.random() < 0.5
    )


def _history_duties(
    random: Random, duties: tuple[Duty, ...], history: tuple[Assignment, ...]
) -> tuple[DutyTurn, ...]:
    return tuple(
        DutyTurn(
            date=entry.date,
            duty=duty.name,
            stores=random.choice(duty.groups),
            agent_id=entry.agent_id,
        )
        for duty in duties
        for entry in history
        if random.random() < 0.3
    )


def _days(
    random: Random, horizon: Horizon, people: tuple[Agent, ...], types: tuple[Shift, ...]
) -> dict[str, Any]:
    """Draw leave, requests and pins that do not contradict one another."""
    leave, requests, pins = [], [], []
    for person in people:
        for date in (horizon.start - DAY, *horizon.dates, horizon.end + DAY):
            kind = random.random()
            if kind < 0.08:
                hours = random.choice((None, None, *PARTS))
                leave.append(Leave(agent_id=person.agent_id, date=date, hours=hours))
            elif date not in horizon:
                continue
            elif kind < 0.14:
                code = random.choice((None, *(entry.code for entry in types)))
                pins.append(Pin(agent_id=person.agent_id, date=date, shift=code))
            elif kind < 0.3:
                requests.append(
                    Request(
                        agent_id=person.agent_id,
                        date=date,
                        want=random.choice(("work", "off")),
                        shift=random.choice((None, random.choice(types).code)),
                        weight=random.choice((1, "2.5")),
                    )
                )
    kept = [pin for pin in pins if not _contradicted(pin, leave, pins, types)]
    return {"leave": tuple(leave), "requests": tuple(requests), "pins": tuple(kept)}


def _contradicted(pin: Pin, leave: list[Leave], pins: list[Pin], types: tuple[Shift, ...]) -> bool:
    """Return whether a pinned shift touches leave or a pinned day off."""
    off = [row for row in pins if row.shift is None and row.agent_id == pin.agent_id]
    away = [Leave(agent_id=row.agent_id, date=row.date) for row in off]
    away += [row for row in leave if row.agent_id == pin.agent_id]
    pinned = [entry for entry in types if entry.code == pin.shift]
    return any(row.overlap(entry, pin.date) for entry in pinned for row in away)

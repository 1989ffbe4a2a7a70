"""A seeded generator of fixed-slot instances.

There are a few slots more than shifts that the team can work, leave taken off: rest, hours and
skills decide which of them stay empty. Every shift has eight paid hours.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Literal

from benchmarks.slots.instance import SlotAgent, SlotInstance, SlotShift, SlotWish

LOAD = 1.03
"""Slots, as a part of the shifts that weekly hours and leave allow the team."""

WEEK_MINUTES = {"full-time": 40 * 60, "part-time": 24 * 60}
SHIFTS_A_WEEK = {"full-time": 5, "part-time": 3}
PART_TIME = 0.15

# The first skill of a group is the one its agents are counted for.
GROUPS = (
    ("pre-sale", "after-sale"),
    ("after-sale",),
    ("hotline", "after-sale"),
    ("pre-sale",),
    ("hotline", "pre-sale"),
)

# Start, end, unpaid minutes, and the part of a skill's slots.
TIMES = {
    "E": (6 * 60 + 30, 15 * 60, 30),
    "D": (9 * 60, 18 * 60, 60),
    "L": (15 * 60, 24 * 60, 60),
    "N": (22 * 60, 30 * 60 + 30, 30),
}
PARTS = {
    "pre-sale": {"E": 0.22, "D": 0.3, "L": 0.33, "N": 0.15},
    "after-sale": {"E": 0.35, "D": 0.4, "L": 0.25},
    "hotline": {"E": 0.26, "D": 0.32, "L": 0.27, "N": 0.15},
}
WEEKDAYS = (1.05, 1.0, 0.97, 0.97, 1.0, 1.06, 0.95)
NOISE = 0.15

LEAVE_STARTS = 1 / 75
OFF, OFF_SHIFT, WORK, WORK_SHIFT = 0.06, 0.02, 0.02, 0.02


def make_instance(agents: int, days: int = 28, variant: int = 1) -> SlotInstance:
    """Return an instance; equal arguments give equal instances."""
    chance = random.Random(f"slots {agents} {days} {variant}")
    team = tuple(_agent(number, chance) for number in range(agents))
    leave = frozenset(_leave(team, days, chance))
    shifts = tuple(
        SlotShift(f"{letter}-{skill}", skill, *TIMES[letter])
        for skill, parts in PARTS.items()
        for letter in parts
    )
    return SlotInstance(
        days=days,
        shifts=shifts,
        agents=team,
        slots=_slots(team, leave, days, chance),
        leave=leave,
        wishes=tuple(_wishes(team, leave, shifts, days, chance)),
    )


def _agent(number: int, chance: random.Random) -> SlotAgent:
    contract = "part-time" if chance.random() < PART_TIME else "full-time"
    skills = GROUPS[number % len(GROUPS)]
    return SlotAgent(f"A{number + 1:03d}", skills, contract, WEEK_MINUTES[contract])


def _leave(
    team: tuple[SlotAgent, ...], days: int, chance: random.Random
) -> Iterator[tuple[str, int]]:
    """Yield leave of one to four days, about one day in thirty."""
    for agent in team:
        day = 0
        while day < days:
            if chance.random() < LEAVE_STARTS:
                length = chance.randint(1, 4)
                yield from ((agent.name, away) for away in range(day, min(days, day + length)))
                day += length
            day += 1


def _slots(
    team: tuple[SlotAgent, ...], leave: frozenset[tuple[str, int]], days: int, chance: random.Random
) -> dict[tuple[int, str], int]:
    slots = {}
    for skill, parts in PARTS.items():
        members = (agent for agent in team if agent.skills[0] == skill)
        a_day = LOAD * sum(_shifts(agent, leave, days) for agent in members) / days
        for letter, part in parts.items():
            owed = chance.random()
            for day in range(days):
                # What rounding takes from a day it gives to a later one.
                owed += a_day * part * WEEKDAYS[day % 7] * (1 + chance.uniform(-NOISE, NOISE))
                if owed >= 1:
                    slots[day, f"{letter}-{skill}"] = int(owed)
                    owed -= int(owed)
    return slots


def _shifts(agent: SlotAgent, leave: frozenset[tuple[str, int]], days: int) -> int:
    """Return how many shifts the agent can work."""
    weeks = (range(first, min(first + 7, days)) for first in range(0, days, 7))
    free = (sum((agent.name, day) not in leave for day in week) for week in weeks)
    return sum(min(SHIFTS_A_WEEK[agent.contract], number) for number in free)


def _wishes(
    team: tuple[SlotAgent, ...],
    leave: frozenset[tuple[str, int]],
    shifts: tuple[SlotShift, ...],
    days: int,
    chance: random.Random,
) -> Iterator[SlotWish]:
    for agent in team:
        own = [shift.code for shift in shifts if shift.skill in agent.skills]
        for day in range(days):
            drawn, weight, code = chance.random(), chance.randint(1, 3), chance.choice(own)
            kind = _kind(drawn)
            if kind is not None and (agent.name, day) not in leave:
                want, named = kind
                yield SlotWish(agent.name, day, want, code if named else "", weight)


def _kind(drawn: float) -> tuple[Literal["work", "off"], bool] | None:
    """Return what is wished, and whether for a certain shift."""
    if drawn < OFF:
        return "off", False
    if drawn < OFF + OFF_SHIFT:
        return "off", True
    if drawn < OFF + OFF_SHIFT + WORK:
        return "work", False
    return ("work", True) if drawn < OFF + OFF_SHIFT + WORK + WORK_SHIFT else None

"""Hourly coverage: a seeded generator of problem folders.

A service team with four skills and seven shifts, one of them a night past midnight; leave,
wishes, 11 hours of rest, weekly hours with overtime, a day off in every seven days. The demand
for each skill is in proportion to what the team can do in its regular hours, so that at every
size overtime is needed and, even if people could be divided, a little is missing.

Everything comes in whole hours and heads: shifts begin on the hour, an agent at work is one head
in any of the own skills. Two additions to a name make it harder, for the relaxation, in which
people can be divided, is then below what rosters can reach:

- ``-duty``: payment reminders are no demand by the hour but a daily duty, one holder for every
  sixty agents, which takes half of the holder's time;
- ``-mixed``: members have paces of their own and weaker second skills, there are breaks, half
  hours, and demand in hundredths of heads.

With several stores, as in ``2000x28x20``, every store has demand of its own, and an agent serves
one to three of them.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.case import BenchmarkError, Case
from benchmarks.scenarios import FolderCase

MONDAY = date(2026, 3, 2)
NAME = r"([1-9]\d{0,3})(?:x([1-9]\d{0,2})(?:x([1-9]\d?))?)?(?:-(\d{1,9}))?(-duty)?(-mixed)?"
SIZES = ("30", "120", "300", "600")
TIME_LIMITS = {30: 30.0, 120: 60.0, 300: 120.0}
LARGE_TIME_LIMIT = 300.0

LOAD = 1.05
"""Heads required, as a part of the team's regular hours at the pace of each one's main skill."""

SETTINGS = """\
name = "{agents} agents, {days} days, variant {variant}"

[horizon]
start = {start}
days = {days}
interval_minutes = 60

[contracts.full-time]
max_hours_per_week = 48
overtime_after_hours_per_week = 40

[contracts.part-time]
max_hours_per_week = 32
overtime_after_hours_per_week = 24

[[rules]]
kind = "min-rest"
hours = 11

[[rules]]
kind = "min-days-off"
days = 1
per = "rolling-7-days"
"""

NOVICES = """
[[rules]]
kind = "forbidden-shifts"
shifts = ["N"]
agents = { tags = ["new"] }
"""

DUTY = """
[[duties]]
name = "payment-reminder"
skill = "payment-reminder"
window = "10:00-22:00"
count = {holders}
share = 0.5
max_per_week = 2
"""

WHOLE_SHIFTS = (
    ("E", "early", "06:00-14:00", 0, "day"),
    ("D", "day", "08:00-16:00", 0, "day"),
    ("M", "middle", "10:00-18:00", 0, "day"),
    ("A", "afternoon", "13:00-21:00", 0, "late"),
    ("L", "late", "16:00-24:00", 0, "late"),
    ("S", "split", "09:00-13:00+18:00-22:00", 0, "split"),
    ("N", "night", "22:00-30:00", 0, "night"),
)
MIXED_SHIFTS = (
    ("E", "early", "06:30-15:00", 30, "day"),
    ("D", "day", "08:30-17:30", 60, "day"),
    ("M", "middle", "10:30-19:30", 60, "day"),
    ("A", "afternoon", "13:00-21:30", 30, "late"),
    ("L", "late", "15:00-24:00", 60, "late"),
    ("S", "split", "09:00-13:00+18:30-22:30", 0, "split"),
    ("N", "night", "22:00-30:30", 30, "night"),
)
MOST_STORES = 3
REGULAR_HOURS = {"full-time": 40, "part-time": 24}

# The first skill of a group is the one its agents are counted for.
GROUPS = {
    "P": {"pre-sale": 1.0, "after-sale": 0.7, "payment-reminder": 1.0},
    "A": {"after-sale": 1.0, "pre-sale": 0.7, "hotline": 0.6},
    "H": {"hotline": 1.0, "after-sale": 0.8, "pre-sale": 0.6},
    "X": {"hotline": 0.9, "pre-sale": 0.9, "after-sale": 0.9, "payment-reminder": 0.9},
}
PATTERN = "PAHXPPAPPAHPPAXPPAHX"
MIXED_PACES = (1.0, 1.0, 1.0, 1.1, 0.8)
NEW = 0.8

# Demand by hour of the day, in arbitrary units.
DAY_PROFILES = {
    "pre-sale": "16 10 8 7 7 7 10 18 34 52 64 66 58 55 60 64 60 54 52 62 74 70 44 26",
    "after-sale": "0 0 0 0 0 0 0 0 40 60 70 68 52 54 66 70 66 56 44 44 44 38 24 12",
    "hotline": "0 0 0 0 0 0 0 0 44 62 70 66 52 56 68 70 62 50 42 40 38 32 20 10",
    "payment-reminder": "0 0 0 0 0 0 0 0 0 0 16 24 22 20 24 26 24 20 18 22 26 22 0 0",
}
REMINDER_SHARE = 0.15
"""Payment reminders take this part of the hours of those counted for pre-sale."""

PROFILES = {skill: tuple(map(int, text.split())) for skill, text in DAY_PROFILES.items()}
WEEKDAYS = (1.03, 1.0, 0.98, 0.98, 1.0, 1.02, 0.99)
FIRST_HOUR = 7
PROMOTION = {9: 1.25, 10: 1.15}
NOISE = 0.06


def cases(names: Iterable[str], out: Path, suite: str = "hourly") -> list[Case]:
    """Return generated instances; their folders are written below `out`.

    Parameters
    ----------
    names : iterable of str
        ``AGENTS``, ``AGENTSxDAYS`` or ``AGENTSxDAYSxSTORES``, and after it, in this order, any of
        ``-VARIANT``, ``-duty`` and ``-mixed``: ``120``, ``12x7``, ``2000x28x20``,
        ``120-2-duty-mixed``. Days are 28, stores 1 and the variant is 1 unless they are given.
    """
    found: list[Case] = []
    for name in list(names) or SIZES:
        parts = re.fullmatch(NAME, name)
        if parts is None:
            raise BenchmarkError(
                f"{name!r} is no instance; write 120, 12x7, 2000x28x20, 120-2, 120-duty or "
                "120-mixed"
            )
        agents, days, stores, variant = (
            int(part or usual)
            for part, usual in zip(parts.groups()[:4], (0, 28, 1, 1), strict=True)
        )
        if stores > agents:
            raise BenchmarkError(f"{name!r} has more stores than agents")
        folder = out / "problems" / f"hourly-{name}"
        duty, mixed = (part is not None for part in parts.groups()[4:])
        write_folder(folder, agents, days, variant, stores=stores, duty=duty, mixed=mixed)
        limit = TIME_LIMITS.get(agents, LARGE_TIME_LIMIT if agents > 300 else 60.0)
        found.append(FolderCase(suite, f"hourly-{name}", folder, limit))
    return found


def write_folder(
    folder: Path,
    agents: int,
    days: int = 28,
    variant: int = 1,
    *,
    stores: int = 1,
    duty: bool = False,
    mixed: bool = False,
) -> None:
    """Write a problem folder; equal arguments give equal files."""
    chance = random.Random(f"hourly {agents} {days} {variant}")
    team = [_Member(number, chance, mixed=mixed) for number in range(agents)]
    if stores > 1:
        _assign_stores(team, stores, random.Random(f"stores {agents} {stores} {variant}"))
    leave = list(_leave(team, days, chance))
    folder.mkdir(parents=True, exist_ok=True)
    settings = SETTINGS.format(agents=agents, days=days, variant=variant, start=MONDAY)
    if any(member.pace == NEW for member in team):
        settings += NOVICES
    if duty:
        settings += DUTY.format(holders=max(1, agents // 60))
    (folder / "problem.toml").write_text(settings, encoding="utf-8")
    tables = {
        "shifts": ("code,name,hours,break_minutes,tags", MIXED_SHIFTS if mixed else WHOLE_SHIFTS),
        "agents": ("agent_id,skills,contract,tags", [_agent_row(member) for member in team]),
        "leave": ("agent_id,date,kind", leave),
        "requests": ("agent_id,date,want,shift,weight", _requests(team, leave, days, chance)),
        "requirements": (
            "date,start,store,skill,heads",
            _requirements(team, days, chance, duty=duty, mixed=mixed),
        ),
    }
    if stores > 1:
        served = [(*_agent_row(member), _stores_cell(member)) for member in team]
        tables["agents"] = ("agent_id,skills,contract,tags,stores", served)
    for name, (header, rows) in tables.items():
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
        (folder / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")


class _Member:
    """An agent of the team."""

    def __init__(self, number: int, chance: random.Random, *, mixed: bool) -> None:
        self.agent_id = f"A{number + 1:03d}"
        self.mixed = mixed
        self.pace = chance.choice(MIXED_PACES) if mixed else 1.0
        self.contract = "part-time" if chance.random() < 0.15 else "full-time"
        self.skills = GROUPS[PATTERN[number % len(PATTERN)]]
        self.stores: tuple[int, ...] = (1,)
        """Stores that the agent serves; the first is the one the agent is counted for."""

    def efficiency(self, skill: str) -> float:
        return round(self.skills[skill] * self.pace, 2) if self.mixed else 1.0


def _assign_stores(team: list[_Member], stores: int, chance: random.Random) -> None:
    """Give every agent a main store and up to two others; equal groups for every main store."""
    for number, member in enumerate(team):
        main = number // len(PATTERN) % stores + 1
        others = [store for store in range(1, stores + 1) if store != main]
        count = min(chance.randint(0, MOST_STORES - 1), len(others))
        member.stores = (main, *sorted(chance.sample(others, count)))


def _stores_cell(member: _Member) -> str:
    return "|".join(f"S{store}" for store in member.stores)


def _agent_row(member: _Member) -> tuple[str, str, str, str]:
    skills = ";".join(f"{skill}:{member.efficiency(skill)}" for skill in member.skills)
    return member.agent_id, skills, member.contract, "new" if member.pace == NEW else ""


def _leave(team: list[_Member], days: int, chance: random.Random) -> Iterator[tuple[str, ...]]:
    """Yield leave of one to four days, about one day in thirty."""
    for member in team:
        day = 0
        while day < days:
            if chance.random() < 1 / 75:
                length = chance.randint(1, 4)
                for away in range(day, min(days, day + length)):
                    yield member.agent_id, _date(away), "annual"
                day += length
            day += 1


def _date(day: int) -> str:
    return (MONDAY + timedelta(days=day)).isoformat()


def _requests(
    team: list[_Member], leave: list[tuple[str, ...]], days: int, chance: random.Random
) -> Iterator[tuple[str, str, str, str, int]]:
    away = {row[:2] for row in leave}
    for member in team:
        for day in range(days):
            drawn = chance.random()
            weight = chance.randint(1, 3)
            shift = chance.choice(WHOLE_SHIFTS)[0]  # the codes are the same in both
            if (member.agent_id, _date(day)) in away:
                continue
            if drawn < 0.07:
                yield member.agent_id, _date(day), "off", "", weight
            elif drawn < 0.10:
                yield member.agent_id, _date(day), "work", shift, weight


def _requirements(
    team: list[_Member], days: int, chance: random.Random, *, duty: bool, mixed: bool
) -> Iterator[tuple[str, str, str, str, str]]:
    hours = _weekly_hours(team, duty=duty)
    for day in range(days):
        # A night before the horizon is not known, so that its hours ask for nobody.
        for hour in range(0 if day else FIRST_HOUR, 24):
            for (store, skill), needed in hours.items():
                profile = PROFILES[skill]
                level = LOAD * needed / 7 * profile[hour] / sum(profile)
                level *= WEEKDAYS[day % 7] * PROMOTION.get(day, 1.0)
                level *= 1 + chance.uniform(-NOISE, NOISE)
                heads = f"{level:.2f}" if mixed else str(round(level))
                if float(heads):
                    yield _date(day), f"{hour:02d}:00", f"S{store}", skill, heads


def _weekly_hours(team: list[_Member], *, duty: bool) -> dict[tuple[int, str], float]:
    """Return the regular hours a week of the agents counted for a store and a skill."""
    hours: dict[tuple[int, str], float] = {}
    for store in sorted({member.stores[0] for member in team}):
        own = dict.fromkeys(PROFILES, 0.0)  # payment-reminder is nobody's main skill
        for member in team:
            if member.stores[0] == store:
                main = next(iter(member.skills))
                own[main] += REGULAR_HOURS[member.contract] * member.efficiency(main)
        if duty:
            del own["payment-reminder"]
        else:
            own["payment-reminder"] = REMINDER_SHARE * own["pre-sale"]
            own["pre-sale"] -= own["payment-reminder"]
        hours.update({(store, skill): needed for skill, needed in own.items()})
    return hours

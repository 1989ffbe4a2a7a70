"""INRC-II (Second International Nurse Rostering Competition), static form, as ordinary problems.

A nurse works a shift in one skill: each pair of a shift and a skill is a shift of its own, with
the shift as its tag, by which the rules on runs and successions name it. Soft constraints are
soft rules, named as in `inrc2_cost`. Nothing in csshift knows these instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.case import BenchmarkError, Case
from benchmarks.curtois import MONDAY, ONLY_WISHES
from benchmarks.inrc2_cost import (
    COMPLETE,
    CONSECUTIVE,
    COVER,
    DAYS_OFF,
    PREFERENCES,
    SHIFT_WEIGHT,
    TOTAL,
    WEEKENDS,
    WEIGHTS,
    WORK_WEIGHT,
    broken,
    costs,
)
from benchmarks.inrc2_format import (
    Instance,
    Need,
    Nurse,
    Roster,
    read_instance,
    split_name,
    write_solution,
)
from csshift import Agent, Assignment, Problem, Request, Result, Rule, Shift, Skill
from csshift.model.horizon import Horizon
from csshift.rules.base import Selector
from csshift.rules.cover import ShiftCover, ShiftNeed
from csshift.rules.days import (
    ForbiddenShifts,
    MaxConsecutiveDays,
    MaxConsecutiveDaysOff,
    MaxConsecutiveShifts,
)
from csshift.rules.hours import MaxShifts, MinShifts
from csshift.rules.runs import MinConsecutiveDays, MinConsecutiveDaysOff, MinConsecutiveShifts
from csshift.rules.selector import AgentFilter
from csshift.rules.sequences import ForbiddenSequence
from csshift.rules.weekends import CompleteWeekends, MaxWeekends

TIME_LIMIT = 600.0
SHIFT_HOURS = 8 * 60
"""The format knows no times of day: every shift lasts from midnight to eight."""

# Proven optimal: Legrain, Omer and Rosat (2020), https://doi.org/10.1007/s12532-019-00172-4.
BEST_KNOWN = {
    "n030w4_1_6-2-9-1": 1670,
    "n030w4_1_6-7-5-3": 1815,
    "n060w4_1_6-1-1-5": 2450,
    "n060w4_1_9-6-3-8": 2675,
    "n100w4_0_1-1-0-8": 1170,
    "n100w4_2_0-6-4-6": 1780,
}

INSTANCES = tuple(BEST_KNOWN)
"""What is run when no instance is named."""


class InrcCase(Case):
    """One instance of the competition.

    Parameters
    ----------
    name : str
        Scenario, history and weeks, such as ``n005w4_0_1-2-3-3``.
    folder : Path
        Holds a folder for each scenario.
    """

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__("inrc2", name, TIME_LIMIT, BEST_KNOWN.get(name))
        try:
            scenario, history, weeks = split_name(name)
            self.instance = read_instance(folder / scenario, history, weeks)
        except FileNotFoundError as error:
            raise BenchmarkError(f"{name}: no file {error.filename}") from error
        except ValueError as error:
            raise BenchmarkError(f"{name}: {error}") from error

    def problem(self) -> Problem:
        """Return the instance as a problem."""
        return build_problem(self.instance, self.name)

    def write(self, result: Result, problem: Problem, folder: Path) -> None:
        """Write a solution file a week once the instance's own terms confirm the objective."""
        if result.roster is None:
            return
        roster = nurse_roster(self.instance, problem, result.roster.shifts())
        faults = list(broken(self.instance, roster))
        own = sum(costs(self.instance, roster).values())
        if faults or own != result.objective:
            said = f"{self.name}: csshift says {result.objective}, the instance says {own}"
            raise BenchmarkError("; ".join([said, *faults[:5]]))
        write_solution(self.instance, roster, folder)


def cases(names: Iterable[str], data: Path) -> list[Case]:
    """Return the instances named, such as ``n030w4_1_6-2-9-1``; `INSTANCES` when none is.

    Parameters
    ----------
    data : Path
        Holds a folder for each scenario, itself or in ``inrc2``, ``data/inrc2``.
    """
    places = (data / "inrc2", data / "data" / "inrc2", data)
    folder = next((place for place in places if any(place.glob("*/Sc-*.txt"))), None)
    if folder is None:
        raise BenchmarkError(f"no */Sc-*.txt in {data}; benchmarks/README.md says where from")
    return [InrcCase(name, folder) for name in tuple(names) or INSTANCES]


def code_of(shift: str, skill: str) -> str:
    """Return the code of a shift worked in a skill."""
    return f"{shift}/{skill}"


def nurse_roster(
    instance: Instance, problem: Problem, shifts: dict[tuple[str, date], str]
) -> Roster:
    """Return shift codes by nurse and date as the instance's own roster."""
    pairs = {code_of(shift, skill): (shift, skill) for shift, skill in _pairs(instance)}
    index = problem.horizon.index
    return {(name, index(day)): pairs[code] for (name, day), code in shifts.items()}


def build_problem(instance: Instance, name: str = "") -> Problem:
    """Return an instance as a problem whose objective is that of the instance."""
    return Problem(
        name=name,
        horizon=Horizon(start=MONDAY, days=instance.days),
        skills=tuple(Skill(name=skill) for skill in instance.skills),
        agents=tuple(
            Agent(agent_id=nurse.name, skills=dict.fromkeys(nurse.skills, Decimal(1)))
            for nurse in instance.nurses
        ),
        shifts=tuple(
            Shift(code=code_of(shift, skill), hours=((0, SHIFT_HOURS),), tags=(shift, skill))
            for shift, skill in _pairs(instance)
        ),
        rules=tuple(_rules(instance)),
        requests=tuple(_requests(instance)),
        history=tuple(_history(instance)),
        weights=ONLY_WISHES,
    )


def _pairs(instance: Instance) -> list[tuple[str, str]]:
    return [(shift, skill) for shift in instance.shifts for skill in instance.skills]


def _date(day: int) -> date:
    return MONDAY + timedelta(days=day)


def _rules(instance: Instance) -> Iterator[Rule]:
    for skill in instance.skills:
        if any(skill not in nurse.skills for nurse in instance.nurses):
            others = Selector(exclude=AgentFilter(skills=(skill,)))
            codes = tuple(code_of(shift, skill) for shift in instance.shifts)
            yield ForbiddenShifts(shifts=codes, agents=others)
    for shift, blocked in instance.blocked.items():
        if blocked:
            after = "|".join(f"tag:{other}" for other in sorted(blocked))
            yield ForbiddenSequence(shifts=(f"tag:{shift}", after))
    least = tuple(_needs(instance, lambda need: need.least))
    best = tuple(_needs(instance, lambda need: need.best))
    if least:
        yield ShiftCover(cover=least)
    if best:
        yield ShiftCover(cover=best, **_soft(COVER))
    for shift, limits in instance.shifts.items():
        words, price = (f"tag:{shift}",), _soft(CONSECUTIVE, SHIFT_WEIGHT)
        yield MinConsecutiveShifts(count=limits.least, shifts=words, **price)
        yield MaxConsecutiveShifts(count=limits.most, shifts=words, **price)
    yield from _rules_of_contracts(instance)


def _rules_of_contracts(instance: Instance) -> Iterator[Rule]:
    for name, contract in instance.contracts.items():
        members = [nurse for nurse in instance.nurses if nurse.contract == name]
        if not members:
            continue
        who = _those(instance, members)
        work, off = _soft(CONSECUTIVE, WORK_WEIGHT), _soft(DAYS_OFF)
        yield MinConsecutiveDays(days=contract.work.least, agents=who, **work)
        yield MaxConsecutiveDays(days=contract.work.most, agents=who, **work)
        yield MinConsecutiveDaysOff(days=contract.off.least, agents=who, **off)
        yield MaxConsecutiveDaysOff(days=contract.off.most, agents=who, **off)
        if contract.complete:
            yield CompleteWeekends(agents=who, **_soft(COMPLETE))
        for before in sorted({nurse.past.total for nurse in members}):
            who = _those(instance, [nurse for nurse in members if nurse.past.total == before])
            least, most = (max(0, n - before) for n in (contract.total.least, contract.total.most))
            yield MinShifts(count=least, per="horizon", agents=who, **_soft(TOTAL))
            yield MaxShifts(count=most, per="horizon", agents=who, **_soft(TOTAL))
        for before in sorted({nurse.past.weekends for nurse in members}):
            who = _those(instance, [nurse for nurse in members if nurse.past.weekends == before])
            most = max(0, contract.weekends - before)
            yield MaxWeekends(count=most, agents=who, **_soft(WEEKENDS))


def _those(instance: Instance, nurses: list[Nurse]) -> Selector | None:
    if len(nurses) == len(instance.nurses):
        return None
    return Selector(ids=tuple(nurse.name for nurse in nurses))


def _soft(name: str, weight: int | None = None) -> dict[str, Any]:
    """Return the name and the severity of a soft rule."""
    return {"name": name, "severity": Decimal(weight or WEIGHTS[name])}


def _needs(instance: Instance, heads: Callable[[Need], int]) -> Iterator[ShiftNeed]:
    """Yield the cover, days with equal figures together."""
    days: dict[tuple[str, int], list[date]] = {}
    for need in instance.needs:
        if heads(need):
            key = code_of(need.shift, need.skill), heads(need)
            days.setdefault(key, []).append(_date(need.day))
    for (code, count), dates in days.items():
        yield ShiftNeed(shifts=(code,), heads=count, dates=tuple(dates))


def _requests(instance: Instance) -> Iterator[Request]:
    weight = Decimal(WEIGHTS[PREFERENCES])
    skills = {nurse.name: nurse.skills for nurse in instance.nurses}
    for name, day, shift in instance.days_off:
        fields = {"agent_id": name, "date": _date(day), "want": "off", "weight": weight}
        codes = [None] if shift is None else [code_of(shift, skill) for skill in skills[name]]
        for code in codes:
            yield Request.model_validate(fields | {"shift": code})


def _history(instance: Instance) -> Iterator[Assignment]:
    """Yield days before the horizon that end in the runs of the history.

    A shift before the run gives it a known beginning. Runs that ended by then are not judged.
    """
    for nurse in instance.nurses:
        past, skill = nurse.past, nurse.skills[0]
        last = past.shift or next(iter(instance.shifts))
        other = next((shift for shift in instance.shifts if shift != last), last)
        days = [*range(-past.work, 0), -past.work - 2] if past.shift else [-past.off - 1]
        for day in sorted(days):
            shift = last if day >= -past.same else other
            yield Assignment(nurse.name, _date(day), code_of(shift, skill))

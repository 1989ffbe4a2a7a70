"""The Shift Scheduling Benchmark (Curtois and Qu): its instances as ordinary problems.

Everything is said in csshift's own terms: limits are rules, days off are pins, wishes are
requests, cover is the rule `shift-cover`. Nothing in csshift knows these instances.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import partial
from operator import attrgetter
from pathlib import Path

from benchmarks.case import BenchmarkError, Case
from benchmarks.instance_format import (
    Employee,
    Instance,
    ShiftType,
    Wish,
    broken,
    cost,
    read_instance,
)
from csshift import Agent, Pin, Problem, Request, Result, Rule, Shift, Weights
from csshift.model.horizon import Horizon
from csshift.model.people import Hours
from csshift.rules.base import Selector
from csshift.rules.cover import ShiftCover, ShiftNeed
from csshift.rules.days import MaxConsecutiveDays
from csshift.rules.hours import MaxHours, MaxShifts, MinHours
from csshift.rules.runs import MinConsecutiveDays, MinConsecutiveDaysOff
from csshift.rules.sequences import ForbiddenSequence
from csshift.rules.weekends import MaxWeekends

MONDAY = date(2024, 1, 1)
TIME_LIMIT = 600.0

# https://schedulingbenchmarks.org: the best known objective of instances 1 to 24.
OBJECTIVES = (
    "607 828 1001 1716 1143 1950 1056 1300 439 4631 3443 4040 1348 1278 3828 3225 5746 4459 "
    "3149 4769 21133 30241 17285 40439"
)
BEST_KNOWN = dict(enumerate(map(int, OBJECTIVES.split()), start=1))

# Wishes and the cover's own weights are all that counts.
ONLY_WISHES = Weights(
    duty_unfilled=Decimal(0),
    shortage=Decimal(0),
    deep_shortage=Decimal(0),
    overtime=Decimal(0),
    request=Decimal(1),
    duty_fairness=Decimal(0),
    surplus=Decimal(0),
)


class CurtoisCase(Case):
    """One instance of the benchmark."""

    def __init__(self, path: Path) -> None:
        number = path.stem.removeprefix("Instance")
        known = BEST_KNOWN.get(int(number)) if number.isdigit() else None
        super().__init__("curtois", path.stem, TIME_LIMIT, known)
        try:
            self.instance = read_instance(path)
        except ValueError as error:
            raise BenchmarkError(f"{path.name}: {error}") from error

    def problem(self) -> Problem:
        """Return the instance as a problem."""
        return build_problem(self.instance, self.name)

    def write(self, result: Result, problem: Problem, folder: Path) -> None:
        """Write ``solution.csv`` once the instance's own terms confirm the objective."""
        if result.roster is None:
            return
        roster = {
            (entry.agent_id, problem.horizon.index(entry.date)): entry.shift
            for entry in result.roster.assignments
        }
        faults = list(broken(self.instance, roster))
        own = cost(self.instance, roster)
        if faults or own != result.objective:
            said = f"{self.name}: csshift says {result.objective}, the instance says {own}"
            raise BenchmarkError("; ".join([said, *faults[:5]]))
        folder.mkdir(parents=True, exist_ok=True)
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["employee", "day", "shift"])
        writer.writerows((name, day, code) for (name, day), code in roster.items())
        (folder / "solution.csv").write_text(text.getvalue(), encoding="utf-8")


def cases(names: Iterable[str], data: Path) -> list[Case]:
    """Return the instances named, such as ``8`` or ``Instance8``; all that are there when none is.

    Parameters
    ----------
    data : Path
        Holds ``InstanceN.txt``, itself or in ``curtois``, ``data/curtois``.
    """
    places = (data / "curtois", data / "data" / "curtois", data)
    folder = next((place for place in places if any(place.glob("Instance*.txt"))), None)
    if folder is None:
        raise BenchmarkError(f"no Instance*.txt in {data}; benchmarks/README.md says where from")
    wanted = [f"Instance{name.removeprefix('Instance')}.txt" for name in names]
    paths = [folder / name for name in wanted] or sorted(folder.glob("Instance*.txt"), key=_number)
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise BenchmarkError(f"{', '.join(missing)} not in {folder}")
    return [CurtoisCase(path) for path in paths]


def _number(path: Path) -> tuple[int, str]:
    digits = path.stem.removeprefix("Instance")
    return (int(digits) if digits.isdigit() else 0, path.stem)


def build_problem(instance: Instance, name: str = "") -> Problem:
    """Return an instance as a problem whose objective is that of the instance."""
    return Problem(
        name=name,
        horizon=Horizon(start=MONDAY, days=instance.days),
        agents=tuple(
            Agent(agent_id=person.name, skills={"hotline": Decimal(1)}) for person in instance.staff
        ),
        shifts=tuple(_shift(instance, shift) for shift in instance.shifts),
        rules=tuple(_rules(instance)),
        requests=(*_requests(instance.on, "work"), *_requests(instance.off, "off")),
        pins=tuple(
            Pin(agent_id=person, date=_date(day)) for person, day in sorted(instance.days_off)
        ),
        weights=ONLY_WISHES,
    )


def _date(day: int) -> date:
    return MONDAY + timedelta(days=day)


def _shift(instance: Instance, shift: ShiftType) -> Shift:
    """Return a shift from midnight on: lengths are given, times of day are not.

    It is tagged with the sets of shifts that may not come next to which it leads, or in which
    it stands.
    """
    tags = []
    for i, blocked in enumerate(_blocked_sets(instance)):
        if shift.blocked == blocked:
            tags.append(f"before-{i}")
        if shift.code in blocked:
            tags.append(f"not-after-{i}")
    return Shift(code=shift.code, hours=((0, shift.minutes),), tags=tuple(tags))


def _blocked_sets(instance: Instance) -> list[frozenset[str]]:
    return list(dict.fromkeys(shift.blocked for shift in instance.shifts if shift.blocked))


def _rules(instance: Instance) -> Iterator[Rule]:
    """Yield the limits; people with equal figures share a rule."""
    for i, _ in enumerate(_blocked_sets(instance)):
        yield ForbiddenSequence(shifts=(f"tag:before-{i}", f"tag:not-after-{i}"))
    yield from _limits_by_shift(instance)
    for limit, make in LIMITS.items():
        for value, who in _by(instance.staff, attrgetter(limit)):
            yield make(value, who)
    needs = tuple(_needs(instance))
    if needs:
        yield ShiftCover(cover=needs, severity=Decimal(1), name="cover")


LIMITS: dict[str, Callable[[int, Selector | None], Rule]] = {
    "max_minutes": lambda n, who: MaxHours(hours=exact_hours(n), per="horizon", agents=who),
    "min_minutes": lambda n, who: MinHours(hours=exact_hours(n), per="horizon", agents=who),
    "max_run": lambda n, who: MaxConsecutiveDays(days=n, agents=who),
    "min_run": lambda n, who: MinConsecutiveDays(days=n, agents=who),
    "min_off": lambda n, who: MinConsecutiveDaysOff(days=n, agents=who),
    "max_weekends": lambda n, who: MaxWeekends(count=n, agents=who),
}
"""The rule for each field of `Employee`."""


def _limits_by_shift(instance: Instance) -> Iterator[Rule]:
    for shift in instance.shifts:
        code = shift.code
        limit = partial(_most, code=code, days=instance.days)
        for count, who in _by(instance.staff, limit):
            yield MaxShifts(count=count, per="horizon", shifts=(code,), agents=who)


def _most(employee: Employee, code: str, days: int) -> int:
    return employee.max_shifts.get(code, days)


def _by(
    staff: tuple[Employee, ...], value: Callable[[Employee], int]
) -> Iterator[tuple[int, Selector | None]]:
    """Yield each value, and a selector of the people who have it; None for everybody."""
    people: dict[int, list[str]] = {}
    for person in staff:
        people.setdefault(value(person), []).append(person.name)
    for key, names in people.items():
        yield key, None if len(people) == 1 else Selector(ids=tuple(names))


def exact_hours(minutes: int) -> Hours:
    """Return hours that stand for just so many whole minutes.

    Hours have three decimals, and rules count the whole minutes in them: rounded up, any
    number of minutes comes back.
    """
    return (Decimal(minutes) / 60).quantize(Decimal("0.001"), ROUND_CEILING)


def _needs(instance: Instance) -> Iterator[ShiftNeed]:
    """Yield the cover, days with equal figures together."""
    days: dict[tuple[str, int, int, int], list[date]] = {}
    for cover in instance.cover:
        if cover.under or cover.over:
            key = cover.shift, cover.heads, cover.under, cover.over
            days.setdefault(key, []).append(_date(cover.day))
    for (code, heads, under, over), dates in days.items():
        yield ShiftNeed(
            shifts=(code,),
            heads=heads,
            dates=tuple(dates),
            under=Decimal(under),
            over=Decimal(over),
        )


def _requests(wishes: tuple[Wish, ...], want: str) -> Iterator[Request]:
    """Yield wishes as requests, equal ones as one with the sum of their weights."""
    weights: dict[tuple[str, int, str], int] = {}
    for wish in wishes:
        key = wish.employee, wish.day, wish.shift
        weights[key] = weights.get(key, 0) + wish.weight
    for (name, day, code), weight in weights.items():
        if weight:
            yield Request.model_validate(
                {
                    "agent_id": name,
                    "date": _date(day),
                    "want": want,
                    "shift": code,
                    "weight": weight,
                }
            )

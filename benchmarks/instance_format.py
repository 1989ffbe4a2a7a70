"""The file format of the Shift Scheduling Benchmark, and its own way to score a roster.

Instances and format: T. Curtois and R. Qu, Computational results on new staff scheduling
benchmark instances (2014), https://schedulingbenchmarks.org. Nothing here knows csshift.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path

SECTIONS = (
    "HORIZON",
    "SHIFTS",
    "STAFF",
    "DAYS_OFF",
    "SHIFT_ON_REQUESTS",
    "SHIFT_OFF_REQUESTS",
    "COVER",
)

WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,15})?(?:[eE][+-]?[0-9]{1,2})?")
LARGEST = 10**12

Roster = Mapping[tuple[str, int], str]
"""The shift of an employee on a day."""


@dataclass(frozen=True)
class ShiftType:
    """A shift: its length in minutes, and the shifts that may not follow on the next day."""

    code: str
    minutes: int
    blocked: frozenset[str]


@dataclass(frozen=True)
class Employee:
    """A person, and the limits of his or her roster.

    Parameters
    ----------
    max_shifts : dict of str to int
        By shift, over the horizon.
    max_minutes, min_minutes : int
        Over the horizon.
    max_run, min_run, min_off : int
        Days of work in a row at most and at least, and days off in a row at least; runs that
        touch the start or the end of the horizon are not too short.
    max_weekends : int
        Weekends with work on Saturday or Sunday.
    """

    name: str
    max_shifts: Mapping[str, int]
    max_minutes: int
    min_minutes: int
    max_run: int
    min_run: int
    min_off: int
    max_weekends: int


@dataclass(frozen=True)
class Wish:
    """A shift that an employee wants, or does not want, on a day, and what ignoring it costs."""

    employee: str
    day: int
    shift: str
    weight: int


@dataclass(frozen=True)
class Cover:
    """Heads on a shift on a day, and the cost of each one missing and each one too many."""

    day: int
    shift: str
    heads: int
    under: int
    over: int


@dataclass(frozen=True)
class Instance:
    """An instance; day 0 is a Monday."""

    days: int
    shifts: tuple[ShiftType, ...]
    staff: tuple[Employee, ...]
    days_off: frozenset[tuple[str, int]]
    on: tuple[Wish, ...]
    off: tuple[Wish, ...]
    cover: tuple[Cover, ...]


def read_instance(path: Path) -> Instance:
    """Return the instance in a file; see `parse_instance`."""
    return parse_instance(path.read_text(encoding="utf-8-sig"))


def parse_instance(text: str) -> Instance:
    """Return the instance that a text describes.

    Raises
    ------
    ValueError
        When it does not keep to the format; names the line.
    """
    sections: dict[str, list[tuple[int, list[str]]]] = {name: [] for name in SECTIONS}
    rows: list[tuple[int, list[str]]] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        if content.startswith("SECTION_"):
            name = content.removeprefix("SECTION_")
            if name not in sections:
                raise ValueError(f"line {number}: unknown section {content}")
            rows = sections[name]
        elif rows is None:
            raise ValueError(f"line {number}: stands before the first section")
        else:
            rows.append((number, [field.strip() for field in content.split(",")]))
    try:
        return _instance(sections)
    except _RowError as bad:
        raise ValueError(f"line {bad.number}: {bad.reason}") from None


class _RowError(Exception):
    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.number = number
        self.reason = reason


class _Row:
    """Reads the fields of a line one after the other."""

    def __init__(self, number: int, fields: list[str]) -> None:
        self.number = number
        self.fields = iter(fields)

    def text(self) -> str:
        value = next(self.fields, "")
        if not value:
            raise _RowError(self.number, "a field is missing")
        return value

    def integer(self) -> int:
        """Return a whole number from 0; published instances write ``-0``, programs ``5.0``."""
        value = self.text().strip()
        number = Decimal(value) if WHOLE_NUMBER.fullmatch(value) else None
        if number is None or not 0 <= number <= LARGEST or number != int(number):
            raise _RowError(self.number, f"{value[:40]!r} is not a whole number from 0")
        return int(number)

    def below(self, limit: int) -> int:
        value = self.integer()
        if value >= limit:
            raise _RowError(self.number, f"day {value} lies outside the horizon")
        return value

    def one_of(self, known: frozenset[str]) -> str:
        value = self.text()
        if value not in known:
            raise _RowError(self.number, f"{value!r} is not known")
        return value


def _instance(sections: Mapping[str, list[tuple[int, list[str]]]]) -> Instance:
    def rows(name: str) -> Iterator[_Row]:
        return (_Row(number, fields) for number, fields in sections[name])

    if len(sections["HORIZON"]) != 1 or not sections["SHIFTS"] or not sections["STAFF"]:
        raise ValueError("HORIZON holds one line, SHIFTS and STAFF one at least")
    days = next(rows("HORIZON")).integer()
    codes = frozenset(fields[0] for _, fields in sections["SHIFTS"])
    people = frozenset(fields[0] for _, fields in sections["STAFF"])

    def wishes(name: str) -> tuple[Wish, ...]:
        return tuple(
            Wish(row.one_of(people), row.below(days), row.one_of(codes), row.integer())
            for row in rows(name)
        )

    return Instance(
        days=days,
        shifts=tuple(_shift(row, codes) for row in rows("SHIFTS")),
        staff=tuple(_employee(row, codes) for row in rows("STAFF")),
        days_off=frozenset(
            (person, day)
            for row in rows("DAYS_OFF")
            for person in (row.one_of(people),)
            for day in _days(row, days)
        ),
        on=wishes("SHIFT_ON_REQUESTS"),
        off=wishes("SHIFT_OFF_REQUESTS"),
        cover=tuple(
            Cover(row.below(days), row.one_of(codes), row.integer(), row.integer(), row.integer())
            for row in rows("COVER")
        ),
    )


def _shift(row: _Row, codes: frozenset[str]) -> ShiftType:
    code, minutes = row.text(), row.integer()
    blocked = frozenset(filter(None, next(row.fields, "").split("|")))
    if not blocked <= codes:
        raise _RowError(row.number, f"{sorted(blocked - codes)[0]!r} is not a shift")
    return ShiftType(code, minutes, blocked)


def _employee(row: _Row, codes: frozenset[str]) -> Employee:
    name, limits = row.text(), {}
    for part in row.text().split("|"):
        code, _, count = part.partition("=")
        limits[_Row(row.number, [code]).one_of(codes)] = _Row(row.number, [count]).integer()
    return Employee(name, limits, *(row.integer() for _ in range(6)))


def _days(row: _Row, days: int) -> Iterator[int]:
    for text in row.fields:
        if text:
            yield _Row(row.number, [text]).below(days)


def cost(instance: Instance, roster: Roster) -> int:
    """Return the weights of broken wishes and of every head under or over."""
    total = sum(w.weight for w in instance.on if roster.get((w.employee, w.day)) != w.shift)
    total += sum(w.weight for w in instance.off if roster.get((w.employee, w.day)) == w.shift)
    heads: dict[tuple[int, str], int] = {}
    for (_, day), code in roster.items():
        heads[day, code] = heads.get((day, code), 0) + 1
    for need in instance.cover:
        got = heads.get((need.day, need.shift), 0)
        total += need.under * max(0, need.heads - got) + need.over * max(0, got - need.heads)
    return total


def broken(instance: Instance, roster: Roster) -> Iterator[str]:
    """Yield every hard limit that a roster breaks, in words."""
    for name, day in instance.days_off:
        if (name, day) in roster:
            yield f"{name} works on day {day}, a day off"
    for person in instance.staff:
        row = [roster.get((person.name, day)) for day in range(instance.days)]
        yield from (f"{person.name}: {text}" for text in _totals(instance, person, row))
        yield from (f"{person.name}: {text}" for text in _runs(person, row))


def _totals(instance: Instance, person: Employee, row: list[str | None]) -> Iterator[str]:
    shifts = {shift.code: shift for shift in instance.shifts}
    minutes = sum(shifts[code].minutes for code in row if code is not None)
    if not person.min_minutes <= minutes <= person.max_minutes:
        yield f"{minutes} minutes, not {person.min_minutes} to {person.max_minutes}"
    for code, most in person.max_shifts.items():
        if row.count(code) > most:
            yield f"{row.count(code)} shifts {code}, {most} at most"
    for day in range(1, instance.days):
        before, after = row[day - 1], row[day]
        if before is not None and after in shifts[before].blocked:
            yield f"{after} on day {day} follows {before}"
    weekends = sum(any(row[day : day + 2]) for day in range(5, instance.days, 7))
    if weekends > person.max_weekends:
        yield f"{weekends} weekends, {person.max_weekends} at most"


def _runs(person: Employee, row: list[str | None]) -> Iterator[str]:
    day = 0
    for works, group in groupby(code is not None for code in row):
        first, length = day, len(list(group))
        day += length
        inner = first > 0 and day < len(row)
        if works and length > person.max_run:
            yield f"{length} days of work from day {first}, {person.max_run} at most"
        if works and inner and length < person.min_run:
            yield f"{length} days of work from day {first}, {person.min_run} at least"
        if not works and inner and length < person.min_off:
            yield f"{length} days off from day {first}, {person.min_off} at least"

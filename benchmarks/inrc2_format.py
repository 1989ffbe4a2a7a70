"""The text format of the Second International Nurse Rostering Competition (INRC-II).

S. Ceschia, N. Dang Thi Thanh, P. De Causmaecker, S. Haspeslagh and A. Schaerf, The Second
International Nurse Rostering Competition (2015), arXiv:1501.04177. A scenario, the history of
its nurses and a file of data for each week make an instance. Nothing here knows csshift.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NO_SHIFT, ANY_SHIFT = "None", "Any"
LARGEST = 10_000

HEADINGS = frozenset(
    ["SCENARIO", "WEEKS", "SKILLS", "SHIFT_TYPES", "FORBIDDEN_SHIFT_TYPES_SUCCESSIONS", "CONTRACTS", "NURSES", "HISTORY", "NURSE_HISTORY", "WEEK_DATA", "REQUIREMENTS", "SHIFT_OFF_REQUESTS", "SOLUTION", "ASSIGNMENTS"]
)

REMARKS = ("Viol:", "Cost:", "Time:")
"""What programs of the organisers add below a solution."""

Roster = Mapping[tuple[str, int], tuple[str, str]]
"""The shift and the skill of a nurse on a day."""


@dataclass(frozen=True)
class Limits:
    """A minimum and a maximum."""

    least: int
    most: int


@dataclass(frozen=True)
class Contract:
    """Limits of the nurses who have it.

    Parameters
    ----------
    total : Limits
        Assignments in all weeks.
    work, off : Limits
        Days of work, and days off, in a row.
    weekends : int
        Weekends with work, at most, in all weeks.
    complete : bool
        Whether both days of a weekend are worked, or neither.
    """

    total: Limits
    work: Limits
    off: Limits
    weekends: int
    complete: bool


@dataclass(frozen=True)
class Past:
    """What a nurse did before the first week.

    Parameters
    ----------
    total, weekends : int
        Assignments and weekends with work that count already.
    shift : str or None
        The shift of the last day.
    same, work, off : int
        Days in a row of that shift, of work, and off, up to the last day.
    """

    total: int
    weekends: int
    shift: str | None
    same: int
    work: int
    off: int


@dataclass(frozen=True)
class Nurse:
    """A nurse."""

    name: str
    contract: str
    skills: tuple[str, ...]
    past: Past


@dataclass(frozen=True)
class Need:
    """Nurses that a shift needs in a skill on a day: at least, and at best."""

    day: int
    shift: str
    skill: str
    least: int
    best: int


@dataclass(frozen=True)
class Instance:
    """An instance of the static form: all weeks at once; day 0 is a Monday.

    Parameters
    ----------
    shifts : dict of str to Limits
        Days in a row of each shift.
    blocked : dict of str to frozenset of str
        By shift, those that may not follow on the next day.
    days_off : tuple of (str, int, str or None)
        Nurse, day and shift of each wish; None wishes the whole day off.
    weeks : tuple of int
        Numbers of the files of week data.
    """

    scenario: str
    weeks: tuple[int, ...]
    skills: tuple[str, ...]
    shifts: Mapping[str, Limits]
    blocked: Mapping[str, frozenset[str]]
    contracts: Mapping[str, Contract]
    nurses: tuple[Nurse, ...]
    needs: tuple[Need, ...]
    days_off: tuple[tuple[str, int, str | None], ...]

    @property
    def days(self) -> int:
        """Days of all weeks."""
        return len(WEEK) * len(self.weeks)


class _Line:
    """Reads the words of a line one after the other."""

    def __init__(self, place: str, words: list[str]) -> None:
        self.place = place
        self.words = words
        self.next = 0

    def fault(self, reason: str) -> ValueError:
        return ValueError(f"{self.place}: {reason}")

    def text(self) -> str:
        if self.next >= len(self.words):
            raise self.fault("a field is missing")
        self.next += 1
        return self.words[self.next - 1]

    def number(self) -> int:
        word = self.text()
        if not (word.isascii() and word.isdigit() and int(word[:6]) <= LARGEST):
            raise self.fault(f"{word[:40]!r} is not a whole number from 0 to {LARGEST}")
        return int(word)

    def limits(self) -> Limits:
        word = self.text()
        found = re.fullmatch(r"\((\d{1,5}),(\d{1,5})\)", word)
        if found is None or int(found[1]) > int(found[2]):
            raise self.fault(f"{word[:40]!r} is not (minimum,maximum)")
        return Limits(int(found[1]), int(found[2]))

    def run(self) -> Limits:
        """Return limits on days in a row, of which there is one at least."""
        found = self.limits()
        if not found.least:
            raise self.fault("a run has at least 1 day")
        return found

    def one_of(self, known: Mapping[str, object] | tuple[str, ...], what: str) -> str:
        word = self.text()
        if word not in known:
            raise self.fault(f"{word!r} is no {what}")
        return word

    def listed(self, known: Mapping[str, object] | tuple[str, ...], what: str) -> tuple[str, ...]:
        """Return as many words as a number before them says."""
        count = self.number()
        found = tuple(self.one_of(known, what) for _ in range(count))
        self.end()
        return found

    def end(self) -> None:
        if self.next < len(self.words):
            raise self.fault(f"{self.words[self.next]!r} is one field too many")


class _File:
    """A file in sections, each a heading with or without ``= VALUE`` and the lines below it."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.values: dict[str, _Line] = {}
        self.sections: dict[str, list[_Line]] = {}
        lines: list[_Line] | None = None
        for number, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
            words = text.split()
            if not words or words[0] in REMARKS:
                continue
            place = f"{path.name}, line {number}"
            heading = len(words) == 1 or words[1] == "="
            if words[0] in HEADINGS and heading:
                lines = self.sections.setdefault(words[0], [])
                self.values[words[0]] = _Line(place, words[2:])
            elif lines is None:
                raise ValueError(f"{place}: stands before the first section")
            else:
                lines.append(_Line(place, words))

    def section(self, heading: str) -> list[_Line]:
        """Return the lines of a section; as many as its heading says, if it does."""
        if heading not in self.sections:
            raise ValueError(f"{self.name}: no section {heading}")
        lines, value = self.sections[heading], self.values[heading]
        if value.words and value.number() != len(lines):
            raise value.fault(f"{len(lines)} lines follow")
        return lines

    def value(self, heading: str) -> _Line:
        if heading not in self.values:
            raise ValueError(f"{self.name}: no line {heading} = ...")
        return self.values[heading]


def split_name(name: str) -> tuple[str, int, tuple[int, ...]]:
    """Return scenario, number of the history and numbers of the weeks of an instance's name.

    Raises
    ------
    ValueError
        When the name is not of the form ``n005w4_0_1-2-3-3``.
    """
    found = re.fullmatch(r"(\w+)_(\d{1,2})_(\d{1,2}(?:-\d{1,2})*)", name)
    if found is None:
        raise ValueError(f"{name!r} names no instance; write n005w4_0_1-2-3-3")
    return found[1], int(found[2]), tuple(map(int, found[3].split("-")))


def read_instance(folder: Path, history: int, weeks: tuple[int, ...]) -> Instance:
    """Return an instance from the files of its scenario.

    Parameters
    ----------
    folder : Path
        Holds ``Sc-NAME.txt``, ``H0-NAME-N.txt`` and ``WD-NAME-N.txt``, and is called NAME.
    history : int
        Number of the history.
    weeks : tuple of int
        Numbers of the files of week data.

    Raises
    ------
    ValueError
        When a file does not keep to the format; names file and line.
    """
    name = folder.name
    scenario = _File(folder / f"Sc-{name}.txt")
    count = scenario.value("WEEKS").number()
    if count != len(weeks):
        raise ValueError(f"{scenario.name}: {count} weeks, not {len(weeks)}")
    skills = tuple(line.text() for line in scenario.section("SKILLS"))
    shifts = {line.text(): line.run() for line in scenario.section("SHIFT_TYPES")}
    blocked = {
        line.one_of(shifts, "shift"): frozenset(line.listed(shifts, "shift"))
        for line in scenario.section("FORBIDDEN_SHIFT_TYPES_SUCCESSIONS")
    }
    contracts = {line.text(): _contract(line) for line in scenario.section("CONTRACTS")}
    past = _history(_File(folder / f"H0-{name}-{history}.txt"), shifts)
    nurses = tuple(_nurse(line, contracts, skills, past) for line in scenario.section("NURSES"))
    known = tuple(nurse.name for nurse in nurses)
    files = [_File(folder / f"WD-{name}-{week}.txt") for week in weeks]
    needs = (_needs(file, 7 * week, shifts, skills) for week, file in enumerate(files))
    wishes = (_wishes(file, 7 * week, known, shifts) for week, file in enumerate(files))
    return Instance(
        scenario=name,
        weeks=weeks,
        skills=skills,
        shifts=shifts,
        blocked=blocked,
        contracts=contracts,
        nurses=nurses,
        needs=tuple(chain.from_iterable(needs)),
        days_off=tuple(chain.from_iterable(wishes)),
    )


def _contract(line: _Line) -> Contract:
    limits = line.limits(), line.run(), line.run()
    contract = Contract(*limits, weekends=line.number(), complete=bool(line.number()))
    line.end()
    return contract


def _history(file: _File, shifts: Mapping[str, Limits]) -> dict[str, Past]:
    """Return the past of each nurse."""
    past = {}
    for line in file.section("NURSE_HISTORY"):
        name, counted = line.text(), (line.number(), line.number())
        last = line.one_of((NO_SHIFT, *shifts), "shift")
        runs = (line.number(), line.number(), line.number())
        found = Past(*counted, None if last == NO_SHIFT else last, *runs)
        line.end()
        worked = 1 <= found.same <= found.work and not found.off
        rested = found.same == found.work == 0 < found.off
        if not (worked if found.shift else rested):
            raise line.fault("the days in a row contradict the last shift")
        past[name] = found
    return past


def _nurse(
    line: _Line,
    contracts: Mapping[str, Contract],
    skills: tuple[str, ...],
    past: Mapping[str, Past],
) -> Nurse:
    name, contract = line.text(), line.one_of(contracts, "contract")
    if name not in past:
        raise line.fault(f"the history does not name {name}")
    return Nurse(name, contract, line.listed(skills, "skill"), past[name])


def _needs(
    file: _File, first: int, shifts: Mapping[str, Limits], skills: tuple[str, ...]
) -> list[Need]:
    found = []
    for line in file.section("REQUIREMENTS"):
        shift, skill = line.one_of(shifts, "shift"), line.one_of(skills, "skill")
        for day in range(first, first + len(WEEK)):
            limits = line.limits()
            found.append(Need(day, shift, skill, limits.least, limits.most))
        line.end()
    return found


def _wishes(
    file: _File, first: int, nurses: tuple[str, ...], shifts: Mapping[str, Limits]
) -> list[tuple[str, int, str | None]]:
    found = []
    for line in file.section("SHIFT_OFF_REQUESTS"):
        nurse, shift = line.one_of(nurses, "nurse"), line.one_of((ANY_SHIFT, *shifts), "shift")
        day = first + WEEK.index(line.one_of(WEEK, "day"))
        found.append((nurse, day, None if shift == ANY_SHIFT else shift))
        line.end()
    return found


def solution_name(instance: Instance, week: int) -> str:
    """Return the name of the file with the solution of a week, counted from 0."""
    return f"Sol-{instance.scenario}-{instance.weeks[week]}-{week}.txt"


def read_solution(instance: Instance, folder: Path) -> dict[tuple[str, int], tuple[str, str]]:
    """Return the roster in a folder with a solution file for each week.

    Raises
    ------
    ValueError
        When a file does not keep to the format, or gives a nurse two shifts on a day.
    """
    roster: dict[tuple[str, int], tuple[str, str]] = {}
    names = tuple(nurse.name for nurse in instance.nurses)
    for week in range(len(instance.weeks)):
        file = _File(folder / solution_name(instance, week))
        for line in file.section("ASSIGNMENTS"):
            nurse, day = line.one_of(names, "nurse"), WEEK.index(line.one_of(WEEK, "day"))
            cell = nurse, 7 * week + day
            if cell in roster:
                raise line.fault(f"{nurse} has two shifts on one day")
            shift = line.one_of(instance.shifts, "shift")
            roster[cell] = shift, line.one_of(instance.skills, "skill")
            line.end()
    return roster


def write_solution(instance: Instance, roster: Roster, folder: Path) -> None:
    """Write a solution file for each week."""
    folder.mkdir(parents=True, exist_ok=True)
    for week in range(len(instance.weeks)):
        lines = [
            f"{nurse.name} {name} {' '.join(roster[nurse.name, 7 * week + day])}"
            for nurse in instance.nurses
            for day, name in enumerate(WEEK)
            if (nurse.name, 7 * week + day) in roster
        ]
        head = ["SOLUTION", f"{week} {instance.scenario}", "", f"ASSIGNMENTS = {len(lines)}"]
        text = "\n".join([*head, *lines, ""])
        (folder / solution_name(instance, week)).write_text(text, encoding="utf-8")

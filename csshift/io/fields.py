"""Cells of a table: text in, value out, or a `CellError` that says how to fix it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date as Date
from datetime import datetime, timedelta
from datetime import time as Time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from csshift.model.availability import parse_hours
from csshift.model.entity import Span, clock, invisible_character, parse_clock, parse_span
from csshift.model.weekdays import parse_weekdays

LATEST_MINUTE = 2880
LONGEST_RANGE_DAYS = 732
MOST_EXPONENT = 30

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[,_ '\u2019][0-9]{3})+(?:\.[0-9]*)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR_FIRST = re.compile(r"([0-9]{4})[^0-9]*?([0-9]{1,2})[^0-9]+([0-9]{1,2})(?![0-9])")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_RANGE = re.compile(r"\s*(?:\.\.+|…|至|到|~)\s*")
_LONG_TIME = re.compile(r"([0-9]{1,2})[:.]?([0-9]{2})?(?::00)?")


class CellError(ValueError):
    """A cell that cannot be read.

    Parameters
    ----------
    problem, remedy : str
        What is wrong with it, and how to fix it.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(problem)


def plain(text: str) -> str:
    """Return text in half-width characters without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=1 << 16)
def text(cell: str) -> str:
    """Return the cell."""
    if any(mark in cell for mark in "\r\n\x0b\x0c\x85\u2028\u2029"):
        raise CellError("a line break inside the cell", "write it on one line")
    character = invisible_character(cell)
    if character is not None:
        raise CellError(
            f"an invisible character (U+{ord(character):04X}) inside the text",
            "delete it, or type the text again",
        )
    return cell


def name_without(marks: str) -> Any:
    """Return a parser of names in which none of the marks may occur; they separate names."""

    @lru_cache(maxsize=1 << 16)
    def name(cell: str) -> str:
        for mark in marks:
            if mark in cell:
                raise CellError(f"a name cannot hold {mark!r}", f"name it without {mark!r}")
        return text(cell)

    return name


def shift_code(cell: str) -> str:
    """Return the code of a shift; one that looks like a tag cannot be referred to."""
    if cell.startswith("tag:"):
        raise CellError("a code cannot start with 'tag:', which rules use for tags", "rename it")
    return text(cell)


def words(mark: str) -> Any:
    """Return a parser of lists of different words between marks, such as ``S1|S2``."""

    def parse(cell: str) -> tuple[str, ...]:
        found = tuple(text(part.strip()) for part in cell.split(mark) if part.strip())
        wide = {"|": "\uff5c", ";": "\uff1b"}[mark]
        if wide in cell:
            raise CellError(f"{wide!r} is a full-width mark", f"write {cell.replace(wide, mark)!r}")
        if mark == ";" and "|" in cell:
            raise CellError("'|' separates no words here", f"write {cell.replace('|', mark)!r}")
        for position, word in enumerate(found):
            if word in found[:position]:
                raise CellError(f"{word!r} is listed twice", "keep it once")
        return found

    return parse


def efficiencies(cell: str) -> dict[str, Decimal]:
    """Return ``pre-sale:1.1;after-sale`` as efficiency by skill, 1 where it is left out."""
    return {
        skill: Decimal(1) if number is None else _efficiency(skill, number)
        for skill, number in _by_skill(cell, "1.1", required=False)
    }


def multipliers(cell: str) -> dict[str, float]:
    """Return ``pre-sale:4;after-sale:1.8`` as multiplier by skill."""
    found: dict[str, float] = {}
    for skill, figure in _by_skill(cell, "4", required=True):
        try:
            found[skill] = number(figure or "")
        except CellError as error:
            problem = f"the multiplier {figure!r} is {error.problem}"
            raise CellError(problem, error.remedy or "write pre-sale:4") from None
    return found


def _by_skill(cell: str, example: str, *, required: bool) -> Iterator[tuple[str, str | None]]:
    """Yield the skills of a list and what follows the colon of each, None where it has none."""
    if any(mark in cell for mark in "\uff1a\uff1b"):
        half_width = cell.replace("\uff1a", ":").replace("\uff1b", ";")
        raise CellError("full-width marks", f"write {half_width!r}")
    seen: set[str] = set()
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        skill, colon, figure = (word.strip() for word in part.partition(":"))
        if not skill:
            raise CellError(
                f"{part!r} names no skill",
                f"write it as skill:{'multiplier' if required else 'efficiency'}",
            )
        if not figure and (colon or required):
            what = "is not a skill with a number" if required else "has no number after the colon"
            either = "" if required else f" or '{skill}'"
            raise CellError(f"{part!r} {what}", f"write '{skill}:{example}'{either}")
        if skill in seen:
            raise CellError(f"the skill {skill!r} is listed twice", "keep it once")
        seen.add(skill)
        yield text(skill), figure if colon else None


def show_efficiencies(skills: Mapping[str, Decimal]) -> str:
    """Return efficiencies as `efficiencies` reads them."""
    shown = ((skill, "" if value == 1 else plain_decimal(value)) for skill, value in skills.items())
    return ";".join(f"{skill}:{number}" if number else skill for skill, number in shown)


def show_multipliers(skills: Mapping[str, float]) -> str:
    """Return multipliers as `multipliers` reads them."""
    return ";".join(f"{skill}:{value:g}" for skill, value in skills.items())


def _efficiency(skill: str, number: str) -> Decimal:
    try:
        value = decimal(number)
    except CellError as error:
        remedy = error.remedy or f"write it as '{skill}:1.1'"
        raise CellError(f"the efficiency {number!r} is {error.problem}", remedy) from None
    if not 0 < value <= 100:
        raise CellError(f"the efficiency {number!r} is not above 0 and at most 100", "1 is usual")
    return value


@lru_cache(maxsize=1 << 16)
def decimal(cell: str) -> Decimal:
    """Return a number exactly, as people and programs write it: ``+3``, ``-0``, ``1e2``, ``5.0``.

    Blanks around it do not count, full-width and no-break ones included.
    """
    written = cell.strip()
    match = _NUMBER.fullmatch(written)
    if match is None:
        raise _no_number(written)
    exponent = match[1] or "0"
    # The lengths come first: Python converts no integer of some thousand digits.
    if max(len(written), 10 * len(exponent)) > 2 * MOST_EXPONENT or abs(int(exponent)) > (
        MOST_EXPONENT
    ):
        raise CellError("too large or too fine a number", "write a number such as 12.5")
    return Decimal(written) or Decimal(0)  # no negative zero


def number(cell: str) -> float:
    """Return a number as a float; errors are those of `decimal`."""
    return float(decimal(cell))


def plain_decimal(value: Decimal) -> str:
    """Return a number without exponent, superfluous zeros or a negative zero."""
    if value == 0:
        return "0"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def integer(cell: str) -> int:
    """Return a whole number; errors are those of `decimal`, and one when it has a fraction."""
    value = decimal(cell)
    if value != value.to_integral_value():
        raise CellError("not a whole number", f"write {round(value)}")
    return int(value)


def without_separators(text: str) -> str | None:
    """Return a number without its separators of thousands; None where it has no proper ones."""
    if not _GROUPED.fullmatch(text):
        return None
    return "".join(character for character in text if character not in ",_ '\u2019")


def _no_number(cell: str) -> CellError:
    """Return the error of a cell that is not a number; no advice may change its meaning."""
    half_width = unicodedata.normalize("NFKC", cell).strip()
    if half_width != cell and _NUMBER.fullmatch(half_width):
        return CellError("not a plain number (full-width characters)", f"write {half_width}")
    bare = without_separators(half_width)
    if bare is not None:
        comma = half_width.count(",") == 1 and "." not in half_width
        other = f", or {half_width.replace(',', '.')} if the comma is decimal" if comma else ""
        return CellError("a number with separators of thousands", f"write {bare}{other}")
    if _DECIMAL_COMMA.fullmatch(half_width):
        pointed = half_width.replace(".", "").replace(",", ".")
        return CellError("a number with a decimal comma", f"write {pointed}")
    if half_width.lower().lstrip("+-") in {"nan", "inf", "infinity", "na", "null", "none"}:
        return CellError("not a finite number", "write a number or remove the row")
    return CellError("not a number", "write a number such as 12.5, with a decimal point")


@lru_cache(maxsize=1 << 14)
def date(cell: str) -> Date:
    """Return ``YYYY-MM-DD`` as a date."""
    if not _DATE.fullmatch(cell):
        raise _no_date(cell)
    try:
        return Date.fromisoformat(cell)
    except ValueError:
        raise CellError("there is no such day", "correct the month or the day") from None


def _no_date(cell: str) -> CellError:
    corrected = unicodedata.normalize("NFKC", cell)
    match = _YEAR_FIRST.match(corrected) or _COMPACT.fullmatch(corrected)
    if match:
        try:
            meant = Date(*(int(part) for part in match.groups()))
        except ValueError:
            pass
        else:
            return CellError("not a date in the form YYYY-MM-DD", f"write {meant}")
    return CellError("not a date", "write it as YYYY-MM-DD, for example 2026-03-16")


@lru_cache(maxsize=1 << 14)
def time(cell: str) -> int:
    """Return ``HH:MM`` as minutes from midnight, up to 47:59."""
    try:
        minutes = parse_clock(cell)
    except ValueError:
        match = _LONG_TIME.fullmatch(plain(cell))
        if match and int(match[1]) < 48 and int(match[2] or 0) < 60:
            meant = clock(60 * int(match[1]) + int(match[2] or 0))
            raise CellError("not a time in the form HH:MM", f"write {meant}") from None
        raise CellError("not a time of day", "write it as HH:MM, for example 08:30") from None
    if minutes >= LATEST_MINUTE:
        raise CellError("later than 47:59", "give a time of that day or of the next")
    return minutes


def moment(cell: str) -> datetime:
    """Return ``2026-10-31 20:00`` as a local time; ``2026-10-31 24:00`` is the next midnight."""
    day, _, hour = cell.replace("T", " ").partition(" ")
    if not hour.strip():
        remedy = "write date and time: 2026-10-31 20:00"
        raise CellError("not a date with a time of day", remedy)
    midnight = datetime.combine(date(day), Time())
    try:
        return midnight + timedelta(minutes=time(hour.strip()))
    except OverflowError:
        raise CellError("there is no such day", "correct the year") from None


def spans(cell: str) -> tuple[Span, ...]:
    """Return ``09:00-12:00+18:00-23:00`` as stretches of time."""
    return tuple(_span(part.strip(), cell) for part in cell.split("+"))


def span(cell: str) -> Span:
    """Return ``14:00-24:00`` as one stretch of time; errors are those of `spans`."""
    if "+" in cell:
        raise CellError("more than one span of time", "write a row for each")
    return _span(cell, cell)


def _span(part: str, cell: str) -> Span:
    first, dash, last = part.partition("-")
    if not dash:
        corrected = plain(cell).replace("–", "-").replace("—", "-").replace("~", "-")
        remedy = "write it as HH:MM-HH:MM, split shifts with +"
        if corrected != cell and "-" in corrected:
            remedy = f"write {corrected!r}"
        raise CellError("not a span of time", remedy)
    times = [time(first.strip()), time(last.strip())]
    try:
        return parse_span("-".join(clock(minutes) for minutes in times))
    except ValueError:
        raise CellError(
            f"{part} ends before it starts",
            f"an end past midnight counts on: write {clock(times[0])}-{clock(times[1] + 1440)}"
            if times[1] < times[0]
            else "give an end after the start",
        ) from None


def dates(cell: str) -> Any:
    """Return a date, or the dates of a range such as ``2026-03-02..2026-03-08``.

    Returns
    -------
    date or tuple of date
    """
    first, mark, last = _RANGE.sub("..", unicodedata.normalize("NFKC", cell)).partition("..")
    if not mark:
        return date(cell)
    start, end = date(first.strip()), date(last.strip())
    days = (end - start).days + 1
    if days < 1:
        raise CellError("the range ends before it starts", f"write {end}..{start}")
    if days > LONGEST_RANGE_DAYS:
        raise CellError(
            f"a range of more than {LONGEST_RANGE_DAYS} days",
            "correct the dates, or write two rows",
        )
    return tuple(start + timedelta(days=i) for i in range(days))


def weekdays(cell: str) -> tuple[str, ...]:
    """Return days of the week: ``Mon-Fri``, ``Tue;Thu``."""
    with _in_own_words(cell):
        return parse_weekdays(cell)


def day_hours(cell: str) -> str:
    """Return hours of the day, such as ``from 17:00``, as they are written."""
    with _in_own_words(cell):
        parse_hours(cell)
    return cell  # the entity also looks at a "not"


@contextmanager
def _in_own_words(cell: str) -> Iterator[None]:
    """Raise a ValueError "problem; remedy" of the model as an error of the cell."""
    try:
        yield
    except ValueError as error:
        problem, _, remedy = str(error).partition("; ")
        problem = problem.removeprefix(f"{cell!r} ").removeprefix(f"{cell} ").removeprefix("is ")
        raise CellError(problem, remedy or "correct it") from None

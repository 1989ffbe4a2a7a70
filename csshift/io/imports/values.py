"""Cells as other systems write them: text in, value out, or a `CellError`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Date
from functools import reduce
from itertools import pairwise
from math import gcd
from typing import Literal

from csshift.errors import Fault, InputError
from csshift.io.fields import CellError, decimal, without_separators
from csshift.model.entity import clock

NOTHING = frozenset({"", "-", "--", "—", "——", "/", "n/a", "na", "null", "none", "无"})
UNITS = {"秒": 1.0, "s": 1.0, "sec": 1.0, "分钟": 60.0, "分": 60.0, "min": 60.0,
         "小时": 3600.0, "时": 3600.0, "h": 3600.0}  # fmt: skip

MOST = 1e9
"""The largest plausible figure."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_DAY = re.compile(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})日?(?!\d)|(\d{4})(\d{2})(\d{2})(?!\d)")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?")
_WORDS = re.compile(r"(?:(\d+(?:\.\d+)?)小?时)?(?:(\d+(?:\.\d+)?)分钟?)?(?:(\d+(?:\.\d+)?)秒)?")
_HOUR = re.compile(r"(\d{1,2})(?:\.0+)?([:点时]([0-5]\d)?分?(?::\d\d)?)?([-~至到—–].*)?")


@dataclass(frozen=True)
class TimeOfDay:
    """A time as a table names it.

    Parameters
    ----------
    minute : int
        Minutes from midnight, 0 to 1440.
    is_range : bool
        Whether it also names its end, as in ``09:00-10:00``.
    is_bare : bool
        Whether it is a plain number, as ``9``.
    """

    minute: int
    is_range: bool = False
    is_bare: bool = False


def tidy(cell: str) -> str:
    """Return a cell in half-width characters, without spaces around it."""
    return unicodedata.normalize("NFKC", cell).strip()


def number(cell: str, most: float = MOST) -> float | None:
    """Return a number, None for a blank or a dash.

    Parameters
    ----------
    cell : str
        The cell: ``1,080``, ``¥12.5``, ``3.2万``, ``+3``, ``1e2``. A comma separates thousands; one
        that does not, as in ``1,5``, is an error.
    most : float
        The largest number that is accepted.
    """
    text = tidy(cell).lstrip("¥￥").removesuffix("元").strip()
    if text.lower() in NOTHING:
        return None
    factor = 10_000 if text.endswith("万") else 1
    text = text.removesuffix("万").strip()
    value = float(decimal(without_separators(text) or text) * factor)
    return _within(value, most)


def _within(value: float, most: float = MOST) -> float:
    if not 0 <= value <= most:
        raise CellError("negative" if value < 0 else f"too large; the limit is {most:,.0f}")
    return value


def share(cell: str) -> float | None:
    """Return ``92.5%``, ``0.925`` or ``92.5`` as 0.925, None for a blank."""
    text = tidy(cell)
    value = number(text.removesuffix("%"))
    if value is None:
        return None
    value = value / 100 if text.endswith("%") or value > 1 else value
    if value > 1 + 1e-9:
        raise CellError("more than 100 %")
    return min(value, 1.0)


def seconds(cell: str, unit: float = 1.0) -> float | None:
    """Return ``45``, ``45.2秒``, ``1分23秒`` or ``00:01:23`` in seconds, None for a blank.

    Parameters
    ----------
    cell : str
        The cell.
    unit : float
        Seconds of one unit, where the cell names none.
    """
    text = tidy(cell)
    if text.lower() in NOTHING:
        return None
    return _within(_seconds(text, unit))


def _seconds(text: str, unit: float) -> float:
    try:
        return float(decimal(without_separators(text) or text)) * unit
    except CellError:
        text = text.replace(" ", "")
    match = _CLOCK.fullmatch(text)
    if match:
        parts = [int(part) for part in match.groups() if part is not None]
        scale = (3600, 60, 1) if len(parts) == 3 else (60, 1)
        return float(sum(a * b for a, b in zip(parts, scale, strict=True)))
    for name, factor in UNITS.items():
        plain = text.lower().removesuffix(name)
        if plain != text.lower() and _NUMBER.fullmatch(plain):
            return float(decimal(plain)) * factor
    words = _WORDS.fullmatch(text)
    if not words or not any(words.groups()):
        raise CellError("not a duration")
    hours, minutes, rest = (float(part or 0) for part in words.groups())
    return 3600 * hours + 60 * minutes + rest


def day(cell: str) -> Date:
    """Return the day that a cell starts with, in any order-of-year form."""
    match = _DAY.match(tidy(cell))
    if match is None:
        raise CellError("not a day")
    try:
        return Date(*(int(part) for part in match.groups() if part))
    except ValueError:
        raise CellError("there is no such day") from None


def time_of_day(cell: str) -> TimeOfDay:
    """Return ``9``, ``9时``, ``09:30``, ``09:00-10:00``, ``24:00`` or the time of a moment."""
    text = tidy(cell)
    with_day = _DAY.match(text)
    if with_day:
        text = text[with_day.end() :].lstrip(" T") or "0:00"
    match = _HOUR.fullmatch(text.replace(" ", ""))
    if not match:
        raise CellError("not a time of day")
    minute = 60 * int(match[1]) + int(match[3] or 0)
    if minute > (1439 if match[4] else 1440):
        raise CellError("not a time of day")
    return TimeOfDay(minute, is_range=bool(match[4]), is_bare=not match[2] and not match[4])


HOURS = ("auto", "start", "end")
Hours = Literal["auto", "start", "end"]
LENGTHS = (60, 30, 15)
MIDNIGHT = 1440


@dataclass(frozen=True)
class Reading:
    """How the times of a sheet are read.

    Parameters
    ----------
    shift : int
        Minutes to subtract from a single time: the length of an interval where times are ends,
        else 0. A time with its own end, such as ``09:00-10:00``, is a start in any case.
    note : str
        The assumption that was made; blank where there was none.
    """

    shift: int = 0
    note: str = ""

    def start(self, time: TimeOfDay) -> int:
        """Return the minute at which an interval starts; below 0 on the day before."""
        return time.minute if time.is_range else time.minute - self.shift


def read_hours(times: Iterable[TimeOfDay], hours: Hours, file: str, line: int) -> Reading:
    """Return how times are read: hours that reach 24:00 and leave out 00:00 are ends.

    Parameters
    ----------
    times : iterable of TimeOfDay
        All times of a sheet.
    hours : {"auto", "start", "end"}
        What the user states.
    file, line : str, int
        Where they are, for faults.

    Raises
    ------
    InputError
        When both 00:00 and 24:00 are there and the user does not say which of them to believe.
    """
    every = set(times)
    points = sorted({time.minute for time in every if not time.is_range})
    if hours == "start" or not points:
        return Reading()
    if hours == "end":
        return Reading(_length(points, file, line))
    if MIDNIGHT in points:
        if points[0] == 0 or any(time.is_range for time in every):
            problem = "hours run to 24, and 0 or spans of time are there, too"
            remedy = "say what the hours are: --hours start or --hours end"
            raise InputError([Fault(file, problem, remedy, line=line)])
        note = f"{file}: hours run from {clock(points[0])} to 24:00: each figure is of the "
        return Reading(_length(points, file, line), note + "interval that ends then")
    if points[0] > 0 and all(time.is_bare for time in every if not time.is_range):
        span = f"hours {points[0] // 60} to {points[-1] // 60}"
        note = f"{file}: {span} are read as starts of intervals; --hours end reads them as ends"
        return Reading(0, note)
    return Reading()


def _length(points: Iterable[int], file: str, line: int) -> int:
    length = reduce(gcd, points, LENGTHS[0])
    if length not in LENGTHS:
        problem = "the hours do not lie on the quarter of an hour"
        raise InputError(
            [Fault(file, problem, "give intervals of 15, 30 or 60 minutes", line=line)]
        )
    return length


def run_through_a_day(minutes: list[int]) -> bool:
    """Return whether times are in order, with at most one step past midnight, none twice."""
    breaks = sum(second <= first for first, second in pairwise(minutes))
    return breaks <= 1 and len(set(minutes)) == len(minutes)

"""Whether hours name the start or the end of their intervals: 1 to 24 can only be ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from math import gcd
from typing import Literal

from csshift.errors import Fault, InputError
from csshift.io.imports.values import TimeOfDay
from csshift.model.entity import clock

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
        What the user says of them.
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

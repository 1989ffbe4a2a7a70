"""Cells of a sheet as text, as the same cell of a CSV file would have it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias

from csshift.model.entity import clock

Kind = Literal["text", "date", "time"]
Raw: TypeAlias = str | float | bool | int | date | datetime | time | timedelta

DAY_ZERO = date(1899, 12, 31)
"""Times beyond 24 hours come as days after this one."""

SERIAL_EPOCH = date(1899, 12, 30)
"""Day 0 of dates that come as numbers (from March 1900 on)."""

EARLIEST_SERIAL, LATEST_SERIAL = 61, 2_958_465
MINUTES = 1440


def address(row: int, column: int) -> str:
    """Return the name of a cell, both counted from 0: (2, 4) is ``E3``."""
    letters = ""
    left = column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{row + 1}"


def cell_text(value: Raw, kind: Kind = "text") -> str:
    """Return a cell as text.

    Parameters
    ----------
    value : str, number, bool, date, time or duration
        As the reader of workbooks gives it; ``""`` is blank.
    kind : {"text", "date", "time"}
        What the column holds: a number in a column of dates is a date, and so on.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(float(value), kind)
    minutes = _minutes(value, kind)
    if minutes is not None:
        return clock(minutes)
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return str(value)


def _number_text(value: float, kind: Kind) -> str:
    if kind == "date" and EARLIEST_SERIAL <= value <= LATEST_SERIAL and value.is_integer():
        return serial_date(value).isoformat()
    if kind == "time" and 0 <= value < 2 and not value.is_integer():
        return clock(round(value * MINUTES))
    if value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return repr(value)


def serial_date(value: float) -> date:
    """Return the date that a spreadsheet stores as this number."""
    return SERIAL_EPOCH + timedelta(days=int(value))


def _minutes(value: date | time | timedelta, kind: Kind) -> int | None:
    """Return whole minutes from midnight where a value is a time of day, else None."""
    if isinstance(value, time):
        seconds = value.hour * 3600.0 + value.minute * 60 + value.second + value.microsecond / 1e6
    elif isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif kind == "time" and value.year <= 1900:
        moment = value if isinstance(value, datetime) else datetime.combine(value, time(0))
        seconds = (moment - datetime.combine(DAY_ZERO, time(0))).total_seconds()
    else:
        return None
    minutes = round(seconds / 60)
    return minutes if minutes >= 0 and abs(seconds - 60 * minutes) < 1 else None

"""Finds the days of the columns of a hand-made sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from itertools import pairwise
from typing import TypeAlias

from csshift.io.excel.book import (
    EARLIEST_SERIAL,
    LATEST_SERIAL,
    Raw,
    Sheet,
    cell_text,
    serial_date,
)
from csshift.io.translations import folded
from csshift.model.horizon import Horizon

DEEPEST_HEADER = 30
"""Rows from the top in which the row of dates is looked for."""

Day: TypeAlias = tuple[int | None, int | None, int]
"""Year and month, where they are known, and the day of the month."""

_FULL = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?!\d)")
_MONTH_DAY = re.compile(r"(\d{1,2})\s*[-/月]\s*(\d{1,2})\s*[日号]?(?!\d)")
_DAY = re.compile(r"(\d{1,2})\s*[日号]?")
_MONTH = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})(?!\d)")
_BARE_MONTH = re.compile(r"(?<!\d)(\d{1,2})\s*月")


@dataclass(frozen=True)
class Header:
    """The row of dates of a sheet.

    Parameters
    ----------
    row : int
        Position, from 0.
    days : dict of int to Day
        Content of each of its columns, by column from 0.
    """

    row: int
    days: dict[int, Day]

    @property
    def first_column(self) -> int:
        """The first column with a day; names are to the left of it."""
        return min(self.days)


def find_header(sheet: Sheet, least: int) -> Header | None:
    """Return the first row that lists consecutive days, or None.

    Parameters
    ----------
    sheet : Sheet
    least : int
        Least number of days, unless they are complete dates.
    """
    for number, row in enumerate(sheet.rows[:DEEPEST_HEADER]):
        days = {i: day for i, cell in enumerate(row) if (day := _day(cell)) is not None}
        dated = bool(days) and all(year is not None for year, _, _ in days.values())
        if (dated or len(days) >= least) and _consecutive(list(days.values())):
            return Header(number, days)
    return None


def _day(cell: Raw) -> Day | None:
    if isinstance(cell, Date):  # a datetime is one, too
        return cell.year, cell.month, cell.day
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if EARLIEST_SERIAL <= cell <= LATEST_SERIAL:
            date = serial_date(cell)
            return date.year, date.month, date.day
        return (None, None, int(cell)) if 1 <= cell <= 31 and cell == int(cell) else None
    text = folded(cell) if isinstance(cell, str) else ""
    if match := _FULL.match(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _MONTH_DAY.match(text):
        return None, int(match[1]), int(match[2])
    match = _DAY.fullmatch(text)
    return (None, None, int(match[1])) if match and 1 <= int(match[1]) <= 31 else None


def _consecutive(days: Sequence[Day]) -> bool:
    return all(
        second[2] == first[2] + 1 or (second[2] == 1 and first[2] >= 28)
        for first, second in pairwise(days)
    )


def resolve(sheet: Sheet, header: Header, horizon: Horizon) -> dict[int, Date] | None:
    """Return the date of each column, or None when year and month are unknown.

    If the days do not include them, they come from the title above or the name of the sheet; else
    from the horizon, if only one of its days fits.
    """
    year, month, day = next(iter(header.days.values()))
    if month is None or year is None:
        title_year, title_month = _title_month(sheet, header)
        month = month or title_month
        if month is None:
            starts = [date for date in horizon.dates if date.day == day]
        else:
            known = year or title_year
            starts = list(_dates(_years(horizon) if known is None else [known], month, day))
            starts = [date for date in starts if date in horizon] or starts[:1]
        if len(starts) != 1:
            return None
        first = starts[0]
    else:
        found = list(_dates([year], month, day))
        if not found:
            return None
        first = found[0]
    if (Date.max - first).days < len(header.days) - 1:
        return None
    dates = {c: first + timedelta(days=i) for i, c in enumerate(header.days)}
    agree = all(dates[column].day == day[2] for column, day in header.days.items())
    return dates if agree else None


def _years(horizon: Horizon) -> list[int]:
    return sorted({horizon.start.year, horizon.end.year})


def _dates(years: Iterable[int], month: int, day: int) -> Iterator[Date]:
    for year in years:
        try:
            yield Date(year, month, day)
        except ValueError:
            continue


def _title_month(sheet: Sheet, header: Header) -> tuple[int | None, int | None]:
    """Return year and month from the title or the name of the sheet."""
    above = [cell_text(cell) for row in sheet.rows[: header.row] for cell in row]
    beside = [cell_text(cell) for cell in sheet.rows[header.row][: header.first_column]]
    for text in (*above, *beside, sheet.title):
        if match := _MONTH.search(folded(text)):
            return int(match[1]), int(match[2])
    for text in (*above, *beside, sheet.title):
        if match := _BARE_MONTH.search(folded(text)):
            return None, int(match[1])
    return None, None

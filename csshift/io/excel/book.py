"""Reads a workbook as sheets of raw cells, and a cell as the text of a CSV file."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

from csshift.extras import needed
from csshift.io.excel.extent import UnsafeWorkbookError, address
from csshift.io.excel.inspection import inspect_workbook
from csshift.io.rows import fault, read_bytes
from csshift.model.entity import clock

__all__ = ["Kind", "Raw", "Sheet", "address", "cell_text", "is_workbook", "read_book"]

Kind = Literal["text", "date", "time"]
Raw: TypeAlias = str | float | bool | int | date | datetime | time | timedelta

DAY_ZERO = date(1899, 12, 31)
"""Times beyond 24 hours come as days after this one."""

SERIAL_EPOCH = date(1899, 12, 30)
"""Day 0 of dates that come as numbers (from March 1900 on)."""

EARLIEST_SERIAL, LATEST_SERIAL = 61, 2_958_465
MINUTES = 1440

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Parameters
    ----------
    title : str
        As its tab says.
    rows : list of list
        Cells from A1 on, ``""`` where blank; all rows are equally long.
    """

    title: str
    rows: list[list[Raw]]


def is_workbook(path: str | Path) -> bool:
    """Return whether a path is named like a workbook and is no folder."""
    place = Path(path)
    return place.suffix.lower() in SUFFIXES and not place.is_dir()


def read_book(path: str | Path) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook."""
    needed("python_calamine", "excel", "python-calamine")
    place = Path(path)
    with open_book(place, read_bytes(place)) as book:
        return tuple(Sheet(title, read_rows(place, book, title)) for title in book.sheet_names)


def open_book(path: Path, content: bytes) -> Any:
    """Return a workbook of the package that reads them, after a look at its size."""
    package = needed("python_calamine", "excel", "python-calamine")
    try:
        inspect_workbook(content)
        with _silenced():
            return package.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except UnsafeWorkbookError as error:
        raise fault(path, error.problem, error.remedy) from None
    except package.PasswordError:
        raise fault(path, "locked by a password", "save it without one") from None
    except BaseException as error:
        _reraise_signals(error)
        problem = f"not a workbook that can be read: {error}"
        raise fault(path, problem, "save it as .xlsx") from None


def read_rows(path: Path, book: Any, title: str) -> list[list[Raw]]:
    """Return the rows of a sheet from A1 on."""
    try:
        with _silenced():
            rows: list[list[Raw]] = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
    except BaseException as error:
        _reraise_signals(error)
        problem = f"sheet {title!r} cannot be read: {error}"
        raise fault(path, problem, "save the workbook again as .xlsx") from None
    return rows


def _reraise_signals(error: BaseException) -> None:
    # The package promises no common class, and a panic of its Rust code is no Exception.
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | GeneratorExit):
        raise error


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep messages of the package on a damaged file from standard error; a fault reports it."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


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

"""A workbook as sheets of raw cells."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csshift.errors import Fault, InputError
from csshift.io.decoding import read_limited
from csshift.io.excel.cells import Raw
from csshift.io.excel.extent import MOST_BYTES, UnsafeWorkbookError
from csshift.io.excel.extras import calamine
from csshift.io.excel.inspection import inspect_workbook

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
    """Return the sheets of a workbook.

    Raises
    ------
    InputError
        When the file is absent, is no workbook, is locked by a password, or is too large.
    MissingExtraError
        When the package that reads workbooks is not installed.
    """
    place = Path(path)
    calamine()
    try:
        content = read_limited(place, MOST_BYTES)
    except FileNotFoundError:
        raise unreadable(place, "there is no such file", "give its path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = f"the file cannot be read: {reason}"
        raise unreadable(place, problem, "check the path and permissions") from None
    with open_book(place, content) as book:
        return tuple(Sheet(title, read_rows(place, book, title)) for title in book.sheet_names)


def open_book(path: Path, content: bytes) -> Any:
    """Return a workbook of the package that reads them, after a look at its size.

    Raises
    ------
    InputError
        When it is none, is locked by a password, damaged, or too large.
    """
    package = calamine()
    try:
        inspect_workbook(content)
        with _silenced():
            return package.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except UnsafeWorkbookError as error:
        raise unreadable(path, error.problem, error.remedy) from None
    except package.PasswordError:
        raise unreadable(path, "locked by a password", "save it without one") from None
    except BaseException as error:
        _reraise_signals(error)
        problem = f"not a workbook that can be read: {error}"
        raise unreadable(path, problem, "save it as .xlsx") from None


def read_rows(path: Path, book: Any, title: str) -> list[list[Raw]]:
    """Return the rows of a sheet from A1 on.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    try:
        with _silenced():
            rows: list[list[Raw]] = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
    except BaseException as error:
        _reraise_signals(error)
        problem = f"sheet {title!r} cannot be read: {error}"
        raise unreadable(path, problem, "save the workbook again as .xlsx") from None
    return rows


def _reraise_signals(error: BaseException) -> None:
    # The package promises no common class, and a panic of its Rust code is no Exception.
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | GeneratorExit):
        raise error


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep the package's own words on a damaged file from standard error; a fault says it."""
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


def unreadable(path: Path, problem: str, remedy: str) -> InputError:
    """Return the error of a workbook that cannot be read."""
    return InputError([Fault(path.name, problem, remedy)])

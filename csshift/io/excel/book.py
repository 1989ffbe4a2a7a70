"""A workbook as sheets of raw cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from csshift.errors import Fault, InputError
from csshift.io.excel.cells import Raw
from csshift.io.excel.extras import calamine

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")
MOST_CELLS = 30_000_000


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
    package = calamine()
    place = Path(path)
    if not place.exists():
        raise _unreadable(place, "there is no such file", "give its path")
    try:
        book = package.CalamineWorkbook.from_path(str(place))
    except package.PasswordError:
        raise _unreadable(place, "locked by a password", "save it without one") from None
    except Exception as error:  # the package promises no common class
        problem = f"not a workbook that can be read: {error}"
        raise _unreadable(place, problem, "save it as .xlsx") from None
    with book:
        return tuple(_read_sheet(place, book, title) for title in book.sheet_names)


def _read_sheet(path: Path, book: object, title: str) -> Sheet:
    try:
        sheet = book.get_sheet_by_name(title)  # type: ignore[attr-defined]
        if sheet.end is not None and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MOST_CELLS:
            raise _unreadable(path, f"sheet {title!r} is too large", "delete its distant cells")
        rows: list[list[Raw]] = sheet.to_python(skip_empty_area=False)
    except InputError:
        raise
    except Exception as error:  # the package promises no common class
        problem = f"sheet {title!r} cannot be read: {error}"
        raise _unreadable(path, problem, "save the workbook anew as .xlsx") from None
    return Sheet(title, rows)


def _unreadable(path: Path, problem: str, remedy: str) -> InputError:
    return InputError([Fault(path.name, problem, remedy)])

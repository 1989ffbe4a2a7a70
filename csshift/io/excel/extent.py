"""Limits on the size of a workbook, which no real one reaches, and how much of them one uses."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

MOST_INFLATED = 256_000_000
"""Bytes of all parts together, after they are inflated."""

MOST_PARTS = 5_000
MOST_SHEETS = 250
MOST_AREA = 8_000_000
"""Cells of all sheets between A1 and the last filled one, filled or not."""

MOST_FILLED = 3_000_000
MOST_CHARACTERS = 64_000_000
"""Characters of all cells together; a text that many cells share counts in each."""

MOST_SECONDS = 15.0
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")


class UnsafeWorkbookError(Exception):
    """A workbook that is not opened.

    Parameters
    ----------
    problem, remedy : str
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def address(row: int, column: int) -> str:
    """Return the name of a cell, both counted from 0: (2, 4) is ``E3``."""
    letters = ""
    left = column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{row + 1}"


def damaged(what: str) -> UnsafeWorkbookError:
    """Return the error of a workbook that breaks the rules of its format."""
    return UnsafeWorkbookError(f"damaged: {what}", "save the workbook again as .xlsx")


def too_large(what: str, limit: int) -> UnsafeWorkbookError:
    """Return the error of a workbook beyond a limit."""
    remedy = "delete what is not needed, or split it into several workbooks"
    return UnsafeWorkbookError(f"{what} (limit {limit:,})", remedy)


@dataclass
class Extent:
    """The size of the sheets of a workbook, added up during the inspection.

    Parameters
    ----------
    sheets, area, filled, characters : int
        Totals of the finished sheets.
    """

    sheets: int = 0
    area: int = 0
    filled: int = 0
    characters: int = 0
    _rows: int = 0
    _columns: int = 0
    _started: float = field(default_factory=time.thread_time)

    def open_sheet(self) -> None:
        """Start a sheet."""
        self.sheets += 1
        if self.sheets > MOST_SHEETS:
            raise too_large("too many sheets", MOST_SHEETS)
        self._rows = self._columns = 0

    def add_cell(self, row: int, column: int, count: int = 1) -> None:
        """Take a filled cell, or several up to this one; rows and columns count from 1."""
        self.filled += count
        if row > self._rows or column > self._columns:
            self._rows, self._columns = max(row, self._rows), max(column, self._columns)
            if self.area + self._rows * self._columns > MOST_AREA:
                last = address(self._rows - 1, self._columns - 1)
                what = f"the sheets reach to {last}: {self._rows * self._columns:,} cells"
                raise UnsafeWorkbookError(
                    f"{what} (limit {MOST_AREA:,} in all sheets)",
                    "delete the rows and columns beyond the table, or split the workbook",
                )
        if self.filled > MOST_FILLED:
            raise too_large("too many filled cells", MOST_FILLED)

    def add_text(self, characters: int) -> None:
        """Take the text of a cell."""
        self.characters += characters
        if self.characters > MOST_CHARACTERS:
            raise too_large("too many characters of text", MOST_CHARACTERS)

    def close_sheet(self) -> None:
        """End a sheet."""
        self.area += self._rows * self._columns
        self._rows = self._columns = 0

    def check_time(self) -> None:
        """Raise when the inspection of the workbook takes too long."""
        if time.thread_time() - self._started > MOST_SECONDS:
            raise too_large("it takes too long to read, in seconds", int(MOST_SECONDS))


def parse_reference(text: str) -> tuple[int, int]:
    """Return row and column of ``B3``, from 1."""
    match = _REFERENCE.fullmatch(text)
    if match:
        column = 0
        for letter in match[1].upper():
            column = 26 * column + ord(letter) - ord("A") + 1
        row = int(match[2])
        if row <= LAST_ROW and column <= LAST_COLUMN:
            return row, column
    raise damaged(f"there is no cell {text[:40]!r}")


def check_range(text: str) -> None:
    """Raise when a text is no range such as ``A1:C9``, or runs backwards."""
    first, _, last = text.partition(":")
    start, end = parse_reference(first), parse_reference(last or first)
    if start[0] > end[0] or start[1] > end[1]:
        raise damaged(f"there is no range {text[:40]!r}")

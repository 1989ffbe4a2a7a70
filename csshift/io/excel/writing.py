"""Writes cells of a workbook; names from users remain text, whatever they look like."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from csshift.errors import Fault, InputError
from csshift.extras import needed
from csshift.io.excel.extent import address
from csshift.io.files import write_file

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_TEXT = 32_767
LONGEST_TITLE = 31
FIRST_DATE = Date(1900, 3, 1)
"""Spreadsheets count a day in 1900 that did not exist: earlier dates are written as text."""

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}

Value: TypeAlias = str | int | float | Decimal | Date | None


@dataclass(frozen=True)
class Styles:
    """The formats of a workbook, each made once.

    Parameters
    ----------
    book : Workbook
    made : dict
        Formats by their properties.
    """

    book: Workbook
    made: dict[tuple[tuple[str, Any], ...], Format]

    def get(self, **properties: Any) -> Format:
        """Return the format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(properties)
        return self.made[key]


def write_book(path: Path, fill: Callable[[Workbook, Styles], None]) -> None:
    """Write a workbook, whole or not at all.

    Parameters
    ----------
    path : Path
        The folder around it is made when it is not there.
    fill : callable
        Adds the sheets.
    """
    content = BytesIO()
    book = needed("xlsxwriter", "excel").Workbook(content, _OPTIONS)
    fill(book, Styles(book, {}))
    book.close()
    write_file(path, content.getvalue())


def put(sheet: Worksheet, row: int, column: int, value: Value, style: Format | None = None) -> None:
    """Write a cell: text as text, and so a number that a sheet cannot hold exactly.

    A text that is longer than a cell can hold raises an `InputError`.
    """
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise _too_long(sheet, row, column)
        sheet.write_string(row, column, value, style)
    elif isinstance(value, Date):
        if value < FIRST_DATE:
            sheet.write_string(row, column, value.isoformat(), style)
        else:
            sheet.write_datetime(row, column, value, style)
    elif keeps_digits(value):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, str(value), style)


def keeps_digits(value: float | Decimal) -> bool:
    """Return whether a sheet keeps a number as it is: programs keep 15 digits."""
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    return Decimal(f"{float(value):.15g}") == number


def _too_long(sheet: Worksheet, row: int, column: int) -> InputError:
    where = f"sheet {sheet.get_name()}, cell {address(row, column)}"
    problem = f"a text of more than {LONGEST_TEXT:,} characters"
    return InputError([Fault(where, problem, "a workbook cannot hold it: shorten it")])


def sheet_title(text: str, taken: set[str]) -> str:
    r"""Return a title for a sheet that spreadsheet programs accept, and note it as taken.

    Parameters
    ----------
    text : str
        The wish; ``[]:*?/\`` and control characters are replaced, the length is limited.
    taken : set of str
        Titles in use, in lower case.
    """
    clean = re.sub(r"[\[\]:*?/\\\x00-\x1f\x7f]", "_", text).strip("' ") or "_"
    if clean.lower() == "history":
        clean += "_"
    title, number = _cut(clean, LONGEST_TITLE), 1
    while title.lower() in taken:
        number += 1
        suffix = f" ({number})"
        title = _cut(clean, LONGEST_TITLE - len(suffix)) + suffix
    taken.add(title.lower())
    return title


def _cut(text: str, most: int) -> str:
    """Return the start of a text; characters beyond the basic plane count twice."""
    units = text.encode("utf-16-le", errors="replace")[: 2 * most]
    return units.decode("utf-16-le", errors="ignore").strip("' ")

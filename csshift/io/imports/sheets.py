"""Reads CSV files in any usual encoding, and Excel sheets, as rows of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from csshift.errors import suggestion
from csshift.io.excel.book import cell_text, open_book, read_rows
from csshift.io.excel.extent import LAST_COLUMN, MOST_AREA
from csshift.io.imports.log import ImportLog
from csshift.io.rows import Row, csv_rows, decode, fault, read_bytes

EXCEL = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
SEPARATORS = ",\t;"


@dataclass(frozen=True)
class Sheet:
    """Rows of text.

    Parameters
    ----------
    file : str
        Their file, for messages.
    rows : list of (int, list of str)
        The line on which each starts, and its cells without surrounding spaces; blank rows are
        left out.
    """

    file: str
    rows: list[Row]


def read_sheet(path: Path, log: ImportLog, sheet: str | None = None) -> Sheet:
    """Return the rows of a CSV or Excel file.

    Parameters
    ----------
    path : Path
        The file; its ending tells Excel from text.
    log : ImportLog
        Is notified of an encoding other than UTF-8.
    sheet : str, optional
        Name of the sheet of an Excel file; default the first one.
    """
    content = read_bytes(path)
    if path.suffix.lower() in EXCEL or content.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
        rows = _excel_rows(path, content, sheet)
    elif sheet is not None:
        raise fault(path, "not an Excel file; it has no sheets", "omit --sheet")
    else:
        text = decode(path.name, content, log.notes)
        separator = max(SEPARATORS, key=text[:20_000].count)
        rows = csv_rows(path.name, text, separator=separator, strict=False, most=LAST_COLUMN)
    kept: list[Row] = []
    count = 0
    for line, cells in rows:
        count += len(cells) + 1
        if count > MOST_AREA:
            raise fault(path, f"more than {MOST_AREA:,} cells", "split the file", line)
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            kept.append((line, stripped))
    if not kept:
        raise fault(path, "no rows", "give a file with a header and rows below")
    return Sheet(path.name, kept)


def _excel_rows(path: Path, content: bytes, sheet: str | None) -> Iterator[Row]:
    with open_book(path, content) as book:
        titles: list[str] = book.sheet_names
        if not titles:
            raise fault(path, "a workbook without sheets", "add one")
        if sheet is not None and sheet not in titles:
            raise fault(path, f"no sheet {sheet!r}", suggestion(sheet, titles, "sheet"))
        rows = read_rows(path, book, titles[0] if sheet is None else sheet)
    return ((number, [_cell(value) for value in row]) for number, row in enumerate(rows, start=1))


def _cell(value: Any) -> str:
    """Return what a cell of a workbook shows."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.year <= 1900:  # a time of day, or 24:00
        return cell_text(value, "time")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return "" if value is None else str(value)

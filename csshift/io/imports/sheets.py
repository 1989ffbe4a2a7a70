"""CSV files in any usual encoding, and Excel sheets, to rows of text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from csshift.errors import Fault, InputError, suggestion
from csshift.io.decoding import MOST_BYTES, read_limited
from csshift.io.excel.book import open_book, read_rows
from csshift.io.excel.cells import cell_text
from csshift.io.excel.extent import LAST_COLUMN, MOST_AREA
from csshift.io.imports.log import ImportLog

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
    rows: list[tuple[int, list[str]]]


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

    Raises
    ------
    InputError
        When the file cannot be read, or has no such sheet.
    MissingExtraError
        When an Excel file is to be read and python-calamine is not installed.
    """
    try:
        content = read_limited(path, MOST_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _fault(path, f"the file cannot be read: {reason}", "check the path") from None
    if path.suffix.lower() in EXCEL or content.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
        rows = _excel_rows(path, content, sheet)
    elif sheet is not None:
        raise _fault(path, "not an Excel file; it has no sheets", "omit --sheet")
    else:
        rows = _text_rows(path, decode(path.name, content, log))
    kept: list[tuple[int, list[str]]] = []
    count = 0
    for line, cells in rows:
        count += len(cells) + 1
        if count > MOST_AREA:
            raise _fault(path, f"more than {MOST_AREA:,} cells", "split the file", line)
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            kept.append((line, stripped))
    if not kept:
        raise _fault(path, "no rows", "give a file with a header and rows below")
    return Sheet(path.name, kept)


def _fault(path: Path, problem: str, remedy: str, line: int | None = None) -> InputError:
    return InputError([Fault(path.name, problem, remedy, line=line)])


def decode(name: str, content: bytes, log: ImportLog) -> str:
    """Return the text of a file in UTF-8, UTF-16 or GBK, or of one that mixes UTF-8 and GBK.

    Each line of a mixed file, as one gets by appending one export to another, is decoded on its
    own, and the log names the lines that differ.

    Raises
    ------
    InputError
        With the lines that are neither.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        log.notes.append(f"{name}: read as UTF-16")
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            problem = "damaged UTF-16"
            raise InputError([Fault(name, problem, "save the file as UTF-8")]) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    text: list[str] = []
    gbk: list[int] = []
    utf8: list[int] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        try:
            text.append(line.decode("utf-8"))
            if not line.isascii():
                utf8.append(number)
        except UnicodeDecodeError:
            gbk.append(number)
            try:
                text.append(line.decode("gb18030"))
            except UnicodeDecodeError:
                remedy = "save the file as UTF-8, or retype the damaged characters"
                faults.append(Fault(name, "neither UTF-8 nor GBK", remedy, line=number))
    if faults:
        raise InputError(faults)
    mixed = f"UTF-8 in {_lines(utf8)}, GBK in {_lines(gbk)}; each was decoded on its own"
    log.notes.append(f"{name}: {mixed}" if utf8 else f"{name}: read as GBK")
    return "\n".join(text)


def _lines(numbers: list[int]) -> str:
    """Return line numbers with runs drawn together: ``lines 1, 4-9``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs[:10])
    more = f" and {len(runs) - 10} more" if len(runs) > 10 else ""
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _text_rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    head = text[:20_000]
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _fault(path, f"not a table: {error}", "save it as CSV again", line) from None
        if cells is None:
            return
        if len(cells) > LAST_COLUMN:
            raise _fault(path, f"{len(cells):,} cells in one row", "give a table", line)
        yield line, cells
        line = reader.line_num + 1


def _excel_rows(path: Path, content: bytes, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    with open_book(path, content) as book:
        titles: list[str] = book.sheet_names
        if not titles:
            raise _fault(path, "a workbook without sheets", "add one")
        if sheet is not None and sheet not in titles:
            raise _fault(path, f"no sheet {sheet!r}", suggestion(sheet, titles, "sheet"))
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

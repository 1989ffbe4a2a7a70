"""Reads CSV files as entities, with the line of each, and writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic

from pydantic import ValidationError

from csshift.errors import Fault, InputError, nearest, suggestion
from csshift.io.fields import CellError
from csshift.io.layout import Column, EntityType, Table
from csshift.io.rows import Row, csv_rows, read_text
from csshift.io.wording import complaints
from csshift.model.roster import column_of
from csshift.problem.faults import MOST_FAULTS

MOST_COLUMNS = 50_000
MOST_ROWS = 1_000_000
"""Rows of a file: each takes about 1.2 kilobytes of memory."""

OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "\uff0c": "full-width commas"}

Layout = tuple[tuple[int, Column], ...]


@dataclass
class Content(Generic[EntityType]):
    """The content of a file.

    Parameters
    ----------
    table : Table
        What it should hold.
    file : str
        Name of the file, for faults.
    entities : list of Entity or TableRow
        The rows that could be read.
    lines : list of int
        The line on which each row starts; the header is line 1.
    faults : list of Fault
        What is wrong.
    dropped : list of dict
        What could be read of the other rows.
    readable : bool
        Whether the rows could be separated; if not, nothing is known about them.
    """

    table: Table[EntityType]
    file: str
    entities: list[EntityType] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)
    readable: bool = True

    @property
    def too_many(self) -> bool:
        """Whether more faults were found than are reported."""
        return len(self.faults) > MOST_FAULTS

    def add_fault(self, problem: str, remedy: str, line: int | None = None, **where: Any) -> None:
        """Note that something is wrong with the file."""
        self.faults.append(Fault(self.file, problem, remedy, line=line, **where))

    def locate(self, fault: Fault) -> Fault:
        """Return a fault of one of the entities, or of all, placed in the file."""
        return fault.located(self.file, None if fault.index is None else self.lines[fault.index])


def read_table(path: Path, table: Table[EntityType]) -> Content[EntityType]:
    """Return the rows of a file as entities, and everything that is wrong with them.

    Parameters
    ----------
    path : Path
        The file.
    table : Table
        Its columns.
    """
    content = Content(table, path.name)
    try:
        rows = csv_rows(path.name, read_text(path), most=MOST_COLUMNS)
        read_rows((row for row in rows if not _blank(row[1])), content)
    except InputError as error:
        content.faults.extend(error.faults)
        content.readable = False
    return content


def _blank(cells: list[str]) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


def read_rows(rows: Iterator[Row], content: Content[Any]) -> None:
    """Fill a content with rows of text, of which the first is the header.

    Parameters
    ----------
    rows : iterator of (int, list of str)
        Each row that is not blank, with its line.
    content : Content
        Takes the entities and the faults.
    """
    line, header = next(rows, (1, []))
    layout = _layout(header, line, content)
    if layout is None:
        content.readable = False
        return
    for count, (line, cells) in enumerate(rows, start=1):
        if count > MOST_ROWS:
            content.add_fault(f"more than {MOST_ROWS:,} rows", "give fewer rows", line)
            content.readable = False
            break
        _read_row(cells, line, len(header), layout, content)
        if content.too_many:
            content.readable = False
            break
    if content.table.required and not content.entities and not content.faults:
        content.add_fault("no rows under the header", f"add rows: {content.table.about}")
        content.readable = False


def _layout(header: list[str], line: int, content: Content[Any]) -> Layout | None:
    """Return the positions of the known columns, or None when a needed one is missing."""
    columns = {column.name: column for column in content.table.columns}
    names = [cell.strip() for cell in header]
    if len(names) == 1 and _other_separator(names[0], line, content):
        return None
    absent = [name for name in columns if name not in names]
    seen: dict[str, int] = {}
    for position, name in enumerate(names):
        if not name:
            content.add_fault(
                f"column {position + 1} has no name", "name it, or remove the column", line
            )
        elif name in seen:
            content.add_fault("duplicate column", "remove one of them", line, column=name)
        elif name not in columns:
            likely = absent if nearest(name, absent) else columns
            remedy = suggestion(name, likely, "column")
            content.add_fault("unknown column", remedy, line, column=name)
        seen.setdefault(name, position)
        if content.too_many:
            break
    missing = [name for name in absent if columns[name].required]
    for name in missing:
        remedy = f"the columns are {','.join(columns)}"
        content.add_fault("the column is missing", remedy, line, column=name)
    if missing:
        return None
    return tuple((seen[name], column) for name, column in columns.items() if name in seen)


def _other_separator(name: str, line: int, content: Content[Any]) -> bool:
    for mark, called in OTHER_SEPARATORS.items():
        if mark in name:
            content.add_fault(
                f"the columns are separated by {called}", "separate them by commas", line
            )
            return True
    return False


def _read_row(
    cells: list[str], line: int, width: int, layout: Layout, content: Content[Any]
) -> None:
    if len(cells) != width:
        content.add_fault(
            f"{len(cells)} cells, where the header has {width}",
            "write as many cells as the header has; quote a cell that holds a comma",
            line,
        )
        return
    values: dict[str, Any] = {}
    faults = len(content.faults)
    for position, column in layout:
        cell = cells[position].strip()
        if cell:
            try:
                values[column.name] = column.parse(cell)
            except CellError as error:
                content.add_fault(error.problem, error.remedy, line, column=column.name, value=cell)
        elif column.required:
            content.add_fault("empty", f"fill it: {column.brief}", line, column=column.name)
    if len(content.faults) > faults:
        content.dropped.append(values)
        return
    for row in _days(values):
        try:
            entity = content.table.validate(row)
        except ValidationError as error:
            content.faults.extend(_invalid(error, line, cells, layout, content))
            content.dropped.append(row)
            return
        content.entities.append(entity)
        content.lines.append(line)


def _days(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the values of a row, once for each day of a range of dates."""
    dates = values.get("date")
    if isinstance(dates, tuple):
        yield from (values | {"date": date} for date in dates)
    else:
        yield values


def _invalid(
    error: ValidationError, line: int, cells: list[str], layout: Layout, content: Content[Any]
) -> Iterator[Fault]:
    written = {column.name: cells[position].strip() for position, column in layout}
    for complaint in complaints(error, content.table.entity):
        column = str(complaint.place[0]) if complaint.place else None
        yield Fault(
            content.file,
            complaint.problem,
            complaint.remedy,
            line=line,
            column=column,
            value=written.get(column or "") or complaint.value,
        )


def table_bytes(
    table: Table[Any],
    rows: Sequence[Any],
    by: Sequence[str] = (),
    agents: Mapping[str, int] | None = None,
) -> bytes:
    """Return entities or rows as UTF-8 CSV with a header row.

    Identifiers are written as they are, so that reading gives them back; a spreadsheet program
    should read the columns as text.

    Parameters
    ----------
    table : Table
    rows : sequence of Entity or TableRow
    by : sequence of str
        Columns to sort by, the first one first.
    agents : mapping of str to int, optional
        Order of agents where they are sorted by.
    """
    order = list(range(len(rows)))
    for name in reversed(by):
        keys = column_of(rows, name)
        ranked = [agents[key] for key in keys] if agents and name == "agent_id" else keys
        order.sort(key=ranked.__getitem__)
    cells = []
    for each in table.columns:
        texts = list(map(each.csv_cell(), column_of(rows, each.name)))
        cells.append(map(texts.__getitem__, order))
    lines = map(",".join, zip(*cells, strict=True))
    return "\n".join([",".join(table.header), *lines, ""]).encode()


def known_words(rows: Iterable[Mapping[str, Any]], column: str) -> Iterator[str]:
    """Yield the names that could be read in a column of rows that could not be read completely."""
    for row in rows:
        value = row.get(column, ())
        yield from (value,) if isinstance(value, str) else value

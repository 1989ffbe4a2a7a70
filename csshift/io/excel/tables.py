"""Reads sheets into entities, and keeps the row of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from csshift.errors import Fault, InputError
from csshift.io import fields
from csshift.io.excel.book import Kind, Raw, Sheet, address, cell_text, read_book
from csshift.io.layout import DUTIES, Column, Table
from csshift.io.tables import Content, read_rows
from csshift.io.translations import cell_words, column_name, folded, store
from csshift.model.roster import DutyTurn


@dataclass
class Grid:
    """The rows of a sheet as text, under a header.

    Parameters
    ----------
    key : str
        Name of the table, for faults.
    names : list of str
        Columns, by their own names.
    rows : list of (int, list of str)
        Rows that are not blank, as long as the header, with their number from 1.
    header_row : int
        Number of the header row.
    positions : dict of str to int
        Position of each column, from 0.
    faults : list of Fault
        Cells that belong to no column.
    """

    key: str
    names: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    header_row: int = 1
    positions: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def placed(self, fault: Fault, where: str) -> Fault:
        """Return a fault of a row, placed at its cell in a sheet of a workbook."""
        if fault.line is None:
            return replace(fault, table=where)
        position = self.positions.get(fault.column or "")
        place = (
            f"row {fault.line}" if position is None else f"cell {address(fault.line - 1, position)}"
        )
        return replace(fault, table=f"{where}, {place}", line=None)


def read_grid(sheet: Sheet, key: str, kinds: Mapping[str, Kind]) -> Grid | None:
    """Return the content of a sheet, or None when it is blank.

    Parameters
    ----------
    sheet : Sheet
    key : str
        Name of the table.
    kinds : mapping of str to {"text", "date", "time"}
        The known columns.
    """
    filled = [number for number, row in enumerate(sheet.rows) if any(map(_filled, row))]
    if not filled:
        return None
    header = [cell_text(cell) for cell in sheet.rows[filled[0]]]
    width = max(i for i, title in enumerate(header) if title.strip()) + 1
    names = [column_name(title, kinds) for title in header[:width]]
    grid = Grid(key, names, header_row=filled[0] + 1)
    for position, name in enumerate(names):
        grid.positions.setdefault(name, position)
    columns: list[Kind] = [kinds.get(name, "text") for name in names]
    for number in filled[1:]:
        row = sheet.rows[number]
        cells = [cell_text(cell, kind) for cell, kind in zip(row, columns, strict=False)]
        grid.rows.append((number + 1, cells))
        grid.faults.extend(_beyond(key, number, width, row))
    return grid


def _filled(cell: Raw) -> bool:
    return cell != "" and not (isinstance(cell, str) and cell.isspace())


def _beyond(key: str, number: int, width: int, row: list[Raw]) -> Iterator[Fault]:
    """Yield the filled cells to the right of the header."""
    for position in range(width, len(row)):
        if _filled(row[position]):
            yield Fault(
                key,
                f"cell {address(number, position)} is under no column",
                "give its column a name in the header, or clear it",
                line=number + 1,
                value=cell_text(row[position]),
            )


def column_kinds(columns: Iterable[Column]) -> dict[str, Kind]:
    """Return what the columns of a table hold."""
    kinds: dict[Any, Kind] = {fields.date: "date", fields.dates: "date", fields.time: "time"}
    return {column.name: kinds.get(column.parse, "text") for column in columns}


def read_sheet_table(
    sheet: Sheet, table: Table[Any], for_people: Collection[str] = ()
) -> tuple[Content[Any], Grid] | None:
    """Return the rows of a sheet as entities, or None when it is blank.

    Parameters
    ----------
    sheet : Sheet
    table : Table
    for_people : collection of str
        Titles of columns that repeat others for people.
    """
    grid = read_grid(sheet, table.name, column_kinds(table.columns))
    if grid is None:
        return None
    keep = [i for i, name in enumerate(grid.names) if name not in for_people]
    grid.names = [grid.names[i] for i in keep]
    grid.rows = [(number, [cells[i] for i in keep]) for number, cells in grid.rows]
    content = Content(table, table.name, faults=grid.faults)
    if "want" in grid.positions:
        wish = grid.names.index("want")
        for _, cells in grid.rows:
            cells[wish] = store()["cells"]["wishes"].get(cells[wish].strip(), cells[wish])
    read_rows(iter([(grid.header_row, grid.names), *grid.rows]), content)
    return content, grid


def read_turns(
    path: str | Path, validate: Callable[[Content[DutyTurn]], tuple[DutyTurn, ...]]
) -> tuple[DutyTurn, ...]:
    """Return the duty turns that a workbook lists; none when it has no such sheet.

    Parameters
    ----------
    path : str or Path
    validate : callable
        Returns the turns of a content, or raises what is wrong with them.
    """
    titles = set(store()["report_sheets"]["turns"].values())
    sheet = next((s for s in read_book(path) if folded(s.title) in titles), None)
    found = None if sheet is None else read_sheet_table(sheet, DUTIES, cell_words("for_people"))
    if sheet is None or found is None:
        return ()
    content, grid = found
    try:
        return validate(content)
    except InputError as error:
        where = f"{Path(path).name}, sheet {sheet.title}"
        raise InputError(grid.placed(fault, where) for fault in error.faults) from None

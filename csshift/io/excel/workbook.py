"""Reads a problem from a workbook, and reports every fault of every sheet at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from csshift.errors import Fault, nearest
from csshift.io.assembly import Folder, assemble
from csshift.io.excel.book import Sheet, read_book
from csshift.io.excel.settings import read_setting_sheets
from csshift.io.excel.tables import Grid, read_sheet_table
from csshift.io.layout import FORECAST, PROBLEM_TABLES, REQUIREMENTS
from csshift.io.tables import Content
from csshift.io.translations import SETTINGS, folded, sheet_titles, table_name
from csshift.problem import Problem

WAY_OUT = "csshift template BOOK.xlsx writes a workbook with every sheet"


def load_workbook(path: str | Path) -> Problem:
    """Return the problem in a workbook.

    Sheets that are no table of a problem are left alone.

    Parameters
    ----------
    path : str or Path
        A workbook such as ``csshift template`` writes, in English or Chinese.
    """
    place = Path(path)
    sheets, faults = _sort_sheets(read_book(place))
    settings = read_setting_sheets(sheets)
    grids = dict(settings.grids)
    tables: dict[str, Content[Any]] = {}
    for table in PROBLEM_TABLES:
        found = read_sheet_table(sheets[table.name], table) if table.name in sheets else None
        if found is not None:
            tables[table.name], grids[table.name] = found
    faults += _missing({*tables, *settings.grids})
    placed = _placer(place.name, sheets, grids)
    return assemble(
        Folder(settings, tables), faults, lambda found: [placed(fault) for fault in _sorted(found)]
    )


def _sort_sheets(book: Iterable[Sheet]) -> tuple[dict[str, Sheet], list[Fault]]:
    """Return the sheets by table, and what is wrong with the titles."""
    sheets: dict[str, Sheet] = {}
    others: list[str] = []
    faults: list[Fault] = []
    for sheet in book:
        table = table_name(sheet.title)
        if table is None:
            others.append(sheet.title)
        elif table in sheets:
            problem = f"a second sheet of {table}, after {sheets[table].title!r}"
            faults.append(Fault(table, problem, "keep one of them", value=sheet.title))
        else:
            sheets[table] = sheet
    absent = {
        title: table
        for table, titles in sheet_titles().items()
        if table not in sheets
        for title in (table, *titles.values())
    }
    for title in others:
        meant = nearest(folded(title), absent)
        if meant is not None:
            remedy = f"did you mean {meant!r}?"
            faults.append(Fault(title, "not a sheet of a problem", remedy))
    return sheets, faults


def _missing(present: set[str]) -> Iterator[Fault]:
    needed = [SETTINGS, *(table.name for table in PROBLEM_TABLES if table.required)]
    for name in needed:
        if name not in present:
            yield Fault(name, "the sheet is missing or blank", WAY_OUT)
    if not present & {FORECAST.name, REQUIREMENTS.name}:
        problem = f"the sheet is missing or blank, and so is {REQUIREMENTS.name}"
        yield Fault(FORECAST.name, problem, "give one of them, or both")


def _sorted(faults: Iterable[Fault]) -> list[Fault]:
    order = {name: position for position, name in enumerate(sheet_titles())}
    return sorted(faults, key=lambda fault: (order.get(fault.table, len(order)), fault.line or 0))


def _placer(
    file: str, sheets: Mapping[str, Sheet], grids: Mapping[str, Grid]
) -> Callable[[Fault], Fault]:
    """Return a function that says file, sheet and cell of a fault."""

    def placed(found: Fault) -> Fault:
        fault = replace(found, index=None)
        if fault.table == "problem":
            return replace(fault, table=file)
        title = sheets[fault.table].title if fault.table in sheets else fault.table
        where = f"{file}, sheet {title}"
        grid = grids.get(fault.table)
        return replace(fault, table=where) if grid is None else grid.placed(fault, where)

    return placed

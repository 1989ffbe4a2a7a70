"""Finds the header row of a sheet, and the content of its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from csshift.errors import Fault, InputError
from csshift.io.imports.log import ImportLog
from csshift.io.imports.sheets import Sheet
from csshift.io.imports.values import UNITS, tidy
from csshift.io.translations import store

ROWS_SEARCHED = 30
TOTALS = re.compile(
    r"汇总|合计|总计|小计|平均|均值|总和"
    r"|^(grand |sub-?)?totals?[:：]?$"
    r"|^(sum|average|mean|avg)[.:：]?$",
    re.I,
)

_UNIT = re.compile(r"[(\[【](.*?)[)\]】]$")

Names = Mapping[str, tuple[str, ...]]
"""Known headings of each field."""


@cache
def known_headings(export: str) -> Names:
    """Return the known headings of the fields of an export: counts or reception."""
    return {name: tuple(known) for name, known in store()["headings"][export].items()}


@dataclass(frozen=True)
class Head:
    """The header of a sheet.

    Parameters
    ----------
    columns : dict of str to int
        Position of the column of each field that was found.
    units : dict of str to float
        Seconds of the unit that the heading of a field names.
    headings : list of str
        Every heading, ``upper/lower`` below a merged cell.
    below : int
        Position, among the rows of the sheet, of the first row below the header.
    """

    columns: dict[str, int]
    units: dict[str, float]
    headings: list[str]
    below: int


def find_head(
    sheet: Sheet, names: Names, needed: tuple[str, ...], chosen: Mapping[str, str], log: ImportLog
) -> Head:
    """Return the header: the row in which most headings are known, titles above it skipped.

    Parameters
    ----------
    sheet : Sheet
        The rows.
    names : mapping
        Known headings of each field.
    needed : tuple of str
        Fields that must be found.
    chosen : mapping of str to str
        Headings that a mapping file gives for fields; they win.
    log : ImportLog
        Is notified of skipped titles and unused columns.

    Raises
    ------
    InputError
        When a needed field is found in no row, or a field in two columns.
    """
    best: tuple[int, int, Head] | None = None
    faults: list[Fault] = []
    for position in range(min(ROWS_SEARCHED, len(sheet.rows))):
        for levels in (1, 2):
            head, doubled = _head(sheet, position, levels, names, chosen)
            score = 2 * len(head.columns) - levels
            if head.columns and (best is None or score > best[0]):
                best, faults = (score, position, head), doubled
    head = best[2] if best else Head({}, {}, [], 0)
    line = sheet.rows[best[1]][0] if best else sheet.rows[0][0]
    for field in needed:
        if field not in head.columns and not any(fault.column == field for fault in faults):
            faults.append(missing_column(sheet, field, names, chosen, head.headings, line))
    if faults:
        raise InputError(faults)
    _note_headers(sheet, head, best[1] if best else 0, log)
    return head


def _head(
    sheet: Sheet, position: int, levels: int, names: Names, chosen: Mapping[str, str]
) -> tuple[Head, list[Fault]]:
    line, lower = sheet.rows[position]
    upper = [""] * len(lower)
    below = position + 1
    if levels == 2:
        if below >= len(sheet.rows):
            return Head({}, {}, [], below), []
        upper, lower = _filled(lower), sheet.rows[below][1]
        below += 1
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower = lower + [""] * (width - len(lower))
    headings = [
        f"{a}/{b}" if a and b and a != b else b or a for a, b in zip(upper, lower, strict=True)
    ]
    columns: dict[str, int] = {}
    faults: list[Fault] = []
    for field, known in names.items():
        found = matching_columns(headings, field, known, chosen)
        if len(found) > 1:
            faults.append(doubled_column(sheet.file, line, field, headings, found))
        if found:
            columns[field] = found[0]
    units = {
        field: UNITS[match[1]]
        for field, column in columns.items()
        if (match := _UNIT.search(tidy(headings[column]).replace(" ", ""))) and match[1] in UNITS
    }
    return Head(columns, units, headings, below), faults


def doubled_column(
    file: str, line: int, field: str, headings: list[str], found: list[int]
) -> Fault:
    """Return the fault of a field that two columns hold."""
    two = " and ".join(f"{headings[i]!r} (column {i + 1})" for i in found[:2])
    remedy = f'say which in a mapping file: [columns] {field} = "{headings[found[0]]}"'
    return Fault(file, f"two columns for it: {two}", remedy, line=line, column=field)


def _filled(cells: list[str]) -> list[str]:
    """Return the cells of an upper header row, merged ones repeated to the right."""
    filled: list[str] = []
    for cell in cells:
        filled.append(cell or (filled[-1] if filled else ""))
    return filled


def matching_columns(
    headings: list[str], field: str, known: tuple[str, ...], chosen: Mapping[str, str]
) -> list[int]:
    """Return the columns that hold a field; the heading that a mapping file gives wins."""
    if field in chosen:
        wanted = bare(chosen[field])
        return [i for i, text in enumerate(headings) if wanted in (bare(text), bare(_last(text)))]
    exact = [i for i, text in enumerate(headings) if bare(text) in known]
    return exact or [i for i, text in enumerate(headings) if bare(_last(text)) in known]


def _last(heading: str) -> str:
    return heading.rpartition("/")[2]


def bare(heading: str) -> str:
    """Return a heading without its unit, spaces, and differences of case and width."""
    text = "".join(tidy(heading).lower().split())
    return _UNIT.sub("", text).replace("_", "")


def missing_column(
    sheet: Sheet,
    field: str,
    names: Names,
    chosen: Mapping[str, str],
    headings: list[str],
    line: int,
) -> Fault:
    """Return the fault of a field that no column holds."""
    there = ", ".join(text for text in headings if text)[:120] or "nothing known"
    wanted = chosen.get(field) or " or ".join(names[field][:3])
    remedy = f'name the column {wanted}, or say in a mapping file: [columns] {field} = "..."'
    problem = f"the column is missing; the header holds: {there}"
    return Fault(sheet.file, problem, remedy, line=line, column=field)


def _note_headers(sheet: Sheet, head: Head, position: int, log: ImportLog) -> None:
    for line, cells in sheet.rows[:position]:
        text = " ".join(cell for cell in cells if cell)
        log.notes.append(f"{sheet.file}, line {line}: taken for a title: {text[:60]}")
    unused = [
        text for i, text in enumerate(head.headings) if text and i not in head.columns.values()
    ]
    if unused:
        log.notes.append(f"{sheet.file}: columns not used: {', '.join(unused)[:400]}")

"""Reads a problem folder, and reports every fault of every file at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from csshift.errors import Fault, InputError, nearest
from csshift.io.assembly import Folder, assemble, in_order
from csshift.io.excel.book import is_workbook
from csshift.io.layout import (
    FORECAST,
    INPUT_TABLES,
    MADE_TABLES,
    ORDINARY,
    PROBLEM_TABLES,
    REQUIREMENTS,
    RESULT_TABLES,
    SETTINGS_FILE,
)
from csshift.io.settings import Settings, read_settings
from csshift.io.tables import read_table
from csshift.problem import Problem

SPREADSHEETS = ("xlsx", "xls", "ods", "numbers")


def load(folder: str | Path) -> Problem:
    """Return the problem in a folder or a workbook.

    Parameters
    ----------
    folder : str or Path
        A problem folder, as ``csshift schema`` describes it, or a workbook with its tables as
        sheets, as ``csshift template`` writes it.

    Raises
    ------
    InputError
        With every fault of every file: file, line, column, value, how to fix it; in a
        workbook sheet and cell.
    MissingExtraError
        When the package that reads workbooks is needed and not installed.
    """
    path = Path(folder)
    if is_workbook(path):
        from csshift.io.excel.workbook import load_workbook

        return load_workbook(path)
    found, faults = _read_folder(path)
    return assemble(found, faults, in_order)


def _read_folder(folder: Path) -> tuple[Folder, list[Fault]]:
    """Return the content of a folder, and what is wrong with its list of files."""
    present = _file_names(folder)
    settings = Settings(SETTINGS_FILE)
    if SETTINGS_FILE in present:
        settings = read_settings(folder / SETTINGS_FILE)
    tables = {
        table.name: read_table(folder / table.file, table)
        for table in PROBLEM_TABLES
        if table.file in present
    }
    return Folder(settings, tables), list(_missing(present))


def _file_names(folder: Path) -> frozenset[str]:
    # isdir answers False to every path that cannot be looked at.
    if not os.path.isdir(folder):
        problem = "not a folder" if os.path.exists(folder) else "there is no such folder"
        remedy = "give the folder that holds problem.toml"
        raise InputError([Fault(str(folder), problem, remedy)])
    try:
        return frozenset(os.listdir(folder))
    except OSError as error:
        problem = f"the folder cannot be read: {error.strerror}"
        raise InputError([Fault(str(folder), problem, "check its rights")]) from None


def _missing(present: frozenset[str]) -> Iterator[Fault]:
    """Yield the files that are needed and absent, and those that seem to be misnamed."""
    known = {SETTINGS_FILE: True} | {table.file: table.required for table in PROBLEM_TABLES}
    absent = [name for name in known if name not in present]
    others = {table.file for table in (*RESULT_TABLES, *INPUT_TABLES, *MADE_TABLES)}
    for name in sorted(present - known.keys() - others):
        meant = _meant(name, absent)
        if meant is not None:
            yield Fault(name, "not a file of a problem folder", f"did you mean {meant!r}?")
    for name in absent:
        if known[name]:
            yield Fault(name, "the file is missing", _way_to(name, present))
    if {FORECAST.file, REQUIREMENTS.file} <= set(absent):
        remedy = f"give {FORECAST.file}, {REQUIREMENTS.file}, or both"
        if ORDINARY.file in present:
            remedy = f"csshift forecast FOLDER makes it from {ORDINARY.file}"
        yield Fault(FORECAST.file, f"the file is missing, and so is {REQUIREMENTS.file}", remedy)


def _way_to(name: str, present: frozenset[str]) -> str:
    stem = name.rpartition(".")[0]
    for extension in SPREADSHEETS:
        if f"{stem}.{extension}" in present:
            return f"save {stem}.{extension} as CSV UTF-8"
    return "csshift init FOLDER writes an example of it"


def _meant(name: str, absent: Iterable[str]) -> str | None:
    """Return the absent file that a name seems to stand for."""
    stem, _, extension = name.lower().rpartition(".")
    stems = {known.rpartition(".")[0]: known for known in absent if known.endswith(extension)}
    close = nearest(stem, stems) if extension in ("csv", "toml") else None
    return None if close is None else stems[close]

"""A problem folder to a problem, with every fault of every file reported at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csshift.errors import Fault, InputError, nearest
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
from csshift.io.tables import Content, known_words, read_table
from csshift.problem import Problem
from csshift.problem.faults import find_faults, first_faults
from csshift.problem.labour import labour_of_folder
from csshift.problem.names import Noun
from csshift.rules.registry import in_points

SPREADSHEETS = ("xlsx", "xls", "ods", "numbers")


@dataclass(frozen=True)
class Folder:
    """What stands in the files of a problem folder.

    Parameters
    ----------
    settings : Settings
        The file problem.toml.
    tables : dict of str to Content
        The CSV files that are there, by name of the table.
    """

    settings: Settings
    tables: Mapping[str, Content[Any]]

    @property
    def parts(self) -> dict[str, Any]:
        """Fields of `Problem`; those that could not be read are absent."""
        found: dict[str, Any] = {
            table.name: () for table in PROBLEM_TABLES if not table.required
        } | self.settings.parts
        for name, content in self.tables.items():
            found[name] = tuple(content.entities)
            if not content.readable:
                del found[name]
        return found

    @property
    def unread(self) -> dict[Noun, set[str]]:
        """Names in entries that could not be read whole."""
        found: dict[Noun, set[str]] = {}
        columns: tuple[tuple[Noun, str, str], ...] = (
            ("agent", "agents", "agent_id"),
            ("team", "agents", "team"),
            ("agent tag", "agents", "tags"),
            ("shift", "shifts", "code"),
            ("shift tag", "shifts", "tags"),
            ("store", "forecast", "store"),
            ("store", "requirements", "store"),
        )
        for noun, table, column in columns:
            if table in self.tables:
                names = known_words(self.tables[table].dropped, column)
                found.setdefault(noun, set()).update(names)
        entries: tuple[tuple[Noun, str], ...] = (
            ("skill", "skills"),
            ("contract", "contracts"),
            ("span", "spans"),
            ("period", "spans"),
            ("duty", "duties"),
        )
        for noun, table in entries:
            found[noun] = set(self.settings.dropped.get(table, ()))
        return found

    def locate(self, fault: Fault) -> Fault:
        """Return a fault of the problem, placed in the file where it stands."""
        content = self.tables.get(fault.table)
        if content is not None:
            line = None if fault.index is None else content.lines[fault.index]
            return fault.located(content.file, line)
        if fault.table in Problem.model_fields:
            return self.settings.locate(fault)
        return fault


def load(folder: str | Path) -> Problem:
    """Return the problem that stands in a folder or in a workbook.

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


def assemble(
    found: Folder, faults: Iterable[Fault], ordered: Callable[[Iterable[Fault]], list[Fault]]
) -> Problem:
    """Return the problem that was found, or raise all that is wrong with it.

    Parameters
    ----------
    found : Folder
        What stands in the files, or in the sheets of a workbook.
    faults : iterable of Fault
        What is wrong with the list of files itself.
    ordered : callable
        Puts faults into the order in which they are reported.
    """
    every = [*faults, *found.settings.faults]
    for content in found.tables.values():
        every.extend(content.faults)
    parts = found.parts
    parts.setdefault("labour", labour_of_folder(parts))
    every.extend(map(found.locate, find_faults(parts, found.unread)))
    if every:
        # A range of dates is a row for each day; what is wrong with it is said once.
        raise InputError(first_faults(ordered({str(fault): fault for fault in every}.values())))
    if "rules" in parts:
        parts["rules"] = in_points(parts["rules"], parts.get("severities", {}))
    # Every part has been validated by now; a second time would double the reading time.
    return Problem.model_construct(**parts)


def _read_folder(folder: Path) -> tuple[Folder, list[Fault]]:
    """Return what stands in a folder, and what is wrong with its list of files."""
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


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults by file, in the order of the documentation, and by line."""
    order = [SETTINGS_FILE, *(table.file for table in PROBLEM_TABLES)]
    places = {name: position for position, name in enumerate(order)}
    return sorted(faults, key=lambda fault: (places.get(fault.table, len(order)), fault.line or 0))

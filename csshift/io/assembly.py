"""Assembles a problem from what files or sheets hold, or raises all that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from csshift.errors import Fault, InputError
from csshift.io.layout import PROBLEM_TABLES, SETTINGS_FILE
from csshift.io.settings import Settings
from csshift.io.tables import Content, known_words
from csshift.problem import Problem
from csshift.problem.faults import find_faults, first_faults
from csshift.problem.names import Noun
from csshift.problem.presets import labour_of_folder
from csshift.rules.registry import in_points


@dataclass(frozen=True)
class Folder:
    """The content of the files of a problem folder.

    Parameters
    ----------
    settings : Settings
        The file problem.toml.
    tables : dict of str to Content
        The CSV files that exist, by name of the table.
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
        """Return a fault of the problem, placed in its file."""
        content = self.tables.get(fault.table)
        if content is not None:
            return content.locate(fault)
        if fault.table in Problem.model_fields:
            return self.settings.locate(fault)
        return fault


def assemble(
    found: Folder, faults: Iterable[Fault], ordered: Callable[[Iterable[Fault]], list[Fault]]
) -> Problem:
    """Return the problem that was found, or raise all that is wrong with it.

    Parameters
    ----------
    found : Folder
        The content of the files, or of the sheets of a workbook.
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


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults by file, in the order of the documentation, and by line."""
    order = [SETTINGS_FILE, *(table.file for table in PROBLEM_TABLES)]
    places = {name: position for position, name in enumerate(order)}
    return sorted(faults, key=lambda fault: (places.get(fault.table, len(order)), fault.line or 0))

"""Reads problem.toml: settings, contracts, skills, rules and duties."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from csshift.errors import Fault, InputError, collecting, suggestion
from csshift.io.positions import DEEPEST, find_lines, line_of
from csshift.io.rows import read_text
from csshift.io.wording import Place, complaints
from csshift.model.calendar import LabourTerms
from csshift.model.duties import Duty
from csshift.model.entity import Entity, invisible_character
from csshift.model.horizon import DateSpan, Horizon
from csshift.model.people import Contract
from csshift.model.skills import Skill
from csshift.model.weights import Weights
from csshift.rules.base import Rule
from csshift.rules.registry import UnknownKindError, find_kind, kinds, own_kind
from csshift.rules.severity import SeverityLevels

TABLES = (
    "name",
    "stores",
    "pools",
    "labour",
    "labour_terms",
    "horizon",
    "skills",
    "contracts",
    "severities",
    "rules",
    "spans",
    "duties",
    "weights",
)
TOP_ONLY: tuple[Place, ...] = (("labour",), ("pools",))
"""Settings without a table, which are easily written below one."""

POOL_WORDS = ("auto", "separate")
LARGEST_INTEGER = 10**15

EntityType = TypeVar("EntityType", bound=Entity)


@dataclass
class Settings:
    """The content of problem.toml.

    Parameters
    ----------
    file : str
        Name of the file, for faults.
    text : str
        Its text.
    parts : dict
        Fields of `Problem` that could be read.
    places : dict of str to list of path
        For each part that is a list: the place of each of its entities.
    dropped : dict of str to list of str
        For each part: names of the entities that could not be read.
    faults : list of Fault
        What is wrong.
    """

    file: str
    text: str = ""
    parts: dict[str, Any] = field(default_factory=dict)
    places: dict[str, list[Place]] = field(default_factory=dict)
    dropped: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @cached_property
    def lines(self) -> dict[Place, int]:
        """The lines of the tables and keys."""
        return find_lines(self.text)

    def add_fault(self, place: Place, problem: str, remedy: str, value: str | None = None) -> None:
        """Note that something is wrong at a place of the file."""
        self.faults.append(self.at(place, Fault(self.file, problem, remedy, value=value)))

    def locate(self, fault: Fault) -> Fault:
        """Return a fault of one of the parts, placed in the file."""
        places = self.places.get(fault.table, [])
        place: Place = (fault.table,)
        if fault.index is not None and fault.index < len(places):
            place = places[fault.index]
        field = fault.column.split(".") if fault.column else ()
        return self.at((*place, *field), fault)

    def at(self, place: Place, fault: Fault) -> Fault:
        """Return a fault, placed at a table or key of the file."""
        line = line_of(self.lines, place)
        return replace(fault, table=self.file, line=line, column=dotted(place) or None)


def read_settings(path: Path) -> Settings:
    """Return the content of problem.toml, and everything that is wrong with it."""
    settings = Settings(path.name)
    with collecting(settings.faults):
        text = read_text(path)
        content = _parse(text, settings.file)
        settings.text = text
        take_settings(content, settings)
    return settings


def take_settings(content: Mapping[str, Any], settings: Settings) -> None:
    """Take what the tables of a settings file hold, and note everything wrong with it.

    Parameters
    ----------
    content : mapping
        Tables and fields, as TOML has them.
    settings : Settings
        Takes the parts and the faults.
    """
    for place, problem, remedy, value in _unfit(content, ()):
        settings.add_fault(place, problem, remedy, value)
    if settings.faults:
        return  # what follows relies on printable text and finite numbers
    for key in content:
        if key not in TABLES:
            settings.add_fault((key,), "unknown table or field", suggestion(key, TABLES, "table"))
    _read_top(content, settings)
    _read_single(content, "horizon", Horizon, settings)
    _read_single(content, "weights", Weights, settings)
    _read_single(content, "labour_terms", LabourTerms, settings)
    _read_severities(content, settings)
    _read_named(content, "skills", Skill, settings)
    _read_named(content, "contracts", Contract, settings)
    _read_named(content, "spans", DateSpan, settings)
    _read_list(content, "duties", settings)
    _read_list(content, "rules", settings)


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError([Fault(file, "nested too deeply", "write plain tables")]) from None
    except ValueError as error:
        message = str(error)
        place = re.search(r" \(at line (\d+), column \d+\)$", message)
        line = int(place[1]) if place else text.count("\n") + 1
        reason = re.sub(r" \(at .*\)$", "", message)
        problem = f"not valid TOML: {reason[:1].lower()}{reason[1:]}"
        raise InputError([Fault(file, problem, _toml_remedy(text, line), line=line)]) from None


def _toml_remedy(text: str, line: int) -> str:
    """Return how to write a line that is no TOML, such as ``[contracts.全职]``."""
    written = text.splitlines()[line - 1] if line <= text.count("\n") + 1 and text else ""
    key = written.split("=")[0].strip().strip("[]")
    for part in key.split("."):
        if part and not part.isascii() and '"' not in part and "'" not in part:
            return f'put the name in quotation marks: "{part.strip()}"'
    return 'write name = value, text in "quotation marks", lists in [square brackets]'


def _unfit(value: Any, place: Place) -> Iterator[tuple[Place, str, str, str | None]]:
    """Yield the values that no field can take, whatever its type."""
    if len(place) > DEEPEST:
        yield place[:DEEPEST], "nested too deeply", "write plain tables", None
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if invisible_character(key):
                yield place, "a key with an invisible character", "type it anew", repr(key)
            yield from _unfit(inner, (*place, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _unfit(inner, (*place, position))
    elif isinstance(value, str) and invisible_character(value):
        yield place, "text with a line break or an invisible character", "type it anew", value
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, "not a finite number", "write a number", str(value)
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        yield place, "too large a number", "write a smaller one", None


def _read_top(content: Mapping[str, Any], settings: Settings) -> None:
    name = content.get("name", "")
    if isinstance(name, str):
        settings.parts["name"] = name
    else:
        settings.add_fault(("name",), "not text", 'write name = "Spring week"', str(name))
    labour = content.get("labour")
    if isinstance(labour, str):
        settings.parts["labour"] = labour
    elif labour is not None:
        remedy = 'write labour = "standard", or labour = "none"'
        if isinstance(labour, Mapping):
            remedy += "; how it applies goes into the table [labour_terms]"
        settings.add_fault(("labour",), "not the name of a preset", remedy, str(labour))
    _read_pools(content, settings)
    stores = content.get("stores", [])
    if not isinstance(stores, list) or not all(isinstance(store, str) for store in stores):
        settings.add_fault(("stores",), "not a list of names", 'write stores = ["S1", "S2"]')
        return
    settings.parts["stores"] = tuple(stores)
    for position, store in enumerate(stores):
        if not store.strip() or "|" in store:
            remedy = "give every store a name without |"
            settings.add_fault(("stores",), "not the name of a store", remedy, store)
        if store in stores[:position]:
            settings.add_fault(("stores",), "duplicate store", "keep it once", store)


def _read_pools(content: Mapping[str, Any], settings: Settings) -> None:
    pools = content.get("pools", POOL_WORDS[0])
    groups = pools if isinstance(pools, list) else [pools]
    if isinstance(pools, str):
        if pools in POOL_WORDS:
            settings.parts["pools"] = pools
            return
        remedy = suggestion(pools, POOL_WORDS, "word")
        settings.add_fault(("pools",), "neither of its words, nor groups", remedy, pools)
    elif not all(isinstance(group, list) and group for group in groups) or not all(
        isinstance(store, str) and store.strip() for group in groups for store in group
    ):
        remedy = 'write pools = [["S1", "S2"]], "auto" or "separate"'
        settings.add_fault(("pools",), "not a list of groups of stores", remedy, str(pools))
    else:
        settings.parts["pools"] = tuple(tuple(store.strip() for store in group) for group in groups)


def _read_single(
    content: Mapping[str, Any], table: str, entity: type[Entity], settings: Settings
) -> None:
    if table not in content:
        if table == "horizon":
            remedy = "add [horizon] with start = 2026-03-16 and days = 7"
            settings.add_fault((), "the table [horizon] is missing", remedy)
        return
    found = _validated(content[table], entity, (table,), settings)
    if found is not None:
        settings.parts[table] = found


def _read_severities(content: Mapping[str, Any], settings: Settings) -> None:
    if not isinstance(content.get("severities", {}), Mapping):
        remedy = "write [severities] and lines such as high = 1000 below"
        settings.add_fault(("severities",), "not a table", remedy)
        return
    given = {"severities": content.get("severities", {})}
    found = _validated(given, SeverityLevels, (), settings)
    if found is not None:
        settings.parts["severities"] = found.severities


def _read_named(
    content: Mapping[str, Any], table: str, entity: type[Entity], settings: Settings
) -> None:
    entries = content.get(table, {})
    if not isinstance(entries, Mapping):
        remedy = f"write [{table}.NAME] and its fields below"
        settings.add_fault((table,), "not a table of tables", remedy)
        return
    settings.parts[table] = ()
    for name, fields in entries.items():
        place: Place = (table, name)
        if not name.strip() or any(mark in name for mark in ":;"):
            settings.add_fault(place, "not a name", "give it a name without : and ;", name)
        found = _validated(fields, entity, place, settings, given={"name": name})
        _keep(found, table, place, name, settings)


def _read_list(content: Mapping[str, Any], table: str, settings: Settings) -> None:
    entries = content.get(table, [])
    if not isinstance(entries, list):
        settings.add_fault((table,), "not a list of tables", f"write [[{table}]] for each")
        return
    settings.parts[table] = ()
    for position, fields in enumerate(entries):
        place: Place = (table, position)
        found: Entity | None
        if table == "rules":
            rule = _rule_kind(fields, place, settings)
            if rule is None:
                continue
            found = _validated({**fields, **own_kind(rule)}, rule, place, settings)
        else:
            found = _validated(fields, Duty, place, settings)
        name = fields.get("name") if isinstance(fields, Mapping) else None
        _keep(found, table, place, str(name), settings)


def _rule_kind(fields: Any, place: Place, settings: Settings) -> type[Rule] | None:
    """Return the class of a rule; None, and a fault, when there is no such kind."""
    if not isinstance(fields, Mapping):
        settings.add_fault(place, "not a table", "write [[rules]] and the fields below")
        return None
    kind = fields.get("kind")
    if kind is None:
        known = suggestion("", kinds(), "kind")
        settings.add_fault(place, "the rule has no kind", f'add kind = "..."; {known}')
        return None
    try:
        return find_kind(kind if isinstance(kind, str) else repr(kind))
    except UnknownKindError as error:
        settings.add_fault((*place, "kind"), error.problem, error.remedy, str(kind))
        return None


def _keep(found: Entity | None, table: str, place: Place, name: str, settings: Settings) -> None:
    if found is None:
        settings.dropped.setdefault(table, []).append(name)
        return
    settings.parts[table] += (found,)
    settings.places.setdefault(table, []).append(place)


def _validated(
    fields: Any,
    entity: type[EntityType],
    place: Place,
    settings: Settings,
    given: Mapping[str, Any] | None = None,
) -> EntityType | None:
    """Return the fields as an entity; None, and faults, when they do not fit."""
    if not isinstance(fields, Mapping):
        settings.add_fault(place, "not a table", f"write [{dotted(place)}] and its fields below")
        return None
    for name in given or {}:
        if name in fields:
            settings.add_fault((*place, name), "unknown field", "the header names it already")
            return None
    try:
        # As JSON, validation is strict: 7.5 is no count, "7" no number, 0 no date.
        text = json.dumps(_integral({**fields, **(given or {})}), default=_plain)
        return entity.model_validate_json(text, strict=True)
    except ValidationError as error:
        for complaint in complaints(error, entity):
            remedy = complaint.remedy
            if complaint.place in TOP_ONLY:
                remedy = "write it at the top of the file, before the first table"
            settings.add_fault(place + complaint.place, complaint.problem, remedy, complaint.value)
    return None


def _integral(value: Any) -> Any:
    """Return a value in which whole numbers are integers: tables take 7.0 as a count, too."""
    if isinstance(value, Mapping):
        return {key: _integral(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_integral(inner) for inner in value]
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_INTEGER:
        return int(value)
    return value


def _plain(value: date | datetime | time) -> str:
    return value.isoformat()


def dotted(place: Place) -> str:
    """Return a place as TOML names it; the line shows the position in a list."""
    return ".".join(part for part in place if isinstance(part, str))

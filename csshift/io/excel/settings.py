"""The sheets that replace problem.toml: settings, skills, contracts, spans, rules, duties."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from csshift.errors import Fault, suggestion
from csshift.io.excel.book import Sheet
from csshift.io.excel.fieldtypes import FieldType, field_types, read_value
from csshift.io.excel.tables import Grid, read_grid
from csshift.io.fields import CellError
from csshift.io.settings import POOL_WORDS, Settings, dotted, take_settings
from csshift.io.translations import CONTRACTS, DUTIES, RULES, SETTINGS, SKILLS, SPANS
from csshift.io.wording import Place
from csshift.model.calendar import LabourTerms
from csshift.model.duties import Duty
from csshift.model.entity import Entity
from csshift.model.horizon import DateSpan, Horizon
from csshift.model.people import Contract
from csshift.model.skills import Skill
from csshift.model.weights import Weights
from csshift.rules.registry import UnknownKindError, find_kind, kinds

SETTING_COLUMNS = ("setting", "value", "about")
SHEETS = (SETTINGS, SKILLS, CONTRACTS, SPANS, RULES, DUTIES)
RECORDS: dict[str, type[Entity]] = {
    SKILLS: Skill,
    CONTRACTS: Contract,
    SPANS: DateSpan,
    DUTIES: Duty,
}
NAMED = (SKILLS, CONTRACTS, SPANS)
"""Sheets whose rows go by their names."""

NO_HORIZON = "add rows for horizon.start and horizon.days"


@dataclass
class CellSettings(Settings):
    """Settings that are read from cells.

    Parameters
    ----------
    cells : dict of path to (sheet, row, column)
        Place of each entry and of each of its fields.
    grids : dict of str to Grid
        The sheets.
    """

    cells: dict[Place, tuple[str, int, str]] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=dict)

    def at(self, place: Place, fault: Fault) -> Fault:
        """Return a fault, placed at the cell of a setting."""
        if not place:
            return replace(fault, table=SETTINGS, remedy=NO_HORIZON)
        known = place
        while known and known not in self.cells:
            known = known[:-1]
        if not known:
            table = place[0] if place[0] in SHEETS else SETTINGS
            return replace(fault, table=str(table), column=dotted(place))
        sheet, row, column = self.cells[known]
        if len(known) == 2 and len(place) > 2:
            column = dotted(place[2:])  # a field that the row leaves blank
        return replace(fault, table=sheet, line=row, column=column)


def setting_types() -> dict[str, FieldType]:
    """Return the types of the rows of the sheet of settings."""
    found = {
        "name": FieldType(frozenset({"string"})),
        "stores": FieldType(frozenset({"array"}), frozenset({"string"})),
        "pools": FieldType(frozenset({"string", "array"}), frozenset({"array"}), POOL_WORDS),
        "labour": FieldType(frozenset({"string"})),
        "severities": FieldType(frozenset({"object"})),
    }
    for table, model in (
        ("horizon", Horizon),
        ("weights", Weights),
        ("labour_terms", LabourTerms),
    ):
        found |= {f"{table}.{name}": kind for name, kind in field_types(model).items()}
    return found


def record_types(table: str) -> dict[str, FieldType]:
    """Return the columns of a sheet of skills, contracts, duties or rules, with their types."""
    if table != RULES:
        return field_types(RECORDS[table])
    first = ("kind", "name", "severity")
    every: dict[str, FieldType] = {}
    for _, rule in sorted(kinds().items()):
        every = field_types(rule) | every
    ordered = sorted(every, key=lambda name: (name not in first, "agents" not in name))
    return {name: every[name] for name in ordered}


def read_setting_sheets(sheets: Mapping[str, Sheet]) -> CellSettings:
    """Return what the sheets of settings hold, and everything that is wrong with them."""
    found = CellSettings(SETTINGS)
    content: dict[str, Any] = {}
    for table in SHEETS:
        if table not in sheets:
            continue
        columns = SETTING_COLUMNS if table == SETTINGS else record_types(table)
        grid = read_grid(sheets[table], table, dict.fromkeys(columns, "text"))
        if grid is None:
            continue
        found.grids[table] = grid
        found.faults.extend(grid.faults)
        if not _known_columns(grid, columns, found):
            continue
        if table == SETTINGS:
            _read_settings(grid, content, found)
        else:
            _read_records(grid, content, found)
    own, found.faults = found.faults, []
    take_settings(content, found)
    found.faults = own + found.faults
    return found


def _known_columns(
    grid: Grid, columns: Mapping[str, Any] | tuple[str, ...], found: CellSettings
) -> bool:
    needed = {SETTINGS: ("setting", "value"), RULES: ("kind",)}.get(grid.key, ("name",))
    missing = [name for name in needed if name not in grid.positions]
    for name in missing:
        remedy = f"the columns are {', '.join(columns)}"
        found.faults.append(
            Fault(grid.key, "the column is missing", remedy, line=grid.header_row, column=name)
        )
    for position, name in enumerate(grid.names):
        problem = remedy = ""
        if not name:
            problem, remedy = "a column without a name", "name it, or remove it"
        elif grid.positions[name] != position:
            problem, remedy = "duplicate column", "remove one of them"
        elif name not in columns:
            problem, remedy = "unknown column", suggestion(name, columns, "column")
        if problem:
            found.faults.append(
                Fault(grid.key, problem, remedy, line=grid.header_row, column=name or None)
            )
    return not missing


def _read_settings(grid: Grid, content: dict[str, Any], found: CellSettings) -> None:
    types = setting_types()
    for row, cells in grid.rows:
        name, text = (cells[grid.positions[column]].strip() for column in ("setting", "value"))
        place = tuple(name.split("."))
        problem = remedy = ""
        if name not in types:
            problem, remedy = "unknown setting", suggestion(name, types, "setting")
        elif place in found.cells:
            problem, remedy = "duplicate setting", "keep one of them"
        if problem:
            fault = Fault(grid.key, problem, remedy, line=row, column="setting", value=name)
            found.faults.append(fault)
            continue
        found.cells[place] = (grid.key, row, "value")
        if text:
            _put(content, place, _value(text, types[name], (grid.key, row, "value"), found))


def _read_records(grid: Grid, content: dict[str, Any], found: CellSettings) -> None:
    """Take skills, contracts and spans by name, rules and duties by position."""
    named = grid.key in NAMED
    records: dict[str | int, dict[str, Any]] = {}
    for row, cells in grid.rows:
        filled = {
            name: cells[position].strip()
            for name, position in grid.positions.items()
            if name and cells[position].strip()
        }
        key = filled.pop("name", "") if named else len(records)
        place: Place = (grid.key, key)
        if named and not _new_name(place, row, found):
            continue
        found.cells[place] = (grid.key, row, "kind" if grid.key == RULES else "name")
        records[key] = _read_record(filled, place, row, found)
    content[grid.key] = records if named else list(records.values())


def _read_record(
    filled: Mapping[str, str], place: Place, row: int, found: CellSettings
) -> dict[str, Any]:
    """Return the fields of one row, and note the cell of each."""
    sheet = str(place[0])
    types = record_types(sheet)
    if sheet == RULES:
        with suppress(UnknownKindError):
            types = field_types(find_kind(filled.get("kind", "")))
    record: dict[str, Any] = {}
    for name, text in filled.items():
        path = tuple(name.split("."))
        found.cells[place + path] = (sheet, row, name)
        _put(record, path, _value(text, types.get(name), (sheet, row, name), found))
    return record


def _new_name(place: Place, row: int, found: CellSettings) -> bool:
    """Return whether a record has a name that no other has; note a fault if not."""
    problem, remedy = "", ""
    if not place[1]:
        problem, remedy = "the entry has no name", "name it, or clear the row"
    elif place in found.cells:
        problem, remedy = f"a second entry named {place[1]!r}", "keep one of them"
    if problem:
        found.faults.append(Fault(str(place[0]), problem, remedy, line=row, column="name"))
    return not problem


def _value(
    text: str, kind: FieldType | None, where: tuple[str, int, str], found: CellSettings
) -> Any:
    try:
        return read_value(text, kind)
    except CellError as error:
        sheet, row, column = where
        found.faults.append(
            Fault(sheet, error.problem, error.remedy, line=row, column=column, value=text)
        )
        return None


def _put(record: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put a value at a path of nested tables."""
    for part in path[:-1]:
        inner = record.setdefault(part, {})
        if not isinstance(inner, dict):
            return  # another cell holds something that is not a table, which validation reports
        record = inner
    last = record.get(path[-1])
    if isinstance(last, dict) and isinstance(value, dict):
        last.update(value)
    else:
        record[path[-1]] = value

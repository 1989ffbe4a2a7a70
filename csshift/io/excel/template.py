"""Writes a problem as a workbook: every table, with drop-downs and comments."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csshift.io import fields
from csshift.io.excel.fieldtypes import FieldType, write_value
from csshift.io.excel.settings import RECORDS, SETTING_COLUMNS, record_types, setting_types
from csshift.io.excel.writing import Styles, Value, put, write_book
from csshift.io.files import refuse_existing
from csshift.io.layout import PROBLEM_TABLES, Column, Table
from csshift.io.translations import (
    CONTRACTS,
    DUTIES,
    RULES,
    SETTINGS,
    Language,
    about,
    column_title,
    sheet_titles,
)
from csshift.model.calendar import LabourTerms
from csshift.model.entity import Entity, field_descriptions
from csshift.model.horizon import Horizon
from csshift.model.weights import Weights
from csshift.problem import Problem
from csshift.problem.presets import NONE, labour_of_folder, presets
from csshift.rules.registry import kinds

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

NEW_NAME = "give a new name"
SPARE_ROWS = 2000
LONGEST_LIST = 255
LISTS: dict[str, tuple[str, str]] = {
    "agent_id": ("agents", "agent_id"),
    "shift": ("shifts", "code"),
    "contract": (CONTRACTS, "name"),
    "duty": (DUTIES, "name"),
}
"""Columns whose cells name entries of another sheet: its table and column."""


def write_workbook(problem: Problem, path: str | Path, language: Language = "zh") -> None:
    """Write a problem as a workbook that `csshift.load` reads back.

    Parameters
    ----------
    problem : Problem
    path : str or Path
        Replaced if it exists.
    language : {"zh", "en"}
        Of titles and comments; `csshift.load` reads both.
    """

    def fill(book: Workbook, styles: Styles) -> None:
        writer = _Writer(problem, book, styles, language)
        for table in sheet_titles():
            writer.write(table)

    write_book(Path(path), fill)


def write_workbook_template(path: str | Path, language: Language = "zh") -> None:
    """Write a workbook with a small problem to start from; nothing is overwritten."""
    from csshift.io.reading import load
    from csshift.io.template import write_template

    refuse_existing([Path(path)], NEW_NAME)
    with tempfile.TemporaryDirectory() as folder:
        write_template(folder)
        problem = load(folder)
    write_workbook(problem, path, language)


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(
        self, problem: Problem, book: Workbook, styles: Styles, language: Language
    ) -> None:
        self.problem = problem
        self.book = book
        self.styles = styles
        self.language = language
        self.tables = {table.name: table for table in PROBLEM_TABLES}

    def write(self, name: str) -> None:
        """Add the sheet of a table."""
        sheet = self.book.add_worksheet(sheet_titles()[name][self.language])
        if name == SETTINGS:
            self._settings(sheet)
        elif name in self.tables:
            self._table(sheet, self.tables[name])
        else:
            self._records(sheet, name)
        sheet.freeze_panes(1, 0)

    def _header(self, sheet: Worksheet, columns: Iterable[str], notes: Mapping[str, str]) -> None:
        style = self.styles.get(bold=True, bg_color="#DDE6F0", bottom=1)
        for position, name in enumerate(columns):
            title = column_title(name, self.language)
            put(sheet, 0, position, title, style)
            sheet.set_column(position, position, max(10, 2 + 2 * len(title)))
            if notes.get(name):
                sheet.write_comment(0, position, notes[name], {"x_scale": 2})

    def _settings(self, sheet: Worksheet) -> None:
        notes = {name: about(SETTINGS, name, "", self.language) for name in SETTING_COLUMNS}
        self._header(sheet, SETTING_COLUMNS, notes)
        sheet.set_column(0, 1, 28)
        sheet.set_column(2, 2, 50)
        problem = self.problem
        values: dict[str, Any] = {
            "name": problem.name,
            "stores": list(problem.stores) or None,
            "pools": _bare(problem.pools),
            "labour": _labour(problem),
            "severities": _bare(problem.severities) or None,
        }
        for table in ("horizon", "weights", "labour_terms"):
            part: Entity = getattr(problem, table)
            values |= {f"{table}.{k}": v for k, v in part.model_dump(mode="json").items()}
        values["horizon.start"] = problem.horizon.start
        values["labour_terms.figures"] = _bare(problem.labour_terms.figures) or None
        date = self.styles.get(num_format="yyyy-mm-dd", align="left")
        left = self.styles.get(align="left")
        for row, (name, kind) in enumerate(setting_types().items(), start=1):
            value = values.get(name)
            dated = isinstance(value, Date)
            shown = value if dated or value is None else write_value(value, kind)
            put(sheet, row, 0, name)
            put(sheet, row, 1, shown, date if dated else left)
            put(sheet, row, 2, self._about_setting(name))
            if name == "horizon.interval_minutes":
                sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": [15, 30, 60]})
            elif name == "labour":
                known = [*presets(), NONE]
                sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": known})

    def _about_setting(self, name: str) -> str:
        table, _, inner = name.rpartition(".")
        model = {"horizon": Horizon, "weights": Weights, "labour_terms": LabourTerms}.get(
            table, Problem
        )
        return about(SETTINGS, name, field_descriptions(model).get(inner, ""), self.language)

    def _records(self, sheet: Worksheet, table: str) -> None:
        entries: Sequence[Entity] = getattr(self.problem, table)
        records = [_flat(entry) for entry in entries]
        types = {
            name: kind
            for name, kind in record_types(table).items()
            if "object" not in kind.kinds or any(name in record for record in records)
        }
        english = _descriptions(table)
        notes = {name: about(table, name, english.get(name, ""), self.language) for name in types}
        self._header(sheet, types, notes)
        for row, record in enumerate(records, start=1):
            for position, (name, kind) in enumerate(types.items()):
                if name in record:
                    put(sheet, row, position, write_value(record[name], kind))
        for position, (name, kind) in enumerate(types.items()):
            self._offer(sheet, position, name, len(records), self._choices(table, name, kind))

    def _choices(self, table: str, name: str, kind: FieldType) -> list[str]:
        """Return the words that a column of settings can hold, where these are known."""
        if table == RULES and name == "kind":
            return sorted(kinds())
        if table == DUTIES and name == "skill":
            return list(self.problem.known_skills)
        return list(kind.choices)

    def _table(self, sheet: Worksheet, table: Table[Any]) -> None:
        notes = {
            column.name: about(table.name, column.name, column.about, self.language)
            for column in table.columns
        }
        self._header(sheet, table.header, notes)
        rows: Sequence[Entity] = getattr(self.problem, table.name)
        date = self.styles.get(num_format="yyyy-mm-dd", align="left")
        text = self.styles.get(num_format="@")
        for row, entity in enumerate(rows, start=1):
            for position, column in enumerate(table.columns):
                value = _cell(column, getattr(entity, column.name))
                style = date if isinstance(value, Date) else None
                put(sheet, row, position, value, text if isinstance(value, str) else style)
        for position, name in enumerate(table.header):
            self._format(sheet, position, name)
            words = {"want": ["work", "off"], "works": ["only", "never"]}
            words["skill"] = list(self.problem.known_skills)
            words["shift"] = self._shifts_in_use() if table.name in ("requests", "pins") else []
            self._offer(sheet, position, name, len(rows), words.get(name, []))

    def _shifts_in_use(self) -> list[str]:
        """Return the codes to offer where old ones are in the list; else none: all of it is."""
        shifts = self.problem.shifts
        codes = [s.code for s in shifts if s.in_use(self.problem.horizon.start)]
        return codes if len(codes) < len(shifts) else []

    def _format(self, sheet: Worksheet, position: int, name: str) -> None:
        """Let cells that are typed in keep what was typed."""
        width = 26 if name in ("skills", "hours") else 14
        if "date" in name:
            sheet.set_column(position, position, width, self.styles.get(num_format="yyyy-mm-dd"))
        elif name not in ("inquiries", "heads", "weight", "break_minutes"):
            sheet.set_column(position, position, width, self.styles.get(num_format="@"))

    def _offer(
        self, sheet: Worksheet, position: int, name: str, rows: int, words: Sequence[str]
    ) -> None:
        """Add the drop-down of a column; other values draw a warning, no more."""
        source: str | list[str] | None = None
        listed = [word for word in words if "," not in word]
        if listed and len(",".join(listed)) <= LONGEST_LIST:
            source = listed
        elif words and name == "kind":
            source = self._rule_kinds(words)
        elif name in LISTS and sheet.get_name() not in sheet_titles()[LISTS[name][0]].values():
            source = self._reference(*LISTS[name])
        if source is not None:
            sheet.data_validation(
                1,
                position,
                rows + SPARE_ROWS,
                position,
                {"validate": "list", "source": source, "error_type": "warning"},
            )

    def _rule_kinds(self, words: Sequence[str]) -> str:
        """Return a reference to the kinds of rules, which are too many for a list in a cell."""
        title = "csshift"
        if self.book.get_worksheet_by_name(title) is None:
            lists = self.book.add_worksheet(title)
            lists.hide()
            for row, word in enumerate(words):
                put(lists, row, 0, word)
        return f"={title}!$A$1:$A${len(words)}"

    def _reference(self, table: str, column: str) -> str:
        header = self.tables[table].header if table in self.tables else tuple(record_types(table))
        letter = chr(ord("A") + header.index(column))
        last = len(getattr(self.problem, table)) + 1 + SPARE_ROWS
        return f"='{sheet_titles()[table][self.language]}'!${letter}$2:${letter}${last}"


def _labour(problem: Problem) -> str | None:
    """Return the preset of labour rules; None, a blank cell, where it is what a blank means."""
    named = problem.labour or NONE
    return None if named == labour_of_folder({"rules": problem.rules}) else named


def _flat(entity: Entity) -> dict[str, Any]:
    """Return the fields that differ from their defaults; nested ones as ``field.inner``."""
    found: dict[str, Any] = {}
    if hasattr(entity, "kind"):
        found["kind"] = entity.kind
    for name, value in _bare(entity.model_dump(exclude_defaults=True)).items():
        if isinstance(value, dict) and value:
            found |= {f"{name}.{inner}": part for inner, part in value.items()}
        else:
            found[name] = value
    return found


def _bare(value: Any) -> Any:
    """Return a value as JSON has it, numbers being numbers."""
    if isinstance(value, dict):
        return {name: _bare(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_bare(part) for part in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, Date) else value


def _cell(column: Column, value: Any) -> Value:
    """Return a value as a cell: numbers and dates as such, all else as in a CSV file."""
    if isinstance(value, Date | Decimal | float) or column.parse is fields.integer:
        found: Value = value
        return found
    return column.show(value)


def _descriptions(table: str) -> dict[str, str]:
    """Return what the fields of skills, contracts, duties or rules hold."""
    if table != RULES:
        return field_descriptions(RECORDS[table])
    return {k: v for rule in kinds().values() for k, v in field_descriptions(rule).items()}

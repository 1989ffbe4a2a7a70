"""The translations: names of sheets and columns, and phrases of reports, in two languages."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
SETTINGS, SKILLS, CONTRACTS, SPANS = "settings", "skills", "contracts", "spans"
RULES, DUTIES = "rules", "duties"


@cache
def store() -> dict[str, Any]:
    """Return ``translations.toml``: sections of terms, each in English and Chinese."""
    source = files("csshift.io").joinpath("translations.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


def weekdays(language: Language) -> tuple[str, ...]:
    """Return the short names of the days of the week, Monday first."""
    return tuple(store()["weekdays"][language])


def sheet_titles() -> dict[str, dict[Language, str]]:
    """Return the titles of the sheets of a problem, in the order in which they are written."""
    found: dict[str, dict[Language, str]] = store()["sheets"]
    return found


def report_title(sheet: str, language: Language) -> str:
    """Return the title of a sheet that a report has beside the roster."""
    return str(store()["report_sheets"][sheet][language])


def known_titles() -> set[str]:
    """Return every title, in both languages, of a sheet that is no roster."""
    sheets = (*store()["sheets"].values(), *store()["report_sheets"].values())
    return {title for titles in sheets for title in titles.values()}


def cell_words(kind: str) -> frozenset[str]:
    """Return the words that mean rest, leave, ... in the cells of hand-made sheets."""
    return frozenset(store()["cells"][kind])


def column_title(name: str, language: Language) -> str:
    """Return what a column is called in a sheet; names without a translation stay."""
    return str(store()["columns"].get(name, name)) if language == "zh" else name


def column_name(title: str, columns: Iterable[str]) -> str:
    """Return the column, among those of a sheet, that a title means; else the title."""
    wanted, chinese = folded(title), store()["columns"]
    for name in columns:
        if wanted in (name, chinese.get(name), folded(name)):
            return name
    other = str(store()["other_columns"].get(wanted, ""))
    return other if other in columns else title.strip()


def table_name(title: str) -> str | None:
    """Return the table that a sheet of this title holds, or None."""
    wanted = folded(title)
    for name, titles in sheet_titles().items():
        if wanted == name or wanted in titles.values():
            return name
    return None


def about(table: str, column: str, english: str, language: Language) -> str:
    """Return the description of a column or a setting; the English one where there is no other."""
    chinese = store()["about"]
    found = chinese.get(f"{table}.{column}") or chinese.get(column)
    return str(found) if found and language == "zh" else english


def own_name(name: str, language: Language) -> str:
    """Return what csshift calls one of its own skills or penalties; users' names stay."""
    found = store()["names"].get(name) if language == "zh" else None
    return str(found or name)


def folded(text: str) -> str:
    """Return text for comparison: half-width, lower case, without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip().lower()

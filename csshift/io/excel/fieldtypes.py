"""Settings as single cells: numbers, text, lists, nested tables."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from csshift.io.fields import CellError, decimal

NOTHING = "none"
"""Marks a number as absent, where a blank cell would mean the default."""


@dataclass(frozen=True)
class FieldType:
    """What a field can hold.

    Parameters
    ----------
    kinds : frozenset of str
        Types as JSON schema names them.
    items : frozenset of str
        Types of the elements, where it can be a list.
    choices : tuple of str
        The words that it can be, where these are all.
    """

    kinds: frozenset[str]
    items: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether it can be a number."""
        return bool(self.kinds & {"number", "integer"})

    @property
    def words(self) -> bool:
        """Whether it is a list of words."""
        return self.items == {"string"}

    @property
    def groups(self) -> bool:
        """Whether it is a list of lists of words."""
        return self.items == {"array"}


@cache
def field_types(model: type[BaseModel]) -> dict[str, FieldType]:
    """Return the types of a model's fields; those of a nested model as ``field.inner``, too."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    found: dict[str, FieldType] = {}
    for name, field in schema["properties"].items():
        found[name] = _field_type(field, definitions)
        for inner, part in _nested(field, definitions).items():
            found[f"{name}.{inner}"] = _field_type(part, definitions)
    return found


def _alternatives(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in field:
        return _alternatives(definitions[field["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in field:
        return [inner for part in field["anyOf"] for inner in _alternatives(part, definitions)]
    return [dict(field)]


def _field_type(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> FieldType:
    parts = _alternatives(field, definitions)
    items = [
        inner["type"]
        for part in parts
        if part.get("type") == "array"
        for inner in _alternatives(part.get("items", {}), definitions)
        if "type" in inner
    ]
    choices = tuple(word for part in parts for word in part.get("enum", ()))
    kinds = frozenset(part["type"] for part in parts if "type" in part)
    return FieldType(kinds, frozenset(items), choices)


def _nested(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: inner
        for part in _alternatives(field, definitions)
        if part.get("type") == "object"
        for name, inner in part.get("properties", {}).items()
    }


def read_value(text: str, kind: FieldType | None) -> Any:
    """Return the text of a cell as the value of a field, as TOML would have it."""
    if kind is None:
        return text
    if kind.items or "object" in kind.kinds:
        return _read_nested(text, kind)
    if kind.numeric:
        nothing = "null" in kind.kinds and text.lower() == NOTHING
        return None if nothing else _read_number(text)
    if "boolean" in kind.kinds and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def _read_number(text: str) -> int | float | str:
    """Return a number, or the text where it is none: validation has the words for that."""
    try:
        number = decimal(text)
    except CellError:
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def _read_nested(text: str, kind: FieldType) -> Any:
    if text in kind.choices:
        return text
    if text.startswith(("[", "{")):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError) as error:
            raise CellError(f"not valid TOML: {error}", 'write ["a", "b"]') from None
    if kind.groups:
        return [_split(group, "|") for group in _split(text, ";")]
    return _split(text, "|") if kind.words else text


def _split(text: str, mark: str) -> list[str]:
    return [part.strip() for part in text.split(mark) if part.strip()]


def write_value(value: Any, kind: FieldType | None) -> str | int | float:
    """Return the JSON value of a field as a cell that `read_value` reads back."""
    if value is None:
        return NOTHING
    if isinstance(value, list | dict):
        return _write_nested(value)
    if isinstance(value, str) and kind is not None and kind.numeric:
        return _read_number(value)
    return str(value).lower() if isinstance(value, bool) else value


def _write_nested(value: Any) -> str:
    if isinstance(value, list) and value:
        if all(_simple(word, "|") for word in value):
            return "|".join(value)
        if all(isinstance(group, list) and group for group in value) and all(
            _simple(word, "|;") for group in value for word in group
        ):
            return ";".join("|".join(group) for group in value)
    return inline(value)


def _simple(word: Any, marks: str) -> bool:
    """Return whether a word can be written between marks unchanged."""
    return (
        isinstance(word, str)
        and word == word.strip() != ""
        and not word.startswith(("[", "{"))
        and not any(mark in word for mark in marks)
    )


def inline(value: Any) -> str:
    """Return a JSON value as an inline value of TOML; fields that hold nothing are left out."""
    if isinstance(value, Mapping):
        fields = (f"{_quoted(k)} = {inline(v)}" for k, v in value.items() if v is not None)
        return "{" + ", ".join(fields) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    # What JSON escapes, TOML reads alike; DEL is the one control character that JSON leaves.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

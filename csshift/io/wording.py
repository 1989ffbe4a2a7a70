"""Rewords what pydantic finds for the author of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from csshift.errors import suggestion
from csshift.model.entity import TableRow, fields_of

Place = tuple[str | int, ...]

_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "is_instance_of": "a number",
    "string": "text in quotation marks",
    "date": "a date such as 2026-03-16",
    "tuple": "a list in square brackets",
    "list": "a list in square brackets",
    "named_tuple": 'a span of time such as "10:00-21:30"',
    "arguments": 'a span of time such as "10:00-21:30"',  # Pydantic before 2.14
    "dict": "a table",
    "model": "a table",
    "dataclass": "a table",
    "bool": "true or false",
}

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""Fields that an entity, or a row, does not have."""


@dataclass(frozen=True)
class Complaint:
    """What is wrong at one place of an entity.

    Parameters
    ----------
    place : tuple of str or int
        Field, and positions or keys within it; empty for the entity as a whole.
    problem, remedy : str
        What is wrong, and how to fix it.
    value : str or None
        The value at that place.
    """

    place: Place
    problem: str
    remedy: str = ""
    value: str | None = None


def complaints(error: ValidationError, model: type[Any]) -> Iterator[Complaint]:
    """Yield what a validation found, once for each place.

    Parameters
    ----------
    error : ValidationError
        As raised by `model`.
    model : type of Entity or TableRow
        Names the known fields.
    """
    seen: set[Place] = set()
    for details in error.errors(include_url=False):
        place = _place(details)
        if place in seen:
            continue
        seen.add(place)
        if place[:1] == ("severity",):
            # One complaint for the alternatives of the union.
            seen |= {("severity", *rest) for rest in ((), ("constrained-str",))}
            remedy = 'write "hard", 5, or a level such as "high"'
            problem = 'neither "hard" nor a positive weight nor a level'
            yield Complaint(("severity",), problem, remedy, _shown(details))
        else:
            yield _complaint(place, details, model)


def _place(details: ErrorDetails) -> Place:
    """Return where a complaint belongs, without the descriptions of alternatives."""
    *around, last = details["loc"] or ("",)
    found = tuple(part for part in around if _names_a_field(part))
    # A key that is missing or unknown may look like anything.
    keep = details["type"] in ("missing", *_UNKNOWN) or _names_a_field(last)
    return (*found, last) if details["loc"] and keep else found


def _names_a_field(part: str | int) -> bool:
    # Alternatives of a union add a description of themselves to the place.
    return isinstance(part, int) or not re.search(r"[\[(]", part)


def _complaint(place: Place, details: ErrorDetails, model: type[Any]) -> Complaint:
    kind, context = details["type"], details.get("ctx", {})
    value = _shown(details)
    if kind == "missing":
        return Complaint(place, "missing", f"give {place[-1]}")
    if kind in _UNKNOWN:
        known = known_fields(model, place[:-1])
        return Complaint(place, "unknown field", suggestion(str(place[-1]), known, "field"))
    if kind == "value_error":
        return _own_words(place, str(context.get("error", details["msg"])), value, model)
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", "")
        choices = re.split(r", | or ", expected)
        remedy = suggestion(value or "", choices, "choice")
        return Complaint(place, f"none of {', '.join(choices)}", remedy, value)
    return Complaint(place, *_plain_words(kind, context, details["msg"]), value)


def _plain_words(kind: str, context: Mapping[str, Any], message: str) -> tuple[str, str]:
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        bound = context[key]
        shown = f"{bound:g}" if isinstance(bound, float) else f"{bound}"
        return f"out of range: it must be {words} {shown}", "correct it"
    if kind == "finite_number":
        return "not a finite number", "write a number"
    if kind == "decimal_max_places":
        places = context["decimal_places"]
        return f"more than {places} decimal places", f"round it to {places} places"
    if kind in ("string_too_short", "too_short"):
        return "empty", "fill it"
    expected = next((words for start, words in _KINDS.items() if kind.startswith(start)), None)
    if expected is not None:
        return f"not {expected}", f"write {expected}"
    return message[:1].lower() + message[1:], "correct it"


def _own_words(place: Place, message: str, value: str | None, model: type[Any]) -> Complaint:
    """Split a message of the model into field, problem and remedy."""
    field, colon, rest = message.partition(": ")
    if not place and colon and field in known_fields(model, ()):
        place, message, value = (field,), rest, None
    problem, _, remedy = message.partition("; ")
    if value is not None:
        problem = problem.removeprefix(f"{value!r} ").removeprefix("is ")
    return Complaint(place, problem, remedy or "correct it", value)


def _shown(details: ErrorDetails) -> str | None:
    value = details.get("input")
    if isinstance(value, Mapping | BaseModel | TableRow) or value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)


def known_fields(model: type[Any], place: Place) -> list[str]:
    """Return the names of the fields at a place within a model."""
    for part in place:
        if isinstance(part, int):
            continue  # a position in a list
        field = fields_of(model).get(part)
        nested = _model_in(field.annotation) if field is not None else None
        if nested is None:
            return []
        model = nested
    return [field.alias or name for name, field in fields_of(model).items()]


def _model_in(annotation: Any) -> type[Any] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel | TableRow):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)

"""What every entity has in common, and the field types that they share."""

from __future__ import annotations

import dataclasses
import inspect
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar, NamedTuple, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

MINUTES_PER_DAY = 1440

DIRECTION_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
INVISIBLE = frozenset("\u200b\u2060\ufeff" + DIRECTION_MARKS)
"""Characters that cannot be seen, beside control characters and the ends of lines."""


class _Described:
    """Takes the description of every field in the JSON schema from the docstring."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core_schema))
        known = field_descriptions(cls)
        for name, entry in schema.get("properties", {}).items():
            if name in known:
                entry.setdefault("description", known[name])
        schema["description"] = _introduction(cls)
        return schema


class Entity(_Described, BaseModel):
    """A frozen record that rejects fields it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True
    )


class TableRow(_Described):
    """A row of a roster: a frozen dataclass, which is checked where an entity takes it.

    Rows are made by the hundred thousand, most of them by csshift itself.
    """

    __slots__ = ()
    __pydantic_config__ = ConfigDict(
        extra="forbid", allow_inf_nan=False, revalidate_instances="always"
    )
    __match_args__: ClassVar[tuple[str, ...]]


def fields_of(kind: type[Any]) -> Mapping[str, FieldInfo]:
    """Return the fields of an entity or row by name, in order."""
    if issubclass(kind, BaseModel):
        return kind.model_fields
    hints = get_type_hints(kind, include_extras=True)
    return {
        field.name: FieldInfo.from_annotated_attribute(hints[field.name], field)
        for field in dataclasses.fields(kind)
    }


def field_descriptions(entity: type[Any]) -> dict[str, str]:
    """Return what the docstrings of an entity or row and its bases say of each field, by name.

    A line such as ``leave, pins : tuple`` of the section Parameters describes both fields.
    """
    found: dict[str, str] = {}
    for base in reversed(entity.__mro__):
        section = re.search(
            r"^Parameters\n-{10}\n(.*?)(?=^\w[^\n]*\n-+$|\Z)",
            inspect.cleandoc(vars(base).get("__doc__") or ""),
            re.MULTILINE | re.DOTALL,
        )
        if section is None:
            continue
        for names, text in re.findall(
            r"^(\w[\w, ]*)(?: :[^\n]*)?\n((?:(?:[ ]+[^\n]*)?(?:\n|\Z))*)", section[1], re.MULTILINE
        ):
            words = " ".join(text.split())
            found |= {name.strip(): words for name in names.split(",") if words}
    return found


def _introduction(entity: type[Any]) -> str:
    """Return the docstring of an entity up to its first section."""
    text = inspect.cleandoc(entity.__doc__ or "")
    return re.split(r"^\w[^\n]*\n-{3,}$", text, maxsplit=1, flags=re.MULTILINE)[0].strip()


class Span(NamedTuple):
    """A stretch of time in minutes from midnight of its day; `end` may pass 24:00."""

    start: int
    end: int

    @property
    def minutes(self) -> int:
        """Length in minutes."""
        return self.end - self.start

    def overlap(self, other: Span) -> int:
        """Return the minutes that both spans share."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def __str__(self) -> str:
        return f"{clock(self.start)}-{clock(self.end)}"


def clock(minutes: int) -> str:
    """Return minutes from midnight as ``HH:MM``; 1560 is ``26:00``."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def parse_clock(text: str) -> int:
    """Return ``HH:MM`` as minutes from midnight.

    Raises
    ------
    ValueError
        When the text is not a time of day in that form.
    """
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isascii() and hours.isdigit() and len(hours) <= 2):
        raise ValueError(f"{text!r} is not a time of day; write it as HH:MM")
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) == 2 and int(minutes) < 60):
        raise ValueError(f"{text!r} is not a time of day; write it as HH:MM")
    return int(hours) * 60 + int(minutes)


def parse_span(text: str) -> Span:
    """Return ``HH:MM-HH:MM`` as a span; the end must lie after the start.

    Raises
    ------
    ValueError
        When the text is malformed or the end is not after the start.
    """
    first, dash, last = text.partition("-")
    if not dash:
        raise ValueError(f"{text!r} is not a span of time; write it as HH:MM-HH:MM")
    span = Span(parse_clock(first), parse_clock(last))
    if span.end <= span.start:
        raise ValueError(
            f"{text!r} ends before it starts; an end past midnight counts on (26:00 is 02:00)"
        )
    return span


def _to_clock(value: Any) -> Any:
    return parse_clock(value) if isinstance(value, str) else value


def _to_span(value: Any) -> Any:
    return parse_span(value) if isinstance(value, str) else value


def _to_spans(value: Any) -> Any:
    return tuple(parse_span(part) for part in value.split("+")) if isinstance(value, str) else value


def spans_text(spans: tuple[Span, ...]) -> str:
    """Return stretches of time as they are written: ``09:00-12:00+18:00-23:00``."""
    return "+".join(map(str, spans))


def _to_decimal(value: Any) -> Any:
    # A float is what its shortest decimal text says, not its binary expansion.
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(repr(value)) if number else value


def _forward(span: Span) -> Span:
    if not 0 <= span.start < span.end:
        raise ValueError("a span of time ends after it starts, and starts at 00:00 or later")
    return span


@lru_cache(maxsize=1 << 16)
def invisible_character(text: str) -> str | None:
    """Return the first line break, control character or other character that cannot be seen."""
    for character in text:
        category = unicodedata.category(character)
        if character in INVISIBLE or category in ("Cc", "Cs", "Zl", "Zp"):
            return character
    return None


def _visible(text: str) -> str:
    character = invisible_character(text)
    if character is not None:
        raise ValueError(f"an invisible character (U+{ord(character):04X}) inside the text")
    return text


_CLOCK = r"\d\d?:[0-5]\d"
_SPAN = f"{_CLOCK}-{_CLOCK}"


def _text_schema(pattern: str) -> WithJsonSchema:
    # What is written and usually read is text; minutes are accepted from Python.
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


TimeOfDay = Annotated[
    int,
    BeforeValidator(_to_clock),
    PlainSerializer(clock, return_type=str),
    Field(ge=0, lt=2880),
    _text_schema(_CLOCK),
]
TimeSpan = Annotated[
    Span,
    BeforeValidator(_to_span),
    AfterValidator(_forward),
    PlainSerializer(str, return_type=str),
    _text_schema(_SPAN),
]
TimeSpans = Annotated[
    tuple[Span, ...],
    BeforeValidator(_to_spans),
    PlainSerializer(spans_text, return_type=str),
    _text_schema(rf"{_SPAN}(\+{_SPAN})*"),
]
Exact = Annotated[Decimal, BeforeValidator(_to_decimal)]
Weight = Annotated[Exact, Field(ge=0, le=1_000_000, decimal_places=3)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_visible)
]
"""Without blanks around it, as in tables."""

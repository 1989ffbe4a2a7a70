"""Days of the week as people write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date as Date
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from csshift.errors import nearest

_Name = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(_Name)
"""How days of the week are stored, Monday first."""

SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CHINESE = "一二三四五六日"
_SETS = {
    "weekdays": range(5),
    "weekend": (5, 6),
    "weekends": (5, 6),
    "daily": range(7),
    "工作日": range(5),
    "周末": (5, 6),
    "每天": range(7),
}
_BETWEEN = re.compile(r"[;,、/|\s]+")
_RANGE = re.compile(r"\s*(?:-|–|—|~|至|到|\bto\b)\s*")


def weekday_position(word: str) -> int | None:
    """Return the day of the week that a word means, Monday being 0; None where it means none.

    Words are English names and their beginnings of two letters or more, and Chinese names.
    """
    text = unicodedata.normalize("NFKC", word).strip().lower().removesuffix(".")
    bare = re.sub("^(星期|周|礼拜|週)", "", text)
    if bare == "天":
        return 6
    if len(bare) == 1 and bare in _CHINESE:
        return _CHINESE.index(bare)
    found = [i for i, name in enumerate(WEEKDAYS) if len(text) >= 2 and name.startswith(text)]
    if text in ("tues", "thur", "thurs"):
        return 1 if text == "tues" else 3
    return found[0] if len(found) == 1 else None


def parse_weekdays(text: str) -> tuple[str, ...]:
    """Return the days that a text names, Monday first: ``Tue;Thu``, ``Mon-Fri``, ``周一至周五``.

    Raises
    ------
    ValueError
        When a word is no day of the week, or is listed twice.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    # Blanks around the mark of a range do not separate words.
    joined = _RANGE.sub("-", written)
    found: list[int] = []
    for word in filter(None, _BETWEEN.split(joined)):
        for position in _positions(word, written):
            if position in found:
                raise ValueError(f"{SHORT[position]} is named twice; keep it once")
            found.append(position)
    if not found:
        raise ValueError("names no day of the week; write Mon-Fri, or Tue;Thu")
    return tuple(WEEKDAYS[position] for position in sorted(found))


def _positions(word: str, written: str) -> list[int]:
    if word.lower() in _SETS:
        return list(_SETS[word.lower()])
    several = re.fullmatch("(?:星期|周|礼拜|週)([一二三四五六日]{2,})", word)
    if several:
        return [_CHINESE.index(day) for day in several[1]]
    first, mark, last = word.partition("-")
    ends = [weekday_position(part) for part in ((first, last) if mark else (first,))]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        wrong = next(p for p, end in zip((first, last), ends, strict=False) if end is None)
        shown = wrong if wrong == written else f"{wrong!r} in {written!r}"
        raise ValueError(f"{shown} is not a day of the week; write {_suggested(wrong)}")
    if len(known) == 1:
        return known
    # Sat-Mon runs over the end of the week.
    return [(known[0] + i) % 7 for i in range((known[1] - known[0]) % 7 + 1)]


def _suggested(word: str, examples: str = "Mon-Fri, or Tue;Thu") -> str:
    """Return the known word that is nearest to a wrong one, else examples."""
    close = nearest(word.lower(), (*WEEKDAYS, *(day.lower() for day in SHORT)))
    return examples if close is None else close[:3].capitalize()


def _read(value: Any) -> Any:
    if isinstance(value, str):
        return parse_weekdays(value)
    if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
        return parse_weekdays(";".join(value)) if value else value
    return value


def _read_one(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    position = weekday_position(value)
    if position is None:
        raise ValueError(f"{value} is not a day of the week; write {_suggested(value, 'Mon')}")
    return WEEKDAYS[position]


Weekday = Annotated[
    _Name,
    BeforeValidator(_read_one),
    WithJsonSchema({"type": "string", "examples": ["monday", "Sun", "周日"]}),
]
"""A day of the week; ``Sun`` and ``周日`` are read as ``sunday``."""

Weekdays = Annotated[
    tuple[_Name, ...],
    BeforeValidator(_read),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": "string"}},
                {"type": "string", "examples": ["Mon-Fri", "周二;周四"]},
            ]
        }
    ),
]
"""Days of the week, Monday first; a text such as ``Mon-Fri`` is read, too."""


def _names_a_day(weekdays: tuple[str, ...]) -> tuple[str, ...]:
    if not weekdays:
        raise ValueError("names no weekday; remove it, or name at least one")
    return weekdays


SomeWeekdays = Annotated[Weekdays, AfterValidator(_names_a_day)]
"""At least one day of the week."""


def falls_on(date: Date, weekdays: tuple[str, ...]) -> bool:
    """Return whether a date is one of some days of the week; of none means any."""
    return not weekdays or WEEKDAYS[date.weekday()] in weekdays


def show_weekdays(weekdays: tuple[str, ...]) -> str:
    """Return days of the week in short: ``Mon-Fri``, ``Tue;Thu``."""
    places = [WEEKDAYS.index(day) for day in weekdays]
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    shown = []
    for run in runs:
        names = [SHORT[place] for place in run]
        shown += [f"{names[0]}-{names[-1]}"] if len(names) > 2 else names
    return ";".join(shown)

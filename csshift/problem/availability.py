"""What is wrong with the rows of the availability, beside names that nobody has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date as Date
from itertools import combinations
from typing import Any

from csshift.errors import Fault
from csshift.model.availability import Availability
from csshift.problem.names import Names, Noun

TABLE = "availability"


def availability_faults(parts: Mapping[str, Any], names: Names) -> Iterator[Fault]:
    """Yield a fault for each unknown shift, and for rows ``only`` that may mean two things."""
    rows: Sequence[Availability] = parts.get(TABLE, ())
    for index, row in enumerate(rows):
        yield from shift_faults(row.shifts, names, TABLE, index, "shifts")
    own: dict[tuple[str, object], list[int]] = {}
    for index, row in enumerate(rows):
        if row.works == "only":
            own.setdefault((row.agent_id, row.weight), []).append(index)
    for same in own.values():
        for first, second in combinations(same, 2):
            if _ambiguous(rows[first], rows[second]):
                yield Fault(
                    TABLE,
                    f"another row of {rows[first].agent_id} says {rows[first]}: do both rows hold, "
                    "or either?",
                    "if both, write them in one row; if either, name the weekdays of each",
                    index=second,
                    column="works",
                    value=str(rows[second]),
                )
                break


def shift_faults(
    words: Sequence[str], names: Names, table: str, index: int, column: str
) -> Iterator[Fault]:
    """Yield a fault for each word that is no code, and no ``tag:`` word, of a shift."""
    for word in words:
        noun: Noun = "shift tag" if word.startswith("tag:") else "shift"
        yield from names.validate(noun, word.removeprefix("tag:"), table, index, column)


def request_words(text: str, names: Names) -> tuple[str, ...]:
    """Return the codes and ``tag:`` words of a request; a code may contain the mark itself."""
    return (text,) if text in names.known.get("shift", ()) else tuple(text.split(";"))


def _ambiguous(first: Availability, second: Availability) -> bool:
    """Return whether two rows ``only`` could as well be two conditions as two alternatives.

    They are alternatives for certain where their weekdays or dates have nothing in common, or
    where the same cells of both are filled.
    """
    if first.weekdays and second.weekdays and set(first.weekdays).isdisjoint(second.weekdays):
        return False
    start = max(first.start_date or Date.min, second.start_date or Date.min)
    if start > min(first.end_date or Date.max, second.end_date or Date.max):
        return False
    return _filled(first) != _filled(second)


def _filled(row: Availability) -> tuple[bool, ...]:
    return bool(row.weekdays), row.hours is not None, bool(row.shifts)

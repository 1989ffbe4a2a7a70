"""The words by which rules name shifts, and days of a sequence."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.errors import suggestion
from csshift.model.entity import MINUTES_PER_DAY, Span, parse_span
from csshift.model.shifts import Shift

TAG, START, DURING, PARTS = "tag:", "start:", "during:", "parts:"
PREFIXES = (TAG, START, DURING, PARTS)

DAY_OFF, ANY_SHIFT, ANY_DAY = ".", "+", "*"
DAY_WORDS = (DAY_OFF, ANY_SHIFT, ANY_DAY)
"""Words of a sequence that name no shift: a day off, any shift, any day."""

ShiftSet: TypeAlias = NDArray[np.bool_]
"""What fits one day of a sequence, shape (shifts + 2,): the shifts, one that is not known, and
a day off. OFF and UNKNOWN are -1 and -2, and so find the last two entries."""


def selects(word: str, shift: Shift) -> bool:
    """Return whether a word names a shift.

    Parameters
    ----------
    word : str
        A code, ``tag:WORD``, ``start:HH:MM-HH:MM`` (a start from the first time on, before the
        second), ``during:HH:MM-HH:MM`` (working time in these hours of a day), or ``parts:N`` (at
        least N stretches of work).
    shift : Shift
    """
    if shift.code == word:
        return True
    if word.startswith(TAG):
        return word.removeprefix(TAG) in shift.tags
    if word.startswith(START):
        span = parse_span(word.removeprefix(START))
        return any(span.start <= shift.start + day < span.end for day in (0, MINUTES_PER_DAY))
    if word.startswith(DURING):
        return touches(shift, parse_span(word.removeprefix(DURING)))
    return word.startswith(PARTS) and len(shift.hours) >= int(word.removeprefix(PARTS))


def touches(shift: Shift, hours: Span) -> bool:
    """Return whether a shift has working time in some hours of any day."""
    # A shift ends before 48:00, and hours that begin on the day before can reach into its day.
    moved = (Span(*(edge + day * MINUTES_PER_DAY for edge in hours)) for day in (-1, 0, 1))
    return any(shift.overlap(span) for span in moved)


def well_formed(word: str) -> str:
    """Return a word that names shifts, its figures checked.

    Raises
    ------
    ValueError
        When it begins like one of the forms of `selects` and cannot be read. Whether codes and
        tags exist is for the problem to judge.
    """
    if word.startswith((START, DURING)):
        prefix, _, text = word.partition(":")
        try:
            parse_span(text)
        except ValueError as error:
            raise ValueError(f"{word!r} names no shifts; write {prefix}:22:00-30:00") from error
    elif word.startswith(PARTS):
        text = word.removeprefix(PARTS)
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= 99):
            raise ValueError(f"{word!r} names no shifts; write parts:2 for split shifts")
    elif word in PREFIXES:
        raise ValueError(f"{word!r} names no shifts; write a word after the colon")
    return word


def form_suggestion(word: str) -> str | None:
    """Return the nearest prefix of a word that looks like ``PREFIX:TEXT``; None for others."""
    prefix, colon, _ = word.partition(":")
    if not colon or f"{prefix}:" in PREFIXES:
        return None
    return suggestion(f"{prefix}:", PREFIXES, "form")


def day_words(word: str) -> tuple[str, ...]:
    """Return the words that one day of a sequence may be: ``!N|.`` is N and day off, negated."""
    return tuple(part.strip() for part in word.removeprefix("!").split("|"))


def shift_set(word: str, shifts: tuple[Shift, ...]) -> ShiftSet:
    """Return what fits a day of a sequence.

    Parameters
    ----------
    word : str
        Words of shifts, ``.`` (a day off), ``+`` (any shift) and ``*`` (any day), joined by ``|``;
        with ``!`` before them, everything else. A code with ``|`` in it stands for itself.
    shifts : tuple of Shift
    """
    found = np.zeros(len(shifts) + 2, dtype=np.bool_)
    parts = (word,) if any(shift.code == word for shift in shifts) else day_words(word)
    for part in parts:
        found[:-2] |= [part in (ANY_SHIFT, ANY_DAY) or selects(part, shift) for shift in shifts]
        found[-2] |= part in (ANY_SHIFT, ANY_DAY)
        found[-1] |= part in (DAY_OFF, ANY_DAY)
    return ~found if word.startswith("!") and parts != (word,) else found

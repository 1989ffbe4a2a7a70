"""The exceptions of csshift.

::

    CsshiftError
    ├── InputError        faults in a problem, a file or an argument; carries all of them
    ├── MissingExtraError an optional package is not installed
    └── EngineError       the solver broke a promise; no roster was returned
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

LONGEST_WORD = 300
"""Characters of a word, such as the name of a column, that a message shows."""

_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the input, and how to fix it.

    Parameters
    ----------
    table : str
        The table or file, for example ``agents`` or ``agents.csv``.
    problem : str
        What is wrong.
    remedy : str
        How to fix it.
    index : int or None
        Position of the entity within its table, from 0.
    line : int or None
        Line in the file, from 1 (the header is line 1); set by readers.
    column : str or None
        Field or column.
    value : str or None
        The offending value.
    """

    table: str
    problem: str
    remedy: str = ""
    index: int | None = None
    line: int | None = None
    column: str | None = None
    value: str | None = None

    def located(self, table: str, line: int | None) -> Fault:
        """Return the same fault, placed at a line of a file."""
        return replace(self, table=table, line=line)

    def __str__(self) -> str:
        place = [self.table]
        if self.line is not None:
            place.append(f"line {self.line}")
        elif self.index is not None:
            place.append(f"item {self.index}")
        if self.column:
            place.append(f"column {self.column}")
        text = ", ".join(place) + ": "
        if self.value is not None:
            text += f"{_shown(self.value)}: "
        text += self.problem
        if self.remedy:
            text += f"; {self.remedy}"
        return _printable(_LONG_WORD.sub(lambda word: word[0][:LONGEST_WORD] + "…", text))


def _printable(text: str) -> str:
    """Return text on one line; what a file holds must not steer a terminal."""
    return "".join(part if part.isprintable() else repr(part)[1:-1] for part in text)


def _shown(value: str, limit: int = 60) -> str:
    shown = value if len(value) <= limit else value[: limit - 1] + "…"
    return repr(shown)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None when nothing is close.

    Case, blanks and the width of characters do not count.
    """
    import difflib

    names = {_plain(other): other for other in sorted(known, reverse=True)}
    found = difflib.get_close_matches(_plain(name), list(names), n=1, cutoff=0.6)
    return names[found[0]] if found else None


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def suggestion(name: str, known: Iterable[str], noun: str = "name") -> str:
    """Return a remedy: the nearest known name, else the list of known ones."""
    names = sorted(set(known))
    close = nearest(name, names)
    if close is not None:
        return f"did you mean {close!r}?"
    if not names:
        return f"no {noun} is known"
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"known {noun}s: {listed}"


def separated(name: str, known: Iterable[str], mark: str = "|") -> str | None:
    """Return a remedy where a name is several known ones with another mark between them."""
    parts = [part for part in re.split(r"[;,|/、，；｜\s]+", name) if part]
    if len(parts) < 2 or set(parts).isdisjoint(known):
        return None
    return f"separate names with {mark!r}: {mark.join(parts)}"


class CsshiftError(Exception):
    """Base of all exceptions raised by csshift."""


class InputError(CsshiftError):
    """The input has faults; all that were found are in `faults`.

    Parameters
    ----------
    faults : iterable of Fault
        At least one.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@contextmanager
def collecting(faults: list[Fault]) -> Iterator[None]:
    """Add the faults of an `InputError` to a list instead of raising it."""
    try:
        yield
    except InputError as error:
        faults.extend(error.faults)


class MissingExtraError(CsshiftError):
    """A feature needs an optional package that is not installed.

    Parameters
    ----------
    package : str
        The package that could not be imported.
    extra : str
        The extra of csshift that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(
            f"{package} is not installed; install it with: pip install 'csshift[{extra}]'"
        )


class EngineError(CsshiftError):
    """The engine produced something that the checker rejects; nothing was returned.

    Parameters
    ----------
    message : str
    roster : Roster or None
        The rejected roster, for inspection.
    """

    def __init__(self, message: str, roster: Any = None) -> None:
        super().__init__(message)
        self.roster = roster

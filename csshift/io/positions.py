"""Finds the line of each table and key of a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

LONGEST_STATEMENT = 400
"""Lines of one statement; after a longer one the positions are unknown."""

DEEPEST = 20
"""Tables within tables whose positions faults name."""

Path = tuple[str | int, ...]


def find_lines(text: str) -> dict[Path, int]:
    """Return the line of each table and key of a document that is valid TOML.

    Parameters
    ----------
    text : str
        The document.

    Returns
    -------
    dict of path to int
        Paths such as ``("rules", 2, "hours")``; lines from 1.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for line, statement in _statements(text):
        path = _key_path(statement)
        if path is None:
            continue
        if statement.lstrip().startswith("["):
            table = _numbered(path, counts, repeated=statement.lstrip().startswith("[["))
            lines.setdefault(table, line)
            if isinstance(table[-1], int):
                lines.setdefault(table[:-1], line)
        else:
            for length in range(1, min(len(path), DEEPEST) + 1):
                lines.setdefault(table + path[:length], line)
    return lines


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """Return the line of a path, else that of the nearest table around it."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each header and each assignment with the line on which it starts."""
    first, pending = 1, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not pending:
            first = number
            if not line.strip() or line.lstrip().startswith("#"):
                continue
        pending += line.removesuffix("\r") + "\n"
        if _is_whole(pending):
            yield first, pending
            pending = ""
        elif number - first > LONGEST_STATEMENT:
            return


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except (ValueError, RecursionError):
        return False
    return True


def _key_path(statement: str) -> Path | None:
    """Return the path that a header or an assignment names."""
    header = statement.lstrip().startswith("[")
    content: Any = tomllib.loads(statement)
    if not header:
        # Only the key is of interest: what the value holds is found under its path.
        key = _key_text(statement)
        content = tomllib.loads(f"{key} = 0") if key is not None else {}
    path: list[str] = []
    while content and isinstance(content, dict | list):
        if isinstance(content, list):
            content = content[0]
        else:
            [(name, content)] = content.items()
            path.append(name)
    return tuple(path) or None


def _key_text(statement: str) -> str | None:
    """Return the text before the equals sign that ends the key."""
    position = statement.find("=")
    while position >= 0:
        key = statement[:position].strip()
        if _is_whole(f"{key} = 0"):
            return key
        position = statement.find("=", position + 1)
    return None


def _numbered(path: Path, counts: dict[Path, int], *, repeated: bool) -> Path:
    """Return the path with the positions of repeated tables put in."""
    numbered: Path = ()
    for depth, name in enumerate(path):
        numbered = (*numbered, name)
        last = depth == len(path) - 1
        if repeated and last:
            counts[numbered] = counts.get(numbered, -1) + 1
        if numbered in counts:
            numbered = (*numbered, counts[numbered])
    return numbered

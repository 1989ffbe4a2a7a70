"""The outcome of a simulation to a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csshift.io.files import write_file
from csshift.io.rows import csv_bytes
from csshift.simulation import Outcome
from csshift.simulation.outcome import FIGURES, Key, flat

KEYS: tuple[Key, ...] = ("date", "start", "store", "skill")


def write_outcome(outcome: Outcome, path: str | Path) -> None:
    """Write a row for each interval, store and skill, with a margin beside each mean.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    columns = [*KEYS, *(name + end for name in FIGURES for end in ("", "_margin"))]
    values = (flat(row, KEYS) for row in outcome.rows(KEYS))
    content = csv_bytes(columns, ([_cell(row[name]) for name in columns] for row in values))
    write_file(Path(path).absolute(), content)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)

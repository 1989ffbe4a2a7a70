"""The outcome of a simulation to a table."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from csshift.io.files import write_together
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
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    columns = [*KEYS, *(name + end for name in FIGURES for end in ("", "_margin"))]
    writer.writerow(columns)
    for row in outcome.rows(KEYS):
        values = flat(row, KEYS)
        writer.writerow([_cell(values[name]) for name in columns])
    target = Path(path).absolute()
    contents = {target.name: text.getvalue().encode()}
    write_together(target.parent, contents, last=target.name)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)

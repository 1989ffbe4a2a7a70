"""The log of an import: rows left out and assumptions made, and its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from csshift.errors import Fault, InputError
from csshift.io.files import refuse_existing, write_together
from csshift.io.rows import csv_bytes

OTHER_OUT = "choose another --out, or overwrite it with --force"
MOST_DROPPED = 500_000
"""Limit on the entries of a log; a file with more is probably another kind of table."""

Reason = Literal[
    "totals row", "unreadable", "unknown nickname", "repeated row", "no figure", "unused column"
]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A row, or a cell of a table with hours across, that was left out.

    Parameters
    ----------
    file, line : str, int
        Where it is; lines, or rows of a sheet, from 1.
    reason : str
        Why, in short.
    detail : str
        Why, in particular.
    text : str
        The row, unchanged.
    """

    file: str
    line: int
    reason: Reason
    detail: str
    text: str

    def __str__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.file}, line {self.line}: left out ({self.reason}{detail}): {self.text[:80]}"


@dataclass
class ImportLog:
    """What happened while files were read.

    Parameters
    ----------
    kept : int
        Rows, or cells, that were read.
    dropped : list of Dropped
        Those that were left out.
    notes : list of str
        Assumptions that were made, such as blank dates filled from above.
    """

    kept: int = 0
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def drop(self, place: tuple[str, int], reason: Reason, detail: str, row: Sequence[str]) -> None:
        """Note a row that is left out."""
        text = " | ".join(cell for cell in row if cell)
        self.dropped.append(Dropped(*place, reason, detail, text))
        if len(self.dropped) > MOST_DROPPED:
            problem = f"more than {MOST_DROPPED:,} rows or cells cannot be used; the last: {detail}"
            remedy = "check --kind, or remove the rows that hold nothing"
            raise InputError([Fault(place[0], problem, remedy, line=place[1])])

    @property
    def lost(self) -> int:
        """How many rows with figures were left out: all but totals."""
        return sum(entry.reason != "totals row" for entry in self.dropped)

    def summary(self) -> str:
        """Return how much was read and how much was not, by reason."""
        reasons = Counter(entry.reason for entry in self.dropped)
        parts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        rest = f", left out {len(self.dropped)} ({parts})" if parts else ", left out none"
        return f"read {self.kept}{rest}"


def dropped_file(out: Path) -> Path:
    """Return where the list of what was left out goes: beside the table."""
    return out.with_name(f"{out.stem}_left_out.csv")


def write_import(content: bytes, log: ImportLog, out: Path, *, force: bool) -> None:
    """Write a table and, beside it, every row that was left out."""
    beside = dropped_file(out)
    refuse_existing([out, beside] if log.dropped else [out], OTHER_OUT, force=force)
    contents = {out.name: content}
    stale = [] if log.dropped or not force else [beside.name]
    if log.dropped:
        contents[beside.name] = _dropped_bytes(log)
    write_together(out.parent, contents, last=out.name, stale=stale)


def _dropped_bytes(log: ImportLog) -> bytes:
    names = ("file", "line", "reason", "detail", "text")
    return csv_bytes(names, ([getattr(entry, name) for name in names] for entry in log.dropped))

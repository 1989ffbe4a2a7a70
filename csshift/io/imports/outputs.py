"""What imports write: tables that csshift reads again, and the list of what was left out."""

from __future__ import annotations

from pathlib import Path

from csshift.errors import Fault, InputError
from csshift.io.files import write_together
from csshift.io.imports.log import ImportLog
from csshift.io.rows import csv_bytes


def dropped_file(out: Path) -> Path:
    """Return where the list of what was left out goes: beside the table."""
    return out.with_name(f"{out.stem}_left_out.csv")


def write_import(content: bytes, log: ImportLog, out: Path, *, force: bool) -> None:
    """Write a table and, beside it, every row that was left out.

    Raises
    ------
    InputError
        When one of them is there already, unless `force`, or cannot be written.
    """
    beside = dropped_file(out)
    refuse_existing([out, beside] if log.dropped else [out], force=force)
    contents = {out.name: content}
    stale = [] if log.dropped or not force else [beside.name]
    if log.dropped:
        contents[beside.name] = _dropped_bytes(log)
    write_together(out.parent, contents, last=out.name, stale=stale)


def refuse_existing(paths: list[Path], *, force: bool) -> None:
    """Raise a fault for each file that would be overwritten.

    Raises
    ------
    InputError
        Unless `force`, or none is there.
    """
    remedy = "choose another --out, or overwrite it with --force"
    there = [path for path in paths if path.exists() and not force]
    if there:
        raise InputError(Fault(str(path), "the file is there already", remedy) for path in there)


def _dropped_bytes(log: ImportLog) -> bytes:
    names = ("file", "line", "reason", "detail", "text")
    return csv_bytes(names, ([getattr(entry, name) for name in names] for entry in log.dropped))

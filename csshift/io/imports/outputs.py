"""What imports write: tables that csshift reads again, and the list of what was left out."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from csshift.errors import Fault, InputError
from csshift.io import fields
from csshift.io.files import write_together
from csshift.io.imports.log import ImportLog
from csshift.io.layout import AGENT_ID, DATE, Column, Table
from csshift.model.reception import ProposedRate, ReceptionDay

_PROPOSED = "ratio to the team's mean"


def _figure(name: str, about: str) -> Column:
    return Column(name, about, fields.number, required=False)


RECEPTION = Table(
    "reception",
    ReceptionDay,
    "what agents did, day by day",
    (
        DATE,
        AGENT_ID,
        Column("store", "the store; blank: unknown", required=False),
        Column("skill", "the skill; blank: unknown", required=False),
        _figure("inquiries", "customers who asked"),
        _figure("received", "customers received"),
        _figure("first_response_seconds", "mean time to the first reply, seconds"),
        _figure("mean_response_seconds", "mean time to a reply, seconds"),
        _figure("session_seconds", "mean length of a session, seconds"),
        _figure("within_3_minutes", "share of replies within 3 minutes, 0 to 1"),
        _figure("hours", "hours online"),
        _figure("reminded", "customers reminded to pay"),
        _figure("reminded_paid", "of these, customers who paid"),
        _figure("sales", "sales"),
    ),
    required=True,
)
PROPOSAL = Table(
    "proposal",
    ProposedRate,
    "rates of agents that past data suggest; nothing applies them",
    (
        AGENT_ID,
        Column("skill", "the skill"),
        Column("basis", "what was compared"),
        Column("days", "days with somebody to compare with", fields.integer),
        Column("observed", f"{_PROPOSED}, as it was", fields.number),
        Column("proposed", f"{_PROPOSED}, shrunk towards 1", fields.number),
        Column("low", "lower end of the 95 % interval", fields.number),
        Column("high", "upper end of the 95 % interval", fields.number),
        Column("weight", "weight of the agent's own data, 0 to 1", fields.number),
        Column("current", "efficiency in agents.csv", fields.number, required=False),
    ),
)
IMPORT_TABLES: tuple[Table[Any], ...] = (RECEPTION, PROPOSAL)


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
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "line", "reason", "detail", "text"])
    for entry in log.dropped:
        writer.writerow([entry.file, entry.line, entry.reason, entry.detail, entry.text])
    return text.getvalue().encode()

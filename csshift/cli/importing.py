"""``csshift import`` and ``csshift propose``: other systems' files, and what they suggest."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from pathlib import Path
from typing import Any

from rich.text import Text

from csshift.cli.output import PlainConsole
from csshift.cli.status import Exit, complain
from csshift.errors import Fault, InputError
from csshift.io import fields
from csshift.io.fields import CellError
from csshift.io.files import write_together
from csshift.io.imports import counts, reception
from csshift.io.imports.header import known_headings
from csshift.io.imports.log import ImportLog, dropped_file, refuse_existing, write_import
from csshift.io.imports.mapping import Mapping, read_mapping
from csshift.io.imports.reception import Given
from csshift.io.imports.sheets import read_sheet
from csshift.io.imports.values import HOURS
from csshift.io.layout import AGENTS, COUNTS, PROPOSAL, RECEPTION, Table
from csshift.io.tables import read_table, table_bytes
from csshift.learning.proposals import Current, propose
from csshift.model.entity import Entity
from csshift.model.reception import ProposedRate, ReceptionDay
from csshift.report.wording import counted, plain

KINDS = ("reception", "inquiry-trend", "wfm")
BLANKS = ("unknown", "zero")
MOST_LINES = 40


@dataclass(frozen=True)
class Source:
    """What to import; the options of the command."""

    files: tuple[str, ...]
    kind: str
    mapping: str | None
    sheet: str | None
    store: str
    skill: str
    date: str | None
    blank: str
    hours: str
    strict: bool


def run_import(source: Source, out: str, *, force: bool) -> Exit:
    """Read files of another system, write a table, report what is left out; return the status."""
    if source.kind not in KINDS:
        raise _bad(f"--kind {source.kind!r} is none of {', '.join(KINDS)}")
    target = Path(out)
    refuse_existing([target], force=force)
    fields = tuple(known_headings("reception" if source.kind == "reception" else "counts"))
    meaning = Mapping() if source.mapping is None else read_mapping(Path(source.mapping), fields)
    log = ImportLog()
    given = _given(source)
    sheets = [read_sheet(Path(path), log, source.sheet) for path in source.files]
    rows: Sequence[Entity]
    if source.kind == "reception":
        rows = reception.read_reception(sheets, meaning, given, log)
    else:
        rows = counts.read_counts(sheets, meaning, given, log)
    table: Table[Any] = RECEPTION if source.kind == "reception" else COUNTS
    _tell(log)
    if not rows:
        problem = "no row can be read"
        raise InputError([Fault(source.files[0], problem, "the lines above say why")])
    if source.strict and log.lost:
        raise _bad(f"--strict: {counted(log.lost, 'row')} with figures would be left out")
    write_import(table_bytes(table, rows), log, target, force=force)
    console = PlainConsole()
    console.print(plain(f"{log.summary()}; wrote {out}"), soft_wrap=True)
    if log.dropped:
        console.print(plain(f"what was left out: {dropped_file(target)}"), soft_wrap=True)
    return Exit.DONE


def _tell(log: ImportLog) -> None:
    """Write the notes, and a line for each row that was left out, to standard error."""
    for note in log.notes:
        complain(note)
    for entry in log.dropped[:MOST_LINES]:
        complain(str(entry))
    if len(log.dropped) > MOST_LINES:
        complain(f"and {len(log.dropped) - MOST_LINES} more rows left out, listed beside the table")
    sys.stderr.flush()


def _given(source: Source) -> Given:
    """Return what the options say of the files."""
    if source.blank not in BLANKS:
        raise _bad(f"--blank {source.blank!r} is none of {', '.join(BLANKS)}")
    if source.hours not in HOURS:
        raise _bad(f"--hours {source.hours!r} is none of {', '.join(HOURS)}")
    for option, name in (("--store", source.store), ("--skill", source.skill)):
        try:
            fields.text(name)
        except CellError as error:
            raise _bad(f"{option} {name!r}: {error.problem}; {error.remedy}") from None
    blank: Any = source.blank
    hours: Any = source.hours
    return Given(_date(source.date), source.store.strip(), source.skill.strip(), blank, hours)


def _date(text: str | None) -> Date | None:
    if text is None:
        return None
    try:
        return Date.fromisoformat(text)
    except ValueError:
        raise _bad(f"--date {text!r} is no date; write it as 2026-03-16") from None


def _bad(problem: str) -> InputError:
    return InputError([Fault("csshift import", problem)])


def run_propose(
    data: str, out: str, folder: str | None, days: int, skill: str, *, force: bool
) -> Exit:
    """Write what past days suggest of agents' rates, show it, and return the status."""
    target = Path(out)
    refuse_existing([target], force=force)
    content = read_table(Path(data), RECEPTION)
    if content.faults:
        raise InputError(content.faults)
    rows: list[ReceptionDay] = content.entities
    current = None if folder is None else _current(Path(folder))
    found = propose(rows, days, skill, current)
    if not found:
        problem = "nobody can be compared: no two agents served one store on one day"
        raise InputError([Fault(content.file, problem, "give more days, or more agents")])
    write_together(target.parent, {target.name: table_bytes(PROPOSAL, found)}, last=target.name)
    _show(found, rows, current)
    PlainConsole().print(plain(f"\nWrote {out}; nothing else was changed"), soft_wrap=True)
    return Exit.DONE


def _current(folder: Path) -> Current:
    content = read_table(folder / AGENTS.file, AGENTS)
    if content.faults:
        raise InputError(content.faults)
    return {
        (agent.agent_id, skill): rate
        for agent in content.entities
        for skill, rate in agent.skills.items()
    }


def _show(
    found: Sequence[ProposedRate], rows: Sequence[ReceptionDay], current: Current | None
) -> None:
    from csshift.report.forecast import proposal_table

    console = PlainConsole()
    console.show([proposal_table(found)])
    seen = {row.agent_id for row in rows}
    for agent in sorted(seen - {rate.agent_id for rate in found}):
        console.print(f"- {plain(agent)}: never beside another agent; nothing is proposed")
    if current is not None:
        known = {agent for agent, _ in current}
        for agent in sorted(seen - known):
            console.show([Text(f"- {plain(agent)} is not in {AGENTS.file}")])

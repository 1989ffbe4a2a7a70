"""``csshift import`` and ``csshift propose``: exports of other systems, and rates from them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from csshift.cli import options
from csshift.cli.status import Exit, complain
from csshift.errors import Fault, InputError

if TYPE_CHECKING:
    from csshift.io.imports.log import ImportLog
    from csshift.io.imports.reception import Given
    from csshift.io.layout import Table
    from csshift.learning.proposals import Current
    from csshift.model.entity import Entity
    from csshift.model.reception import ProposedRate, ReceptionDay

KINDS = ("reception", "inquiry-trend", "wfm")
BLANKS = ("unknown", "zero")
MOST_LINES = 40

SkillName = Annotated[str, Option(metavar="NAME", help="Skill of rows without one.")]

Files = Annotated[
    list[str],
    Argument(
        metavar="FILE...", help="CSV (UTF-8, UTF-16, GBK) or Excel files.", show_default=False
    ),
]
Kind = Annotated[
    str,
    Option(
        metavar="KIND",
        help="reception (one agent per row), inquiry-trend or wfm (counts by interval).",
    ),
]
Mapping = Annotated[
    str | None,
    Option(metavar="FILE.toml", help="Meaning of headings, nicknames, stores and skills."),
]
Sheet = Annotated[
    str | None, Option(metavar="NAME", help="Sheet of an Excel file. Default: the first.")
]
Store = Annotated[str, Option(metavar="NAME", help="Store of rows without one.")]
Day = Annotated[str | None, Option(metavar="YYYY-MM-DD", help="Day of files without one.")]
Blank = Annotated[
    str,
    Option(
        metavar="unknown|zero", help="Counts: leave blank cells and dashes out, or read them as 0."
    ),
]
Hours = Annotated[
    str,
    Option(
        metavar="auto|start|end",
        help="Counts: whether 9:00 is the start or the end of its interval. "
        "auto: the start, unless the hours run to 24 without a 0.",
    ),
]
Strict = Annotated[
    bool,
    Option("--strict", help="Write nothing when rows, cells or columns with figures are left out."),
]


def import_(
    files: Files,
    kind: Kind,
    out: options.OutFile,
    mapping: Mapping = None,
    sheet: Sheet = None,
    store: Store = "",
    skill: SkillName = "",
    date: Day = None,
    blank: Blank = "unknown",
    hours: Hours = "auto",
    strict: Strict = False,
    force: options.Force = False,
) -> int:
    """Turn exports of other systems into tables that csshift reads.

    Counts become a table for "csshift forecast --history", reception figures one for
    "csshift propose". Every row that is left out is reported.
    """
    from csshift.cli.progress import PlainConsole
    from csshift.io.files import refuse_existing
    from csshift.io.imports.counts import read_counts
    from csshift.io.imports.header import known_headings
    from csshift.io.imports.log import OTHER_OUT, ImportLog, dropped_file, write_import
    from csshift.io.imports.mapping import Mapping, read_mapping
    from csshift.io.imports.reception import read_reception
    from csshift.io.imports.sheets import read_sheet
    from csshift.io.layout import COUNTS, RECEPTION
    from csshift.io.tables import table_bytes
    from csshift.report.wording import counted, plain

    if kind not in KINDS:
        raise _bad(f"--kind {kind!r} is none of {', '.join(KINDS)}")
    target = Path(out)
    refuse_existing([target], OTHER_OUT, force=force)
    fields = tuple(known_headings("reception" if kind == "reception" else "counts"))
    meaning = Mapping() if mapping is None else read_mapping(Path(mapping), fields)
    log = ImportLog()
    given = _given(store, skill, date, blank, hours)
    sheets = [read_sheet(Path(path), log, sheet) for path in files]
    rows: Sequence[Entity]
    table: Table[Any]
    if kind == "reception":
        rows, table = read_reception(sheets, meaning, given, log), RECEPTION
    else:
        rows, table = read_counts(sheets, meaning, given, log), COUNTS
    _show_log(log)
    if not rows:
        raise InputError([Fault(files[0], "no row can be read", "the lines above say why")])
    if strict and log.lost:
        raise _bad(f"--strict: {counted(log.lost, 'row')} with figures would be left out")
    write_import(table_bytes(table, rows), log, target, force=force)
    console = PlainConsole()
    console.print(plain(f"{log.summary()}; wrote {out}"), soft_wrap=True)
    if log.dropped:
        console.print(plain(f"what was left out: {dropped_file(target)}"), soft_wrap=True)
    return Exit.DONE


def _show_log(log: ImportLog) -> None:
    """Write the notes, and a line for each row that was left out, to standard error."""
    for note in log.notes:
        complain(note)
    for entry in log.dropped[:MOST_LINES]:
        complain(str(entry))
    if len(log.dropped) > MOST_LINES:
        complain(f"and {len(log.dropped) - MOST_LINES} more rows left out, listed beside the table")
    sys.stderr.flush()


def _given(store: str, skill: str, date: str | None, blank: Any, hours: Any) -> Given:
    """Return what the options say of the files."""
    from csshift.io.fields import CellError, text
    from csshift.io.imports.reception import Given
    from csshift.io.imports.values import HOURS

    if blank not in BLANKS:
        raise _bad(f"--blank {blank!r} is none of {', '.join(BLANKS)}")
    if hours not in HOURS:
        raise _bad(f"--hours {hours!r} is none of {', '.join(HOURS)}")
    for option, name in (("--store", store), ("--skill", skill)):
        try:
            text(name)
        except CellError as error:
            raise _bad(f"{option} {name!r}: {error.problem}; {error.remedy}") from None
    try:
        day = None if date is None else Date.fromisoformat(date)
    except ValueError:
        raise _bad(f"--date {date!r} is not a date; write it as 2026-03-16") from None
    return Given(day, store.strip(), skill.strip(), blank, hours)


def _bad(problem: str) -> InputError:
    return InputError([Fault("csshift import", problem)])


def propose(
    data: Annotated[
        str,
        Argument(
            metavar="RECEPTION.csv", help='A table written by "csshift import --kind reception".'
        ),
    ],
    out: options.OutFile,
    folder: Annotated[
        str | None, Option(metavar="FOLDER", help="Problem folder, to compare with its agents.")
    ] = None,
    days: Annotated[int, Option(metavar="N", min=1, max=3660, help="Use the last N days.")] = 60,
    skill: SkillName = "pre-sale",
    force: options.Force = False,
) -> int:
    """Propose efficiencies of agents, and their suitability for reminders, from past days.

    Each agent is compared with the team of the same day and store, and the estimate is shrunk
    towards the mean of the team, most for agents with few data. Writes a table of proposals;
    changes nothing else.
    """
    from csshift.cli.progress import PlainConsole
    from csshift.io.files import refuse_existing, write_file
    from csshift.io.imports.log import OTHER_OUT
    from csshift.io.layout import PROPOSAL, RECEPTION
    from csshift.io.tables import read_table, table_bytes
    from csshift.learning import proposals
    from csshift.report.wording import plain

    target = Path(out)
    refuse_existing([target], OTHER_OUT, force=force)
    content = read_table(Path(data), RECEPTION)
    if content.faults:
        raise InputError(content.faults)
    rows: list[ReceptionDay] = content.entities
    current = None if folder is None else _current(Path(folder))
    found = proposals.propose(rows, days, skill, current)
    if not found:
        problem = "nobody can be compared: no two agents served one store on one day"
        raise InputError([Fault(content.file, problem, "give more days, or more agents")])
    write_file(target, table_bytes(PROPOSAL, found))
    _show_proposals(found, rows, current)
    PlainConsole().print(plain(f"\nWrote {out}; nothing else was changed"), soft_wrap=True)
    return Exit.DONE


def _current(folder: Path) -> Current:
    from csshift.io.layout import AGENTS
    from csshift.io.tables import read_table

    content = read_table(folder / AGENTS.file, AGENTS)
    if content.faults:
        raise InputError(content.faults)
    return {
        (agent.agent_id, skill): rate
        for agent in content.entities
        for skill, rate in agent.skills.items()
    }


def _show_proposals(
    found: Sequence[ProposedRate], rows: Sequence[ReceptionDay], current: Current | None
) -> None:
    from csshift.cli.progress import PlainConsole
    from csshift.io.layout import AGENTS
    from csshift.report.forecast import proposal_table
    from csshift.report.wording import plain

    console = PlainConsole()
    console.show([proposal_table(found)])
    seen = {row.agent_id for row in rows}
    for agent in sorted(seen - {rate.agent_id for rate in found}):
        console.print(f"- {plain(agent)}: never beside another agent; nothing is proposed")
    if current is not None:
        for agent in sorted(seen - {agent for agent, _ in current}):
            console.print(f"- {plain(agent)} is not in {AGENTS.file}")

"""Writes a result into the result folder, and the outcome of a simulation as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from csshift.io.files import as_input_error, write_file, write_together
from csshift.io.layout import (
    ALLOCATION,
    BALANCES,
    COVERAGE,
    DUTIES,
    OVERTIME,
    RESULT_TABLES,
    ROSTER,
    SETTINGS_FILE,
    Table,
)
from csshift.io.rows import csv_bytes
from csshift.io.tables import table_bytes
from csshift.model.conflict import Conflict
from csshift.model.entity import Entity, TableRow
from csshift.model.notes import Note
from csshift.model.result import Result, Status
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.problem import Problem
from csshift.simulation import Outcome
from csshift.simulation.outcome import FIGURES, Key, flat

RESULT_FILE = "result.json"
UNSOLVED_FILE, UNSOLVED_PAGE = "unsolved.json", "unsolved.html"
REJECTED_ROSTER, REJECTED_DUTIES = "rejected.csv", "rejected_duties.csv"
HTML_REPORT, EXCEL_REPORT, CALENDARS = "report.html", "roster.xlsx", "calendars"
"""What the reports of a result are called in its folder."""

CALENDAR_MARK = b"-//csshift//"
PREVIOUS = "previous"
BESIDE_RESULT = (UNSOLVED_FILE, UNSOLVED_PAGE, REJECTED_ROSTER, REJECTED_DUTIES)
"""Files about runs without a result, which the next result removes."""


_KEYS: tuple[Key, ...] = ("date", "start", "store", "skill")


class ResultFile(Entity):
    """The content of result.json.

    Parameters
    ----------
    status : {"optimal", "feasible", "infeasible", "unknown"}
        Infeasible is proven; unknown means that nothing was found in time.
    objective, bound, gap : float or None
        Points, points, and the gap as a share of the objective; null while not known. No
        roster of the problem has an objective below the bound.
    gap_hours : float or None
        Missing head-hours (of full price) that another roster could save at most, all else
        being no worse; null while not known.
    required_hours, shortage_hours, shortage_percent : float or None
        Head-hours needed, head-hours missing, and their ratio; null without a roster.
    inquiries, unserved_inquiries : float or None
        Calls and chats that come by the forecast, and of them those that come when nobody can
        take them: of each cell, the share of its heads that is missing. Null without a roster.
    violations : tuple of str
        Broken hard rules: none in a roster that csshift returns.
    reported : tuple of str
        Breaches of rules that only report.
    penalties : dict of str to float
        Points by rule.
    seconds : float
        Time of the solve.
    seed : int
        Seed of the search.
    versions : dict of str to str
        csshift, Python and the packages that matter.
    trace : tuple of (float, float or None, float or None)
        Seconds, objective, bound, whenever one of these improved.
    conflicts : tuple of str
        When infeasible: the rules that contradict one another.
    conflict : Conflict or None
        The same by rule, agent and date, and what would resolve it; null with a roster.
    notes : tuple of Note
        What a reader should know: objects with `code`, `text`, and what they name.
    """

    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    gap_hours: float | None
    required_hours: float | None
    shortage_hours: float | None
    shortage_percent: float | None
    inquiries: float | None
    unserved_inquiries: float | None
    violations: tuple[str, ...]
    reported: tuple[str, ...]
    penalties: dict[str, float]
    seconds: float
    seed: int
    versions: dict[str, str]
    trace: tuple[tuple[float, float | None, float | None], ...]
    conflicts: tuple[str, ...]
    conflict: Conflict | None = None
    notes: tuple[Note, ...]


def write_result(
    result: Result,
    problem: Problem,
    folder: str | Path,
    *,
    reports: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a result into a folder, as one thing: a reader finds the earlier one or this one.

    A result without a roster never replaces one with a roster: it is then written as
    ``unsolved.json`` (and ``unsolved.html``) beside the earlier result, which stays whole.
    Otherwise nothing of the earlier result stays. Its reports that are not written anew are
    moved to the subfolder ``previous``, since somebody may have edited them.

    Parameters
    ----------
    result : Result
        What to write; without a roster there are no tables.
    problem : Problem
        The problem that was solved; rows follow the order of its agents.
    folder : str or Path
        Where; made when it does not exist.
    reports : mapping of str to bytes, optional
        Reports of this result by name: ``report.html``, ``roster.xlsx``, ``calendars/...``.

    Returns
    -------
    Path
        The file that says what came of the solve: ``result.json`` or ``unsolved.json``.

    Raises
    ------
    InputError
        When the files cannot be written there; the earlier result is then untouched.
    """
    place = Path(folder)
    contents: dict[str, bytes | Path] = dict(reports or {})
    description = (summary(result).model_dump_json(indent=2) + "\n").encode()
    if result.roster is None and keeps_roster(place):
        page = contents.get(HTML_REPORT)
        contents = {} if page is None else {UNSOLVED_PAGE: page}
        contents[UNSOLVED_FILE] = description
        write_together(place, contents, last=UNSOLVED_FILE, stale=[UNSOLVED_PAGE])
        return place / UNSOLVED_FILE
    if result.roster is not None:
        contents |= _roster_files(result.roster, result, problem)
        contents |= _beside_roster(result, place)
    contents[RESULT_FILE] = description
    old = [name for name in reports_in(place) if name not in contents]
    stale = [*(table.file for table in RESULT_TABLES), *_names_beside(place), *BESIDE_RESULT, *old]
    if old:
        earlier = place / PREVIOUS
        stale += [f"{PREVIOUS}/{name}" for name in reports_in(earlier)]
        contents |= {f"{PREVIOUS}/{name}": place / name for name in old}
    write_together(place, contents, last=RESULT_FILE, stale=stale)
    return place / RESULT_FILE


def _names_beside(place: Path) -> tuple[str, ...]:
    """Return the files of a result beside the roster.

    In a problem folder, its own balances stay: they are what the plan started from.
    """
    balances = BALANCES.file
    if (place / SETTINGS_FILE).exists():
        balances = f"next_{balances}"
    return balances, OVERTIME.file


def _beside_roster(result: Result, place: Path) -> dict[str, bytes]:
    """Return balances and overtime as files, those of them that the result has."""
    names = _names_beside(place)
    rows: tuple[tuple[Table[Any], Sequence[Entity]], ...] = (
        (BALANCES, result.balances),
        (OVERTIME, result.overtime),
    )
    return {
        name: table_bytes(table, entries)
        for name, (table, entries) in zip(names, rows, strict=True)
        if entries
    }


def write_rejected(roster: Roster, problem: Problem, folder: str | Path) -> Path:
    """Write a roster that the checker rejects beside a result, and return where."""
    place = Path(folder)
    score = Score(objective=0.0, penalties={})
    files = _roster_files(roster, Result(status="unknown", score=score), problem)
    contents = {REJECTED_ROSTER: files[ROSTER.file], REJECTED_DUTIES: files[DUTIES.file]}
    write_together(place, contents, last=REJECTED_ROSTER)
    return place / REJECTED_ROSTER


def keeps_roster(folder: Path) -> bool:
    """Return whether a folder holds a roster, which only another roster may replace."""
    return (folder / ROSTER.file).exists()


def result_files(reports: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names that a result may write, beside those of its reports."""
    tables = [table.file for table in RESULT_TABLES] + list(_names_beside(Path(".")))
    return (RESULT_FILE, UNSOLVED_FILE, *tables, *BESIDE_RESULT, *reports)


def reports_in(folder: Path) -> list[str]:
    """Return the names of the reports in a folder."""
    with as_input_error(folder):
        names = [name for name in (HTML_REPORT, EXCEL_REPORT) if (folder / name).is_file()]
        calendars = sorted((folder / CALENDARS).glob("*.ics"))
        ours = [path for path in calendars if path.is_file() and _is_ours(path)]
        return names + [f"{CALENDARS}/{path.name}" for path in ours]


def _is_ours(calendar: Path) -> bool:
    with calendar.open("rb") as file:
        return CALENDAR_MARK in file.read(400)


def summary(result: Result) -> ResultFile:
    """Return the content of result.json."""
    score = result.score
    return ResultFile(
        status=result.status,
        objective=result.objective,
        bound=result.bound,
        gap=result.gap,
        gap_hours=result.gap_hours,
        required_hours=None if score is None else float(score.required_hours),
        shortage_hours=None if score is None else float(score.shortage_hours),
        shortage_percent=None if score is None else score.shortage_percent,
        inquiries=None if score is None else score.inquiries,
        unserved_inquiries=None if score is None else score.unserved_inquiries,
        violations=() if score is None else tuple(map(str, score.violations)),
        reported=() if score is None else tuple(map(str, score.reported)),
        penalties={} if score is None else score.penalties,
        seconds=result.seconds,
        seed=result.seed,
        versions=result.versions,
        trace=tuple((point.seconds, point.objective, point.bound) for point in result.trace),
        conflicts=result.conflicts,
        conflict=result.conflict,
        notes=result.notes,
    )


def _roster_files(roster: Roster, result: Result, problem: Problem) -> dict[str, bytes]:
    order = {agent.agent_id: position for position, agent in enumerate(problem.agents)}
    coverage = roster.coverage or (() if result.score is None else result.score.coverage)
    tables: tuple[tuple[Table[Any], Sequence[TableRow], str], ...] = (
        (ROSTER, roster.assignments, "agent_id date"),
        (DUTIES, roster.duties, "date duty stores"),
        (ALLOCATION, roster.allocation, "date start agent_id"),
        (COVERAGE, coverage, "date start store skill"),
    )
    return {table.file: table_bytes(table, rows, by.split(), order) for table, rows, by in tables}


def write_outcome(outcome: Outcome, path: str | Path) -> None:
    """Write a row for each interval, store and skill, with a margin beside each mean."""
    columns = [*_KEYS, *(name + end for name in FIGURES for end in ("", "_margin"))]
    values = (flat(row, _KEYS) for row in outcome.rows(_KEYS))
    content = csv_bytes(columns, ([_cell(row[name]) for name in columns] for row in values))
    write_file(Path(path).absolute(), content)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)

"""A result folder back to a result, judged anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from csshift.check.score import Score
from csshift.errors import Fault, InputError
from csshift.io.exchange import steady
from csshift.io.layout import ALLOCATION, DUTIES, ROSTER
from csshift.io.rosters import read_duties, read_roster
from csshift.io.rows import read_json
from csshift.io.tables import read_table
from csshift.io.wording import complaints
from csshift.io.writing import RESULT_FILE, ResultFile
from csshift.model.notes import Note
from csshift.model.roster import AllocationShare, Roster
from csshift.planner.result import Result, TracePoint
from csshift.problem import Problem
from csshift.problem.faults import first_faults

LATER_FIELDS: dict[str, Any] = {"conflicts": (), "notes": ()}
"""Fields of result.json that a file need not have."""

TOLERANCE = 1e-6
"""Relative difference of two objectives that is rounding."""


def load_result(problem: Problem, folder: str | Path) -> Result:
    """Return the result that stands in a folder, as `csshift.solve` returned it.

    The roster is scored anew, since the files hold no reasons. Where the score is not the
    objective in ``result.json``, the problem or the files have changed since: the result then
    has no bound, for it was proven of another problem, and a note says so.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    folder : str or Path
        A result folder. Without ``allocation.csv`` the best hourly plan is worked out.

    Raises
    ------
    InputError
        With every fault of the files: missing ones, unknown agents, shifts, duties or dates.
    """
    path = Path(folder)
    _require_folder(path)
    with reading(path):
        facts = _read_facts(path)
        roster = None
        if (path / ROSTER.file).exists() or facts.objective is not None:
            roster = read_tables(problem, path)
    judged = None if roster is None else _judge(problem, roster)
    if roster is not None and judged is not None:
        roster = roster.model_copy(update={"coverage": judged.coverage})
    stale = _changed(facts.objective, judged)
    return Result(
        status=facts.status,
        roster=roster,
        score=judged,
        bound=None if stale else facts.bound,
        seconds=facts.seconds,
        seed=facts.seed,
        versions=facts.versions,
        trace=tuple(
            TracePoint(seconds=seconds, objective=objective, bound=bound)
            for seconds, objective, bound in facts.trace
        ),
        conflicts=facts.conflicts,
        notes=(*facts.notes, *stale),
    )


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        problem = "not a folder" if folder.exists() else "there is no such folder"
        raise InputError([Fault(str(folder), problem, f"give the folder that holds {RESULT_FILE}")])


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Read a result folder while no csshift process exchanges its files.

    Raises
    ------
    InputError
        When the folder cannot be read, or stays locked.
    """
    try:
        with steady(folder):
            yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Fault(str(folder), f"cannot be read: {reason}", "try again")]) from None


def _read_facts(folder: Path) -> ResultFile:
    try:
        content = read_json(folder / RESULT_FILE)
    except InputError as error:
        [fault] = error.faults
        raise InputError([fault if fault.remedy else _not_ours(fault.problem)]) from None
    if not isinstance(content, dict):
        raise InputError([_not_ours("not a table of fields")])
    known = {name: content[name] for name in ResultFile.model_fields if name in content}
    try:
        return ResultFile.model_validate_json(json.dumps(LATER_FIELDS | known))
    except ValidationError as error:
        raise InputError(
            _not_ours(complaint.problem, ".".join(map(str, complaint.place)), complaint.value)
            for complaint in complaints(error, ResultFile)
        ) from None


def _not_ours(problem: str, column: str | None = None, value: str | None = None) -> Fault:
    remedy = "csshift solve writes it: solve the problem again"
    return Fault(RESULT_FILE, problem, remedy, column=column, value=value)


def read_tables(problem: Problem, folder: Path) -> Roster:
    """Return the roster that the tables of a result folder hold, unjudged.

    Raises
    ------
    InputError
        With the faults of all tables.
    """
    parts: dict[str, Any] = {}
    faults: list[Fault] = []
    readers: tuple[tuple[str, str, Any], ...] = (
        ("assignments", ROSTER.file, read_roster),
        ("duties", DUTIES.file, read_duties),
        ("allocation", ALLOCATION.file, _read_allocation),
    )
    for name, file, read in readers:
        if file != ROSTER.file and not (folder / file).exists():
            continue
        try:
            parts[name] = read(folder / file, problem)
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(first_faults(faults))
    return Roster.model_construct(**parts)


def _read_allocation(path: Path, problem: Problem) -> tuple[AllocationShare, ...]:
    content = read_table(path, ALLOCATION)
    agents = problem.staffing.agent_index
    for row, line in zip(content.entities, content.lines, strict=True):
        if content.too_many:
            break
        if row.agent_id not in agents:
            content.add_fault(
                "unknown agent",
                "take the file from the run that wrote the others",
                line,
                column="agent_id",
                value=row.agent_id,
            )
        if row.date not in problem.horizon:
            content.add_fault(
                f"outside the horizon {problem.horizon.start} to {problem.horizon.end}",
                "take the file from the run that wrote the others",
                line,
                column="date",
                value=str(row.date),
            )
    if content.faults:
        raise InputError(content.faults)
    return tuple(content.entities)


def _judge(problem: Problem, roster: Roster) -> Score:
    from csshift.planner.judge import check

    return check(problem, roster)


def _changed(objective: float | None, judged: Score | None) -> tuple[Note, ...]:
    """Return a note when the objective on file is not that of the roster."""
    if judged is None or objective is None:
        return ()
    if abs(judged.objective - objective) <= TOLERANCE * max(1.0, abs(objective)):
        return ()
    figures = f"{RESULT_FILE} says {objective:g}, the roster now scores {judged.objective:g}"
    text = f"the problem or the files have changed since the solve: {figures}"
    return (Note(code="changed-since-solve", text=text),)

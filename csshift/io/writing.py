"""A result to the files of the result folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from csshift.io.files import write_together
from csshift.io.layout import (
    ALLOCATION,
    COVERAGE,
    DUTIES,
    RESULT_TABLES,
    ROSTER,
    Table,
)
from csshift.io.tables import table_bytes
from csshift.model.entity import Entity
from csshift.model.notes import Note
from csshift.model.roster import Roster
from csshift.planner.result import Result, Status
from csshift.problem import Problem

RESULT_FILE = "result.json"


class ResultFile(Entity):
    """The content of result.json.

    Parameters
    ----------
    status : {"optimal", "feasible", "infeasible", "unknown"}
        Infeasible is proven; unknown means that nothing was found in time.
    objective, bound, gap : float or None
        Points, points, and the gap as a share of the objective; null while not known. No
        roster of the problem has an objective below the bound.
    required_hours, shortage_hours, shortage_percent : float or None
        Head-hours needed, head-hours missing, and their ratio; null without a roster.
    violations : tuple of str
        Broken hard rules: none in a roster that csshift returns.
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
    notes : tuple of Note
        What a reader should know: objects with `code`, `text`, and what they name.
    """

    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    required_hours: float | None
    shortage_hours: float | None
    shortage_percent: float | None
    violations: tuple[str, ...]
    penalties: dict[str, float]
    seconds: float
    seed: int
    versions: dict[str, str]
    trace: tuple[tuple[float, float | None, float | None], ...]
    conflicts: tuple[str, ...]
    notes: tuple[Note, ...]


def write_result(result: Result, problem: Problem, folder: str | Path) -> None:
    """Write the files of the result folder, whole or not at all.

    Files of an earlier run are replaced or, where this result has no such file, removed;
    ``result.json`` is taken away first and put in place last, so that it never describes
    the files of another run.

    Parameters
    ----------
    result : Result
        What to write; without a roster, ``result.json`` is the only file.
    problem : Problem
        The problem that was solved; rows follow the order of its agents.
    folder : str or Path
        Where; made when it is not there.

    Raises
    ------
    InputError
        When the files cannot be written there.
    """
    contents: dict[str, bytes] = {}
    if result.roster is not None:
        contents = _roster_files(result.roster, result, problem)
    stale = [table.file for table in RESULT_TABLES if table.file not in contents]
    contents[RESULT_FILE] = (summary(result).model_dump_json(indent=2) + "\n").encode()
    write_together(Path(folder), contents, last=RESULT_FILE, stale=stale)


def summary(result: Result) -> ResultFile:
    """Return the content of result.json."""
    score = result.score
    return ResultFile(
        status=result.status,
        objective=result.objective,
        bound=result.bound,
        gap=result.gap,
        required_hours=None if score is None else float(score.required_hours),
        shortage_hours=None if score is None else float(score.shortage_hours),
        shortage_percent=None if score is None else score.shortage_percent,
        violations=() if score is None else tuple(map(str, score.violations)),
        penalties={} if score is None else score.penalties,
        seconds=result.seconds,
        seed=result.seed,
        versions=result.versions,
        trace=tuple((point.seconds, point.objective, point.bound) for point in result.trace),
        conflicts=result.conflicts,
        notes=result.notes,
    )


def _roster_files(roster: Roster, result: Result, problem: Problem) -> dict[str, bytes]:
    order = {agent.agent_id: position for position, agent in enumerate(problem.agents)}
    coverage = roster.coverage or (() if result.score is None else result.score.coverage)
    assignments = sorted(roster.assignments, key=lambda row: (order[row.agent_id], row.date))
    duties = sorted(roster.duties, key=lambda row: (row.date, row.duty, row.stores))
    shares = sorted(roster.allocation, key=lambda row: (row.date, row.start, order[row.agent_id]))
    cells = sorted(coverage, key=lambda row: (row.date, row.start, row.store, row.skill))
    rows: tuple[tuple[Table[Any], Iterable[Entity]], ...] = (
        (ROSTER, assignments),
        (DUTIES, duties),
        (ALLOCATION, shares),
        (COVERAGE, cells),
    )
    return {table.file: table_bytes(table, entities) for table, entities in rows}

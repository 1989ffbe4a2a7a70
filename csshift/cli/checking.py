"""``csshift check``: read a roster, judge it, show the verdict."""

from __future__ import annotations

from csshift.cli.output import PlainConsole
from csshift.cli.status import Exit
from csshift.errors import Fault, InputError
from csshift.instance import Instance
from csshift.io.excel.book import is_workbook
from csshift.io.reading import load
from csshift.io.rosters import read_duties, read_roster
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.problem import Problem
from csshift.report.terminal import score_summary


def run_check(folder: str, roster: str, duties: str | None) -> Exit:
    """Judge a roster against a problem, show the verdict, return the exit status."""
    problem = load(folder)
    assignments, turns = _read(problem, roster, duties)
    judged = Roster(assignments=assignments, duties=turns)
    from csshift.planner.judge import check

    instance = Instance(problem)
    score = check(instance, judged)
    console = PlainConsole()
    console.show(score_summary(instance, judged, score, console.width))
    return Exit.DONE if score.feasible else Exit.VIOLATIONS


def _read(
    problem: Problem, roster: str, duties: str | None
) -> tuple[tuple[Assignment, ...], tuple[DutyTurn, ...]]:
    """Return both files, with the faults of both reported together."""
    faults: list[Fault] = []
    assignments: tuple[Assignment, ...] = ()
    turns: tuple[DutyTurn, ...] = ()
    try:
        assignments = read_roster(roster, problem)
    except InputError as error:
        faults.extend(error.faults)
    if duties is None and is_workbook(roster):
        duties = roster  # its list of duty turns, if it has one
    if duties is not None and not (faults and duties == roster):
        try:
            turns = read_duties(duties, problem)
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return assignments, turns

"""``csshift check``: read a roster, judge it, show the verdict."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from csshift.cli import options
from csshift.cli.output import PlainConsole
from csshift.cli.status import Exit
from csshift.errors import Fault, InputError


def check(
    folder: options.Folder,
    roster: Annotated[
        str,
        Option(
            metavar="FILE",
            help="Roster: columns agent_id, date, shift; or a workbook with one row per "
            "person and one column per day.",
        ),
    ],
    duties: options.DutiesFile = None,
) -> int:
    """Judge a roster, made by csshift or by hand.

    Lists every hard rule that it breaks, and shows what it costs. Writes nothing.
    """
    from csshift.instance import Instance
    from csshift.io.excel.book import is_workbook
    from csshift.io.reading import load
    from csshift.io.rosters import read_duties, read_roster
    from csshift.model.roster import Assignment, DutyTurn, Roster
    from csshift.planner.check import check
    from csshift.report.terminal import score_summary

    problem = load(folder)
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
    judged = Roster(assignments=assignments, duties=turns)
    instance = Instance(problem)
    score = check(instance, judged)
    console = PlainConsole()
    console.show(score_summary(instance, judged, score, console.width))
    return Exit.DONE if score.feasible else Exit.VIOLATIONS

"""``csshift check``: read a roster, judge it, show the verdict."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from csshift.cli import options
from csshift.cli.status import Exit


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
    from csshift.cli.progress import PlainConsole
    from csshift.instance import Instance
    from csshift.io.reading import load
    from csshift.io.rosters import read_roster_file
    from csshift.planner.check import check
    from csshift.report.terminal import score_summary

    problem = load(folder)
    judged = read_roster_file(roster, problem, duties)
    instance = Instance(problem)
    score = check(instance, judged)
    console = PlainConsole()
    console.show(score_summary(instance, judged, score, console.width))
    return Exit.DONE if score.feasible else Exit.VIOLATIONS

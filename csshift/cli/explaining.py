"""``csshift explain``: why no roster exists, what rules cost, and who could fill shortages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from csshift.cli import options
from csshift.cli.status import Exit

if TYPE_CHECKING:
    from csshift.cli.progress import PlainConsole
    from csshift.instance import Instance
    from csshift.model.roster import Roster


def explain(
    folder: options.Folder,
    roster: Annotated[
        str | None,
        Option(
            metavar="FOLDER|FILE",
            help="A result folder with its hourly plan, or a roster: agent_id, date, shift. Shows "
            "for its worst shortages who could come, and what prevents everybody else.",
        ),
    ] = None,
    duties: options.DutiesFile = None,
    time_limit: Annotated[
        float,
        Option(
            metavar="SECONDS",
            callback=options.seconds,
            help="Time for estimating what rules and missing skills cost.",
        ),
    ] = 60.0,
) -> int:
    """Explain why no roster exists, what rules cost, and who could fill shortages.

    Where hard rules contradict one another, shows a minimal set of them by agent and date, and the
    fewest that --relax of csshift solve can give up. Otherwise estimates in head-hours and
    customers what each rule and each missing skill costs. Writes nothing.
    """
    from csshift.cli.progress import PlainConsole
    from csshift.instance import Instance
    from csshift.io.reading import load
    from csshift.io.results import read_plan
    from csshift.model.result import Result
    from csshift.planner.conflicts import can_all_hold, find_conflict
    from csshift.planner.costs import estimate_savings
    from csshift.report.candidates import saving_lines
    from csshift.report.terminal import heading, status_lines

    problem = load(folder)
    planned = None if roster is None else read_plan(roster, problem, duties)
    instance, console = Instance(problem), PlainConsole()
    console.show([heading(instance)])
    found = find_conflict(instance)
    if found is not None:
        parts = {"conflicts": found.names, "conflict": found.conflict}
        console.show(status_lines(instance, Result(status="infeasible", **parts)))
        return Exit.INFEASIBLE
    possible = can_all_hold(instance)
    if possible is False:
        console.print("No roster keeps all hard rules; which contradict was not found in time.")
        return Exit.INFEASIBLE
    if possible is None:
        console.print("Time ran out before it was known whether a roster keeps all hard rules.")
    if planned is not None:
        _show_candidates(instance, planned, console)
    console.print("\nWhat rules and missing skills cost")
    for line in saving_lines(instance, estimate_savings(instance, time_limit)):
        console.print(line)
    return Exit.DONE


def _show_candidates(instance: Instance, roster: Roster, console: PlainConsole) -> None:
    """Show for the worst shortages who could come, and what prevents everybody else."""
    from csshift.planner.check import with_plan
    from csshift.report.candidates import MOST_CELLS, candidate_lines
    from csshift.report.shortage import Explainer, worst_cells
    from csshift.scoring import score

    if not roster.allocation:
        roster = with_plan(instance, roster)
    cells = worst_cells(score(instance, roster).coverage, MOST_CELLS)
    console.print("\nWho could fill the worst shortages" if cells else "\nNo shortage")
    explainer = Explainer(instance, roster)
    for cell in cells:
        for line in candidate_lines(explainer, cell):
            console.print(line)

"""``csshift simulate``: read a roster, simulate its customers, show the service they get."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from typer import Option

from csshift.cli import options
from csshift.cli.status import Exit
from csshift.planner.arguments import MOST_REPLICATIONS


def simulate(
    folder: options.Folder,
    roster: Annotated[
        str,
        Option(
            metavar="FOLDER|FILE",
            help="A result folder with its hourly plan, or a roster: agent_id, date, shift.",
        ),
    ],
    duties: options.DutiesFile = None,
    replications: Annotated[
        int,
        Option(
            metavar="N",
            parser=options.whole_number(2, MOST_REPLICATIONS),
            help="Number of replications; more give narrower confidence intervals.",
        ),
    ] = 10,
    seed: Annotated[
        int, Option(metavar="N", parser=options.seed, help="The same seed gives the same figures.")
    ] = 0,
    out: Annotated[
        str | None, Option(metavar="FILE", help="Also write every interval to a CSV file.")
    ] = None,
) -> int:
    """Simulate the service that customers get from a roster.

    Every call, message and reply of the forecast happens one by one, at random times. Shows by
    skill and hour what is answered in time, how long replies take, who gives up, how busy agents
    are and what waits, with confidence intervals, and whether the targets are met.
    """
    from csshift.cli.progress import PlainConsole
    from csshift.instance import Instance
    from csshift.io.files import prepared_folder
    from csshift.io.reading import load
    from csshift.io.results import read_plan
    from csshift.io.writing import write_outcome
    from csshift.planner.simulate import simulate as run
    from csshift.report.simulation import outcome_summary
    from csshift.report.wording import plain

    problem = load(folder)
    planned = read_plan(roster, problem, duties)
    place = None if out is None else Path(out).absolute()
    instance = Instance(problem)
    with nullcontext() if place is None else prepared_folder(place.parent, [place.name]):
        outcome = run(instance, planned, replications=replications, seed=seed)
        console = PlainConsole()
        console.show(outcome_summary(instance, outcome))
        if out is not None:
            write_outcome(outcome, out)
            console.print(f"\nEvery interval is in {plain(out)}", soft_wrap=True)
    return Exit.DONE

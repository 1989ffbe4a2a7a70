"""``csshift simulate``: read a roster, let its customers come, show what they meet."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from csshift.cli.output import PlainConsole
from csshift.cli.status import Exit
from csshift.instance import Instance
from csshift.io.files import prepared_folder
from csshift.io.reading import load
from csshift.io.results import read_plan
from csshift.io.writing import write_outcome
from csshift.report.simulation import outcome_summary
from csshift.report.wording import plain


def run_simulate(
    folder: str, roster: str, duties: str | None, replications: int, seed: int, out: str | None
) -> Exit:
    """Simulate a roster, show what comes of it, write the table, return the exit status."""
    problem = load(folder)
    planned = read_plan(roster, problem, duties)
    place = None if out is None else Path(out).absolute()
    writable = nullcontext() if place is None else prepared_folder(place.parent, [place.name])
    from csshift.planner.simulate import simulate

    instance = Instance(problem)
    with writable:
        outcome = simulate(instance, planned, replications=replications, seed=seed)
        console = PlainConsole()
        console.show(outcome_summary(instance, outcome))
        if out is not None:
            write_outcome(outcome, out)
            console.print(f"\nEvery interval is in {plain(out)}", soft_wrap=True)
    return Exit.DONE

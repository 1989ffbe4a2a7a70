"""``csshift solve``: read, search, write, show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from csshift.cli import options
from csshift.cli.reporting import Reports, rendered, reports_for
from csshift.cli.status import Exit, complain, interruptible
from csshift.errors import EngineError
from csshift.planner.arguments import MOST_WORKERS

if TYPE_CHECKING:
    from csshift.instance import Instance
    from csshift.model.result import Result
    from csshift.problem import Problem

RESULT_FOLDER = "result"
BYTES_OF_AN_INTERVAL = 20
"""Of an agent in allocation.csv, on average over hours at work and free ones."""

STATUSES = {
    "optimal": Exit.DONE,
    "feasible": Exit.DONE,
    "infeasible": Exit.INFEASIBLE,
    "unknown": Exit.UNKNOWN,
}

Out = Annotated[
    str | None,
    Option(
        metavar="FOLDER",
        help="Where to write the result; created if missing. Default: FOLDER/result, or "
        "BOOK-result beside a workbook.",
    ),
]
TimeLimit = Annotated[
    float,
    Option(
        metavar="SECONDS",
        callback=options.seconds,
        help="Stop after so long and keep the best roster; ends sooner when it is optimal.",
    ),
]
Seed = Annotated[
    int, Option(metavar="N", parser=options.seed, help="Another seed searches in another order.")
]
Workers = Annotated[
    int | None,
    Option(
        metavar="N",
        parser=options.whole_number(1, MOST_WORKERS),
        help=f"Threads and processes to search with, 1 to {MOST_WORKERS}. Default: every core.",
    ),
]
Gap = Annotated[
    float,
    Option(
        metavar="SHARE",
        callback=options.share,
        help="Stop as soon as the roster is proven this close to the best: 0.01 is 1 %.",
    ),
]
Reproducible = Annotated[
    bool,
    Option(
        "--reproducible", help="The same seed gives the same roster on the same machine; slower."
    ),
]
Quiet = Annotated[
    bool, Option("--quiet", "-q", help="Show no progress, only the summary at the end.")
]
Verbose = Annotated[
    bool,
    Option(
        "--verbose",
        "-v",
        help="Also show points: objective, bound, what the objective consists of, and the stages "
        "of the search.",
    ),
]
Pins = Annotated[
    str | None,
    Option(
        metavar="FILE",
        help="A roster made in part by hand, to be kept and completed: a workbook in matrix "
        "form (blank cells are free), or a file such as roster.csv.",
    ),
]
Relax = Annotated[
    list[str] | None,
    Option(
        metavar="NAME",
        help="Give up a hard condition: the name of a rule, which becomes soft at 20,000 points a "
        'unit; "pin AGENT DATE", "leave AGENT DATE" or "availability AGENT", which is left out. '
        "May be given several times. A run without a possible roster names those that would make "
        "one possible.",
    ),
]
Report = Annotated[
    str | None,
    Option(
        metavar="KINDS",
        help="Reports to add to the result folder: html, excel, ics, with commas between.",
    ),
]


def solve(
    folder: options.Folder,
    out: Out = None,
    time_limit: TimeLimit = 60.0,
    seed: Seed = 0,
    workers: Workers = None,
    gap: Gap = 0.0,
    reproducible: Reproducible = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    pins: Pins = None,
    relax: Relax = None,
    report: Report = None,
    lang: options.Lang = "zh",
) -> int:
    """Find the best roster for a problem folder or workbook.

    Writes result.json, roster.csv, duties.csv, allocation.csv and coverage.csv into the
    result folder, and shows a summary. Progress goes to standard error. Ctrl-C keeps the best
    roster so far. A run without a roster leaves an earlier one in place and writes
    unsolved.json beside it.
    """
    from csshift.cli.progress import PlainConsole, progress_display
    from csshift.instance import Instance
    from csshift.io.files import prepared_folder
    from csshift.io.writing import result_files
    from csshift.planner.solve import solve as search

    target = _result_folder(folder) if out is None else Path(out)
    reports = reports_for(report, lang)
    problem = _load(folder, pins, relax)
    names = result_files(reports.names())
    instance = Instance(problem)
    with prepared_folder(target, names, _most_bytes(problem)), interruptible() as stop:
        try:
            shown = None if reproducible else time_limit
            console = PlainConsole(stderr=True)
            with progress_display(console, stop, shown, quiet=quiet, verbose=verbose) as show:
                result = search(
                    instance,
                    time_limit=time_limit,
                    seed=seed,
                    workers=workers,
                    gap=gap,
                    reproducible=reproducible,
                    on_progress=show or (lambda _: None),
                    stop=stop,
                )
        except EngineError as error:
            _keep_rejected(error, problem, target)
            raise
        result = _noted(result, pins, relax)
        interrupted = stop.is_set()
        _finish(instance, result, reports, target, interrupted=interrupted, verbose=verbose)
    return Exit.INTERRUPTED if interrupted else STATUSES[result.status]


def _load(folder: str, pins: str | None, relax: list[str] | None) -> Problem:
    """Return the problem to solve: with a roster kept, and without what is given up."""
    from csshift.io.reading import load
    from csshift.io.rosters import pin_roster
    from csshift.planner.relaxing import relax_problem

    problem = load(folder)
    if pins is not None:
        problem = pin_roster(problem, pins)
    return relax_problem(problem, relax) if relax else problem


def _finish(
    instance: Instance,
    result: Result,
    reports: Reports,
    target: Path,
    *,
    interrupted: bool,
    verbose: bool,
) -> None:
    """Write the result and its reports, and show it."""
    from csshift.cli.progress import PlainConsole
    from csshift.report.wording import plain

    try:
        _write(instance, result, reports, target)
    finally:
        _show(instance, result, verbose=verbose)
    if result.roster is not None:
        PlainConsole().print(f"\nThe files are in {plain(str(target))}", soft_wrap=True)
    if interrupted:
        kept = "no roster was found yet" if result.roster is None else "kept the best so far"
        complain(f"interrupted; {kept}")


def _result_folder(problem: str) -> Path:
    """Return where a result goes: into the problem folder, or beside the workbook."""
    from csshift.io.excel.book import is_workbook

    path = Path(problem)
    if is_workbook(path):
        return path.with_name(f"{path.stem}-{RESULT_FOLDER}")
    return path / RESULT_FOLDER


def _write(instance: Instance, result: Result, reports: Reports, target: Path) -> None:
    """Write result and reports as one thing; where that fails, keep the roster elsewhere."""
    from csshift.io.writing import PREVIOUS, UNSOLVED_FILE, reports_in, write_result
    from csshift.report.wording import counted

    wanted = reports
    if result.roster is None:
        # Only the page has something to say.
        wanted = replace(reports, excel=None, ics=None)
        if wanted != reports:
            complain("no roster was found: only the page is written")
    made = rendered(instance, result, wanted)
    try:
        earlier = [name for name in reports_in(target) if name not in made]
        written = write_result(result, instance.problem, target, reports=made)
    except Exception:
        if result.roster is not None:
            _rescue(instance.problem, result, made)
        raise
    if written.name == UNSOLVED_FILE:
        complain(f"kept the earlier result in {target}; the outcome of this run is in {written}")
    elif earlier:
        complain(f"moved {counted(len(earlier), 'earlier report')} to {target / PREVIOUS}")


def _rescue(problem: Problem, result: Result, reports: dict[str, bytes]) -> None:
    """Keep a roster that cannot be written where it was to go."""
    import tempfile

    from csshift.io.files import write_file
    from csshift.io.writing import write_result

    try:
        place = Path(tempfile.mkdtemp(prefix="csshift-result-"))
        try:
            write_result(result, problem, place, reports=reports)
        except Exception:
            # Whatever fails in a result, its first table is what matters.
            rows = () if result.roster is None else result.roster.assignments
            lines = [f"{row.agent_id},{row.date.isoformat()},{row.shift}" for row in rows]
            content = "\n".join(["agent_id,date,shift", *lines, ""])
            write_file(place / "roster.csv", content.encode())
    except Exception as error:
        complain(f"the result is lost: no other folder can be written to, either: {error}")
    else:
        complain(f"the result could not be written to its folder and is in {place} instead")


def _keep_rejected(error: EngineError, problem: Problem, target: Path) -> None:
    """Write a roster that is rejected beside the result, for whoever looks into it."""
    from csshift.io.writing import write_rejected

    if error.roster is None:
        return
    try:
        place = write_rejected(error.roster, problem, target)
    except Exception as failure:
        complain(f"the rejected roster could not be written: {failure}")
    else:
        complain(f"the rejected roster is in {place}; csshift check says what it breaks")


def _noted(result: Result, pins: str | None, relax: list[str] | None) -> Result:
    """Return the result with notes on what was kept and what was given up."""
    from csshift.model.notes import Note, ranked

    notes = result.notes
    if pins is not None:
        text = f"{Path(pins).name} was kept: the bound is that of rosters that complete it"
        text_zh = f"已保留 {Path(pins).name}：下界针对补全它的排班"
        notes = (*notes, Note(code="pins-kept", text=text, text_zh=text_zh))
    if relax:
        text = (
            f"given up with --relax: {'; '.join(relax)}; csshift check holds the roster to all "
            "hard rules of the folder"
        )
        text_zh = f"已用 --relax 放宽：{'；'.join(relax)}；csshift check 仍按全部硬性规则检查"
        note = Note(code="relaxed", text=text, text_zh=text_zh, rules=tuple(relax))
        notes = ranked((*notes, note))
    return result.model_copy(update={"notes": notes})


def _most_bytes(problem: Problem) -> int:
    """Return about how much a result may take: an hourly plan has the most rows."""
    intervals = len(problem.horizon.dates) * 1440 // problem.horizon.interval_minutes
    return BYTES_OF_AN_INTERVAL * len(problem.agents) * intervals


def _show(instance: Instance, result: Result, *, verbose: bool) -> None:
    from csshift.cli.progress import PlainConsole
    from csshift.report.terminal import result_summary

    # Without a roster there is nothing to summarise: what came of it is a complaint.
    console = PlainConsole(stderr=result.roster is None)
    try:
        console.show(result_summary(instance, result, console.width, verbose=verbose))
    except Exception as error:
        complain(f"the summary could not be shown: {type(error).__name__}: {error}")

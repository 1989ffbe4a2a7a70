"""``csshift solve``: read, search, write, show."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from csshift.cli.interruption import interruptible
from csshift.cli.output import PlainConsole
from csshift.cli.progress import progress_display
from csshift.cli.reporting import Reports, reports_for, write_reports
from csshift.cli.status import Exit, complain
from csshift.errors import Fault, InputError
from csshift.io.excel.book import is_workbook
from csshift.io.pins import pin_roster
from csshift.io.reading import load
from csshift.io.writing import write_result
from csshift.model.notes import Note
from csshift.planner.collecting import uncollected
from csshift.planner.result import Result
from csshift.problem import Problem
from csshift.report.terminal import result_summary
from csshift.report.wording import plain

RESULT_FOLDER = "result"
SECONDS_BETWEEN_SIGNALS = 0.2
STATUSES = {
    "optimal": Exit.DONE,
    "feasible": Exit.DONE,
    "infeasible": Exit.INFEASIBLE,
    "unknown": Exit.UNKNOWN,
}


@dataclass(frozen=True)
class Search:
    """How to search; the options of the command, as `csshift.solve` takes them."""

    time_limit: float
    seed: int
    workers: int | None
    gap: float
    reproducible: bool


@dataclass(frozen=True)
class Wishes:
    """What goes into a solve beside the problem, and comes out beside the result.

    Parameters
    ----------
    pins : str or None
        A roster to be kept and completed.
    report : str or None
        Kinds of reports, with commas between.
    lang : {"zh", "en"}
        Language of the reports.
    """

    pins: str | None = None
    report: str | None = None
    lang: Literal["zh", "en"] = "zh"


def run_solve(folder: str, out: str | None, search: Search, wishes: Wishes, *, quiet: bool) -> Exit:
    """Solve a problem, write the result and its reports, show it, return the exit status."""
    target = result_folder(folder) if out is None else Path(out)
    reports = reports_for(wishes.report, wishes.lang, target)
    problem = load(folder)
    if wishes.pins is not None:
        problem = pin_roster(problem, wishes.pins)
    require_writable(target)
    with interruptible() as stop:
        result = _search(problem, search, stop, quiet=quiet)
        if wishes.pins is not None:
            text = (
                f"{Path(wishes.pins).name} was kept: the bound is that of rosters that complete it"
            )
            note = Note(code="pins-kept", text=text)
            result = result.model_copy(update={"notes": (*result.notes, note)})
        interrupted = stop.is_set()
        with uncollected():
            try:
                write_result(result, problem, target)
                _report(problem, result, reports)
            finally:
                _show(problem, result)
        if result.roster is not None:
            PlainConsole().print(f"\nThe files are in {plain(str(target))}", soft_wrap=True)
        if interrupted:
            kept = "no roster was found yet" if result.roster is None else "kept the best so far"
            complain(f"interrupted; {kept}")
    return Exit.INTERRUPTED if interrupted else STATUSES[result.status]


def result_folder(problem: str) -> Path:
    """Return where a result goes: into the problem folder, or beside the workbook."""
    path = Path(problem)
    return (
        path.with_name(f"{path.stem}-{RESULT_FOLDER}")
        if is_workbook(path)
        else path / RESULT_FOLDER
    )


def _report(problem: Problem, result: Result, reports: Reports) -> None:
    """Write what reports can be written; without a roster only the page has something to say."""
    wanted = reports
    if result.roster is None:
        wanted = replace(reports, excel=None, ics=None)
        if wanted != reports:
            complain("no roster was found: only the page is written")
    for _ in write_reports(problem, result, wanted):
        pass


def _search(problem: Problem, search: Search, stop: threading.Event, *, quiet: bool) -> Result:
    from csshift.planner.solve import solve

    # Python handles signals in the main thread, which therefore waits rather than searches.
    with (
        progress_display(PlainConsole(stderr=True), stop, quiet=quiet) as tell,
        ThreadPoolExecutor(max_workers=1) as pool,
    ):
        running = pool.submit(
            solve,
            problem,
            time_limit=search.time_limit,
            seed=search.seed,
            workers=search.workers,
            gap=search.gap,
            reproducible=search.reproducible,
            on_progress=tell,
            stop=stop,
        )
        while not running.done():
            wait([running], timeout=SECONDS_BETWEEN_SIGNALS)
        return running.result()


def _show(problem: Problem, result: Result) -> None:
    # Without a roster there is nothing to summarise: what came of it is a complaint.
    console = PlainConsole(stderr=result.roster is None)
    console.show(result_summary(problem, result, console.width))


def require_writable(folder: Path) -> None:
    """Refuse a result folder that cannot be written, before an hour is spent on the search.

    Raises
    ------
    InputError
        When the folder is a file, or it cannot be made or written to.
    """
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        problem, remedy = "a file stands where a folder is needed", "choose another --out"
    elif not os.access(nearest, os.W_OK | os.X_OK):
        problem, remedy = "the folder cannot be written to", "choose another --out, or its rights"
    else:
        return
    raise InputError([Fault(str(nearest), problem, remedy)])

"""``csshift solve``: read, search, write, show."""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from csshift.cli.interruption import interruptible
from csshift.cli.output import PlainConsole
from csshift.cli.progress import progress_display
from csshift.cli.reporting import Reports, rendered, reports_for
from csshift.cli.status import Exit, complain
from csshift.errors import EngineError
from csshift.instance import Instance
from csshift.io.excel.book import is_workbook
from csshift.io.files import prepared_folder, write_file
from csshift.io.reading import load
from csshift.io.rosters import pin_roster
from csshift.io.writing import (
    PREVIOUS,
    UNSOLVED_FILE,
    reports_in,
    result_files,
    write_rejected,
    write_result,
)
from csshift.model.notes import Note
from csshift.model.result import Progress, Result
from csshift.planner.collecting import uncollected
from csshift.planner.waiting import run_beside
from csshift.problem import Problem
from csshift.report.terminal import result_summary
from csshift.report.wording import counted, plain
from csshift.versions import versions

RESULT_FOLDER = "result"
SECONDS_TO_STOP = 2.0
"""Seconds after an interruption for which a roster is waited for when none was reported yet."""

BYTES_OF_AN_INTERVAL = 20
"""Of an agent in allocation.csv, on average over hours at work and free ones."""

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


def run_solve(
    folder: str,
    out: str | None,
    search: Search,
    wishes: Wishes,
    *,
    quiet: bool,
    verbose: bool = False,
) -> Exit:
    """Solve a problem, write the result and its reports, show it, return the exit status."""
    target = result_folder(folder) if out is None else Path(out)
    reports = reports_for(wishes.report, wishes.lang)
    problem = load(folder)
    if wishes.pins is not None:
        problem = pin_roster(problem, wishes.pins)
    names = result_files(reports.names())
    instance = Instance(problem)
    with prepared_folder(target, names, _most_bytes(problem)), interruptible() as stop:
        try:
            result = _search(instance, search, stop, quiet=quiet, verbose=verbose)
        except EngineError as error:
            _keep_rejected(error, problem, target)
            raise
        if wishes.pins is not None:
            result = _with_note_of_pins(result, wishes.pins)
        interrupted = stop.is_set()
        with uncollected():
            try:
                _write(instance, result, reports, target)
            finally:
                _show(instance, result, verbose=verbose)
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


def _search(
    instance: Instance, search: Search, stop: threading.Event, *, quiet: bool, verbose: bool
) -> Result:
    """Search until the end, or until soon after `stop`, and return what there is."""
    from csshift.planner.solve import solve

    began = time.monotonic()
    has_roster = threading.Event()

    def unfinished() -> Result:
        seconds = time.monotonic() - began
        return Result(status="unknown", seconds=seconds, seed=search.seed, versions=versions())

    seconds = None if search.reproducible else search.time_limit
    display = progress_display(
        PlainConsole(stderr=True), stop, seconds, quiet=quiet, verbose=verbose
    )
    with display as show:

        def on_progress(progress: Progress) -> None:
            if progress.objective is not None:
                has_roster.set()
            if show is not None:
                show(progress)

        # Python handles signals in the main thread, which therefore waits rather than searches.
        # As long as there is no roster, nothing is lost by leaving: reading a large forecast
        # may take long, and does not notice that it has to stop.
        return run_beside(
            lambda: solve(
                instance,
                time_limit=search.time_limit,
                seed=search.seed,
                workers=search.workers,
                gap=search.gap,
                reproducible=search.reproducible,
                on_progress=on_progress,
                stop=stop,
            ),
            stop.set,
            lambda: stop.is_set() and not has_roster.is_set(),
            unfinished,
            patience=SECONDS_TO_STOP,
        )


def _write(instance: Instance, result: Result, reports: Reports, target: Path) -> None:
    """Write result and reports as one thing; where that fails, keep the roster elsewhere."""
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
    if error.roster is None:
        return
    try:
        place = write_rejected(error.roster, problem, target)
    except Exception as failure:
        complain(f"the rejected roster could not be written: {failure}")
    else:
        complain(f"the rejected roster is in {place}; csshift check says what it breaks")


def _with_note_of_pins(result: Result, pins: str) -> Result:
    text = f"{Path(pins).name} was kept: the bound is that of rosters that complete it"
    note = Note(code="pins-kept", text=text)
    return result.model_copy(update={"notes": (*result.notes, note)})


def _most_bytes(problem: Problem) -> int:
    """Return about how much a result may take: an hourly plan has the most rows."""
    intervals = len(problem.horizon.dates) * 1440 // problem.horizon.interval_minutes
    return BYTES_OF_AN_INTERVAL * len(problem.agents) * intervals


def _show(instance: Instance, result: Result, *, verbose: bool) -> None:
    # Without a roster there is nothing to summarise: what came of it is a complaint.
    console = PlainConsole(stderr=result.roster is None)
    try:
        console.show(result_summary(instance, result, console.width, verbose=verbose))
    except Exception as error:
        complain(f"the summary could not be shown: {type(error).__name__}: {error}")

"""Solving a problem: from entities to a checked roster."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from csshift.check import UNFILLED, score
from csshift.check.names import require_known
from csshift.check.score import Score
from csshift.compile import Compiled, compile_problem
from csshift.decode import decode_roster, encode_decisions
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Event, SearchResult
from csshift.engine.params import SearchParams
from csshift.engine.search import Search
from csshift.errors import EngineError
from csshift.model.notes import Note
from csshift.model.roster import Roster
from csshift.planner.collecting import uncollected
from csshift.planner.conflicts import conflicting
from csshift.planner.progress import Reporter
from csshift.planner.result import Progress, Result, TracePoint
from csshift.planner.versions import versions
from csshift.planner.waiting import PATIENCE, run_beside, run_search
from csshift.problem import Problem
from csshift.problem.notes import problem_notes

MOST_FINISHING = 0.3
"""Part of the time limit kept for ending the search, decoding and checking, at most."""

LEAST_LATE = 0.05
"""Late inquiries of a queue from which on a note reports them; fewer are rounding."""

LEAST_HEADS_SECONDS = 1.0
"""Seconds for turning the forecast into heads, however short the time limit."""

HEADS_UNFINISHED = (
    "the run ended while the forecast was turned into heads: allow more time, or fewer rows"
)

FINISHING_BUILDS = 8
"""Decoding and checking take up to so many times as long as building the program."""


def solve(
    problem: Problem,
    *,
    time_limit: float = 60.0,
    seed: int = 0,
    workers: int | None = None,
    gap: float = 0.0,
    start: Roster | None = None,
    reproducible: bool = False,
    params: SearchParams | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> Result:
    """Find a good roster, and prove how good it is.

    Parameters
    ----------
    problem : Problem
    time_limit : float
        Wall-clock seconds for everything: heads, building, solving and checking.
    seed : int
        Seed of the search.
    workers : int or None
        Threads; None takes all processors.
    gap : float
        The search ends once (objective - bound) / objective is not above this.
    start : Roster or None
        A roster to begin with; used where it keeps every hard rule.
    reproducible : bool
        One worker and deterministic limits, so that a run repeats exactly.
    params : SearchParams or None
        What tunes the search; the defaults suit most problems.
    on_progress : callable or None
        Called with every improvement, from whichever thread finds it.
    stop : threading.Event or None
        Ends the search early when it is set; the best roster so far is returned, as it is
        after Ctrl-C.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        When an argument is out of range.
    InputError
        When the start names what the problem does not know.
    EngineError
        When the checker rejects what the engine found; no roster is returned then.
    """
    began = time.monotonic()
    if not time_limit > 0 or not 0 <= gap < 1:
        raise ValueError("time_limit must be positive and gap from 0 to below 1")
    if params is not None and not isinstance(params, SearchParams):
        raise ValueError("params must be SearchParams; SearchParams.from_mapping makes them")
    if start is not None:
        require_known(problem, start)
    if not _heads_in_time(problem, began + max(time_limit, LEAST_HEADS_SECONDS), stop):
        return Result(
            status="unknown",
            seconds=time.monotonic() - began,
            seed=seed,
            versions=versions(),
            notes=(Note(code="heads-unfinished", text=HEADS_UNFINISHED),),
        )
    compiled = compile_problem(problem)
    budget = Budget(
        time_limit - _finishing(time_limit, time.monotonic() - began),
        workers=workers or os.cpu_count() or 1,
        seed=seed,
        reproducible=reproducible,
        started=began,
    )
    reporter = Reporter(compiled, on_progress)
    with _stopping(budget, stop):
        search = Search(
            compiled.program,
            budget,
            gap=gap,
            params=params,
            on_event=reporter.report,
            start=None if start is None else encode_decisions(compiled, start),
        )
        reporter.follow(search.incumbent)
        return _result(compiled, run_search(search), budget, began)


def _heads_in_time(problem: Problem, deadline: float, stop: threading.Event | None) -> bool:
    """Turn the forecast into heads, unless time runs out or the run is stopped before."""
    cancelled = threading.Event()

    def over() -> bool:
        stopped = cancelled.is_set() or (stop is not None and stop.is_set())
        return stopped or time.monotonic() > deadline

    return run_beside(lambda: problem.demand.cells >= 0, cancelled.set, over, lambda: False)


def _finishing(time_limit: float, building: float) -> float:
    """Return the seconds to keep for ending the search, decoding and checking."""
    return min(MOST_FINISHING * time_limit, PATIENCE + FINISHING_BUILDS * building)


@contextmanager
def _stopping(budget: Budget, stop: threading.Event | None) -> Iterator[None]:
    """Stop a budget when an event is set, as long as the block runs."""
    over = threading.Event()

    def watch(event: threading.Event) -> None:
        while not over.is_set():
            if event.wait(0.1):
                budget.stop()
                return

    if stop is not None:
        threading.Thread(target=watch, args=(stop,), name="stop", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _result(compiled: Compiled, found: SearchResult, budget: Budget, began: float) -> Result:
    program = compiled.program
    trace = tuple(_point(compiled, event) for event in found.trace)
    bound = None if found.bound is None else program.points(found.bound)
    facts = {"seed": budget.seed, "versions": versions(), "trace": trace}
    notes = problem_notes(compiled.problem)
    if found.infeasible:
        conflicts = conflicting(compiled)
        return Result(
            status="infeasible",
            conflicts=conflicts,
            seconds=time.monotonic() - began,
            notes=notes,
            **facts,
        )
    if found.values is None:
        seconds = time.monotonic() - began
        return Result(status="unknown", bound=bound, seconds=seconds, notes=notes, **facts)
    with uncollected():
        roster = decode_roster(compiled, found.values)
        judged = score(compiled.problem, roster)
    if judged.violations:
        listed = "; ".join(map(str, judged.violations[:5]))
        raise EngineError(f"the checker rejects the roster that was found: {listed}")
    _agree(judged, program.points(program.objective(found.values)), bound)
    return Result(
        status="optimal" if found.proven else "feasible",
        roster=roster.model_copy(update={"coverage": judged.coverage}),
        score=judged,
        bound=None if bound is None else min(bound, judged.objective),
        seconds=time.monotonic() - began,
        notes=(*notes, *_notes(judged)),
        **facts,
    )


def _agree(judged: Score, own: float, bound: float | None) -> None:
    """Raise when the checker's objective cannot be that of what the engine found.

    It may be lower: a search that is stopped leaves columns that say how far a rule is
    broken, or a duty turn unfair, higher than they need be.
    """
    slack = 1e-6 * max(1.0, abs(own))
    if judged.objective > own + slack or (bound is not None and judged.objective < bound - slack):
        raise EngineError(
            f"the checker scores {judged.objective}, the engine {own} with a bound of {bound}: "
            "one of them is wrong"
        )


def _notes(judged: Score) -> tuple[Note, ...]:
    unfilled = (
        Note(
            code="unfilled-duty",
            text=str(finding),
            dates=() if finding.date is None else (finding.date,),
            count=round(finding.amount),
        )
        for finding in judged.broken
        if finding.rule == UNFILLED
    )
    late = (
        Note(code="late-work", text=str(work), stores=(work.store,), skills=(work.skill,))
        for work in judged.deferred
        if work.late >= LEAST_LATE
    )
    return (*unfilled, *late)


def _point(compiled: Compiled, event: Event) -> TracePoint:
    points = compiled.program.points
    return TracePoint(
        seconds=round(event.seconds, 3),
        objective=None if event.objective is None else points(event.objective),
        bound=None if event.bound is None else points(event.bound),
        stage=event.stage,
    )

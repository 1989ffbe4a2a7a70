"""Solving a problem: from entities to a checked roster."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csshift.compile import Compiled, compile_problem
from csshift.decode import decode_decisions, encode_decisions
from csshift.decode.granting import LostWish
from csshift.decode.sharing import share_evenly
from csshift.engine.budget import Budget
from csshift.engine.construction.idle import IDLE_STAGE
from csshift.engine.incumbent import Event, SearchResult, is_proven
from csshift.engine.params import SearchParams
from csshift.engine.search import Search
from csshift.errors import EngineError
from csshift.instance import Instance
from csshift.model.notes import Note, ranked
from csshift.model.result import Progress, Result, TracePoint
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.planner.after_search import AfterSearch
from csshift.planner.arguments import MOST_WORKERS, as_instance, require_search_arguments
from csshift.planner.collecting import uncollected
from csshift.planner.conflicts import conflicting
from csshift.planner.judge import plan_of
from csshift.planner.progress import Reporter
from csshift.planner.roster_notes import problem_notes, roster_notes
from csshift.planner.waiting import PATIENCE, run_beside, run_search
from csshift.problem import Problem
from csshift.scoring import score
from csshift.scoring.names import require_known
from csshift.versions import versions

MOST_FINISHING = 0.3
"""Part of the time limit kept for ending the search, decoding and checking, at most."""

ROUNDING = 1e-12
"""Relative difference of two floats that stand for the same exact number."""

FINISHING_BUILDS = 4
"""The final plan and its check take up to so many times as long as building the program."""

IDLE_NOTES = (
    Note(
        code="nobody-planned",
        text="nobody is planned yet: the time limit ended before a roster could be built; "
        "give more time (--time-limit)",
    ),
)

LEAST_HEADS_SECONDS = 1.0
"""Seconds for turning the forecast into heads, however short the time limit."""

HEADS_UNFINISHED = (
    "the run ended while the forecast was turned into heads: allow more time, or fewer rows"
)


def solve(
    problem: Problem | Instance | str | Path,
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
    problem : Problem or path
    time_limit : float
        Wall-clock seconds for everything: heads, building, solving and checking; at most
        1,000,000.
    seed : int
        Seed of the search, from 0 to 2**31 - 1.
    workers : int or None
        Threads, from 1 to 256; None takes all processors.
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
    TypeError, ValueError
        When an argument is of another type or out of range; before anything else is done.
    InputError
        When the start names what the problem does not know, or weights are too far apart to be
        added up exactly.
    EngineError
        When the checker rejects what the engine found; no roster is returned then, but the
        exception has it as `roster`.
    """
    began = time.monotonic()
    require_search_arguments(time_limit, seed, workers, gap, start, on_progress, stop)
    if params is not None and not isinstance(params, SearchParams):
        raise ValueError("params must be SearchParams; SearchParams.from_mapping makes them")
    instance = as_instance(problem)
    if start is not None:
        require_known(instance, start)
    if not _heads_in_time(instance, began + max(time_limit, LEAST_HEADS_SECONDS), stop):
        return Result(
            status="unknown",
            seconds=time.monotonic() - began,
            seed=seed,
            versions=versions(),
            notes=(Note(code="heads-unfinished", text=HEADS_UNFINISHED),),
        )
    compiled = compile_problem(instance)
    finishing = _finishing(time_limit, time.monotonic() - began)
    after = AfterSearch(instance, time_limit)
    budget = Budget(
        time_limit - finishing - after.seconds,
        workers=workers or min(os.cpu_count() or 1, MOST_WORKERS),
        seed=seed,
        reproducible=reproducible,
        started=began,
        spare=max(0.0, finishing + after.seconds - PATIENCE),
    )
    reporter = Reporter(compiled, on_progress)
    search = Search(
        compiled.program,
        budget,
        gap=gap,
        params=params,
        on_event=reporter.report,
        start=None if start is None else encode_decisions(compiled, start),
    )
    reporter.follow(search.incumbent)
    found = run_search(search, stop)
    found, lost = after.grant(compiled, search, found, began + time_limit - finishing)
    return _result(compiled, found, lost, budget, (began, began + time_limit), reporter)


def _heads_in_time(instance: Instance, deadline: float, stop: threading.Event | None) -> bool:
    """Turn the forecast into heads, unless time runs out or the run is stopped before."""
    cancelled = threading.Event()

    def over() -> bool:
        stopped = cancelled.is_set() or (stop is not None and stop.is_set())
        return stopped or time.monotonic() > deadline

    return run_beside(lambda: instance.demand.cells >= 0, cancelled.set, over, lambda: False)


def _finishing(time_limit: float, building: float) -> float:
    """Return the seconds to keep for ending the search, decoding and checking."""
    return min(MOST_FINISHING * time_limit, PATIENCE + FINISHING_BUILDS * building)


def _result(
    compiled: Compiled,
    found: SearchResult,
    lost: tuple[LostWish, ...],
    budget: Budget,
    times: tuple[float, float],
    reporter: Reporter,
) -> Result:
    program, (began, deadline) = compiled.program, times
    trace = tuple(_point(compiled, event) for event in found.trace)
    bound = None if found.bound is None else program.points(found.bound)
    facts: dict[str, Any] = {"seed": budget.seed, "versions": versions(), "trace": trace}
    notes = ranked(problem_notes(compiled.instance))
    if found.infeasible:
        conflicts, failed = _conflicts(compiled)
        return Result(
            status="infeasible",
            conflicts=conflicts,
            seconds=time.monotonic() - began,
            notes=ranked((*notes, *failed)),
            **facts,
        )
    only_idle = not found.proven and all(
        event.stage == IDLE_STAGE for event in found.trace if event.objective is not None
    )
    if found.values is None or (only_idle and budget.stopped):  # nobody wants that one
        seconds = time.monotonic() - began
        return Result(status="unknown", bound=bound, seconds=seconds, notes=notes, **facts)
    with uncollected():
        roster, plan_cost = _decoded(compiled, found.values)
        judged = _judged(compiled, roster)
    left = math.inf if budget.reproducible else deadline - time.monotonic()
    exact = Fraction(program.objective(found.values), program.scale)
    own = float(exact - program.continuous_points(found.values) + plan_cost)
    if (fault := _disagreement(judged, own, bound)) is not None:
        raise EngineError(fault, roster)
    facts["trace"] = _settled(trace, judged, reporter, time.monotonic() - began)
    proven = found.proven and is_proven(judged.objective, bound)
    return Result(
        status="optimal" if proven else "feasible",
        roster=roster.model_copy(update={"coverage": judged.coverage}),
        score=judged,
        bound=None if bound is None else min(bound, judged.objective),
        seconds=time.monotonic() - began,
        notes=ranked(
            (
                *notes,
                *(IDLE_NOTES if only_idle else ()),
                *roster_notes(compiled.instance, roster, judged, lost, left),
            )
        ),
        **facts,
    )


def _settled(
    trace: tuple[TracePoint, ...], judged: Score, reporter: Reporter, seconds: float
) -> tuple[TracePoint, ...]:
    """Return the trace with the objective of the final hourly plan as its last one."""
    final = judged.objective
    points = [
        point
        if point.objective is None
        else point.model_copy(update={"objective": max(point.objective, final)})
        for point in trace
    ]
    if points[-1].objective != final:
        point = TracePoint(
            seconds=round(seconds, 3), objective=final, bound=points[-1].bound, stage="plan"
        )
        points.append(point)
        reporter.report_point(point, float(judged.shortage_hours))
    return tuple(points)


def _conflicts(compiled: Compiled) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Return the rules in conflict; a failure to find them does not undo the proof."""
    try:
        return conflicting(compiled), ()
    except Exception as error:
        text = f"the rules in conflict could not be found: {type(error).__name__}: {error}"
        return (), (Note(code="conflicts-failed", text=text),)


def _decoded(compiled: Compiled, values: NDArray[np.int64]) -> tuple[Roster, Fraction]:
    """Return the roster with the plan that `check` finds, too, and what the plan costs.

    The search rounds its own plan a little differently.
    """
    try:
        decisions = decode_decisions(compiled, share_evenly(compiled, values))
        return plan_of(compiled.instance, decisions)
    except Exception as error:
        fault = f"the hourly plan could not be made: {type(error).__name__}: {error}"
        raise EngineError(fault, decode_decisions(compiled, values)) from error


def _judged(compiled: Compiled, roster: Roster) -> Score:
    try:
        return score(compiled.instance, roster)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise EngineError(
            f"the roster that was found cannot be judged: {reason}", roster
        ) from error


def _disagreement(judged: Score, own: float, bound: float | None) -> str | None:
    """Return why the checker rejects what the engine found; None where they agree.

    Both are exact until they become floats. The checker's may be lower: a search that is stopped
    leaves columns that say how far a rule is broken higher than they need be, and turns are
    shared more evenly at the end.
    """
    if judged.violations:
        listed = "; ".join(map(str, judged.violations[:5]))
        return f"the checker rejects the roster that was found: {listed}"
    slack = ROUNDING * max(1.0, abs(own))
    if judged.objective > own + slack or (bound is not None and judged.objective < bound - slack):
        return (
            f"the checker scores {judged.objective}, the engine {own} with a bound of {bound}: "
            "one of them is wrong"
        )
    return None


def _point(compiled: Compiled, event: Event) -> TracePoint:
    points = compiled.program.points
    return TracePoint(
        seconds=round(event.seconds, 3),
        objective=None if event.objective is None else points(event.objective),
        bound=None if event.bound is None else points(event.bound),
        stage=event.stage,
    )

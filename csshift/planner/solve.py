"""Solving a problem: from entities to a checked roster."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

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
from csshift.model.result import Progress, Result, Status, TracePoint
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.planner.after_search import AfterSearch
from csshift.planner.arguments import MOST_WORKERS, as_instance, require_search_arguments
from csshift.planner.check import plan_of
from csshift.planner.conflicts import FoundConflict, explain_conflict
from csshift.planner.fair_notes import next_balances
from csshift.planner.overtime_notes import overtime_pay
from csshift.planner.progress import Reporter
from csshift.planner.roster_notes import (
    failure_notes,
    problem_notes,
    roster_notes,
    without_repeats,
)
from csshift.planner.waiting import PATIENCE, Runner
from csshift.problem import Problem
from csshift.program import Integers
from csshift.scoring import score
from csshift.scoring.names import require_known
from csshift.versions import versions

MOST_FINISHING = 0.3
"""Part of the time limit kept for ending the search, decoding and checking, at most."""

LEAST_LATE = 0.05
"""Late inquiries of a queue from which on a note reports them; fewer are rounding."""

ROUNDING = 1e-12
"""Relative difference of two floats that stand for the same exact number."""

FINISHING_BUILDS = 5
"""The final plan and its check take up to so many times as long as building the program."""

IDLE_NOTES = (
    Note(
        code="nobody-planned",
        text="nobody is planned yet: the time limit ended before a roster could be built; "
        "give more time (--time-limit)",
        text_zh="尚未排任何人：时限在排出班表之前已到，请增加时间（--time-limit）",
    ),
)

BEFORE_CONSTRUCTION = {IDLE_STAGE, "column bounds", "relaxation"}
"""Stages before somebody is planned; bounds are reported with the objective so far."""

BUILDING_PATIENCE = 2.0
"""Seconds after a stop for which the program, or the rules in conflict, are waited for."""

LEAST_HEADS_SECONDS = 1.0
"""Seconds for turning the forecast into heads, however short the time limit."""

HEADS_UNFINISHED = Note(
    code="heads-unfinished",
    text="the run ended while the forecast was turned into heads: allow more time, or fewer rows",
    text_zh="把预测换算成人数时时间已到：请增加时间，或减少行数",
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
        Threads and processes that work at once, from 1 to 256; None takes all processors.
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
    require_search_arguments(time_limit, seed, workers, gap, start, params, on_progress, stop)
    instance, runner = as_instance(problem), Runner(stop)
    options = (time_limit, seed, workers, gap, start, reproducible, params, on_progress)
    return _Run(instance, runner, began, *options).result()


@dataclass(frozen=True, eq=False)
class _Run:
    """One solve: heads, program, search, and the result of it."""

    instance: Instance
    runner: Runner
    began: float
    time_limit: float
    seed: int
    workers: int | None
    gap: float
    start: Roster | None
    reproducible: bool
    params: SearchParams | None
    on_progress: Callable[[Progress], None] | None

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def result(self) -> Result:
        """Solve the problem."""
        if self.start is not None:
            require_known(self.instance, self.start)
        if not self._heads_in_time():
            return self._result("unknown", HEADS_UNFINISHED)
        runner, has_start = self.runner, self.start is not None
        built = runner.run(
            self._build,
            lambda: None,
            over=lambda: runner.stopped and not has_start,
            patience=BUILDING_PATIENCE,
        )
        if built is None:
            return self._result("unknown")
        compiled, search, reporter, after = built
        del built
        found = runner.search(search)
        deadline = self.began + search.budget.seconds + after.seconds
        found, lost = after.grant(compiled, search, found, deadline)
        found = after.level(compiled, search, found, deadline)
        trace = tuple(_point(compiled, event) for event in found.trace)
        stopped = search.budget.stopped
        del search  # its matrices take more memory than what follows
        if found.infeasible:
            return self._infeasible(compiled, trace)
        stages = {event.stage for event in found.trace if event.objective is not None}
        only_idle = not found.proven and IDLE_STAGE in stages and stages <= BEFORE_CONSTRUCTION
        if found.values is None or (only_idle and stopped):  # nobody wants that one
            bound = None if found.bound is None else compiled.program.points(found.bound)
            notes = *problem_notes(self.instance), *failure_notes(found.failures)
            return self._result("unknown", *notes, bound=bound, trace=trace)
        notes = (*(IDLE_NOTES if only_idle else ()), *failure_notes(found.failures))
        try:
            return self._solved(compiled, found, found.values, trace, reporter, lost, notes)
        except EngineError:
            raise
        except Exception as error:
            fault = f"the result could not be put together: {type(error).__name__}: {error}"
            raise EngineError(fault, decode_decisions(compiled, found.values)) from error

    def _heads_in_time(self) -> bool:
        """Turn the forecast into heads, unless time runs out or the run is stopped before."""
        most = max(self.time_limit, LEAST_HEADS_SECONDS)
        return self.runner.run(
            lambda: self.instance.demand.cells >= 0,
            lambda: False,
            over=lambda: self.runner.stopped or self._seconds > most,
        )

    def _build(self) -> tuple[Compiled, Search, Reporter, AfterSearch] | None:
        """Return the program, its search, what reports of it, and what follows it."""
        compiled = compile_problem(self.instance)
        # Kept for ending the search, decoding and checking. A run that repeats exactly must not
        # depend on how long building took.
        building = 0.0 if self.reproducible else self._seconds
        finishing = min(MOST_FINISHING * self.time_limit, PATIENCE + FINISHING_BUILDS * building)
        after = AfterSearch(self.instance, self.time_limit)
        budget = Budget(
            self.time_limit - finishing - after.seconds,
            workers=self.workers or min(os.cpu_count() or 1, MOST_WORKERS),
            seed=self.seed,
            reproducible=self.reproducible,
            started=self.began,
            spare=max(0.0, finishing + after.seconds - PATIENCE),
        )
        reporter = Reporter(compiled, self.on_progress)
        search = Search(
            compiled.program,
            budget,
            gap=self.gap,
            params=self.params,
            on_event=reporter.report,
            start=None if self.start is None else encode_decisions(compiled, self.start),
        )
        reporter.follow(search.incumbent)
        return compiled, search, reporter, after

    def _result(self, status: Status, *notes: Note, **fields: Any) -> Result:
        return Result(
            status=status,
            seconds=self._seconds,
            seed=self.seed,
            versions=versions(),
            notes=ranked(without_repeats(notes)),
            **fields,
        )

    def _infeasible(self, compiled: Compiled, trace: tuple[TracePoint, ...]) -> Result:
        notes = problem_notes(self.instance)
        found, failed = self.runner.run(
            lambda: _conflict(compiled), lambda: (None, ()), patience=BUILDING_PATIENCE
        )
        if found is not None:
            fields = {"conflicts": found.names, "conflict": found.conflict}
            return self._result("infeasible", *notes, *failed, trace=trace, **fields)
        return self._result("infeasible", *notes, *failed, trace=trace)

    def _solved(
        self,
        compiled: Compiled,
        found: SearchResult,
        values: Integers,
        trace: tuple[TracePoint, ...],
        reporter: Reporter,
        lost: tuple[LostWish, ...],
        notes: tuple[Note, ...],
    ) -> Result:
        """Return the roster of a solution, checked."""
        program = compiled.program
        roster, plan_cost = _decoded(compiled, values)
        judged = _judged(compiled, roster)
        left = math.inf if self.reproducible else self.time_limit - self._seconds
        exact = Fraction(program.objective(values), program.scale)
        own = float(exact - program.continuous_points(values) + plan_cost)
        bound = None if found.bound is None else program.points(found.bound)
        if (fault := _disagreement(judged, own, bound)) is not None:
            raise EngineError(fault + _suspects(compiled, values, judged), roster)
        proven = found.proven and is_proven(judged.objective, bound)
        return self._result(
            "optimal" if proven else "feasible",
            *problem_notes(self.instance),
            *notes,
            *roster_notes(self.instance, roster, judged, lost, left),
            balances=next_balances(self.instance, roster),
            overtime=overtime_pay(self.instance, roster),
            roster=roster.model_copy(update={"coverage": judged.coverage}),
            score=judged,
            bound=None if bound is None else min(bound, judged.objective),
            trace=_settled(trace, judged, reporter, self._seconds),
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


def _conflict(compiled: Compiled) -> tuple[FoundConflict | None, tuple[Note, ...]]:
    """Return the rules in conflict; a failure to find them does not undo the proof."""
    try:
        return explain_conflict(compiled), ()
    except Exception as error:
        text = f"the rules in conflict could not be found: {type(error).__name__}: {error}"
        chinese = f"无法找出相互冲突的规则：{type(error).__name__}: {error}"
        return None, (Note(code="conflicts-failed", text=text, text_zh=chinese),)


def _decoded(compiled: Compiled, values: Integers) -> tuple[Roster, Fraction]:
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


def _suspects(compiled: Compiled, values: Integers, judged: Score) -> str:
    """Return the rules for which the checker counts other points than their rows, in words."""
    program = compiled.program
    found = []
    for label in dict.fromkeys(rule.label for rule in compiled.instance.effective_rules):
        family = program.families.index(label) if label in program.families else -1
        own = program.column_family == family
        points = sum(int(c) * int(v) for c, v in zip(program.cost[own], values[own], strict=True))
        rows, check = points / program.scale, judged.penalties.get(label, 0.0)
        if abs(rows - check) > ROUNDING * max(1.0, rows):
            found.append(f"{label} ({check:g} by its check, {rows:g} by its rows)")
    return f"; rules that differ: {', '.join(found)}" if found else ""


def _point(compiled: Compiled, event: Event) -> TracePoint:
    points = compiled.program.points
    return TracePoint(
        seconds=round(event.seconds, 3),
        objective=None if event.objective is None else points(event.objective),
        bound=None if event.bound is None else points(event.bound),
        stage=event.stage,
    )

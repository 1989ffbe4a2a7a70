"""What each stage of the engine is worth: the same search with one stage switched off.

The switches are the fields of the engine's `Plan` that are true or false; a stage that gets such
a field is measured here without further ado.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import fields, replace

from benchmarks.case import Solver
from csshift import Problem, Result
from csshift.check import score
from csshift.compile import Compiled, compile_problem
from csshift.decode import decode_roster
from csshift.engine.control import Control
from csshift.engine.incumbent import Incumbent
from csshift.engine.strategy import Plan, Search
from csshift.planner.result import TracePoint
from csshift.planner.waiting import run_search
from csshift.versions import versions

WHOLE = "all-stages"


def methods() -> Mapping[str, Solver]:
    """Return the search as a whole, and one without each of its stages."""
    plan = Plan()
    switches = [field.name for field in fields(Plan) if getattr(plan, field.name) is True]
    without = {name: replace(plan, **{name: False}) for name in switches}
    named = {f"no-{name.replace('_', '-')}": changed for name, changed in without.items()}
    return {WHOLE: _solver(plan)} | {name: _solver(changed) for name, changed in named.items()}


def _solver(plan: Plan) -> Solver:
    def solve(problem: Problem, time_limit: float, seed: int, workers: int) -> Result:
        began = time.monotonic()
        compiled = compile_problem(problem)
        control = Control(time_limit, workers=workers, seed=seed, started=began)
        search = Search(compiled.program, control, plan=plan)
        return _result(compiled, run_search(search), control)

    return solve


def _result(compiled: Compiled, found: Incumbent, control: Control) -> Result:
    points = compiled.program.points
    trace = tuple(
        TracePoint(
            seconds=round(news.seconds, 3),
            objective=None if news.objective is None else points(news.objective),
            bound=None if news.bound is None else points(news.bound),
            stage=news.stage,
        )
        for news in found.trace
    )
    bound = None if found.bound is None else points(found.bound)
    facts = {"seed": control.seed, "versions": versions(), "trace": trace}
    if found.infeasible or found.values is None:
        status = "infeasible" if found.infeasible else "unknown"
        return Result.model_validate(
            {"status": status, "bound": bound, "seconds": control.elapsed} | facts
        )
    roster = decode_roster(compiled, found.values)
    judged = score(compiled.problem, roster)
    return Result(
        status="optimal" if found.proven else "feasible",
        roster=roster,
        score=judged,
        bound=None if bound is None else min(bound, judged.objective),
        seconds=control.elapsed,
        **facts,
    )

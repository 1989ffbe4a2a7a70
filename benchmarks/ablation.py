"""What each stage of the engine is worth: the same search with one stage switched off.

The switches are the fields of `SearchParams` that are true or false; a stage that gets such a field
is measured here without further ado.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from benchmarks.case import Solver
from csshift import Problem, Result, SearchParams
from csshift import solve as solve_problem

ALL_STAGES = "all-stages"


def methods() -> Mapping[str, Solver]:
    """Return the search with all stages, and one without each of its stages."""
    params = SearchParams()
    switches = [field.name for field in fields(params) if getattr(params, field.name) is True]
    without = {name: SearchParams.from_mapping({name: False}) for name in switches}
    named = {f"no-{name.replace('_', '-')}": changed for name, changed in without.items()}
    return {ALL_STAGES: _solver(params)} | {name: _solver(each) for name, each in named.items()}


def _solver(params: SearchParams) -> Solver:
    def solve(problem: Problem, time_limit: float, seed: int, workers: int) -> Result:
        return solve_problem(
            problem, time_limit=time_limit, seed=seed, workers=workers, params=params
        )

    return solve

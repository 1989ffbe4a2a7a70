"""Shift scheduling for e-commerce customer service.

::

    import csshift

    problem = csshift.load("examples/promotion-week")
    result = csshift.solve(problem, time_limit=60)
    print(result.status, result.objective, result.bound)
    print(result.roster.to_frame())

Names are loaded when they are first used: importing csshift alone loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from csshift.versions import __version__

if TYPE_CHECKING:
    from csshift.engine.params import SearchParams
    from csshift.errors import CsshiftError, EngineError, Fault, InputError, MissingExtraError
    from csshift.io.reading import load
    from csshift.io.writing import write_result
    from csshift.model.availability import Availability
    from csshift.model.demand import ForecastCell, RequirementCell
    from csshift.model.duties import Duty
    from csshift.model.horizon import Horizon
    from csshift.model.notes import Note
    from csshift.model.people import Agent, Contract, Leave, Pin, Request
    from csshift.model.result import Progress, Result
    from csshift.model.roster import Assignment, DutyTurn, Roster
    from csshift.model.score import Finding, Score
    from csshift.model.shifts import Shift
    from csshift.model.skills import Skill, SkillOverride
    from csshift.model.weights import Weights
    from csshift.planner.check import check
    from csshift.planner.results import load_result
    from csshift.planner.simulate import simulate
    from csshift.planner.solve import solve
    from csshift.problem import Problem
    from csshift.rules.base import Rule
    from csshift.rules.registry import register
    from csshift.simulation.outcome import Outcome

__all__ = [
    "Agent",
    "Assignment",
    "Availability",
    "Contract",
    "CsshiftError",
    "Duty",
    "DutyTurn",
    "EngineError",
    "Fault",
    "Finding",
    "ForecastCell",
    "Horizon",
    "InputError",
    "Leave",
    "MissingExtraError",
    "Note",
    "Outcome",
    "Pin",
    "Problem",
    "Progress",
    "Request",
    "RequirementCell",
    "Result",
    "Roster",
    "Rule",
    "Score",
    "SearchParams",
    "Shift",
    "Skill",
    "SkillOverride",
    "Weights",
    "__version__",
    "check",
    "load",
    "load_result",
    "register",
    "simulate",
    "solve",
    "write_result",
]

_HOMES = {
    "csshift.model.score": ("Finding", "Score"),
    "csshift.engine.params": ("SearchParams",),
    "csshift.errors": ("CsshiftError", "EngineError", "Fault", "InputError", "MissingExtraError"),
    "csshift.io.reading": ("load",),
    "csshift.planner.results": ("load_result",),
    "csshift.io.writing": ("write_result",),
    "csshift.model.availability": ("Availability",),
    "csshift.model.demand": ("ForecastCell", "RequirementCell"),
    "csshift.model.duties": ("Duty",),
    "csshift.model.horizon": ("Horizon",),
    "csshift.model.notes": ("Note",),
    "csshift.model.people": ("Agent", "Contract", "Leave", "Pin", "Request"),
    "csshift.model.roster": ("Assignment", "DutyTurn", "Roster"),
    "csshift.model.shifts": ("Shift",),
    "csshift.model.skills": ("Skill", "SkillOverride"),
    "csshift.model.weights": ("Weights",),
    "csshift.planner.check": ("check",),
    "csshift.model.result": ("Progress", "Result"),
    "csshift.planner.simulate": ("simulate",),
    "csshift.planner.solve": ("solve",),
    "csshift.problem": ("Problem",),
    "csshift.rules.base": ("Rule",),
    "csshift.rules.registry": ("register",),
    "csshift.simulation.outcome": ("Outcome",),
}
_home_of = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _home_of:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_home_of[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

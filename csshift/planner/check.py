"""Scoring any roster, made by csshift or by hand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from csshift.instance import Instance
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.planner.arguments import as_instance
from csshift.problem import Problem
from csshift.scoring import score


def check(problem: Problem | Instance | str | Path, roster: Roster) -> Score:
    """Judge a roster: hard violations, penalties by rule, coverage.

    Parameters
    ----------
    problem : Problem or path
    roster : Roster
        Without an hourly plan, the best one for its shifts and duties is computed.

    Returns
    -------
    Score

    Raises
    ------
    InputError
        When the roster names agents, shifts, duties or days that the problem does not know,
        or gives an agent two shifts on one day; when `solve` would refuse the problem's weights.
    """
    instance = as_instance(problem)
    from csshift.compile import compile_problem
    from csshift.scoring.names import require_known

    require_known(instance, roster)
    compile_problem(instance)
    return score(instance, roster if roster.allocation else with_plan(instance, roster))


def with_plan(instance: Instance, roster: Roster) -> Roster:
    """Return the roster with the best hourly plan for its shifts and duties."""
    return plan_of(instance, roster)[0]


def plan_of(instance: Instance, roster: Roster) -> tuple[Roster, Fraction]:
    """Return the same, and what the plan's continuous columns cost, in points.

    The plan depends on problem, shifts and duties alone, so that a roster which is read back
    has the plan that it was written with.
    """
    from csshift.compile import compile_plan
    from csshift.compile.coverage import Offered
    from csshift.decode.allocation import share_out
    from csshift.engine.benders.recourse import RecourseBlocks
    from csshift.engine.budget import Budget
    from csshift.engine.structure import Structure
    from csshift.scoring.names import require_known

    require_known(instance, roster)
    # Duties that take more than all of the time are the checker's to report.
    free = np.maximum(instance.offered(roster), 0)
    total = np.zeros((instance.classes.count, free.shape[1]), dtype=np.int64)
    np.add.at(total, instance.classes.of_agent, free)
    group, slot = np.nonzero(total)
    program, flows = compile_plan(instance, Offered(group, slot, total[group, slot]))
    values = RecourseBlocks(Structure(program)).complete(program.lower, Budget(3600.0))
    allocation = share_out(instance, flows, values, free)
    return roster.model_copy(update={"allocation": allocation}), program.continuous_points(values)

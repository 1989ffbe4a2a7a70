"""Scoring any roster, made by csshift or by hand."""

from __future__ import annotations

from csshift.check import score
from csshift.check.score import Score
from csshift.model.roster import Roster
from csshift.problem import Problem


def check(problem: Problem, roster: Roster) -> Score:
    """Judge a roster: hard violations, penalties by rule, coverage.

    Parameters
    ----------
    problem : Problem
    roster : Roster
        Where it has no hourly plan, the best one for its shifts and duties is worked out.

    Returns
    -------
    Score

    Raises
    ------
    InputError
        When the roster names agents, shifts, duties or days that the problem does not know,
        or gives an agent two shifts on one day.
    """
    return score(problem, roster if roster.allocation else with_plan(problem, roster))


def with_plan(problem: Problem, roster: Roster) -> Roster:
    """Return the roster with the best hourly plan for its shifts and duties."""
    from csshift.check.names import require_known
    from csshift.compile import compile_problem
    from csshift.decode import decode_roster, encode_decisions
    from csshift.engine.benders.recourse import RecourseBlocks
    from csshift.engine.budget import Budget
    from csshift.engine.structure import Structure

    require_known(problem, roster)
    compiled = compile_problem(_unruled(problem))
    values = encode_decisions(compiled, roster)
    blocks = RecourseBlocks(Structure(compiled.program))
    settled = blocks.complete(values, Budget(3600.0))
    planned = decode_roster(compiled, settled)
    return roster.model_copy(update={"allocation": planned.allocation})


def _unruled(problem: Problem) -> Problem:
    """Return the problem without anything that forbids work: a hand-made roster may do it."""
    fields = {name: getattr(problem, name) for name in type(problem).model_fields}
    unbounded = {"start_date": None, "end_date": None}
    fields["agents"] = tuple(agent.model_copy(update=unbounded) for agent in problem.agents)
    fields["shifts"] = tuple(s.model_copy(update={"end_date": None}) for s in problem.shifts)
    fields |= {"rules": (), "leave": (), "pins": (), "requests": (), "contracts": ()}
    free = Problem.model_construct(**fields)
    # The heads are those of the problem itself: deferrable work is planned for where contracts and
    # leave let people work.
    object.__setattr__(free, "_derived", {"demand": problem.demand})
    return free

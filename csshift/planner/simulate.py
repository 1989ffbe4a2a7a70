"""Simulating a roster against the forecast of its problem."""

from __future__ import annotations

from pathlib import Path

from csshift.instance import Instance
from csshift.model.roster import Roster
from csshift.planner.arguments import LARGEST_SEED, MOST_REPLICATIONS, as_instance, whole_number
from csshift.problem import Problem
from csshift.scoring.names import require_known
from csshift.simulation import Outcome, run_replications


def simulate(
    problem: Problem | Instance | str | Path,
    roster: Roster,
    *,
    replications: int = 10,
    seed: int = 0,
) -> Outcome:
    """Say what customers meet when a roster is worked: replies, waits, those who give up.

    Every call, message and reply of the horizon happens one by one, at random times around the
    forecast, so that hours without enough people, slow agents and queues that are too small show.

    Parameters
    ----------
    problem : Problem or path
        With a forecast.
    roster : Roster
        Where it has no hourly plan, the best one for its shifts and duties is worked out.
    replications : int
        How often the horizon is simulated, 2 to 10,000; more of them give narrower intervals.
    seed : int
        The same seed repeats the same figures.

    Returns
    -------
    Outcome

    Raises
    ------
    InputError
        When the roster names what the problem does not know, or there is no forecast.
    TypeError, ValueError
        When `replications` or `seed` is no whole number or out of range.
    """
    instance = as_instance(problem)
    replications = whole_number("replications", replications, 2, MOST_REPLICATIONS)
    seed = whole_number("seed", seed, 0, LARGEST_SEED)
    require_known(instance, roster)
    if not roster.allocation:
        from csshift.planner.check import with_plan

        roster = with_plan(instance, roster)
    return run_replications(instance, roster, replications, seed)

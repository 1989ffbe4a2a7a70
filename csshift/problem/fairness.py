"""The fair number of duty turns of each agent: in proportion to the days worked."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.model.duties import Duty
from csshift.model.people import Agent

if TYPE_CHECKING:
    from csshift.problem.problem import Problem

RATE_UNITS = 1000
"""Rates are counted in thousandths of a turn for each day worked."""


@dataclass(frozen=True, eq=False)
class FairShare:
    """What is fair for one duty.

    Parameters
    ----------
    agents : int array, shape (holders,)
        Agents who can hold the duty.
    rate : int array, shape (holders,)
        Fair turns for a day worked, thousandths.
    past_turns, past_days : int array, shape (holders,)
        Turns and days worked in the history.
    """

    agents: NDArray[np.int64]
    rate: NDArray[np.int64]
    past_turns: NDArray[np.int64]
    past_days: NDArray[np.int64]


def deviation_points(problem: Problem) -> tuple[Fraction, Fraction]:
    """Return the points of a deviation by the first whole turn, and of each further one."""
    first = Fraction(problem.weights.duty_fairness)
    return first, first + Fraction(problem.weights.duty_unfairness)


def may_hold(duty: Duty, group: tuple[str, ...], agent: Agent) -> bool:
    """Return whether the agent may hold the duty for a group of stores (empty: all)."""
    return duty.skill in agent.skills and (not group or any(map(agent.serves, group)))


def fair_share(problem: Problem, duty: Duty) -> FairShare:
    """Return the fair share of a duty's turns.

    Each group's turns, past and planned, are spread evenly over the days that those who may
    hold it have worked or can be expected to work; an agent's rate is the sum over the groups.
    Days off are expected in the same proportion for everybody, so they cancel out.
    """
    staffing = problem.staffing
    holders = [
        i for i, a in enumerate(problem.agents) if any(may_hold(duty, g, a) for g in duty.groups)
    ]
    past_turns = np.zeros(len(problem.agents), dtype=np.int64)
    group_turns = dict.fromkeys(duty.groups, duty.count * problem.horizon.days)
    for turn in problem.past_turns:
        if turn.duty == duty.name:
            past_turns[staffing.agent_index[turn.agent_id]] += 1
            group = next((g for g in duty.groups if set(g) == set(turn.stores)), duty.groups[0])
            group_turns[group] += 1
    past_days = problem.schedule(()).worked.sum(axis=1)
    planned = staffing.available[:, staffing.history_days :].sum(axis=1)
    expected = past_days + planned * _expected_share(problem)
    rate = np.zeros(len(problem.agents), dtype=np.int64)
    for group, turns in group_turns.items():
        able = [i for i in holders if may_hold(duty, group, problem.agents[i])]
        days = float(expected[able].sum())
        if days > 0:
            rate[able] += int(Fraction(turns * RATE_UNITS) / Fraction(days))
    chosen = np.array(holders, dtype=np.int64)
    return FairShare(chosen, rate[chosen], past_turns[chosen], past_days[chosen])


def _expected_share(problem: Problem) -> float:
    """Return the share of available days on which an agent can be expected to work."""
    longest = max(shift.paid_minutes for shift in problem.shifts) / 60
    hours = [
        float(contract.overtime_after_hours_per_week or contract.max_hours_per_week or 40)
        for contract in problem.contracts
    ]
    usual = sum(hours) / len(hours) if hours else 40.0
    return min(6.0, usual / longest) / 7

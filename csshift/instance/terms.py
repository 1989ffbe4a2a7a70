"""What contracts and hard rules say of each agent, whatever the roster is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from csshift.model.people import Contract
from csshift.problem import Problem
from csshift.rules.base import Rule
from csshift.rules.days import ForbiddenShifts
from csshift.rules.grid import Carried, RosterGrid
from csshift.rules.hours import MaxHours, MaxShifts
from csshift.rules.shares import PARTS

USUAL_HOURS = Fraction(40)
"""Hours a week of an agent whose contract names none."""

WEEKS_A_MONTH = Fraction(30_4375, 7_0000)
"""30.4375 days."""


def weekly_hours(problem: Problem) -> list[Fraction]:
    """Return the contract hours a week of each agent, by which work is divided."""
    usual = {contract.name: _usual_hours(contract) for contract in problem.contracts}
    return [usual.get(agent.contract or "", USUAL_HOURS) for agent in problem.agents]


def _usual_hours(contract: Contract) -> Fraction:
    if contract.target is not None:
        per, hours = contract.target
        return Fraction(hours) / (1 if per == "week" else WEEKS_A_MONTH)
    limits = (contract.overtime_after_hours_per_week, contract.max_hours_per_week)
    named = [Fraction(hours) for hours in limits if hours]
    return min(named, default=USUAL_HOURS)


def banned_shifts(grid: RosterGrid, rules: Iterable[Rule]) -> NDArray[np.bool_]:
    """Return which shifts a hard rule keeps an agent from altogether, shape (agents, shifts)."""
    banned = np.zeros((len(grid.agents), len(grid.shifts)), dtype=np.bool_)
    for rule in rules:
        shifts = np.empty(0, dtype=np.int64)
        if isinstance(rule, ForbiddenShifts) or (isinstance(rule, MaxShifts) and not rule.count):
            shifts = grid.shifts_of(rule.shifts)
        elif isinstance(rule, MaxHours):
            shifts = np.flatnonzero(grid.paid_minutes > float(rule.hours) * 60)
        if rule.hard and rule.universal and shifts.size:
            banned[np.ix_(rule.chosen(grid), shifts)] = True
    return banned


def carried_balances(problem: Problem) -> dict[str, Carried]:
    """Return what is carried over from before the horizon, by what is counted."""
    position = {agent.agent_id: i for i, agent in enumerate(problem.agents)}
    found: dict[str, Carried] = {}
    for row in problem.balances:
        known = found.get(row.what)
        if known is None:
            size = (len(problem.agents), 2)
            known = found[row.what] = Carried(row.until, np.zeros(size, dtype=np.int64))
        if row.agent_id in position:
            parts = (_thousandths(row.count), _thousandths(row.owed))
            known.thousandths[position[row.agent_id]] = parts
    return found


def _thousandths(value: Decimal) -> int:
    return round(value * PARTS)

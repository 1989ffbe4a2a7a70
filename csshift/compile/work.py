"""Work columns: who works which shift on which day."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from csshift.program import ABSENT, Builder
from csshift.rules.work import WorkColumns

if TYPE_CHECKING:
    from csshift.problem import Problem

FAMILY = "work"
PINS = "pins"


def add_work(problem: Problem, builder: Builder) -> WorkColumns:
    """Add a column for each shift that an agent can work on a day, and one for the day.

    The day column is the sum of the day's shifts: rules on days need one entry, not one for
    each shift.
    """
    staffing = problem.staffing
    known = problem.schedule(())
    size = (len(staffing.agents), staffing.days, len(staffing.shifts))
    shift = np.full(size, ABSENT, dtype=np.int64)
    day = np.full(size[:2], ABSENT, dtype=np.int64)
    agents, days = np.nonzero(known.worked)
    shift[agents, days, known.shift[agents, days]] = builder.one
    day[agents, days] = builder.one

    free = staffing.available.copy()
    free[:, : staffing.history_days] = False
    agents, days = np.nonzero(free)
    planned = days - staffing.history_days
    day[agents, days] = builder.columns(
        agents.size, family=FAMILY, upper=1, agent=agents, day=planned
    )
    shift[agents, days] = builder.columns(
        (agents.size, size[2]), family=FAMILY, upper=1, agent=agents[:, None], day=planned[:, None]
    )
    builder.rows(
        np.column_stack([shift[agents, days], day[agents, days]]),
        np.append(np.ones(size[2], dtype=np.int64), -1),
        family=FAMILY,
        lower=0,
        upper=0,
    )
    return WorkColumns(staffing, builder, shift, day)


def add_labour_cost(problem: Problem, work: WorkColumns) -> None:
    """Charge every paid hour at the rate of the agent's contract."""
    first = work.staffing.history_days
    paid = np.array([shift.paid_minutes for shift in problem.shifts], dtype=np.int64)
    for contract in problem.contracts:
        members = [i for i, a in enumerate(problem.agents) if a.contract == contract.name]
        columns = work.shift[members, first:]
        work.builder.charge(columns, paid, Fraction(contract.cost_per_hour) / 60)


def add_pins(problem: Problem, work: WorkColumns) -> None:
    """Fix the pinned days."""
    staffing = work.staffing
    columns, wanted = [], []
    for pin in problem.pins:
        agent = staffing.agent_index[pin.agent_id]
        day = staffing.history_days + problem.horizon.index(pin.date)
        if pin.shift is None:
            columns.append(work.day[agent, day])
            wanted.append(0)
        else:
            columns.append(work.shift[agent, day, staffing.shift_index[pin.shift]])
            wanted.append(1)
    if columns:
        work.builder.rows(np.array(columns)[:, None], 1, family=PINS, lower=wanted, upper=wanted)


def add_requests(problem: Problem, work: WorkColumns) -> None:
    """Charge broken wishes."""
    staffing, builder = work.staffing, work.builder
    for request in problem.requests:
        agent = staffing.agent_index[request.agent_id]
        day = staffing.history_days + problem.horizon.index(request.date)
        column = (
            work.day[agent, day]
            if request.shift is None
            else work.shift[agent, day, staffing.shift_index[request.shift]]
        )
        points = Fraction(request.weight) * Fraction(problem.weights.request)
        if request.want == "off":
            builder.charge(np.array([column]), 1, points)
        else:
            builder.offset += points
            builder.charge(np.array([column]), -1, points)

"""Work columns: who works which shift on which day."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.program import ABSENT, Builder
from csshift.rules.work import WorkColumns

if TYPE_CHECKING:
    from csshift.instance import Instance

FAMILY = "work"
PINS = "pins"
REQUESTS = "requests"


def add_work(
    instance: Instance, builder: Builder, offered: NDArray[np.bool_] | None = None
) -> WorkColumns:
    """Add a column for each shift that is offered to an agent on a day, and one for the day.

    The day column is the sum of the day's shifts: rules on days need one entry, not one for
    each shift. `offered` takes the place of the grid's array of that name.
    """
    grid = instance.grid
    known = instance.schedule(())
    size = (len(grid.agents), grid.days, len(grid.shifts))
    shift = np.full(size, ABSENT, dtype=np.int64)
    day = np.full(size[:2], ABSENT, dtype=np.int64)
    day[known.worked] = builder.one
    agents, days = np.nonzero(known.shift >= 0)
    shift[agents, days, known.shift[agents, days]] = builder.one

    offered = (grid.offered if offered is None else offered).copy()
    offered[:, : grid.history_days] = False
    agents, days = np.nonzero(offered.any(axis=2))
    planned = days - grid.history_days
    day[agents, days] = builder.columns(
        agents.size, family=FAMILY, upper=1, agent=agents, day=planned
    )
    people, dates, _ = np.nonzero(offered)
    shift[offered] = builder.columns(
        people.size, family=FAMILY, upper=1, agent=people, day=dates - grid.history_days
    )
    builder.rows(
        np.column_stack([shift[agents, days], day[agents, days]]),
        np.append(np.ones(size[2], dtype=np.int64), -1),
        family=FAMILY,
        lower=0,
        upper=0,
    )
    return WorkColumns(grid, builder, shift, day)


def add_labour_cost(instance: Instance, work: WorkColumns) -> None:
    """Charge every paid hour at the rate of the agent's contract."""
    first = work.grid.history_days
    paid = np.array([shift.paid_minutes for shift in instance.shifts], dtype=np.int64)
    for contract in instance.contracts:
        members = [i for i, a in enumerate(instance.agents) if a.contract == contract.name]
        columns = work.shift[members, first:]
        source = f"cost_per_hour of contract {contract.name}"
        work.builder.charge(columns, paid, Fraction(contract.cost_per_hour) / 60, source)


def add_standby_cost(instance: Instance, work: WorkColumns) -> None:
    """Charge an hour on standby like one that nobody needs: nobody is on call for nothing."""
    length = np.array([s.length if s.standby else 0 for s in instance.shifts], dtype=np.int64)
    if length.any():
        price = Fraction(instance.weights.surplus) / 60
        columns = work.shift[:, work.grid.history_days :, length > 0]
        work.builder.charge(columns, length[length > 0], price, "weights.surplus")


def add_pins(instance: Instance, work: WorkColumns) -> None:
    """Fix the pinned days; a pinned day off takes away the nights that run into it, too."""
    grid = work.grid
    shifts, off = [], []
    for pin in instance.planned.pins:
        agent = grid.agent_index[pin.agent_id]
        day = grid.history_days + instance.horizon.index(pin.date)
        if pin.shift is None:
            off.append((agent, day))
        else:
            shifts.append(work.shift[agent, day, grid.shift_index[pin.shift]])
    if shifts:
        columns = np.array(shifts)[:, None]
        work.builder.rows(columns, 1, family=PINS, lower=1, upper=1)
    if off:
        agents, days = np.array(off, dtype=np.int64).T
        columns = np.column_stack([work.day[agents, days], _nights_before(work, agents, days)])
        work.builder.rows(columns, 1, family=PINS, upper=0)


def _nights_before(
    work: WorkColumns, agents: NDArray[np.int64], days: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the columns of the planned shifts that run into some days from the day before.

    Returns
    -------
    int array, shape (days, overnight shifts)
        ABSENT where that cannot be, as before the first planned day: what the history holds
        is settled.
    """
    grid = work.grid
    before = np.maximum(days - 1, 0)
    columns = work.shift[agents[:, None], before[:, None], grid.overnight]
    columns[days <= grid.history_days] = ABSENT
    return columns


def add_requests(instance: Instance, work: WorkColumns) -> None:
    """Charge broken wishes."""
    grid, builder = work.grid, work.builder
    price = instance.weights.wish_points
    if not price:
        return
    free = []
    field = "wish_minutes" if instance.weights.request is None else "request"
    source = f"weights.{field} and the weights of requests"
    for request in instance.planned.requests:
        agent = grid.agent_index[request.agent_id]
        day = grid.history_days + instance.horizon.index(request.date)
        points = Fraction(request.weight) * price
        if request.want == "off" and request.shift is None:
            free.append((agent, day, points))
            continue
        if request.shift is None:
            columns = work.day[agent, day][None]
        else:
            # Nobody works two shifts of a day, so that the wish is broken once at most.
            columns = work.shift[agent, day, grid.shifts_wished(request.shift)]
        if request.want == "off":
            builder.charge(columns, 1, points, source)
        else:
            builder.offset += points
            builder.charge(columns, -1, points, source)
    if free:
        agents, days, points_each = zip(*free, strict=True)
        columns = _at_work(work, np.array(agents), np.array(days))
        for column, points in zip(columns, points_each, strict=True):
            builder.charge(np.array([column]), 1, points, source)


def _at_work(
    work: WorkColumns, agents: NDArray[np.int64], days: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return columns that are 1 where an agent works any hour of a calendar day.

    The column of the day serves where no night can run into it. Elsewhere there is a new one,
    which a night and a shift of the day push up alike, so that both together count once.
    """
    columns = work.day[agents, days]
    nights = _nights_before(work, agents, days)
    reached = (nights != ABSENT).any(axis=1)
    if not reached.any():
        return columns
    builder, planned = work.builder, days[reached] - work.grid.history_days
    own = columns[reached]
    columns[reached] = builder.columns(
        planned.size, family=REQUESTS, upper=1, agent=agents[reached], day=planned
    )
    for reasons in (own[:, None], nights[reached]):
        coefficients = np.append(np.ones(reasons.shape[1], dtype=np.int64), -1)
        rows = np.column_stack([reasons, columns[reached]])
        builder.rows(rows, coefficients, family=REQUESTS, upper=0)
    return columns

"""A relaxed roster of a pool of people: who would be at work when, were people divisible."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from csshift.instance.supply import Supply

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

USUAL_HOURS = 40.0
"""Hours a week of an agent without contract."""

MISSING, PAID_HOUR = 1.0, 1e-3
"""Costs of a head missing in an interval, and of an hour of work."""


def people_at_work(
    supply: Supply, pool: Flags, live: Floats, daily: Floats, window: Flags
) -> Floats:
    """Return the heads at work in each interval, shape (slots,), with the least missing.

    Whole shifts on each day, as many as are available and as their hours a week allow. Shifts,
    breaks and days count; rules between days do not. Those whom the night before the horizon
    brings to work are there in any case.

    Parameters
    ----------
    supply : Supply
    pool : bool array, shape (agents,)
        The people.
    live : float array, shape (slots,)
        Heads wanted of them in each interval.
    daily : float array, shape (days,)
        Heads times intervals wanted besides, at any time of the day within the window.
    window : bool array, shape (slots,)
    """
    from scipy.optimize import linprog

    kinds, days = len(supply.shifts), supply.horizon.days
    # What is wanted beyond everybody is missing in any case; large numbers only cost digits.
    everybody = float(pool.sum())
    live = np.minimum(live, everybody)
    day_of = supply.day_of_slot
    daily = np.minimum(daily, everybody * np.bincount(day_of, weights=window))
    presence = _presence(supply)
    hours = np.tile([shift.paid_minutes / 60 for shift in supply.shifts], days)
    night = supply.night_before
    among = pool[night.agent]
    units = np.bincount(night.slot[among], weights=night.units[among], minlength=live.size)
    there = units / supply.quantities.time_units
    at_most, limits = _limits(supply, pool, live - there, presence, hours)
    shifts, slots = days * kinds, live.size
    solved = linprog(
        np.concatenate([PAID_HOUR * hours, np.zeros(slots), np.full(slots, MISSING)]),
        A_ub=at_most,
        b_ub=limits,
        A_eq=_sparse(np.ones(slots), day_of, shifts + np.arange(slots), (days, shifts + 2 * slots)),
        b_eq=daily,
        bounds=[
            *((0, most) for most in _most_on_shifts(supply, pool)),
            *((0, None if may else 0) for may in window.tolist()),
            *[(0, None)] * slots,
        ],
    )
    # Never infeasible: what is wanted may be missing.
    return np.asarray(presence @ np.asarray(solved.x)[:shifts] + there, dtype=np.float64)


def _most_on_shifts(supply: Supply, pool: Flags) -> list[int]:
    """Return how many of the pool may work each shift of each planned day."""
    grid = supply.grid
    most: list[int] = grid.offered[pool, grid.history_days :].sum(axis=0).ravel().tolist()
    return most


def _limits(
    supply: Supply, pool: Flags, live: Floats, presence: Any, hours: Floats
) -> tuple[Any, Floats]:
    """Return rows and upper bounds: what is wanted, who is available, hours in all.

    Columns: agents on each shift of each day, heads of other work and heads missing in each
    interval.
    """
    from scipy.sparse import eye_array, hstack, vstack

    grid, slots, shifts = supply.grid, live.size, hours.size
    kinds, size = len(supply.shifts), shifts + 2 * slots
    wanted = hstack([-presence, eye_array(slots), -eye_array(slots)])
    every = np.arange(shifts)
    present = _sparse(np.ones(shifts), every // kinds, every, (supply.horizon.days, size))
    paid = _sparse(hours, np.zeros(shifts, dtype=np.int64), every, (1, size))
    available = grid.workable[:, grid.history_days :][pool].sum(axis=0)
    weeks = supply.horizon.days / 7
    limits = np.concatenate([-live, available, [_hours_a_week(supply, pool) * weeks]])
    return vstack([wanted, present, paid]).tocsr(), limits


def _presence(supply: Supply) -> Any:
    """Return heads at work by interval (rows) and day and shift (columns)."""
    quantities, per_day = supply.quantities, supply.horizon.intervals_per_day
    days, kinds = supply.horizon.days, len(supply.shifts)
    slots = supply.slots
    rows, columns, values = [], [], []
    for kind, (offsets, units) in enumerate(quantities.presence):
        for day in range(days):
            inside = offsets + day * per_day < slots
            rows.append(offsets[inside] + day * per_day)
            columns.append(np.full(inside.sum(), day * kinds + kind))
            values.append(units[inside] / quantities.time_units)
    return _sparse(
        np.concatenate(values),
        np.concatenate(rows),
        np.concatenate(columns),
        (slots, days * kinds),
    )


def _sparse(
    values: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> Any:
    from scipy.sparse import coo_array

    return coo_array((values, (rows, columns)), shape=shape).tocsr()


def _hours_a_week(supply: Supply, pool: Flags) -> float:
    usual = {
        contract.name: float(
            contract.overtime_after_hours_per_week
            or contract.max_hours_per_week
            or contract.target_hours_per_week
            or USUAL_HOURS
        )
        for contract in supply.contracts
    }
    return sum(
        usual.get(agent.contract or "", USUAL_HOURS)
        for agent, member in zip(supply.agents, pool.tolist(), strict=True)
        if member
    )

"""The demand of a problem as arrays: one entry for each cell that requires heads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.errors import InputError
from csshift.instance.deferring import deferred_heads
from csshift.instance.quantities import HEAD
from csshift.instance.supply import Supply
from csshift.model.skills import Skill

TINY = 1e-6
"""Heads of deferrable work in an interval that are no more than rounding."""

Found: TypeAlias = dict[tuple[int, int, str, str], tuple[int, str]]
"""Hundredths of a head and the model, by day, interval, store and skill."""


@dataclass(frozen=True, eq=False)
class Requirements:
    """Heads required, sorted by time, store and skill; cells without heads are left out.

    Parameters
    ----------
    stores, skills : tuple of str
        Names that `store` and `skill` index.
    day, interval : int array, shape (cells,)
        Day of the horizon, and interval within the day; the day after the last one is there,
        too, where demand of its morning counts.
    store, skill : int array, shape (cells,)
        The queue.
    heads : int array, shape (cells,)
        Hundredths of a head of efficiency 1.
    models : tuple of str, length cells
        How each requirement was found.
    """

    stores: tuple[str, ...]
    skills: tuple[str, ...]
    day: NDArray[np.int64]
    interval: NDArray[np.int64]
    store: NDArray[np.int64]
    skill: NDArray[np.int64]
    heads: NDArray[np.int64]
    models: tuple[str, ...]

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(self.heads.size)


def hundredths(heads: Decimal) -> int:
    """Return heads in hundredths, a half rounded up."""
    return int((heads * HEAD).to_integral_value(ROUND_HALF_UP))


def collect_requirements(supply: Supply) -> Requirements:
    """Turn the forecast into heads, let requirements win, and sort the cells."""
    interval = supply.horizon.interval_minutes
    given: Found = {}
    for cell in supply.planned.requirements:
        day = supply.horizon.index(cell.date)
        key = (day, cell.start // interval, cell.store, cell.skill)
        given[key] = (hundredths(cell.heads), "given")
    live = {key: (heads, model) for key, heads, model in _from_forecast(supply)} | given
    found = _deferred(supply, live) | live
    stores, skills = supply.known_stores, tuple(supply.known_skills)
    store_index = {name: i for i, name in enumerate(stores)}
    skill_index = {name: i for i, name in enumerate(skills)}
    rows = sorted(
        (day, slot, store_index[store], skill_index[skill], heads, model)
        for (day, slot, store, skill), (heads, model) in found.items()
        if heads > 0
    )
    numbers = np.array([row[:5] for row in rows], dtype=np.int64).reshape(-1, 5)
    columns = numbers.T
    return Requirements(
        stores=stores,
        skills=skills,
        day=columns[0],
        interval=columns[1],
        store=columns[2],
        skill=columns[3],
        heads=columns[4],
        models=tuple(row[5] for row in rows),
    )


def _from_forecast(supply: Supply) -> list[tuple[tuple[int, int, str, str], int, str]]:
    """Return (cell, hundredths of a head, model) of every forecast cell."""
    from csshift.demand.heads import heads_for  # loads SciPy, which not every problem needs

    interval = supply.horizon.interval_minutes
    by_day: dict[tuple[str, Date], list[int]] = {}
    forecast = supply.planned.forecast
    for i, cell in enumerate(forecast):
        by_day.setdefault((cell.skill, cell.date), []).append(i)
    by_skill: dict[Skill, list[int]] = {}
    for (name, date), positions in by_day.items():
        if supply.known_skills[name].channel == "deferrable":
            continue
        by_skill.setdefault(supply.skill_on(name, date), []).extend(positions)
    found = []
    for skill, positions in by_skill.items():
        cells = [forecast[i] for i in positions]
        inquiries = np.array([cell.inquiries for cell in cells], dtype=np.float64)
        heads = heads_for(skill, inquiries, interval)
        for cell, value in zip(cells, heads.heads.tolist(), strict=True):
            day = supply.horizon.index(cell.date)
            key = (day, cell.start // interval, cell.store, cell.skill)
            found.append((key, _rounded_up(value), heads.explanation))
    return found


def _deferred(supply: Supply, live: Found) -> Found:
    """Return the heads that are ring-fenced for deferrable work, where they fit best."""
    from csshift.demand.heads import MOST_HEADS, explain, too_many_heads

    if all(skill.channel != "deferrable" for skill in supply.known_skills.values()):
        return {}
    per_day = supply.horizon.intervals_per_day
    stores = {name: i for i, name in enumerate(supply.known_stores)}
    skills = {name: i for i, name in enumerate(supply.known_skills)}
    heads = np.zeros((supply.slots, len(stores), len(skills)))
    for (day, interval, store, skill), (value, _) in live.items():
        heads[day * per_day + interval, stores[store], skills[skill]] = value / HEAD
    found: Found = {}
    for queue, row in deferred_heads(supply, heads):
        if row.max(initial=0.0) > MOST_HEADS:
            most, waiting = float(queue.arrivals.max()), queue.backlog
            backlog = waiting > most
            raise InputError(
                [too_many_heads(queue.skill, waiting if backlog else most, backlog=backlog)]
            )
        model = explain(queue.skill, "workload")
        for slot in np.flatnonzero(row > TINY).tolist():
            key = (*divmod(slot, per_day), queue.store, queue.skill.name)
            found[key] = (_rounded_up(float(row[slot])), model)
    return found


def _rounded_up(heads: float) -> int:
    # Rounded first to 9 places, so that 3.0000000001 heads are not 3.01.
    return -int(-Decimal(repr(round(heads, 9))) * HEAD // 1)

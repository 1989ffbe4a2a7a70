"""The demand of a problem as arrays: one entry for each cell that requires heads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.errors import InputError
from csshift.instance.deferring import deferred_heads, heads_of_inquiry
from csshift.instance.quantities import HEAD
from csshift.instance.supply import Supply
from csshift.model.demand import ForecastCell
from csshift.model.skills import Skill

TINY = 1e-6
"""Heads of deferrable work in an interval that are no more than rounding."""

PRICE_PARTS = 1000
"""Parts of the full price of a missing head in which the prices of cells are counted."""

Key: TypeAlias = tuple[int, int, str, str]
"""Day, interval, name of the queue (a store, or ``S1|S2``) and skill."""


class Need(NamedTuple):
    """What a cell requires.

    Parameters
    ----------
    heads : int
        Hundredths of a head.
    model : str
        How they were found.
    inquiries : float
        Inquiries that come for agents; 0 where they are not known, and of deferrable work.
    price : int
        Of a missing head, in `PRICE_PARTS` of the full price.
    busy : int
        Part of the heads that the inquiries would keep busy all the time, in `PRICE_PARTS`;
        0 where a missing head has the same price whatever the inquiries are.
    """

    heads: int
    model: str
    inquiries: float = 0.0
    price: int = PRICE_PARTS
    busy: int = 0


Found: TypeAlias = dict[Key, Need]


@dataclass(frozen=True, eq=False)
class Requirements:
    """Heads required, sorted by time, store and skill; cells without heads are left out.

    Parameters
    ----------
    stores, skills : tuple of str
        Names that `store` and `skill` index; stores that are one queue are named ``S1|S2``.
    day, interval : int array, shape (cells,)
        Day of the horizon, and interval within the day; the day after the last one is there,
        too, where demand of its morning counts.
    store, skill : int array, shape (cells,)
        The queue.
    heads : int array, shape (cells,)
        Hundredths of a head of efficiency 1.
    inquiries : float array, shape (cells,)
        Inquiries for agents that come then; 0 where they are not known, and of deferrable work,
        whose heads are where it is done.
    price : int array, shape (cells,)
        What a missing head costs, in `PRICE_PARTS` of the full price; at least 1.
    busy : int array, shape (cells,)
        Part of the heads that the inquiries would keep busy all the time, in `PRICE_PARTS`: the
        last heads of a cell, each of which has the full price. 0 where no price depends on
        inquiries.
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
    inquiries: NDArray[np.float64]
    price: NDArray[np.int64]
    busy: NDArray[np.int64]
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
        given[key] = Need(hundredths(cell.heads), "given")
    live = _from_forecast(supply, given)
    found = _deferred(supply, live) | live
    stores, skills = tuple(supply.pools.stores), tuple(supply.known_skills)
    store_index = {name: i for i, name in enumerate(stores)}
    skill_index = {name: i for i, name in enumerate(skills)}
    rows = sorted(
        (day, slot, store_index[store], skill_index[skill], need.heads, need.price, need)
        for (day, slot, store, skill), need in found.items()
        if need.heads > 0
    )
    numbers = np.array([row[:6] for row in rows], dtype=np.int64).reshape(-1, 6)
    columns = numbers.T
    return Requirements(
        stores=stores,
        skills=skills,
        day=columns[0],
        interval=columns[1],
        store=columns[2],
        skill=columns[3],
        heads=columns[4],
        price=columns[5],
        busy=np.array([row[6].busy for row in rows], dtype=np.int64),
        inquiries=np.array([row[6].inquiries for row in rows], dtype=np.float64),
        models=tuple(row[6].model for row in rows),
    )


def _from_forecast(supply: Supply, given: Found) -> Found:
    """Return the needs of live contacts, those that are given among them.

    Heads are found for the inquiries of all stores that are staffed together, and shared out
    among their queues in proportion; nearly always they are one queue.
    """
    from csshift.demand.heads import heads_for  # loads SciPy, which not every problem needs

    interval, pools = supply.horizon.interval_minutes, supply.pools
    found = dict(given)
    inquiries: defaultdict[Key, float] = defaultdict(float)
    totals: defaultdict[Skill, defaultdict[_Total, float]] = defaultdict(lambda: defaultdict(float))
    total_of: dict[Key, _Total] = {}
    for skill, cell in _live_cells(supply):
        day, slot = supply.horizon.index(cell.date), cell.start // interval
        amount = cell.inquiries * (1 - skill.bot_share)
        key = day, slot, cell.store, cell.skill
        if key in given:
            found[key] = given[key]._replace(inquiries=amount)
            continue
        key = day, slot, pools.queue_at(cell), cell.skill
        total_of[key] = day, slot, pools.together[cell.store, cell.skill], cell.skill
        inquiries[key] += amount
        totals[skill][total_of[key]] += cell.inquiries
    by_total = {}
    for skill, amounts in totals.items():
        heads = heads_for(skill, np.array(list(amounts.values()), dtype=np.float64), interval)
        for total, value in zip(amounts, heads.heads.tolist(), strict=True):
            amount = amounts[total] * (1 - skill.bot_share)
            by_total[total] = skill, value, amount, heads.explanation
    for key, amount in inquiries.items():
        skill, value, total_amount, model = by_total[total_of[key]]
        # Alone, a queue keeps the very heads: no rounding by a share of 1.
        own = value if amount == total_amount else value * (amount / total_amount)
        rounded = _whole_hundredths(own)
        price = _price(supply, skill, amount * HEAD / rounded) if rounded else PRICE_PARTS
        # The price is the ratio of busy heads to all heads.
        by_inquiries = supply.weights.shortage_by == "inquiries"
        found[key] = Need(rounded, model, amount, price, price if by_inquiries else 0)
    return found


_Total: TypeAlias = tuple[int, int, tuple[str, ...], str]


def _live_cells(supply: Supply) -> Iterator[tuple[Skill, ForecastCell]]:
    """Yield the forecast of calls and chats, each with its skill as it is on that day."""
    for cell in supply.planned.forecast:
        if supply.known_skills[cell.skill].channel != "deferrable":
            yield supply.skill_on(cell.skill, cell.date), cell


def _price(supply: Supply, skill: Skill, inquiries_a_head: float) -> int:
    """Return the price of a missing head, rounded to `PRICE_PARTS`, a half up, at least 1."""
    from csshift.demand.heads import full_load

    if supply.weights.shortage_by == "heads":
        return PRICE_PARTS
    busy = inquiries_a_head / full_load(skill, supply.horizon.interval_minutes)
    return max(1, min(PRICE_PARTS, int(busy * PRICE_PARTS + 0.5)))


def _deferred(supply: Supply, live: Found) -> Found:
    """Return the heads that are ring-fenced for deferrable work, where they fit best."""
    from csshift.demand.heads import MOST_HEADS, explain, too_many_heads

    if all(skill.channel != "deferrable" for skill in supply.known_skills.values()):
        return {}
    per_day = supply.horizon.intervals_per_day
    stores = {name: i for i, name in enumerate(supply.pools.stores)}
    skills = {name: i for i, name in enumerate(supply.known_skills)}
    heads = np.zeros((supply.slots, len(stores), len(skills)))
    for (day, interval, store, skill), need in live.items():
        heads[day * per_day + interval, stores[store], skills[skill]] = need.heads / HEAD
    found: Found = {}
    for queue, row in deferred_heads(supply, heads):
        if row.max(initial=0.0) > MOST_HEADS:
            most, waiting = float(queue.arrivals.max()), queue.backlog
            backlog = waiting > most
            raise InputError(
                [too_many_heads(queue.skill, waiting if backlog else most, backlog=backlog)]
            )
        model = explain(queue.skill, "workload")
        price = _price(
            supply, queue.skill, 1 / heads_of_inquiry(queue.skill, supply.horizon.interval_minutes)
        )
        for slot in np.flatnonzero(row > TINY).tolist():
            key = (*divmod(slot, per_day), queue.store, queue.skill.name)
            found[key] = Need(_whole_hundredths(float(row[slot])), model, price=price)
    return found


def _whole_hundredths(heads: float) -> int:
    # Rounded first to 9 places, so that 2.9999999999 heads are not 2.99.
    return int(Decimal(repr(round(heads, 9))) * HEAD)


class SupplyAndDemand(Supply):
    """The supply side of a problem, with its demand."""

    @cached_property
    def demand(self) -> Requirements:
        """Heads required, as arrays; a forecast is turned into heads on first use."""
        return collect_requirements(self)

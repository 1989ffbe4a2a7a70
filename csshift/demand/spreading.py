"""Spreading work with a deadline over the intervals that have most to spare.

What is done by the end of an interval lies between what is due by then and what has arrived by
then. Within this corridor the relative load, (background + work) / capacity, is made as even as it
can be: the sum of (background + work)^2 / (2 capacity) is least. Water-filling does that without
the corridor; where its sum leaves the corridor by most, the best plan touches the edge, so that
the plan falls into two smaller ones there (Vidal, Gribel and Jaillet 2019, for nested bounds).
"""

from __future__ import annotations

import numpy as np

from csshift.demand.deferrable import TINY, Flags, Floats, Integers, Work


def place_work(
    work: Work, slots: Flags, background: Floats, capacity: Floats, keep: float
) -> Floats:
    """Return what to do of the work in each interval, shape (slots,).

    Work that cannot be on time is planned for the first interval in which it can be done.

    Parameters
    ----------
    slots : bool array, shape (slots,)
        The intervals in which it may be done.
    background : float array, shape (slots,)
        What else has to be done, in the unit of the work.
    capacity : float array, shape (slots,)
        What could be done in all; intervals without capacity are not used.
    keep : float
        Inquiries that may be left at the end, as far as they are not due by then.
    """
    usable = np.flatnonzero(slots & (capacity > 0))
    planned = np.zeros(slots.size)
    if not usable.size or not work.amount.size:
        return planned
    lower, upper = _corridor(work, usable, slots.size)
    end = float(np.clip(work.total[-1] - keep, lower[-1], upper[-1]))
    planned[usable] = _even(lower, upper, end, background[usable], capacity[usable])
    return planned


def _corridor(work: Work, usable: Integers, slots: int) -> tuple[Floats, Floats]:
    """Return what must and what can be done by the end of each usable interval.

    Only what is due within the horizon must be done.
    """
    first = np.searchsorted(usable, work.arrives, side="left")
    last = np.searchsorted(usable, work.due, side="right") - 1
    due = np.maximum(first, np.where(work.due < slots, last, usable.size))
    return _sums(due, work.amount, usable.size), _sums(first, work.amount, usable.size)


def _sums(place: Integers, amount: Floats, size: int) -> Floats:
    counts = np.bincount(place, weights=amount, minlength=size + 1)
    return np.asarray(np.cumsum(counts)[:size], dtype=np.float64)


def _even(lower: Floats, upper: Floats, end: float, background: Floats, capacity: Floats) -> Floats:
    """Return the amounts of least squares whose sums stay between `lower` and `upper`."""
    found = np.zeros(lower.size)
    parts = [(0, lower.size, 0.0, end)]
    while parts:
        start, stop, before, after = parts.pop()
        span = slice(start, stop)
        found[span] = fill(after - before, background[span], capacity[span])
        sums = before + np.cumsum(found[span])[:-1]
        over, under = sums - upper[span][:-1], lower[span][:-1] - sums
        beyond = np.maximum(over, under)
        if not beyond.size or beyond.max() <= TINY * max(1.0, end):
            continue
        worst = int(np.argmax(beyond))
        edge = upper if over[worst] > under[worst] else lower
        cut = float(np.clip(edge[start + worst], before, after))
        parts += [(start, start + worst + 1, before, cut), (start + worst + 1, stop, cut, after)]
    return found


def fill(amount: float, background: Floats, capacity: Floats) -> Floats:
    """Return the amounts of a given sum that raise the lowest (background + amount) / capacity.

    Parameters
    ----------
    amount : float
        The sum, at least 0.
    background, capacity : float array, shape (n,)
        Capacity above 0.
    """
    height = background / capacity
    order = np.argsort(height, kind="stable")
    room = np.cumsum(capacity[order])
    # Water that fills the lowest k up to the height of the next one.
    needed = height[order] * room - np.cumsum(background[order])
    count = int(np.searchsorted(needed, amount, side="right"))
    level = (amount + background[order][:count].sum()) / room[count - 1] if count else 0.0
    return np.asarray(np.maximum(level * capacity - background, 0.0), dtype=np.float64)


def by_source(work: Work, done: Floats, sources: Integers, count: int) -> Floats:
    """Return what is done of each source in each interval, shape (count, slots).

    Parameters
    ----------
    work : Work
        Of all sources together, done in its order.
    done : float array, shape (slots,)
    sources : int array, shape (n,)
        Source of each entry of the work, from 0.
    count : int
        Number of sources.
    """
    arrived, sums = work.total, np.cumsum(done)
    if not arrived.size:
        return np.zeros((count, done.size))
    edges = np.unique(np.concatenate([[0.0], arrived, sums]))
    middle, amount = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    within = (middle < arrived[-1]) & (middle < sums[-1])
    entry = np.searchsorted(arrived, middle[within])
    slot = np.searchsorted(sums, middle[within])
    found = np.zeros((count, done.size))
    np.add.at(found, (sources[entry], slot), amount[within])
    return found

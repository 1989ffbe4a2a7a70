"""Work with a deadline: refunds, reminders, call-backs as a backlog over the intervals.

Intervals are counted over the horizon. Work that arrives in an interval may be done in it, within
the working window; it is on time in every interval that ends within `deadline_hours` of the start
of the one in which it arrived, at least in that one itself. What waits when the horizon starts has
arrived evenly over the `deadline_hours` before, so that it is due evenly over as many after.

Work of one queue is done in the order of its deadlines, which is that of its arrival.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Work:
    """Work of one queue, in the order in which it is done.

    Parameters
    ----------
    arrives : int array, shape (n,)
        Interval of the arrival, not falling; 0 for what waits at the start.
    due : int array, shape (n,)
        Last interval in which it is on time, not falling; may lie beyond the horizon.
    amount : float array, shape (n,)
        Inquiries.
    """

    arrives: Integers
    due: Integers
    amount: Floats

    @cached_property
    def total(self) -> Floats:
        """Inquiries up to and including each entry, shape (n,)."""
        return np.cumsum(self.amount)

    def arrived(self, slots: int) -> Floats:
        """Return what has arrived by the end of each interval, shape (slots,)."""
        return _summed(self.arrives, self.amount, slots)

    def due_by(self, slots: int) -> Floats:
        """Return what should be done by the end of each interval, shape (slots,)."""
        inside = self.due < slots
        return _summed(self.due[inside], self.amount[inside], slots)


def _summed(slot: Integers, amount: Floats, slots: int) -> Floats:
    counts = np.bincount(slot, weights=amount, minlength=slots).astype(np.float64)
    return np.asarray(np.cumsum(counts)[:slots], dtype=np.float64)


def deadline_slots(deadline_hours: float, interval_minutes: int) -> int:
    """Return the intervals in which work is on time, the one of its arrival included."""
    return max(1, int(deadline_hours * 60 / interval_minutes + TINY))


def collect_work(arrivals: Floats, backlog: float, slots_in_time: int) -> Work:
    """Return the work that arrives, and what waits when the horizon starts.

    Parameters
    ----------
    arrivals : float array, shape (slots,)
        Inquiries that arrive in each interval.
    backlog : float
        Inquiries waiting at the start.
    slots_in_time : int
        As `deadline_slots` says.
    """
    slots = np.arange(arrivals.size)
    old = np.arange(slots_in_time if backlog > 0 else 0)
    arrives = np.concatenate([np.zeros_like(old), slots])
    due = np.concatenate([old, slots + slots_in_time - 1])
    amount = np.concatenate([np.full(old.size, backlog / slots_in_time), arrivals])
    order = np.argsort(due, kind="stable")
    kept = order[amount[order] > 0]
    return Work(arrives[kept], due[kept], amount[kept])


@dataclass(frozen=True, eq=False)
class Progress:
    """What becomes of the work of one queue.

    Parameters
    ----------
    done : float array, shape (slots,)
        Inquiries done in each interval.
    """

    work: Work
    done: Floats

    @property
    def left(self) -> Floats:
        """Inquiries that wait at the end of each interval, shape (slots,)."""
        rest = self.work.arrived(self.done.size) - np.cumsum(self.done)
        return np.maximum(rest, 0.0)

    @cached_property
    def late(self) -> Floats:
        """Inquiries by the interval of arrival that are done late, or due and not done at all.

        Shape (slots,).
        """
        slots = self.done.size
        arrived, done = self.work.total, np.cumsum(self.done)
        edges = np.unique(np.concatenate([[0.0], arrived, done]))
        edges = edges[edges <= arrived[-1]] if arrived.size else edges[:1]
        middle, amount = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
        entry = np.minimum(np.searchsorted(arrived, middle), max(arrived.size - 1, 0))
        when = np.searchsorted(done, middle)  # `slots`: not within the horizon
        if not amount.size:
            return np.zeros(slots)
        # Rounding splits off tiny amounts; they count for nothing.
        late = (when > self.work.due[entry]) & (amount > TINY)
        lost = np.where(late, amount, 0.0)
        found = np.bincount(self.work.arrives[entry], weights=lost, minlength=slots)
        return found.astype(np.float64)


@dataclass(frozen=True, eq=False)
class Hands:
    """Who can do deferrable work when.

    Parameters
    ----------
    fenced : float array, shape (queues, slots)
        Inquiries that ring-fenced time can do.
    idle : float array, shape (groups, slots)
        Seconds of groups of people that nothing else needs.
    rate : float array, shape (queues, groups)
        Inquiries that a group does in a second; 0 where it may not.
    """

    fenced: Floats
    idle: Floats
    rate: Floats


def work_off(works: list[Work], hands: Hands, open_slots: Flags) -> tuple[list[Progress], Floats]:
    """Do the work in each interval as far as there are hands: the earliest deadline first.

    Each queue takes its ring-fenced time, then idle time of those who may serve the fewest
    queues.

    Parameters
    ----------
    works : list of Work
        One for each queue.
    open_slots : bool array, shape (queues, slots)
        Whether the interval lies in the working window.

    Returns
    -------
    list of Progress, and the idle seconds used, shape (queues, slots)
    """
    slots = open_slots.shape[1]
    arrived = np.array([work.arrived(slots) for work in works]).reshape(-1, slots)
    order = np.argsort((hands.rate > 0).sum(axis=0), kind="stable")
    idle, rate = hands.idle[order].copy(), hands.rate[:, order]
    done = np.zeros((len(works), slots))
    used = np.zeros((len(works), slots))
    sums = np.zeros(len(works))
    for slot in range(slots):
        wanting = np.flatnonzero(open_slots[:, slot] & (arrived[:, slot] > sums + TINY))
        for queue in sorted(wanting.tolist(), key=lambda q: (_head(works[q], float(sums[q])), q)):
            left = arrived[queue, slot] - sums[queue]
            take = min(left, float(hands.fenced[queue, slot]))
            if take < left and idle.size:
                offered = idle[:, slot] * rate[queue]
                taken = np.diff(np.minimum(np.cumsum(offered), left - take), prepend=0.0)
                share = np.divide(taken, rate[queue], out=np.zeros_like(taken), where=taken > 0)
                idle[:, slot] -= share
                used[queue, slot] = share.sum()
                take += float(taken.sum())
            done[queue, slot] = take
            sums[queue] += take
    return [Progress(work, row) for work, row in zip(works, done, strict=True)], used


def _head(work: Work, done: float) -> int:
    """Return the deadline of what comes next."""
    place = int(np.searchsorted(work.total, done + TINY, side="right"))
    return int(work.due[min(place, work.due.size - 1)])

"""What can be chosen on one day, apart from all other days.

Teams share their shifts and contracts, so most agents have the same choice on most days. It is
listed once for all days that are equal in everything on which it depends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csshift.engine.diagrams.row_costs import Bools, RowCosts
from csshift.engine.generation_params import DiagramParams
from csshift.program import UNBOUNDED, Integers


@dataclass(frozen=True, eq=False)
class Day:
    """The columns of one day, and the rows that they occur in.

    Parameters
    ----------
    costs : RowCosts
        Those of the block.
    columns : int64 array, shape (own,)
    rows : int64 array, shape (rows,)
    matrix : int64 array, shape (rows, own)
    alone : bool array, shape (rows,)
        Rows of this day alone.
    ends : bool array, shape (rows,)
        Rows that no later day reaches.
    linked : bool array, shape (own,)
        Columns whose costs change from pricing to pricing.
    """

    costs: RowCosts
    columns: Integers
    rows: Integers
    matrix: Integers
    alone: Bools
    ends: Bools
    linked: Bools

    @property
    def lower(self) -> Integers:
        """Lower bounds of the columns."""
        return self.costs.block.lower[self.columns]

    @property
    def upper(self) -> Integers:
        """Upper bounds of the columns."""
        return self.costs.block.upper[self.columns]

    @property
    def earning(self) -> Bools:
        """Columns of negative cost."""
        return np.asarray(self.costs.block.cost[self.columns] < 0)

    def directions(self) -> tuple[Bools, Bools, Bools, Bools]:
        """Return which rows cost nothing however low, or high, and which are hard there."""
        (low, high), (start, end) = self.costs.free, self.costs.domain
        rows = self.rows
        below, above = low[rows] <= -UNBOUNDED, high[rows] >= UNBOUNDED
        return below, above, start[rows] == low[rows], end[rows] == high[rows]

    def digest(self) -> bytes:
        """Return what tells the choices of two days apart."""
        costs, own = self.costs, self.rows[self.alone]
        slope = costs.slope[:, own]
        used = slope.any(axis=1)
        parts = [self.matrix, self.alone, self.ends, self.linked]
        parts += [self.lower, self.upper, self.earning, *self.directions()]
        parts += [ends[own] for ends in costs.domain]
        parts += [slope[used], costs.first[:, own][used], costs.last[:, own][used]]
        return digest_of(parts)


def digest_of(arrays: Iterable[NDArray[Any]]) -> bytes:
    """Return what tells lists of integer arrays apart, by their shapes and values."""
    digest = hashlib.blake2b(digest_size=32)
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array, dtype=np.int64).tobytes())
    return digest.digest()


@dataclass(frozen=True, eq=False)
class DayOptions:
    """The choice on a day, by class: options that add the same to the rows of other days.

    Parameters
    ----------
    options : int64 array, shape (options, own)
        Values of the columns, ordered by class.
    starts : int64 array, shape (classes,)
        First option of each class.
    fixed : int64 array, shape (options,)
        Cost of the slacks in the day's own rows.
    added : int64 array, shape (classes, rows)
        What a class adds to the day's rows, 0 to those of this day alone.
    better : int64 array, shape (classes,)
        A class that leads to no worse futures at no higher price where both are feasible, or -1.
    """

    options: Integers
    starts: Integers
    fixed: Integers
    added: Integers
    better: Integers


class DayCatalogue:
    """The choices of days; those of equal days are listed once.

    Parameters
    ----------
    params : DiagramParams
    """

    def __init__(self, params: DiagramParams) -> None:
        self.params = params
        self._known: dict[bytes, DayOptions | None] = {}

    def options(self, day: Day) -> DayOptions | None:
        """Return the choice on a day; None where it is empty or too large."""
        key = day.digest()
        if key not in self._known:
            self._known[key] = self._listed(day)
        return self._known[key]

    def _listed(self, day: Day) -> DayOptions | None:
        own = day.matrix[day.alone]
        options = self._values(day, own)
        if options is None:
            return None
        fixed, feasible = day.costs.costs(options @ own.T, day.rows[day.alone])
        options, fixed = options[feasible], fixed[feasible]
        if not fixed.size:
            return None
        outside = np.where(day.alone[:, None], 0, day.matrix)
        added, classes = np.unique(options @ outside.T, axis=0, return_inverse=True)
        classes = classes.reshape(-1)
        order = np.argsort(classes, kind="stable")
        options, fixed, classes = options[order], fixed[order], classes[order]
        starts = np.searchsorted(classes, np.arange(added.shape[0]))
        better = _better(day, outside, options, fixed, classes)
        return DayOptions(options, starts, fixed, added, better)

    def _values(self, day: Day, own: Integers) -> Integers | None:
        """Return all values of the columns that the rows of the day allow, None if too many."""
        lower, upper = day.lower, day.upper
        if np.any(upper - lower > self.params.max_options):
            return None
        order = np.argsort(-(own != 0).sum(axis=0), kind="stable")
        least = np.minimum(own * lower, own * upper)
        most = np.maximum(own * lower, own * upper)
        low, high = (bound[day.rows[day.alone]] for bound in day.costs.domain)
        options = np.zeros((1, day.columns.size), dtype=np.int64)
        for place, column in enumerate(order.tolist()):
            domain = np.arange(lower[column], upper[column] + 1)
            options = np.repeat(options, domain.size, axis=0)
            options[:, column] = np.tile(domain, options.shape[0] // domain.size)
            later = order[place + 1 :]
            activity = options @ own.T
            keep = np.all(
                (activity + most[:, later].sum(axis=1) >= low)
                & (activity + least[:, later].sum(axis=1) <= high),
                axis=1,
            )
            options = options[keep]
            if options.shape[0] > self.params.max_options:
                return None
        return options


def _better(
    day: Day, outside: Integers, options: Integers, fixed: Integers, classes: Integers
) -> Integers:
    """Find classes that only raise a column that need not be raised.

    Raising an indicator, such as that of a worked weekend, costs in some rows and is
    required by others. Where the latter end today and hold without it, it is of no use.
    """
    better = np.full(int(classes.max()) + 1, -1, dtype=np.int64)
    place = {option.tobytes(): k for k, option in enumerate(options)}
    sizes, lower = np.bincount(classes), day.lower
    for column in np.flatnonzero(~day.linked & ~day.earning).tolist():
        if not _only_requires(day, outside[:, column]):
            continue
        found = np.full(fixed.size, -1, dtype=np.int64)
        for k in np.flatnonzero(options[:, column] > lower[column]):
            lowered = options[k].copy()
            lowered[column] -= 1
            twin = place.get(lowered.tobytes(), -1)
            if twin >= 0 and fixed[twin] <= fixed[k]:
                found[k] = classes[twin]
        for kind in np.unique(classes[found >= 0]).tolist():
            twins = np.unique(found[classes == kind])
            if sizes[kind] and twins.size == 1 and twins[0] >= 0:
                better[kind] = twins[0]
    return better


def _only_requires(day: Day, entries: Integers) -> bool:
    """Return whether no row that ends later gets cheaper by raising a column."""
    free_below, free_above, hard_below, hard_above = day.directions()
    rising = entries > 0
    worse = np.where(rising, free_below, free_above)
    helps = np.where(rising, free_above, free_below)
    hard = np.where(rising, hard_below, hard_above)
    return bool(np.all((entries == 0) | worse | (helps & hard & day.ends)))

"""The columns of a block by day, and what can be chosen on each day.

A layer holds the columns of one day. Its options are all values of these columns that the rows of
that day alone allow. Options that add the same to all other rows are of one class: only the
cheapest of a class matters, whatever its price is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from csshift.engine.diagrams.row_costs import Bools, RowCosts
from csshift.engine.generation_params import DiagramParams
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, UNBOUNDED, Integers


@dataclass(frozen=True, eq=False)
class Layer:
    """One day of a block.

    Parameters
    ----------
    columns : int64 array, shape (own,)
    options : int64 array, shape (options, own)
        Values of the columns, ordered by class.
    starts : int64 array, shape (classes,)
        First option of each class.
    fixed : int64 array, shape (options,)
        Cost of the slacks in the day's own rows.
    added : int64 array, shape (classes, rows of the block)
        What a class adds to the rows that reach other days, 0 in the day's own rows.
    better : int64 array, shape (classes,)
        A class that leads to no worse futures at no higher price where both are feasible, or -1.
    """

    columns: Integers
    options: Integers
    starts: Integers
    fixed: Integers
    added: Integers
    better: Integers

    @property
    def class_of(self) -> Integers:
        """Class of each option."""
        sizes = np.diff(np.append(self.starts, self.options.shape[0]))
        return np.repeat(np.arange(self.starts.size), sizes)


@dataclass(frozen=True, eq=False)
class Layers:
    """All days of a block.

    Parameters
    ----------
    layers : tuple of Layer
    costs : RowCosts
    first, last : int64 array, shape (rows,)
        Layers that a row reaches from and to.
    constant : int
        Cost of the slacks that no decision changes.
    """

    layers: tuple[Layer, ...]
    costs: RowCosts
    first: Integers
    last: Integers
    constant: int


def build_layers(
    block: Subproblem, days: NDArray[np.integer], linked: Bools, params: DiagramParams
) -> Layers | None:
    """Split a block by day; None where it is infeasible or a day has too many options.

    Parameters
    ----------
    days : int array, shape (block.columns,)
        Day of each column, `NOBODY` where it has none.
    linked : bool array, shape (block.columns,)
        Columns whose costs change from pricing to pricing.
    """
    if np.any(block.row_lower > block.row_upper):
        return None
    costs = RowCosts(block, linked)
    decisions = np.flatnonzero(~costs.slack)
    matrix = csr_array(csc_array(block.matrix)[:, decisions])
    empty = np.flatnonzero(np.diff(matrix.indptr) == 0)
    constant, feasible = costs.costs(np.zeros(empty.size, dtype=np.int64), empty)
    if not feasible or not decisions.size:
        return None
    _, place = np.unique(_days_of(matrix, days[decisions]), return_inverse=True)
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    first = np.full(matrix.shape[0], place.max() + 1)
    last = np.full(matrix.shape[0], -1)
    np.minimum.at(first, row, place[matrix.indices])
    np.maximum.at(last, row, place[matrix.indices])
    by_column = csc_array(block.matrix)
    layers = []
    for number in range(int(place.max()) + 1):
        builder = _LayerBuilder(costs, by_column, linked, last, params)
        own = np.flatnonzero((first == number) & (last == number))
        layer = builder.build(decisions[place == number], own, number)
        if layer is None:
            return None
        layers.append(layer)
    return Layers(tuple(layers), costs, first, last, costs.constant + int(constant))


def _days_of(matrix: csr_array, days: NDArray[np.integer]) -> Integers:
    """Return the days, those of columns without one taken from their rows."""
    known = days.astype(np.int64)
    if np.all(known != NOBODY):
        return known
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    latest = np.full(matrix.shape[0], NOBODY, dtype=np.int64)
    np.maximum.at(latest, row, known[matrix.indices])
    latest[latest == NOBODY] = int(known.max(initial=0))
    earliest = np.full(known.size, UNBOUNDED)
    np.minimum.at(earliest, matrix.indices, latest[row])
    return np.where(known != NOBODY, known, np.minimum(earliest, int(known.max(initial=0))))


@dataclass(frozen=True, eq=False)
class _LayerBuilder:
    """Lists the options of one day."""

    costs: RowCosts
    by_column: csc_array
    linked: Bools
    last: Integers
    params: DiagramParams

    def build(self, columns: Integers, own: Integers, number: int) -> Layer | None:
        """Return a layer with these columns; `own` are the rows of this day alone."""
        dense = np.asarray(self.by_column[:, columns].todense(), dtype=np.int64)
        options = self._options(columns, dense[own], own)
        if options is None:
            return None
        fixed, feasible = self.costs.costs(options @ dense[own].T, own)
        options, fixed = options[feasible], fixed[feasible]
        if not fixed.size:
            return None
        outside = dense.copy()
        outside[own] = 0
        added, classes = _distinct(options @ outside.T)
        order = np.argsort(classes, kind="stable")
        options, fixed, classes = options[order], fixed[order], classes[order]
        starts = np.searchsorted(classes, np.arange(added.shape[0]))
        better = self._better(columns, outside, options, fixed, classes, number)
        return Layer(columns, options, starts, fixed, added, better)

    def _options(self, columns: Integers, dense: Integers, own: Integers) -> Integers | None:
        """Return all values of the columns that the rows of the day allow, None if too many."""
        block = self.costs.block
        lower, upper = block.lower[columns], block.upper[columns]
        if np.any(upper - lower > self.params.max_options):
            return None
        order = np.argsort(-(dense != 0).sum(axis=0), kind="stable")
        least = np.minimum(dense * lower, dense * upper)
        most = np.maximum(dense * lower, dense * upper)
        low, high = (bound[own] for bound in self.costs.domain)
        options = np.zeros((1, columns.size), dtype=np.int64)
        for place, column in enumerate(order.tolist()):
            domain = np.arange(lower[column], upper[column] + 1)
            options = np.repeat(options, domain.size, axis=0)
            options[:, column] = np.tile(domain, options.shape[0] // domain.size)
            later = order[place + 1 :]
            activity = options @ dense.T
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
        self,
        columns: Integers,
        outside: Integers,
        options: Integers,
        fixed: Integers,
        classes: Integers,
        number: int,
    ) -> Integers:
        """Find classes that only raise a column that need not be raised.

        Raising an indicator, such as that of a worked weekend, costs in some rows and is
        required by others. Where the latter end today and hold without it, it is of no use.
        """
        better = np.full(int(classes.max()) + 1, -1, dtype=np.int64)
        place = {option.tobytes(): k for k, option in enumerate(options)}
        sizes = np.bincount(classes)
        for column in np.flatnonzero(~self.linked[columns]).tolist():
            if not self._only_requires(columns[column], outside[:, column], number):
                continue
            found = np.full(fixed.size, -1, dtype=np.int64)
            for k in np.flatnonzero(options[:, column] > self.costs.block.lower[columns[column]]):
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

    def _only_requires(self, column: int, entries: Integers, number: int) -> bool:
        """Return whether no row that ends later gets cheaper by raising a column."""
        if self.costs.block.cost[column] < 0:
            return False
        (low, high), (start, end) = self.costs.free, self.costs.domain
        for row in np.flatnonzero(entries).tolist():
            rising = entries[row] > 0
            worse = low[row] <= -UNBOUNDED if rising else high[row] >= UNBOUNDED
            helps = high[row] >= UNBOUNDED if rising else low[row] <= -UNBOUNDED
            hard = start[row] == low[row] if rising else end[row] == high[row]
            if not worse and not (helps and hard and self.last[row] == number):
                return False
        return True


def _distinct(table: Integers) -> tuple[Integers, Integers]:
    """Return the distinct rows of a wide table that is mostly 0, and each row's position."""
    used = np.flatnonzero(table.any(axis=0))
    if not used.size:
        return table[:1], np.zeros(table.shape[0], dtype=np.int64)
    narrow, positions = np.unique(table[:, used], axis=0, return_inverse=True)
    distinct = np.zeros((narrow.shape[0], table.shape[1]), dtype=np.int64)
    distinct[:, used] = narrow
    return distinct, positions.reshape(-1)

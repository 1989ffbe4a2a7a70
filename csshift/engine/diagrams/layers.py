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

from csshift.engine.diagrams.day_options import Day, DayCatalogue, DayOptions
from csshift.engine.diagrams.row_costs import Bools, RowCosts
from csshift.engine.subproblem import Subproblem, csr_entries, csr_sizes
from csshift.program import NOBODY, UNBOUNDED, Integers


@dataclass(frozen=True, eq=False)
class Layer:
    """One day of a block.

    Parameters
    ----------
    columns : int64 array, shape (own,)
    choice : DayOptions
        Shared with equal days.
    added : int64 array, shape (classes, rows of the block)
        What a class adds to the rows that reach other days, 0 in the day's own rows.
    """

    columns: Integers
    choice: DayOptions
    added: Integers


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
    block: Subproblem, days: NDArray[np.integer], linked: Bools, catalogue: DayCatalogue
) -> Layers | None:
    """Split a block by day; None where it is infeasible or a day has too many options.

    Parameters
    ----------
    days : int array, shape (block.columns,)
        Day of each column, `NOBODY` where it has none.
    linked : bool array, shape (block.columns,)
        Columns whose costs change from pricing to pricing.
    catalogue : DayCatalogue
        Learns the days of the block.
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
    by_column, layers = csc_array(block.matrix), []
    for number in range(int(place.max()) + 1):
        columns = decisions[place == number]
        entries = csr_entries(by_column.indptr, columns)
        rows, position = np.unique(by_column.indices[entries], return_inverse=True)
        entry_column = np.repeat(np.arange(columns.size), csr_sizes(by_column.indptr, columns))
        dense = np.zeros((rows.size, columns.size), dtype=np.int64)
        dense[position, entry_column] = by_column.data[entries]
        ends = last[rows] == number
        alone = ends & (first[rows] == number)
        day = Day(costs, columns, rows.astype(np.int64), dense, alone, ends, linked[columns])
        choice = catalogue.options(day)
        if choice is None:
            return None
        added = np.zeros((choice.added.shape[0], block.rows), dtype=np.int64)
        added[:, rows] = choice.added
        layers.append(Layer(columns, choice, added))
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

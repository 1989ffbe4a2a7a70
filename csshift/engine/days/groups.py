"""Days as blocks: the recourse of each day, and what agents can contribute to it.

Given how many agents of each type choose each option of a day, its recourse is a small program
of its own. Agents whose columns enter a day's rows with the same coefficients, and whose own
rows leave the same options, are of one type.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.structure import LinkingRows, Structure
from csshift.engine.subproblem import Subproblem, csr_entries
from csshift.program import NOBODY, Floats, Integers

MOST_OPTIONS = 200
"""Options of one agent on one day up to which they are listed."""


@dataclass(frozen=True, eq=False)
class DayType:
    """Agents who are alike on one day.

    Parameters
    ----------
    columns : int array, shape (agents, kinds)
        Positions of their columns in the full subproblem, in the same order for each.
    options : int64 array, shape (options, kinds)
        What an agent can choose: values of the columns.
    links : float array, shape (rows of the day, options)
        What an option contributes to the rows.
    """

    columns: Integers
    options: Integers
    links: Floats

    @property
    def size(self) -> int:
        """Number of agents."""
        return int(self.columns.shape[0])

    @property
    def compositions(self) -> int:
        """Ways to distribute the agents over the options."""
        return math.comb(self.size + len(self.options) - 1, self.size)

    def counts_of(self, values: Integers) -> Integers:
        """Return how many agents choose each option, given values of the full subproblem."""
        same = (values[self.columns][:, None, :] == self.options[None]).all(axis=2)
        return np.asarray(same.sum(axis=0), dtype=np.int64)

    def counts(self) -> Integers:
        """Return every distribution of the agents, shape (compositions, options)."""
        table = np.zeros((1, 0), dtype=np.int64)
        if not len(self.options):
            return np.zeros((self.compositions, 0), dtype=np.int64)
        left = np.array([self.size])
        for _ in range(len(self.options) - 1):
            # Each row is repeated for every number of agents that may have the next option.
            ends = np.cumsum(left + 1)
            row = np.repeat(np.arange(left.size), left + 1)
            taken = np.arange(ends[-1]) - (ends - left - 1)[row]
            table, left = np.column_stack([table[row], taken]), left[row] - taken
        return np.column_stack([table, left])


@dataclass(frozen=True, eq=False)
class DayGroup:
    """One day: its recourse blocks, its rows, and the types of agents that reach them.

    Parameters
    ----------
    blocks : int array
        Recourse blocks.
    rows : int array
        Rows of the program without an agent, ascending.
    types : tuple of DayType
    lower, upper : float array, shape (rows,)
        Bounds on what all agents contribute, with the help of all recourse.
    """

    blocks: Integers
    rows: Integers
    types: tuple[DayType, ...]
    lower: Floats
    upper: Floats

    @property
    def vectors(self) -> int:
        """Number of joint distributions of all types."""
        return math.prod(kind.compositions for kind in self.types)

    def taken(self, counts: tuple[Integers, ...]) -> Integers:
        """Return how many agents have each column, by type, given the agents of each option."""
        chosen = [own @ kind.options for own, kind in zip(counts, self.types, strict=True)]
        return np.concatenate([np.empty(0, dtype=np.int64), *chosen])


def group_by_day(
    structure: Structure, links: LinkingRows, full: Subproblem
) -> tuple[DayGroup, ...] | None:
    """Split the recourse by day; None where a program does not come apart in this way.

    Every recourse block goes to the day with the most columns that reach it: so the early hours
    of a day go with the night before, and few columns reach two days. A row without recourse
    belongs to a day that has all of its columns.

    Parameters
    ----------
    structure : Structure
    links : LinkingRows
    full : Subproblem
        The structure's full subproblem.
    """
    split = _Split(structure, full)
    if not split.separable:
        return None
    bounds = links.bounds(np.arange(structure.program.rows))
    groups = []
    for blocks, rows in split.groups():
        types = split.types(rows)
        if types is None:
            return None
        lower, upper = (np.asarray(side[rows], dtype=np.float64) for side in bounds)
        fixed = split.fixed_activity[rows]
        groups.append(DayGroup(blocks, rows, types, lower - fixed, upper - fixed))
    return tuple(groups)


class _Split:
    """What the split by day needs to know of a program."""

    def __init__(self, structure: Structure, full: Subproblem) -> None:
        program = structure.program
        self.structure, self.full = structure, full
        self.agent = program.column_agent[full.column_ids]
        self.day = program.column_day[full.column_ids]
        self.binary = (full.upper - full.lower == 1) & (full.lower == 0) & (self.agent != NOBODY)
        self.block = structure.block[full.column_ids]
        settled = program.lower.copy()  # what recourse can add is counted from its lower bounds
        settled[structure.decisions] = 0
        self.fixed_activity = np.asarray(program.matrix @ settled, dtype=np.int64)
        self._row_agent = program.row_agent[full.row_ids]
        matrix = full.matrix
        self._row = np.repeat(np.arange(full.rows), np.diff(matrix.indptr))
        self._block_of_row = np.full(full.rows, -1, dtype=np.int64)
        np.maximum.at(self._block_of_row, self._row, self.block[matrix.indices])
        self._by_agent = {int(a): np.flatnonzero(self.agent == a) for a in structure.agents}
        self._rows_of_agent = {
            int(a): np.flatnonzero(self._row_agent == a) for a in structure.agents
        }
        self._option_cache: dict[bytes, Integers | None] = {}
        in_recourse = (self._block_of_row >= 0)[self._row]
        decision = self.agent[matrix.indices] != NOBODY
        reaching = np.unique(matrix.indices[in_recourse & decision])
        # Only choices of a day can be distributed over its types.
        self.separable = bool(np.all(self.binary[reaching] & (self.day[reaching] != NOBODY)))

    def groups(self) -> Iterator[tuple[Integers, Integers]]:
        """Yield blocks and rows of the program, day by day."""
        day_of_block = self._day_of_blocks()
        day_of_row = np.where(self._block_of_row >= 0, day_of_block[self._block_of_row], -1)
        reached = self._days_of_columns(day_of_row)
        for row in np.flatnonzero((self._row_agent == NOBODY) & (day_of_row < 0)):
            columns = self.full.matrix[[row]].indices
            days = set.intersection(*(reached.get(int(c), set()) for c in columns))
            if days:
                day_of_row[row] = min(days)
        for day in np.unique(day_of_block):
            rows = self.full.row_ids[np.flatnonzero(day_of_row == day)]
            yield np.flatnonzero(day_of_block == day), np.sort(rows)

    def _day_of_blocks(self) -> Integers:
        """Return for each block the day of most columns that reach it."""
        matrix, days = self.full.matrix, self.structure.days
        label = self._block_of_row[self._row]
        relevant = (label >= 0) & (self.agent[matrix.indices] != NOBODY)
        pairs = np.unique(np.column_stack([label[relevant], matrix.indices[relevant]]), axis=0)
        table = np.zeros((self.structure.num_blocks, days), dtype=np.int64)
        np.add.at(table, (pairs[:, 0], self.day[pairs[:, 1]]), 1)
        own = np.zeros(self.structure.num_blocks, dtype=np.int64)
        recourse = np.flatnonzero(self.block >= 0)
        np.maximum.at(own, self.block[recourse], np.maximum(self.day[recourse], 0))
        return np.where(table.any(axis=1), table.argmax(axis=1), own)

    def _days_of_columns(self, day_of_row: Integers) -> dict[int, set[int]]:
        """Return the days that each decision reaches."""
        found: dict[int, set[int]] = {}
        inside = day_of_row[self._row] >= 0
        columns, days = self.full.matrix.indices[inside], day_of_row[self._row[inside]]
        for column, day in np.unique(np.column_stack([columns, days]), axis=0).tolist():
            if self.agent[column] != NOBODY:
                found.setdefault(column, set()).add(day)
        return found

    def types(self, rows: Integers) -> tuple[DayType, ...] | None:
        """Return the types of agents on the rows of a day; None where an agent has too many."""
        matrix = csr_array(self.full.matrix[np.searchsorted(self.full.row_ids, rows)]).tocsc()
        reaching = np.flatnonzero((np.diff(matrix.indptr) > 0) & (self.agent != NOBODY))
        members: dict[tuple[bytes, bytes], list[Integers]] = {}
        known: dict[tuple[bytes, bytes], tuple[Integers, Floats]] = {}
        for agent in np.unique(self.agent[reaching]):
            columns = reaching[self.agent[reaching] == agent]
            options = self._options(int(agent), columns)
            if options is None:
                return None
            entries = csr_entries(matrix.indptr, columns)
            sizes = np.diff(matrix.indptr)[columns]
            key = (
                np.concatenate([sizes, matrix.indices[entries], matrix.data[entries]]).tobytes(),
                options.tobytes(),
            )
            members.setdefault(key, []).append(columns)
            if key not in known:
                dense = matrix[:, columns].toarray().astype(np.float64)
                known[key] = options, dense @ options.T
        return tuple(DayType(np.stack(columns), *known[key]) for key, columns in members.items())

    def _options(self, agent: int, columns: Integers) -> Integers | None:
        """Return the values of an agent's columns that its own rows of these days leave."""
        own = self._by_agent[agent]
        near = own[self.binary[own] & np.isin(self.day[own], np.unique(self.day[columns]))]
        rows = self._rows_of_agent[agent]
        local = csr_array(self.full.matrix[rows])
        inside = np.isin(local.indices, near)
        contained = np.ones(rows.size, dtype=np.bool_)
        np.logical_and.at(contained, np.repeat(np.arange(rows.size), np.diff(local.indptr)), inside)
        kept = rows[contained]
        dense = self.full.matrix[kept][:, near].toarray()
        lower, upper = self.full.row_lower[kept], self.full.row_upper[kept]
        place = np.searchsorted(near, columns)
        key = b"|".join(part.tobytes() for part in (dense, lower, upper, place))
        if key not in self._option_cache:
            self._option_cache[key] = _list_options(dense, lower, upper, place)
        return self._option_cache[key]


def _list_options(
    matrix: NDArray[np.int64], lower: Integers, upper: Integers, place: Integers
) -> Integers | None:
    """Return the distinct values of chosen binary columns that the rows leave."""
    columns = matrix.shape[1]
    rest_low = np.zeros((columns + 1, matrix.shape[0]), dtype=np.int64)
    rest_high = np.zeros_like(rest_low)
    for column in range(columns - 1, -1, -1):
        rest_low[column] = rest_low[column + 1] + np.minimum(matrix[:, column], 0)
        rest_high[column] = rest_high[column + 1] + np.maximum(matrix[:, column], 0)
    values = np.zeros((1, 0), dtype=np.int64)
    activity = np.zeros((1, matrix.shape[0]), dtype=np.int64)
    for column in range(columns):
        zeros = np.zeros((len(values), 1), dtype=np.int64)
        values = np.vstack([np.hstack([values, zeros]), np.hstack([values, zeros + 1])])
        activity = np.vstack([activity, activity + matrix[:, column]])
        fits = np.all(
            (activity + rest_low[column + 1] <= upper)
            & (activity + rest_high[column + 1] >= lower),
            axis=1,
        )
        values, activity = values[fits], activity[fits]
        if len(values) > 20 * MOST_OPTIONS:
            return None
    found = np.unique(values[:, place], axis=0)
    return None if len(found) > MOST_OPTIONS else found

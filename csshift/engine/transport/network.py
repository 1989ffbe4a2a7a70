"""Recourse as a transport problem: who is at work serves the queues, unit by unit.

Where all agents of a queue work at one pace and for whole intervals, the recourse of an interval
is a transport problem with integer vertices (Hitchcock, 1941). Sources are the classes of agents at
work, sinks are the queues, and what a further unit at a sink saves falls with every unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.engine.structure import Structure
from csshift.engine.subproblem import marked
from csshift.program import NOBODY, Integers

FULL = -(1 << 59)
"""What a further unit saves at a sink that takes no more."""

IDLE = 0
"""Place of units that serve nothing; queues have the places from 1 on."""

MOST_LEVELS = 500
"""Units that a sink may need, at most."""

LARGEST_TABLE = 60_000_000
"""Pairs of places of all blocks, at most; each takes four bytes."""


@dataclass(frozen=True, eq=False)
class Network:
    """Sources, sinks and the arcs between them, for all blocks.

    Parameters
    ----------
    unit : int
        What an agent at work adds to the row of a source.
    source_rows : int64 array, shape (sources,)
    source_of_row : int64 array, shape (program.rows,)
        -1 for rows that are not sources.
    source_block : int64 array, shape (sources,)
    arc_starts : int64 array, shape (sources + 1,)
        First arc of each source.
    arc_source, arc_place, arc_column : int32 array, shape (arcs,)
        The first arc of a source leads to `IDLE`.
    savings : int64 array, shape (blocks, width, levels)
        What one more unit saves at each place that has so many; `FULL` where it takes no more.
    needed : int64 array, shape (blocks, width)
        Units at each place with which nothing is short.
    short_column, short_block, short_place : int64 array, shape (shortages,)
        Columns of shortages and where they are.
    short_after, short_size : int64 array, shape (shortages,)
        Of what is short in a place, the part after this and up to that size is of the column.
    """

    unit: int
    source_rows: Integers
    source_of_row: Integers
    source_block: Integers
    arc_starts: Integers
    arc_source: NDArray[np.int32]
    arc_place: NDArray[np.int32]
    arc_column: NDArray[np.int32]
    savings: Integers
    needed: Integers
    short_column: Integers
    short_block: Integers
    short_place: Integers
    short_after: Integers
    short_size: Integers

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return int(self.needed.shape[0])

    @property
    def width(self) -> int:
        """Number of places of a block, that of idle units included."""
        return int(self.needed.shape[1])


def find_network(structure: Structure) -> Network | None:
    """Return the recourse as a network; None where it is not of that form.

    Every row that links agents must be a source or a sink, and everything at a sink a multiple of
    the unit.
    """
    reader = _Reader(structure)
    return reader.network() if reader.fits() else None


class _Reader:
    """Reads sources, sinks and arcs off a program."""

    def __init__(self, structure: Structure) -> None:
        self.structure, self.program = structure, structure.program
        program, by_column = structure.program, structure.by_column
        matrix = program.matrix
        self._row = np.repeat(np.arange(program.rows), np.diff(matrix.indptr))
        decision = program.column_agent[matrix.indices] != NOBODY
        self._decided = decision & (program.row_agent == NOBODY)[self._row]
        sources = np.bincount(self._row[self._decided], minlength=program.rows) > 0
        self.source_rows = np.flatnonzero(sources)
        self.source_of_row = _numbers(self.source_rows, program.rows)
        # What is fixed, such as a night shift before the first day, is settled.
        fixed = (program.lower == program.upper) & (program.column_agent == NOBODY)
        self._settled = matrix @ np.where(fixed, program.lower, 0)
        known = np.isin(np.arange(program.columns), structure.recourse)
        counts = np.where(known, np.diff(by_column.indptr), 0)
        self.flows = np.flatnonzero(counts == 2)
        self.single = np.flatnonzero(counts == 1)
        self._plain = not np.any(counts > 2)
        first = by_column.indptr[self.flows]
        ends, data = by_column.indices, by_column.data
        turned = ~sources[ends[first]]
        self.flow_source = np.where(turned, ends[first + 1], ends[first])
        self.flow_sink = np.where(turned, ends[first], ends[first + 1])
        out = np.where(turned, data[first + 1], data[first])
        into = np.where(turned, data[first], data[first + 1])
        self._even = bool(np.all(out == -1) and np.all(into == 1))
        self.sink_rows = np.unique(self.flow_sink)
        self.sink_of_row = _numbers(self.sink_rows, program.rows)
        alone = by_column.indptr[self.single]
        row, added = ends[alone], data[alone]
        idle = sources[row]
        self.idle, self.idle_row = self.single[idle], row[idle]
        short = self.sink_of_row[row] >= 0  # the others are of queues that nobody serves
        self.short, self.short_row = self.single[short], row[short]
        self._signs = bool(np.all(added[idle] == -1) and np.all(added[short] == 1))

    def fits(self) -> bool:
        """Return whether the program is a transport problem for whole units."""
        if self.flows.size == 0 or not (self._plain and self._even and self._signs):
            return False
        return self._fits_rows() and self._fits_columns() and self._fits_sinks()

    def _fits_rows(self) -> bool:
        program = self.program
        linking = marked(self.structure.by_column, self.flows, program.rows)
        linking[self._row[self._decided]] = True
        linked = np.flatnonzero(linking)
        known = (self.source_of_row >= 0) | (self.sink_of_row >= 0)
        both = (self.source_of_row >= 0) & (self.sink_of_row >= 0)
        balanced = np.all(program.row_lower[self.source_rows] == 0) and np.all(
            program.row_upper[self.source_rows] == 0
        )
        sinks = self.sink_rows
        equal = np.array_equal(program.row_lower[sinks], program.row_upper[sinks])
        one_way = np.all(self.sink_of_row[self.flow_source] < 0)
        return bool(np.all(known[linked]) and not both.any() and balanced and equal and one_way)

    def _fits_columns(self) -> bool:
        """Return whether agents add single units, flows are free, and all units can be idle."""
        program = self.program
        added = program.matrix.data[self._decided]
        self.unit = int(added[0])
        if self.unit <= 0 or np.any(added != self.unit) or np.any(program.cost[self.flows]):
            return False
        if np.any(program.lower[np.concatenate([self.flows, self.single])]):
            return False
        most = self._able_agents() * self.unit + self._settled
        needed = program.row_lower - self._settled
        room = np.minimum(most[self.flow_source], needed[self.flow_sink])
        if np.any(program.upper[self.flows] < room):
            return False
        idle = np.array_equal(np.sort(self.idle_row), self.source_rows)
        return idle and not np.any(program.upper[self.idle] < most[self.idle_row])

    def _able_agents(self) -> Integers:
        """Return how many agents can add to each row."""
        program = self.program
        agent = program.column_agent[program.matrix.indices[self._decided]].astype(np.int64)
        size = int(agent.max(initial=0)) + 1
        pairs = np.sort(self._row[self._decided] * size + agent)
        first = np.diff(pairs, prepend=-1) > 0
        return np.bincount(pairs[first] // size, minlength=program.rows)

    def _fits_sinks(self) -> bool:
        """Return whether whole units are short at sinks, and idle ones cost the same everywhere."""
        program, sinks = self.program, self.sink_rows
        needed = program.row_lower[sinks] - self._settled[sinks]
        short = np.bincount(self.sink_of_row[self.short_row], program.upper[self.short], sinks.size)
        whole = np.all(needed % self.unit == 0) and np.all(needed > 0) and np.all(short >= needed)
        block = self.structure.block[self.flows[np.unique(self.flow_sink, return_index=True)[1]]]
        width = int(np.bincount(block).max()) + 1
        pairs = self.structure.num_blocks * width**2
        few = needed.max() // self.unit <= MOST_LEVELS and pairs <= LARGEST_TABLE
        idle_costs = program.cost[self.idle]
        paid = np.all(program.cost[self.short] >= 0) and np.all(idle_costs == idle_costs[0])
        return bool(whole and few and paid and idle_costs[0] >= 0)

    def network(self) -> Network:
        """Return the network of a program that fits."""
        structure, program = self.structure, self.program
        block = structure.block
        source_block = np.empty(self.source_rows.size, dtype=np.int64)
        source_block[self.source_of_row[self.idle_row]] = block[self.idle]
        sink_block = np.empty(self.sink_rows.size, dtype=np.int64)
        sink_block[self.sink_of_row[self.flow_sink]] = block[self.flows]
        place = _places(sink_block)
        source = np.concatenate(
            [self.source_of_row[self.idle_row], self.source_of_row[self.flow_source]]
        )
        target = np.concatenate(
            [np.full(self.idle.size, IDLE), place[self.sink_of_row[self.flow_sink]]]
        )
        order = np.lexsort((target, source))
        needed = np.zeros((structure.num_blocks, int(place.max()) + 1), dtype=np.int64)
        required = (program.row_lower - self._settled)[self.sink_rows]
        needed[sink_block, place] = required // self.unit
        shortages = self._shortages(sink_block, place)
        return Network(
            unit=self.unit,
            source_rows=self.source_rows,
            source_of_row=self.source_of_row,
            source_block=source_block,
            arc_starts=np.searchsorted(source[order], np.arange(self.source_rows.size + 1)),
            # There are millions of arcs.
            arc_source=source[order].astype(np.int32),
            arc_place=target[order].astype(np.int32),
            arc_column=np.concatenate([self.idle, self.flows])[order].astype(np.int32),
            savings=self._savings(needed, shortages),
            needed=needed,
            short_column=shortages[0],
            short_block=shortages[1],
            short_place=shortages[2],
            short_after=shortages[3],
            short_size=shortages[4],
        )

    def _shortages(self, sink_block: Integers, place: Integers) -> tuple[Integers, ...]:
        """Return columns, blocks, places, what comes before and sizes: cheapest column first."""
        program, sink = self.program, self.sink_of_row[self.short_row]
        order = np.lexsort((program.cost[self.short], sink))
        column, sink = self.short[order], sink[order]
        size = program.upper[column]
        total = np.cumsum(size) - size
        after = total - total[np.searchsorted(sink, sink)]
        return column, sink_block[sink], place[sink], after, size

    def _savings(self, needed: Integers, shortages: tuple[Integers, ...]) -> Integers:
        column, block, place, after, size = shortages
        cost = self.program.cost[column]
        levels = int(needed.max()) + 1
        spent = np.zeros((levels, *needed.shape), dtype=np.int64)  # by units that are short
        for missing in range(1, levels):
            used = np.clip(missing * self.unit - after, 0, size)
            np.add.at(spent[missing], (block, place), used * cost)
        savings = np.full((*needed.shape, levels), FULL, dtype=np.int64)
        blocks, places = np.nonzero(needed)
        for level in range(levels - 1):
            short = needed[blocks, places] - level
            able = short > 0
            b, q, short = blocks[able], places[able], short[able]
            savings[b, q, level] = spent[short, b, q] - spent[short - 1, b, q]
        savings[:, IDLE, :] = -int(self.program.cost[self.idle[0]]) * self.unit
        return savings


def _numbers(chosen: NDArray[np.integer], size: int) -> Integers:
    """Return the position of each chosen number, -1 for others."""
    numbers = np.full(size, -1, dtype=np.int64)
    numbers[chosen] = np.arange(chosen.size)
    return numbers


def _places(block: Integers) -> Integers:
    """Return the place of each sink in its block, from 1 on."""
    order = np.argsort(block, kind="stable")
    ordered = block[order]
    places = np.empty(block.size, dtype=np.int64)
    places[order] = np.arange(block.size) - np.searchsorted(ordered, ordered) + 1
    return places

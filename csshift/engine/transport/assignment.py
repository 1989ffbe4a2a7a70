"""Which queue every agent at work serves, and what one agent more or less would change.

The assignment stays optimal: a unit that comes or goes shifts others along a shortest augmenting
path, as in the successive shortest path method (Ahuja, Magnanti and Orlin, 1993). Flows cost
nothing, so what a unit saves at a queue is the most that any queue saves to which a chain of shifts
leads from there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csshift.engine.subproblem import csr_entries, csr_sizes
from csshift.engine.transport.network import IDLE, Network
from csshift.program import Integers

NEVER = 1 << 59
"""What it costs to take a unit from where there is none."""

BATCH = 128
"""Blocks whose values are computed at once, at most."""


class Assignment:
    """Units on the arcs of a network, optimal for what is at the sources.

    Parameters
    ----------
    network : Network
    values : int64 array, shape (program.columns,)
        A feasible solution: what is at the sources, and how it flows if that is optimal.

    Attributes
    ----------
    units : int64 array, shape (arcs,)
    """

    def __init__(self, network: Network, values: Integers) -> None:
        self.network = network
        blocks, width = network.blocks, network.width
        place = network.source_block[network.arc_source] * width + network.arc_place
        self._arcs_by_place = np.argsort(place, kind="stable")
        self._place_starts = np.searchsorted(
            place[self._arcs_by_place], np.arange(blocks * width + 1)
        )
        # Of the units at one place, so many could serve another.
        self._able = np.zeros((blocks, width, width), dtype=np.int32)
        self._count = np.zeros((blocks, width), dtype=np.int64)
        self._gain = network.savings[:, :, 0].copy()
        self._loss = np.full((blocks, width), NEVER, dtype=np.int64)
        self._gains, self._losses = self._gain.copy(), self._loss.copy()
        self.units = np.zeros(network.arc_source.size, dtype=np.int64)
        self._take(values[network.arc_column] // network.unit)
        left = values[network.arc_column] % network.unit
        if left.any() or not self._optimal():
            self._begin_anew(values)

    def _take(self, units: Integers) -> None:
        """Put units on the arcs."""
        network = self.network
        self.units = units
        block = network.source_block[network.arc_source]
        self._count[:], self._able[:] = 0, 0
        np.add.at(self._count, (block, network.arc_place), units)
        used = np.flatnonzero(units)
        source = network.arc_source[used]
        sizes = csr_sizes(network.arc_starts, source)
        arc = np.repeat(used, sizes)
        others = network.arc_place[csr_entries(network.arc_starts, source)]
        np.add.at(self._able, (block[arc], network.arc_place[arc], others), units[arc])
        every = np.indices(self._count.shape).reshape(2, -1)
        self._recount(every[0], every[1], 0)
        self._refresh(np.arange(network.blocks))

    def _optimal(self) -> bool:
        """Return whether no chain of shifts saves anything, and no place has too many units."""
        return bool(np.all(self._gains <= self._loss) and np.all(self._count <= self._most()))

    def _most(self) -> Integers:
        most = self.network.needed.copy()
        most[:, IDLE] = np.iinfo(np.int64).max
        return most

    def _begin_anew(self, values: Integers) -> None:
        """Assign what is at the sources unit by unit."""
        network = self.network
        supplied = np.bincount(
            network.arc_source, values[network.arc_column], network.source_rows.size
        )
        number = np.rint(supplied / network.unit).astype(np.int64)
        self._take(np.zeros_like(self.units))
        nothing = np.empty(0, dtype=np.int64)
        while number.any():
            # One unit of each block at a time, as `change` requires.
            sources = np.flatnonzero(number)
            first = np.unique(network.source_block[sources], return_index=True)[1]
            self.change(nothing, sources[first])
            number[sources[first]] -= 1

    def cost(self) -> int:
        """Return what shortages and idle units cost."""
        network = self.network
        levels = np.arange(network.savings.shape[2])
        missing = (levels >= self._count[..., None]) & (levels < network.needed[..., None])
        short = int(network.savings[missing].sum())
        return short - int(network.savings[:, IDLE, 0] @ self._count[:, IDLE])

    def marginal_values(self, sources: Integers, present: NDArray[np.bool_]) -> Integers:
        """Return what one unit at each source saves: its last one, or one more.

        Parameters
        ----------
        sources : int64 array, shape (chosen,)
        present : bool array, shape (chosen,)
            Where it is the last one.
        """
        network = self.network
        arcs = csr_entries(network.arc_starts, sources)
        sizes = csr_sizes(network.arc_starts, sources)
        starts = np.cumsum(sizes) - sizes
        block = np.repeat(network.source_block[sources], sizes)
        place = network.arc_place[arcs]
        more = np.maximum.reduceat(self._gains[block, place], starts)
        less = np.where(self.units[arcs] > 0, self._losses[block, place], NEVER)
        return np.where(present, np.minimum.reduceat(less, starts), more)

    def change(self, removed: Integers, added: Integers) -> int:
        """Take a unit from some sources and add one to others; return the change in cost.

        Parameters
        ----------
        removed, added : int64 array
            Sources of different blocks.
        """
        cost = self._move(removed, -1) + self._move(added, 1)
        self._refresh(self.network.source_block[np.concatenate([removed, added])])
        return cost

    def write(self, values: Integers) -> None:
        """Write flows, idle units and shortages into the values of a program."""
        network = self.network
        values[network.arc_column] = self.units * network.unit
        short = (network.needed - self._count) * network.unit
        left = short[network.short_block, network.short_place] - network.short_after
        values[network.short_column] = np.clip(left, 0, network.short_size)

    def _move(self, sources: Integers, change: int) -> int:
        """Add a unit to sources, or take one; return the change in cost."""
        if sources.size == 0:
            return 0
        network = self.network
        arcs = csr_entries(network.arc_starts, sources)
        sizes = csr_sizes(network.arc_starts, sources)
        starts = np.cumsum(sizes) - sizes
        block = network.source_block[sources]
        blocks, able = np.repeat(block, sizes), network.arc_place[arcs]
        if change > 0:
            cost = -self._gains[blocks, able]
        else:
            cost = np.where(self.units[arcs] > 0, self._losses[blocks, able], NEVER)
        least = np.minimum.reduceat(cost, starts)
        best = np.flatnonzero(cost == np.repeat(least, sizes))
        best = best[np.searchsorted(best, starts)]  # the first one of each source
        place = able[best].astype(np.int64)
        direct = (-self._gain if change > 0 else self._loss)[block, place] == least
        ends = place.copy()
        for number in np.flatnonzero(~direct).tolist():
            shift = self._shift_from if change > 0 else self._shift_to
            ends[number] = shift(
                int(block[number]), int(place[number]), change * int(-least[number])
            )
        self.units[arcs[best]] += change
        self._able[blocks, np.repeat(place, sizes), able] += change
        self._recount(block, ends, change)
        return int(least.sum())

    def _recount(self, block: Integers, place: Integers, change: int) -> None:
        savings = self.network.savings
        self._count[block, place] += change
        count = self._count[block, place]
        last = savings.shape[2] - 1
        self._gain[block, place] = savings[block, place, np.minimum(count, last)]
        before = savings[block, place, np.clip(count - 1, 0, last)]
        self._loss[block, place] = np.where(count > 0, before, NEVER)

    def _shift_from(self, block: int, place: int, value: int) -> int:
        """Make room at a place by a chain of shifts to one where a unit saves the value."""
        path = _shortest_path(self._able[block] > 0, place, self._gain[block] == value)
        for here, there in zip(path[-2::-1], path[:0:-1], strict=True):
            self._shift(block, here, there)
        return path[-1]

    def _shift_to(self, block: int, place: int, value: int) -> int:
        """Fill a place by a chain of shifts from one where a unit is worth the value."""
        path = _shortest_path((self._able[block] > 0).T, place, self._loss[block] == value)
        for here, there in zip(path[1:], path[:-1], strict=True):
            self._shift(block, here, there)
        return path[-1]

    def _shift(self, block: int, here: int, there: int) -> None:
        """Let one unit serve another place."""
        network = self.network
        old, new = self._arcs_at(block, here), self._arcs_at(block, there)
        old = old[self.units[old] > 0]
        sources, able = network.arc_source[old], network.arc_source[new]
        at = np.minimum(np.searchsorted(able, sources), able.size - 1)
        chosen = int((able[at] == sources).argmax())
        self.units[old[chosen]] -= 1
        self.units[new[at[chosen]]] += 1
        source = sources[chosen]
        places = network.arc_place[network.arc_starts[source] : network.arc_starts[source + 1]]
        self._able[block, here, places] -= 1
        self._able[block, there, places] += 1

    def _arcs_at(self, block: int, place: int) -> Integers:
        """Return the arcs that lead to a place, by source."""
        number = block * self.network.width + place
        return self._arcs_by_place[self._place_starts[number] : self._place_starts[number + 1]]

    def _refresh(self, blocks: Integers) -> None:
        """Compute anew what a unit more or less changes in some blocks."""
        blocks = np.unique(blocks)
        for begin in range(0, blocks.size, BATCH):
            batch = blocks[begin : begin + BATCH]
            able = self._able[batch] > 0
            gains = _extend(self._gain[batch], able)
            losses = -_extend(-self._loss[batch], able.transpose(0, 2, 1))
            self._gains[batch], self._losses[batch] = gains, losses


def _extend(values: Integers, able: NDArray[np.bool_]) -> Integers:
    """Return the largest value that each place reaches, its own included.

    Parameters
    ----------
    values : int64 array, shape (blocks, places)
    able : bool array, shape (blocks, places, places)
        Steps from a place to others.
    """
    levels, codes = np.unique(values, return_inverse=True)
    codes = codes.reshape(values.shape).astype(np.uint16 if levels.size > 255 else np.uint8)
    steps = able.astype(codes.dtype)
    while True:
        further = np.maximum(codes, (steps * codes[:, None, :]).max(axis=2))
        if np.array_equal(further, codes):
            return np.asarray(levels[codes])
        codes = further


def _shortest_path(able: NDArray[np.bool_], start: int, ends: NDArray[np.bool_]) -> list[int]:
    """Return the places on a shortest path from the start to one of the ends."""
    before = np.full(ends.size, -1)
    fresh = np.ones(ends.size, dtype=np.bool_)
    fresh[start] = False
    front = [start]
    while front:
        reached = []
        for place in front:
            new = np.flatnonzero(able[place] & fresh)
            before[new], fresh[new] = place, False
            reached += new.tolist()
            found = new[ends[new]]
            if found.size:
                path = [int(found[0])]
                while path[-1] != start:
                    path.append(int(before[path[-1]]))
                return path[::-1]
        front = reached
    raise AssertionError("a value without a path to it")

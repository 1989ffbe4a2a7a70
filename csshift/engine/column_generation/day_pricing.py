"""Pricing a day: the best distribution of all agents over its options at given prices.

The recourse of a distribution is bounded from below by cuts (Benders, 1962). The distribution
whose sum of cuts and prices is least is evaluated, its cuts are learned, and so on until the
least one is known exactly. Cuts do not depend on prices: later rounds begin with all that
earlier ones have learned. Days with few distributions are listed, others searched.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from csshift.engine.benders.recourse import BendersCuts, RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.column_generation.day_groups import DayGroup
from csshift.engine.generation_params import DayParams
from csshift.engine.solvers.lp import solve_simplex
from csshift.engine.solvers.scaling import scale
from csshift.program import Floats, Integers

ROUNDING = 1e-13
"""Bound on the relative error of one floating-point sum of floors and prices."""

Prices = tuple[Integers, ...]
"""By type of one day: price of each of its columns."""

Counts = tuple[Integers, ...]
"""By type of one day: agents of each option."""


@dataclass(frozen=True, eq=False)
class DayPrice:
    """What pricing one day found.

    Parameters
    ----------
    patterns : list of (tuple of int64 array, float)
        Good distributions, and lower bounds on the cost of their recourse.
    bound : int
        Proven lower bound of recourse and prices over all distributions.
    """

    patterns: list[tuple[Counts, float]]
    bound: int


class DayPricing(ABC):
    """Prices one day.

    Parameters
    ----------
    blocks : RecourseBlocks
    group : DayGroup
    budget : Budget
    params : DayParams
    """

    def __init__(
        self, blocks: RecourseBlocks, group: DayGroup, budget: Budget, params: DayParams
    ) -> None:
        self.group, self.budget, self.params = group, budget, params
        self.blocks = blocks
        structure = blocks.structure
        program = structure.program
        recourse = structure.restrict(
            structure.columns_of_blocks(group.blocks), program.lower, keep_redundant=True
        )
        # Rows that nothing can break belong to no day.
        kept = np.flatnonzero(np.isin(recourse.row_ids, group.rows))
        self._subproblem = recourse.restrict(kept, np.arange(recourse.columns))
        self._scaled = scale(self._subproblem, relaxed=True)
        self.place = np.searchsorted(group.rows, self._subproblem.row_ids)
        settled = program.lower.copy()
        settled[structure.decisions] = 0
        settled[structure.recourse] = 0
        self._fixed = np.asarray(blocks.decision_matrix @ settled)
        self.minimum = blocks.minimum[group.blocks]
        self.gap = params.day_gap
        """Relative gap of a search for a day: coarse as long as the prices are far from good."""

    @abstractmethod
    def price(self, prices: Prices) -> DayPrice | None:
        """Find the best distributions; None where none is allowed or time was up."""

    @abstractmethod
    def near(
        self, prices: Prices, slack: float, most: int
    ) -> tuple[list[tuple[Counts, float]], bool]:
        """Return distributions that cost at most so much more than the best one.

        Parameters
        ----------
        prices : tuple of int64 array
        slack : float
        most : int
            Of more, those of least cost are returned.

        Returns
        -------
        (list of (tuple of int64 array, float), bool)
            Distributions and floors, and whether they are all that there are.
        """

    @abstractmethod
    def floor(self, counts: Counts) -> float:
        """Return a lower bound on the recourse of a distribution, after learning its cuts."""

    def latest_floors(self, patterns: list[Counts]) -> Floats | None:
        """Return better lower bounds on distributions than they were found with, if there are."""
        del patterns
        return None

    def block_of_rows(self) -> Integers:
        """Return the position of the block of each row with recourse, among those of the day."""
        label = self.blocks.structure.block[self._subproblem.column_ids]
        row = np.repeat(np.arange(self._subproblem.rows), np.diff(self._subproblem.matrix.indptr))
        found = np.zeros(self._subproblem.rows, dtype=np.int64)
        found[row] = np.searchsorted(self.group.blocks, label[self._subproblem.matrix.indices])
        return found

    def cuts_at(self, supplied: Floats) -> tuple[Floats, Floats] | None:
        """Return a cut of each block that is tight where the rows are supplied like this.

        Returns
        -------
        (float array, float array) or None
            Levels, shape (blocks,), and slopes, shape (blocks, rows of the day): the value of
            block b is at least ``level[b] - slope[b] @ supplied`` whatever is supplied.
        """
        given = supplied[self.place] / self._scaled.row_unit
        scaled = replace(
            self._scaled,
            row_lower=self._scaled.row_lower - given,
            row_upper=self._scaled.row_upper - given,
        )
        found = solve_simplex(scaled, self.budget)
        if found is None or not found.optimal:
            return None
        duals = scaled.unscale_duals(found.duals)
        if duals is None:
            return None
        return self.as_arrays(self.blocks.prove(self._subproblem, duals, self.group.blocks))

    def as_arrays(self, cuts: BendersCuts) -> tuple[Floats, Floats]:
        """Return cuts as levels and slopes in what the rows of the day are supplied."""
        level = cuts.constant - cuts.duals @ self._fixed
        return np.asarray(level), cuts.duals[:, self.group.rows].toarray()


@dataclass(frozen=True, eq=False)
class _Cells:
    """Distinct supplies of one block: by type what each gives, and the cell of every vector."""

    rows: Integers
    supplies: tuple[Floats, ...]
    cell: NDArray[np.integer]


Layouts = dict[bytes, list[_Cells]]


def outer_sum(terms: list[Floats]) -> Floats:
    """Return the sums of all combinations of one entry of each part, flat."""
    return reduce(lambda total, term: np.add.outer(total, term).ravel(), terms, np.zeros(1))


class ListedDay(DayPricing):
    """Prices a day by listing its distributions.

    A block's cuts see only what its own rows get, which few distributions tell apart: their
    highest value is kept once for each distinct supply.

    Parameters
    ----------
    blocks, group, budget, params
        As for `DayPricing`.
    layouts : dict
        Cells of days of the same layout, shared between them.
    """

    def __init__(
        self,
        blocks: RecourseBlocks,
        group: DayGroup,
        budget: Budget,
        params: DayParams,
        layouts: Layouts,
    ) -> None:
        super().__init__(blocks, group, budget, params)
        self._counts = [kind.counts() for kind in group.types]
        self._supplies = [
            counts @ kind.links.T for counts, kind in zip(self._counts, group.types, strict=True)
        ]
        block_of_rows = self.block_of_rows()
        key = b"".join(part.tobytes() for part in (*self._supplies, block_of_rows))
        if key not in layouts:
            layouts[key] = [
                self._cells(self.place[block_of_rows == position])
                for position in range(group.blocks.size)
            ]
        self._cells_of = layouts[key]
        self._floors = [
            np.full(math.prod(len(supply) for supply in cells.supplies), least)
            for cells, least in zip(self._cells_of, self.minimum, strict=True)
        ]
        self._total = np.full(group.vectors, float(self.minimum.sum()))
        self._total[~self._allowed()] = np.inf
        self._known: set[int] = set()

    def _cells(self, rows: Integers) -> _Cells:
        distinct, inverse = [], []
        for supply in self._supplies:
            values, place = np.unique(supply[:, rows], axis=0, return_inverse=True)
            distinct.append(values)
            inverse.append(place.ravel().astype(np.float64))
        sizes = [len(values) for values in distinct]
        strides = [math.prod(sizes[t + 1 :]) for t in range(len(sizes))]
        cell = outer_sum([s * place for s, place in zip(strides, inverse, strict=True)])
        small = math.prod(sizes) < 1 << 16
        return _Cells(rows, tuple(distinct), cell.astype(np.uint16 if small else np.int32))

    def _allowed(self) -> NDArray[np.bool_]:
        """Return which distributions the bounds of all rows allow."""
        allowed: NDArray[np.bool_] = np.ones(self.group.vectors, dtype=np.bool_)
        none = np.zeros(self.group.rows.size)
        least = sum((supply.min(axis=0) for supply in self._supplies), none)
        most = sum((supply.max(axis=0) for supply in self._supplies), none)
        lower, upper = self.group.lower, self.group.upper
        for row in np.flatnonzero((least < lower) | (most > upper)):
            supplied = outer_sum([supply[:, row] for supply in self._supplies])
            allowed &= (supplied >= lower[row]) & (supplied <= upper[row])
        return allowed

    def price(self, prices: Prices) -> DayPrice | None:
        """Find the best distributions; None where none is allowed."""
        paid = self._paid(prices)
        costs = outer_sum(paid)
        patterns = []
        for _ in range(self.params.evaluations):
            best = int(np.argmin(self._total + costs))
            if not np.isfinite(self._total[best]):
                return None
            patterns.append(best)
            if best in self._known or self.budget.over:
                break
            self._learn(best)
        value = self._total + costs
        best = int(np.argmin(value))
        found = dict.fromkeys([best, *reversed(patterns[-self.params.patterns :])])
        return DayPrice(
            [(self._split(vector), float(self._total[vector])) for vector in found],
            self._lower(float(value[best]), paid),
        )

    def near(
        self, prices: Prices, slack: float, most: int
    ) -> tuple[list[tuple[Counts, float]], bool]:
        """Return distributions that cost at most so much more than the best one."""
        paid = self._paid(prices)
        value = self._total + outer_sum(paid)
        # What is rounded must not leave out a distribution.
        margin = 2 * self._rounding(paid) + 2.0
        near = np.flatnonzero(value <= value.min() + slack + margin)
        complete = near.size <= most
        if not complete:
            near = near[np.argpartition(value[near], most)[:most]]
        return [(self._split(int(v)), float(self._total[v])) for v in near], complete

    def floor(self, counts: Counts) -> float:
        """Return a lower bound on the recourse of a distribution, after learning its cuts."""
        places = [
            int(np.flatnonzero(np.all(known == chosen, axis=1))[0])
            for known, chosen in zip(self._counts, counts, strict=True)
        ]
        vector = int(np.ravel_multi_index(places, [len(known) for known in self._counts]))
        if vector not in self._known:
            self._learn(vector)
        return float(self._total[vector])

    def _paid(self, prices: Prices) -> list[Floats]:
        """Return by type what each of its distributions pays."""
        return [
            (counts @ (kind.options @ price)).astype(np.float64)
            for counts, kind, price in zip(self._counts, self.group.types, prices, strict=True)
        ]

    def _lower(self, value: float, paid: list[Floats]) -> int:
        """Return an integer that rounding errors leave below a sum of floors and prices."""
        return math.floor(value - self._rounding(paid)) - 1

    def _rounding(self, paid: list[Floats]) -> float:
        """Return by how much rounding can change a sum of floors and prices, at most."""
        terms = sum(float(np.abs(part).max(initial=0.0)) for part in paid)
        terms += sum(float(np.abs(floor).max(initial=0.0)) for floor in self._floors)
        sums = len(paid) + len(self._floors) * (1 + len(self._known))
        return ROUNDING * sums * terms

    def _places(self, vector: int) -> tuple[int, ...]:
        return tuple(map(int, np.unravel_index(vector, [len(counts) for counts in self._counts])))

    def _split(self, vector: int) -> Counts:
        places = self._places(vector)
        return tuple(counts[place] for counts, place in zip(self._counts, places, strict=True))

    def _learn(self, vector: int) -> None:
        """Evaluate a distribution and raise the floors by its cuts."""
        self._known.add(vector)
        supplied = np.zeros(self.group.rows.size)
        for supply, place in zip(self._supplies, self._places(vector), strict=True):
            supplied = supplied + supply[place]
        cuts = self.cuts_at(supplied)
        if cuts is None:
            return
        level, slope = cuts
        for position, cells in enumerate(self._cells_of):
            terms = [supply @ -slope[position, cells.rows] for supply in cells.supplies]
            rise = outer_sum(terms) + level[position] - self._floors[position]
            rise = np.maximum(rise, 0.0)
            if rise.any():
                self._floors[position] += rise
                self._total += rise[cells.cell]

"""Pricing a day: the best distribution of all agents over its options at given prices.

The recourse of a distribution is bounded from below by cuts (Benders, 1962). The distribution
whose sum of cuts and prices is least is evaluated, its cuts are learned, and so on until the
least one is known exactly. Cuts do not depend on prices: later rounds begin with all that
earlier ones have learned. Days with few distributions are listed, others searched.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from csshift.engine.benders.recourse import BendersCuts, RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.days.groups import DayGroup
from csshift.engine.generation_params import DayParams
from csshift.engine.solvers.lp import solve_simplex
from csshift.engine.solvers.scaling import scale
from csshift.program import Floats, Integers

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
    rise : float
        By how much about it exceeds the optimum of the relaxation, as far as that is known.
    """

    patterns: list[tuple[Counts, float]]
    bound: int
    rise: float = 0.0


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

    def known_cuts(self) -> tuple[Floats, Floats, Integers]:
        """Return the cuts that are known from elsewhere, and the position of the block of each."""
        cuts = self.blocks.cuts_of(self.group.blocks)
        return *self.as_arrays(cuts), np.searchsorted(self.group.blocks, cuts.block)

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

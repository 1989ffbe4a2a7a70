"""The pattern program: rosters whose days are all among the good distributions.

With prices that prove a bound, a distribution whose reduced cost exceeds the gap is part of no
better roster. Where all others of every day can be listed, a search over them decides whether
there is a better roster at all (after Baldacci, Christofides and Mingozzi, 2008).
"""

from __future__ import annotations

import logging
import math

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack

from csshift.engine.budget import Budget
from csshift.engine.column_generation.day_decomposition import DayDecomposition
from csshift.engine.column_generation.day_pricing import Counts
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.subproblem import Subproblem
from csshift.program import Integers

logger = logging.getLogger(__name__)


class PatternProgram:
    """Agents' own rows, and one distribution for every day.

    Parameters
    ----------
    days : DayDecomposition
        Has a bound.
    gap : int
        Objective of the roster to beat, less the bound.
    most : int
        Distributions of one day, at most.
    """

    def __init__(self, days: DayDecomposition, gap: int, most: int) -> None:
        self.days = days
        listed = [
            pricing.near(prices, float(gap), most)
            for pricing, prices in zip(days.pricing, days.centre, strict=True)
        ]
        self.complete = all(complete for _, complete in listed)
        self.patterns = [patterns for patterns, _ in listed]
        self._program = self._build()

    @property
    def size(self) -> int:
        """Number of patterns."""
        return sum(len(patterns) for patterns in self.patterns)

    def _build(self) -> Subproblem:
        """Return the program, costs reduced by the prices: what links days and people is free."""
        people, links = self.days.people, self.days.links
        prices = np.concatenate([own for day in self.days.centre for own in day])
        rows, columns, counts, cost, day = [], [], [], [], []
        number, first = 0, 0
        for position, (patterns, group) in enumerate(
            zip(self.patterns, self.days.groups, strict=True)
        ):
            sizes = [kind.columns.shape[1] for kind in group.types]
            for chosen, floor in patterns:
                taken = np.concatenate(
                    [c @ kind.options for c, kind in zip(chosen, group.types, strict=True)]
                )
                used = np.flatnonzero(taken)
                rows.extend((first + used).tolist())
                columns.extend([number] * used.size)
                counts.extend(taken[used].tolist())
                cost.append(math.floor(floor) + int(taken @ prices[first : first + taken.size]))
                day.append(position)
                number += 1
            first += sum(sizes)
        taken_by = coo_array((counts, (rows, columns)), shape=(first, number)).tocsr()
        each = csr_array(
            (np.ones(number, dtype=np.int64), (day, range(number))),
            shape=(len(self.patterns), number),
        )
        whole_links = csr_array(links.astype(np.int64))
        matrix = vstack(
            [
                hstack([people.matrix, csr_array((people.rows, number), dtype=np.int64)]),
                hstack([whole_links, -taken_by.astype(np.int64)]),
                hstack([csr_array((each.shape[0], people.columns), dtype=np.int64), each]),
            ]
        )
        zeros, ones = np.zeros(first, dtype=np.int64), np.ones(each.shape[0], dtype=np.int64)
        reduced = people.cost - whole_links.T @ prices
        total = people.columns + number
        return Subproblem(
            matrix=csr_array(matrix.astype(np.int64)),
            row_lower=np.concatenate([people.row_lower, zeros, ones]),
            row_upper=np.concatenate([people.row_upper, zeros, ones]),
            lower=np.concatenate([people.lower, np.zeros(number, dtype=np.int64)]),
            upper=np.concatenate([people.upper, np.ones(number, dtype=np.int64)]),
            cost=np.concatenate([reduced, np.array(cost, dtype=np.int64)]),
            continuous=np.zeros(total, dtype=np.bool_),
            column_ids=np.arange(total),
            row_ids=np.arange(people.rows + first + each.shape[0]),
        )

    def solve(
        self, values: Integers, budget: Budget, seconds: float, workers: int, seed: int
    ) -> tuple[Integers | None, int | None]:
        """Search for a better roster.

        Parameters
        ----------
        values : int64 array, shape (program.columns,)
            The roster to beat.
        budget : Budget
        seconds : float
        workers : int
        seed : int

        Returns
        -------
        (int64 array or None, int or None)
            Values of the program with the decisions found, and a lower bound on the objective
            of every roster that is better than the known one, where all patterns are listed.
        """
        people = self.days.people
        limits = Limits(seconds, workers=workers, full_presolve=True)
        found = solve_cpsat(self._program, budget, limits, hint=self._hint(values), seed=seed)
        logger.debug("pattern program of %d: %s", self.size, found.status)
        bound = None
        if self.complete and found.status == "infeasible":
            bound = np.iinfo(np.int64).max
        elif self.complete and found.bound is not None:
            bound = found.bound + self.days.constant
        if found.values is None:
            return None, bound
        decided = values.copy()
        decided[people.column_ids] = found.values[: people.columns]
        return decided, bound

    def _hint(self, values: Integers) -> Integers:
        people = self.days.people
        chosen: list[int] = []
        for patterns, counts in zip(self.patterns, self.days.counts_of(values), strict=True):
            own = [int(_same(known, counts)) for known, _ in patterns]
            chosen.extend(own)
        return np.concatenate([values[people.column_ids], np.array(chosen, dtype=np.int64)])


def _same(first: Counts, second: Counts) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))

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
from csshift.engine.days.decomposition import DayDecomposition
from csshift.engine.days.pricing import Counts, DayPricing
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
    values : int64 array, shape (program.columns,)
        The roster to beat.
    objective : int
        Its objective.
    """

    def __init__(self, days: DayDecomposition, values: Integers, objective: int) -> None:
        self.days, self.values, self.objective = days, values, objective
        slack = float(objective - (days.bound or 0))
        params = days.params
        listed = self._near(slack, params.most_patterns)
        self.complete = all(complete for _, complete in listed)
        if not self.complete:
            listed = self._near(slack, params.few_patterns)
        known = days.counts_of(values)
        self.patterns = [
            self._with(patterns, counts, pricing)
            for (patterns, _), counts, pricing in zip(listed, known, days.pricing, strict=True)
        ]
        self._chosen = [
            [_same(pattern, counts) for pattern, _ in patterns].index(True)
            for patterns, counts in zip(self.patterns, known, strict=True)
        ]
        self._program = self._build()

    def _near(self, slack: float, most: int) -> list[tuple[list[tuple[Counts, float]], bool]]:
        pairs = zip(self.days.pricing, self.days.centre, strict=True)
        return [pricing.near(prices, slack, most) for pricing, prices in pairs]

    @staticmethod
    def _with(
        patterns: list[tuple[Counts, float]], counts: Counts, pricing: DayPricing
    ) -> list[tuple[Counts, float]]:
        """Return the patterns with that of the roster among them."""
        if any(_same(pattern, counts) for pattern, _ in patterns):
            return patterns
        return [*patterns, (counts, pricing.floor(counts))]

    @property
    def size(self) -> int:
        """Number of patterns."""
        return sum(len(patterns) for patterns in self.patterns)

    def _build(self) -> Subproblem:
        """Return the program, costs reduced by the prices: what links days and people is free."""
        people, links = self.days.people, self.days.links
        prices = self.days.flat_prices(self.days.centre)
        rows, columns, counts, cost, day = [], [], [], [], []
        number, first = 0, 0
        for position, (patterns, group) in enumerate(
            zip(self.patterns, self.days.groups, strict=True)
        ):
            sizes = [kind.columns.shape[1] for kind in group.types]
            for chosen, floor in patterns:
                taken = group.taken(chosen)
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
        matrix = vstack(
            [
                hstack([people.matrix, csr_array((people.rows, number), dtype=np.int64)]),
                hstack([links, -taken_by.astype(np.int64)]),
                hstack([csr_array((each.shape[0], people.columns), dtype=np.int64), each]),
            ]
        )
        zeros, ones = np.zeros(first, dtype=np.int64), np.ones(each.shape[0], dtype=np.int64)
        reduced_costs = people.cost - links.T @ prices
        total = people.columns + number
        return Subproblem(
            matrix=csr_array(matrix.astype(np.int64)),
            row_lower=np.concatenate([people.row_lower, zeros, ones]),
            row_upper=np.concatenate([people.row_upper, zeros, ones]),
            lower=np.concatenate([people.lower, np.zeros(number, dtype=np.int64)]),
            upper=np.concatenate([people.upper, np.ones(number, dtype=np.int64)]),
            cost=np.concatenate([reduced_costs, np.array(cost, dtype=np.int64)]),
            continuous=np.zeros(total, dtype=np.bool_),
            column_ids=np.arange(total),
            row_ids=np.arange(people.rows + first + each.shape[0]),
        )

    def solve(
        self, budget: Budget, limits: Limits, seed: int
    ) -> tuple[Integers | None, int | None, bool]:
        """Search for a better roster.

        Returns
        -------
        (int64 array or None, int or None, bool)
            Values of the program with the decisions found, if they are others; a lower bound on
            every roster; and whether the search came to its end.
        """
        people = self.days.people
        found = solve_cpsat(self._program, budget, limits, hint=self._hint(), seed=seed)
        logger.debug("pattern program of %d: %s", self.size, found.status)
        # The roster to beat is among the solutions: "infeasible" would be an error, not a proof.
        ended, bound = found.status == "optimal", None
        if self.complete and found.bound is not None:
            # All other rosters cost at least as much as the known one.
            bound = min(found.bound + self.days.constant, self.objective)
        if found.values is None:
            return None, bound, ended
        decided = self.values.copy()
        decided[people.column_ids] = found.values[: people.columns]
        changed = not np.array_equal(decided, self.values)
        return (decided if changed else None), bound, ended

    def _hint(self) -> Integers:
        known = np.zeros(self.size, dtype=np.int64)
        starts = np.cumsum([0, *map(len, self.patterns)])[:-1]
        known[starts + self._chosen] = 1
        return np.concatenate([self.values[self.days.people.column_ids], known])


def _same(first: Counts, second: Counts) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))

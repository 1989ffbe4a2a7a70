"""The pattern program: rosters whose days are all among the good distributions.

With prices that prove a bound, a distribution whose reduced cost exceeds the gap is part of no
better roster. Where all others of every day can be listed, a search over them decides whether
there is a better roster at all (after Baldacci, Christofides and Mingozzi, 2008). Where they are
too many, the best of every day still make the search for better rosters an easy one.
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, hstack, vstack

from csshift.engine.budget import Budget
from csshift.engine.days.decomposition import DayDecomposition, Pattern
from csshift.engine.days.pricing import Counts
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.subproblem import Subproblem, shift_bounds
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
        self.patterns: list[list[Pattern]] = [[] for _ in days.groups]
        self._places: list[dict[bytes, int]] = [{} for _ in days.groups]
        for day, (found, _) in enumerate(listed):
            for counts, floor in found:
                self._enter(day, counts, floor)
        self.follow(values)

    def _near(self, slack: float, most: int) -> list[tuple[list[tuple[Counts, float]], bool]]:
        pairs = zip(self.days.pricing, self.days.centre, strict=True)
        return [pricing.near(prices, slack, most) for pricing, prices in pairs]

    def _enter(self, day: int, counts: Counts, floor: float) -> int:
        """Keep a distribution, or what its recourse costs by now; return its place."""
        key = b"".join(part.tobytes() for part in counts)
        patterns, places = self.patterns[day], self._places[day]
        place = places.setdefault(key, len(patterns))
        if place == len(patterns):
            taken = self.days.groups[day].taken(counts)
            patterns.append(Pattern(day, counts, floor, taken))
        else:
            patterns[place] = replace(patterns[place], floor=floor)
        return place

    def learn(self, values: Integers) -> list[int]:
        """Keep the distributions of a roster, and what they truly cost; return their places."""
        known = zip(self.days.counts_of(values), self.days.pricing, strict=True)
        return [
            self._enter(day, counts, pricing.floor(counts))
            for day, (counts, pricing) in enumerate(known)
        ]

    def follow(self, values: Integers) -> None:
        """Take another roster as the known one; its distributions are among the patterns then."""
        self.values = values
        self._chosen = self.learn(values)
        self._program = self._build()

    @property
    def size(self) -> int:
        """Number of patterns."""
        return sum(len(patterns) for patterns in self.patterns)

    def known_cost(self) -> int:
        """Return what the known roster costs by what is known of its days."""
        return int(self._program.cost @ self._hint()) + self.days.constant

    def _build(self) -> Subproblem:
        """Return the program, costs reduced by the prices: what links days and people is free."""
        people, links = self.days.people, self.days.links
        prices = self.days.flat_prices(self.days.centre)
        rows, columns, counts, cost, day = [], [], [], [], []
        number, first = 0, 0
        for patterns, group in zip(self.patterns, self.days.groups, strict=True):
            priced = sum(kind.columns.shape[1] for kind in group.types)
            for pattern in patterns:
                taken = pattern.taken
                used = np.flatnonzero(taken)
                rows.extend((first + used).tolist())
                columns.extend([number] * used.size)
                counts.extend(taken[used].tolist())
                own = int(taken @ prices[first : first + priced])
                cost.append(math.floor(pattern.floor) + own)
                day.append(pattern.day)
                number += 1
            first += priced
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
            Values of the program with the decisions found, if they seem to cost less; a lower bound
            on every roster; and whether the search came to its end.
        """
        found = solve_cpsat(self._program, budget, limits, hint=self._hint(), seed=seed)
        logger.debug("pattern program of %d: %s", self.size, found.status)
        # The roster to beat is among the solutions: "infeasible" would be an error, not a proof.
        ended, bound = found.status == "optimal", None
        if self.complete and found.bound is not None:
            # All other rosters cost at least as much as the known one.
            bound = min(found.bound + self.days.constant, self.objective)
        return self._decided(found.values), bound, ended

    def solve_days(
        self, budget: Budget, limits: Limits, seed: int, days: Integers
    ) -> tuple[Integers | None, bool]:
        """Search for a better roster that differs from the known one on some days alone.

        Parameters
        ----------
        days : int64 array
            Days of the program. Columns of no day may differ, too.

        Returns
        -------
        (int64 array or None, bool)
            Decisions as from `solve`, and whether the search came to its end.
        """
        people_day = self.days.people_day
        free = (people_day < 0) | np.isin(people_day, days)
        columns = np.flatnonzero(np.concatenate([free, self._free_patterns(free)]))
        known = self._hint()
        others = known.copy()
        others[columns] = 0
        program = self._program
        rows = np.unique(program.matrix[:, columns].tocoo().coords[0])
        settled = (program.matrix @ others)[rows]
        part = program.restrict(rows, columns)
        part = replace(
            part,
            row_lower=shift_bounds(part.row_lower, settled),
            row_upper=shift_bounds(part.row_upper, settled),
        ).without_redundant_rows()
        found = solve_cpsat(part, budget, limits, hint=known[columns], seed=seed)
        ended = found.status == "optimal"
        if found.values is None:
            return None, ended
        known[columns] = found.values
        return self._decided(known), ended

    def _free_patterns(self, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which patterns may change where some columns of people may."""
        sizes = [sum(kind.columns.shape[1] for kind in group.types) for group in self.days.groups]
        day = np.repeat(np.arange(len(sizes)), sizes)
        changing = np.zeros(len(sizes), dtype=np.bool_)
        changing[day[self.days.links @ free.astype(np.int64) > 0]] = True
        return np.repeat(changing, [len(patterns) for patterns in self.patterns])

    def _decided(self, found: Integers | None) -> Integers | None:
        """Return the program's values with the decisions found; None where they cost no less."""
        cost = self._program.cost
        if found is None or int(cost @ found) >= int(cost @ self._hint()):
            return None
        people = self.days.people
        decided = self.values.copy()
        decided[people.column_ids] = found[: people.columns]
        return decided

    def _hint(self) -> Integers:
        known = np.zeros(self.size, dtype=np.int64)
        starts = np.cumsum([0, *map(len, self.patterns)])[:-1]
        known[starts + self._chosen] = 1
        return np.concatenate([self.values[self.days.people.column_ids], known])

"""Pricing a day that has too many distributions to list: counts are searched, with cuts."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, vstack

from csshift.engine.benders.master import EpigraphProgram, epigraph_program, integer_bound
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.days.groups import DayGroup
from csshift.engine.days.pricing import Counts, DayPrice, DayPricing, Prices
from csshift.engine.generation_params import DayParams
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.lp import solve_simplex
from csshift.engine.solvers.scaling import scale
from csshift.engine.solvers.scip import solve_scip
from csshift.engine.subproblem import Solution, Subproblem, activity_bounds
from csshift.program import UNBOUNDED, Floats, Integers


class SearchedDay(DayPricing):
    """Prices a day by searching counts with CP-SAT, the recourse replaced by cuts."""

    def __init__(
        self, blocks: RecourseBlocks, group: DayGroup, budget: Budget, params: DayParams
    ) -> None:
        super().__init__(blocks, group, budget, params)
        self._sizes = [len(kind.options) for kind in group.types]
        links = np.hstack([kind.links for kind in group.types])
        self._links = links
        self._level, self._slope, self._block = self.known_cuts()
        self._base = self._counting(links)
        self._known: list[Integers] = []

    def _counting(self, links: Floats) -> Subproblem:
        """Return the program of all distributions that the bounds of the rows allow."""
        sizes = np.array([kind.size for kind in self.group.types], dtype=np.int64)
        upper = np.repeat(sizes, self._sizes)
        each = csr_array(
            (
                np.ones(upper.size, dtype=np.int64),
                np.arange(upper.size),
                np.cumsum([0, *self._sizes]),
            )
        )
        rows = csr_array(np.rint(links).astype(np.int64))
        floor, ceiling = (
            np.where(np.isfinite(side) & (np.abs(side) < UNBOUNDED / 2), side, sign * UNBOUNDED)
            for side, sign in ((self.group.lower, -1), (self.group.upper, 1))
        )
        return Subproblem(
            matrix=csr_array(vstack([each, rows])),
            row_lower=np.concatenate([sizes, floor.astype(np.int64)]),
            row_upper=np.concatenate([sizes, ceiling.astype(np.int64)]),
            lower=np.zeros_like(upper),
            upper=upper,
            cost=np.zeros_like(upper),
            continuous=np.zeros(upper.size, dtype=np.bool_),
            column_ids=np.arange(upper.size),
            row_ids=np.arange(sizes.size + rows.shape[0]),
        ).without_redundant_rows()

    def price(self, prices: Prices) -> DayPrice | None:
        """Find the best distributions; None where none is allowed or time was up."""
        cost = self._option_costs(prices)
        relaxed = self._learn_relaxed(cost)
        fresh: list[Integers] = []
        bound: int | None = None
        late = self.budget.elapsed + self.params.price_seconds
        for _ in range(self.params.evaluations):
            program = self._program(cost)
            found = self._search(program, cost)
            if found.bound is not None:
                proven = integer_bound(found.bound, program)
                bound = proven if bound is None else max(bound, proven)
            if found.values is None:
                break
            counts = found.values[: program.own]
            promised = self._floor(counts)
            fresh.append(counts)
            self._evaluate(counts)
            floor = self._floor(counts)
            total = abs(floor + float(cost @ counts)) + 1.0
            exact = floor - promised <= self.gap * total
            if bound is not None and (exact or self._is_after(late)):
                break
        if bound is None or not fresh:
            return None
        ends = np.cumsum(self._sizes)[:-1]
        patterns = [
            (tuple(np.split(counts, ends)), self._floor(counts))
            for counts in fresh[: -1 - self.params.patterns : -1]
        ]
        near = self._neighbours(fresh[-1], cost)
        floors = self._floors(near).tolist()
        split = (tuple(np.split(counts, ends)) for counts in near.T)
        rise = 0.0 if relaxed is None else bound - relaxed
        return DayPrice([*patterns, *zip(split, floors, strict=True)], bound, rise)

    def _is_after(self, seconds: float) -> bool:
        return not self.budget.reproducible and self.budget.elapsed > seconds

    def latest_floors(self, patterns: list[Counts]) -> Floats:
        """Return the lower bounds of some distributions that the cuts known by now prove."""
        return self._floors(np.stack([np.concatenate(counts) for counts in patterns], axis=1))

    def _neighbours(self, counts: Integers, cost: Integers) -> Integers:
        """Return the best distributions that differ in one agent, shape (options, found).

        They spare the master many prices of its own.
        """
        ends = np.cumsum(self._sizes)
        kind = np.searchsorted(ends, np.arange(counts.size), side="right")
        source, target = np.nonzero((kind[:, None] == kind[None]) & (counts > 0)[:, None])
        source, target = source[source != target], target[source != target]
        moved = np.repeat(counts[:, None], source.size, axis=1)
        np.subtract.at(moved, (source, np.arange(source.size)), 1)
        np.add.at(moved, (target, np.arange(source.size)), 1)
        base = self._base
        activity = base.matrix @ moved
        fits = np.all(
            (activity >= base.row_lower[:, None]) & (activity <= base.row_upper[:, None]), axis=0
        )
        moved = moved[:, fits]
        value = self._floors(moved) + cost @ moved
        return np.asarray(moved[:, np.argsort(value, kind="stable")[: self.params.neighbours]])

    def floor(self, counts: Counts) -> float:
        """Return a lower bound on the recourse of a distribution, after learning its cuts."""
        together = np.concatenate(counts)
        self._evaluate(together)
        return self._floor(together)

    def near(
        self, prices: Prices, slack: float, most: int
    ) -> tuple[list[tuple[Counts, float]], bool]:
        """Return known distributions that cost at most so much more than the best of them."""
        cost = self._option_costs(prices)
        ends = np.cumsum(self._sizes)[:-1]
        floors = [self._floor(counts) for counts in self._known]
        values = [
            floor + float(cost @ counts) for floor, counts in zip(floors, self._known, strict=True)
        ]
        order = [v for v in np.argsort(values)[:most] if values[v] <= min(values) + slack]
        return [(tuple(np.split(self._known[v], ends)), floors[v]) for v in order], False

    def _option_costs(self, prices: Prices) -> Integers:
        return np.concatenate(
            [kind.options @ price for kind, price in zip(self.group.types, prices, strict=True)]
        )

    def _evaluate(self, counts: Integers) -> None:
        """Learn the cuts of a distribution, once."""
        if any(np.array_equal(counts, known) for known in self._known):
            return
        self._known.append(counts)
        cuts = self.cuts_at(self._links @ counts)
        if cuts is not None:
            self._keep(*cuts)

    def _search(self, program: EpigraphProgram, cost: Integers) -> Solution:
        """Search with SCIP first, which finds quickly, then with CP-SAT, whose bounds are exact."""
        limits = Limits(self.params.day_seconds, gap=self.gap)
        if not self._known:
            return solve_scip(program.subproblem, self.budget, limits)
        best = min(self._known, key=lambda counts: self._floor(counts) + float(cost @ counts))
        start = program.epigraph_values(best)
        return solve_cpsat(program.subproblem, self.budget, limits, hint=start)

    def _learn_relaxed(self, cost: Integers) -> float | None:
        """Learn cuts at the relaxed counts until they promise little less than is true.

        (Kelley, 1960.) Linear programs take a hundredth of the time of a search. Return what the
        relaxation costs, about, if it was solved.
        """
        relaxed = None
        for _ in range(self.params.relaxed_evaluations):
            program = self._program(cost)
            scaled = scale(program.subproblem, relaxed=True)
            found = solve_simplex(scaled, self.budget)
            values = None if found is None else scaled.unscale_values(found.values)
            if values is None:
                return relaxed
            counts = values[: program.own]
            promised = self._floor(counts)
            relaxed = promised + float(cost @ counts)
            cuts = self.cuts_at(self._links @ counts)
            if cuts is None:
                return relaxed
            self._keep(*cuts)
            known = self._floor(counts)
            if known - promised <= self.gap * (abs(known + float(cost @ counts)) + 1.0):
                break
        return relaxed

    def _keep(self, level: Floats, slope: Floats) -> None:
        blocks = self.group.blocks.size
        first = max(0, self._level.size - (self.params.max_cuts - 1) * blocks)
        self._level = np.concatenate([self._level[first:], level])
        self._slope = np.vstack([self._slope[first:], slope])
        self._block = np.concatenate([self._block[first:], np.arange(blocks)])

    def _floor(self, counts: Integers | Floats) -> float:
        """Return the lower bound of the recourse that all cuts prove."""
        return float(self._floors(counts[:, None])[0])

    def _floors(self, counts: Integers | Floats) -> Floats:
        """Return the same for several distributions, shape (options, number)."""
        floor = np.repeat(self.minimum.astype(np.float64)[:, None], counts.shape[1], axis=1)
        cuts = self._level[:, None] - self._slope @ (self._links @ counts)
        np.maximum.at(floor, self._block, cuts)
        return np.asarray(floor.sum(axis=0))

    def _program(self, cost: Integers) -> EpigraphProgram:
        slope = csr_array(self._slope @ self._links)
        upper = self._base.upper.astype(np.float64)
        low, high = activity_bounds(slope, np.zeros_like(upper), upper)
        floor = self.minimum.astype(np.float64)
        np.maximum.at(floor, self._block, self._level - high)
        keep = self._level - low > floor[self._block]
        largest = max(np.abs(cost).max(initial=1), np.abs(self._level - low).max(initial=1.0))
        unit = float(largest) / self.params.resolution
        used = np.unique(self._block[keep])
        rest = np.delete(floor, used)
        return epigraph_program(
            self._base,
            csr_array(slope[np.flatnonzero(keep)]),
            self._level[keep],
            self._block[keep],
            floor,
            cost.astype(np.float64),
            float(rest.sum()),
            unit,
        )

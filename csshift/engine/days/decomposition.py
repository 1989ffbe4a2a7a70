"""Days apart from agents: a bound from whole people on each day and rules over the horizon.

The recourse of a day is a small integer program in how many agents of each type choose each
option; the agents' own rows are another program. Both have copies of the choices, linked by
prices (Lagrangian decomposition: Guignard and Kim, 1987). Any prices prove a bound: the least
cost of each day, plus the relaxation of the agents' rows, both in exact arithmetic. Prices come
from a master program over the distributions found so far, kept near the best ones by a box
around them (du Merle, Villeneuve, Desrosiers and Hansen, 1999).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.cuts.aggregation_cuts import AggregationCuts
from csshift.engine.days.groups import DayGroup, group_by_day
from csshift.engine.days.listing import ListedDay, bytes_listed
from csshift.engine.days.pricing import Counts, DayPrice, DayPricing, Prices
from csshift.engine.days.searching import SearchedDay
from csshift.engine.generation_params import DayParams
from csshift.engine.relaxation_params import CutParams
from csshift.engine.solvers.lp import relax, solve_simplex
from csshift.engine.solvers.scaling import infinite_bounds
from csshift.engine.structure import LinkingRows
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Floats, Integers, LinearProgram

logger = logging.getLogger(__name__)

SLACK = 1e-6
"""By how much agents and patterns may differ for the box to count as wide enough."""

LARGEST_PRICE = 1 << 50
"""Magnitude up to which sums of prices over the agents of a day fit into 64 bits."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """The columns that a distribution of one day takes, and the floor of its recourse."""

    day: int
    counts: Counts
    floor: float
    taken: Integers


@dataclass(frozen=True, eq=False)
class _Master:
    """Optimum of the master: what patterns and agents cost, and the values of their columns.

    Parameters
    ----------
    objective : float
    prices : float array, shape (prices,)
    slack : float
        By how much agents and patterns differ.
    people : float array, shape (people's columns,)
    """

    objective: float
    prices: Floats
    slack: float
    people: Floats


class DayDecomposition:
    """Raises the bound of a program step by step.

    Parameters
    ----------
    blocks : RecourseBlocks
    links : LinkingRows
    full : Subproblem
        The structure's full subproblem.
    duals : float array, shape (full.rows,)
        Of its relaxation.
    budget : Budget
    on_bound : callable
        Called with every better bound, the constant of the full subproblem included.
    params : DayParams
    known_bound : int or None
        The bound to raise; the more the first days promise to, the longer the others may take.
    cut_params : CutParams
        For cuts on the agents' own rows.
    """

    def __init__(
        self,
        blocks: RecourseBlocks,
        links: LinkingRows,
        full: Subproblem,
        duals: Floats,
        budget: Budget,
        on_bound: Callable[[int], None],
        params: DayParams = DayParams(),
        known_bound: int | None = None,
        cut_params: CutParams = CutParams(),
    ) -> None:
        self._known_bound = known_bound
        self.budget, self.params, self.on_bound = budget, params, on_bound
        self._full = full
        self.constant = blocks.structure.constant(full)
        self.groups: tuple[DayGroup, ...] = group_by_day(blocks.structure, links, full) or ()
        self.applies = self._fits()
        self.finished = not self.applies
        self.bound: int | None = None
        self.steps = 0
        self.patterns: list[Pattern] = []
        self._known: set[tuple[int, bytes]] = set()
        if not self.applies:
            return
        self.pricing = self._list_or_search(blocks)
        inside = np.concatenate([group.rows for group in self.groups])
        self.people = full.restrict(
            np.flatnonzero(~np.isin(full.row_ids, inside)),
            np.flatnonzero(blocks.structure.program.column_agent[full.column_ids] != NOBODY),
        )
        self.people_day = blocks.structure.program.column_day[self.people.column_ids]
        self._own_cuts = AggregationCuts(blocks.structure, self.people, cut_params)
        self._number_of_cuts = 0
        self._at = np.full(full.columns, -1, dtype=np.int64)
        self._at[np.searchsorted(full.column_ids, self.people.column_ids)] = np.arange(
            self.people.columns
        )
        self.centre = self._first_prices(duals)
        self._box = self.params.box
        self._idle = 0
        self._master: float | None = None
        self.moving = True
        """Whether the latest step changed master or bound by more than a little."""
        self.links = self._link_matrix()

    def _fits(self) -> bool:
        """Return whether there is anything to choose."""
        return any(group.types for group in self.groups)

    def _list_or_search(self, blocks: RecourseBlocks) -> list[DayPricing]:
        """Return what prices each day: lists as long as there is memory for them."""
        budget, params = self.budget, self.params
        found: list[DayPricing] = []
        held = 0
        for group in self.groups:
            needed = bytes_listed(group)
            if group.vectors == 1 or (
                group.vectors <= params.max_vectors and held + needed <= params.max_bytes
            ):
                found.append(ListedDay(blocks, group, budget, params))
                held += needed
            else:
                found.append(SearchedDay(blocks, group, budget, params))
        return found

    def _first_prices(self, duals: Floats) -> list[Prices]:
        """Return what the relaxation pays for each column in the rows of a day."""
        found = []
        for group in self.groups:
            position = np.searchsorted(self._full.row_ids, group.rows)
            paid = self._full.matrix[position].T @ duals[position]
            found.append(tuple(_rounded(paid[kind.columns[0]]) for kind in group.types))
        return found

    def _link_matrix(self) -> csr_array:
        """Return which columns of people each price concerns, shape (prices, people's columns).

        Prices are whole numbers on both sides, or what they prove would not be exact.
        """
        rows, columns, number = [], [], 0
        for group in self.groups:
            for kind in group.types:
                size, kinds = kind.columns.shape
                rows.append(np.tile(np.arange(number, number + kinds), size))
                columns.append(self._at[kind.columns].ravel())
                number += kinds
        row, column = np.concatenate(rows), np.concatenate(columns)
        return csr_array(
            coo_array(
                (np.ones(row.size, dtype=np.int64), (row, column)),
                shape=(number, self.people.columns),
            ).tocsr()
        )

    def step(self) -> None:
        """Choose prices, price every day and everybody, and keep what is learned."""
        self.steps += 1
        self.finished |= self.steps > self.params.max_steps
        if self.finished:
            return
        if self.bound is None:
            self._evaluate(self.centre)
            self.finished |= self.bound is None
            return
        solved = self._solve_master()
        for _ in range(self.params.own_cut_rounds):
            if solved is None or not self._cut_off(solved.people):
                break
            solved = self._solve_master()
        if solved is None:
            self.finished = True
            return
        bound, objective = self.bound, solved.objective
        before, self._master = self._master, objective
        self.moving = before is None or abs(before - objective) > self.params.close * abs(before)
        distance = (objective - bound) / max(abs(objective), 1.0)
        logger.debug(
            "days: master %g, bound %d, slack %g, box %g", objective, bound, solved.slack, self._box
        )
        if solved.slack <= SLACK and distance <= self.params.close:
            self.finished = True
            return
        for pricing in self.pricing:
            pricing.gap = max(self.params.day_gap, self.params.gap_share * distance)
        self._idle = 0 if self._evaluate(self._smoothed(solved.prices)) else self._idle + 1
        self._adapt_box(solved.slack, rises=self.bound > bound, near=distance <= self.params.near)
        self.moving |= self.bound - bound > self.params.close * abs(bound)
        if self._idle > self.params.idle_steps:
            self.finished = True

    def _smoothed(self, prices: Floats) -> list[Prices]:
        """Return prices between the best ones and those of the master."""
        weight = self.params.smoothing if not self._idle % 2 else 0.0
        flat = weight * self.flat_prices(self.centre) + (1 - weight) * prices
        return self._by_type(_rounded(flat))

    def _adapt_box(self, slack: float, *, rises: bool, near: bool) -> None:
        """Let the box grow where its edge holds prices back, and shrink where they lead nowhere."""
        widening = self.params.widening
        if slack > SLACK:
            self._box *= widening ** (rises + near)
        if not rises:
            self._box = max(self.params.box, self._box / widening)

    def learn(self, values: Integers) -> None:
        """Add the distributions of a solution of the program to the patterns."""
        if not self.applies:
            return
        for day, counts in enumerate(self.counts_of(values)):
            self._add(day, counts, self.pricing[day].floor(counts))

    def counts_of(self, values: Integers) -> list[Counts]:
        """Return the distribution of every day in a solution of the program."""
        chosen = values[self._full.column_ids]
        return [tuple(kind.counts_of(chosen) for kind in group.types) for group in self.groups]

    def _evaluate(self, prices: list[Prices]) -> bool:
        """Price days and people; return whether bound or patterns are new."""
        flat = self.flat_prices(prices)
        if np.abs(flat).max(initial=0) > LARGEST_PRICE:
            self.finished = True
            return False
        found: list[DayPrice] = []
        began = self.budget.elapsed
        for pricing, own in zip(self.pricing, prices, strict=True):
            priced = pricing.price(own)
            if priced is not None:
                found.append(priced)
            if priced is None or self._takes_too_long(began, found):
                self.finished = True
                return False
        helps = self._keep(found)
        cost = self.people.cost - self.links.T @ flat
        people = relax(
            replace(self.people, cost=cost),
            self.budget,
            self.budget.left,
            method="simplex",
        )
        if people is None:
            return helps
        bound = sum(priced.bound for priced in found) + people.bound + self.constant
        if self.bound is None or bound > self.bound:
            self.bound, self.centre, helps = bound, prices, True
            self.on_bound(bound)
        return helps

    def _takes_too_long(self, began: float, found: list[DayPrice]) -> bool:
        """Return whether the first prices, judged by the first days, are not worth their time."""
        params, budget = self.params, self.budget
        if self.bound is not None or budget.reproducible:
            return False
        factor = len(self.groups) / len(found)
        share = params.first_share
        if budget.workers > 1 and self._known_bound is not None:
            rise = factor * sum(priced.rise for priced in found)
            if rise > params.promising_rise * abs(self._known_bound):
                share = params.promising_share  # nobody waits for them
        return (budget.elapsed - began) * factor > share * budget.seconds

    def _keep(self, found: list[DayPrice]) -> bool:
        """Add patterns; return whether one is new."""
        fresh = [
            self._add(day, counts, floor)
            for day, priced in enumerate(found)
            for counts, floor in priced.patterns
        ]
        return any(fresh)

    def _add(self, day: int, counts: Counts, floor: float) -> bool:
        key = day, b"".join(part.tobytes() for part in counts)
        if key in self._known:
            return False
        self._known.add(key)
        self.patterns.append(Pattern(day, counts, floor, self.groups[day].taken(counts)))
        return True

    def _taken(self) -> csr_array:
        """Return how many agents have each column in each pattern, shape (prices, patterns)."""
        sizes = [sum(k.columns.shape[1] for k in group.types) for group in self.groups]
        first = np.cumsum([0, *sizes])
        rows = [first[p.day] + np.flatnonzero(p.taken) for p in self.patterns]
        columns = np.repeat(np.arange(len(rows)), [row.size for row in rows])
        values = np.concatenate([p.taken[p.taken != 0] for p in self.patterns]).astype(np.float64)
        shape = (int(first[-1]), len(rows))
        return csr_array(coo_array((values, (np.concatenate(rows), columns)), shape=shape).tocsr())

    @staticmethod
    def flat_prices(prices: list[Prices]) -> Integers:
        """Return the prices of all days, in the order of `links`."""
        return np.concatenate([own for day in prices for own in day])

    def _by_type(self, flat: Integers) -> list[Prices]:
        sizes = [kind.columns.shape[1] for group in self.groups for kind in group.types]
        parts = iter(np.split(flat, np.cumsum(sizes)[:-1]))
        return [tuple(next(parts) for _ in group.types) for group in self.groups]

    def _floors(self, days: Integers) -> Floats:
        """Return the lower bounds on the recourse of all patterns."""
        floors = np.array([pattern.floor for pattern in self.patterns])
        for day, pricing in enumerate(self.pricing):
            own = np.flatnonzero(days == day)
            latest = (
                pricing.latest_floors([self.patterns[p].counts for p in own]) if own.size else None
            )
            if latest is not None:
                floors[own] = np.maximum(floors[own], latest)
        return floors

    def _cut_off(self, values: Floats) -> bool:
        """Add cuts on the agents' own rows that some values violate; return whether there are any.

        The relaxation of these rows lets an agent work 5.5 shifts a week where hours allow that.
        """
        people = self.people
        cuts = self._own_cuts.separate(
            people, values, np.zeros(people.rows), lambda: self.budget.over
        )
        if cuts is None:
            return False
        self.people = cuts.added_to(people, self._number_of_cuts)
        self._number_of_cuts += cuts.lower.size
        return True

    def _solve_master(self) -> _Master | None:
        """Solve the master over the known patterns; None where nothing came out."""
        people, centre = self.people, self.flat_prices(self.centre).astype(np.float64)
        links = self.links.astype(np.float64)
        number, columns = links.shape
        chosen = self._taken()
        days = np.array([pattern.day for pattern in self.patterns])
        patterns = days.size
        delta = np.maximum(self._box * np.abs(centre), self._box * np.abs(centre).mean())
        lower, upper = infinite_bounds(people.row_lower, people.row_upper)
        one = csr_array(np.eye(number))
        convex = csr_array(
            (np.ones(patterns), (days, np.arange(patterns))), shape=(len(self.groups), patterns)
        )
        span = np.maximum(people.upper - people.lower, 1).astype(np.float64)
        row_unit = np.maximum(abs(people.matrix).max(axis=1).toarray().ravel(), 1).astype(float)
        own = csr_array(people.matrix.multiply(span[None]).multiply(1 / row_unit[:, None]))
        matrix = vstack(
            [
                hstack([own, csr_array((people.rows, patterns + 2 * number))]),
                hstack([links, -chosen, one, -one]),
                hstack(
                    [
                        csr_array((len(self.groups), columns)),
                        convex,
                        csr_array((len(self.groups), 2 * number)),
                    ]
                ),
            ]
        )
        floors = self._floors(days)
        cost = np.concatenate([people.cost * span, floors, centre + delta, delta - centre])
        unit = max(float(np.abs(cost).max(initial=0.0)), 1.0)
        ones, zeros = np.ones(len(self.groups)), np.zeros(number)
        program = LinearProgram(
            matrix=csr_array(matrix),
            row_lower=np.concatenate([lower / row_unit, zeros, ones]),
            row_upper=np.concatenate([upper / row_unit, zeros, ones]),
            lower=np.concatenate([people.lower / span, np.zeros(patterns + 2 * number)]),
            upper=np.concatenate([people.upper / span, np.full(patterns + 2 * number, np.inf)]),
            cost=cost / unit,
            continuous=np.ones(cost.size, dtype=np.bool_),
        )
        found = solve_simplex(program, self.budget)
        if found is None or not found.optimal:
            return None
        slack = float(found.values[columns + patterns :].sum())
        return _Master(
            objective=found.objective * unit + self.constant,
            prices=found.duals[people.rows : people.rows + number] * unit,
            slack=slack,
            people=found.values[:columns] * span,
        )


def _rounded(prices: Floats) -> Integers:
    """Return prices in whole units of cost, those beyond 64 bits as too large to be used."""
    most = 2.0 * LARGEST_PRICE
    return np.rint(np.clip(np.nan_to_num(prices), -most, most)).astype(np.int64)

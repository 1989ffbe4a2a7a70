"""Pricing a day by listing all of its distributions.

The types of a day are put on two sides, and a distribution is a pair of joint distributions of
the sides. A block's cuts see only what its own rows get, which few distributions tell apart: what
they prove is kept for each pair of distinct supplies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.days.groups import DayGroup, DayType
from csshift.engine.days.pricing import Counts, DayPrice, DayPricing, Prices
from csshift.engine.generation_params import DayParams
from csshift.program import Floats, Integers

ROUNDING = 1e-13
"""Bound on the relative error of a sum in double precision."""

SINGLE = 2.0**-20
"""Bound on the relative error of a sum of three numbers in single precision."""

CHUNK = 1 << 17
"""Distributions that are looked at together, about: few enough for the processor's cache."""

BATCH = 1024
"""Distributions of which values are brought up to date together."""

SETTLED_SHARE = 0.01
"""Share of the distributions that must be looked at again for new sums to be worth their time."""

Paid = tuple[Floats, Floats]
"""By side: what its joint distributions pay."""


class _Side:
    """Some types of a day, and all joint distributions of their agents.

    Parameters
    ----------
    types : sequence of DayType
    rows : int
        Rows of the day.
    """

    def __init__(self, types: Sequence[DayType], rows: int) -> None:
        self.types = types
        self._rows = rows
        self._counts = [kind.counts() for kind in types]
        self._shape = tuple(len(counts) for counts in self._counts)
        self.size = math.prod(self._shape)

    def supplied(self, rows: Integers) -> Floats:
        """Return what each joint distribution gives to some rows, shape (size, rows)."""
        found = np.zeros((1, rows.size))
        for counts, kind in zip(self._counts, self.types, strict=True):
            supply = counts @ kind.links[rows].T
            found = (found[:, None] + supply[None]).reshape(-1, rows.size)
        return found

    def range(self) -> tuple[Floats, Floats]:
        """Return the least and the most that a joint distribution gives to each row."""
        least = most = np.zeros(self._rows)
        for kind in self.types:
            least = least + kind.size * kind.links.min(axis=1, initial=math.inf)
            most = most + kind.size * kind.links.max(axis=1, initial=-math.inf)
        return least, most

    def paid(self, prices: Sequence[Integers]) -> Floats:
        """Return what each joint distribution pays."""
        terms = [
            (counts @ (kind.options @ price)).astype(np.float64)
            for counts, kind, price in zip(self._counts, self.types, prices, strict=True)
        ]
        return reduce(lambda total, term: np.add.outer(total, term).ravel(), terms, np.zeros(1))

    def at(self, place: int) -> Counts:
        """Return a joint distribution by type."""
        places = np.unravel_index(place, self._shape) if self._shape else ()
        return tuple(counts[p] for counts, p in zip(self._counts, places, strict=True))

    def place_of(self, counts: Counts) -> int:
        """Return the place of a joint distribution."""
        places = [
            int(np.flatnonzero(np.all(known == chosen, axis=1))[0])
            for known, chosen in zip(self._counts, counts, strict=True)
        ]
        return int(np.ravel_multi_index(places, self._shape)) if places else 0


class _Floor:
    """What is known of the recourse of one block, for every pair of supplies of its rows."""

    def __init__(self, rows: Integers, sides: Sequence[_Side], least: float) -> None:
        self.rows = rows
        found = [np.unique(side.supplied(rows), axis=0, return_inverse=True) for side in sides]
        self._supplies = [supplies for supplies, _ in found]
        self._places = [places.ravel() for _, places in found]
        self._value = np.full([len(supplies) for supplies in self._supplies], least)
        self.largest = abs(least)
        """Magnitude of what was added up."""

    def learn(self, level: float, slope: Floats) -> bool:
        """Raise the floor by a cut; return whether it rises anywhere."""
        first, second = (supplies @ slope for supplies in self._supplies)
        found = (level - first)[:, None] - second
        terms = sum(
            float((np.abs(supplies) @ np.abs(slope)).max(initial=0.0))
            for supplies in self._supplies
        )
        self.largest = max(self.largest, abs(level) + terms)
        rises = bool((found > self._value).any())
        np.maximum(self._value, found, out=self._value)
        return rises

    def at(self, first: Integers, second: Integers) -> Floats:
        """Return the floor of some pairs."""
        return np.asarray(self._value[self._places[0][first], self._places[1][second]])

    def of_all(self, first: slice) -> Floats:
        """Return the floor of pairs with every distribution of the second side."""
        return np.take(self._value[self._places[0][first]], self._places[1], axis=1)


class ListedDay(DayPricing):
    """Prices a day by listing its distributions.

    Parameters
    ----------
    blocks, group, budget, params
        As for `DayPricing`.
    """

    def __init__(
        self, blocks: RecourseBlocks, group: DayGroup, budget: Budget, params: DayParams
    ) -> None:
        super().__init__(blocks, group, budget, params)
        self._number = _first_types(group)
        self._first, self._second = sides = (
            _Side(group.types[: self._number], group.rows.size),
            _Side(group.types[self._number :], group.rows.size),
        )
        block_of_rows = self.block_of_rows()
        self._floors = [
            _Floor(self.place[block_of_rows == position], sides, float(least))
            for position, least in enumerate(self.minimum)
        ]
        self._stale = False
        """Whether a floor has risen since all pairs were added up."""
        self._raise(*self.known_cuts())
        self._forbidden = self._forbidden_pairs()
        least = np.nextafter(np.float32(self.minimum.sum()), np.float32(-np.inf))
        self._total = np.full((self._first.size, self._second.size), least)
        """What was known of every pair when it was added up last, rounded down."""
        if self._forbidden is not None:
            self._total[self._forbidden] = np.inf
        self._known: list[int] = []

    def _forbidden_pairs(self) -> NDArray[np.bool_] | None:
        """Return which pairs the bounds of some row forbid, None if there are none."""
        (least, most), (others_least, others_most) = self._first.range(), self._second.range()
        lower, upper = self.group.lower, self.group.upper
        rows = np.flatnonzero((least + others_least < lower) | (most + others_most > upper))
        if not rows.size:
            return None
        found: NDArray[np.bool_] = np.zeros((self._first.size, self._second.size), np.bool_)
        first, second = (side.supplied(rows).T for side in (self._first, self._second))
        for place, row in enumerate(rows):
            for chunk in self._chunks():
                supplied = np.add.outer(first[place, chunk], second[place])
                found[chunk] |= (supplied < lower[row]) | (supplied > upper[row])
        return found

    def price(self, prices: Prices) -> DayPrice | None:
        """Find the best distributions; None where none is allowed or time was up."""
        if self.budget.over:
            return None
        paid = self._paid(prices)
        if not self._known:
            self._settle()
            first = self._least(paid)
            if first is None:
                return None
            self._learn(first)
        # Floors only rise: what is above a known value will never be the least one.
        known = np.array(self._known)
        values = self._values(paid, known)
        patterns = [int(known[np.argmin(values)])]
        open_ = self._below(paid, float(values.min()))
        values = self._values(paid, open_)
        for evaluations in range(1, self.params.evaluations + 1):
            least = self._least_of(paid, open_, values)
            best = int(open_[least])
            last = evaluations == self.params.evaluations or self.budget.over
            if best in self._known or last:
                break
            self._learn(best)
            patterns.append(best)
            near = values <= self._values(paid, np.array(patterns)).min()
            open_, values = open_[near], values[near]
        found = np.array(list(dict.fromkeys([best, *reversed(patterns[-self.params.patterns :])])))
        return DayPrice(
            self._with_floors(found),
            math.floor(float(values[least]) - self._rounding(paid)) - 1,
        )

    def _least_of(self, paid: Paid, open_: Integers, values: Floats) -> int:
        """Return the place of the least pair; bring up to date only the values that may be it."""
        while True:
            first = np.arange(values.size)
            rest = math.inf
            if values.size > BATCH:
                order = np.argpartition(values, BATCH)
                first, rest = order[:BATCH], float(values[order[BATCH]])
            values[first] = self._values(paid, open_[first])
            least = int(first[np.argmin(values[first])])
            if values[least] <= rest:
                return least

    def near(
        self, prices: Prices, slack: float, most: int
    ) -> tuple[list[tuple[Counts, float]], bool]:
        """Return distributions that cost at most so much more than the best one."""
        paid = self._paid(prices)
        # What is rounded must not leave out a distribution.
        slack += 2 * self._rounding(paid) + 2.0
        open_ = self._below(paid, float(self._values(paid, np.array(self._known)).min()) + slack)
        values = self._values(paid, open_)
        near = values <= values.min() + slack
        open_, values = open_[near], values[near]
        complete = open_.size <= most
        if not complete:
            open_ = open_[np.argpartition(values, most)[:most]]
        return self._with_floors(open_), complete

    def floor(self, counts: Counts) -> float:
        """Return a lower bound on the recourse of a distribution, after learning its cuts."""
        first = self._first.place_of(counts[: self._number])
        pair = first * self._second.size + self._second.place_of(counts[self._number :])
        if pair not in self._known:
            self._learn(pair)
        return float(self._floors_of(np.array([pair]))[0])

    def _paid(self, prices: Prices) -> Paid:
        number = self._number
        return self._first.paid(prices[:number]), self._second.paid(prices[number:])

    def _rounding(self, paid: Paid) -> float:
        """Return by how much rounding can change a sum of floors and prices, at most."""
        terms = sum(float(np.abs(part).max(initial=0.0)) for part in paid)
        terms += sum(floor.largest for floor in self._floors)
        return ROUNDING * (len(self._floors) + 4) * terms

    def _counts(self, pair: int) -> Counts:
        first, second = divmod(pair, self._second.size)
        return *self._first.at(first), *self._second.at(second)

    def _with_floors(self, pairs: Integers) -> list[tuple[Counts, float]]:
        floors = self._floors_of(pairs).tolist()
        return [(self._counts(pair), f) for pair, f in zip(pairs.tolist(), floors, strict=True)]

    def _floors_of(self, pairs: Integers) -> Floats:
        """Return the floors of some distributions, by all that was learned."""
        first, second = np.divmod(pairs, self._second.size)
        return sum((floor.at(first, second) for floor in self._floors), np.zeros(pairs.size))

    def _values(self, paid: Paid, pairs: Integers) -> Floats:
        """Return the floors and prices of some distributions."""
        first, second = np.divmod(pairs, self._second.size)
        return np.asarray(paid[0][first] + paid[1][second] + self._floors_of(pairs))

    def _learn(self, pair: int) -> None:
        """Evaluate a distribution and raise the floors by its cuts."""
        if self._total.flat[pair] < np.inf:  # what is forbidden is no ceiling
            self._known.append(pair)
        supplied = np.zeros(self.group.rows.size)
        for counts, kind in zip(self._counts(pair), self.group.types, strict=True):
            supplied += kind.links @ counts
        cuts = self.cuts_at(supplied)
        if cuts is not None:
            self._raise(*cuts, np.arange(len(self._floors)))

    def _raise(self, level: Floats, slope: Floats, block: Integers) -> None:
        for place, b in enumerate(block.tolist()):
            floor = self._floors[b]
            self._stale |= floor.learn(float(level[place]), slope[place, floor.rows])

    def _chunks(self) -> Iterator[slice]:
        """Yield some distributions of the first side at a time."""
        step = max(1, CHUNK // max(1, self._second.size))
        for first in range(0, self._first.size if self._second.size else 0, step):
            yield slice(first, min(first + step, self._first.size))

    def _settle(self) -> None:
        """Add up the floors of all pairs, as long as there is time."""
        for chunk in self._chunks():
            if self.budget.over:
                return
            none = np.zeros((chunk.stop - chunk.start, self._second.size))
            total = sum((floor.of_all(chunk) for floor in self._floors), none)
            self._total[chunk] = np.nextafter(total.astype(np.float32), np.float32(-np.inf))
            if self._forbidden is not None:
                self._total[chunk][self._forbidden[chunk]] = np.inf
        self._stale = False

    def _least(self, paid: Paid) -> int | None:
        """Return the pair whose sum is least by what is added up, None if all are forbidden."""
        best, least = None, math.inf
        for chunk in self._chunks():
            values = self._total[chunk] + paid[0][chunk, None] + paid[1]
            place = int(np.argmin(values))
            if values.flat[place] < least:
                best, least = chunk.start * self._second.size + place, values.flat[place]
        return best

    def _below(self, paid: Paid, ceiling: float) -> Integers:
        """Return the pairs that may be at most the ceiling."""
        found = self._scan(paid, ceiling)
        if self._stale and found.size > SETTLED_SHARE * self._total.size:
            self._settle()
            found = self._scan(paid, ceiling)
        return found

    def _scan(self, paid: Paid, ceiling: float) -> Integers:
        size = sum(float(np.abs(part).max()) for part in paid) + abs(ceiling)
        size += sum(floor.largest for floor in self._floors)
        most = (ceiling + SINGLE * size - paid[0]).astype(np.float32)[:, None]
        second = paid[1].astype(np.float32)
        found = [
            np.flatnonzero(self._total[chunk] + second <= most[chunk])
            + chunk.start * self._second.size
            for chunk in self._chunks()
        ]
        return np.concatenate(found)


def bytes_listed(group: DayGroup) -> int:
    """Return the memory that a listed day takes, about."""
    counts = sum(kind.compositions * len(kind.options) for kind in group.types)
    return 4 * group.vectors + 8 * counts


def _first_types(group: DayGroup) -> int:
    """Return how many types go to the first side, so that both sides have about the same size."""
    sizes = np.array([1, *(kind.compositions for kind in group.types)], dtype=np.float64)
    first = np.cumsum(np.log(np.maximum(sizes, 1.0)))
    return int(np.argmin(np.abs(first - first[-1] / 2)))

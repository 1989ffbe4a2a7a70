"""Prices as integer costs: exact, or refused where 64 bits cannot hold their sums."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np

from csshift.program.linear_program import Integers

LARGEST_OBJECTIVE = 1 << 61
"""Integer units that the objective stays below, so that sums of costs never leave 64 bits.

CP-SAT refuses objectives from 2^62 on, and proximity costs are added to the costs.
"""


@dataclass(frozen=True)
class Price:
    """What the charges of one source come to, in points.

    Parameters
    ----------
    source : str
        The input fields that the price comes from.
    step : Fraction
        All its amounts are multiples of this.
    most : Fraction
        Upper limit of its sum over all columns.
    """

    source: str
    step: Fraction
    most: Fraction


class CostRangeError(Exception):
    """Prices are too far apart: no integer unit holds the finest and the sum of all.

    Parameters
    ----------
    dearest : Price
        The source with the largest sum.
    finest : Price
        The source whose steps make the unit so small; may be the dearest.
    step : Fraction
        Steps in which both would have to be counted.
    """

    def __init__(self, dearest: Price, finest: Price, step: Fraction) -> None:
        self.dearest = dearest
        self.finest = finest
        self.step = step
        super().__init__(f"{dearest} and {finest} are too far apart")


@dataclass(frozen=True, eq=False)
class _Charge:
    columns: Integers
    amounts: Integers
    unit: Fraction
    source: str

    @property
    def step(self) -> Fraction:
        """The largest common divisor of what is charged, in points."""
        return abs(self.unit) * int(np.gcd.reduce(self.amounts))


class Costs:
    """Collects what columns cost, as multiples of exact units."""

    def __init__(self) -> None:
        self._charges: list[_Charge] = []
        self._reserved: list[Price] = []

    def charge(self, columns: Integers, amounts: Integers, unit: Fraction, source: str) -> None:
        """Add `amounts` times `unit` points to the cost of columns."""
        self._charges.append(_Charge(columns, amounts, unit, source))

    def reserve(self, points: Fraction, source: str) -> None:
        """Keep room for so many points beyond what the columns can cost."""
        self._reserved.append(Price(source, Fraction(0), points))

    def scaled(self, largest: Integers, offset: Fraction) -> tuple[Integers, int, int]:
        """Return integer costs, offset and scale (units a point), without a common divisor.

        Parameters
        ----------
        largest : int64 array, shape (columns,)
            Largest magnitude of each column.
        offset : Fraction
            Points that are due whatever the columns are.

        Raises
        ------
        CostRangeError
            When the sum of all costs could reach `LARGEST_OBJECTIVE`.
        """
        charges = [
            (charge, float(np.abs(charge.amounts).astype(np.float64) @ largest[charge.columns]))
            for charge in self._charges
        ]
        charges = [(charge, total) for charge, total in charges if total]
        scale = lcm(offset.denominator, *(charge.step.denominator for charge, _ in charges))
        prices = [
            Price(charge.source, charge.step, Fraction(total) * abs(charge.unit))
            for charge, total in charges
        ]
        # The offset is not a source: whoever adds to it charges a column with the same price.
        most = abs(offset) + sum(price.most for price in (*prices, *self._reserved))
        if most * scale >= LARGEST_OBJECTIVE:
            raise _range_error(prices, self._reserved)
        costs = np.zeros(largest.size, dtype=np.int64)
        for charge, _ in charges:
            used = largest[charge.columns] > 0  # no matter what a column costs that is always 0
            divisor = int(np.gcd.reduce(charge.amounts))
            factor = int(charge.unit * divisor * scale)
            np.add.at(costs, charge.columns[used], charge.amounts[used] // divisor * factor)
        constant = int(offset * scale)
        common = gcd(scale, constant, int(np.gcd.reduce(costs)))
        return costs // common, constant // common, scale // common


def _range_error(prices: list[Price], reserved: list[Price]) -> CostRangeError:
    """Return the error that names the dearest source, and the one with the finest steps."""
    total: dict[str, Fraction] = {}
    steps: dict[str, Fraction] = {}
    for price in (*prices, *reserved):
        total[price.source] = total.get(price.source, Fraction(0)) + price.most
    for price in prices:
        known = steps.get(price.source, price.step)
        steps[price.source] = _common_step(known, price.step)

    def together(source: str) -> Fraction:
        """Return the steps in which the dearest and this source could be counted together."""
        return _common_step(steps.get(dearest, steps[source]), steps[source])

    dearest = max(total, key=lambda source: total[source])
    alone = steps.get(dearest)
    finest = min(steps, key=together)
    if alone is not None and total[dearest] / alone >= LARGEST_OBJECTIVE:
        finest = dearest
    return CostRangeError(
        Price(dearest, steps.get(dearest, Fraction(0)), total[dearest]),
        Price(finest, steps[finest], total[finest]),
        together(finest),
    )


def _common_step(one: Fraction, other: Fraction) -> Fraction:
    """Return the largest number of which both are multiples."""
    return Fraction(
        gcd(one.numerator * other.denominator, other.numerator * one.denominator),
        one.denominator * other.denominator,
    )

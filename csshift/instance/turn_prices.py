"""What duty turns cost by their distance from the number that an agent should come near to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from csshift.model.weights import Weights

OUTSIDE_UNITS = 1000
"""Parts of the price of the first turn outside of the band in which prices are counted."""

GROWTH = OUTSIDE_UNITS // 4
"""What far turns cost more than the first one, in the same parts."""

INSIDE_UNITS = 40
"""Parts in which the price of a turn inside the band is counted; it is half of them at most."""

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class TurnPrices:
    """Points that turns cost by their distance from the number to come near to.

    The band of an agent reaches from that number rounded down to that number rounded up. A turn
    outside of it costs `outside` points, the second a little more, and so on, always less than
    five quarters of it as long as nobody is a hundred turns away. Inside, the nearer count is
    cheaper by less than `inside` points. So the cost of a count is strictly convex.

    Parameters
    ----------
    outside : Fraction
        Points of the first turn outside of the band.
    inside : Fraction
        Points by which two counts inside of a band differ, at most twice.
    """

    outside: Fraction
    inside: Fraction

    @classmethod
    def of(cls, weights: Weights) -> TurnPrices:
        """Return the prices that weights come to.

        A turn inside of the band is worth less than half an hour of surplus: no shift is
        worked for it.
        """
        outside = Fraction(weights.duty_fairness)
        return cls(outside, min(outside, Fraction(weights.surplus)) / 2)

    @property
    def outside_unit(self) -> Fraction:
        """Points in a unit of what `turn_units` counts outside of the band."""
        return self.outside / OUTSIDE_UNITS

    @property
    def inside_unit(self) -> Fraction:
        """Points in a unit of what `turn_units` counts inside of the band."""
        return self.inside / INSIDE_UNITS

    def turn(self, target: Fraction, held: int) -> Fraction:
        """Return the points that one more turn costs beyond `held`; negative below the band."""
        outside, inside = turn_units(target, held)
        return outside * self.outside_unit + inside * self.inside_unit

    def count(self, target: Fraction, held: int) -> Fraction:
        """Return the points of holding some turns; 0 for the nearest count."""
        best = nearest_count(target)
        points = sum(
            (self.turn(target, n) for n in range(min(best, held), max(best, held))), Fraction(0)
        )
        return points if held > best else -points


def nearest_count(target: Fraction) -> int:
    """Return the number of turns that costs nothing: the one nearest to the target."""
    return ceil(target - HALF)


def turn_units(target: Fraction, held: int) -> tuple[int, int]:
    """Return the price of one more turn beyond `held`, in units outside and inside the band.

    One of the two is 0. The price rises with each turn.
    """
    low, high = floor(target), ceil(target)
    if held >= high:
        return _outside(held - high + 1), 0
    if held < low:
        return -_outside(low - held), 0
    return 0, int(INSIDE_UNITS * (held + HALF - target))


def _outside(turn: int) -> int:
    """Return the price of the first, second, ... turn outside of the band."""
    # Halving ends at 0; from there on, each turn costs one unit more.
    return OUTSIDE_UNITS + GROWTH - (GROWTH >> turn - 1) + max(0, turn - GROWTH.bit_length() - 1)

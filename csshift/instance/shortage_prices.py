"""What missing heads cost: the price of a cell rises with the part of its heads that is missing.

A queue with several heads is served late when one is missing, and not at all when all are. Heads
for an answer in time are more than those that the inquiries keep busy. The last of them, without
which some inquiries could not be taken whatever the wait, are the unattended heads: they cost
the full price, of which `weights.unattended` adds what the price of the cell leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from operator import mul

import numpy as np
from numpy.typing import NDArray

from csshift.instance.requirements import PRICE_PARTS, SupplyAndDemand

STEPS = 3
"""Steps in which the price of a missing head rises."""


@dataclass(frozen=True, eq=False)
class ShortagePrices:
    """The prices of missing heads, by step and cell; a later step is never cheaper.

    Parameters
    ----------
    upper : int array, shape (STEPS, cells)
        Units of supply that can be missing in a step; together the heads of the cell.
    shortage, deep, unattended : int array, shape (STEPS, cells)
        `PRICE_PARTS` of `weights.shortage`, of `weights.deep_shortage` and of
        `weights.unattended` that a head costs.
    """

    upper: NDArray[np.int64]
    shortage: NDArray[np.int64]
    deep: NDArray[np.int64]
    unattended: NDArray[np.int64]

    def missing_heads(self, cell: int, missing: int) -> tuple[int, int, int]:
        """Return how much is paid for in a cell: units of supply times `PRICE_PARTS`.

        Parameters
        ----------
        cell : int
            Position in the requirements.
        missing : int
            Units of supply.

        Returns
        -------
        tuple of (int, int, int)
            At the price of `weights.shortage`, of `deep_shortage` and of `unattended`.
        """
        units = []
        for upper in self.upper[:, cell].tolist():
            units.append(min(missing, upper))
            missing -= units[-1]
        return (
            sum(map(mul, units, self.shortage[:, cell].tolist())),
            sum(map(mul, units, self.deep[:, cell].tolist())),
            sum(map(mul, units, self.unattended[:, cell].tolist())),
        )


def shortage_prices(instance: SupplyAndDemand) -> ShortagePrices:
    """Return the prices of missing heads.

    Beyond `deep_shortage_share` of its heads, a cell costs `deep_shortage` more, in proportion
    to its price. The last heads, those that the inquiries would keep busy, cost `unattended`
    more, in proportion to what its price lacks of the full one.

    Parameters
    ----------
    instance : SupplyAndDemand
    """
    demand, price = instance.demand, instance.demand.price
    heads = instance.quantities.heads(demand.heads)
    share = Fraction(instance.weights.deep_shortage_share)
    deep_from = np.array([int(share * units) for units in heads.tolist()], dtype=np.int64)
    deep_from = np.minimum(deep_from, heads)
    unattended_from = heads - heads * demand.busy // PRICE_PARTS
    first, second = np.minimum(deep_from, unattended_from), np.maximum(deep_from, unattended_from)
    none, lacking = np.zeros_like(price), PRICE_PARTS - price
    deep_later = unattended_from < deep_from
    return ShortagePrices(
        upper=np.array([first, second - first, heads - second]),
        shortage=np.array([price] * STEPS),
        deep=np.array([none, np.where(deep_later, none, price), price]),
        unattended=np.array([none, np.where(deep_later, lacking, none), lacking]),
    )

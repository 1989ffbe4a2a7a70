"""What missing heads cost: the price of a cell rises with the part of its heads that is missing.

A queue with several heads is served late when one is missing, and not at all when all are. Heads
for an answer in time are more than those that the inquiries keep busy. The last of them, without
which some inquiries could not be taken whatever the wait, therefore have the full price; the
others have the price of the cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

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
    shortage, deep : int array, shape (STEPS, cells)
        `PRICE_PARTS` of `weights.shortage` and of `weights.deep_shortage` that a head costs.
    """

    upper: NDArray[np.int64]
    shortage: NDArray[np.int64]
    deep: NDArray[np.int64]

    def steps(self, cell: int, missing: int) -> Iterator[tuple[int, int, int]]:
        """Yield the units missing in each step of a cell, and the parts of both prices.

        Parameters
        ----------
        cell : int
            Position in the requirements.
        missing : int
            Units of supply.
        """
        for step in range(STEPS):
            units = min(missing, int(self.upper[step, cell]))
            missing -= units
            yield units, int(self.shortage[step, cell]), int(self.deep[step, cell])


def shortage_prices(instance: SupplyAndDemand) -> ShortagePrices:
    """Return the prices of missing heads.

    Beyond `deep_shortage_share` of its heads, a cell costs `deep_shortage` more, in proportion
    to its price. The last heads, those that the inquiries would keep busy, cost the full price.

    Parameters
    ----------
    instance : SupplyAndDemand
    """
    demand, price = instance.demand, instance.demand.price
    heads = instance.quantities.heads(demand.heads)
    share = Fraction(instance.weights.deep_shortage_share)
    deep_from = np.array([int(share * units) for units in heads.tolist()], dtype=np.int64)
    deep_from = np.minimum(deep_from, heads)
    full_from = heads - heads * demand.busy // PRICE_PARTS
    first, second = np.minimum(deep_from, full_from), np.maximum(deep_from, full_from)
    full = np.full_like(price, PRICE_PARTS)
    return ShortagePrices(
        upper=np.array([first, second - first, heads - second]),
        shortage=np.array([price, np.where(full_from < deep_from, full, price), full]),
        deep=np.array([0 * price, np.where(full_from < deep_from, 0, price), price]),
    )

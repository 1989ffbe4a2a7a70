"""Column generation: whole schedules of owners, mixed so that the linking rows hold.

The bound is that of a relaxation in which every owner's own rows hold exactly, so it is far
above the linear one where those rows matter. Duals are smoothed towards the best known ones
(Wentges, 1997), for those of a restricted master swing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.master import Master, Mixture
from csshift.engine.parts import Parts
from csshift.engine.pricing import Priced, Pricing, Proof

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CENTRE = 0.7
"""Weight of the best known duals against those of the master."""

CLOSE = 2e-4
"""Relative distance of master and bound at which the columns are good enough."""

IDLE_ROUNDS = 25
SETTLED = 5e-4
"""Generation ends when neither master nor bound moved by this share in so many rounds."""

MOST_ROUNDS = 500
PRICING_SECONDS = 5.0
"""Limit of pricing one owner."""


@dataclass(eq=False)
class Generation:
    """Generates schedules for the parts of a piece.

    Parameters
    ----------
    parts : Parts
    control : Control
    duals : float array, shape (linking rows,)
        Where to start: those of the linear relaxation.
    on_bound : callable or None
        Hears of every better bound of the piece.
    """

    parts: Parts
    control: Control
    duals: Floats
    on_bound: Callable[[int], None] | None = None

    def __post_init__(self) -> None:
        self.pricing = Pricing(self.parts, self.control)
        self.master = Master(self.parts)
        self.proof: Proof | None = None
        self.mixture: Mixture | None = None

    @property
    def bound(self) -> int | None:
        """The best proven bound of the piece."""
        return None if self.proof is None else self.proof.bound

    def add(self, values: Integers) -> None:
        """Add the schedules of a solution of the piece."""
        for number, part in enumerate(self.parts.parts):
            self.master.add(number, values[part.columns])

    def start(self) -> None:
        """Price for the first time, at the duals given."""
        self._price(self.duals)

    def run(self, until: float, rounds: int = MOST_ROUNDS) -> bool:
        """Generate until the mixture is as good as proven, settled, or `until` seconds.

        Parameters
        ----------
        until : float
        rounds : int
            Rounds of pricing at most.

        Returns
        -------
        bool
            Whether there is a mixture.
        """
        progress = Progress(IDLE_ROUNDS, SETTLED)
        mispriced = False
        for _ in range(rounds):
            if self.control.over or self.control.elapsed >= until:
                break
            mixture = self.master.solve(self.control)
            if mixture is None:
                break
            self.master.trim(mixture)
            self.mixture = mixture
            if self._close(mixture) or progress.idle(mixture.objective, self.bound):
                break
            # Duals of the master alone once the smoothed ones found nothing new.
            centre = 0.0 if mispriced else CENTRE
            helped = self._price(centre * self.duals + (1 - centre) * mixture.duals)
            if mispriced and not helped:
                break
            mispriced = not helped
        return self.mixture is not None

    def _close(self, mixture: Mixture) -> bool:
        """Return whether the mixture is proven to be nearly the best."""
        if self.bound is None:
            return False
        return mixture.objective - self.bound <= CLOSE * abs(mixture.objective)

    def _price(self, duals: Floats) -> bool:
        """Price at these duals; keep what is found; return whether it can help."""
        priced = self.pricing.price(duals, PRICING_SECONDS)
        helps = self._keep(priced)
        proof = priced.proof
        if proof is not None and (self.bound is None or proof.bound > self.bound):
            self.proof, self.duals = proof, duals
            if self.on_bound is not None:
                self.on_bound(proof.bound)
            helps = True
        return helps

    def _keep(self, priced: Priced) -> bool:
        """Add schedules; return whether one of them improves the mixture."""
        helps = self.mixture is None
        for number, values in priced.schedules.items():
            if self.mixture is not None:
                noise = 1e-7 * (1 + abs(self.mixture.convexity[number]))
                helps |= self.master.reduced_cost(number, values, self.mixture) < -noise
            self.master.add(number, values)
        return helps


class Progress:
    """Tells when neither master nor bound has moved for a while.

    Parameters
    ----------
    rounds : int
        Rounds in a row that may go by so.
    share : float
        What counts as a move, relative to the master.
    """

    def __init__(self, rounds: int, share: float) -> None:
        self._patience, self._share = rounds, share
        self._rounds = 0
        self._master, self._bound = np.inf, -np.inf

    def idle(self, master: float, bound: int | None = None) -> bool:
        """Note a round; return whether it is time to end."""
        step = self._share * abs(master)
        known = -np.inf if bound is None else float(bound)
        if master < self._master - step or known > self._bound + step:
            self._master, self._bound, self._rounds = master, known, 0
            return False
        self._rounds += 1
        return self._rounds > self._patience

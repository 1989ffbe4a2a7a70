"""Choosing among operators that gain at different rates, and sizes that take different times.

(Selection by decayed gain follows Ropke and Pisinger, 2006.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csshift.engine.params import LnsParams


@dataclass
class Arm:
    """What one operator has gained so far.

    Parameters
    ----------
    decay : float
        Weight of the past.
    rate : float
        Gain a second.
    seconds : float
        What a step takes.
    tried : bool
        Whether it was selected before.
    """

    decay: float = LnsParams().decay
    rate: float = 0.0
    seconds: float = 0.0
    tried: bool = False

    def record(self, gain: float, seconds: float) -> None:
        """Record a gain and the time that it took."""
        rate = gain / max(seconds, 0.05)
        self.rate = self.decay * self.rate + (1 - self.decay) * rate if self.tried else rate
        past = self.decay if self.seconds else 0.0
        self.seconds = past * self.seconds + (1 - past) * seconds
        self.tried = True


def select(arms: Sequence[Arm], rng: np.random.Generator, floor: float) -> int:
    """Return the position of one arm: an untried one first, then by gain a second.

    No arm is selected with less than `floor` of an even chance, but for rounding to a sum of 1 and
    for arms that take longer than the mean: these have that part of the time, not of the turns.
    """
    for position, arm in enumerate(arms):
        if not arm.tried:
            arm.tried = True  # or every thread would begin with this one
            return position
    even = 1 / len(arms)
    rates = np.array([arm.rate for arm in arms])
    weights = rates / rates.sum() if rates.sum() > 0 else np.full(rates.size, even)
    seconds = np.array([arm.seconds for arm in arms])
    slow = np.maximum(1.0, seconds / max(seconds.mean(), 1e-9))
    weights = np.maximum(weights, floor * even / slow)
    return int(rng.choice(rates.size, p=weights / weights.sum()))


@dataclass
class NeighbourhoodSize:
    """How much to free at once, in agents times horizon.

    Parameters
    ----------
    largest, smallest : float
        Limits.
    """

    largest: float
    value: float = 1.0
    smallest: float = LnsParams().min_size

    def adapt(self, seconds: float, target: float, *, proved: bool, gained: bool) -> None:
        """Adapt after one step that should have taken `target` seconds."""
        if not proved:
            self.scale(0.8 if gained else 0.5)
        elif seconds < target / 8:
            self.scale(2.0)
        elif seconds < target / 4:
            self.scale(1.4)
        elif seconds < target / 2:
            self.scale(1.2)
        elif seconds > target:
            self.scale(0.95)

    def scale(self, factor: float) -> None:
        """Multiply the size within its limits."""
        self.value = min(max(self.smallest, factor * self.value), self.largest)


class Intensity:
    """The factor of effort: it grows while little is gained, and shrinks otherwise."""

    def __init__(self, params: LnsParams) -> None:
        self.value = 1.0
        self._params = params
        self._patience = params.patience

    def adapt(self, gain: float, distance: float) -> bool:
        """Adapt to the gain of a step; return whether the effort was raised.

        Parameters
        ----------
        gain, distance : float
            Gain of the step, and what the bound leaves to be gained.
        """
        params = self._params
        if gain > params.little_gain * distance:
            self.value = max(1.0, self.value / params.growth)
            self._patience = params.patience
            return False
        self._patience -= 1
        if self._patience > 0:
            return False
        self.value = min(params.max_growth, self.value * params.growth)
        self._patience = params.patience
        return True

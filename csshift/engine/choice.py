"""Choosing among ways that earn at different rates, and among sizes that take different times.

(The choice by decayed gain follows Ropke and Pisinger, 2006.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DECAY = 0.9
FLOOR = 0.42
"""Least probability of an alternative, relative to an even chance."""

LEAST_SIZE = 0.25


@dataclass
class Alternative:
    """What one of several ways has earned so far."""

    rate: float = 0.0
    tried: bool = False

    def earn(self, gain: float, seconds: float) -> None:
        """Note a gain and the time that it took."""
        rate = gain / max(seconds, 0.05)
        self.rate = DECAY * self.rate + (1 - DECAY) * rate if self.tried else rate
        self.tried = True


def choose(
    alternatives: Sequence[Alternative], random: np.random.Generator, floor: float = FLOOR
) -> int:
    """Return the position of one: an untried one first, then by what they earn.

    None is chosen with less than `floor` of an even chance, but for rounding to a sum of 1.
    """
    for position, alternative in enumerate(alternatives):
        if not alternative.tried:
            alternative.tried = True  # or every thread would begin with this one
            return position
    even = 1 / len(alternatives)
    rates = np.array([alternative.rate for alternative in alternatives])
    chances = rates / rates.sum() if rates.sum() > 0 else np.full(rates.size, even)
    chances = np.maximum(chances, floor * even)
    return int(random.choice(rates.size, p=chances / chances.sum()))


@dataclass
class Size:
    """How much to free at once, from a part of one owner's worth to `largest`."""

    largest: float
    value: float = 1.0

    def learn(self, seconds: float, aim: float, *, proved: bool, gained: bool) -> None:
        """Adapt after one step that should have taken `aim` seconds."""
        if not proved:
            self.scale(0.8 if gained else 0.5)
        elif seconds < aim / 8:
            self.scale(2.0)
        elif seconds < aim / 4:
            self.scale(1.4)
        elif seconds < aim / 2:
            self.scale(1.2)
        elif seconds > aim:
            self.scale(0.95)

    def scale(self, factor: float) -> None:
        """Change it within its limits."""
        self.value = min(max(LEAST_SIZE, factor * self.value), self.largest)

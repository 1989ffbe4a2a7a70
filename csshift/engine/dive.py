"""Diving with re-pricing: from mixed schedules to one schedule for every owner.

Owners whose mixture leans on one schedule are fixed to it, the others are priced anew for what
is left, and so on; the last few are left to an exact search. (Restricting a search to the
schedules at hand finds little: see Joncour, Michel, Sadykov, Sverdlov and Vanderbeck, 2010.)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from csshift.engine.columns import PRICING_SECONDS, Generation, Progress
from csshift.engine.master import Mixture

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAN = 0.85
"""Weight of a schedule from which on it is fixed."""

LIKELY = 0.5
"""Weight from which on a schedule is fixed as long as the steps before did no harm."""

HARMLESS = 0.0003
"""Relative rise of the master up to which a step did no harm."""

LARGEST_STEP = 0.25
"""Share of the free owners that are fixed at most in one step."""

GAIN = 1e-4
"""Relative fall of the master that counts as one."""


@dataclass(frozen=True)
class Care:
    """How much time a dive takes for each step.

    Parameters
    ----------
    rise : float
        Relative rise of the master for which another round of pricing is worth its time.
    rounds, idle_rounds : int
        Rounds of pricing after a step at most, and those in a row that may gain nothing.
    leave : int
        Owners to leave free.
    """

    rise: float
    rounds: int
    idle_rounds: int
    leave: int


QUICK = Care(rise=0.0015, rounds=4, idle_rounds=4, leave=4)
THOROUGH = Care(rise=0.0005, rounds=30, idle_rounds=5, leave=8)
"""What the first steps lose for want of schedules that fit, the last ones pay many times over."""


@dataclass(frozen=True, eq=False)
class Landing:
    """Where a dive ended.

    Parameters
    ----------
    values : int64 array, shape (columns of the piece,)
        Every owner's schedule; those of the free ones are the likeliest. Other columns are 0.
    free : list of int
        Owners who were not fixed.
    """

    values: Integers
    free: list[int]


@dataclass(eq=False)
class Dive:
    """One dive.

    Parameters
    ----------
    generation : Generation
        Has generated; its schedules grow along the way.
    random : numpy.random.Generator
    noise : float
        Standard deviation of what is added to the weights: 0 for the first dive.
    care : Care
    fixed : mapping of int to int64 array
        Parts that are decided from the start, with their schedules.
    """

    generation: Generation
    random: np.random.Generator
    noise: float = 0.0
    care: Care = QUICK
    fixed: dict[int, Integers] = field(default_factory=dict)
    _bold: int = 1

    def run(self, until: float) -> Landing | None:
        """Fix owners until few are left; None when the time was up or a dead end was met."""
        generation = self.generation
        mixture = generation.mixture
        if self.fixed and mixture is not None:
            mixture = self._price_again(mixture.objective)
        number = len(generation.parts.parts)
        while mixture is not None and number - len(self.fixed) > self.care.leave:
            if generation.control.over or generation.control.elapsed > until:
                return None
            before = mixture.objective
            self._fix(mixture)
            mixture = self._price_again(before)
            if mixture is not None:
                harmless = mixture.objective <= before + HARMLESS * abs(before)
                self._bold = 2 * self._bold if harmless else max(1, self._bold // 2)
        return None if mixture is None else self._landing(mixture)

    def _fix(self, mixture: Mixture) -> None:
        """Fix the owners whose mixtures lean the most."""
        free = [k for k in range(len(mixture.weights)) if k not in self.fixed]
        noisy = {k: mixture.weights[k] + self._noise(mixture.weights[k]) for k in free}
        order = sorted(free, key=lambda k: -float(noisy[k].max()))
        most = max(1, min(int(LARGEST_STEP * len(free)), len(free) - self.care.leave))
        for place, k in enumerate(order[:most]):
            least = LIKELY if place < self._bold else LEAN
            if place and noisy[k].max() < least:
                break
            schedules = self.generation.master.schedules(k)
            self.fixed[k] = schedules[int(noisy[k].argmax())]

    def _noise(self, weights: Floats) -> Floats:
        if not self.noise:
            return np.zeros_like(weights)
        return self.random.normal(0.0, self.noise, weights.size) * (weights > 1e-6)

    def _price_again(self, before: float) -> Mixture | None:
        """Return the mixture for what is left, with schedules priced for it."""
        generation = self.generation
        master, control = generation.master, generation.control
        mixture = master.solve(control, self.fixed)
        progress = Progress(self.care.idle_rounds, GAIN)
        for _ in range(self.care.rounds):
            if mixture is None or control.over or progress.idle(mixture.objective):
                return mixture
            free = [k for k in range(len(mixture.weights)) if k not in self.fixed]
            priced = generation.pricing.price(mixture.duals, PRICING_SECONDS, free)
            fresh = [master.add(k, values) for k, values in priced.schedules.items()]
            if any(fresh):
                mixture = master.solve(control, self.fixed)
            if (
                mixture is None
                or mixture.objective <= before * (1 + self.care.rise)
                or not any(fresh)
            ):
                return mixture
        return mixture

    def _landing(self, mixture: Mixture) -> Landing:
        generation = self.generation
        values = np.zeros(generation.parts.piece.columns.size, dtype=np.int64)
        free = []
        for k, part in enumerate(generation.parts.parts):
            if k in self.fixed:
                values[part.columns] = self.fixed[k]
                continue
            free.append(part.owner)
            schedules = generation.master.schedules(k)
            values[part.columns] = schedules[int(mixture.weights[k].argmax())]
        return Landing(values, free)

"""Large-neighbourhood search: free some decisions, solve their piece exactly, repeat.

(Shaw, 1998; the choice among neighbourhoods by decayed gain follows Ropke and Pisinger, 2006.)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.engine.control import Control
from csshift.engine.exact import Effort, solve_piece
from csshift.engine.incumbent import Incumbent
from csshift.engine.neighbourhoods import NEIGHBOURHOODS, Neighbourhood, View
from csshift.engine.settle import settle
from csshift.engine.structure import Structure
from csshift.program import NOBODY

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

AIM_SECONDS = 1.5
LIMIT_SECONDS = 4.0
DECAY = 0.9
FLOOR = 0.08
"""Least probability of a kind of neighbourhood, relative to an even chance."""


@dataclass
class _Kind:
    """State of one kind of neighbourhood."""

    name: str
    pick: Neighbourhood
    size: float
    gain_rate: float = 0.0
    tried: int = 0

    def learn(self, gain: float, seconds: float, proved: bool) -> None:
        """Adapt size and expected gain after one step."""
        rate = gain / max(seconds, 0.05)
        self.gain_rate = rate if self.tried == 0 else DECAY * self.gain_rate + (1 - DECAY) * rate
        self.tried += 1
        if not proved:
            self.size *= 0.8
        elif seconds < AIM_SECONDS / 2:
            self.size *= 1.2
        elif seconds > AIM_SECONDS:
            self.size *= 0.95
        self.size = max(1.0, self.size)


class Improvement:
    """Improves the incumbent of a program until it is done.

    Parameters
    ----------
    structure : Structure
    incumbent : Incumbent
        Holds a feasible solution.
    control : Control
    guide : float array, shape (program.columns,), or None
        Values of the relaxation.
    neighbourhoods : mapping
        Kinds to choose from.
    """

    def __init__(
        self,
        structure: Structure,
        incumbent: Incumbent,
        control: Control,
        guide: Floats | None = None,
        neighbourhoods: Mapping[str, Neighbourhood] = NEIGHBOURHOODS,
    ) -> None:
        self.structure = structure
        self.incumbent = incumbent
        self.control = control
        self.guide = guide
        owners = max(1, structure.owners.size)
        self._days = int(structure.program.column_day.max(initial=0)) + 1
        self._kinds = [
            _Kind(name, pick, size=max(1.0, min(3.0, owners)))
            for name, pick in neighbourhoods.items()
        ]
        self._lock = threading.Lock()

    def run(self, workers: int, until: float | None = None) -> None:
        """Improve with several threads until the incumbent is done or `until` seconds passed."""
        limit = self.control.seconds if until is None else until
        if workers <= 1:
            self._work(0, limit)
            return
        with ThreadPoolExecutor(workers) as pool:
            for task in [pool.submit(self._work, number, limit) for number in range(workers)]:
                task.result()

    def _work(self, number: int, limit: float) -> None:
        random = np.random.default_rng((self.control.seed, number))
        while not self.incumbent.done and self.control.elapsed < limit:
            self._step(random, limit)

    def _step(self, random: np.random.Generator, limit: float) -> None:
        values = self.incumbent.values
        if values is None:
            return
        kind = self._choose(random)
        view = View(self.structure, values, self.guide, self._days)
        decisions = kind.pick(view, random, kind.size)
        if decisions.size == 0:
            kind.size *= 1.2
            return
        started = time.monotonic()
        piece = self.structure.cutter.cut(self.structure.free_with(decisions), values)
        seconds = min(LIMIT_SECONDS, limit - self.control.elapsed)
        deterministic = LIMIT_SECONDS if self.control.reproducible else None
        outcome = solve_piece(
            piece,
            self.control,
            Effort(seconds, deterministic=deterministic),
            hint=values[piece.columns],
            seed=int(random.integers(1 << 30)),
        )
        gain = 0.0
        if outcome.values is not None:
            gain = self._merge(values, piece.columns, outcome.values, kind.name)
        spent = time.monotonic() - started
        with self._lock:
            kind.learn(gain, spent, outcome.status == "optimal")

    def _choose(self, random: np.random.Generator) -> _Kind:
        with self._lock:
            untried = [kind for kind in self._kinds if kind.tried == 0]
            if untried:
                untried[0].tried = 1
                return untried[0]
            rates = np.array([kind.gain_rate for kind in self._kinds])
        even = 1 / rates.size
        chances = rates / rates.sum() if rates.sum() > 0 else np.full(rates.size, even)
        chances = np.maximum(chances, FLOOR)
        return self._kinds[random.choice(rates.size, p=chances / chances.sum())]

    def _merge(self, base: Integers, columns: Integers, found: Integers, stage: str) -> float:
        """Put what a piece found onto the incumbent, which may have moved on meanwhile."""
        changed = columns[found != base[columns]]
        if changed.size == 0:
            return 0.0
        with self._lock:
            latest, before = self.incumbent.values, self.incumbent.objective
            if latest is None or before is None:
                return 0.0
            merged = latest.copy()
            merged[columns] = found
            if latest is not base:
                settled = self._reconcile(base, latest, merged, changed)
                if settled is None:
                    return 0.0
                merged = settled
            if self.incumbent.offer(merged, stage):
                return float(before - self.program_objective(merged))
            if self.program_objective(merged) == before and self.structure.program.holds(merged):
                self.incumbent.move(merged)
            return 0.0

    def program_objective(self, values: Integers) -> int:
        """Return the objective of values, integer units."""
        return self.structure.program.objective(values)

    def _reconcile(
        self, base: Integers, latest: Integers, merged: Integers, changed: Integers
    ) -> Integers | None:
        """Combine two changes of the same base: decisions of both, consequences worked out."""
        owner = self.structure.program.column_owner
        others = np.flatnonzero(latest != base)
        ours = changed[owner[changed] != NOBODY]
        combined = latest.copy()
        combined[ours] = merged[ours]
        blocks = np.intersect1d(
            self.structure.blocks_of(ours),
            self.structure.blocks_of(others[owner[others] != NOBODY]),
        )
        alone = np.setdiff1d(self.structure.blocks_of(ours), blocks)
        own = self.structure.columns_of_blocks(alone)
        combined[own] = merged[own]
        if blocks.size == 0:
            return combined
        return settle(self.structure, combined, blocks, self.control, seconds=2.0)

"""Large-neighbourhood search: free some decisions, solve their piece exactly, repeat.

(Shaw, 1998; the choice among neighbourhoods by decayed gain follows Ropke and Pisinger, 2006.)
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.exact import Effort
from csshift.engine.incumbent import Incumbent
from csshift.engine.links import Links
from csshift.engine.neighbourhoods import NEIGHBOURHOODS, Neighbourhood, View
from csshift.engine.reduced import Reduced

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

AIM_SECONDS = 0.5
LIMIT_SECONDS = 1.2
PATIENCE = 24
"""Steps without a gain after which larger pieces are tried."""

GROWTH = 1.3
MOST_GROWTH = 10.0
"""Factors of aim and limit: by how much they grow each time, and at most."""

ROUNDS = 3
PIECE_GAP = 1e-3
STEPS_A_SECOND = 0.5
"""Steps of a reproducible search for each second of its limit: few enough to get them all done."""

LEAST_SIZE = 0.25
DECAY = 0.9
FLOOR = 0.06
"""Least probability of a kind of neighbourhood, relative to an even chance."""


@dataclass
class _Kind:
    """State of one kind of neighbourhood."""

    name: str
    pick: Neighbourhood
    size: float
    largest: float
    gain_rate: float = 0.0
    tried: int = 0

    def learn(self, gain: float, seconds: float, proved: bool, aim: float) -> None:
        """Adapt size and expected gain after one step that should have taken `aim` seconds."""
        rate = gain / max(seconds, 0.05)
        self.gain_rate = rate if self.tried == 0 else DECAY * self.gain_rate + (1 - DECAY) * rate
        self.tried += 1
        if not proved:
            self.resize(0.8)
        elif seconds < aim / 8:
            self.resize(2.0)
        elif seconds < aim / 4:
            self.resize(1.4)
        elif seconds < aim / 2:
            self.resize(1.2)
        elif seconds > aim:
            self.resize(0.95)

    def resize(self, factor: float) -> None:
        """Change the size, from a part of one owner's worth to more than everything."""
        self.size = min(max(LEAST_SIZE, factor * self.size), self.largest)


class Improvement:
    """Improves the incumbent of a program until it is done.

    Parameters
    ----------
    blocks : Blocks
        Consequences as functions of the decisions.
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
        blocks: Blocks,
        incumbent: Incumbent,
        control: Control,
        guide: Floats | None = None,
        neighbourhoods: Mapping[str, Neighbourhood] = NEIGHBOURHOODS,
    ) -> None:
        self.blocks = blocks
        self.structure = structure = blocks.structure
        self.links = Links(structure)
        self.incumbent = incumbent
        self.control = control
        self.guide = guide
        owners = max(1, structure.owners.size)
        self._days = int(structure.program.column_day.max(initial=0)) + 1
        self._kinds = [
            _Kind(name, pick, size=1.0, largest=2.0 * owners)
            for name, pick in neighbourhoods.items()
        ]
        self._lock = threading.Lock()
        self._randoms: dict[int, np.random.Generator] = {}
        self._patience = PATIENCE
        self._growth = 1.0
        self._most_steps: float = math.inf
        if control.reproducible:
            self._most_steps = max(1, round(STEPS_A_SECOND * control.seconds))

    def run(
        self, workers: int, until_event: threading.Event | None = None, until: float = math.inf
    ) -> None:
        """Improve with several threads until done, the event is set, or `until` seconds."""
        over = until_event or threading.Event()
        if workers <= 1:
            self._work(0, over, until)
            return
        with ThreadPoolExecutor(workers) as pool:
            tasks = [pool.submit(self._work, number, over, until) for number in range(workers)]
            try:
                for task in tasks:
                    task.result()
            except BaseException:
                self.control.stop()  # else leaving the pool would wait for the others
                raise

    def _work(self, number: int, over: threading.Event, until: float) -> None:
        # Kept from run to run, or each would begin with the choices of the one before.
        fresh = np.random.default_rng((self.control.seed, number))
        random = self._randoms.setdefault(number, fresh)
        steps = 0
        while not self.incumbent.done and not over.is_set() and steps < self._most_steps:
            if self.control.elapsed >= until:
                return
            self._step(random)
            steps += 1

    def _step(self, random: np.random.Generator) -> None:
        values = self.incumbent.values
        if values is None:
            return
        kind = self._choose(random)
        view = View(self.structure, values, self.guide, self._days)
        decisions = kind.pick(view, random, kind.size)
        if decisions.size == 0:
            kind.resize(1.2)
            return
        started = time.monotonic()
        gain, proved = self._search(kind, decisions, values, random)
        spent = time.monotonic() - started
        if self.control.reproducible:
            spent = AIM_SECONDS * self._growth * (1 if proved else 2)  # the clock does not repeat
        with self._lock:
            kind.learn(gain, spent, proved, AIM_SECONDS * self._growth)
            self._adapt(gain)

    def _adapt(self, gain: float) -> None:
        """Let pieces grow while nothing is gained, and shrink when something is."""
        if gain > 0:
            self._growth = max(1.0, self._growth / GROWTH)
            self._patience = PATIENCE
            return
        self._patience -= 1
        if self._patience <= 0:
            self._growth = min(MOST_GROWTH, self._growth * GROWTH)
            self._patience = PATIENCE
            for kind in self._kinds:  # what paid so far no longer does
                kind.gain_rate = 0.0

    def _search(
        self,
        kind: _Kind,
        decisions: Integers,
        values: Integers,
        random: np.random.Generator,
    ) -> tuple[float, bool]:
        """Search one neighbourhood, adding cuts as long as they mislead; return gain, proof."""
        gain = 0.0
        limit = LIMIT_SECONDS * self._growth
        deterministic = limit if self.control.reproducible else None
        until = self.control.elapsed + limit
        reduced = Reduced(self.blocks, self.links, decisions, values)
        for _ in range(ROUNDS):
            seconds = (
                self.control.left if self.control.reproducible else until - self.control.elapsed
            )
            effort = Effort(seconds, deterministic=deterministic, gap=PIECE_GAP)
            seed = int(random.integers(1 << 30))
            mixed = reduced.touched.size > 0  # see `csshift.engine.mixed`
            step = reduced.solve(self.control, effort, seed, mixed=mixed)
            if step.values is None or not step.promising:
                return gain, step.status == "optimal"
            gain += self._merge(values, reduced.piece.columns, step.values, kind.name)
            if step.status != "optimal" or self.control.over:
                return gain, False
        return gain, True

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
        trial = base.copy()
        trial[columns] = found
        touched = self.structure.blocks_of(changed)
        trial_settled = self.blocks.evaluate(touched, trial, self.control)
        if trial_settled is None:
            return 0.0
        with self._lock:
            latest, before = self.incumbent.values, self.incumbent.objective
            if latest is None or before is None:
                return 0.0
            if latest is not base:
                combined = latest.copy()
                combined[changed] = trial[changed]
                again = self.blocks.evaluate(touched, combined, self.control)
                if again is None:
                    return 0.0
                trial_settled = again
            after = self.structure.program.objective(trial_settled)
            if self.incumbent.offer(trial_settled, stage):
                return float(before - after)
            if after == before and self.structure.program.holds(trial_settled):
                self.incumbent.move(trial_settled)
            return 0.0

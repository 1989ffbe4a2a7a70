"""Decomposition by person as a stage of the search: generate, dive, finish exactly.

On the whole program it also proves a bound. Where one round of pricing is too dear, for a long
horizon, it works on windows of days while the rest stays as it is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from csshift.engine.blocks import Blocks
from csshift.engine.columns import Generation
from csshift.engine.control import Control
from csshift.engine.dive import QUICK, THOROUGH, Care, Dive, Landing
from csshift.engine.exact import Effort
from csshift.engine.incumbent import Incumbent
from csshift.engine.links import Links
from csshift.engine.losses import Losses
from csshift.engine.parts import take_apart
from csshift.engine.piece import Piece
from csshift.engine.reduced import Reduced
from csshift.engine.relax import relax
from csshift.program import NOBODY

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FINISH_SECONDS = 8.0
"""Limit of the exact search for the last owners of a dive."""

FRESH = 6
"""Every so many dives one decides for everybody again."""

FREED = (0.25, 0.6)
"""Share of the owners for whom the other dives decide."""

NOISE = 0.12
"""Standard deviation of the noise on weights in every dive after the first."""

SHORTEST, LONGEST = 10.0, 25.0
"""Seconds that one window should take."""

GENERATING = 0.6
"""Part of that for generating columns."""

FIRST_LENGTH, LEAST_LENGTH = 28.0, 7.0
"""Days of a window."""


class Decomposition:
    """Generates columns for a piece, and dives.

    Parameters
    ----------
    blocks : Blocks
    links : Links
    piece : Piece
        Decisions of several owners, with consequences that are direct blocks only.
    duals : float array, shape (rows of the piece,)
        Of its linear relaxation.
    control : Control
    on_bound : callable or None
        Hears of every proven bound of the piece.
    """

    def __init__(
        self,
        blocks: Blocks,
        links: Links,
        piece: Piece,
        duals: Floats,
        control: Control,
        on_bound: Callable[[int], None] | None = None,
    ) -> None:
        self.blocks = blocks
        self.links = links
        self.piece = piece
        self.control = control
        owner = blocks.structure.program.column_agent[piece.columns]
        parts = take_apart(piece, owner)
        self.generation = Generation(parts, control, duals[parts.linking], on_bound)
        self.dives = 0

    def start(self, values: Integers | None) -> float:
        """Price once, with the schedules of a known solution at hand; return the seconds."""
        if values is not None:
            self.generation.add(values[self.piece.columns])
        began = time.monotonic()
        self.generation.start()
        return time.monotonic() - began

    def step(self, incumbent: Incumbent, random: np.random.Generator) -> None:
        """Dive once around the best solution."""
        if incumbent.values is None:
            return
        care = QUICK if self.dives % FRESH else THOROUGH
        found = self.dive(incumbent.values, random, math.inf, care)
        if found is not None:
            incumbent.offer(found, "dive")

    def dive(
        self, values: Integers, random: np.random.Generator, until: float, care: Care = QUICK
    ) -> Integers | None:
        """Return decisions found by a dive, put onto `values`; None where it led nowhere.

        The first dive decides for everybody. Later ones keep most owners as in `values`, the
        rather the closer they are to the mixture, and dive for the others with some noise.
        """
        fixed = self._kept(values, random) if self.dives % FRESH else {}
        noise = NOISE if self.dives else 0.0
        self.dives += 1
        landing = Dive(self.generation, random, noise, care, fixed).run(until)
        return None if landing is None else self._finish(values, landing)

    def _kept(self, values: Integers, random: np.random.Generator) -> dict[int, Integers]:
        """Return the owners that keep their schedules, by number of their part."""
        known, guide = values[self.piece.columns], self.guide()
        parts = self.generation.parts.parts
        if guide is None:
            return {}
        odds = np.array([np.abs(guide - known)[part.columns].sum() for part in parts]) + 0.5
        count = round(len(parts) * random.uniform(*FREED))
        free = random.choice(len(parts), max(1, count), replace=False, p=odds / odds.sum())
        kept = set(range(len(parts))) - set(free.tolist())
        self.generation.add(values[self.piece.columns])
        return {number: known[parts[number].columns] for number in kept}

    def guide(self) -> Floats | None:
        """Return the mixed values of the piece's columns."""
        generation = self.generation
        if generation.mixture is None:
            return None
        return generation.master.guide(generation.mixture)

    def losses(self) -> Losses | None:
        """Return where solutions of the program lose against the bound that is proven."""
        generation = self.generation
        if generation.proof is None:
            return None
        parts = generation.parts
        duals = np.zeros(self.piece.rows.size)
        duals[parts.linking] = generation.proof.duals
        owners = [part.owner for part in parts.parts]
        least = dict(zip(owners, generation.proof.least.tolist(), strict=True))
        return Losses(self.blocks.structure.program, self.piece, duals, least)

    def _finish(self, values: Integers, landing: Landing) -> Integers | None:
        """Search the free owners exactly."""
        structure = self.blocks.structure
        owned = structure.program.column_agent[self.piece.columns] != NOBODY
        landed = values.copy()
        landed[self.piece.columns[owned]] = landing.values[owned]
        settled = self.blocks.evaluate(np.arange(structure.blocks), landed, self.control)
        start = landed if settled is None else settled
        free = np.isin(structure.program.column_agent[self.piece.columns], landing.free)
        reduced = Reduced(self.blocks, self.links, self.piece.columns[free], start)
        effort = Effort(FINISH_SECONDS, workers=self.control.workers)
        step = reduced.solve(self.control, effort, self.control.seed)
        if step.values is None:
            return settled
        start = start.copy()
        start[reduced.piece.columns] = step.values
        return self.blocks.evaluate(np.arange(structure.blocks), start, self.control)


class Windows:
    """Decomposes windows of days, one after the other, around the incumbent.

    Parameters
    ----------
    blocks : Blocks
    links : Links
    incumbent : Incumbent
    control : Control
    days : int
        Days of the horizon.
    """

    def __init__(
        self, blocks: Blocks, links: Links, incumbent: Incumbent, control: Control, days: int
    ) -> None:
        self.blocks = blocks
        self.links = links
        self.incumbent = incumbent
        self.control = control
        self.days = days
        self.length = min(FIRST_LENGTH, float(days))
        self._random = np.random.default_rng((control.seed, 77))
        self._first = self._start()

    def step(self) -> None:
        """Decompose one window, and move on by half of its length."""
        began = self.control.elapsed
        self._window(int(np.floor(self._first)))
        spent = self.control.elapsed - began
        self._first += self.length / 2
        if self._first >= self.days - self.length / 4:
            self._first = self._start()
        if spent < SHORTEST:
            self.length = min(self.length * 1.1, float(self.days))
        elif spent > LONGEST:
            self.length = max(LEAST_LENGTH, self.length * 0.9)

    def _start(self) -> float:
        return -float(self._random.uniform(0, self.length / 2))

    def _window(self, first: int) -> None:
        """Decompose the days from `first` on."""
        structure, values = self.blocks.structure, self.incumbent.values
        if values is None:
            return
        day = structure.program.column_day[structure.owned]
        inside = (day >= first) & (day < first + self.length)
        decisions = structure.owned[inside | (day == NOBODY)]
        piece = Reduced(self.blocks, self.links, decisions, values).piece
        relaxation = relax(piece, self.control, LONGEST)
        if relaxation is None:
            return
        local = Decomposition(self.blocks, self.links, piece, relaxation.duals, self.control)
        local.start(values)
        end = self.control.elapsed + GENERATING * LONGEST
        if not local.generation.run(end):
            return
        found = local.dive(values, self._random, end + LONGEST)
        if found is not None:
            self.incumbent.offer(found, "columns of a window")

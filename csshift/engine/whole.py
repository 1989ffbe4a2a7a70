"""The whole program at once, by cuts: exact for small programs, a rising bound for others.

(Benders, 1962; each round solves all decisions against the cuts known so far.)
"""

from __future__ import annotations

import numpy as np

from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.exact import Effort
from csshift.engine.incumbent import Incumbent
from csshift.engine.links import Links
from csshift.engine.reduced import Reduced

FIRST_RESOLUTION, FACTOR, LAST_RESOLUTION = 1e4, 10, 1e9
"""Units of the largest cost: coarse ones are solved fast, fine ones lose less of the bound."""

REPRODUCIBLE_SECONDS = 20.0
"""Limit of one resolution where the clock must not decide."""


class Whole:
    """Solves all decisions of a program together.

    Parameters
    ----------
    blocks : Blocks
    incumbent : Incumbent
    control : Control
    """

    def __init__(self, blocks: Blocks, incumbent: Incumbent, control: Control) -> None:
        self.blocks = blocks
        self.incumbent = incumbent
        self.control = control
        self.links = Links(blocks.structure)

    def run(self, until: float, workers: int) -> None:
        """Alternate between decisions and cuts until proven, stalled, or `until` seconds."""
        structure = self.blocks.structure
        program = structure.program
        everything = np.arange(structure.blocks)
        resolution = FIRST_RESOLUTION
        while not self.incumbent.done and self.control.elapsed < until:
            start = self.incumbent.values
            known = program.lower.copy() if start is None else start
            # All blocks, for the bound must not take another's rounded values for its least.
            reduced = Reduced(self.blocks, self.links, structure.owned, known, everything)
            left = until - self.control.elapsed
            seconds = REPRODUCIBLE_SECONDS if self.control.reproducible else left
            effort = Effort(seconds, workers=workers, thorough=True)
            step = reduced.solve(
                self.control, effort, self.control.seed, resolution=resolution, exact=True
            )
            if step.status == "infeasible":
                self.incumbent.infeasible = True
                return
            if step.bound is not None:
                self.incumbent.raise_bound(step.bound + reduced.constant, "whole")
            if step.values is None:
                return
            values = known.copy()
            values[reduced.piece.columns] = step.values
            settled = self.blocks.evaluate(everything, values, self.control)
            improved = settled is not None and self.incumbent.offer(settled, "whole")
            if step.status != "optimal":
                return
            if not improved:
                resolution *= FACTOR
                if resolution > LAST_RESOLUTION:
                    return

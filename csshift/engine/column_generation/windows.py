"""Column generation on windows of days, where the whole horizon is too long for it."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from csshift.engine.benders.master import BendersMaster
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.column_generation.decomposition import Decomposition
from csshift.engine.generation_params import ColumnGenerationParams
from csshift.engine.incumbent import Incumbent
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import LinkingRows
from csshift.program import NOBODY

logger = logging.getLogger(__name__)


class WindowDecomposition:
    """Decomposes windows of days, one after the other, around the incumbent."""

    def __init__(
        self,
        blocks: RecourseBlocks,
        links: LinkingRows,
        incumbent: Incumbent,
        params: ColumnGenerationParams = ColumnGenerationParams(),
        relaxation: RelaxationParams = RelaxationParams(),
    ) -> None:
        self.blocks = blocks
        self.links = links
        self.incumbent = incumbent
        self.params = params
        self._relaxation = relaxation
        self._budget = incumbent.budget
        self._days = blocks.structure.days
        self._length = min(params.windows.first_days, float(self._days))
        self._last_columns = params.windows.finish_columns
        self._rng = np.random.default_rng((self._budget.seed, 77))
        self._first = self._start()

    def step(self) -> None:
        """Decompose one window, and move on by half of its length."""
        windows = self.params.windows
        began = self._budget.elapsed
        self._decompose(int(np.floor(self._first)))
        spent = self._budget.elapsed - began
        logger.debug("window of %.0f days from %.0f: %.1f s", self._length, self._first, spent)
        self._first += self._length / 2
        if self._first >= self._days - self._length / 4:
            self._first = self._start()
        if spent < windows.min_seconds:
            self._length = min(self._length * windows.growth, float(self._days))
        elif spent > windows.max_seconds:
            self._length = max(windows.min_days, self._length * windows.shrinkage)

    def _start(self) -> float:
        return -float(self._rng.uniform(0, self._length / 2))

    def _decompose(self, first: int) -> None:
        """Decompose the days from `first` on."""
        structure, values = self.blocks.structure, self.incumbent.values
        windows = self.params.windows
        if values is None:
            return
        day = structure.program.column_day[structure.decisions]
        inside = (day >= first) & (day < first + self._length)
        decisions = structure.decisions[inside | (day == NOBODY)]
        subproblem = BendersMaster(self.blocks, self.links, decisions, values).subproblem
        relaxation = relax(subproblem, self._budget, windows.max_seconds, params=self._relaxation)
        if relaxation is None:
            return
        params = replace(
            self.params,
            dive=windows.dive,
            finish_columns=(self._last_columns, self.params.finish_columns[1]),
            finish_seconds=windows.finish_seconds,
        )
        local = Decomposition(
            self.blocks,
            self.links,
            subproblem,
            relaxation.duals,
            self._budget,
            params=params,
            own_row_days=windows.own_row_days,
        )
        local.start(values)
        end = self._budget.elapsed + windows.generation_share * windows.max_seconds
        if not local.generation.run(end):
            return
        found = local.dive(values, self._rng, end + windows.max_seconds)
        self._last_columns = local.last_columns
        if found is not None:
            self.incumbent.offer(found, "column generation on a window")

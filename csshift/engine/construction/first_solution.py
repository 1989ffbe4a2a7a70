"""The first solution: agents decide in turn, rows are repaired, or everything is searched."""

from __future__ import annotations

import itertools
import logging

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.construction.construction import Construction
from csshift.engine.construction.feasibility import repair
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import SearchParams
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.lp import Relaxation
from csshift.engine.subproblem import Subproblem

logger = logging.getLogger(__name__)


class FirstSolution:
    """Finds a first solution, or a proof that there is none.

    Parameters
    ----------
    blocks : RecourseBlocks
    full : Subproblem
        The structure's full subproblem.
    relaxation : Relaxation or None
        Guides whoever decides.
    incumbent : Incumbent
        Takes what is found.
    params : SearchParams
    """

    def __init__(
        self,
        blocks: RecourseBlocks,
        full: Subproblem,
        relaxation: Relaxation | None,
        incumbent: Incumbent,
        params: SearchParams,
    ) -> None:
        self.blocks, self.structure = blocks, blocks.structure
        self.full, self.relaxation = full, relaxation
        self.incumbent, self.budget = incumbent, incumbent.budget
        self.params = params.construction

    def find(self, *, once: bool = False) -> None:
        """Try once with each method that suits the program.

        Parameters
        ----------
        once : bool
            Take the first complete solution, and do not try to improve it.
        """
        # A small program without a relaxation may be infeasible, which a repair proves.
        small = self.full.matrix.nnz <= self.params.full_program_entries
        if self.relaxation is not None or not small:
            self._decide_in_turn(self.budget.seed, once=once)
        if self.incumbent.values is None and not self.budget.over:
            everything = 1.0 if self.budget.reproducible else self.params.attempt_share
            self._repair(self.budget.seed, everything)

    def persist(self) -> None:
        """Go on with other seeds and other methods until there is a solution, or proof of none."""
        cycle = itertools.cycle((self._decide_in_turn, self._repair, self._search_full_program))
        for number, attempt in enumerate(cycle, start=1):
            if self.incumbent.done or self.incumbent.values is not None:
                return
            logger.info("no solution after %.1f s: attempt %d", self.budget.elapsed, number)
            attempt(self.budget.seed + number)

    def _decide_in_turn(self, seed: int, *, once: bool = False) -> None:
        """Let the agents decide one after the other, along the relaxation if there is one."""
        construction = Construction(
            self.structure, self.full, self.relaxation, self.budget, self.params
        )
        began = self.budget.elapsed
        for values in construction.run(seed, self.blocks):
            before = self.incumbent.objective
            self.incumbent.offer(values, "construction")
            after = self.incumbent.objective
            spent, began = self.budget.elapsed - began, self.budget.elapsed
            if once or self._takes_long(spent):
                break
            if before is None or after is None:
                continue
            if before - after < self.params.min_improvement * before:
                break
        if construction.infeasible:
            self.incumbent.infeasible = True

    def _takes_long(self, seconds: float) -> bool:
        """Return whether the improvement gains more in the seconds of a pass than another one."""
        params, budget = self.params, self.budget
        each = seconds * budget.workers / max(1, self.structure.agents.size)
        long = seconds > params.repeat_share * budget.left and each > params.repeat_seconds
        return long and not budget.reproducible

    def _repair(self, seed: int, share: float | None = None) -> None:
        """Find any feasible decisions, their recourse left out."""
        share = self.params.attempt_share if share is None else share
        lower, seconds = self.structure.program.lower, share * self.budget.left
        found = repair(self.structure, lower, self.budget, seed, self.params, seconds)
        if found.infeasible:
            self.incumbent.infeasible = True
        elif found.values is not None:
            self.blocks.offer(found.values, self.incumbent, "repair")

    def _search_full_program(self, seed: int) -> None:
        """Find any solution of the whole program, with the recourse in it, if it is not too large.

        Some decisions leave no feasible recourse although each row alone could be satisfied.
        """
        params = self.params
        if self.full.matrix.nnz > params.full_program_entries:
            return
        seconds, workers = params.attempt_share * self.budget.left, self.budget.workers
        limits = Limits(seconds, workers=workers, full_presolve=True, gap=params.repair_gap)
        found = solve_cpsat(self.full, self.budget, limits, seed=seed)
        logger.info("whole program without a start: %s", found.status)
        if found.status == "infeasible":
            self.incumbent.infeasible = True
        elif found.values is not None:
            values = self.structure.program.lower.copy()
            values[self.full.column_ids] = found.values
            self.incumbent.offer(values, "whole program")

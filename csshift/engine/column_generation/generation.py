"""Column generation: schedules of agents, mixed so that the linking rows hold.

The bound is that of a relaxation in which every agent's own rows hold exactly, so it is far
above the linear one where those rows matter. Duals are smoothed towards the best known ones
(Wentges, 1997), for those of a restricted master oscillate.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from csshift.engine.budget import Budget
from csshift.engine.column_generation.master import AgentBlocks, Master, MasterSolution
from csshift.engine.column_generation.pricing import Pricing, PricingResult, Proof
from csshift.engine.generation_params import ColumnGenerationParams
from csshift.program import Floats, Integers

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class ColumnGeneration:
    """Generates schedules for the agents of a subproblem.

    Parameters
    ----------
    duals : float array, shape (linking rows,)
        Where to start: those of the linear relaxation.
    on_bound : callable or None
        Called with every better bound of the subproblem.
    """

    split: AgentBlocks
    budget: Budget
    duals: Floats
    on_bound: Callable[[int], None] | None = None
    params: ColumnGenerationParams = ColumnGenerationParams()

    def __post_init__(self) -> None:
        self.pricing = Pricing(self.split, self.budget, self.params.diagrams)
        self.master = Master(self.split, self.params.max_schedules)
        self.proof: Proof | None = None
        self.solution: MasterSolution | None = None

    @property
    def bound(self) -> int | None:
        """The best proven bound of the subproblem."""
        return None if self.proof is None else self.proof.bound

    def add(self, values: Integers) -> None:
        """Add the schedules of a solution of the subproblem."""
        for number, block in enumerate(self.split.blocks):
            self.master.add(number, values[block.columns])

    def seconds_expected(self, patience: float) -> float:
        """Price some of the agents that CP-SAT prices; return what it would take for all.

        Whether that is more than `patience` seconds is all that matters.
        """
        models = self.pricing.models
        if not models:
            return 0.0
        some = models[: self.budget.workers]
        parts = len(models) / len(some)
        began = self.budget.elapsed
        self.pricing.price(self.duals, min(self.params.pricing_seconds, patience / parts), some)
        return (self.budget.elapsed - began) * parts

    def start(self) -> None:
        """Price for the first time, at the duals given."""
        self.price(self.duals)

    def run(self, until: float, rounds: int | None = None) -> bool:
        """Generate until the master is nearly as good as proven, idle, or `until` seconds.

        Parameters
        ----------
        rounds : int or None
            Rounds of pricing at most; those of the parameters when None.

        Returns
        -------
        bool
            Whether the master has a solution.
        """
        progress = Progress(self.params.idle_rounds, self.params.min_move)
        mispriced = False
        for number in range(self.params.max_rounds if rounds is None else rounds):
            if self.budget.over or self.budget.elapsed >= until:
                break
            solution = self.master.solve(self.budget)
            if solution is None:
                break
            self.master.trim(solution)
            self.solution = solution
            logger.debug("round %d: master %g, bound %s", number, solution.objective, self.bound)
            if self._close(solution) or progress.idle(solution.objective, self.bound):
                break
            # After smoothed duals that found nothing new, take the master's duals alone.
            smoothing = 0.0 if mispriced else self.params.smoothing
            helped = self.price(smoothing * self.duals + (1 - smoothing) * solution.duals)
            if mispriced and not helped:
                break
            mispriced = not helped
        return self.solution is not None

    def _close(self, solution: MasterSolution) -> bool:
        """Return whether the solution is proven to be nearly the best."""
        if self.bound is None:
            return False
        gap = solution.objective - self.bound
        return gap <= self.params.close_gap * abs(solution.objective)

    def price(self, duals: Floats) -> bool:
        """Price at these duals and keep what is found; return whether it can help."""
        worth = None if self.solution is None else self.solution.convexity
        priced = self.pricing.price(duals, self.params.pricing_seconds, worth=worth)
        helps = self._keep(priced)
        proof = priced.proof
        if proof is not None and (self.proof is None or proof.steps > self.proof.steps):
            self.proof, self.duals = proof, duals
            if self.on_bound is not None:
                self.on_bound(proof.bound)
            helps = True
        return helps

    def _keep(self, priced: PricingResult) -> bool:
        """Add schedules; return whether one of them improves the master."""
        helps = self.solution is None
        for number, found in priced.schedules.items():
            for values in found:
                if self.solution is not None:
                    helps |= self.master.improves(number, values, self.solution)
                self.master.add(number, values)
        return helps


class Progress:
    """Detects that neither master nor bound has moved for a while.

    Parameters
    ----------
    rounds : int
        Rounds in a row that may pass without a move.
    min_move : float
        What counts as a move, relative to the master.
    """

    def __init__(self, rounds: int, min_move: float) -> None:
        self._patience, self._min_move = rounds, min_move
        self._rounds = 0
        self._master, self._bound = np.inf, -np.inf

    def idle(self, master: float, bound: int | None = None) -> bool:
        """Count a round; return whether it is time to end."""
        step = self._min_move * abs(master)
        known = -np.inf if bound is None else float(bound)
        if master < self._master - step or known > self._bound + step:
            self._master, self._bound, self._rounds = master, known, 0
            return False
        self._rounds += 1
        return self._rounds > self._patience

"""Diving with re-pricing: from fractional schedules to one schedule for every agent.

Agents whose weights concentrate on one schedule are fixed to it, the others are priced anew for
what is left, and so on; the last few are left to an exact search. (Restricting a search to the
schedules at hand finds little: see Joncour, Michel, Sadykov, Sverdlov and Vanderbeck, 2010.)
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np

from csshift.engine.column_generation.generation import ColumnGeneration, Progress
from csshift.engine.column_generation.master import MasterSolution
from csshift.engine.generation_params import DiveParams
from csshift.program import Floats, Integers

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class DiveResult:
    """Where a dive ended.

    Parameters
    ----------
    values : int64 array, shape (columns of the subproblem,)
        Every agent's schedule; those of free agents are the likeliest. Other columns are 0.
    free : list of int
        Agents who were not fixed.
    """

    values: Integers
    free: list[int]


@dataclass(eq=False)
class Dive:
    """One dive.

    Parameters
    ----------
    generation : ColumnGeneration
        Has generated; its master stays as it is.
    noise : float
        Standard deviation of what is added to the weights: 0 for the first dive.
    fixed : mapping of int to int64 array
        Blocks that are decided from the start, with their schedules.
    known : int64 array, shape (columns of the subproblem,), or None
        A solution to improve on: the dive ends as soon as the master is no better.
    """

    generation: ColumnGeneration
    rng: np.random.Generator
    noise: float = 0.0
    params: DiveParams = DiveParams()
    fixed: dict[int, Integers] = field(default_factory=dict)
    known: Integers | None = None
    _bold: int = 1

    def run(self, until: float) -> DiveResult | None:
        """Fix agents until few are left; None when time was up or a dead end was met."""
        generation, solution = self.generation, self.generation.solution
        if solution is None:
            return None
        self.master = generation.master.subset(solution, self.fixed, self.params.schedules)
        target = self._add_known()
        solution = self._price_again(-np.inf if self.fixed else solution.objective)
        number = len(generation.split.blocks)
        while solution is not None and number - len(self.fixed) > self.params.free_agents:
            if generation.budget.over or generation.budget.elapsed > until:
                return None
            if solution.objective > target:
                return None
            before, violation = solution.objective, solution.violation
            dropped = self._fix(solution)
            solution = self._price_again(before)
            if solution is None:
                return None
            if len(dropped) > 1 and self._harms(solution, before, violation):
                self._release(dropped)
                solution = self._price_again(before)
                if solution is None:
                    return None
            logger.debug("dive: %d fixed, %g", len(self.fixed), solution.objective)
            harmless = solution.objective <= before + self.params.harmless_rise * abs(before)
            self._bold = 2 * self._bold if harmless else max(1, self._bold // 2)
        return None if solution is None else self._result(solution)

    def _add_known(self) -> float:
        """Add the schedules of the known solution; return the cost from which on none is better.

        Where agents are fixed from the start, a dive can return what it began with.
        """
        if self.known is None:
            return np.inf
        split, pricing = self.generation.split, self.generation.pricing
        for k, block in enumerate(split.blocks):
            if k not in self.fixed:
                self.master.add(k, self.known[block.columns])
        cost = int(split.subproblem.cost @ self.known)
        return cost - (1 - 1e-6) * pricing.unit

    def _harms(self, solution: MasterSolution, before: float, violation: float) -> bool:
        """Return whether fixing several agents at once was too bold."""
        rise = solution.objective - before
        broken = solution.violation > violation + 1e-6
        return broken or rise > self.params.harmful_rise * abs(before)

    def _release(self, dropped: dict[int, Integers]) -> None:
        """Let all agents go that were fixed last, but for the first one.

        Parameters
        ----------
        dropped : dict of int to int64 array
            Their schedules, by number of the block.
        """
        for k in list(dropped)[1:]:
            del self.fixed[k]
            for values in dropped[k]:
                self.master.add(k, values)
        self._bold = 1

    def _fix(self, solution: MasterSolution) -> dict[int, Integers]:
        """Fix the agents whose weights concentrate the most; return the schedules they had."""
        free = [k for k in range(len(solution.weights)) if k not in self.fixed]
        noisy = {k: solution.weights[k] + self._noise(solution.weights[k]) for k in free}
        order = sorted(free, key=lambda k: -float(noisy[k].max()))
        most = min(int(self.params.max_step * len(free)), len(free) - self.params.free_agents)
        for place, k in enumerate(order[: max(1, most)]):
            least = self.params.likely_at if place < self._bold else self.params.fix_at
            if place and noisy[k].max() < least:
                break
            self.fixed[k] = self.master.schedules(k)[int(noisy[k].argmax())].copy()
        fresh = [k for k in order if k in self.fixed]
        dropped = {k: self.master.schedules(k) for k in fresh}
        for k in fresh:
            self.master.fix(k, self.fixed[k])
        return dropped

    def _noise(self, weights: Floats) -> Floats:
        if not self.noise:
            return np.zeros_like(weights)
        return self.rng.normal(0.0, self.noise, weights.size) * (weights > 1e-6)

    def _price_again(self, before: float) -> MasterSolution | None:
        """Return the master's solution for what is left, with schedules priced for it."""
        generation, master = self.generation, self.master
        budget = generation.budget
        solution = master.solve(budget)
        progress = Progress(self.params.idle_rounds, self.params.min_gain)
        centre, mispriced = None, False
        for _ in range(self.params.rounds):
            if solution is None or budget.over or progress.idle(solution.objective):
                return solution
            if solution.objective <= before * (1 + self.params.rise):
                return solution
            smoothing = 0.0 if centre is None or mispriced else generation.params.dive_smoothing
            duals = solution.duals if centre is None else smoothing * centre
            if centre is not None:
                duals = duals + (1 - smoothing) * solution.duals
            centre = duals
            helped = self._price(duals, solution)
            if not helped and smoothing == 0.0:
                return solution
            mispriced = not helped
            master.trim(solution)
            solution = master.solve(budget)
        return solution

    def _price(self, duals: Floats, solution: MasterSolution) -> bool:
        """Price the agents that are left at these duals; return whether the master can gain."""
        generation, master = self.generation, self.master
        free = [k for k in range(len(solution.weights)) if k not in self.fixed]
        seconds = generation.params.pricing_seconds
        priced = generation.pricing.price(duals, seconds, free, worth=solution.convexity)
        helped = False
        for k, found in priced.schedules.items():
            for values in found:
                fresh = master.add(k, values)
                noise = 1e-7 * (1 + abs(solution.convexity[k]))
                helped |= fresh and master.reduced_cost(k, values, solution) < -noise
        return helped

    def _result(self, solution: MasterSolution) -> DiveResult:
        generation = self.generation
        values = np.zeros(generation.split.subproblem.columns, dtype=np.int64)
        free = []
        for k, block in enumerate(generation.split.blocks):
            if k in self.fixed:
                values[block.columns] = self.fixed[k]
                continue
            free.append(block.agent)
            values[block.columns] = self.master.schedules(k)[int(solution.weights[k].argmax())]
        return DiveResult(values, free)

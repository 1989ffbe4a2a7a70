"""Decomposition by agent as a stage of the search: generate, dive, finish exactly.

On the whole program it also proves a bound.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import numpy as np

from csshift.engine.benders.master import BendersMaster
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.column_generation.branching import Branching
from csshift.engine.column_generation.dive import Dive, DiveResult
from csshift.engine.column_generation.generation import ColumnGeneration
from csshift.engine.column_generation.master import counts_over, split_by_agent
from csshift.engine.duals import GapShares
from csshift.engine.generation_params import ColumnGenerationParams
from csshift.engine.incumbent import Incumbent
from csshift.engine.solvers.cpsat import Limits
from csshift.engine.structure import LinkingRows
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Floats, Integers

logger = logging.getLogger(__name__)


class Decomposition:
    """Generates columns for a subproblem, and dives.

    Parameters
    ----------
    subproblem : Subproblem
        Decisions of several agents, with direct blocks as their only recourse.
    duals : float array, shape (subproblem.rows,)
        Of its linear relaxation.
    on_bound : callable or None
        Called with every proven bound of the subproblem.
    own_row_days : float
        Rows of one agent whose first and last day are so far apart link the agents.
    """

    def __init__(
        self,
        blocks: RecourseBlocks,
        links: LinkingRows,
        subproblem: Subproblem,
        duals: Floats,
        budget: Budget,
        on_bound: Callable[[int], None] | None = None,
        params: ColumnGenerationParams = ColumnGenerationParams(),
        own_row_days: float = math.inf,
    ) -> None:
        self.blocks = blocks
        self.links = links
        self.subproblem = subproblem
        self.budget = budget
        self.params = params
        program = blocks.structure.program
        self._agents = program.column_agent[subproblem.column_ids]
        days = program.column_day[subproblem.column_ids]
        linking = None
        if own_row_days < math.inf:
            linking = counts_over(subproblem, days, own_row_days)
        split = split_by_agent(subproblem, self._agents, days, linking)
        self.generation = ColumnGeneration(split, budget, duals[split.linking], on_bound, params)
        self.dives = 0
        self.branches = True
        """Whether branching on listed schedules may still help."""
        self._branching: Branching | None = None
        self._target_step = 1
        """Units from the bound to above the next target."""
        self._share = params.free_share_range[0]
        self.last_columns = params.finish_columns[0]
        """Linked columns that the next dive leaves to an exact search."""

    def start(self, values: Integers | None, patience: float = math.inf) -> float:
        """Price once, with the schedules of a known solution at hand; return the seconds.

        What is prepared once for all prices is not among them. Where a round is expected to take
        more than `patience` seconds, only a few agents are priced.
        """
        generation = self.generation
        generation.pricing.prepare()
        if values is not None:
            generation.add(values[self.subproblem.column_ids])
        expected = generation.seconds_expected(patience) if patience < math.inf else 0.0
        if expected > patience:
            return expected
        began = self.budget.elapsed
        generation.start()
        return self.budget.elapsed - began

    def step(self, incumbent: Incumbent, rng: np.random.Generator) -> None:
        """Dive once around the best solution."""
        if incumbent.values is None:
            return
        began, before = self.budget.elapsed, incumbent.objective
        quick = self.dives % self.params.full_dive_every
        found = self.dive(incumbent.values, rng, math.inf)
        ending = "dead end" if found is None else "solution"
        logger.debug("dive %d, share %.2f: %s", self.dives, self._share, ending)
        if found is not None:
            incumbent.offer(found, "dive")
        if quick and incumbent.objective == before:
            self._adapt_share(self.budget.elapsed - began)

    def branch(self, incumbent: Incumbent, until: float) -> None:
        """Raise the bound until a solution attains it, or `until` seconds.

        What is begun is continued by the next call.
        """
        constant, own = self.blocks.structure.constant(self.subproblem), self._agents != NOBODY

        def offer(found: Integers | None) -> int | None:
            if found is not None and incumbent.values is not None:
                decided = incumbent.values.copy()
                decided[self.subproblem.column_ids[own]] = found[own]
                self.blocks.offer(decided, incumbent, "branch and price")
            known = incumbent.objective
            return None if known is None else -(-(known - constant) // self.generation.pricing.unit)

        while self.branches and not incumbent.done and self.budget.elapsed < until:
            search = self._branching or self._begin_branching(incumbent, constant)
            self._branching = search
            if search is None:
                self.branches = False
                return
            search.run(until, offer)
            if search.ended:
                logger.info("branch and price: %d nodes, target %d", search.nodes, search.target)
                self._branching, self.branches = None, search.proves
                if search.duals is not None:
                    self.generation.price(search.duals)
                if search.proves:
                    bound = (search.target + 1) * search.unit + constant
                    incumbent.raise_bound(bound, "branch and price")

    def _begin_branching(self, incumbent: Incumbent, constant: int) -> Branching | None:
        """List the schedules of solutions near the bound; None if they are too many.

        After short lists, the next ones are made for a target twice as far from the bound.
        """
        generation, params = self.generation, self.params.branching
        proof, unit = generation.proof, generation.pricing.unit
        if proof is None or incumbent.bound is None or incumbent.objective is None:
            return None
        least = -(-max(proof.bound, incumbent.bound - constant) // unit)
        most = max(least, -(-(incumbent.objective - constant) // unit) - 1)
        until = self.budget.elapsed + params.list_share * self.budget.left
        for step in sorted({1, self._target_step}, reverse=True):
            target = min(least + step - 1, most)
            near = generation.pricing.near(proof, target * unit, params.schedules, until)
            if near is not None:
                count = sum(part.cost.size for part in near)
                logger.info("branch and price: %d schedules, target %d", count, target)
                self._target_step = 2 * step if count <= params.few_schedules else 1
                return Branching(generation.split, near, target, unit, self.budget, params)
        logger.info("branch and price: too many schedules, target %d", least)
        return None

    def _adapt_share(self, spent: float) -> None:
        """Let more agents go after dives without gain, as long as these are fast."""
        params = self.params
        if self.budget.reproducible or spent < params.max_dive_seconds:
            self._share *= params.free_share_growth
        else:
            self._share /= params.free_share_growth
        self._share = float(np.clip(self._share, *params.free_share_range))

    def dive(self, values: Integers, rng: np.random.Generator, until: float) -> Integers | None:
        """Return decisions found by a dive, put onto `values`; None where it led nowhere.

        The first dive decides for all agents. Later ones keep most agents as in `values`,
        preferably those close to the master's solution, and dive for the others with some noise.
        """
        later = self.dives % self.params.full_dive_every
        fixed = self._kept(values, rng) if later else {}
        noise = self.params.noise if self.dives else 0.0
        self.dives += 1
        known = values[self.subproblem.column_ids]
        params, last = self.params.dive, self.last_columns
        dive = Dive(self.generation, rng, noise, params, fixed, known, last)
        result, best, least = dive.run(until), None, math.inf
        while result is not None:
            found = self._finish(values, result)
            if found is not None:
                cost = float(self.subproblem.cost @ found[self.subproblem.column_ids])
                if cost < least:
                    best, least = found, cost
            if least <= result.objective + params.harmful_rise * abs(result.objective):
                break
            dive.last_columns = self.last_columns
            result = dive.resume(until)
        return best

    def _kept(self, values: Integers, rng: np.random.Generator) -> dict[int, Integers]:
        """Return the agents that keep their schedules, by number of their block."""
        known, mixed = values[self.subproblem.column_ids], self.mixed_values()
        blocks = self.generation.split.blocks
        if mixed is None:
            return {}
        weights = np.array([np.abs(mixed - known)[block.columns].sum() for block in blocks]) + 0.5
        share = min(1.0, self._share * rng.uniform(0.7, 1.3))
        count = max(1, round(len(blocks) * share))
        free = rng.choice(len(blocks), count, replace=False, p=weights / weights.sum())
        kept = set(range(len(blocks))) - set(free.tolist())
        return {number: known[blocks[number].columns] for number in kept}

    def mixed_values(self) -> Floats | None:
        """Return the master's solution as values of the subproblem's columns."""
        generation = self.generation
        if generation.solution is None:
            return None
        return generation.master.mixed_values(generation.solution)

    def gap_shares(self) -> GapShares | None:
        """Return the columns' shares in the gap to the bound that is proven."""
        generation = self.generation
        if generation.proof is None:
            return None
        split = generation.split
        duals = np.zeros(self.subproblem.rows)
        duals[split.linking] = generation.proof.duals
        agents = [block.agent for block in split.blocks]
        minimum = dict(zip(agents, generation.proof.minimum.tolist(), strict=True))
        return GapShares(self.blocks.structure.program, self.subproblem, duals, minimum)

    def _finish(self, values: Integers, result: DiveResult) -> Integers | None:
        """Search the days that are left exactly."""
        structure, params = self.blocks.structure, self.params
        decisions = self._agents != NOBODY
        dived = values.copy()
        dived[self.subproblem.column_ids[decisions]] = result.values[decisions]
        settled = self.blocks.evaluate(structure.all_blocks, dived, self.budget)
        start = dived if settled is None else settled
        free = self.subproblem.column_ids[result.free & decisions]
        if not free.size:
            return settled
        master = BendersMaster(self.blocks, self.links, free, start)
        seconds = params.finish_seconds
        if not self.budget.reproducible:
            seconds = min(seconds, params.finish_share * self.budget.left)
        limits = Limits(seconds, workers=self.budget.workers)
        began = self.budget.elapsed
        found = master.solve(self.budget, limits, self.budget.seed)
        spent = self.budget.elapsed - began
        logger.debug(
            "end of the dive: %d columns, %.2f s, %s, %g",
            free.size,
            spent,
            found.status,
            result.objective,
        )
        if found.status != "optimal":
            self.last_columns /= params.finish_growth
        elif self.budget.reproducible or spent < seconds / 2:
            self.last_columns *= params.finish_growth
        self.last_columns = min(self.last_columns, params.finish_columns[1])
        if found.values is None:
            return settled
        start = start.copy()
        start[master.subproblem.column_ids] = found.values
        return self.blocks.evaluate(structure.all_blocks, start, self.budget)

"""The search in a program that is too large for its relaxation: samples give the prices.

Where recourse is a transport problem, agents decide in turn along the prices of samples, again
with every further sample, while the next and larger one is relaxed. Other programs are constructed
along the prices of the first samples; further ones raise the bound beside the improvement.
"""

from __future__ import annotations

import math
import threading

import numpy as np

from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.incumbent import Incumbent
from csshift.engine.lns.improvement import LargeNeighbourhoodSearch
from csshift.engine.params import SearchParams
from csshift.engine.relaxation.sampling import AgentSampling
from csshift.engine.solvers.lp import Relaxation
from csshift.engine.subproblem import Subproblem
from csshift.engine.transport.descent import CoordinateDescent
from csshift.engine.transport.network import find_network
from csshift.program import Floats, Integers

POLL_SECONDS = 0.05
"""Seconds between two looks at whether the search is over."""


class SampledSearch:
    """Samples of the agents, and what is done with their prices.

    Parameters
    ----------
    blocks : RecourseBlocks
    full : Subproblem
        Their structure's full subproblem.
    incumbent : Incumbent
    params : SearchParams

    Attributes
    ----------
    sampling : AgentSampling
    """

    def __init__(
        self,
        blocks: RecourseBlocks,
        full: Subproblem,
        incumbent: Incumbent,
        params: SearchParams,
    ) -> None:
        self.full = full
        self.incumbent, self.params = incumbent, params
        self._budget = incumbent.budget
        self.sampling = AgentSampling(blocks.structure, full, self._budget, params.relaxation)
        network = find_network(blocks.structure) if params.descend else None
        self._descent: CoordinateDescent | None = None
        if network is not None:
            self._descent = CoordinateDescent(blocks, network, incumbent, params.descent)
        self._rng = np.random.default_rng((self._budget.seed, 17))
        self._bounds: list[float] = []
        """What the prices of each sample prove."""
        self._working: threading.Event | None = None
        self._entries = 0
        """Entries of the largest sample, about."""
        self._work: Integers | None = None
        """How much each agent can work, once that is known."""

    @property
    def descends(self) -> bool:
        """Whether agents can decide in turn."""
        return self._descent is not None

    def begin(self) -> Relaxation | None:
        """Return the first samples' mean; nothing where agents can decide in turn, later."""
        return self.sampling.first() if self._descent is None else None

    def descend(self) -> None:
        """Let the agents decide in turn, along the prices of several samples, while that gains."""
        descent = self._descent
        if descent is None or self.incumbent.values is None or self.incumbent.done:
            return
        self._draw()
        descent.prepare()
        self._work = descent.capacities()
        fruitless, patience = 0, self.params.descent.patience
        while not self.incumbent.done:
            before = self.incumbent.objective, self.incumbent.bound
            if len(self._useful()) < 2 or fruitless > patience:
                self.wait()
            first, fresh = not self._bounds, self._prove_fresh(descent)
            if fruitless > patience and not fresh:
                break
            if self._budget.workers > 1 and fruitless <= patience:
                self._draw()
            self._follow_prices(descent, fresh=fresh, first=first)
            gained = before != (self.incumbent.objective, self.incumbent.bound)
            fruitless = 0 if gained else fruitless + 1
            if self._budget.workers == 1 and fruitless <= patience:
                self._draw()
        descent.split_hours()
        self.wait()

    def _follow_prices(self, descent: CoordinateDescent, *, fresh: bool, first: bool) -> None:
        """Descend along the prices of samples, or without any as long as there are none."""
        if not self._bounds:
            descent.run(None)
        for weights in self._weights(fresh=fresh):
            if self.incumbent.done:
                return
            prices = self._prices(weights)
            if np.count_nonzero(weights) > 1:  # else it is proven already
                self._prove(descent, prices)
            descent.run(prices, anew=first)

    def _prove_fresh(self, descent: CoordinateDescent) -> bool:
        """Prove the bounds of samples that were not proven yet; return whether there were any."""
        known = len(self._bounds)
        for number in range(known, self.sampling.count):
            bound = self._prove(descent, self._prices(np.eye(number + 1)[number]))
            self._bounds.append(-math.inf if bound is None else bound)
        return len(self._bounds) > known

    def _prove(self, descent: CoordinateDescent, prices: Floats) -> int | None:
        bound = descent.prove(prices) if self.params.tighten else None
        self.incumbent.raise_bound(bound, "relaxation")
        return bound

    def _useful(self) -> list[int]:
        """Return the samples whose bounds are not much lower than the best one.

        In an unlucky sample nobody can serve some queue, and its price suits nobody.
        """
        best, objective = max(self._bounds, default=0), self.incumbent.objective or 0
        lowest = best - max(objective - best, 0)
        return [number for number, bound in enumerate(self._bounds) if bound >= lowest]

    def _weights(self, *, fresh: bool) -> list[Floats]:
        """Return weights of samples: the newest and the mean at first, any mean later.

        The mean is that of the agents, so that a large sample counts for more.
        """
        useful, count = self._useful(), len(self._bounds)
        if not useful or (len(useful) == 1 and not fresh):
            return []
        agents = self.sampling.sizes[useful]
        share = agents / agents.sum()
        mean = np.zeros(count)
        mean[useful] = share if fresh else self._rng.dirichlet(agents.size * share)
        newest = np.eye(count)[-1]
        if not fresh or len(useful) == 1:
            return [mean]
        return [newest, mean] if count - 1 in useful else [mean]

    def _prices(self, weights: Floats) -> Floats:
        prices = np.zeros(self.incumbent.program.rows)
        prices[self.full.row_ids] = self.sampling.duals(weights)
        return prices

    def improve(self, improvement: LargeNeighbourhoodSearch) -> None:
        """Improve while further samples raise the bound, where agents do not decide in turn."""
        if self._descent is not None or not self.params.tighten:
            return
        self._working = self.incumbent.in_thread(self._raise_bound, "bound")
        if self._budget.workers > 1:
            improvement.run(self._budget.workers - 1, until_event=self._working)
        self.wait()

    def wait(self) -> None:
        """Wait for the sample that is being drawn, or the bound that is being raised."""
        while self._working is not None and not self._working.wait(POLL_SECONDS):
            pass

    def _draw(self) -> None:
        """Draw a sample, unless one is being drawn; with several workers, beside what comes.

        The first one is small, so that agents can soon decide. Further ones are as large as there
        is time for: their prices suit everybody better. Smaller ones than before are of no use,
        nor is another one of everybody.
        """
        if self._working is not None and not self._working.is_set():
            return
        params, sampling, left = self.params.descent, self.sampling, self._budget.left
        seconds = params.sample_share * left
        entries, threads = self.params.relaxation.sample_entries, 1
        if sampling.count:
            entries = min(sampling.entries_within(seconds), params.sample_entries)
            threads = self._budget.workers
            seconds *= params.sample_patience
            if entries < self._entries or self._entries >= self.full.matrix.nnz:
                return
        work = self._work

        def draw() -> None:
            known = sampling.count
            sampling.draw(1, seconds, entries=entries, threads=threads, work=work)
            if sampling.count > known:
                self._entries = entries

        if self._budget.workers > 1:
            self._working = self.incumbent.in_thread(draw, "sample")
        else:
            draw()

    def _raise_bound(self) -> None:
        """Prove the bound of the samples, and draw more while that raises it."""
        params, budget, sampling = self.params.relaxation, self._budget, self.sampling
        fruitless = known = 0
        while fruitless <= params.sample_patience and not self.incumbent.done:
            before = self.incumbent.bound
            if sampling.count > known:
                self.incumbent.raise_bound(sampling.bound(), "relaxation")
            known = sampling.count
            fruitless = 0 if self.incumbent.bound != before else fruitless + 1
            sampling.draw(1, 2 * params.sample_share * budget.left)

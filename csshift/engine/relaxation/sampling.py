"""Dual values of a huge relaxation, from samples of its agents.

In a program with thousands of agents, a sample of them with its share of the demand has almost the
same dual values as all of them together, and its relaxation is a small part of the whole. The
duals of rows that only recourse connects (a queue in an interval) are averaged over the samples;
those of the rows that let time flow there (a class of agents in an interval) follow from them,
agent by agent or class by class. Whatever they are, the bound that they prove is recomputed on
the whole program, in integers.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from csshift.engine.budget import Budget
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.solvers.lp import Relaxation, relax, relaxation_of, tighten_duals
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem, csr_entries, csr_sizes, marked
from csshift.program import NOBODY, UNBOUNDED, Floats, Integers

logger = logging.getLogger(__name__)

RESOLUTION = 1000
"""Parts of a unit in which the bounds of a sample are counted."""


@dataclass(frozen=True, eq=False)
class SampledPrices:
    """What one sample tells of the whole program.

    Parameters
    ----------
    duals : float array, shape (subproblem.rows,)
        Of the rows without decisions; 0 elsewhere.
    filled : float array, shape (subproblem.rows,)
        Part of what each of those rows requires that the flows bring there.
    converged : bool
        Whether the relaxation of the sample reached its tolerance.
    agents : int
        Size of the sample.
    """

    duals: Floats
    filled: Floats
    converged: bool
    agents: int


class AgentSampling:
    """Relaxations of samples of the agents, and their mean.

    Parameters
    ----------
    subproblem : Subproblem
        The full program.
    budget : Budget
        Its seed decides which agents are drawn.
    params : RelaxationParams
    """

    def __init__(
        self,
        structure: Structure,
        subproblem: Subproblem,
        budget: Budget,
        params: RelaxationParams,
    ) -> None:
        self.structure, self.subproblem = structure, subproblem
        self.budget, self.params = budget, params
        self._rng = np.random.default_rng((budget.seed, 7))
        matrix, program = subproblem.matrix, structure.program
        self._agent = program.column_agent[subproblem.column_ids]
        self._recourse = self._agent == NOBODY
        self._linking = program.row_agent[subproblem.row_ids] == NOBODY
        entries = np.bincount(matrix.indices, minlength=subproblem.columns)
        self._flows = self._recourse & (entries > 1)
        self._onward = self._linking & self._touched(self._flows) & self._touched(~self._recourse)
        leaving = np.flatnonzero(np.repeat(self._onward, np.diff(matrix.indptr)))
        self._leaving = np.zeros(subproblem.columns, dtype=np.bool_)
        self._leaving[matrix.indices[leaving]] = True
        leaving = leaving[self._recourse[matrix.indices[leaving]] & (matrix.data[leaving] < 0)]
        self._outward = leaving.astype(matrix.indices.dtype)
        """Entries of the matrix through which time leaves an onward row."""
        self._queues = self._reached_queues()
        self._samples: list[SampledPrices] = []
        self._pace = 0.0

    @property
    def count(self) -> int:
        """Number of samples so far."""
        return len(self._samples)

    def first(self) -> Relaxation | None:
        """Return the mean of one sample for each worker; what it proves is computed later."""
        self.draw(self.budget.workers, self.params.sample_share * self.budget.left)
        return self.relaxation()

    def draw(
        self,
        count: int,
        seconds: float,
        *,
        entries: int | None = None,
        threads: int = 1,
        work: Integers | None = None,
    ) -> None:
        """Solve the relaxations of some more samples, each in a thread of its own.

        Parameters
        ----------
        seconds : float
            For all of them.
        entries : int or None
            Matrix entries of each, about; None takes those of the parameters.
        threads : int
            Of each relaxation.
        work : int64 array, shape (agents,), or None
            How much everybody can work; None takes all as equal. Where demand and supply are close,
            a sample that can work one per cent less than its share of the demand may be short of
            twice as much, and its prices suit nobody.
        """
        size = self.params.sample_entries if entries is None else entries
        equal = np.ones(self.structure.agents.size, dtype=np.int64)
        able = equal if work is None or not work.any() else work
        drawn = [self.choose_agents(size, able) for _ in range(count)]
        began = self.budget.elapsed

        def solve(agents: Integers) -> SampledPrices | None:
            share = float(able[np.isin(self.structure.agents, agents)].sum() / able.sum())
            return self._solve(agents, share, seconds, threads)

        with ThreadPoolExecutor(count) as pool:
            found = list(pool.map(solve, drawn))
        good = [prices for prices in found if prices is not None and prices.converged]
        rough = [prices for prices in found if prices is not None]
        pace = size / max(1e-3, self.budget.elapsed - began)
        self._pace = pace if good else pace / 2
        # The duals of a sample that did not converge would spoil the mean.
        self._samples += good or ([] if self._samples else rough)

    @property
    def sizes(self) -> Integers:
        """Number of agents in each sample."""
        return np.array([sample.agents for sample in self._samples], dtype=np.int64)

    def entries_within(self, seconds: float) -> int:
        """Return the entries of a sample that takes so long, at the pace of the last one."""
        return int(min(self._pace * seconds, self.subproblem.matrix.nnz))

    def duals(self, weights: Floats) -> Floats:
        """Return a mean of the samples' dual values, shape (subproblem.rows,).

        Parameters
        ----------
        weights : float array, shape (samples,)
            Those of the first samples; their sum is 1.
        """
        known = zip(weights, self._samples, strict=False)
        return self._complete(np.sum([weight * sample.duals for weight, sample in known], axis=0))

    def relaxation(self) -> Relaxation | None:
        """Return the mean of the samples as a relaxation without values of decisions.

        Its bound holds, but is far below what `tighten_duals` makes of it.
        """
        if not self._samples:
            return None
        known = self.subproblem
        duals = self.duals(np.full(self.count, 1 / self.count))
        filled = np.mean([prices.filled for prices in self._samples], axis=0)
        filled = np.clip(filled, 0.0, 1.0)
        values = self._fit_flows(filled)
        found = relaxation_of(known, values, duals, converged=False, method="pdlp")
        return replace(found, filled=filled)

    def bound(self) -> int | None:
        """Return the bound of the program that the samples prove, its constant included."""
        found = self.relaxation()
        if found is None:
            return None
        structure, known = self.structure, self.subproblem
        tight = tighten_duals(structure.program, known, found, self.budget, self.params)
        return tight.bound + structure.constant(known)

    def _touched(self, columns: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which rows contain any of the columns."""
        structure, known = self.structure, self.subproblem
        rows = structure.program.rows
        return marked(structure.by_column, known.column_ids[columns], rows)[known.row_ids]

    def choose_agents(self, entries: int, work: Integers) -> Integers:
        """Return one agent of every few that serve about the same queues and work as much.

        Parameters
        ----------
        entries : int
            Matrix entries of the sample, about.
        work : int64 array, shape (agents,)
        """
        agents = self.structure.agents[np.lexsort((work, *self._queues))]
        share = entries / max(1, self.subproblem.matrix.nnz)
        count = min(agents.size, max(1, round(share * agents.size)))
        strata = np.array_split(agents, count)
        return np.array([self._rng.choice(stratum) for stratum in strata], dtype=np.int64)

    def _reached_queues(self) -> tuple[Integers, Integers]:
        """Return the last and the first queue that each agent serves in the busiest block.

        Else a sample may have nobody for a queue, whose price then suits nobody.
        """
        structure, known = self.structure, self.subproblem
        agents, matrix = structure.agents, known.matrix
        flows = np.flatnonzero(self._flows)
        if flows.size == 0:
            nothing = np.zeros(agents.size, dtype=np.int64)
            return nothing, nothing
        block = structure.block[known.column_ids]
        busiest = np.bincount(block[flows]).argmax()
        inside = self._flows & (block == busiest)
        chosen = np.flatnonzero(inside[matrix.indices])
        row = np.searchsorted(matrix.indptr, chosen, side="right") - 1
        column, leaving = matrix.indices[chosen], self._onward[row]
        source = np.full(known.columns, -1, dtype=np.int64)
        source[column[leaving]] = row[leaving]
        queue, origin = row[~leaving], source[column[~leaving]]
        lowest = np.full(known.rows + 1, known.rows)  # the last place is for flows without a source
        highest = np.full(known.rows + 1, -1)
        np.minimum.at(lowest, origin, queue)
        np.maximum.at(highest, origin, queue)
        sources = np.unique(origin[origin >= 0])
        entries = csr_entries(matrix.indptr, sources)
        own = np.repeat(sources, csr_sizes(matrix.indptr, sources))
        agent = self._agent[matrix.indices[entries]]
        of_agent = np.full(int(agents.max(initial=0)) + 1, known.rows)
        of_agent[agent[agent != NOBODY]] = own[agent != NOBODY]
        reached = of_agent[agents]
        return highest[reached], lowest[reached]

    def _solve(
        self, agents: Integers, share: float, seconds: float, threads: int
    ) -> SampledPrices | None:
        """Return the prices of some agents who do a share of all the work; None without any."""
        known = self.subproblem
        chosen = np.isin(self._agent, agents)
        present = self._touched(chosen)
        # Time of classes without an agent in the sample.
        absent = np.zeros(known.columns, dtype=np.bool_)
        idle_rows = self._onward & ~present
        absent[known.matrix.indices[np.repeat(idle_rows, np.diff(known.matrix.indptr))]] = True
        columns = np.flatnonzero(chosen | (self._recourse & ~absent))
        rows = np.flatnonzero(present | (self._linking & ~self._onward))
        sample = self._scaled(known.restrict(rows, columns), rows, columns, share)
        tolerance = self.params.sample_tolerance
        found = relax(sample, self.budget, seconds, tolerance, threads=threads, params=self.params)
        if found is None:
            return None
        arrived = np.zeros(known.rows)
        brought = np.where(self._flows[columns], found.values, 0.0)
        arrived[rows] = sample.matrix @ brought / (RESOLUTION * share)
        duals = np.zeros(known.rows)
        duals[rows] = found.duals
        required = np.where(known.row_lower > -UNBOUNDED, known.row_lower, 0)
        filled = np.where(required > 0, arrived / np.maximum(required, 1), 1.0)
        converged = "" if found.converged else ", not converged"
        entries = sample.matrix.nnz
        logger.info("relaxation of %d agents: %d entries%s", agents.size, entries, converged)
        duals = np.where(self._linking & ~self._onward, duals, 0.0)
        return SampledPrices(duals, filled, found.converged, agents.size)

    def _scaled(
        self, sample: Subproblem, rows: Integers, columns: Integers, share: float
    ) -> Subproblem:
        """Return a sample with its share of what linking rows require, in parts of a unit."""
        row_share = np.where(self._linking[rows], share, 1.0)
        shared = self._recourse[columns] & ~self._leaving[columns]
        column_share = np.where(shared, share, 1.0)

        def scale(bounds: Integers, by: Floats) -> Integers:
            scaled = np.rint(bounds * (by * RESOLUTION))
            return np.where(np.abs(bounds) < UNBOUNDED, scaled, bounds).astype(np.int64)

        return replace(
            sample,
            row_lower=scale(sample.row_lower, row_share),
            row_upper=scale(sample.row_upper, row_share),
            lower=scale(sample.lower, column_share),
            upper=scale(sample.upper, column_share),
        )

    def _fit_flows(self, filled: Floats) -> Floats:
        """Return values with flows in likely proportions, all other columns at their lower bounds.

        Time at work is taken as even in every block; flows are fitted in turns to what leaves
        and to what arrives.
        """
        known, matrix = self.subproblem, self.subproblem.matrix
        row = np.repeat(np.arange(known.rows), np.diff(matrix.indptr))
        unit = np.abs(matrix.data).astype(np.float64)
        here = self._onward[row]
        decided = here & ~self._recourse[matrix.indices]
        offered = np.bincount(row[decided], unit[decided], known.rows)
        source, target = np.full((2, known.columns), -1, dtype=np.int64)
        out = here & self._flows[matrix.indices]
        into = ~here & self._flows[matrix.indices]
        source[matrix.indices[out]], target[matrix.indices[into]] = row[out], row[into]
        rate = np.zeros(known.columns)
        rate[matrix.indices[into]] = unit[into]
        flows = np.flatnonzero((source >= 0) & (target >= 0))
        values = known.lower.astype(np.float64)
        if flows.size == 0:
            return values
        source, target, rate = source[flows], target[flows], rate[flows]
        goal = np.where(known.row_lower > -UNBOUNDED, np.maximum(known.row_lower, 0), 0) * filled
        block = self.structure.block[known.column_ids[flows]]
        rows, first = np.unique(source, return_index=True)
        of_row = block[first]
        supply = np.bincount(of_row, offered[rows], self.structure.num_blocks)
        queues, first = np.unique(target, return_index=True)
        asked = np.bincount(block[first], goal[queues], self.structure.num_blocks)
        offered[rows] = offered[rows] * (asked / np.maximum(supply, 1e-9))[of_row]
        amount = np.ones(flows.size)
        for _ in range(self.params.fitting_rounds):
            arrived = np.bincount(target, amount * rate, known.rows)
            amount = amount * (goal / np.maximum(arrived, 1e-9))[target]
            left = np.bincount(source, amount, known.rows)
            amount = amount * (offered / np.maximum(left, 1e-9))[source]
        values[flows] = amount
        return values

    def _complete(self, duals: Floats) -> Floats:
        """Return duals with those of the onward rows: the best price for time from there."""
        matrix, outward = self.subproblem.matrix, self._outward
        row = np.searchsorted(matrix.indptr, outward, side="right") - 1
        column, unit = matrix.indices[outward], matrix.data[outward]
        worth = matrix.T @ np.where(self._onward, 0.0, duals) - self.subproblem.cost
        best = np.full(self.subproblem.rows, -np.inf)
        np.maximum.at(best, row, worth[column] / -unit)
        return np.where(np.isfinite(best), best, duals)

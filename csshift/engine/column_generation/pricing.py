"""Pricing: the best schedule of every agent for given dual values, and the bound it proves.

Dual values are rounded to a grid first. All reduced costs are then integers in one unit, their
least sums by decision diagrams and CP-SAT's bounds on them are exact, and so is the Lagrangian
bound that they add up to (Geoffrion, 1974): the bound is a proof, whatever the duals are.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.budget import Budget
from csshift.engine.column_generation.diagram_pricing import DiagramPricer, Diagrams
from csshift.engine.column_generation.master import AgentBlocks
from csshift.engine.duals import binding_bounds
from csshift.engine.generation_params import DiagramParams
from csshift.engine.solvers.cpsat import Limits, StoredModel
from csshift.program import Floats, Integers

T = TypeVar("T")

logger = logging.getLogger(__name__)

GRID = 1000
"""Steps of the grid of duals in the largest common unit of all costs."""

LARGEST = float(1 << 60)
"""Magnitude from which on duals and sums of reduced costs are too large for 64 bits."""


@dataclass(frozen=True, eq=False)
class Proof:
    """A bound and where it comes from.

    Parameters
    ----------
    bound : int
        Proven lower bound of the whole subproblem.
    duals : float array, shape (linking rows,)
        On the grid.
    minimum : float array, shape (blocks,)
        Least sum of reduced costs of any schedule of each agent.
    steps : int
        The bound in steps of the grid, before it was rounded up to whole units.
    """

    bound: int
    duals: Floats
    minimum: Floats
    steps: int


@dataclass(frozen=True, eq=False)
class Fixing:
    """Columns of each block that schedules have to agree with.

    Parameters
    ----------
    masks : list of bool array, shape (own columns,)
    values : list of int64 array, shape (own columns,)
        What the columns under the mask are.
    """

    masks: list[NDArray[np.bool_]]
    values: list[Integers]

    def fits(self, number: int, schedules: Integers) -> NDArray[np.bool_]:
        """Return which schedules of a block agree."""
        mask = self.masks[number]
        return np.asarray(np.all(schedules[:, mask] == self.values[number][mask], axis=1))


@dataclass(frozen=True, eq=False)
class PricingResult:
    """What one round of pricing found.

    Parameters
    ----------
    schedules : dict of int to int64 array
        By number of the block: values of its columns, shape (schedules, own columns); the best
        one first.
    proof : Proof or None
        Where every block was priced with a bound.
    """

    schedules: dict[int, Integers]
    proof: Proof | None


@dataclass(frozen=True, eq=False)
class Near:
    """All schedules of a block that may be in a solution with some objective, the best first.

    Parameters
    ----------
    pricer : DiagramPricer
        Knows their values.
    cost : int64 array, shape (schedules,)
        In the largest common unit of all costs.
    links : csr_array of int64, shape (schedules, linking rows)
        What they add to the linking rows.
    chosen : int32 array, shape (schedules, days)
        Their options.
    """

    pricer: DiagramPricer
    cost: Integers
    links: csr_array
    chosen: NDArray[np.int32]


class Pricing:
    """Prices the blocks of agents; keeps the diagram or the model of each."""

    def __init__(
        self, split: AgentBlocks, budget: Budget, params: DiagramParams = DiagramParams()
    ) -> None:
        self.split = split
        self.budget = budget
        self.params = params
        self.unit = math.gcd(*split.subproblem.cost.tolist()) or 1
        links = [split.rest_links, *(block.links for block in split.blocks)]
        self._sizes = [csr_array(abs(link).astype(np.float64).T) for link in links]
        self._last: list[Integers | None] = [None] * len(split.blocks)
        self._diagrams = Diagrams(params)
        self._pricers: list[DiagramPricer | StoredModel | None] = [None] * len(split.blocks)
        self._rounds = 0
        self._compile_until = math.inf

    def prepare(self) -> None:
        """Compile the diagrams of all blocks, or their models where there is none.

        Compiling ends after a share of the time left, or a smaller one where diagrams turn out too
        large: the remaining blocks get models.
        """
        budget, params, failing = self.budget, self.params, math.inf
        if not budget.reproducible:
            self._compile_until = budget.elapsed + params.compile_share * budget.left
            failing = params.failure_share * budget.left
        for number in range(len(self._pricers)):
            began = budget.elapsed
            if isinstance(self._pricer(number), StoredModel):
                failing -= budget.elapsed - began
            if failing < 0:
                self._compile_until = -math.inf
        models = len(self.models)
        diagrams = len(self._pricers) - models
        logger.info("pricing: %d agents by diagrams, %d by CP-SAT", diagrams, models)

    @property
    def models(self) -> list[int]:
        """Numbers of the blocks that CP-SAT prices."""
        return [n for n, known in enumerate(self._pricers) if isinstance(known, StoredModel)]

    def on_grid(self, duals: Floats) -> Integers:
        """Return duals of the linking rows in steps of the grid, those of missing bounds 0."""
        subproblem, linking = self.split.subproblem, self.split.linking
        scaled = np.clip(duals * (GRID / self.unit), -LARGEST, LARGEST)
        y = np.rint(scaled).astype(np.int64)
        return binding_bounds(y, subproblem.row_lower[linking], subproblem.row_upper[linking])[0]

    def price(
        self,
        duals: Floats,
        seconds: float,
        chosen: Sequence[int] | None = None,
        worth: Floats | None = None,
        fixing: Fixing | None = None,
    ) -> PricingResult:
        """Find the best schedules of agents.

        Parameters
        ----------
        duals : float array, shape (linking rows,)
        seconds : float
            Limit for each agent.
        chosen : sequence of int or None
            Blocks to price; all when None, and only then is there a bound.
        worth : float array, shape (blocks,), or None
            Reduced costs below which schedules are of use besides the best one.
        fixing : Fixing or None
            Schedules that do not agree are left out, and there is no bound.
        """
        y = self.on_grid(duals)
        largest = self._largest_sum(y)
        if largest > LARGEST:
            return PricingResult({}, None)
        numbers = range(len(self._pricers)) if chosen is None else chosen
        self._rounds += 1
        limits = np.full(len(self._pricers), -np.inf) if worth is None else worth
        forced: dict[int, Integers] = {}
        if fixing is not None:
            forced = {number: self._force(number, fixing, largest) for number in numbers}

        def best(number: int) -> tuple[int | None, Integers | None]:
            return self._best(number, y, seconds, float(limits[number]), forced.get(number))

        found = self._on_all(best, numbers)
        schedules = {
            number: values
            for number, (_, values) in zip(numbers, found, strict=True)
            if values is not None
        }
        if fixing is not None:
            schedules = {n: values[fixing.fits(n, values)] for n, values in schedules.items()}
        minimum = [bound for bound, _ in found if bound is not None]
        proven = chosen is None and fixing is None and len(minimum) == len(found)
        return PricingResult(schedules, self._proof(y, minimum) if proven else None)

    def near(self, proof: Proof, target: int, most: int, until: float) -> list[Near] | None:
        """Return the schedules that a solution with at most this objective may consist of.

        With duals that prove a bound, a schedule whose reduced cost exceeds the least one by more
        than is left to the target is in no such solution.

        Parameters
        ----------
        proof : Proof
        target : int
            Objective of the subproblem.
        most : int
            Schedules of all blocks, at most.
        until : float
            Seconds of the budget after which listing ends.

        Returns
        -------
        list of Near or None
            By block; None where they are too many, or a block has no diagram.
        """
        slack = max(target // self.unit * GRID - proof.steps, -1)  # none is below the least one
        pricers = [self._pricer(number) for number in range(len(self._pricers))]
        diagrams = [pricer for pricer in pricers if isinstance(pricer, DiagramPricer)]
        if slack > LARGEST or len(diagrams) < len(pricers):
            return None
        y = self.on_grid(proof.duals)
        near = []
        for block, pricer in zip(self.split.blocks, diagrams, strict=True):
            cost = block.subproblem.cost // self.unit * GRID - block.links.T @ y
            found = pricer.near(cost, slack, most, lambda: self.budget.elapsed >= until)
            if found is None:
                return None
            reduced_costs, chosen = found
            most -= reduced_costs.size
            order = np.argsort(reduced_costs, kind="stable")
            links = pricer.links_of(chosen[order], block.links)
            cost = (reduced_costs[order] + links @ y) // GRID
            near.append(Near(pricer, cost, links, chosen[order]))
        return near

    def _on_all(self, task: Callable[[int], T], numbers: Sequence[int]) -> list[T]:
        """Return the results of a task for several blocks; all workers solve the models.

        Diagrams are priced in one thread, by thousands of short array operations: several threads
        would wait for the interpreter's lock at each of them, and take up to twice as long.
        """
        models = [n for n in numbers if isinstance(self._pricer(n), StoredModel)]
        if self.budget.workers <= 1 or not models:
            return [task(number) for number in numbers]
        with ThreadPoolExecutor(self.budget.workers) as pool:
            waiting = {number: pool.submit(task, number) for number in models}
            found = {number: task(number) for number in numbers if number not in waiting}
        return [waiting[n].result() if n in waiting else found[n] for n in numbers]

    def _pricer(self, number: int) -> DiagramPricer | StoredModel:
        known = self._pricers[number]
        if known is None:
            block = self.split.blocks[number]
            if self.budget.elapsed <= self._compile_until:
                known = self._diagrams.pricer(block, (self.unit, GRID))
            known = known or StoredModel(block.subproblem)
            self._pricers[number] = known
        return known

    def _largest_sum(self, y: Integers) -> float:
        """Return an upper limit of the reduced costs of the rest, and of their sum in a block."""
        size = np.abs(y).astype(np.float64)
        grid = GRID / self.unit
        rest_cost = self.split.subproblem.cost[self.split.rest]
        most = float((np.abs(rest_cost) * grid + self._sizes[0] @ size).max(initial=0.0))
        for block, links in zip(self.split.blocks, self._sizes[1:], strict=True):
            own = np.abs(block.subproblem.cost) * grid + links @ size
            ends = np.abs([block.subproblem.lower, block.subproblem.upper]).max(axis=0)
            most = max(most, float(own @ np.maximum(ends, 1)))
        return most

    def _proof(self, y: Integers, minimum: list[int]) -> Proof:
        step = self.unit / GRID
        known = np.array(minimum, dtype=np.float64)
        steps = sum(minimum) + self.split.bound_of_rest(y, self.unit, GRID)
        bound = -(-steps // GRID) * self.unit
        return Proof(bound, y.astype(np.float64) * step, known * step, steps)

    def _force(self, number: int, fixing: Fixing, largest: float) -> Integers:
        """Return costs that make a block agree with what is fixed at a bound of its columns.

        The least of all schedules then agrees if any does: a deviation costs more than all else.
        """
        block, mask = self.split.blocks[number].subproblem, fixing.masks[number]
        price = int(min(largest + 1, LARGEST / (4 * max(1, mask.size))))
        low = mask & (fixing.values[number] == block.lower)
        high = mask & (fixing.values[number] == block.upper)
        return np.asarray(price * low.astype(np.int64) - price * (high & ~low).astype(np.int64))

    def _best(
        self, number: int, y: Integers, seconds: float, worth: float, forced: Integers | None
    ) -> tuple[int | None, Integers | None]:
        """Return a bound on one block at duals on the grid, and its best schedules."""
        block, pricer = self.split.blocks[number], self._pricer(number)
        cost = block.subproblem.cost // self.unit * GRID - block.links.T @ y
        limit = worth * GRID / self.unit
        if forced is not None:
            cost = cost + forced
            limit += float(
                np.where(forced > 0, block.subproblem.lower, block.subproblem.upper) @ forced
            )
        if isinstance(pricer, DiagramPricer):
            rng = np.random.default_rng((self.budget.seed, self._rounds, number))
            return pricer.price(cost, rng, self.params.paths, limit)
        solution = pricer.solve(
            cost,
            self.budget,
            Limits(seconds),
            hint=self._last[number],
            seed=self.budget.seed,
        )
        if solution.values is None:
            return solution.bound, None
        self._last[number] = solution.values
        return solution.bound, solution.values[None]

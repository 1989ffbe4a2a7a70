"""Branching on listed schedules: the best solution that costs at most so much.

With duals that prove a bound, a schedule whose reduced cost exceeds what is left to a target is in
no solution within it. Where all others of all agents can be listed, branch and price over them
(Barnhart et al., 1998; Baldacci, Christofides and Mingozzi, 2008) finds the best solution within
the target, or proves that there is none: the bound then rises above the target.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from csshift.engine.budget import Budget
from csshift.engine.column_generation.master import AgentBlocks, Master, MasterSolution
from csshift.engine.column_generation.pricing import Near
from csshift.engine.duals import LARGEST_SUM, binding_bounds
from csshift.engine.generation_params import BranchingParams
from csshift.program import Floats, Integers

logger = logging.getLogger(__name__)

Mix: TypeAlias = list[tuple[Integers, Floats]]
"""By block: schedules that have weight, shape (schedules, own columns), and their weights."""

GRID_BITS = 20
"""Duals are rounded to this power of a half of the unit of costs, or to a coarser one."""

MOST_SLACK = 1 << 61
"""What is left to the target, at most: more is no limit to 64 bits."""

SMALL_RISE = 1e-3
"""Added to the rise of either child, so that a branch that raises only one of them counts."""


@dataclass(frozen=True, eq=False)
class Node:
    """Solutions that consist of some of the listed schedules.

    Parameters
    ----------
    allowed : int array
        Positions of the schedules, ascending.
    mix : Mix
        Their best one, or nearly.
    target : int
        That of the search at that time.
    rise : float
        The bound less this target, in units of the objective.
    """

    allowed: Integers
    mix: Mix
    target: int
    rise: float


@dataclass(frozen=True)
class Branch:
    """A column of a block, and the value up to which a schedule is of the first child."""

    block: int
    column: int
    limit: int


class Branching:
    """Searches listed schedules for the best solution whose objective is at most the target.

    Parameters
    ----------
    split : AgentBlocks
    near : list of Near
        By block: all schedules that such a solution may consist of.
    target : int
        In units of the costs of `near`.
    unit : int
        The size of this unit in the subproblem's costs.
    """

    def __init__(
        self,
        split: AgentBlocks,
        near: list[Near],
        target: int,
        unit: int,
        budget: Budget,
        params: BranchingParams,
    ) -> None:
        self.split, self.budget, self.params = split, budget, params
        self.target, self.unit = target, unit
        self.ended = False
        """Whether nothing is left to search."""
        self.proves = True
        """Whether its end proves that there is no solution within the target as it is then."""
        self.nodes = 0
        self.duals: Floats | None = None
        """Those of the best mix of all listed schedules."""
        self._pricers = [part.pricer for part in near]
        self._chosen = [part.chosen for part in near]
        sizes = [part.cost.size for part in near]
        self._first = np.cumsum([0, *sizes])
        self._block = np.repeat(np.arange(len(near)), sizes)
        self._cost = np.concatenate([part.cost for part in near])
        self._links = csr_array(vstack([part.links for part in near]))
        self._rest_cost = split.subproblem.cost[split.rest] // unit
        reach = float(abs(self._links).sum(axis=1).max(initial=0))
        reach = max(reach, float(abs(split.rest_links).sum(axis=0).max(initial=0)), 1.0)
        self._reach = reach
        """Sum of the coefficients of a column or schedule in linking rows, at most."""
        self._master = Master(split, int(self._first[-1]) + 1)
        self._known: list[list[int]] = [[] for _ in sizes]  # schedules of the master, by block
        self._is_known = np.zeros(self._cost.size, dtype=np.bool_)
        self._gains: dict[tuple[int, int], float] = {}
        self._open: list[Node] | None = None

    def run(self, until: float, offer: Callable[[Integers | None], int | None]) -> None:
        """Search until the end, or `until` seconds of the budget; the search may go on.

        Parameters
        ----------
        offer : callable
            Offered every mix that is a solution: int64 array, shape (subproblem columns,), with
            the columns of nobody 0; and asked with None before every node. Returns the least
            objective known, in units. The target is below it from then on.
        """
        if self._open is None:
            for number, (first, last) in enumerate(itertools.pairwise(self._first.tolist())):
                if first < last:
                    self._add(number, np.arange(first, min(last, first + self.params.first)))
            root = self._solve(np.arange(self._cost.size))
            self._open = [] if root is None else [root]
        while self._open and not self.budget.over and self.budget.elapsed < until:
            self._lower(offer(None))
            node: Node | None = self._open.pop()
            if node is not None and node.target > self.target:
                node = self._solve(node.allowed)
            if node is None:
                continue
            self.nodes += 1
            branches = self._branches(node.mix)
            if branches:
                self._open.extend(self._children(node, branches, until))
            elif self._lower(offer(self._values(node.mix))):
                self._open.append(node)  # to be closed by what its schedules cost at least
            else:
                # Its mix is one solution; what its recourse costs in whole units is another matter.
                self.proves = False
        self.ended = not self._open

    def _lower(self, objective: int | None) -> bool:
        """Seek what costs less than a known objective; return whether that is a new target."""
        if objective is None or objective > self.target:
            return False
        self.target = objective - 1
        return True

    def _children(self, node: Node, branches: list[Branch], until: float) -> list[Node]:
        """Return the children of the branch after which the bound rises most, the lowest last.

        When time is up, that of the branches tried so far, one at least.
        """
        best: list[Node] = []
        best_score = -1.0
        for number, branch in enumerate(branches):
            if number and self.budget.elapsed >= until:
                break
            below = self._below(node.allowed, branch)
            halves = self._solve(below[0]), self._solve(below[1])
            kept = [half for half in halves if half is not None]
            rises = [half.rise - node.rise for half in kept]
            score = float(np.prod([max(rise, 0.0) + SMALL_RISE for rise in rises]))
            self._gains[branch.block, branch.column] = score if len(kept) == 2 else 1.0
            if len(kept) < 2:
                return kept
            if score > best_score:
                best, best_score = kept, score
        return sorted(best, key=lambda half: -half.rise)

    def _branches(self, mix: Mix) -> list[Branch]:
        """Return the most promising branches: columns on which the mixed schedules differ."""
        found: list[tuple[float, Branch]] = []
        for number, (values, weights) in enumerate(mix):
            if weights.size < 2:
                continue
            share = weights / weights.sum()
            slack = self._pricers[number].slack
            differ = np.flatnonzero((values != values[0]).any(axis=0) & ~slack)
            for column in differ.tolist():
                limit = int(values[:, column].min())
                high = float(share[values[:, column] > limit].sum())
                usual = self._gains.get((number, column), self.params.unknown_gain)
                found.append((usual * min(high, 1 - high), Branch(number, column, limit)))
        found.sort(key=lambda pair: -pair[0])
        return [branch for _, branch in found[: self.params.candidates]]

    def _below(self, allowed: Integers, branch: Branch) -> tuple[Integers, Integers]:
        """Return the schedules with at most the branch's value in its column, and the others."""
        first, last = self._first[branch.block : branch.block + 2]
        begin, end = np.searchsorted(allowed, [first, last])
        inside = allowed[begin:end]
        own = self._chosen[branch.block][inside - first]
        low = self._pricers[branch.block].column_of(own, branch.column) <= branch.limit
        before, after = allowed[:begin], allowed[end:]
        return (
            np.concatenate([before, inside[low], after]),
            np.concatenate([before, inside[~low], after]),
        )

    def _solve(self, allowed: NDArray[np.integer]) -> Node | None:
        """Mix allowed schedules; None where no solution of them is within the target."""
        block = self._block[allowed]
        counts = np.bincount(block, minlength=len(self._pricers))
        if not counts.all():
            return None
        begins = np.cumsum(counts) - counts
        self._allow(allowed, begins)
        every = allowed.size == self._cost.size
        links = self._links if every else self._links[allowed]  # all of them are large
        cost = self._cost[allowed]
        while True:
            solution = self._master.solve(self.budget)
            priced = None if solution is None else self._price(solution.duals, links, cost, begins)
            if solution is None or priced is None:
                self.proves = False
                return None
            reduced_costs, slack, grid = priced
            if self._open is None:
                self.duals = solution.duals
            if slack < 0:
                return None
            below = reduced_costs - solution.convexity[block] * (grid / self.unit)
            helps = (below < -self.params.tolerance * grid) & ~self._is_known[allowed]
            if not helps.any():
                break
            self._learn(allowed[helps], below[helps])
        least = np.repeat(np.minimum.reduceat(reduced_costs, begins), counts)
        inside = allowed[reduced_costs - least <= slack]
        node = Node(inside, self._mix(solution), self.target, -slack / grid)
        self._trim(solution)
        return node

    def _mix(self, solution: MasterSolution) -> Mix:
        """Return the schedules that have weight, and their weights."""
        mix = []
        for number, weights in enumerate(solution.weights):
            used = weights > self.params.tolerance
            mix.append((self._master.schedules(number)[used], weights[used]))
        return mix

    def _trim(self, solution: MasterSolution) -> None:
        """Keep the best half of the schedules in the master where they are many."""
        most = self.params.mixed
        if sum(len(known) for known in self._known) <= most * len(self._known):
            return
        for number, known in enumerate(self._known):
            kept = np.zeros(len(known), dtype=np.bool_)
            kept[self._master.best(number, solution, most // 2)] = True
            positions = np.array(known)
            self._is_known[positions[~kept]] = False
            self._known[number] = positions[kept].tolist()
            self._master.keep(number, kept)

    def _allow(self, allowed: NDArray[np.integer], begins: Integers) -> None:
        """Let the master mix allowed schedules alone; it knows one of each block at least."""
        inside = np.zeros(self._cost.size, dtype=np.bool_)
        inside[allowed] = True
        for number, known in enumerate(self._known):
            if not inside[known].any():
                self._add(number, allowed[begins[number]][None])
            self._master.allow(number, inside[known])

    def _learn(self, positions: NDArray[np.integer], below: Floats) -> None:
        """Tell the master of schedules that improve its mix, the best ones of each block."""
        best = positions[np.argsort(below, kind="stable")]
        for number in np.unique(self._block[best]).tolist():
            self._add(number, best[self._block[best] == number][: self.params.added])

    def _add(self, number: int, positions: NDArray[np.integer]) -> None:
        """Tell the master of schedules of a block, one at least."""
        chosen = self._chosen[number][positions - self._first[number]]
        values = self._pricers[number].values_of(chosen)
        for position, schedule in zip(positions.tolist(), values, strict=True):
            if self._master.add(number, schedule):
                self._known[number].append(position)
        self._is_known[positions] = True

    def _price(
        self, duals: Floats, links: csr_array, cost: Integers, begins: Integers
    ) -> tuple[Integers, int, float] | None:
        """Return reduced costs, what the bound leaves to the target, and the steps of a unit.

        All in whole steps, so that the bound is exact; None where 64 bits do not hold them.
        """
        split, y = self.split, duals / self.unit
        costs = np.abs(cost).max(initial=1), np.abs(self._rest_cost).max(initial=1)
        largest = float(max(costs)) + self._reach * float(np.abs(y).max(initial=0.0))
        bits = min(GRID_BITS, int(np.log2(LARGEST_SUM / largest)) - 1)
        if bits < 0:
            return None
        rows, steps = split.linking, 1 << bits
        whole, _ = binding_bounds(
            np.rint(y * steps).astype(np.int64),
            split.subproblem.row_lower[rows],
            split.subproblem.row_upper[rows],
        )
        reduced_costs = cost * steps - links @ whole
        bound = split.bound_of_rest(whole, self.unit, steps)
        bound += sum(np.minimum.reduceat(reduced_costs, begins).tolist())
        return reduced_costs, min(self.target * steps - bound, MOST_SLACK), float(steps)

    def _values(self, mix: Mix) -> Integers:
        """Return the schedules of a mix that is a solution, the columns of nobody 0."""
        values = np.zeros(self.split.subproblem.columns, dtype=np.int64)
        for block, (schedules, weights) in zip(self.split.blocks, mix, strict=True):
            values[block.columns] = schedules[int(weights.argmax())]
        return values

"""A program split by agent, and the restricted master that mixes the agents' schedules.

(Dantzig and Wolfe, 1960.) Rows of one agent belong to its block; all others link agents. The master
chooses a convex combination of known schedules for each agent so that the linking rows hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from csshift.engine.budget import Budget
from csshift.engine.duals import binding_bounds, exact_dot
from csshift.engine.solvers.incremental_lp import IncrementalSimplex
from csshift.engine.solvers.scaling import infinite_bounds
from csshift.engine.subproblem import Subproblem, activity_bounds
from csshift.program import NOBODY, UNBOUNDED, Floats, Integers, single_agent


@dataclass(frozen=True, eq=False)
class AgentBlock:
    """What belongs to one agent.

    Parameters
    ----------
    columns : int array, shape (own,)
        Positions in the subproblem that was split.
    subproblem : Subproblem
        The agent's columns and the rows that contain no other column.
    links : csr_array of int64, shape (linking rows, own)
        What a unit of each column adds to the linking rows.
    days : int array, shape (own,)
        Day of each column, `NOBODY` where it has none.
    """

    agent: int
    columns: Integers
    subproblem: Subproblem
    links: csr_array
    days: NDArray[np.integer]

    @cached_property
    def linked(self) -> NDArray[np.bool_]:
        """Which columns are in linking rows, shape (own,)."""
        return np.diff(csc_array(self.links).indptr) > 0

    @cached_property
    def linked_by_day(self) -> dict[int, Integers]:
        """Those of them that are not fixed, by day."""
        free = self.linked & (self.subproblem.lower < self.subproblem.upper)
        return {
            int(day): np.flatnonzero(free & (self.days == day))
            for day in np.unique(self.days[free])
            if day != NOBODY
        }


@dataclass(frozen=True, eq=False)
class AgentBlocks:
    """A subproblem split by agent.

    Parameters
    ----------
    rest : int array
        Positions of the columns without an agent.
    linking : int array
        Positions of the rows that link agents, or that contain columns of `rest`.
    rest_links : csr_array of int64, shape (linking rows, rest)
    """

    subproblem: Subproblem
    blocks: tuple[AgentBlock, ...]
    rest: Integers
    linking: Integers
    rest_links: csr_array

    def bound_of_rest(self, duals: Integers, unit: int, steps: int) -> int:
        """Return what duals prove, the least reduced costs of the agents' schedules left out.

        Parameters
        ----------
        duals : int64 array, shape (linking rows,)
            In steps; those of missing row bounds are 0.
        unit, steps : int
            A unit of costs, and how many steps it has.
        """
        own, rows, rest = self.subproblem, self.linking, self.rest
        _, paid = binding_bounds(duals, own.row_lower[rows], own.row_upper[rows])
        reduced_costs = own.cost[rest] // unit * steps - self.rest_links.T @ duals
        at = np.where(reduced_costs > 0, own.lower[rest], own.upper[rest])
        return exact_dot(duals, paid) + exact_dot(reduced_costs, at)


def split_by_agent(
    subproblem: Subproblem,
    agents: NDArray[np.integer],
    days: NDArray[np.integer],
    linking: NDArray[np.bool_] | None = None,
) -> AgentBlocks:
    """Return a subproblem as blocks of agents and what links them.

    Parameters
    ----------
    agents : int array, shape (columns,)
        Agent of each column, `NOBODY` where it has none.
    days : int array, shape (columns,)
        Likewise its day.
    linking : bool array, shape (rows,), or None
        Rows of one agent that link agents like all others: blocks are simpler then, and the bound
        is weaker.
    """
    agent_of_row = single_agent(subproblem.matrix, agents)
    if linking is not None:
        agent_of_row = np.where(linking, NOBODY, agent_of_row)
    between = np.flatnonzero(agent_of_row == NOBODY)
    links = csc_array(subproblem.matrix[between])
    blocks = []
    for agent in np.unique(agents[agents != NOBODY]):
        columns = np.flatnonzero(agents == agent)
        own = subproblem.restrict(np.flatnonzero(agent_of_row == agent), columns)
        linked = csr_array(links[:, columns])
        blocks.append(AgentBlock(int(agent), columns, own, linked, days[columns]))
    rest = np.flatnonzero(agents == NOBODY)
    return AgentBlocks(subproblem, tuple(blocks), rest, between, csr_array(links[:, rest]))


def counts_over(
    subproblem: Subproblem, days: NDArray[np.integer], limit: float
) -> NDArray[np.bool_]:
    """Return which rows count something on days that are `limit` or more apart.

    Rows that leave no column room to move fix columns, and count nothing.
    """
    matrix = subproblem.matrix
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    first, last = np.full(matrix.shape[0], np.inf), np.full(matrix.shape[0], -np.inf)
    dated = days[matrix.indices] != NOBODY
    np.minimum.at(first, row[dated], days[matrix.indices[dated]])
    np.maximum.at(last, row[dated], days[matrix.indices[dated]])
    step = np.full(matrix.shape[0], UNBOUNDED)
    np.minimum.at(step, row, np.abs(matrix.data))
    least, most = activity_bounds(matrix, subproblem.lower, subproblem.upper)
    room = np.minimum(subproblem.row_upper - least, most - subproblem.row_lower)
    fixes = (room >= 0) & (room < step)
    return np.asarray((last - first >= limit) & ~fixes)


@dataclass(frozen=True, eq=False)
class MasterSolution:
    """A solution of the master program.

    Parameters
    ----------
    objective : float
        Violations included.
    weights : list of float array
        By block: weight of each of its schedules.
    duals : float array, shape (linking rows,)
    convexity : float array, shape (blocks,)
        Dual value of each block: its schedules' least reduced cost.
    violation : float
        By how much the schedules break linking rows, all in all.
    """

    objective: float
    weights: list[Floats]
    duals: Floats
    convexity: Floats
    violation: float = 0.0


@dataclass(eq=False)
class _Pool:
    """Schedules of one agent: values, costs, what they add to the linking rows, place in the LP."""

    values: Integers
    cost: Integers
    links: Integers
    places: Integers
    allowed: NDArray[np.bool_]
    known: set[bytes]


class Master:
    """Known schedules of every agent, and the linear program that mixes them.

    Linking rows may be broken at a high price, so that there are always duals, which show what
    is missing.

    Parameters
    ----------
    max_schedules : int
        Schedules kept for one agent; those with the largest reduced costs are dropped.
    violation_price : float
        Price of a unit of violation, in the largest costs of a column.
    """

    def __init__(
        self, split: AgentBlocks, max_schedules: int, violation_price: float = 10.0
    ) -> None:
        self.split = split
        self.max_schedules = max_schedules
        self._pools = [
            _Pool(
                np.empty((0, block.columns.size), dtype=np.int64),
                np.empty(0, dtype=np.int64),
                np.empty((0, split.linking.size), dtype=np.int64),
                np.empty(0, dtype=np.int64),
                np.empty(0, dtype=np.bool_),
                set(),
            )
            for block in split.blocks
        ]
        subproblem, linking, rest = split.subproblem, split.linking, split.rest
        self._unit = float(np.abs(subproblem.cost).max(initial=0)) or 1.0
        lower, upper = infinite_bounds(subproblem.row_lower[linking], subproblem.row_upper[linking])
        ones = np.ones(len(split.blocks))
        self._program = IncrementalSimplex(np.append(lower, ones), np.append(upper, ones))
        self._violations = self._add_violations(lower, upper, violation_price)
        empty = csr_array((ones.size, rest.size))
        self._program.add(
            csc_array(vstack([split.rest_links.astype(np.float64), empty])),
            subproblem.cost[rest] / self._unit,
            subproblem.lower[rest].astype(np.float64),
            subproblem.upper[rest].astype(np.float64),
        )
        self._waiting: list[tuple[int, int]] = []
        self._columns = self._violations + rest.size

    def _add_violations(self, lower: Floats, upper: Floats, price: float) -> int:
        """Add columns that make up for what a row lacks, or has too much; return their number."""
        missing, excess = np.flatnonzero(np.isfinite(lower)), np.flatnonzero(np.isfinite(upper))
        rows, count = np.concatenate([missing, excess]), missing.size + excess.size
        signs = np.concatenate([np.ones(missing.size), -np.ones(excess.size)])
        shape = (lower.size + len(self.split.blocks), count)
        matrix = csc_array((signs, (rows, np.arange(count))), shape=shape)
        self._program.add(matrix, np.full(count, price), np.zeros(count), np.full(count, np.inf))
        return count

    def subset(self, solution: MasterSolution, fixed: Mapping[int, Integers], count: int) -> Master:
        """Return a master with what matters of this one: fewer schedules, some blocks decided.

        Parameters
        ----------
        solution : MasterSolution
            Of this master.
        fixed : mapping of int to int64 array
            Blocks with only one schedule.
        count : int
            Schedules of each of the others.
        """
        other = Master(self.split, 2 * count)
        for number, pool in enumerate(self._pools):
            if number in fixed:
                other.add(number, fixed[number])
                continue
            for place in self.best(number, solution, count).tolist():
                other.add(number, pool.values[place])
        return other

    def best(self, number: int, solution: MasterSolution, count: int) -> Integers:
        """Return the schedules of a block with the least reduced costs, used ones first."""
        pool, weights = self._pools[number], solution.weights[number]
        reduced_costs = pool.cost - pool.links @ solution.duals - solution.convexity[number]
        reduced_costs[: weights.size][weights > 0] = -np.inf
        most = max(count, int((weights > 0).sum()))
        return np.sort(np.argsort(reduced_costs)[:most])

    def keep(self, number: int, kept: NDArray[np.bool_]) -> Integers:
        """Keep some schedules of a block; return the others, shape (schedules, own columns)."""
        self._flush()
        pool = self._pools[number]
        others = pool.values[~kept]
        if others.size:
            self._forget(self._cut(pool, np.flatnonzero(kept)))
        return others

    def objective_without(self, number: int, left_out: NDArray[np.bool_], budget: Budget) -> float:
        """Return the objective without some schedules of a block; infinite if there is none."""
        self._flush()
        places = self._pools[number].places[left_out]
        self._program.set_upper(places, np.zeros(places.size))
        found = self._program.solve(budget)
        self._program.set_upper(places, np.full(places.size, np.inf))
        return found.objective * self._unit if found is not None and found.optimal else np.inf

    def allow(self, number: int, allowed: NDArray[np.bool_]) -> None:
        """Let only some of a block's known schedules have weight."""
        self._flush()
        pool = self._pools[number]
        changed = allowed != pool.allowed
        if changed.any():
            upper = np.where(allowed[changed], np.inf, 0.0)
            self._program.set_upper(pool.places[changed], upper)
            pool.allowed = allowed.copy()

    @staticmethod
    def _cut(pool: _Pool, keep: Integers) -> Integers:
        """Keep some schedules of a pool; return the places of the others."""
        dropped = np.delete(pool.places, keep)
        pool.values, pool.cost = pool.values[keep], pool.cost[keep]
        pool.links, pool.places = pool.links[keep], pool.places[keep]
        pool.allowed = pool.allowed[keep]
        pool.known = {values.tobytes() for values in pool.values}
        return dropped

    def schedules(self, number: int) -> Integers:
        """Return the known schedules of a block, shape (schedules, own columns)."""
        return self._pools[number].values

    def add(self, number: int, values: Integers) -> bool:
        """Add a schedule of a block; return whether it is new."""
        pool, block = self._pools[number], self.split.blocks[number]
        key = values.tobytes()
        if key in pool.known:
            return False
        pool.known.add(key)
        pool.values = np.vstack([pool.values, values])
        pool.cost = np.append(pool.cost, block.subproblem.cost @ values)
        pool.links = np.vstack([pool.links, block.links @ values])
        pool.places = np.append(pool.places, self._columns)
        pool.allowed = np.append(pool.allowed, True)
        self._waiting.append((number, pool.cost.size - 1))
        self._columns += 1
        return True

    def _flush(self) -> None:
        """Add the schedules that wait to the linear program."""
        if not self._waiting:
            return
        pools = [(self._pools[number], place) for number, place in self._waiting]
        links = csc_array(np.stack([pool.links[place] for pool, place in pools], axis=1))
        count = len(pools)
        convex = csc_array(
            (np.ones(count), ([number for number, _ in self._waiting], np.arange(count))),
            shape=(len(self._pools), count),
        )
        self._program.add(
            csc_array(vstack([links.astype(np.float64), convex])),
            np.array([pool.cost[place] for pool, place in pools]) / self._unit,
            np.zeros(count),
            np.full(count, np.inf),
        )
        self._waiting = []

    def improves(self, number: int, values: Integers, solution: MasterSolution) -> bool:
        """Return whether a schedule lowers the objective by more than an error of rounding."""
        noise = 1e-7 * (1 + abs(solution.convexity[number]))
        return bool(self.reduced_cost(number, values, solution) < -noise)

    def reduced_cost(self, number: int, values: Integers, solution: MasterSolution) -> float:
        """Return by how much a unit of a schedule would change the objective."""
        block = self.split.blocks[number]
        links = np.asarray(block.links @ values, dtype=np.float64)
        cost = block.subproblem.cost @ values - solution.duals @ links
        return float(cost - solution.convexity[number])

    def trim(self, solution: MasterSolution) -> None:
        """Drop schedules of large reduced cost where there are too many, in both places."""
        if all(pool.cost.size <= self.max_schedules for pool in self._pools):
            return
        self._flush()
        dropped = []
        for number, pool in enumerate(self._pools):
            if pool.cost.size <= self.max_schedules // 2:
                continue
            weights = solution.weights[number]
            keep = self.best(number, solution, self.max_schedules // 2)
            solution.weights[number] = weights[keep[keep < weights.size]]
            dropped.append(self._cut(pool, keep))
        self._forget(np.concatenate(dropped))

    def _forget(self, dropped: Integers) -> None:
        """Remove columns of the linear program; the later ones move up."""
        places = np.sort(dropped)
        self._program.remove(places)
        self._columns -= places.size
        for pool in self._pools:
            pool.places = pool.places - np.searchsorted(places, pool.places)

    def solve(self, budget: Budget) -> MasterSolution | None:
        """Return the best mix of schedules; None when there is none, or time was up."""
        if any(pool.cost.size == 0 for pool in self._pools):
            return None
        self._flush()
        found = self._program.solve(budget)
        if found is None or not found.optimal:
            return None
        duals = found.duals * self._unit
        return MasterSolution(
            objective=found.objective * self._unit,
            weights=[np.maximum(found.values[pool.places], 0.0) for pool in self._pools],
            duals=duals[: self.split.linking.size],
            convexity=duals[self.split.linking.size :],
            violation=float(found.values[: self._violations].sum()),
        )

    def mixed_values(self, solution: MasterSolution) -> Floats:
        """Return the weighted schedules as values of the subproblem, 0 for columns of nobody."""
        values = np.zeros(self.split.subproblem.columns)
        for block, pool, weights in zip(
            self.split.blocks, self._pools, solution.weights, strict=True
        ):
            # Schedules that were added later have no weight.
            values[block.columns] = weights @ pool.values[: weights.size]
        return values

"""A program split by agent, and the restricted master that mixes the agents' schedules.

(Dantzig and Wolfe, 1960.) Rows of one agent belong to its block; all others link agents. The master
chooses a convex combination of known schedules for each agent so that the linking rows hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, hstack, vstack

from csshift.engine.budget import Budget
from csshift.engine.solvers.lp import solve_simplex
from csshift.engine.solvers.scaling import infinite_bounds
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, Floats, Integers, LinearProgram, single_agent


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


def split_by_agent(
    subproblem: Subproblem, agents: NDArray[np.integer], days: NDArray[np.integer]
) -> AgentBlocks:
    """Return a subproblem as blocks of agents and what links them.

    Parameters
    ----------
    agents : int array, shape (columns,)
        Agent of each column, `NOBODY` where it has none.
    days : int array, shape (columns,)
        Likewise its day.
    """
    agent_of_row = single_agent(subproblem.matrix, agents)
    linking = np.flatnonzero(agent_of_row == NOBODY)
    links = csc_array(subproblem.matrix[linking])
    blocks = []
    for agent in np.unique(agents[agents != NOBODY]):
        columns = np.flatnonzero(agents == agent)
        own = subproblem.restrict(np.flatnonzero(agent_of_row == agent), columns)
        linked = csr_array(links[:, columns])
        blocks.append(AgentBlock(int(agent), columns, own, linked, days[columns]))
    rest = np.flatnonzero(agents == NOBODY)
    return AgentBlocks(subproblem, tuple(blocks), rest, linking, csr_array(links[:, rest]))


@dataclass(frozen=True, eq=False)
class MasterSolution:
    """A solution of the master program.

    Parameters
    ----------
    weights : list of float array
        By block: weight of each of its schedules.
    duals : float array, shape (linking rows,)
    convexity : float array, shape (blocks,)
        Dual value of each block: its schedules' least reduced cost.
    """

    objective: float
    weights: list[Floats]
    duals: Floats
    convexity: Floats


@dataclass(eq=False)
class _Pool:
    """Schedules of one agent: values, costs, and what they add to the linking rows."""

    values: Integers
    cost: Integers
    links: Integers
    known: set[bytes]


class Master:
    """Known schedules of every agent, and the linear program that mixes them.

    Parameters
    ----------
    max_schedules : int
        Schedules kept for one agent; those with the largest reduced costs are dropped.
    """

    def __init__(self, split: AgentBlocks, max_schedules: int) -> None:
        self.split = split
        self.max_schedules = max_schedules
        self._pools = [
            _Pool(
                np.empty((0, block.columns.size), dtype=np.int64),
                np.empty(0, dtype=np.int64),
                np.empty((0, split.linking.size), dtype=np.int64),
                set(),
            )
            for block in split.blocks
        ]

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
        return True

    def reduced_cost(self, number: int, values: Integers, solution: MasterSolution) -> float:
        """Return by how much a unit of a schedule would change the objective."""
        block = self.split.blocks[number]
        links = np.asarray(block.links @ values, dtype=np.float64)
        cost = block.subproblem.cost @ values - solution.duals @ links
        return float(cost - solution.convexity[number])

    def trim(self, solution: MasterSolution) -> None:
        """Drop schedules of large reduced cost where there are too many, in both places."""
        for number, pool in enumerate(self._pools):
            if pool.cost.size <= self.max_schedules:
                continue
            weights = solution.weights[number]
            reduced_costs = pool.cost - pool.links @ solution.duals - solution.convexity[number]
            reduced_costs[: weights.size][weights > 0] = -np.inf
            keep = np.sort(np.argsort(reduced_costs)[: self.max_schedules // 2])
            solution.weights[number] = weights[keep[keep < weights.size]]
            pool.values, pool.cost = pool.values[keep], pool.cost[keep]
            pool.links = pool.links[keep]
            pool.known = {values.tobytes() for values in pool.values}

    def solve(
        self, budget: Budget, fixed: Mapping[int, Integers] | None = None
    ) -> MasterSolution | None:
        """Return the best mix of schedules; None when there is none, or time was up.

        Parameters
        ----------
        fixed : mapping of int to int64 array
            Blocks that are decided, with their schedules.
        """
        pools = [self._pool_of(number, fixed or {}) for number in range(len(self._pools))]
        counts = np.array([pool.cost.size for pool in pools])
        if np.any(counts == 0):
            return None
        program, unit = self._program(pools, counts)
        found = solve_simplex(program, budget)
        if found is None or not found.optimal:
            return None
        duals = found.duals * unit
        weights = found.values[self.split.rest.size :]
        return MasterSolution(
            objective=found.objective * unit,
            weights=np.split(weights, np.cumsum(counts)[:-1]),
            duals=duals[: self.split.linking.size],
            convexity=duals[self.split.linking.size :],
        )

    def _program(
        self, pools: list[_Pool], counts: Integers
    ) -> tuple[LinearProgram[np.float64], float]:
        """Return the linear program, and what its costs were divided by."""
        subproblem, linking, rest = self.split.subproblem, self.split.linking, self.split.rest
        total = int(counts.sum())
        links = csr_array(np.vstack([pool.links for pool in pools]).T.astype(np.float64))
        convex = csr_array(
            (np.ones(total), (np.repeat(np.arange(counts.size), counts), np.arange(total))),
            shape=(counts.size, total),
        )
        above = hstack([self.split.rest_links.astype(np.float64), links])
        below = hstack([csr_array((counts.size, rest.size)), convex])
        lower, upper = infinite_bounds(subproblem.row_lower[linking], subproblem.row_upper[linking])
        costs = np.concatenate([subproblem.cost[rest], *[pool.cost for pool in pools]])
        unit = float(np.abs(costs).max(initial=0)) or 1.0
        ones = np.ones(counts.size)
        program = LinearProgram(
            matrix=csr_array(vstack([above, below])),
            row_lower=np.concatenate([lower, ones]),
            row_upper=np.concatenate([upper, ones]),
            lower=np.concatenate([subproblem.lower[rest], np.zeros(total)]),
            upper=np.concatenate([subproblem.upper[rest], np.full(total, np.inf)]),
            cost=costs / unit,
            continuous=np.ones(costs.size, dtype=np.bool_),
        )
        return program, unit

    def _pool_of(self, number: int, fixed: Mapping[int, Integers]) -> _Pool:
        if number not in fixed:
            return self._pools[number]
        values, block = fixed[number], self.split.blocks[number]
        cost = np.array([block.subproblem.cost @ values])
        return _Pool(values[None], cost, (block.links @ values)[None], set())

    def mixed_values(self, solution: MasterSolution) -> Floats:
        """Return the weighted schedules as values of the subproblem, 0 for columns of nobody."""
        values = np.zeros(self.split.subproblem.columns)
        for block, pool, weights in zip(
            self.split.blocks, self._pools, solution.weights, strict=True
        ):
            # Schedules that were added later have no weight.
            values[block.columns] = weights @ pool.values[: weights.size]
        return values

"""A proof that agents' schedules cannot add up to what the rows between agents require.

Where each agent alone can keep all rows, and their relaxation is feasible, too, such as nights
that return too soon, no propagation and no dual values show a contradiction. Prices on the rows
between agents do: whatever schedules the agents choose, together they are worth less than the
rows require (Farkas' lemma, for the convex hulls of the agents' schedules). Prices come from
column generation (Dantzig and Wolfe, 1960); agents with the same rows are priced once.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack, identity, vstack

from csshift.engine.budget import Budget
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.lp import solve_simplex
from csshift.engine.solvers.scaling import infinite_bounds
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, UNBOUNDED, Floats, Integers, LinearProgram, single_agent

logger = logging.getLogger(__name__)

MOST_ROUNDS = 80
MOST_TYPES = 60
"""Rounds of pricing, and types of agents, beyond which the proof is given up."""

PRICE_UNITS = 10_000
"""Prices are whole numbers up to this one, so that the proof is exact."""

TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class _Type:
    """Agents with the same rows.

    Parameters
    ----------
    own : Subproblem
        The columns of one of them, and the rows that have no others.
    links : int64 array, shape (linking rows, columns)
    count : int
    """

    own: Subproblem
    links: csc_array
    count: int


class ScheduleProof:
    """Looks for prices that prove a contradiction between agents.

    Parameters
    ----------
    subproblem : Subproblem
        Its costs do not matter.
    agent : int array, shape (columns,)
        Agent of each column, NOBODY for those of none.
    budget : Budget
    """

    def __init__(self, subproblem: Subproblem, agent: Integers, budget: Budget) -> None:
        self._program, self._agent, self._budget = subproblem, agent, budget
        self._own_rows = single_agent(subproblem.matrix, agent)
        self._linking = np.flatnonzero(self._own_rows == NOBODY)
        self._free = np.flatnonzero(agent == NOBODY)
        self._schedules: list[list[Integers]] = []

    def find(self, seconds: float) -> Integers | None:
        """Return rows that contradict one another, proven within some seconds; None if not.

        These are the rows between agents that have a price, and all rows of single agents.
        """
        people = np.unique(self._agent[self._agent != NOBODY])
        whole = not self._program.continuous[self._agent != NOBODY].any()
        if not self._linking.size or people.size < 2 or not whole:
            return None
        types = self._types(people)
        if len(types) > MOST_TYPES:
            return None
        ends = self._budget.elapsed + seconds
        self._schedules = [[] for _ in types]
        # At no prices every type has a schedule, or there is a contradiction in its own rows.
        prices = np.zeros(self._linking.size, dtype=np.int64)
        for number in range(MOST_ROUNDS):
            worth = self._price(types, prices, ends)
            if worth is None:
                return None
            if self._falls_short(types, prices, worth):
                logger.debug("schedules do not add up: proven in %d rounds", number + 1)
                own = np.flatnonzero(self._own_rows != NOBODY)
                return np.sort(np.concatenate([own, self._linking[prices != 0]]))
            found = self._master(types, ends)
            if found is None or (number and np.array_equal(found, prices)):
                return None
            prices = found
        return None

    def _types(self, people: Integers) -> list[_Type]:
        program, links = self._program, self._program.matrix[self._linking].tocsc()
        groups: defaultdict[bytes, list[tuple[Integers, Integers]]] = defaultdict(list)
        for person in people.tolist():
            columns = np.flatnonzero(self._agent == person)
            rows = np.flatnonzero(self._own_rows == person)
            part, shared = program.matrix[rows][:, columns].tocsr(), links[:, columns]
            arrays = (
                *(part.indptr, part.indices, part.data, shared.indptr, shared.indices),
                *(shared.data, program.row_lower[rows], program.row_upper[rows]),
                *(program.lower[columns], program.upper[columns]),
            )
            key = b"|".join(np.asarray(array, dtype=np.int64).tobytes() for array in arrays)
            groups[key].append((rows, columns))
        return [
            _Type(program.restrict(rows, columns), links[:, columns], len(members))
            for members in groups.values()
            for rows, columns in members[:1]
        ]

    def _price(self, types: list[_Type], prices: Integers, ends: float) -> list[int] | None:
        """Return the most that one agent of each type is worth; keep the schedules.

        None where time runs out; a type without any schedule is worth less than everything.
        """
        worth = []
        for kept, one in zip(self._schedules, types, strict=True):
            cost = -np.asarray(one.links.T @ prices, dtype=np.int64)
            priced = replace(one.own, cost=cost)
            found = solve_cpsat(priced, self._budget, Limits(ends - self._budget.elapsed))
            if found.status == "infeasible":
                return [-UNBOUNDED] * len(types)
            if found.status != "optimal" or found.values is None:
                return None
            worth.append(-int(cost @ found.values))
            kept.append(found.values)
        return worth

    def _falls_short(self, types: list[_Type], prices: Integers, worth: list[int]) -> bool:
        """Return whether all agents together are worth less than the rows require."""
        if any(value == -UNBOUNDED for value in worth):
            return True
        program, rows = self._program, self._linking
        lower, upper = program.row_lower[rows], program.row_upper[rows]
        above, below = prices > 0, prices < 0
        if (lower[above] <= -UNBOUNDED).any() or (upper[below] >= UNBOUNDED).any():
            return False
        required = int(prices[above] @ lower[above]) + int(prices[below] @ upper[below])
        each = program.matrix[rows][:, self._free].T @ prices
        ends = np.where(each > 0, program.upper[self._free], program.lower[self._free])
        most = sum(one.count * value for one, value in zip(types, worth, strict=True))
        return most + int(np.asarray(each, dtype=np.int64) @ ends) < required

    def _master(self, types: list[_Type], ends: float) -> Integers | None:
        """Return the prices at which the schedules known so far fall short most; None if none."""
        program, rows = self._program, self._linking
        blocks, member = [], []
        for number, (kept, one) in enumerate(zip(self._schedules, types, strict=True)):
            blocks.append(csr_array(one.links @ np.array(kept).T))
            member += [number] * len(kept)
        free = program.matrix[rows][:, self._free]
        unit = csr_array(identity(rows.size, format="csr"))
        matrix = hstack([*blocks, free, unit, -unit], format="csr")
        width = len(member)
        convexity = csr_array(
            (np.ones(width), (np.array(member), np.arange(width))),
            shape=(len(types), matrix.shape[1]),
        )
        count = np.array([one.count for one in types], dtype=np.float64)
        size = abs(program.matrix[rows]).max(axis=1).toarray().ravel()
        cost = np.zeros(matrix.shape[1])
        cost[-2 * rows.size :] = np.tile(1.0 / np.maximum(1.0, size), 2)
        lower = np.concatenate(
            [np.zeros(width), program.lower[self._free], np.zeros(2 * rows.size)]
        )
        upper = np.concatenate(
            [np.full(width, count.max()), program.upper[self._free], np.full(2 * rows.size, np.inf)]
        )
        low, high = infinite_bounds(program.row_lower[rows], program.row_upper[rows])
        master = LinearProgram[np.float64](
            matrix=csr_array(vstack([matrix.astype(np.float64), convexity])),
            row_lower=np.concatenate([low, count]),
            row_upper=np.concatenate([high, count]),
            lower=lower.astype(np.float64),
            upper=upper,
            cost=cost,
            continuous=np.ones(matrix.shape[1], dtype=np.bool_),
        )
        found = solve_simplex(master, self._budget, ends - self._budget.elapsed)
        if found is None or not found.optimal or found.objective <= TOLERANCE:
            return None
        duals: Floats = found.duals[: rows.size]
        largest = float(np.abs(duals).max(initial=0))
        if largest <= 0:
            return None
        return np.rint(duals * (PRICE_UNITS / largest)).astype(np.int64)

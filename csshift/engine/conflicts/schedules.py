"""A proof that agents' schedules cannot add up to what the rows between agents require.

Where each agent alone can keep all rows, and their relaxation is feasible, too, such as nights
that return too soon, no propagation and no dual values show a contradiction. Prices on the rows
between agents do: whatever schedules the agents choose, together they are worth less than the
rows require (Farkas' lemma, for the convex hulls of the agents' schedules). Prices come from
column generation (Dantzig and Wolfe, 1960); agents with the same rows are priced once. Agents
whom a row connects with few others, such as pairs kept apart, choose their schedules together.
Where schedules can add up, whole numbers of them are tried, which gives a solution.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack, identity, vstack

from csshift.engine.budget import Budget
from csshift.engine.conflicts.blocks import agent_blocks, interchangeable
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.lp import solve_simplex
from csshift.engine.solvers.scaling import infinite_bounds
from csshift.engine.subproblem import Subproblem, shift_bounds
from csshift.program import NOBODY, UNBOUNDED, Floats, Integers, LinearProgram, single_agent

logger = logging.getLogger(__name__)

MOST_ROUNDS = 80
MOST_TYPES = 150
"""Rounds of pricing, and types of agents, beyond which the proof is given up."""

PRICE_UNITS = 10_000
"""Prices are whole numbers up to this one, so that the proof is exact."""

TOLERANCE = 1e-6

WHOLE_SECONDS = 2.0
"""Time for adding up whole numbers of schedules."""


@dataclass(frozen=True, eq=False)
class _Type:
    """Agents, or blocks of agents, with the same rows.

    Parameters
    ----------
    own : Subproblem
        The columns of one of them, and the rows that have no others.
    links : int64 array, shape (linking rows, columns)
    members : list of (int64 array, int64 array)
        Rows and columns of each.
    schedules : list of int64 array
        Those known.
    """

    own: Subproblem
    links: csc_array
    members: list[tuple[Integers, Integers]]
    schedules: list[Integers]


@dataclass(frozen=True)
class _Target:
    """What one agent of a type is worth, by how much all of them may be worth more, until when."""

    worth: int
    slack: int
    ends: float


class SchedulePool:
    """Schedules of agents, kept for subproblems in which some agents have the same rows."""

    def __init__(self) -> None:
        self._known: dict[bytes, list[Integers]] = {}

    def of(self, own: Subproblem) -> list[Integers]:
        """Return the schedules known for agents with some rows, a list to be added to."""
        arrays = (
            *(own.matrix.indptr, own.matrix.indices, own.matrix.data),
            *(own.row_lower, own.row_upper, own.lower, own.upper),
        )
        key = b"|".join(np.asarray(array, dtype=np.int64).tobytes() for array in arrays)
        return self._known.setdefault(key, [])


class ScheduleProof:
    """Looks for prices that prove a contradiction between agents, or for schedules that add up.

    Parameters
    ----------
    subproblem : Subproblem
        Its costs do not matter.
    agent : int array, shape (columns,)
        Agent of each column, NOBODY for those of none.
    budget : Budget
    pool : SchedulePool or None
        Schedules of earlier searches in similar subproblems.

    Attributes
    ----------
    values : int64 array, shape (columns,), or None
        A solution, where `find` came across one.
    divisible : bool
        Whether `find` found that shares of schedules add up, so that no prices prove anything.
    """

    def __init__(
        self,
        subproblem: Subproblem,
        agent: Integers,
        budget: Budget,
        pool: SchedulePool | None = None,
    ) -> None:
        self._program, self._budget = subproblem, budget
        self._block = agent_blocks(subproblem.matrix, agent)
        self._own_rows = single_agent(subproblem.matrix, self._block)
        self._linking = np.flatnonzero(self._own_rows == NOBODY)
        self._free = np.flatnonzero(self._block == NOBODY)
        self._pool = SchedulePool() if pool is None else pool
        self._types: list[_Type] = []
        self._prices = np.zeros(self._linking.size, dtype=np.int64)
        self._worth: list[int] = []
        self.values: Integers | None = None
        self.divisible = False

    def find(self, seconds: float) -> Integers | None:
        """Return rows that contradict one another, proven within some seconds; None if not.

        These are the rows between agents that have a price, and all rows of single agents; only
        rows of one agent where nobody could keep them.
        """
        agents = np.unique(self._block[self._block != NOBODY])
        whole = not self._program.continuous[self._block != NOBODY].any()
        if not self._linking.size or agents.size < 2 or not whole:
            return None
        members = interchangeable(self._program, self._block, self._own_rows)
        if len(members) > MOST_TYPES:
            return None
        self._types = [self._type(blocks) for blocks in members]
        return self._generated(self._budget.elapsed + seconds)

    def _generated(self, ends: float) -> Integers | None:
        """Generate schedules at prices until they fall short at some, or add up."""
        if all(one.schedules for one in self._types) and not self._reprice(ends):
            return None
        # At no prices every type has a schedule, or there is a contradiction in its own rows.
        for number in range(MOST_ROUNDS):
            contradiction = self._price(ends)
            if contradiction is not None or not self._worth:
                return contradiction
            if self._slack() >= 0:
                logger.debug("schedules do not add up: proven in %d rounds", number + 1)
                own = np.flatnonzero(self._own_rows != NOBODY)
                return np.sort(np.concatenate([own, self._linking[self._prices != 0]]))
            if not self._reprice(ends):
                break
        return None

    def _reprice(self, ends: float) -> bool:
        """Set prices at which the known schedules fall short; return whether any new ones do."""
        prices = self._master(ends)
        if prices is None or np.array_equal(prices, self._prices):
            return False
        self._prices = prices
        return True

    def sufficient(
        self, rows: Integers, group: Integers, rank: Integers, seconds: float
    ) -> Integers:
        """Return those of the rows which `find` returned that suffice for its proof.

        Groups of rows are left out of a type of agents while its schedules gain less than what
        all fall short.

        Parameters
        ----------
        group : int array, shape (rows,)
            Group of each row; rows with a negative one stay.
        rank : int array
            Rank of each group; those with a low one are left out first.
        """
        ends = self._budget.elapsed + seconds
        if not self._worth or (slack := self._slack()) < 0:
            return rows
        kept = [self._linking[self._prices != 0]]
        for one, worth in zip(self._types, self._worth, strict=True):
            own = group[one.members[0][0]]
            order = sorted({int(n) for n in own if n >= 0}, key=lambda n: (int(rank[n]), n))
            order, used = self._needed(one, order, own, _Target(worth, slack, ends))
            slack -= used
            position = np.flatnonzero((own < 0) | np.isin(own, order))
            kept += [members[position] for members, _ in one.members]
        return np.sort(np.concatenate(kept))

    def _needed(
        self, one: _Type, order: list[int], own: Integers, target: _Target
    ) -> tuple[list[int], int]:
        """Return groups of a type without which it would be worth too much; the slack used up."""
        cost = -np.asarray(one.links.T @ self._prices, dtype=np.int64)
        count, gained = len(one.members), 0
        size, place = max(1, len(order) // 2), 0
        while order and self._budget.elapsed < target.ends:
            fewer = order[:place] + order[place + size :]
            rows = np.flatnonzero((own < 0) | np.isin(own, fewer))
            part = replace(one.own.restrict(rows, np.arange(one.own.columns)), cost=cost)
            found = solve_cpsat(part, self._budget, Limits(target.ends - self._budget.elapsed))
            gain = UNBOUNDED
            if found.status == "optimal" and found.values is not None:
                gain = count * (-int(cost @ found.values) - target.worth)
            if gain <= target.slack:
                gained, order = gain, fewer
            else:
                place += size
            if place >= len(order):
                if size == 1:
                    break
                size, place = size // 2, 0
        return order, gained

    def _type(self, members: list[tuple[Integers, Integers]]) -> _Type:
        rows, columns = members[0]
        links = self._program.matrix[self._linking].tocsc()[:, columns]
        own = self._program.restrict(rows, columns)
        return _Type(own, links, members, self._pool.of(own))

    def _price(self, ends: float) -> Integers | None:
        """Find what one agent of each type is worth at most; keep the schedules.

        Returns rows of an agent who has no schedule at all. Leaves nothing where time runs out.
        """
        self._worth = []
        worth = []
        for one in self._types:
            cost = -np.asarray(one.links.T @ self._prices, dtype=np.int64)
            priced = replace(one.own, cost=cost)
            found = solve_cpsat(priced, self._budget, Limits(ends - self._budget.elapsed))
            if found.status == "infeasible":
                return one.members[0][0]
            if found.status != "optimal" or found.values is None:
                return None
            worth.append(-int(cost @ found.values))
            one.schedules.append(found.values)
        self._worth = worth
        return None

    def _slack(self) -> int:
        """Return by how much all agents together are worth less than required, less 1."""
        program, rows, prices = self._program, self._linking, self._prices
        lower, upper = program.row_lower[rows], program.row_upper[rows]
        above, below = prices > 0, prices < 0
        if (lower[above] <= -UNBOUNDED).any() or (upper[below] >= UNBOUNDED).any():
            return -UNBOUNDED
        required = int(prices[above] @ lower[above]) + int(prices[below] @ upper[below])
        each = program.matrix[rows][:, self._free].T @ prices
        ends = np.where(each > 0, program.upper[self._free], program.lower[self._free])
        pairs = zip(self._types, self._worth, strict=True)
        most = sum(len(one.members) * value for one, value in pairs)
        return required - 1 - most - int(np.asarray(each, dtype=np.int64) @ ends)

    def _columns(self) -> tuple[csr_array, Integers]:
        """Return the linking rows of all schedules and of free columns, and types of schedules."""
        blocks = [csr_array(one.links @ np.array(one.schedules).T) for one in self._types]
        kind = np.repeat(np.arange(len(blocks)), [block.shape[1] for block in blocks])
        free = self._program.matrix[self._linking][:, self._free]
        return csr_array(hstack([*blocks, free], format="csr")), kind

    def _master(self, ends: float) -> Integers | None:
        """Return the prices at which the schedules known so far fall short most; None if none."""
        program, rows = self._program, self._linking
        columns, kind = self._columns()
        unit = csr_array(identity(rows.size, format="csr"))
        matrix = hstack([columns, unit, -unit], format="csr")
        width = kind.size
        convexity = csr_array(
            (np.ones(width), (kind, np.arange(width))),
            shape=(len(self._types), matrix.shape[1]),
        )
        count = np.array([len(one.members) for one in self._types], dtype=np.float64)
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
        if found is None or not found.optimal:
            return None
        if found.objective <= TOLERANCE:
            self.divisible = True
            seconds = min(ends - self._budget.elapsed, WHOLE_SECONDS)
            self.values = self._added_up(columns, kind, seconds)
            if self.values is None:
                self.values = self._rounded_down(found.values[:width], kind, seconds)
            return None
        duals: Floats = found.duals[: rows.size]
        largest = float(np.abs(duals).max(initial=0))
        if largest <= 0:
            return None
        return np.rint(duals * (PRICE_UNITS / largest)).astype(np.int64)

    def _added_up(self, columns: csr_array, kind: Integers, seconds: float) -> Integers | None:
        """Return a solution that gives each agent a known schedule; None if there are none."""
        program, rows, free = self._program, self._linking, self._free
        count = np.array([len(one.members) for one in self._types])
        width = kind.size
        convexity = csr_array(
            (np.ones(width, dtype=np.int64), (kind, np.arange(width))),
            shape=(count.size, columns.shape[1]),
        )
        ids = np.arange(columns.shape[1])
        chosen = Subproblem(
            matrix=csr_array(vstack([columns.astype(np.int64), convexity])),
            row_lower=np.concatenate([program.row_lower[rows], count]),
            row_upper=np.concatenate([program.row_upper[rows], count]),
            lower=np.concatenate([np.zeros(width, dtype=np.int64), program.lower[free]]),
            upper=np.concatenate([count[kind], program.upper[free]]),
            cost=np.zeros(ids.size, dtype=np.int64),
            continuous=np.zeros(ids.size, dtype=np.bool_),
            column_ids=ids,
            row_ids=np.arange(rows.size + count.size),
        )
        found = solve_cpsat(chosen, self._budget, Limits(seconds, full_presolve=True))
        if found.values is None:
            return None
        values = np.zeros(program.columns, dtype=np.int64)
        values[free] = found.values[width:]
        for number, one in enumerate(self._types):
            times = found.values[:width][kind == number]
            schedules = np.repeat(np.array(one.schedules), times, axis=0)
            for (_, places), schedule in zip(one.members, schedules, strict=True):
                values[places] = schedule
        return values

    def _rounded_down(self, shares: Floats, kind: Integers, seconds: float) -> Integers | None:
        """Return a solution in which schedules keep their numbers rounded down; None if not found.

        The few agents that remain without a schedule choose freely.
        """
        program = self._program
        times = np.floor(shares + TOLERANCE).astype(np.int64)
        values = np.zeros(program.columns, dtype=np.int64)
        open_columns = [self._free]
        for number, one in enumerate(self._types):
            schedules = np.repeat(np.array(one.schedules), times[kind == number], axis=0)
            columns = [places for _, places in one.members]
            for places, schedule in zip(columns, schedules, strict=False):
                values[places] = schedule
            open_columns += columns[len(schedules) :]
        remaining = np.sort(np.concatenate(open_columns))
        settled = np.asarray(program.matrix @ values, dtype=np.int64)
        rows = np.flatnonzero(np.diff(program.matrix[:, remaining].tocsr().indptr))
        part = program.restrict(rows, remaining)
        part = replace(
            part,
            row_lower=shift_bounds(part.row_lower, settled[rows]),
            row_upper=shift_bounds(part.row_upper, settled[rows]),
        )
        found = solve_cpsat(part, self._budget, Limits(seconds, full_presolve=True))
        if found.values is None:
            return None
        values[remaining] = found.values
        sums = program.matrix @ values
        kept = (program.row_lower <= sums) & (sums <= program.row_upper)
        return values if kept.all() else None

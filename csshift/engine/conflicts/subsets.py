"""Minimal infeasible subsets: groups of rows that contradict one another, none superfluous.

A first set comes from propagation, from the dual values of a relaxation with elastic rows
(Chinneck and Dravnieks, 1991), or from CP-SAT's assumptions. A deletion filter makes it minimal,
and every solution that it finds on the way is rotated (Belov and Marques-Silva, 2011): a
neighbouring solution that breaks only one group proves that this group is needed, too.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, hstack, identity
from scipy.sparse.csgraph import connected_components

from csshift.engine.budget import Budget
from csshift.engine.conflicts.propagation import Propagation
from csshift.engine.conflicts.rotation import ALWAYS, Rotation, columns_in
from csshift.engine.conflicts.schedules import ScheduleProof
from csshift.engine.solvers.assumptions import contradicting_groups
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.lp import solve_simplex
from csshift.engine.subproblem import Restrictor, Subproblem
from csshift.program import UNBOUNDED, Floats, Integers, LinearProgram, Program

logger = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
"""Time for judging one set."""

MANY_GROUPS = 20
"""From so many groups on, it is tried whether a few days suffice for the contradiction."""

WINDOWS = (1, 2, 3, 5, 7, 10, 14)
"""Days in a row that are tried."""

WINDOW_SECONDS = 1.0
WINDOW_SHARE = 0.7
"""Time for each of these trials, and the share of all time that they leave."""

LEAST_CHUNK = 16
"""Groups that are left out together at least, before they are tried one by one."""

QUICK_SECONDS = 0.5
"""Time for CP-SAT to judge one set before schedules of agents are tried."""

SCHEDULES_SHARE = 0.3
"""Share of the time for the proof from all of them."""

DUAL_TOLERANCE = 1e-7
"""Dual values below count as 0; the set that results is checked."""


@dataclass(frozen=True, eq=False)
class InfeasibleSubset:
    """Groups of rows that contradict one another.

    Parameters
    ----------
    groups : int64 array
        Ascending.
    minimal : bool
        Whether no group can be left out; else time ran out before that was known.
    """

    groups: Integers
    minimal: bool


class ConflictSearch:
    """Finds sets of row groups of one program that contradict one another.

    Parameters
    ----------
    program : Program
        Costs do not matter.
    group : int array, shape (rows,)
        Group of each row, ALWAYS for rows that are never left out.
    budget : Budget
    days : int array, shape (groups, 2), or None
        First and last day of each group, for conflicts that few days suffice for.
    """

    def __init__(
        self, program: Program, group: Integers, budget: Budget, days: Integers | None = None
    ) -> None:
        self.program, self.group, self.budget, self.days = program, group, budget, days
        self._restrictor = Restrictor(program)

    def is_feasible(self, groups: Integers, seconds: float = CHECK_SECONDS) -> bool | None:
        """Return whether some groups can hold together; None when time ran out."""
        return self._solve(self._restrict(groups), seconds)[0]

    def find(self, groups: Integers) -> Integers | None:
        """Return some of the groups that contradict one another; None where none were proven.

        The set is small, but not necessarily minimal.
        """
        subproblem = self._restrict(groups)
        own = self.group[subproblem.row_ids]
        rows = Propagation(subproblem).contradiction()
        if rows is not None:
            return _named(own[rows])
        if not subproblem.rows:
            return None
        for rows in _elastic_rows(subproblem, own, self.budget):
            found = _named(own[rows])
            if found.size and self.is_feasible(found) is False:
                logger.debug("dual values: %d groups", found.size)
                return found
        proof = self._by_schedules(subproblem, self.budget.left * SCHEDULES_SHARE)
        if proof is not None:
            return _named(own[proof])
        return contradicting_groups(subproblem, own, self.budget, self.budget.left / 2)

    def minimal_subset(self, groups: Integers) -> InfeasibleSubset | None:
        """Return a minimal set of the groups that contradict one another; None if none was found.

        Parameters
        ----------
        groups : int array
            Candidates. Where there is a choice, the first ones are left out.
        """
        found = self.find(groups)
        if found is None:
            return None
        if found.size > MANY_GROUPS and self.days is not None:
            found = self._of_few_days(found, self.days)
        order = self._without_chunks([int(g) for g in groups if g in set(found.tolist())])
        needed: set[int] = set()
        minimal = True
        while order:
            candidate = order.pop(0)
            if candidate in needed:
                continue
            if self.budget.over:
                needed |= {candidate, *order}
                minimal = False
                break
            rest = np.array(sorted({*order, *needed}), dtype=np.int64)
            subproblem = self._restrict(np.append(rest, candidate))
            feasible, values = self._solve(self._without(subproblem, candidate), CHECK_SECONDS)
            if feasible is False:
                smaller = self._shrunk(rest)
                order = [group for group in order if group in smaller]
                continue
            needed.add(candidate)
            minimal &= feasible is True
            if values is not None:
                needed |= Rotation(subproblem, self.group, needed).run(values, candidate)
        return InfeasibleSubset(np.array(sorted(needed), dtype=np.int64), minimal)

    def _without_chunks(self, order: list[int]) -> list[int]:
        """Return the groups without runs of neighbours that can be left out together.

        Groups of one rule are neighbours: a rule without a part in the contradiction goes at once.
        """
        size = len(order) // 2
        while size >= LEAST_CHUNK and not self.budget.over:
            place = 0
            while place < len(order) and not self.budget.over:
                rest = order[:place] + order[place + size :]
                if self.is_feasible(np.array(sorted(rest), dtype=np.int64)) is False:
                    order = rest
                else:
                    place += size
            size //= 2
        return order

    def _of_few_days(self, groups: Integers, days: Integers) -> Integers:
        """Return those of the groups within as few days as suffice for a contradiction."""
        first, last = days[groups].T
        ends = self.budget.left * WINDOW_SHARE
        for length in WINDOWS:
            for start in range(int(first.min()), int(last.max()) + 2 - length, (length + 2) // 3):
                within = np.flatnonzero((first >= start) & (last < start + length))
                inside: Integers = groups[within]
                if self.budget.left < ends:
                    return groups
                if inside.size and self.is_feasible(inside, WINDOW_SECONDS) is False:
                    logger.debug("days %d to %d: %d groups", start, start + length - 1, inside.size)
                    return inside
        return groups

    def _shrunk(self, groups: Integers) -> set[int]:
        """Return the groups behind a contradiction of some, where propagation finds one."""
        subproblem = self._restrict(groups)
        rows = Propagation(subproblem).contradiction()
        if rows is None:
            return set(groups.tolist())
        return set(_named(self.group[subproblem.row_ids[rows]]).tolist())

    def _without(self, subproblem: Subproblem, group: int) -> Subproblem:
        """Return the subproblem without the rows of a group; all columns stay."""
        keep = np.flatnonzero(self.group[subproblem.row_ids] != group)
        return subproblem.restrict(keep, np.arange(subproblem.columns))

    def _restrict(self, groups: Integers) -> Subproblem:
        """Return the rows of some groups, and what defines the columns in them."""
        program = self.program
        kept = np.isin(self.group, groups) & (self.group != ALWAYS)
        rows = np.flatnonzero(kept)
        columns = columns_in(program, rows)
        while True:
            touching = self._restrictor.rows_of(columns)
            new = touching[(self.group[touching] == ALWAYS) & ~kept[touching]]
            if not new.size:
                break
            kept[new] = True
            columns = np.union1d(columns, columns_in(program, new))
        rows = np.flatnonzero(kept)
        return Subproblem(
            matrix=csr_array(program.matrix[rows][:, columns]),
            row_lower=program.row_lower[rows],
            row_upper=program.row_upper[rows],
            lower=program.lower[columns],
            upper=program.upper[columns],
            cost=np.zeros(columns.size, dtype=np.int64),
            continuous=program.continuous[columns],
            column_ids=columns,
            row_ids=rows,
        )

    def _solve(self, subproblem: Subproblem, seconds: float) -> tuple[bool | None, Integers | None]:
        """Return whether a subproblem is feasible, and a solution where one is known."""
        propagation = Propagation(subproblem)
        if propagation.contradiction() is not None:
            return False, None
        # Where CP-SAT does not see it at once, agents may be unable to add up to what is required.
        quick = min(QUICK_SECONDS, seconds)
        for limit in (quick, seconds - quick):
            limits = Limits(limit, workers=1, full_presolve=True)
            found = solve_cpsat(subproblem, self.budget, limits)
            if found.status == "infeasible":
                return False, None
            if found.values is not None:
                return True, found.values
            if limit == quick and self._by_schedules(subproblem, seconds) is not None:
                return False, None
        return None, None

    def _by_schedules(self, subproblem: Subproblem, seconds: float) -> Integers | None:
        """Return rows for which the schedules of agents cannot add up; None if not proven."""
        agent = self.program.column_agent[subproblem.column_ids].astype(np.int64)
        return ScheduleProof(subproblem, agent, self.budget).find(seconds)

    def cheapest_relaxation(
        self, groups: Integers, unit: Integers, cost: Integers
    ) -> Integers | None:
        """Return the units of least total cost without whose groups all others can hold.

        Contradictions are collected until a cheapest set of units that meets all of them leaves
        something possible (implicit hitting sets: Moreno-Centeno and Karp, 2013).

        Parameters
        ----------
        groups : int array
            All groups.
        unit : int array, shape (groups,)
            Unit of each group, -1 for groups that always hold.
        cost : int array, shape (units,)

        Returns
        -------
        int64 array or None
            None where no units suffice, or none were found in time.
        """
        conflicts: list[Integers] = []
        while not self.budget.over:
            chosen = _hitting_set(conflicts, cost, self.budget)
            if chosen is None:
                return None
            kept = groups[~np.isin(unit, chosen) | (unit < 0)]
            found = self.find(kept)
            if found is None:
                return chosen if self.is_feasible(kept, self.budget.left) else None
            place = np.isin(groups, found)
            conflicts.append(np.unique(unit[place & (unit >= 0)]))
            if not conflicts[-1].size:
                return None
        return None


def _named(groups: Integers) -> Integers:
    return np.asarray(np.unique(groups[groups != ALWAYS]), dtype=np.int64)


def _hitting_set(conflicts: list[Integers], cost: Integers, budget: Budget) -> Integers | None:
    """Return units of least cost, one at least of each conflict."""
    units = np.unique(np.concatenate([*conflicts, np.empty(0, dtype=np.int64)]))
    if not units.size:
        return units
    row = np.repeat(np.arange(len(conflicts)), [len(conflict) for conflict in conflicts])
    column = np.searchsorted(units, np.concatenate(conflicts))
    entries = np.ones(row.size, dtype=np.int64)
    count = len(conflicts)
    cover = Subproblem(
        matrix=csr_array((entries, (row, column)), shape=(count, units.size)),
        row_lower=np.ones(count, dtype=np.int64),
        row_upper=np.full(count, UNBOUNDED),
        lower=np.zeros(units.size, dtype=np.int64),
        upper=np.ones(units.size, dtype=np.int64),
        cost=cost[units],
        continuous=np.zeros(units.size, dtype=np.bool_),
        column_ids=units,
        row_ids=np.arange(count),
    )
    found = solve_cpsat(cover, budget, Limits(budget.left))
    if found.status != "optimal" or found.values is None:
        return None
    return units[found.values > 0]


def _elastic_rows(subproblem: Subproblem, group: Integers, budget: Budget) -> list[Integers]:
    """Return sets of rows with dual values, where the relaxation must break some; small ones first.

    Every row with a group may be broken at a cost of 1 a unit. By duality the rows with dual
    values suffice for a contradiction of the relaxation, and so do some of their parts that no
    column connects, such as the weeks of a horizon.
    """
    elastic = np.flatnonzero(group != ALWAYS)
    size = np.maximum(1.0, abs(subproblem.matrix).max(axis=1).toarray().ravel())[elastic]
    unit = csr_array(identity(subproblem.rows, format="csr"))[:, elastic]
    extra = 2 * elastic.size
    # Cost in units of the largest coefficient: minutes and heads are then alike.
    cost: Floats = np.concatenate([np.zeros(subproblem.columns), np.tile(1.0 / size, 2)])
    highest = 1.0 + float(abs(subproblem.matrix).sum(axis=1).max(initial=0.0)) * float(
        np.abs(subproblem.upper).max(initial=1)
    )
    bounds = np.abs(np.concatenate([subproblem.row_lower, subproblem.row_upper]))
    highest += float(bounds[bounds < UNBOUNDED].max(initial=0))
    program = LinearProgram[np.float64](
        matrix=csr_array(hstack([subproblem.matrix.astype(np.float64), unit, -unit])),
        row_lower=np.where(
            subproblem.row_lower <= -UNBOUNDED, -np.inf, subproblem.row_lower.astype(np.float64)
        ),
        row_upper=np.where(
            subproblem.row_upper >= UNBOUNDED, np.inf, subproblem.row_upper.astype(np.float64)
        ),
        lower=np.concatenate([subproblem.lower.astype(np.float64), np.zeros(extra)]),
        upper=np.concatenate([subproblem.upper.astype(np.float64), np.full(extra, highest)]),
        cost=cost,
        continuous=np.ones(subproblem.columns + extra, dtype=np.bool_),
    )
    found = solve_simplex(program, budget, budget.left / 3)
    if found is None or not found.optimal or found.objective <= DUAL_TOLERANCE:
        return []
    used = np.flatnonzero((np.abs(found.duals) > DUAL_TOLERANCE) | (group == ALWAYS))
    free = np.flatnonzero(subproblem.lower < subproblem.upper)
    part = subproblem.matrix[used][:, free].tocoo()
    size = used.size + free.size
    links = csr_array(
        (np.ones(part.nnz, dtype=np.int8), (part.row, used.size + part.col)), shape=(size, size)
    )
    _, label = connected_components(links, directed=False)
    named = group[used] != ALWAYS
    parts = [
        used[named & (label[: used.size] == number)]
        for number in np.unique(label[: used.size][named])
    ]
    return [*sorted(parts, key=len), used[named]]

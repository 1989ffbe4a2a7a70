"""Minimal infeasible subsets: groups of rows that contradict one another, none superfluous.

A first set comes from propagation, from the dual values of a relaxation with elastic rows
(Chinneck and Dravnieks, 1991), or from CP-SAT's assumptions. A deletion filter makes it minimal,
and every solution that it finds on the way is rotated (Belov and Marques-Silva, 2011): a
neighbouring solution that breaks only one group proves that this group is needed, too.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from csshift.engine.budget import Budget
from csshift.engine.conflicts.blocks import agent_blocks, commonness, interchangeable_groups
from csshift.engine.conflicts.hitting import ALWAYS, elastic_rows, hitting_set
from csshift.engine.conflicts.propagation import Propagation
from csshift.engine.conflicts.rotation import Rotation, columns_in
from csshift.engine.conflicts.schedules import SchedulePool, ScheduleProof
from csshift.engine.solvers.assumptions import contradicting_groups
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.subproblem import Restrictor, Subproblem, shift_bounds
from csshift.program import NOBODY, Integers, Program, single_agent

logger = logging.getLogger(__name__)

CHECK_SECONDS = 5.0
"""Time for judging one set."""

MANY_GROUPS = 20
"""From so many groups on, it is tried whether a few days suffice for the contradiction."""

WINDOWS = (14, 7, 4, 2, 1)
"""Days in a row that are tried, while shorter ones suffice."""

WINDOW_SECONDS = 1.0
WINDOW_SHARE = 0.7
"""Time for each of these trials, and the share of all time that they leave."""

LEAST_CHUNK = 16
"""Groups that are left out together at least, before they are tried one by one."""

TURNS = (0.15, 0.25, 0.6)
"""Shares of the time for judging one set, by CP-SAT and by schedules of agents in turn."""

MANY_AGENTS = 20
"""Agents above which schedules are tried first."""

SCHEDULES_SHARE = 0.3
"""Share of the time for the proof from all of them."""


FEW_CLASSES = 40
"""Classes of interchangeable groups below which each is judged at once."""

COMMON_SHARES = (0.5, 0.1, 0.0)
"""Groups are tried first that so many of the agents have alike."""


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


@dataclass(frozen=True, eq=False)
class _Verdict:
    """Whether some rows can hold together; None where time ran out.

    Parameters
    ----------
    feasible : bool or None
    values : int64 array or None
        A solution, if feasible.
    rows : int64 array or None
        Rows that suffice for the contradiction, if infeasible and known.
    divisible : bool
        Whether shares of the agents' schedules are known to add up.
    """

    feasible: bool | None
    values: Integers | None = None
    rows: Integers | None = None
    divisible: bool = False


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
        fixed = program.lower == program.upper
        self._is_constant = fixed & (program.column_agent == NOBODY)
        self._restrictor = Restrictor(program)
        self._pool = SchedulePool()
        self._common = commonness(program, group)
        self._rank = np.arange(int(group.max(initial=-1)) + 1)

    def is_feasible(self, groups: Integers, seconds: float = CHECK_SECONDS) -> bool | None:
        """Return whether some groups can hold together; None when time ran out."""
        return self._solve(self._restrict(groups), seconds).feasible

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
        # What makes agents differ is left out first: equal agents are judged once.
        tried = 0
        for share in COMMON_SHARES:
            some = groups[self._common[groups] >= share]
            if some.size == tried:
                continue
            tried = some.size
            found, feasible = self._by_duality(some)
            if found is not None:
                return found
        if feasible:
            return None
        return contradicting_groups(subproblem, own, self.budget, self.budget.left / 2)

    def _by_duality(self, groups: Integers) -> tuple[Integers | None, bool]:
        """Return contradicting groups by prices on rows, or that there is a solution."""
        subproblem = self._restrict(groups)
        own = self.group[subproblem.row_ids]
        proof = self._by_schedules(subproblem, self.budget.left * SCHEDULES_SHARE)
        if proof.rows is not None:
            return _named(own[proof.rows]), False
        # Shares of schedules are shares of columns: then rows alone have no such prices, either.
        for rows in () if proof.divisible else elastic_rows(subproblem, own, self.budget):
            found = _named(own[rows])
            if found.size and (core := self._core(found)) is not None:
                logger.debug("dual values: %d groups of %d", core.size, found.size)
                return core, False
        return None, proof.feasible is True

    def _core(self, groups: Integers, seconds: float = CHECK_SECONDS) -> Integers | None:
        """Return those of some groups that suffice for a contradiction; None if none is proven."""
        subproblem = self._restrict(groups)
        verdict = self._solve(subproblem, seconds)
        if verdict.feasible is not False:
            return None
        if verdict.rows is None:
            return groups
        return _named(self.group[subproblem.row_ids[verdict.rows]])

    def minimal_subset(self, groups: Integers) -> InfeasibleSubset | None:
        """Return a minimal set of the groups that contradict one another; None if none was found.

        Parameters
        ----------
        groups : int array
            Candidates. Where there is a choice, the first ones are left out.
        """
        self._rank[groups] = np.arange(groups.size)
        found = self.find(groups)
        if found is None:
            return None
        if found.size > MANY_GROUPS and self.days is not None:
            found = self._of_few_days(found, self.days)
        return self._deleted(self._without_chunks(self._ordered(found)))

    def _ordered(self, groups: Integers) -> list[int]:
        return sorted(groups.tolist(), key=lambda group: int(self._rank[group]))

    def _deleted(self, order: list[int]) -> InfeasibleSubset:
        """Return a set from which no group can be left out, those first in order left out.

        Interchangeable groups are judged together: if one is needed, all are.
        """
        needed: set[int] = set()
        minimal = True
        alike = self._alike(order)
        while waiting := [group for group in order if group not in needed]:
            if self.budget.over:
                return InfeasibleSubset(np.array(sorted(order), dtype=np.int64), minimal=False)
            first = waiting[0]
            others = [group for group in waiting if alike[group] == alike[first]]
            verdict = self._without(order, [first])
            if verdict.feasible is False:
                gone, rows = self._most(order, others, verdict.rows)
                kept = np.array([group for group in order if group not in gone], dtype=np.int64)
                if rows is not None:
                    kept = np.intersect1d(kept, self.group[rows])
                order = self._ordered(kept)
                alike = self._alike(order)
                continue
            minimal &= verdict.feasible is True
            found = {first}
            if verdict.values is not None:
                subproblem = self._restrict(np.array(sorted(order), dtype=np.int64))
                found |= Rotation(subproblem, self.group, needed).run(verdict.values, first)
            kinds = {alike[group] for group in found}
            needed |= {group for group in order if alike[group] in kinds}
        return InfeasibleSubset(np.array(sorted(order), dtype=np.int64), minimal)

    def _most(
        self, order: list[int], alike: list[int], rows: Integers | None
    ) -> tuple[set[int], Integers | None]:
        """Return as many of some interchangeable groups as can be left out; the first can.

        With them come the rows of the program that contradict one another then, if known.
        """
        low, high = 1, len(alike) + 1
        chosen = high - 1
        while high - low > 1:
            verdict = self._without(order, alike[:chosen])
            if verdict.feasible is False:
                low, rows = chosen, verdict.rows
            else:
                high = chosen
            chosen = (low + high) // 2
        return set(alike[:low]), rows

    def _alike(self, order: list[int]) -> dict[int, tuple[int, int]]:
        """Return the class of each group: those of one class are interchangeable."""
        subproblem = self._restrict(np.array(sorted(order), dtype=np.int64))
        block = agent_blocks(subproblem.matrix, self._agent(subproblem))
        own = single_agent(subproblem.matrix, block)
        group = self.group[subproblem.row_ids]
        found = interchangeable_groups(subproblem, block, own, group)
        return {number: found.get(number, (-1, number)) for number in order}

    def _without_chunks(self, order: list[int]) -> list[int]:
        """Return the groups without runs of neighbours that can be left out together.

        Groups of one rule are neighbours: a rule without a part in the contradiction goes at once.
        """
        size = len(order) // 2
        if len(set(self._alike(order).values())) < FEW_CLASSES:
            return order
        while size >= LEAST_CHUNK and not self.budget.over:
            place = 0
            while place < len(order) and not self.budget.over:
                rest = order[:place] + order[place + size :]
                core = self._core(np.array(sorted(rest), dtype=np.int64))
                if core is not None:
                    order = self._ordered(core)
                else:
                    place += size
            size //= 2
        return order

    def _of_few_days(self, groups: Integers, days: Integers) -> Integers:
        """Return those of the groups within as few days as suffice for a contradiction."""
        ends = self.budget.left * WINDOW_SHARE
        for length in WINDOWS:
            first, last = days[groups].T
            if int(last.max()) + 1 - int(first.min()) <= length:
                continue
            for start in range(int(first.min()), int(last.max()) + 2 - length, (length + 2) // 3):
                within = np.flatnonzero((first >= start) & (last < start + length))
                if self.budget.left < ends:
                    return groups
                core = self._core(groups[within], WINDOW_SECONDS) if within.size else None
                if core is not None:
                    logger.debug("days %d to %d: %d groups", start, start + length - 1, core.size)
                    groups = core
                    break
            else:
                return groups
        return groups

    def _without(self, order: list[int], groups: list[int]) -> _Verdict:
        """Judge some groups without others; all columns stay. Rows are those of the program."""
        subproblem = self._restrict(np.array(sorted(order), dtype=np.int64))
        keep = np.flatnonzero(~np.isin(self.group[subproblem.row_ids], groups))
        part = subproblem.restrict(keep, np.arange(subproblem.columns))
        verdict = self._solve(part, CHECK_SECONDS)
        if verdict.rows is None:
            return verdict
        return replace(verdict, rows=part.row_ids[verdict.rows])

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
        matrix = program.matrix[rows]
        # A constant, such as what the history adds, connects nobody.
        fixed = columns[self._is_constant[columns]]
        columns = columns[~self._is_constant[columns]]
        settled = np.asarray(matrix[:, fixed] @ program.lower[fixed], dtype=np.int64)
        return Subproblem(
            matrix=csr_array(matrix[:, columns]),
            row_lower=shift_bounds(program.row_lower[rows], settled),
            row_upper=shift_bounds(program.row_upper[rows], settled),
            lower=program.lower[columns],
            upper=program.upper[columns],
            cost=np.zeros(columns.size, dtype=np.int64),
            continuous=program.continuous[columns],
            column_ids=columns,
            row_ids=rows,
        )

    def _solve(self, subproblem: Subproblem, seconds: float) -> _Verdict:
        """Judge a subproblem."""
        rows = Propagation(subproblem).contradiction()
        if rows is not None:
            return _Verdict(False, rows=rows)
        # What many agents add up to, CP-SAT sees late; a few it judges at once.
        many = np.unique(self._agent(subproblem)).size > MANY_AGENTS
        for number, share in enumerate(TURNS):
            limit = share * seconds
            if (number % 2 == 0) == many:
                verdict = self._by_schedules(subproblem, limit)
            else:
                verdict = self._by_search(subproblem, limit)
            if verdict.feasible is not None:
                return verdict
        return _Verdict(None)

    def _by_search(self, subproblem: Subproblem, seconds: float) -> _Verdict:
        """Search a solution of all agents together."""
        limits = Limits(seconds, workers=1, full_presolve=True)
        found = solve_cpsat(subproblem, self.budget, limits)
        if found.status == "infeasible":
            return _Verdict(False)
        return _Verdict(None if found.values is None else True, found.values)

    def _by_schedules(self, subproblem: Subproblem, seconds: float) -> _Verdict:
        """Try whether the schedules of agents add up."""
        proof = ScheduleProof(subproblem, self._agent(subproblem), self.budget, self._pool)
        rows = proof.find(seconds)
        if rows is not None:
            group = self.group[subproblem.row_ids]
            return _Verdict(False, rows=proof.sufficient(rows, group, self._rank, seconds))
        feasible = None if proof.values is None else True
        return _Verdict(feasible, proof.values, divisible=proof.divisible)

    def _agent(self, subproblem: Subproblem) -> Integers:
        return self.program.column_agent[subproblem.column_ids].astype(np.int64)

    def cheapest_relaxation(
        self, groups: Integers, unit: Integers, cost: Integers, known: Integers | None = None
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
        known : int array or None
            Groups that are known to contradict one another.

        Returns
        -------
        int64 array or None
            None where no units suffice, or none were found in time.
        """
        conflicts: list[Integers] = []
        found = known
        while not self.budget.over:
            if found is not None:
                place = np.isin(groups, found)
                conflicts.append(np.unique(unit[place & (unit >= 0)]))
                if not conflicts[-1].size:
                    return None
            chosen = hitting_set(conflicts, cost, self.budget)
            if chosen is None:
                return None
            kept = groups[~np.isin(unit, chosen) | (unit < 0)]
            subproblem = self._restrict(kept)
            verdict = self._solve(subproblem, CHECK_SECONDS)
            if verdict.feasible:
                return chosen
            if verdict.rows is None:
                found = self.find(kept)
            else:
                found = _named(self.group[subproblem.row_ids[verdict.rows]])
            if found is None:
                return chosen if self.is_feasible(kept, self.budget.left) else None
        return None


def _named(groups: Integers) -> Integers:
    return np.asarray(np.unique(groups[groups != ALWAYS]), dtype=np.int64)

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
from numpy.typing import NDArray
from scipy.sparse import csr_array

from csshift.engine.budget import Budget
from csshift.engine.conflicts.blocks import agent_blocks, commonness, interchangeable_groups
from csshift.engine.conflicts.hitting import ALWAYS, elastic_rows, hitting_set
from csshift.engine.conflicts.propagation import Propagation
from csshift.engine.conflicts.schedules import SchedulePool, ScheduleProof
from csshift.engine.solvers.assumptions import contradicting_groups
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.subproblem import Restrictor, Subproblem, csr_entries, shift_bounds
from csshift.program import NOBODY, Integers, LinearProgram, Program, single_agent

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
class _Proof:
    """Rows that contradict one another, or a solution, or neither."""

    rows: Integers | None
    values: Integers | None


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
        for rows in elastic_rows(subproblem, own, self.budget):
            found = _named(own[rows])
            if found.size and self.is_feasible(found) is False:
                logger.debug("dual values: %d groups", found.size)
                return found, False
        proof = self._by_schedules(subproblem, self.budget.left * SCHEDULES_SHARE)
        if proof.rows is not None:
            return _named(own[proof.rows]), False
        return None, proof.values is not None

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
        order = self._without_chunks([int(g) for g in groups if g in set(found.tolist())])
        return self._deleted(order)

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
            feasible, values = self._without(order, [first])
            if feasible is False:
                gone = self._most(order, others)
                order = self._shrunk([group for group in order if group not in gone])
                alike = self._alike(order)
                continue
            minimal &= feasible is True
            found = {first}
            if values is not None:
                subproblem = self._restrict(np.array(sorted(order), dtype=np.int64))
                found |= _Rotation(subproblem, self.group, needed).run(values, first)
            kinds = {alike[group] for group in found}
            needed |= {group for group in order if alike[group] in kinds}
        return InfeasibleSubset(np.array(sorted(order), dtype=np.int64), minimal)

    def _most(self, order: list[int], alike: list[int]) -> set[int]:
        """Return as many of some interchangeable groups as can be left out; the first can."""
        low, high = 1, len(alike) + 1
        chosen = high - 1
        while high - low > 1:
            if self._without(order, alike[:chosen])[0] is False:
                low = chosen
            else:
                high = chosen
            chosen = (low + high) // 2
        return set(alike[:low])

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

    def _shrunk(self, order: list[int]) -> list[int]:
        """Return the groups behind a contradiction of some, where propagation finds one."""
        subproblem = self._restrict(np.array(sorted(order), dtype=np.int64))
        rows = Propagation(subproblem).contradiction()
        if rows is None:
            return order
        kept = set(_named(self.group[subproblem.row_ids[rows]]).tolist())
        return [group for group in order if group in kept]

    def _without(self, order: list[int], groups: list[int]) -> tuple[bool | None, Integers | None]:
        """Return whether some groups can hold without others, and a solution; all columns stay."""
        subproblem = self._restrict(np.array(sorted(order), dtype=np.int64))
        keep = np.flatnonzero(~np.isin(self.group[subproblem.row_ids], groups))
        return self._solve(subproblem.restrict(keep, np.arange(subproblem.columns)), CHECK_SECONDS)

    def _restrict(self, groups: Integers) -> Subproblem:
        """Return the rows of some groups, and what defines the columns in them."""
        program = self.program
        kept = np.isin(self.group, groups) & (self.group != ALWAYS)
        rows = np.flatnonzero(kept)
        columns = _columns_in(program, rows)
        while True:
            touching = self._restrictor.rows_of(columns)
            new = touching[(self.group[touching] == ALWAYS) & ~kept[touching]]
            if not new.size:
                break
            kept[new] = True
            columns = np.union1d(columns, _columns_in(program, new))
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
            if limit == quick:
                proof = self._by_schedules(subproblem, seconds)
                if proof.rows is not None:
                    return False, None
                if proof.values is not None:
                    return True, proof.values
        return None, None

    def _by_schedules(self, subproblem: Subproblem, seconds: float) -> _Proof:
        """Try whether the schedules of agents add up: rows for which they cannot, or a solution."""
        proof = ScheduleProof(subproblem, self._agent(subproblem), self.budget, self._pool)
        rows = proof.find(seconds)
        if rows is None:
            return _Proof(None, proof.values)
        group = self.group[subproblem.row_ids]
        return _Proof(proof.reduced(rows, group, self._rank, seconds), None)

    def _agent(self, subproblem: Subproblem) -> Integers:
        return self.program.column_agent[subproblem.column_ids].astype(np.int64)

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
            chosen = hitting_set(conflicts, cost, self.budget)
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


class _Rotation:
    """Walks from a solution that breaks one group to others that break one other group each."""

    MOST_MOVES = 4000

    def __init__(self, subproblem: Subproblem, group: Integers, needed: set[int]) -> None:
        self._subproblem = subproblem
        self._group = group[subproblem.row_ids]
        self._by_column = subproblem.matrix.tocsc()
        self._needed = needed
        self._moves = 0

    def run(self, values: Integers, broken: int) -> set[int]:
        """Return groups that are needed, found from a solution that breaks only `broken`."""
        found: set[int] = set()
        waiting = [(values, broken)]
        while waiting:
            values, broken = waiting.pop()
            for other, moved in self._neighbours(values, broken):
                if other not in found and other not in self._needed:
                    found.add(other)
                    waiting.append((moved, other))
        return found

    def _neighbours(self, values: Integers, broken: int) -> list[tuple[int, Integers]]:
        """Return solutions one step away that break one other group, and that group."""
        program = self._subproblem
        activity = program.matrix @ values
        rows = np.flatnonzero(self._group == broken)
        rows = rows[self._is_broken(rows, activity[rows])]
        found: dict[int, Integers] = {}
        for column in np.unique(_columns_in(program, rows)).tolist():
            for step in (1, -1):
                moved = self._moved(values, activity, column, step)
                if moved is None:
                    continue
                changed, groups = moved
                if len(groups) == 1 and (other := groups.pop()) not in (ALWAYS, broken):
                    found.setdefault(other, changed)
                if self._moves > self.MOST_MOVES:
                    return list(found.items())
        return list(found.items())

    def _moved(
        self, values: Integers, activity: Integers, column: int, step: int
    ) -> tuple[Integers, set[int]] | None:
        """Change a column, and one more where a defining row requires it; say what is broken."""
        if not self._inside(column, values[column] + step):
            return None
        self._moves += 1
        changed, sums = values.copy(), activity.copy()
        self._add(changed, sums, column, step)
        definitions = np.flatnonzero(self._group == ALWAYS)
        definitions = definitions[self._is_broken(definitions, sums[definitions])]
        if definitions.size > 1:
            return None
        if definitions.size:
            for other in _columns_in(self._subproblem, definitions).tolist():
                for repair in (1, -1):
                    if other == column or not self._inside(other, changed[other] + repair):
                        continue
                    self._add(changed, sums, other, repair)
                    if not self._is_broken(definitions, sums[definitions]).any():
                        return changed, self._broken_groups(sums)
                    self._add(changed, sums, other, -repair)
            return None
        return changed, self._broken_groups(sums)

    def _add(self, values: Integers, sums: Integers, column: int, step: int) -> None:
        first, last = self._by_column.indptr[column], self._by_column.indptr[column + 1]
        values[column] += step
        sums[self._by_column.indices[first:last]] += step * self._by_column.data[first:last]

    def _inside(self, column: int, value: np.int64) -> bool:
        return bool(self._subproblem.lower[column] <= value <= self._subproblem.upper[column])

    def _is_broken(self, rows: Integers, sums: Integers) -> NDArray[np.bool_]:
        program = self._subproblem
        return np.asarray((sums < program.row_lower[rows]) | (sums > program.row_upper[rows]))

    def _broken_groups(self, sums: Integers) -> set[int]:
        return set(self._group[self._is_broken(np.arange(sums.size), sums)].tolist())


def _named(groups: Integers) -> Integers:
    return np.asarray(np.unique(groups[groups != ALWAYS]), dtype=np.int64)


def _columns_in(program: LinearProgram[np.int64], rows: Integers) -> Integers:
    """Return the columns in some rows, ascending."""
    entries = csr_entries(program.matrix.indptr, rows)
    return np.unique(program.matrix.indices[entries]).astype(np.int64)

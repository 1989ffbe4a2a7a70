"""Counting rules: what is counted, declared once, for the program and for the check.

A counting rule yields tallies. `_row` makes rows of a program from one, `_broken` finds where a
schedule breaks it. The two share nothing but the declaration: tests hold each against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, islice, takewhile
from typing import ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from csshift.program import ABSENT
from csshift.rules.base import Rule, Scope, Violation
from csshift.rules.grid import OFF, RosterGrid, Schedule
from csshift.rules.work import WorkColumns, flat

BLOCK = 8
"""Tallies whose rows are added at once: more are slower to begin, and take more memory."""

Sense: TypeAlias = Literal["at most", "at least"]


class Tallied(NamedTuple):
    """The sum of one agent that breaks a tally, for the words of a violation.

    Parameters
    ----------
    tally : Tally
    sum, bound : int
        The sum and its limit, in the unit of the tally.
    shift : int array, shape (days,)
        What the agent works on each day, history included.
    adds : int array, shape (shifts + 2,)
        What each entry of `shift` adds on the last day of the tally.
    grid : RosterGrid
    """

    tally: Tally
    sum: int
    bound: int
    shift: NDArray[np.int64]
    adds: NDArray[np.int64]
    grid: RosterGrid

    @property
    def total(self) -> Fraction:
        """The sum, in the unit of the rule."""
        return self.sum * self.tally.unit

    @property
    def limit(self) -> Fraction:
        """The limit of the agent, in the unit of the rule."""
        return self.bound * self.tally.unit

    @property
    def worked(self) -> list[int]:
        """The entries of `shift` on the days of the tally."""
        return [int(self.shift[day]) for day in self.tally.days]

    @property
    def off(self) -> int:
        """Days of the tally without work."""
        return self.worked.count(OFF)

    @property
    def run(self) -> int:
        """Days in a row that count, up to the last day of the tally."""
        added = self.adds[self.shift[self.tally.days[-1] :: -1]].tolist()
        return sum(1 for _ in takewhile(lambda number: number > 0, added))

    @property
    def codes(self) -> str:
        """The codes of the shifts worked on the days of the tally."""
        return "-".join(self.grid.shifts[i].code for i in self.worked if i >= 0)


@dataclass(frozen=True, eq=False)
class Tally:
    """A sum over some days of each agent that a rule concerns, and its limit.

    The history is settled. The limit of an "at most" is never below what the days of the
    history add up to. That of an "at least" that reaches into the history is never above what
    is still possible, if each planned day adds the most that is offered to the agent.

    Parameters
    ----------
    days : sequence of int
        Positions of the days, ascending.
    sense : {"at most", "at least"}
    limit : array_like of int, broadcast to (all agents,)
        In the unit of `shifts` and `work`.
    text : callable
        Returns the words of a violation.
    shifts : array_like of int, broadcast to (days, all shifts)
        What each shift adds on each day. Only "at least" takes negative numbers.
    work : array_like of int, broadcast to (days,)
        What a day at work adds, whatever the shift; a shift that is not known counts, too.
    unit : Fraction
        Amount of violation in one unit of excess.
    once : sequence of int or None
        A number for each day: days with the same number count once. All that is added is the
        same number then.
    kinds : sequence of int or None
        A number for each shift: shifts with the same number count once, in all days or, with
        `once`, in those that share a number. Work adds nothing then.

    Notes
    -----
    The last day is reported; where days count once, the last one that adds something.

    Raises
    ------
    ValueError
        When a declaration is none of the above.
    """

    days: Sequence[int]
    sense: Sense
    limit: ArrayLike
    text: Callable[[Tallied], str]
    shifts: ArrayLike = 0
    work: ArrayLike = 0
    unit: Fraction = Fraction(1)
    once: Sequence[int] | None = None
    kinds: Sequence[int] | None = None

    def __post_init__(self) -> None:
        added = {*np.unique(self.shifts).tolist(), *np.unique(self.work).tolist()} - {0}
        if self.sense == "at most" and any(number < 0 for number in added):
            raise ValueError("a tally with an upper limit adds negative numbers")
        if self.counts_once and (len(added) > 1 or any(number < 0 for number in added)):
            raise ValueError("days and shifts that count once add one positive number")
        if self.kinds is not None and np.any(self.work):
            raise ValueError("kinds of shifts count once: work of any kind adds nothing")

    @property
    def counts_once(self) -> bool:
        """Whether days or shifts with the same number count once."""
        return self.once is not None or self.kinds is not None

    def groups(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return the number under which each shift of each day counts, shape (days, shifts)."""
        days = np.zeros(len(self.days), dtype=np.int64) if self.once is None else self.once
        kinds = np.zeros(len(grid.shifts), dtype=np.int64) if self.kinds is None else self.kinds
        most = max(np.asarray(kinds, dtype=np.int64).max(initial=0) + 1, 1)
        numbers = np.asarray(days, dtype=np.int64)[:, None] * most
        return np.asarray(numbers + np.asarray(kinds, dtype=np.int64), dtype=np.int64)

    def only(self, places: list[int], grid: RosterGrid) -> Tally:
        """Return the tally of some of its days, by their places in `days`."""
        if len(places) == len(self.days):
            return self
        return replace(
            self,
            days=[self.days[i] for i in places],
            shifts=self.added(grid)[places],
            work=self.by_working()[places],
            once=None if self.once is None else [self.once[i] for i in places],
        )

    def added(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return what each shift adds on each day, shape (days, shifts)."""
        shape = (len(self.days), len(grid.shifts))
        return np.broadcast_to(np.asarray(self.shifts, dtype=np.int64), shape)

    def limits(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return the limit of each agent, shape (all agents,)."""
        limit = np.asarray(self.limit, dtype=np.int64)
        return np.broadcast_to(limit, (len(grid.agents),))

    def by_working(self) -> NDArray[np.int64]:
        """Return what work adds on each day, shape (days,)."""
        return np.broadcast_to(np.asarray(self.work, dtype=np.int64), (len(self.days),))


class CountingRule(Rule):
    """A rule that limits sums; a kind declares its tallies and has rows and check from them."""

    scope: ClassVar[Scope] = "days"

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Yield the sums that the rule limits."""
        raise NotImplementedError

    def declared(self, grid: RosterGrid) -> Iterator[Tally]:
        """Yield the tallies, those of days on which the rule does not hold left out or cut.

        Of sums (`scope` is "days"), only days on which the rule holds count; one with a lower
        limit of which the dates of validity leave out a part requires nothing.
        """
        if not self.dated:
            yield from self.tallies(grid)
            return
        judged = self.judged(grid)
        valid = [self.valid is None or self.valid.holds(date, grid.spans) for date in grid.dates]
        for tally in self.tallies(grid):
            places = [i for i, day in enumerate(tally.days) if judged[day]]
            if self.scope != "days":
                if judged[tally.days[-1 if self.scope == "last" else 0]]:
                    yield tally
                continue
            counts = tally.sense == "at most" or all(valid[day] for day in tally.days)
            if places and tally.days[places[-1]] >= grid.history_days and counts:
                yield tally.only(places, grid)

    def rows(self, work: WorkColumns) -> None:
        """Add a row for each tally and agent; tallies of one shape form one block."""
        agents = self.chosen(work.grid)
        rows = (_row(self, work, agents, t) for t in self.declared(work.grid))
        for (sense, unit, _), block in groupby(rows, key=_Row.shape):
            add = self.at_most if sense == "at most" else self.at_least
            while parts := list(islice(block, BLOCK)):
                columns = np.concatenate([part.columns for part in parts])
                values = np.repeat([part.values for part in parts], agents.size, axis=0)
                limits = np.concatenate([part.limits for part in parts])
                add(work, columns, values, limits, unit=unit)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Add up every tally of a schedule."""
        agents = self.chosen(schedule.grid)
        shift = schedule.shift[agents]
        for tally in self.declared(schedule.grid):
            yield from _broken(tally, schedule.grid, agents, shift)


class _Row(NamedTuple):
    """Rows of one tally: columns (agents, width), values (width,), limits (agents,)."""

    tally: Tally
    columns: NDArray[np.int64]
    values: NDArray[np.int64]
    limits: NDArray[np.int64]

    def shape(self) -> tuple[str, Fraction, int]:
        return self.tally.sense, self.tally.unit, self.values.size


def _row(rule: Rule, work: WorkColumns, agents: NDArray[np.int64], tally: Tally) -> _Row:
    """Return the columns of a tally, their values and the limits, lifted by the history."""
    days = np.asarray(tally.days, dtype=np.int64)
    added, by_working = tally.added(work.grid), tally.by_working()
    used = np.flatnonzero(added.any(axis=0))
    cells, values = work.shift[np.ix_(agents, days, used)], added[:, used]
    if by_working.any():
        cells = np.concatenate([cells, work.day[np.ix_(agents, days)][:, :, None]], axis=2)
        values = np.column_stack([values, by_working])
    limits = tally.limits(work.grid)[agents]
    past = days < work.grid.history_days
    if tally.counts_once:
        return _row_once(rule, work, agents, tally, cells, values, used, limits)
    if tally.sense == "at least" and past.any():
        known = np.where(work.known(cells), values, 0).sum(axis=(1, 2))
        offered = work.grid.offered[agents][:, days[~past]]
        possible = np.where(offered, (added + by_working[:, None])[~past], 0)
        limits = np.minimum(limits, known + possible.max(axis=2, initial=0).sum(axis=1))
    return _Row(tally, flat(cells), values.ravel(), limits)


def _row_once(
    rule: Rule,
    work: WorkColumns,
    agents: NDArray[np.int64],
    tally: Tally,
    cells: NDArray[np.int64],
    values: NDArray[np.int64],
    used: NDArray[np.int64],
    limits: NDArray[np.int64],
) -> _Row:
    """Return the row of a tally whose cells count once: a column for each group of them."""
    groups = tally.groups(work.grid)[:, used]
    if cells.shape[2] > used.size:
        # Work of any shift counts by its day alone.
        once = np.zeros(len(tally.days), dtype=np.int64) if tally.once is None else tally.once
        groups = np.column_stack([groups, np.asarray(once, dtype=np.int64)])
    numbers = np.unique(groups[values != 0])
    at_most = tally.sense == "at most"
    columns = np.full((agents.size, numbers.size), ABSENT, dtype=np.int64)
    possible = np.zeros(agents.size, dtype=np.int64)
    for place, number in enumerate(numbers):
        inside = (groups == number) & (values != 0)
        group = np.where(inside, cells, ABSENT)[:, inside.any(axis=1)]
        possible += work.possible(group).any(axis=(1, 2))
        # Work in the history settles a group; a single column serves as it is.
        column = group.max(axis=(1, 2), initial=ABSENT)
        known = work.known(group).any(axis=(1, 2))
        column[known] = work.builder.one
        several = ((group != ABSENT).sum(axis=(1, 2)) > 1) & ~known
        last = int(np.asarray(tally.days)[inside.any(axis=1)][-1]) - work.grid.history_days
        column[several] = work.builder.columns(
            int(several.sum()), family=rule.label, upper=1, agent=agents[several], day=last
        )
        # An upper limit pushes the column down to the largest day, a lower one up to their sum.
        parts = [group[several, day] for day in range(group.shape[1])]
        for part in parts if at_most else [flat(group[several])]:
            pair = np.column_stack([part, column[several]])
            signs = np.array([1] * part.shape[1] + [-1]) * (1 if at_most else -1)
            work.builder.rows(pair, signs, family=rule.label, upper=0)
        columns[:, place] = column
    number = int(values.max(initial=0))
    if not at_most:
        limits = np.minimum(limits, number * possible)
    return _Row(tally, columns, np.full(numbers.size, number), limits)


def _broken(
    tally: Tally, grid: RosterGrid, agents: NDArray[np.int64], shift: NDArray[np.int64]
) -> Iterator[Violation]:
    """Yield where the agents, with their rows of a schedule, break a tally."""
    days = np.asarray(tally.days, dtype=np.int64)
    # OFF and UNKNOWN are -1 and -2, and so find the two entries at the end.
    gains = np.zeros((days.size, len(grid.shifts) + 2), dtype=np.int64)
    gains[:, :-2] = tally.added(grid)
    gains[:, :-1] += tally.by_working()[:, None]
    counted = gains[np.arange(days.size), shift[:, days]]
    past = days < grid.history_days
    total = _sum(counted, tally, shift[:, days])
    known = _sum(np.where(past, counted, 0), tally, shift[:, days])
    limit = tally.limits(grid)[agents]
    if tally.sense == "at most":
        excess = total - np.maximum(limit, known)
    elif tally.counts_once:
        excess = np.minimum(limit, _possible_once(counted, tally, grid, agents, shift)) - total
    else:
        if past.any():
            offered = grid.offered[agents][:, days[~past]]
            best = np.where(offered, gains[~past, :-2], 0).max(axis=2, initial=0)
            limit = np.minimum(limit, known + best.sum(axis=1))
        excess = limit - total
    for place in np.flatnonzero(excess > 0).tolist():
        last = int(days[-1])
        if tally.counts_once and tally.sense == "at most":
            last = int(days[np.flatnonzero(counted[place])[-1]])
        sums = int(total[place]), int(limit[place])
        found = Tallied(tally, *sums, shift[place], gains[-1], grid)
        amount = int(excess[place]) * tally.unit
        yield Violation(amount, int(agents[place]), last, tally.text(found))


def _sum(counted: NDArray[np.int64], tally: Tally, shift: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sums over days, shape (agents,), from what each day adds and the shift worked."""
    if not tally.counts_once:
        return np.asarray(counted.sum(axis=1), dtype=np.int64)
    totals = []
    for adds, worked in zip(counted.tolist(), shift.tolist(), strict=True):
        largest: dict[tuple[int, int], int] = {}
        for place, (number, entry) in enumerate(zip(adds, worked, strict=True)):
            group = _group(tally, place, entry)
            largest[group] = max(number, largest.get(group, 0))
        totals.append(sum(largest.values()))
    return np.array(totals, dtype=np.int64)


def _group(tally: Tally, place: int, entry: int) -> tuple[int, int]:
    day = 0 if tally.once is None else tally.once[place]
    return day, 0 if tally.kinds is None or entry < 0 else tally.kinds[entry]


def _possible_once(
    counted: NDArray[np.int64],
    tally: Tally,
    grid: RosterGrid,
    agents: NDArray[np.int64],
    shift: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the largest sum that some roster has, if each group can be reached on its own."""
    gains = tally.added(grid) + tally.by_working()[:, None]
    totals = []
    for row, agent in enumerate(agents.tolist()):
        reached: set[tuple[int, int]] = set()
        for place, day in enumerate(tally.days):
            if day < grid.history_days:
                if counted[row, place]:
                    reached.add(_group(tally, place, int(shift[row, day])))
                continue
            for entry in np.flatnonzero(grid.offered[agent, day] & (gains[place] > 0)).tolist():
                reached.add(_group(tally, place, entry))
        totals.append(len(reached) * int(gains.max(initial=0)))
    return np.array(totals, dtype=np.int64)

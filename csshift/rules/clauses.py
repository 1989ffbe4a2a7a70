"""What an agent's days may not look like, and what some of them must, declared once.

A `Pattern` is a set of shifts for each of a few days. A rule that forbids patterns, or requires
some in a period, has rows and check from what it declares; tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.program import ABSENT
from csshift.rules.base import Rule, Scope, Violation
from csshift.rules.grid import OFF, RosterGrid, Schedule
from csshift.rules.shift_words import ShiftSet, shift_set
from csshift.rules.work import WorkColumns


def shift_sets(grid: RosterGrid, words: Sequence[str]) -> NDArray[np.bool_]:
    """Return what fits each day of a sequence of words, shape (days, shifts + 2)."""
    return np.array([shift_set(word, grid.shifts) for word in words], dtype=np.bool_)


def last_days(grid: RosterGrid, length: int) -> NDArray[np.int64]:
    """Return the planned days on which a stretch of so many known days can end."""
    return np.arange(max(grid.history_days, length - 1), grid.days)


@dataclass(frozen=True, eq=False)
class Forbidden:
    """A pattern that breaks a rule wherever it ends on one of some days.

    Parameters
    ----------
    offsets : sequence of int
        The days of the pattern before its last one: 0 is the last, -1 the day before.
    sets : bool array, shape (alternatives, offsets, shifts + 2)
        What fits each day; alternatives that fit the same days are one violation.
    ends : int array, shape (ends,)
        Positions of planned days on which the pattern may end.
    text : callable
        Returns the words of a violation, given the codes that are worked.
    amount : Fraction
        Amount of each violation.
    whom : bool array, shape (all agents, ends), or None
        Whom the pattern concerns on each of the days; None means everybody.

    Notes
    -----
    A pattern that no roster can keep an agent from is none: what the history holds is settled,
    and on leave an agent is off.
    """

    offsets: Sequence[int]
    sets: NDArray[np.bool_]
    ends: NDArray[np.int64]
    text: Callable[[str], str]
    amount: Fraction = Fraction(1)
    whom: NDArray[np.bool_] | None = None


class ForbiddingRule(Rule):
    """A rule that forbids patterns; a kind declares them."""

    scope: ClassVar[Scope] = "last"

    def forbidden(self, grid: RosterGrid) -> Iterator[Forbidden]:
        """Yield the patterns that the rule forbids."""
        raise NotImplementedError

    def _pairs(
        self, found: Forbidden, grid: RosterGrid
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the pairs of an agent and a last day that a pattern concerns."""
        agents, ends = self.chosen(grid), found.ends[found.ends + found.offsets[0] >= 0]
        whom = np.ones((len(grid.agents), grid.days), dtype=np.bool_)
        if found.whom is not None:
            whom[:, found.ends] = found.whom
        if self.dated:
            day = ends + (found.offsets[0] if self.scope == "first" else 0)
            ends = ends[self.judged(grid)[day]]
        rows, columns = np.nonzero(whom[np.ix_(agents, ends)])
        return agents[rows], ends[columns]

    def rows(self, work: WorkColumns) -> None:
        """Not all days of a pattern fit: of the days that do, there is one less than all."""
        for found in self.forbidden(work.grid):
            agents, ends = self._pairs(found, work.grid)
            days = ends[:, None] + np.asarray(found.offsets)
            offered = work.possible(work.shift)
            columns, values, limits, share = [], [], [], []
            for sets in found.sets:
                free = np.flatnonzero(_avoidable(sets, offered, work.grid, agents, days))
                if free.size:
                    fits = [
                        _fitting(work, agents[free], days[free, i], s) for i, s in enumerate(sets)
                    ]
                    columns.append(np.concatenate([fit.columns for fit in fits], axis=1))
                    values.append(np.concatenate([fit.values for fit in fits]))
                    limits.append(len(sets) - 1 - sum(fit.constant for fit in fits))
                    share.append(free)
            if columns:
                self._limit(work, columns, values, limits, share, found.amount)

    def _limit(
        self,
        work: WorkColumns,
        columns: list[NDArray[np.int64]],
        values: list[NDArray[np.int64]],
        limits: list[int],
        share: list[NDArray[np.int64]],
        amount: Fraction,
    ) -> None:
        """Add the rows of all alternatives, which share what a soft rule pays."""
        width = max(block.shape[1] for block in columns)
        count = sum(map(len, columns))
        ids = np.full((count, width), ABSENT, dtype=np.int64)
        numbers = np.zeros((count, width), dtype=np.int64)
        first = 0
        for block, row in zip(columns, values, strict=True):
            ids[first : first + len(block), : block.shape[1]] = block
            numbers[first : first + len(block), : block.shape[1]] = row
            first += len(block)
        upper = np.repeat(limits, list(map(len, columns)))
        price = None if self.hard else self.weight * amount
        place = np.concatenate(share)
        work.limit(self.label, ids, numbers, upper, price, self.price_source, place)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Compare every stretch of days with the patterns."""
        grid = schedule.grid
        for found in self.forbidden(grid):
            agents, ends = self._pairs(found, grid)
            days = ends[:, None] + np.asarray(found.offsets)
            worked = schedule.shift[agents[:, None], days]
            broken = np.zeros(agents.size, dtype=np.bool_)
            for sets in found.sets:
                fits = sets[np.arange(len(sets)), worked].all(axis=1)
                broken |= fits & _avoidable(sets, grid.offered, grid, agents, days)
            for place in np.flatnonzero(broken).tolist():
                text = found.text(codes(grid, worked[place]))
                yield Violation(found.amount, int(agents[place]), int(ends[place]), text)


@dataclass(frozen=True, eq=False)
class Required:
    """Patterns of which a period contains some.

    Parameters
    ----------
    days : sequence of int
        Positions of the days of the period; the last is reported.
    candidates : sequence of (int array, bool array)
        Positions of days, and what fits each of them, shape (days, shifts + 2).
    count : int
        How many of the candidates fit; all that can, where those are fewer.
    text : callable
        Returns the words of a violation, given how many fit.
    """

    days: Sequence[int]
    candidates: Sequence[tuple[NDArray[np.int64], NDArray[np.bool_]]]
    count: int
    text: Callable[[int], str]


class RequiringRule(Rule):
    """A rule that requires patterns; a kind declares them. Each that is missing counts 1."""

    scope: ClassVar[Scope] = "last"

    def required(self, grid: RosterGrid) -> Iterator[Required]:
        """Yield the patterns that the rule requires."""
        raise NotImplementedError

    def demands(self, grid: RosterGrid) -> Iterator[Required]:
        """Yield what is required on days on which the rule holds."""
        judged = self.judged(grid) if self.dated else None
        for found in self.required(grid):
            if judged is None or judged[found.days[-1]]:
                yield found

    def rows(self, work: WorkColumns) -> None:
        """A column for each candidate says whether it fits; enough of them do."""
        agents = self.chosen(work.grid)
        for found in self.demands(work.grid):
            possible = possible_candidates(
                found, work.grid, work.possible(work.shift), agents, work
            )
            limits = np.minimum(found.count, possible.sum(axis=1))
            columns = np.full(possible.shape, ABSENT, dtype=np.int64)
            for place, (days, sets) in enumerate(found.candidates):
                who = np.flatnonzero(possible[:, place])
                columns[who, place] = self._candidate(work, agents[who], days, sets)
            self.at_least(work, columns, 1, limits)

    def _candidate(
        self, work: WorkColumns, agents: NDArray[np.int64], days: NDArray[np.int64], sets: ShiftSet
    ) -> NDArray[np.int64]:
        """Return columns that can be 1 only where every day fits; of agents for whom it can."""
        last = int(days[-1]) - work.grid.history_days
        columns = work.builder.columns(
            agents.size, family=self.label, upper=1, agent=agents, day=max(0, last)
        )
        for day, fitting in zip(days.tolist(), sets, strict=True):
            if day >= work.grid.history_days and agents.size:
                fit = _fitting(work, agents, np.full(agents.size, day), fitting)
                pair = np.column_stack([columns, fit.columns])
                signs = np.append(1, -fit.values)
                work.builder.rows(pair, signs, family=self.label, upper=fit.constant)
        return columns

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the candidates that fit."""
        grid, agents = schedule.grid, self.chosen(schedule.grid)
        for found in self.demands(grid):
            possible = possible_candidates(found, grid, grid.offered, agents, schedule)
            for place, agent in enumerate(agents.tolist()):
                fit = sum(
                    bool(sets[np.arange(days.size), schedule.shift[agent, days]].all())
                    for days, sets in found.candidates
                )
                missing = min(found.count, int(possible[place].sum())) - fit
                if missing > 0:
                    day = int(found.days[-1])
                    yield Violation(Fraction(missing), agent, day, found.text(fit))


def possible_candidates(
    found: Required,
    grid: RosterGrid,
    offered: NDArray[np.bool_],
    agents: NDArray[np.int64],
    known: WorkColumns | Schedule,
) -> NDArray[np.bool_]:
    """Return which candidates some roster can have, shape (agents, candidates).

    Parameters
    ----------
    found : Required
    grid : RosterGrid
    offered : bool array, shape (all agents, days, shifts)
        Planned days.
    agents : int array
    known : WorkColumns or Schedule
        Holds what was worked in the history.
    """
    can = np.ones((agents.size, len(found.candidates)), dtype=np.bool_)
    for place, (days, sets) in enumerate(found.candidates):
        for day, fitting in zip(days.tolist(), sets, strict=True):
            if day >= grid.history_days:
                able = fitting[OFF] | (offered[agents, day] & fitting[:-2]).any(axis=1)
            elif isinstance(known, Schedule):
                able = fitting[known.shift[agents, day]]
            else:
                fit = _fitting(known, agents, np.full(agents.size, day), fitting)
                ones = np.where(known.known(fit.columns), fit.values, 0).sum(axis=1)
                able = ones + fit.constant > 0
            can[:, place] &= able
    return can


class _Fit(NamedTuple):
    """Says with columns whether a day fits: constant + values x columns is 1 or 0."""

    columns: NDArray[np.int64]
    values: NDArray[np.int64]
    constant: int


def _fitting(
    work: WorkColumns, agents: NDArray[np.int64], days: NDArray[np.int64], fitting: ShiftSet
) -> _Fit:
    """Return what says whether each agent's day is in a set, columns of shape (agents, width)."""
    inside, outside = np.flatnonzero(fitting[:-2]), np.flatnonzero(~fitting[:-2])
    unknown, off = bool(fitting[-2]), bool(fitting[OFF])
    # A shift that is not known shows in the column of the day alone.
    named = outside if unknown else inside
    columns = work.shift[agents[:, None], days[:, None], named]
    values = np.full(named.size, -1 if unknown else 1, dtype=np.int64)
    if unknown != off:
        columns = np.column_stack([columns, work.day[agents, days]])
        values = np.append(values, -1 if off else 1)
    return _Fit(columns, values, int(off))


def _avoidable(
    sets: NDArray[np.bool_],
    offered: NDArray[np.bool_],
    grid: RosterGrid,
    agents: NDArray[np.int64],
    days: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return whether some planned day of a pattern can be another one, shape (pairs,)."""
    free = np.zeros(agents.size, dtype=np.bool_)
    for place, fitting in enumerate(sets):
        day = days[:, place]
        other = (offered[agents, day] & ~fitting[:-2]).any(axis=1) | ~fitting[OFF]
        free |= other & (day >= grid.history_days)
    return free


def codes(grid: RosterGrid, worked: NDArray[np.int64]) -> str:
    """Return the codes of some days, a day off as a dot."""
    known = {OFF: "."}
    return "-".join(grid.shifts[i].code if i >= 0 else known.get(i, "?") for i in map(int, worked))

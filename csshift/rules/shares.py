"""What fairness counts, who is expected to have how much of it, and what each has so far.

Work is divided day by day: what the team did on a day is owed by those who could have done it,
in proportion to their contract hours. Who was on leave or not yet employed owes nothing of it, so
that a joiner never has to catch up. A balance is what somebody did less what he or she owed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from fractions import Fraction
from functools import cached_property
from math import floor, gcd

import numpy as np
from numpy.typing import NDArray

from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.model.shifts import Shift
from csshift.program import ABSENT
from csshift.rules.grid import OFF, RosterGrid, Schedule
from csshift.rules.work import WorkColumns, flat

PARTS = 1000
"""Balances and expectations are counted in thousandths."""

NIGHT = (Span(0, 6 * 60), Span(MINUTES_PER_DAY, MINUTES_PER_DAY + 6 * 60))
LEAST_NIGHT_MINUTES = 120
LATE_END, EARLY_START = 21 * 60, 8 * 60

LEAST_EXPECTED = PARTS // 5
"""Expectation below which nobody is taken: one day at work is not a month's worth of nights."""


def is_night(shift: Shift) -> bool:
    """Return whether a shift works for two hours or more between 00:00 and 06:00."""
    minutes = sum(shift.overlap(hours) for hours in NIGHT)
    return minutes >= LEAST_NIGHT_MINUTES and not shift.standby


def is_late(shift: Shift) -> bool:
    """Return whether a shift ends at 21:00 or later, and is no night."""
    return shift.end >= LATE_END and not is_night(shift) and not shift.standby


def is_early(shift: Shift) -> bool:
    """Return whether a shift starts before 08:00, and is no night."""
    return shift.start < EARLY_START and not is_night(shift) and not shift.standby


@dataclass(frozen=True, eq=False)
class Counted:
    """What a fairness rule counts.

    Parameters
    ----------
    grid : RosterGrid
    adds : int array, shape (days, shifts + 2)
        What each entry of a schedule adds on each day; days off and shifts that are not known
        are the last two, found by OFF and UNKNOWN.
    size : int
        What counts as one, in the same unit: 480 where minutes are counted.
    unit : int
        How many make one of the unit that people read: 60 where minutes are counted.
    cells : bool array, shape (agents, days), or None
        Days of each agent that count; None: all of them.
    occasions : tuple of tuple of int
        Days that count together: each of them alone, or those of a weekend, of which any work
        counts once.
    """

    grid: RosterGrid
    adds: NDArray[np.int64]
    size: int
    unit: int
    cells: NDArray[np.bool_] | None
    occasions: tuple[tuple[int, ...], ...]

    @cached_property
    def once(self) -> bool:
        """Whether several days count once."""
        return any(len(days) > 1 for days in self.occasions)

    @cached_property
    def step(self) -> int:
        """The greatest number of which all sums are multiples."""
        return gcd(*np.unique(self.adds).tolist()) or 1

    def of(self, shift: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what each occasion adds, shape (agents, occasions).

        Parameters
        ----------
        shift : int array, shape (all agents, days)
            As in a `Schedule`; days of one that is not complete are OFF.
        """
        found = self.adds[np.arange(self.grid.days), shift]
        if self.cells is not None:
            found = np.where(self.cells, found, 0)
        each = [found[:, list(days)].max(axis=1) for days in self.occasions]
        return np.column_stack([np.zeros((len(shift), 0), dtype=np.int64), *each])

    def able(self) -> NDArray[np.bool_]:
        """Return who could do some of it on each occasion, shape (agents, occasions)."""
        grid = self.grid
        adding = self.adds[:, :-2] > 0
        offered = grid.offered & adding[None]
        if grid.banned is not None:
            offered &= ~grid.banned[:, None, :]
        past = np.arange(grid.days) < grid.history_days
        # What was offered in the past is not known; who was there could have done it.
        able = grid.available & _ever(grid, adding)
        could = np.where(past, able, offered.any(axis=2))
        could &= np.asarray((self.adds > 0).any(axis=1), dtype=np.bool_)[None]
        if self.cells is not None:
            could &= self.cells
        each = [np.any(could[:, list(days)], axis=1) for days in self.occasions]
        return np.column_stack([np.zeros((len(could), 0), dtype=np.bool_), *each])


def _ever(grid: RosterGrid, adding: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return who may work one of the shifts at all, shape (agents, 1)."""
    banned = np.zeros((len(grid.agents), len(grid.shifts)), dtype=np.bool_)
    banned |= False if grid.banned is None else grid.banned
    return np.asarray((~banned & adding.any(axis=0)).any(axis=1, keepdims=True), dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class Shares:
    """What each agent of a rule is expected to do, and the balance before the horizon.

    Parameters
    ----------
    agents : int array, shape (members,)
        Positions of the agents.
    expected : int array, shape (members,)
        Thousandths of what the one who is there most is expected to do in the horizon.
    there : bool array, shape (members,)
        Who can do any of it in the horizon.
    balance : int array, shape (members,)
        Thousandths of the unit counted: positive for those who did more than their share.
    done : int array, shape (members,)
        What the history since `since` holds, and what was carried over.
    since : date or None
        First day that counts; None where none before the horizon does, or balances do.
    """

    agents: NDArray[np.int64]
    expected: NDArray[np.int64]
    there: NDArray[np.bool_]
    balance: NDArray[np.int64]
    done: NDArray[np.int64]
    since: Date | None


@dataclass(frozen=True)
class Line:
    """What one agent has of something: in the plan, before it, and his or her fair share."""

    agent: int
    count: Fraction
    done: Fraction
    fair: Fraction


def known_shifts(work: WorkColumns) -> NDArray[np.int64]:
    """Return the history of a program as a schedule has it; planned days are OFF."""
    past = work.grid.history_days
    found = np.full(work.day.shape, OFF, dtype=np.int64)
    found[:, :past][work.known(work.day[:, :past])] = OFF - 1
    agents, days, shifts = np.nonzero(work.known(work.shift[:, :past]))
    found[agents, days] = shifts
    return found


def past_shifts(schedule: Schedule) -> NDArray[np.int64]:
    """Return a schedule with its planned days OFF."""
    found = schedule.shift.copy()
    found[:, schedule.grid.history_days :] = OFF
    return found


def shares(
    counted: Counted,
    agents: NDArray[np.int64],
    past: NDArray[np.int64],
    what: str,
    since: Date | None,
) -> Shares:
    """Return what agents are expected to do, and their balances.

    Parameters
    ----------
    counted : Counted
    agents : int array
        Positions of those who share.
    past : int array, shape (all agents, days)
        The history; planned days are OFF.
    what : str
        The name under which balances are carried.
    since : date or None
        First day of the history that counts; None: all that is known.
    """
    grid = counted.grid
    done, owed, first = totals(counted, agents, past, what, since)
    weight = weights(counted)[agents]
    planned = [days[-1] >= grid.history_days for days in counted.occasions]
    total = weight[:, np.array(planned, dtype=np.bool_)].sum(axis=1)
    most = int(total.max(initial=0))
    expected = PARTS * total // most if most else np.full(agents.size, PARTS)
    return Shares(
        agents,
        np.maximum(expected, LEAST_EXPECTED),
        total > 0,
        done - owed,
        done // PARTS,
        first,
    )


def weights(counted: Counted) -> NDArray[np.int64]:
    """Return by what each occasion is divided among all agents, shape (agents, occasions)."""
    hours = counted.grid.hours
    each = np.ones(len(counted.grid.agents), dtype=np.int64) if hours is None else hours
    return np.where(counted.able(), each[:, None], 0)


def totals(
    counted: Counted,
    agents: NDArray[np.int64],
    shift: NDArray[np.int64],
    what: str,
    since: Date | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Date | None]:
    """Return what agents did and owe, what is carried over included, and the first day of it.

    Parameters are those of `shares`; of `shift`, every day counts that is not OFF.

    Returns
    -------
    (int array, int array, date or None)
        Thousandths of the unit counted, of shape (members,) each.
    """
    grid, until = counted.grid, counted.grid.carried_until(what)
    dates = np.array(grid.dates)
    kept = np.full(grid.days, True) if since is None else np.asarray(dates >= since, dtype=np.bool_)
    settled = np.full(grid.days, False) if until is None else np.asarray(dates <= until)
    every = counted.of(np.where(kept, shift, OFF))
    # Of a weekend whose Saturday is carried over, Sunday adds nothing if both were worked.
    done = (every - counted.of(np.where(kept & settled, shift, OFF)))[agents]
    owed = owed_of(done, weights(counted)[agents])
    carried = counted.unit * grid.carried(what)[agents]
    days = np.flatnonzero(kept & ~settled)
    known = until is None and days.size > 0 and days[0] < grid.history_days
    first = grid.dates[days[0]] if known else None
    return PARTS * done.sum(axis=1) + carried[:, 0], owed + carried[:, 1], first


def owed_of(done: NDArray[np.int64], weight: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the thousandths that each agent owes of what was done on each occasion.

    Parameters
    ----------
    done, weight : int array, shape (agents, occasions)
        Who did something could do it, whatever the tables of today say.
    """
    own = np.where((done > 0) & (weight == 0), max(1, int(weight.max(initial=1))), weight)
    total_weight = own.sum(axis=0)
    parts = PARTS * done.sum(axis=0)[None] * own // np.maximum(total_weight, 1)[None]
    return np.asarray(parts.sum(axis=1), dtype=np.int64)


def planned_counts(
    counted: Counted, shift: NDArray[np.int64], past: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return what planned days add for each agent; what the history settles is left out."""
    return np.asarray((counted.of(shift) - counted.of(past)).sum(axis=1), dtype=np.int64)


def most_planned(counted: Counted, agents: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the most that the offered shifts of planned days can add, shape (members,)."""
    grid = counted.grid
    most = np.where(grid.offered, counted.adds[None, :, :-2], 0).max(axis=2, initial=0)
    most[:, : grid.history_days] = 0
    if counted.cells is not None:
        most = np.where(counted.cells, most, 0)
    each = [most[:, list(days)].max(axis=1) for days in counted.occasions]
    total = np.column_stack([np.zeros((len(most), 1), dtype=np.int64), *each]).sum(axis=1)
    return np.asarray(total[agents], dtype=np.int64)


def scaled_levels(
    counted: Counted, found: Shares, within: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return what a unit adds to each level, where levels start, and how far apart they may be."""
    expected, balance = found.expected[found.there], found.balance[found.there]
    scale = PARTS * PARTS // (expected * counted.size)
    start = PARTS * balance // (expected * counted.size)
    start = start - start.min()
    # What the history has used up of the allowed difference is settled.
    return scale, start, max(floor(within * PARTS), int(start.max()))


def share_columns(
    work: WorkColumns, counted: Counted, agents: NDArray[np.int64], family: str, *, exact: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the columns that count for each agent, and what each adds, (members, width).

    Parameters
    ----------
    work : WorkColumns
    counted : Counted
    agents : int array
    family : str
        Of columns that say whether a weekend is worked.
    exact : bool
        Whether these must not be 1 where it is not, since not only more of them costs.
    """
    grid, past = work.grid, work.grid.history_days
    adds = counted.adds[:, :-2]
    if counted.once:
        return _occasions(work, counted, agents, family, exact)
    days = np.arange(past, grid.days)
    days = days[adds[days].any(axis=1)]
    used = np.flatnonzero(adds[days].any(axis=0)) if days.size else np.zeros(0, dtype=np.int64)
    every = counted.adds[days, :-2]
    same = every.size and (every == every[:, :1]).all()
    if same:
        columns, values = work.day[np.ix_(agents, days)], every[:, 0]
        shown = np.broadcast_to(values, columns.shape)
    else:
        cells = work.shift[np.ix_(agents, days, used)]
        columns = flat(cells)
        shown = np.broadcast_to(adds[np.ix_(days, used)].ravel(), columns.shape)
    if counted.cells is not None:
        width = 1 if same else used.size
        open_days = np.repeat(counted.cells[np.ix_(agents, days)], width, axis=1)
        columns = np.where(open_days, columns, ABSENT)
    return columns, shown


def _occasions(
    work: WorkColumns, counted: Counted, agents: NDArray[np.int64], family: str, exact: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a column for each weekend with a planned day: whether any of it is worked."""
    past = work.grid.history_days
    number = int(counted.adds.max(initial=0))
    history = known_shifts(work)[agents]
    found = []
    for pair in counted.occasions:
        days = [day for day in pair if day >= past]
        if not days:
            continue
        parts = [_of_day(work, counted, agents, day) for day in days]
        known = np.zeros(agents.size, dtype=np.bool_)
        for day in pair:
            if day < past:
                known |= counted.adds[day, history[:, day]] > 0
        joined = np.column_stack(parts)
        count = (joined != ABSENT).sum(axis=1)
        column = joined.max(axis=1, initial=ABSENT)
        several = (count > 1) & ~known
        column[several] = work.builder.columns(
            int(several.sum()),
            family=family,
            upper=1,
            agent=agents[several],
            day=days[-1] - past,
        )
        for part in joined[several].T[:, :, None]:
            rows = np.column_stack([part, column[several]])
            rows = rows[part[:, 0] != ABSENT]
            work.builder.rows(rows, [1, -1], family=family, upper=0)
        if exact:
            rows = np.column_stack([joined[several], column[several]])
            signs = np.append(np.ones(joined.shape[1], dtype=np.int64), -1)
            work.builder.rows(rows, signs, family=family, lower=0)
        column[known] = ABSENT
        found.append(column)
    columns = np.column_stack([np.zeros((agents.size, 0), dtype=np.int64), *found])
    return columns, np.full(columns.shape, number, dtype=np.int64)


def _of_day(
    work: WorkColumns, counted: Counted, agents: NDArray[np.int64], day: int
) -> NDArray[np.int64]:
    """Return the columns of a day that count, shape (members, width)."""
    used = np.flatnonzero(counted.adds[day, :-2])
    if used.size == counted.adds.shape[1] - 2:
        return np.asarray(work.day[agents, day][:, None], dtype=np.int64)
    return np.asarray(work.shift[agents[:, None], day, used], dtype=np.int64)

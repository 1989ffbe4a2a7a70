"""Days in a row: at least so many. What starts goes on."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from csshift.rules.base import Days, Rule, Scope, ShiftWords, Violation, plural, register, texts
from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.work import WorkColumns, flat


class _LeastRun(Rule):
    """A rule on the shortest run of days that is allowed.

    `valid` and `weekdays` speak of the first day of a run.
    """

    scope: ClassVar[Scope] = "first"
    absence: ClassVar[bool] = False
    """Whether runs are made of the days without work."""

    @property
    def least(self) -> int:
        """The shortest run that is allowed, days."""
        raise NotImplementedError

    def rows(self, work: WorkColumns) -> None:
        """What starts goes on."""
        grid, agents = work.grid, self.chosen(work.grid)
        cells = work.day[agents][:, :, np.newaxis]
        if self.shift_words():
            cells = work.of(agents, grid.shifts_of(self.shift_words()))
        room = np.full(agents.size, self.least)  # to be off is possible on any day
        if not self.absence:
            # Planned days, from the first one on, on which the run can go on.
            offered = self._offered(grid)[agents, grid.history_days :]
            room = np.cumprod(offered, axis=1).sum(axis=1)
        short = _ShortRuns(work, self, cells, room)
        if self.hard:
            short.forbid()
        else:
            short.charge()

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Measure every run."""
        grid = schedule.grid
        flags = schedule.counted(self.shift_words() or None) != self.absence
        offered, judged = self._offered(grid), self.judged(grid)
        what = "off" if self.absence else f"of {' '.join(self.shift_words()) or 'work'}"
        for agent in self.chosen(grid).tolist():
            workable = None if self.absence else offered[agent]
            for day, run, missing in short_runs(grid, flags[agent], self.least, workable, judged):
                text = f"{plural(run, 'day')} {what} in a row, at least {self.least}"
                yield Violation(Fraction(missing), agent, day, text)

    def _offered(self, grid: RosterGrid) -> NDArray[np.bool_]:
        return grid.offers_any(grid.shifts_of(self.shift_words() or None))


@register
class MinConsecutiveDays(_LeastRun):
    """At least `days` days of work in a row.

    A run that touches the first known day or the end of the horizon is never too short, one
    that began in the history counts from its true start, and one that ended before the last
    day of the history is not judged. A run that leave or the end of employment cuts off at
    the start of the horizon need only last as long as it can.

    Amount of violation: the days by which a run is too short.

    Parameters
    ----------
    days : int
        Days in a row that are required.
    """

    titles = texts(en="Minimum days in a row", zh="最少连续上班天数")
    sentences = texts(
        en="At least {days:day} of work in a row.", zh="每次连续上班不少于 {days} 天。"
    )

    kind: Literal["min-consecutive-days"] = "min-consecutive-days"
    days: Days

    @property
    def least(self) -> int:  # noqa: D102
        return self.days


@register
class MinConsecutiveDaysOff(_LeastRun):
    """At least `days` days without work in a row; leave and days without employment count.

    A run that touches the first known day or the end of the horizon is never too short, one
    that began in the history counts from its true start, and one that ended before the last
    day of the history is not judged.

    Amount of violation: the days by which a run is too short.

    Parameters
    ----------
    days : int
        Days off in a row that are required.
    """

    titles = texts(en="Minimum days off in a row", zh="最少连续休息天数")
    sentences = texts(en="At least {days:day} off in a row.", zh="每次连续休息不少于 {days} 天。")
    absence = True

    kind: Literal["min-consecutive-days-off"] = "min-consecutive-days-off"
    days: Days

    @property
    def least(self) -> int:  # noqa: D102
        return self.days


@register
class MinConsecutiveShifts(_LeastRun):
    """Any of `shifts`, once worked, is worked on at least `count` days in a row.

    Runs are judged as those of ``min-consecutive-days``: what touches the first known day or
    the end of the horizon is never too short, the history counts, and leave at the start of
    the horizon excuses.

    Amount of violation: the days by which a run is too short.

    Parameters
    ----------
    count : int
        Days in a row that are required.
    shifts : tuple of str
        Codes, or ``tag:WORD`` for every shift with the tag; a run may mix them.
    """

    titles = texts(en="Minimum of certain shifts in a row", zh="同类班次最少连续")
    sentences = texts(
        en="{shifts} on at least {count:day} in a row.", zh="{shifts} 每次连续不少于 {count} 天。"
    )

    kind: Literal["min-consecutive-shifts"] = "min-consecutive-shifts"
    count: Days
    shifts: ShiftWords

    @property
    def least(self) -> int:  # noqa: D102
        return self.count


class _ShortRuns:
    """Rows against runs that are too short.

    A run is short when it neither touches the first known day nor the last one. One that
    ended before the last day of the history is not judged; one that the history leaves open
    counts from its true start, and need last at most `room` planned days.

    Parameters
    ----------
    work : WorkColumns
    rule : _LeastRun
    cells : int array, shape (agents, days, columns)
        Columns of which at most one is 1 on a day.
    room : int array, shape (agents,)
        Planned days by which a run open at the end of the history can grow.
    """

    def __init__(
        self,
        work: WorkColumns,
        rule: _LeastRun,
        cells: NDArray[np.int64],
        room: NDArray[np.int64],
    ) -> None:
        self.work, self.rule, self.cells = work, rule, cells
        self.days, absence = rule.least, rule.absence
        self.first = work.grid.history_days
        self.last = work.grid.days - 1
        past = work.known(cells[:, : self.first]).any(axis=2) != absence
        # Length of the run at the end of the history; 0 where it reaches the first known day.
        self.open = np.cumprod(past[:, ::-1], axis=1).sum(axis=1)
        self.open[self.open == self.first] = 0
        self.judged = rule.judged(work.grid)
        held = (self.open > 0) & self.judged[self.first - self.open]
        self.goal = np.where(held, np.minimum(self.days, self.open + room), 0)

    def forbid(self) -> None:
        """Make what starts go on: y[t + j] >= y[t] - y[t - 1] for every j below `days`."""
        for later in range(1, min(self.days, self.last + 1)):
            starts = self._starts(later)
            windows = starts[:, np.newaxis] + np.array([-1, 0, later])
            self._demand(self.cells, windows, [1, -1, 1], 0)
        for ahead in range(min(self.days, self.last + 1 - self.first)):
            agents = np.flatnonzero(self.open + ahead < self.goal)
            self._demand(self.cells[agents], np.array([[self.first + ahead]]), [1], 1)

    def charge(self) -> None:
        """Charge each length below `days`: a run of just that length costs what is missing."""
        for length in range(1, min(self.days, self.last)):
            starts = self._starts(length)
            windows = starts[:, np.newaxis] + np.arange(-1, length + 1)
            pattern = [1, *[-1] * length, 1]
            self._demand(self.cells, windows, pattern, 1 - length, self.days - length)
        missing = np.where(self.goal > 0, self.goal - self.open, 0)
        for ahead in range(min(self.days, self.last + 1 - self.first)):
            windows = self.first + np.arange(ahead + 1)[np.newaxis]
            for price in np.unique(missing[missing > ahead]).tolist():
                cells = self.cells[missing == price]
                self._demand(cells, windows, [*[-1] * ahead, 1], 1 - ahead, price - ahead)

    def _starts(self, length: int) -> NDArray[np.int64]:
        """Return the planned days on which a run can start that is judged, and as long as that."""
        starts = np.arange(max(1, self.first), self.last + 1 - length)
        return starts[self.judged[starts]]

    def _demand(
        self,
        cells: NDArray[np.int64],
        windows: NDArray[np.int64],
        pattern: list[int],
        lower: int,
        missing: int = 1,
    ) -> None:
        """Demand sum(pattern * y[window]) >= lower, y being a day's cells or their absence."""
        agents, count, days, width = cells[:, windows].shape
        columns = flat(cells[:, windows].reshape(agents * count, days, width))
        sign = -1 if self.rule.absence else 1
        values = np.repeat(sign * np.array(pattern), cells.shape[2])
        if self.rule.absence:
            lower -= sum(pattern)
        self.rule.at_least(self.work, columns, values, lower, unit=Fraction(missing))


def short_runs(
    grid: RosterGrid,
    flags: NDArray[np.bool_],
    days: int,
    workable: NDArray[np.bool_] | None,
    judged: NDArray[np.bool_],
) -> Iterator[tuple[int, int, int]]:
    """Yield (day, length, days missing) of the runs that are too short.

    The day is the last one of the run, or the first planned one where it ended before that.

    Parameters
    ----------
    grid : RosterGrid
    flags : bool array, shape (days,)
        Days that make up the runs.
    days : int
        Shortest run that is allowed.
    workable : bool array, shape (days,), or None
        Days by which a run that the history leaves open can grow; None means all.
    judged : bool array, shape (days,)
        First days of the runs that count.
    """
    position = 0
    for flag, group in groupby(flags.tolist()):
        first, length = position, len(list(group))
        position += length
        last = position - 1
        inside = first > 0 and grid.history_days - 1 <= last < grid.days - 1
        if not (flag and inside and judged[first]):
            continue
        least = days
        if first < grid.history_days and workable is not None:
            least = grid.history_days - first
            for free in workable[grid.history_days :].tolist():
                if not free or least >= days:
                    break
                least += 1
            least = min(least, days)
        if length < least:
            yield max(last, grid.history_days), length, least - length

"""Runs of days in a row: rows and counts that several rules share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from csshift.rules.base import Rule
from csshift.rules.staffing import Staffing
from csshift.rules.work import WorkColumns, flat


def limit_runs(work: WorkColumns, rule: Rule, cells: NDArray[np.int64], days: int) -> None:
    """Add rows: of any days + 1 days in a row that reach the horizon, one has no cell at 1.

    Parameters
    ----------
    work : WorkColumns
    rule : Rule
    cells : int array, shape (agents, days, columns)
        Columns of which at most one is 1 on a day.
    days : int
        Longest run that is allowed.
    """
    staffing = work.staffing
    ends = np.arange(max(staffing.history_days, days), staffing.days)
    if ends.size:
        windows = ends[:, np.newaxis] - np.arange(days, -1, -1)
        columns = _joined(cells[:, windows])
        work.limit(rule, rule.label, columns, 1, days)


def days_beyond(
    staffing: Staffing, flags: NDArray[np.bool_], days: int
) -> Iterator[tuple[int, int]]:
    """Yield the planned days that lengthen a run beyond `days`, each with the run so far."""
    run = 0
    for day, flag in enumerate(flags.tolist()):
        run = run + 1 if flag else 0
        if run > days and day >= staffing.history_days:
            yield day, run


class ShortRuns:
    """Rows against runs of less than `days` days, of work or of its absence.

    A run is short when it neither touches the first known day nor the last one. One that
    ended before the last day of the history is not judged; one that the history leaves open
    counts from its true start, and is asked to last `room` planned days at most.

    Parameters
    ----------
    work : WorkColumns
    rule : Rule
    cells : int array, shape (agents, days, columns)
        Columns of which at most one is 1 on a day.
    days : int
        Shortest run that is allowed.
    room : int array, shape (agents,)
        Planned days by which a run open at the end of the history can grow.
    absence : bool
        Whether runs are made of the days on which no cell is 1.
    """

    def __init__(
        self,
        work: WorkColumns,
        rule: Rule,
        cells: NDArray[np.int64],
        days: int,
        room: NDArray[np.int64],
        *,
        absence: bool = False,
    ) -> None:
        self.work = work
        self.rule = rule
        self.cells = cells
        self.days = days
        self.absence = absence
        self.first = work.staffing.history_days
        self.last = work.staffing.days - 1
        past = work.known(cells[:, : self.first]).any(axis=2) != absence
        # Length of the run at the end of the history; 0 where it reaches the first known day.
        self.open = np.cumprod(past[:, ::-1], axis=1).sum(axis=1)
        self.open[self.open == self.first] = 0
        self.goal = np.where(self.open > 0, np.minimum(days, self.open + room), 0)

    def add(self) -> None:
        """Add the rows: the strong form where the rule is hard, else one for each length."""
        if self.rule.hard:
            self._hard()
        else:
            self._soft()

    def _hard(self) -> None:
        """What starts goes on: y[t + j] >= y[t] - y[t - 1] for every j below `days`."""
        for later in range(1, min(self.days, self.last + 1)):
            starts = np.arange(max(1, self.first), self.last + 1 - later)
            windows = starts[:, np.newaxis] + np.array([-1, 0, later])
            self._demand(self.cells, windows, [1, -1, 1], 0)
        for ahead in range(min(self.days, self.last + 1 - self.first)):
            agents = np.flatnonzero(self.open + ahead < self.goal)
            self._demand(self.cells[agents], np.array([[self.first + ahead]]), [1], 1)

    def _soft(self) -> None:
        """For each length below `days`: a run of just that length costs what is missing."""
        for length in range(1, min(self.days, self.last)):
            starts = np.arange(max(1, self.first), self.last + 1 - length)
            windows = starts[:, np.newaxis] + np.arange(-1, length + 1)
            pattern = [1, *[-1] * length, 1]
            self._demand(self.cells, windows, pattern, 1 - length, self.days - length)
        for ahead in range(min(self.days, self.last + 1 - self.first)):
            agents = np.flatnonzero(self.open + ahead < self.goal)
            missing = (self.goal - self.open)[agents] - ahead
            windows = self.first + np.arange(ahead + 1)[np.newaxis]
            self._demand(self.cells[agents], windows, [*[-1] * ahead, 1], 1 - ahead, missing)

    def _demand(
        self,
        cells: NDArray[np.int64],
        windows: NDArray[np.int64],
        pattern: list[int],
        lower: int,
        missing: int | NDArray[np.int64] = 1,
    ) -> None:
        """Demand sum(pattern * y[window]) >= lower, y being a day's cells or their absence."""
        columns = _joined(cells[:, windows])
        sign = -1 if self.absence else 1
        values = np.repeat(sign * np.array(pattern), cells.shape[2])
        if self.absence:
            lower -= sum(pattern)
        amounts = np.repeat(np.broadcast_to(missing, cells.shape[:1]), windows.shape[0])
        self.work.demand(self.rule, self.rule.label, columns, values, lower, amounts=amounts)


def _joined(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (agents, windows, days, columns) as rows of (agent, window)."""
    agents, windows, days, columns = cells.shape
    return flat(cells.reshape(agents * windows, days, columns))


def growth(workable: NDArray[np.bool_], staffing: Staffing) -> NDArray[np.int64]:
    """Return on how many days from the first planned one on a run can go on.

    Parameters
    ----------
    workable : bool array, shape (agents, days)
        Days on which one of the shifts that make up the run is offered.
    staffing : Staffing
    """
    planned = workable[:, staffing.history_days :]
    return np.asarray(np.cumprod(planned, axis=1).sum(axis=1), dtype=np.int64)


def short_runs(
    staffing: Staffing, flags: NDArray[np.bool_], days: int, workable: NDArray[np.bool_] | None
) -> Iterator[tuple[int, int, int]]:
    """Yield (day, length, days missing) of the runs that are too short.

    The day is the last one of the run, or the first planned one where it ended before that.

    Parameters
    ----------
    staffing : Staffing
    flags : bool array, shape (days,)
        Days that make up the runs.
    days : int
        Shortest run that is allowed.
    workable : bool array, shape (days,), or None
        Days by which a run that the history leaves open can grow; None means all.
    """
    position = 0
    for flag, group in groupby(flags.tolist()):
        first, length = position, len(list(group))
        position += length
        last = position - 1
        judged = flag and first > 0 and staffing.history_days - 1 <= last < staffing.days - 1
        if not judged:
            continue
        asked = days
        if first < staffing.history_days and workable is not None:
            asked = staffing.history_days - first
            for free in workable[staffing.history_days :].tolist():
                if not free or asked >= days:
                    break
                asked += 1
            asked = min(asked, days)
        if length < asked:
            yield max(last, staffing.history_days), length, asked - length

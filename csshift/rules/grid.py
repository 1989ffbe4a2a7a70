"""What a rule may know: agents, shifts, the days of history and horizon, and a schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date as Date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csshift.model.horizon import DateSpan, Horizon, period_blocks
from csshift.model.people import Agent
from csshift.model.shifts import Shift
from csshift.rules.shift_words import selects

SATURDAY = 5

OFF = -1
"""Entry of a schedule on a day without work."""

UNKNOWN = -2
"""Entry of a schedule on a day of work whose shift, and so its hours, are not known."""


@dataclass(frozen=True, eq=False)
class Carried:
    """What agents had and owed of something before the horizon.

    Parameters
    ----------
    until : date
        The last day that is included.
    thousandths : int array, shape (agents, 2)
        Count and owed count.
    """

    until: Date
    thousandths: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RosterGrid:
    """Agents, shifts and days, with everything addressed by position.

    Days count from the first known day of the history: position `history_days` is the
    first day of the horizon.

    Parameters
    ----------
    agents : tuple of Agent
    shifts : tuple of Shift
    horizon : Horizon
    history_days : int
        Known days before the horizon; 0 when there is no history.
    dates : tuple of date
        History and horizon.
    available : bool array, shape (agents, days)
        Whether the agent is employed and not on leave all day.
    offered : bool array, shape (agents, days, shifts)
        Whether the agent may work a shift that starts on the day: it is in use, none of its
        working hours lies in leave or outside the employment, and availability allows it.
    spans : mapping of str to DateSpan
        The spans of dates that rules name.
    wished_off : bool array, shape (agents, days), or None
        Days that the agent wishes off; None where nobody wishes any.
    hours : int array, shape (agents,), or None
        Contract minutes a week, by which fairness expects work; None: everybody's are the same.
    banned : bool array, shape (agents, shifts), or None
        Shifts that hard rules keep from an agent on every day; None: there are none.
    balances : mapping of str to Carried
        What is carried over from before, by what is counted.
    """

    agents: tuple[Agent, ...]
    shifts: tuple[Shift, ...]
    horizon: Horizon
    history_days: int
    dates: tuple[Date, ...]
    available: NDArray[np.bool_]
    offered: NDArray[np.bool_]
    spans: Mapping[str, DateSpan] = field(default_factory=dict)
    wished_off: NDArray[np.bool_] | None = None
    hours: NDArray[np.int64] | None = None
    banned: NDArray[np.bool_] | None = None
    balances: Mapping[str, Carried] = field(default_factory=dict)

    def carried(self, what: str) -> NDArray[np.int64]:
        """Return counts and owed counts carried over, in thousandths, shape (agents, 2)."""
        known = self.balances.get(what)
        if known is None:
            return np.zeros((len(self.agents), 2), dtype=np.int64)
        return known.thousandths

    def carried_until(self, what: str) -> Date | None:
        """Return the last day that the balances of something include; None where there are none."""
        known = self.balances.get(what)
        return None if known is None else known.until

    @property
    def days(self) -> int:
        """Number of days, history included."""
        return len(self.dates)

    def of_agents(self, agents: NDArray[np.int64]) -> RosterGrid:
        """Return the grid of some agents, who may stand in it more than once."""
        return replace(
            self,
            agents=tuple(self.agents[agent] for agent in agents.tolist()),
            available=self.available[agents],
            offered=self.offered[agents],
            wished_off=None if self.wished_off is None else self.wished_off[agents],
            hours=None if self.hours is None else self.hours[agents],
            banned=None if self.banned is None else self.banned[agents],
            balances={
                what: replace(known, thousandths=known.thousandths[agents])
                for what, known in self.balances.items()
            },
        )

    @cached_property
    def workable(self) -> NDArray[np.bool_]:
        """Whether the agent may work any shift on the day, shape (agents, days)."""
        return np.asarray(self.offered.any(axis=2), dtype=np.bool_)

    def offers_any(self, shifts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether the agent may work one of some shifts on the day, (agents, days)."""
        return np.asarray(self.offered[:, :, shifts].any(axis=2), dtype=np.bool_)

    @cached_property
    def overnight(self) -> NDArray[np.int64]:
        """Positions of the shifts that end after 24:00."""
        return np.array([i for i, s in enumerate(self.shifts) if s.overnight], dtype=np.int64)

    @cached_property
    def agent_index(self) -> Mapping[str, int]:
        """Position of each agent_id."""
        return {agent.agent_id: i for i, agent in enumerate(self.agents)}

    @cached_property
    def shift_index(self) -> Mapping[str, int]:
        """Position of each shift code."""
        return {shift.code: i for i, shift in enumerate(self.shifts)}

    def shifts_of(self, selection: tuple[str, ...] | None) -> NDArray[np.int64]:
        """Return the positions of the shifts that codes or other words name, ascending.

        None stands for every shift.
        """
        if selection is None:
            return np.arange(len(self.shifts), dtype=np.int64)
        chosen = {
            i
            for i, shift in enumerate(self.shifts)
            if any(selects(word, shift) for word in selection)
        }
        return np.array(sorted(chosen), dtype=np.int64)

    def shifts_wished(self, text: str) -> NDArray[np.int64]:
        """Return the positions of the shifts that a request names: ``E``, ``E;D``, ``tag:night``.

        A code that contains the mark stands for itself.
        """
        return self.shifts_of((text,) if text in self.shift_index else tuple(text.split(";")))

    @cached_property
    def paid_minutes(self) -> NDArray[np.int64]:
        """Paid minutes of each shift."""
        return np.array([shift.paid_minutes for shift in self.shifts], dtype=np.int64)

    def flags(self, selection: tuple[str, ...] | None) -> NDArray[np.int64]:
        """Return 1 for each shift that `shifts_of` selects, 0 for the others."""
        flags = np.zeros(len(self.shifts), dtype=np.int64)
        flags[self.shifts_of(selection)] = 1
        return flags

    @cached_property
    def employed(self) -> NDArray[np.bool_]:
        """Whether each agent is employed on each day, shape (agents, days)."""
        rows = [[agent.employed(date) for date in self.dates] for agent in self.agents]
        return np.array(rows, dtype=np.bool_).reshape(len(self.agents), self.days)

    def prorated(self, days: Sequence[int], minimum: int) -> NDArray[np.int64]:
        """Return a minimum in proportion to the days on which each agent is available.

        Leave for a part of a day reduces nothing; the result is rounded down.
        """
        available = self.available[:, np.asarray(days, dtype=np.int64)].sum(axis=1)
        return np.asarray(minimum * available // len(days), dtype=np.int64)

    def periods(self, per: str, week_start: str | None = None) -> Iterator[tuple[range, bool]]:
        """Yield the periods that contain a planned day, and whether each is known completely.

        A period ``horizon`` is the horizon alone; of the others the days of the history count.
        Spans are not among them: see `span_days`.

        Parameters
        ----------
        per : str
        week_start : str or None
            The weekday on which a week begins; None takes that of the horizon.
        """
        if per == "horizon":
            yield range(self.history_days, self.days), True
            return
        for block, complete in period_blocks(
            self.dates, per, week_start or self.horizon.week_start
        ):
            if block[-1] >= self.history_days:
                yield block, complete

    def span_days(self, name: str) -> tuple[list[int], bool]:
        """Return the positions of the days of a span that are known, and whether all are."""
        span = self.spans[name]
        days = [day for day, date in enumerate(self.dates) if date in span]
        return days, span.first >= self.dates[0] and span.last <= self.dates[-1]

    def weekends(self, *, past: bool = False) -> list[tuple[int | None, int | None]]:
        """Return (Saturday, Sunday) of the weekends that touch the horizon; None where unknown.

        With `past`, those of the history are among them.
        """
        found: list[tuple[int | None, int | None]] = []
        for saturday in range(-1 if past else self.history_days - 1, self.days):
            if (self.dates[0].weekday() + saturday) % 7 == SATURDAY:
                sunday = saturday + 1 if saturday + 1 < self.days else None
                found.append((None if saturday < 0 else saturday, sunday))
        return found


@dataclass(frozen=True, eq=False)
class Schedule:
    """Shifts worked, by agent and day, history included.

    Parameters
    ----------
    grid : RosterGrid
    shift : int array, shape (agents, days)
        Position of the shift worked, OFF, or UNKNOWN for a day of the history on which a shift
        that is not in the list was worked.
    """

    grid: RosterGrid
    shift: NDArray[np.int64]

    @cached_property
    def worked(self) -> NDArray[np.bool_]:
        """Whether each agent works on each day, shape (agents, days)."""
        return np.asarray(self.shift != OFF, dtype=np.bool_)

    @cached_property
    def paid_minutes(self) -> NDArray[np.int64]:
        """Paid minutes of each agent on each day, shape (agents, days); 0 where unknown."""
        paid = np.append(self.grid.paid_minutes, [0, 0])
        # OFF and UNKNOWN are -1 and -2, and so find the zeros at the end.
        return np.asarray(paid[self.shift], dtype=np.int64)

    def of(self, shifts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return where one of the given shifts is worked, shape (agents, days)."""
        return np.asarray(np.isin(self.shift, shifts), dtype=np.bool_)

    def counted(self, selection: tuple[str, ...] | None) -> NDArray[np.bool_]:
        """Return where one of some shifts is worked; None stands for every shift.

        A shift that is not known is none of those named, but counts as one of all.
        """
        return self.worked if selection is None else self.of(self.grid.shifts_of(selection))

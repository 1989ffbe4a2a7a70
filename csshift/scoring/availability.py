"""Finds who could be called in on a day off, by the checks of the rules."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.instance import Instance
from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.rules.base import Rule
from csshift.rules.grid import Schedule
from csshift.rules.presence import Seats, at_work

PINNED, AWAY, WORKING = "pinned off", "on leave during its hours", "at work on the day before"
BARRED = "not available on its hours"


class DayShift(NamedTuple):
    """A shift on a day of the horizon, both by position."""

    planned: int
    shift: int


class Availability:
    """Obstacles to one more shift of agents, with the rest of the roster unchanged.

    Parameters
    ----------
    instance : Instance
    schedule : Schedule
        The roster, history included.
    """

    def __init__(self, instance: Instance, schedule: Schedule) -> None:
        self.instance = instance
        self.schedule = schedule
        self._pinned = {
            (pin.agent_id, pin.date) for pin in instance.problem.pins if pin.shift is None
        }
        self._presence: dict[bytes, NDArray[np.int64]] = {}

    def shifts_over(self, planned: int, minute: int) -> list[DayShift]:
        """Return the shifts that are running in the interval of a planned day, or of the next.

        Those of the day before, which may last past midnight, are among them; those that are
        no longer in use are not, nor is standby.
        """
        minutes = self.instance.horizon.interval_minutes
        return [
            DayShift(planned - ago, i)
            for ago in (0, 1)
            if 0 <= planned - ago < self.instance.horizon.days
            for i, shift in enumerate(self.instance.shifts)
            if shift.in_use(self.instance.horizon.dates[planned - ago])
            and not shift.standby
            and shift.overlap(
                Span(minute + ago * MINUTES_PER_DAY, minute + ago * MINUTES_PER_DAY + minutes)
            )
        ]

    def call_in(
        self, agents: Sequence[int], shifts: Sequence[DayShift]
    ) -> tuple[dict[str, int], int]:
        """Return the obstacles to agents' working one more of some shifts.

        Parameters
        ----------
        agents : sequence of int
            Agents who are off.
        shifts : sequence of DayShift
            Shifts that would help.

        Returns
        -------
        barriers : dict of str to int
            Agents by obstacle: hard rules that one more shift would break, pins, or another shift
            of that day. An agent counts under every obstacle to the shift with the fewest.
        free : int
            Agents who could work one of the shifts.
        """
        if not agents or not shifts:
            return {}, 0
        barriers: dict[str, int] = {}
        free = 0
        for choices in self._barriers(agents, shifts):
            fewest = min(choices, key=len)
            free += not fewest
            for name in fewest:
                barriers[name] = barriers.get(name, 0) + 1
        return barriers, free

    def obstacles(
        self, agents: Sequence[int], shifts: Sequence[DayShift], *, instead: bool = False
    ) -> list[list[str]]:
        """Return in words the obstacles of each agent to the shift with the fewest obstacles.

        Parameters
        ----------
        agents, shifts : sequence of int, sequence of DayShift
            As in `call_in`.
        instead : bool
            Whether the shift would take the place of the one that the agent works that day.

        Returns
        -------
        list of list of str
            For each agent: rules with what would break them, and other obstacles.
        """
        if not agents or not shifts:
            return [[] for _ in agents]
        found = []
        expected = {WORKING} if instead else set()
        for agent, barriers in zip(agents, self._barriers(agents, shifts), strict=True):
            choices = [names - expected for names in barriers]
            fewest = min(choices, key=len)
            found.append(self._worded(agent, shifts[choices.index(fewest)], fewest))
        return found

    def _worded(self, agent: int, shift: DayShift, names: set[str]) -> list[str]:
        """Return obstacles to a shift, those from rules with the first thing that would break."""
        trial = self._trial([agent], [shift])
        code = self.instance.shifts[shift.shift].code
        words = {name: f"{name} (on {code})" for name in names}
        for rule in self._hard:
            if rule.label in names and not rule.collective:
                found = list(rule.violations(trial))
                before = {violation.text for violation in found if violation.agent == 0}
                new = [v.text for v in found if v.agent == 1 and v.text not in before]
                if new:
                    words[rule.label] = f"{rule.label} (on {code}: {new[0]})"
        return [words[name] for name in sorted(words)]

    def _barriers(self, agents: Sequence[int], shifts: Sequence[DayShift]) -> list[list[set[str]]]:
        """Return the obstacles to each agent's working each shift."""
        found = [[self._settled(agent, shift) for shift in shifts] for agent in agents]
        trial = self._trial(agents, shifts)
        for rule in (rule for rule in self._hard if isinstance(rule, Seats) or not rule.collective):
            amounts = _amounts(rule, trial).reshape(len(agents), 1 + len(shifts))
            worse = amounts[:, 1:] > amounts[:, :1]
            full = self._seats_full(rule, agents, shifts)
            for i, j in np.argwhere(worse | full).tolist():
                found[i][j].add(rule.label)
        for rule in (rule for rule in self._hard if rule.collective):
            if isinstance(rule, Seats):
                continue
            known = _total(rule, self.schedule)
            for i, agent in enumerate(agents):
                for j, shift in enumerate(shifts):
                    # Each takes a look at the whole roster: only where nothing else forbids it.
                    if not found[i][j] and _total(rule, self._with(agent, shift)) > known:
                        found[i][j].add(rule.label)
        return found

    def _with(self, agent: int, shift: DayShift) -> Schedule:
        """Return the schedule with one more shift."""
        grid, changed = self.schedule.grid, self.schedule.shift.copy()
        changed[agent, grid.history_days + shift.planned] = shift.shift
        return Schedule(grid, changed)

    def _settled(self, agent: int, shift: DayShift) -> set[str]:
        """Return what determines an agent's day regardless of the rules."""
        grid, dates = self.schedule.grid, self.instance.horizon.dates
        day = grid.history_days + shift.planned
        agent_id = self.instance.agents[agent].agent_id
        touched = dates[shift.planned : shift.planned + 1 + grid.shifts[shift.shift].overnight]
        barred = bool(self.instance.barred[agent, shift.planned, shift.shift])
        facts = {
            BARRED: barred,
            WORKING: bool(self.schedule.worked[agent, day]),
            AWAY: not grid.offered[agent, day, shift.shift] and not barred,
            PINNED: any((agent_id, date) in self._pinned for date in touched),
        }
        return {name for name, holds in facts.items() if holds}

    @property
    def _hard(self) -> list[Rule]:
        return [rule for rule in self.instance.effective_rules if rule.hard]

    def _trial(self, agents: Sequence[int], shifts: Sequence[DayShift]) -> Schedule:
        """Return a schedule with a row for each agent as it is, and one for each shift added."""
        grid = self.schedule.grid
        rows = np.repeat(np.array(agents, dtype=np.int64), 1 + len(shifts))
        schedule = self.schedule.shift[rows]
        for j, (planned, shift) in enumerate(shifts, start=1):
            schedule[j :: 1 + len(shifts), grid.history_days + planned] = shift
        trial = grid.of_agents(rows)
        return Schedule(trial, schedule)

    def _seats_full(
        self, rule: Rule, agents: Sequence[int], shifts: Sequence[DayShift]
    ) -> NDArray[np.bool_]:
        """Return where a rule leaves no seat for one more, shape (agents, shifts)."""
        if not isinstance(rule, Seats):
            return np.zeros((len(agents), len(shifts)), dtype=np.bool_)
        total = self._at_work(rule)
        full = [self._is_full(total >= rule.count, shift) for shift in shifts]
        concerned = np.isin(agents, rule.chosen(self.schedule.grid))
        return concerned[:, None] & np.array(full, dtype=np.bool_)

    def _is_full(self, full: NDArray[np.bool_], shift: DayShift) -> bool:
        midnight = shift.planned * MINUTES_PER_DAY
        return any(
            bool(full[midnight + span.start : midnight + span.end].any())
            for span in self.instance.shifts[shift.shift].hours
        )

    def _at_work(self, rule: Seats) -> NDArray[np.int64]:
        """Return how many of those whom a rule concerns are at work at each minute."""
        chosen = rule.chosen(self.schedule.grid)
        key = chosen.tobytes()
        if key not in self._presence:
            self._presence[key] = at_work(self.schedule, chosen)[0]
        return self._presence[key]


def _total(rule: Rule, schedule: Schedule) -> Fraction:
    return sum((violation.amount for violation in rule.violations(schedule)), Fraction(0))


def _amounts(rule: Rule, schedule: Schedule) -> NDArray[np.object_]:
    """Return by how much each agent breaks a rule; rules on teams break it for nobody."""
    amounts = np.full(len(schedule.grid.agents), Fraction(0), dtype=np.object_)
    if isinstance(rule, Seats):
        return amounts
    for violation in rule.violations(schedule):
        if violation.agent is not None:
            amounts[violation.agent] += violation.amount
    return amounts

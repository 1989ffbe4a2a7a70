"""Why nobody holds a duty turn, worked out from the roster without a solver."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date as Date
from functools import cached_property
from typing import NamedTuple

from csshift.check.availability import PINNED, WORKING, Availability, DayShift
from csshift.model.duties import MINIMUM_OVERLAP_MINUTES, Duty
from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.model.people import Agent
from csshift.model.roster import DutyTurn, Roster
from csshift.problem import Problem
from csshift.problem.fairness import may_hold
from csshift.rules.staffing import OFF

MOST_DATES = 3
"""Dates that are named one by one."""

MOST_DAYS_EXAMINED = 200
"""Days and groups of a duty whose agents are looked at one by one; a search ended far too
early leaves more, and they all say the same."""

FREE = "at least one agent who may hold it is free"


class UnfilledTurn(NamedTuple):
    """Turns of one duty, group of stores (empty: all) and day that nobody holds."""

    date: Date
    stores: tuple[str, ...]
    turns: int


class UnfilledTurns(NamedTuple):
    """Turns of one duty and group of stores that nobody holds, all for the same reason.

    Parameters
    ----------
    duty : Duty
    stores : tuple of str
        The group; empty for all stores.
    dates : tuple of date
    turns : int
        How many, over all dates.
    reason : str
        Why nobody holds them.
    """

    duty: Duty
    stores: tuple[str, ...]
    dates: tuple[Date, ...]
    turns: int
    reason: str

    def __str__(self) -> str:
        turns = f"{self.turns} turn{'s' if self.turns > 1 else ''}"
        where = f" for {'|'.join(self.stores)}" if self.stores else ""
        return f"nobody for {turns} of {self.duty.name}{where} {self._when()}: {self.reason}"

    def _when(self) -> str:
        if len(self.dates) <= MOST_DATES:
            return f"on {', '.join(map(str, self.dates))}"
        return f"on {len(self.dates)} days from {self.dates[0]} to {self.dates[-1]}"


def unfilled_turns(problem: Problem, roster: Roster, duty: Duty) -> list[UnfilledTurn]:
    """Return the turns of a duty that nobody holds, by date and group of stores."""
    everywhere = problem.known_stores
    held = Counter(
        (turn.date, frozenset(turn.stores or everywhere))
        for turn in roster.duties
        if turn.duty == duty.name
    )
    return [
        UnfilledTurn(date, group, missing)
        for date in problem.horizon.dates
        for group in duty.groups
        if (missing := duty.count - held[date, frozenset(group or everywhere)]) > 0
    ]


def explain_unfilled(problem: Problem, roster: Roster) -> list[UnfilledTurns]:
    """Return every turn that nobody holds with the reason, days of one reason together."""
    explainer = _Explainer(problem, roster)
    found: list[UnfilledTurns] = []
    for duty in problem.duties:
        together: defaultdict[tuple[tuple[str, ...], str], list[UnfilledTurn]] = defaultdict(list)
        for i, turn in enumerate(unfilled_turns(problem, roster, duty)):
            reason = explainer.reason(duty, turn, by_person=i < MOST_DAYS_EXAMINED)
            together[turn.stores, reason].append(turn)
        for (stores, reason), turns in together.items():
            dates = tuple(turn.date for turn in turns)
            missing = sum(turn.turns for turn in turns)
            found.append(UnfilledTurns(duty, stores, dates, missing, reason))
    return found


def _fit(duty: Duty, cover: str, overlap: str) -> str:
    """Return what a fitting shift does: ``overlaps 04:00-08:00 for four hours``."""
    if duty.window.minutes < MINIMUM_OVERLAP_MINUTES:
        return f"{cover} all of {duty.window}"
    return f"{overlap} {duty.window} for four hours"


class _Explainer:
    """Gives reasons for the turns of one roster.

    Parameters
    ----------
    problem : Problem
    roster : Roster
    """

    def __init__(self, problem: Problem, roster: Roster) -> None:
        self.problem = problem
        self.schedule = problem.schedule(roster.assignments)
        self._turns: defaultdict[str, list[DutyTurn]] = defaultdict(list)
        for turn in (*problem.history_duties, *roster.duties):
            self._turns[turn.agent_id].append(turn)

    @cached_property
    def _availability(self) -> Availability:
        return Availability(self.problem, self.schedule)

    def reason(self, duty: Duty, turn: UnfilledTurn, *, by_person: bool) -> str:
        """Return why nobody holds a turn."""
        known = self._beforehand(duty, turn)
        if known is not None:
            return known
        if not by_person:
            return "too many turns are unfilled to say why of each"
        agents = self.problem.agents
        able = [i for i, agent in enumerate(agents) if may_hold(duty, turn.stores, agent)]
        obstacles = list(dict.fromkeys(self._obstacles(duty, turn, able)))
        if FREE in obstacles:
            return FREE
        first, last = ", ".join(obstacles[:-1]), obstacles[-1]
        return f"all who may hold it are {f'{first} or {last}' if first else last}"

    def _beforehand(self, duty: Duty, turn: UnfilledTurn) -> str | None:
        """Return why no roster at all could fill a turn; None where some could."""
        agents = self.problem.agents
        if not any(map(duty.fits, self.problem.shifts)):
            return f"no shift type {_fit(duty, 'covers', 'overlaps')}{self._hint(duty)}"
        if not any(duty.skill in agent.skills for agent in agents):
            return f"nobody has the skill {duty.skill}"
        if not any(may_hold(duty, turn.stores, agent) for agent in agents):
            return f"nobody with the skill {duty.skill} serves {'|'.join(turn.stores)}"
        if duty.max_per_week == 0:
            return "max_per_week = 0 allows no turns"
        return None

    def _hint(self, duty: Duty) -> str:
        """Return which window is meant, where it lies after the midnight of night shifts."""
        start, end = duty.window
        later = Span(start + MINUTES_PER_DAY, end + MINUTES_PER_DAY)
        meant = duty.model_copy(update={"window": later})
        nights = [shift.code for shift in self.problem.shifts if meant.fits(shift)]
        if not nights:
            return ""
        return f"; write {later} for the hours after midnight of a night shift such as {nights[0]}"

    def _obstacles(self, duty: Duty, turn: UnfilledTurn, able: Sequence[int]) -> Iterator[str]:
        """Yield what keeps those who may hold a turn from it."""
        staffing = self.schedule.staffing
        planned = self.problem.horizon.index(turn.date)
        day = staffing.history_days + planned
        off: list[int] = []
        for i in able:
            agent, shift = self.problem.agents[i], int(self.schedule.shift[i, day])
            if shift != OFF and not duty.fits(self.problem.shifts[shift]):
                yield f"at work on shifts that {_fit(duty, 'do not cover', 'do not overlap')}"
            elif not agent.employed(turn.date):
                yield "not employed then"
            elif shift == OFF and not staffing.available[i, day]:
                yield "on leave"
            elif (busy := self._busy(duty, turn, agent)) is not None:
                yield busy
            elif shift != OFF:
                yield FREE
            else:
                off.append(i)
        fitting = [
            DayShift(planned, s) for s, kind in enumerate(self.problem.shifts) if duty.fits(kind)
        ]
        barriers, free = self._availability.call_in(off, fitting)
        if free:
            yield FREE
        for name in sorted(set(barriers) - {WORKING}):
            yield name if name == PINNED else f"kept off by {name}"

    def _busy(self, duty: Duty, turn: UnfilledTurn, agent: Agent) -> str | None:
        """Return which turns of this day or week keep an agent from one more."""
        turns = self._turns[agent.agent_id]
        today = [other for other in turns if other.date == turn.date]
        if any(other.duty == duty.name for other in today):
            return "holding another of its turns that day"
        week = turn.date.isocalendar()[:2]
        same = [t for t in turns if t.duty == duty.name and t.date.isocalendar()[:2] == week]
        if duty.max_per_week is not None and len(same) >= duty.max_per_week:
            return f"at {duty.max_per_week} turn{'s' if duty.max_per_week > 1 else ''} in the week"
        known = {other.name: other for other in self.problem.duties}
        others = [known[other.duty] for other in today if other.duty in known]
        for moment in (duty.window.start, *(other.window.start for other in others)):
            at_once = [d for d in (duty, *others) if d.window.start <= moment < d.window.end]
            if duty in at_once and sum(other.share for other in at_once) > 1:
                return "busy with other duties at that time"
        return None

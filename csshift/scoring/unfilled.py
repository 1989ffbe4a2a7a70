"""Why nobody holds a duty turn, derived from the roster without a solver."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date as Date
from functools import cached_property
from typing import NamedTuple, TypeAlias

from csshift.instance import Instance
from csshift.instance.fairness import may_hold
from csshift.model.duties import MINIMUM_OVERLAP_MINUTES, Duty
from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.model.people import Agent
from csshift.model.roster import DutyTurn, Roster
from csshift.rules.grid import OFF
from csshift.scoring.availability import PINNED, WORKING, Availability, DayShift

MOST_DATES = 3
"""Dates that are named one by one."""

MOST_DAYS_EXAMINED = 60
"""Days and groups of a duty whose agents are looked at one by one; a search ended far too
early leaves more, and they all say the same."""

PHRASES = {
    "overlaps": "no shift type overlaps {window} for four hours",
    "covers": "no shift type covers all of {window}",
    "after-midnight": (
        "; write {later} for the hours after midnight of a night shift such as {shift}"
    ),
    "retired": "; {shift} would fit, but its end_date is {date}",
    "skill": "nobody has the skill {skill}",
    "store": "nobody with the skill {skill} serves {stores}",
    "no-turns": "max_per_week = 0 allows no turns",
    "not-examined": "too many turns are unfilled to say why of each",
    "free": "at least one agent who may hold it is free",
    "every": "all who may hold it are {obstacles}",
    "or": "{first} or {last}",
    "comma": ", ",
    "other-hours": "at work on shifts that do not overlap {window} for four hours",
    "other-hours-short": "at work on shifts that do not cover all of {window}",
    "not-employed": "not employed then",
    "on-leave": "on leave",
    "not-available": "not available that day",
    "pinned-off": "pinned off",
    "another-turn": "holding another of its turns that day",
    "week-full": "at the limit of {limit} a week",
    "other-duties": "busy with other duties at that time",
    "kept-off": "kept off by {rule}",
    "nobody": "nobody for {turns} of {duty}{where} on {when}: {reason}",
    "where": " for {stores}",
    "days": "{count} days from {first} to {last}",
}
"""What is said of unfilled turns, by code; other languages have the same codes."""

OBSTACLES = tuple(PHRASES)[tuple(PHRASES).index("other-hours") : tuple(PHRASES).index("nobody")]
"""Codes of what keeps one agent from a turn."""

Say: TypeAlias = Callable[..., str]


def say_in_english(code: str, **fields: object) -> str:
    """Return a phrase with its fields filled in."""
    return PHRASES[code].format(**fields)


class Cause(NamedTuple):
    """Why turns are not filled: a code of `PHRASES`, and its fields by name."""

    code: str
    fields: tuple[tuple[str, str], ...] = ()

    def worded(self, say: Say) -> str:
        """Return the phrase, by a function that fills in phrases of some language."""
        return say(self.code, **dict(self.fields))


FREE = Cause("free")


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
    causes : tuple of Cause
        Why nobody holds them: one for all, with a hint where there is one, or what keeps
        those who may hold them.
    """

    duty: Duty
    stores: tuple[str, ...]
    dates: tuple[Date, ...]
    turns: int
    causes: tuple[Cause, ...]

    @property
    def reason(self) -> str:
        """The causes in one English sentence."""
        return self.worded_reason(say_in_english)

    def worded_reason(self, say: Say) -> str:
        """Return the causes in one sentence of some language."""
        words = [cause.worded(say) for cause in self.causes]
        if self.causes[0].code not in OBSTACLES:
            return "".join(words)
        listed = say("comma").join(words[:-1])
        return say(
            "every", obstacles=say("or", first=listed, last=words[-1]) if listed else words[-1]
        )

    def worded_dates(self, say: Say) -> str:
        """Return the dates, or from when to when they lie."""
        if len(self.dates) <= MOST_DATES:
            return say("comma").join(map(str, self.dates))
        return say("days", count=len(self.dates), first=self.dates[0], last=self.dates[-1])

    def __str__(self) -> str:
        return say_in_english(
            "nobody",
            turns=f"{self.turns} turn{'s' if self.turns > 1 else ''}",
            duty=self.duty.name,
            where=say_in_english("where", stores="|".join(self.stores)) if self.stores else "",
            when=self.worded_dates(say_in_english),
            reason=self.reason,
        )


def unfilled_turns(instance: Instance, roster: Roster, duty: Duty) -> list[UnfilledTurn]:
    """Return the turns of a duty that nobody holds, by date and group of stores."""
    everywhere = instance.known_stores
    held = Counter(
        (turn.date, frozenset(turn.stores or everywhere))
        for turn in roster.duties
        if turn.duty == duty.name
    )
    return [
        UnfilledTurn(date, group, missing)
        for date in instance.horizon.dates
        for group in duty.groups
        if (missing := duty.needed(date) - held[date, frozenset(group or everywhere)]) > 0
    ]


def explain_unfilled(instance: Instance, roster: Roster) -> list[UnfilledTurns]:
    """Return every turn that nobody holds with the reason, days of one reason together."""
    explainer = _Explainer(instance, roster)
    found: list[UnfilledTurns] = []
    for duty in instance.duties:
        together: defaultdict[tuple[tuple[str, ...], tuple[Cause, ...]], list[UnfilledTurn]]
        together = defaultdict(list)
        for i, turn in enumerate(unfilled_turns(instance, roster, duty)):
            causes = explainer.causes(duty, turn, by_person=i < MOST_DAYS_EXAMINED)
            together[turn.stores, causes].append(turn)
        for (stores, causes), turns in together.items():
            dates = tuple(turn.date for turn in turns)
            missing = sum(turn.turns for turn in turns)
            found.append(UnfilledTurns(duty, stores, dates, missing, causes))
    return found


def _by_window(duty: Duty, long: str, short: str) -> Cause:
    """Return a cause that names the window: one code for long windows, one for short ones."""
    code = short if duty.window.minutes < MINIMUM_OVERLAP_MINUTES else long
    return Cause(code, (("window", str(duty.window)),))


class _Explainer:
    """Gives reasons for the turns of one roster.

    Parameters
    ----------
    instance : Instance
    roster : Roster
    """

    def __init__(self, instance: Instance, roster: Roster) -> None:
        self.instance = instance
        self.schedule = instance.schedule(roster.assignments)
        self._turns: defaultdict[str, list[DutyTurn]] = defaultdict(list)
        for turn in (*instance.past_turns, *roster.duties):
            self._turns[turn.agent_id].append(turn)

    @cached_property
    def _availability(self) -> Availability:
        return Availability(self.instance, self.schedule)

    def causes(self, duty: Duty, turn: UnfilledTurn, *, by_person: bool) -> tuple[Cause, ...]:
        """Return why nobody holds a turn."""
        known = tuple(self._beforehand(duty, turn))
        if known:
            return known
        if not by_person:
            return (Cause("not-examined"),)
        agents = self.instance.agents
        able = [i for i, agent in enumerate(agents) if may_hold(duty, turn.stores, agent)]
        obstacles = tuple(dict.fromkeys(self._obstacles(duty, turn, able)))
        return (FREE,) if FREE in obstacles else obstacles

    def _beforehand(self, duty: Duty, turn: UnfilledTurn) -> Iterator[Cause]:
        """Yield why no roster at all could fill a turn; nothing where some could."""
        agents = self.instance.agents
        if not self._fitting(duty, turn):
            yield _by_window(duty, "overlaps", "covers")
            yield from self._retired(duty)
            yield from self._hint(duty)
        elif not any(duty.skill in agent.skills for agent in agents):
            yield Cause("skill", (("skill", duty.skill),))
        elif not any(may_hold(duty, turn.stores, agent) for agent in agents):
            yield Cause("store", (("skill", duty.skill), ("stores", "|".join(turn.stores))))
        elif duty.max_per_week == 0:
            yield Cause("no-turns")

    def _fitting(self, duty: Duty, turn: UnfilledTurn) -> list[int]:
        """Return the shifts in use on the day that overlap the window far enough."""
        shifts = enumerate(self.instance.shifts)
        return [i for i, shift in shifts if duty.fits(shift) and shift.in_use(turn.date)]

    def _retired(self, duty: Duty) -> Iterator[Cause]:
        """Yield the shift that overlaps far enough and was in use last, if there is any."""
        ended = [s for s in self.instance.shifts if duty.fits(s) and s.end_date is not None]
        if ended:
            last = max(ended, key=lambda shift: shift.end_date or Date.min)
            yield Cause("retired", (("shift", last.code), ("date", str(last.end_date))))

    def _hint(self, duty: Duty) -> Iterator[Cause]:
        """Yield which window is meant, where it lies after the midnight of night shifts."""
        start, end = duty.window
        later = Span(start + MINUTES_PER_DAY, end + MINUTES_PER_DAY)
        meant = duty.model_copy(update={"window": later})
        nights = [shift.code for shift in self.instance.shifts if meant.fits(shift)]
        if nights:
            yield Cause("after-midnight", (("later", str(later)), ("shift", nights[0])))

    def _obstacles(self, duty: Duty, turn: UnfilledTurn, able: Sequence[int]) -> Iterator[Cause]:
        """Yield what keeps those who may hold a turn from it."""
        grid = self.schedule.grid
        planned = self.instance.horizon.index(turn.date)
        day = grid.history_days + planned
        fitting, off = self._fitting(duty, turn), list[int]()
        for i in able:
            agent, shift = self.instance.agents[i], int(self.schedule.shift[i, day])
            if shift != OFF and not duty.fits(self.instance.shifts[shift]):
                yield _by_window(duty, "other-hours", "other-hours-short")
            elif not agent.employed(turn.date):
                yield Cause("not-employed")
            elif shift == OFF and not grid.offered[i, day, fitting].any():
                barred = self.instance.barred[i, planned, fitting].any()
                yield Cause("not-available" if barred else "on-leave")
            elif (busy := self._busy(duty, turn, agent)) is not None:
                yield busy
            elif shift != OFF:
                yield FREE
            else:
                off.append(i)
        shifts = [DayShift(planned, shift) for shift in fitting]
        barriers, free = self._availability.call_in(off, shifts)
        if free:
            yield FREE
        for name in sorted(set(barriers) - {WORKING}):
            pinned = name == PINNED
            yield Cause("pinned-off") if pinned else Cause("kept-off", (("rule", name),))

    def _busy(self, duty: Duty, turn: UnfilledTurn, agent: Agent) -> Cause | None:
        """Return which turns of this day or week keep an agent from one more."""
        turns = self._turns[agent.agent_id]
        today = [other for other in turns if other.date == turn.date]
        if any(other.duty == duty.name for other in today):
            return Cause("another-turn")
        week = turn.date.isocalendar()[:2]
        same = [t for t in turns if t.duty == duty.name and t.date.isocalendar()[:2] == week]
        if duty.max_per_week is not None and len(same) >= duty.max_per_week:
            return Cause("week-full", (("limit", str(duty.max_per_week)),))
        known = {other.name: other for other in self.instance.duties}
        others = [known[other.duty] for other in today if other.duty in known]
        for moment in (duty.window.start, *(other.window.start for other in others)):
            at_once = [d for d in (duty, *others) if d.window.start <= moment < d.window.end]
            if duty in at_once and sum(other.share for other in at_once) > 1:
                return Cause("other-duties")
        return None

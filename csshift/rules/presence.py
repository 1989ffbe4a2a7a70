"""Who is at work at a given minute: stretches of the day for rows, minutes for checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from csshift.model.entity import MINUTES_PER_DAY, Name, Span, TimeSpan
from csshift.program import ABSENT
from csshift.rules.base import Count, Rule, Violation, register, texts
from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.work import WorkColumns, flat

Cover: TypeAlias = frozenset[tuple[int, int]]
"""The (days ago, shift) that are running."""


class Stretch(NamedTuple):
    """A stretch of a day within which no shift starts or ends."""

    minutes: int
    cover: Cover


def stretches(grid: RosterGrid, parts: Iterable[Span]) -> list[Stretch]:
    """Return the stretches that make up parts of a day.

    Parameters
    ----------
    grid : RosterGrid
    parts : iterable of Span
        Spans within 00:00-24:00.
    """
    spans = [(i, span) for i, shift in enumerate(grid.shifts) for span in shift.hours_at_work]
    cuts = {edge % MINUTES_PER_DAY for _, span in spans for edge in span}
    found = []
    for part in parts:
        edges = sorted({*part, *(cut for cut in cuts if part.start < cut < part.end)})
        for start, end in pairwise(edges):
            cover = frozenset(
                (ago, i)
                for ago in (0, 1)
                for i, span in spans
                if span.start <= start + ago * MINUTES_PER_DAY < span.end
            )
            found.append(Stretch(end - start, cover))
    return found


def merged(found: Iterable[Stretch]) -> dict[Cover, int]:
    """Return the minutes of each distinct cover."""
    minutes: dict[Cover, int] = {}
    for stretch in found:
        minutes[stretch.cover] = minutes.get(stretch.cover, 0) + stretch.minutes
    return minutes


def decisive(covers: dict[Cover, int], implies: Callable[[Cover, Cover], bool]) -> dict[Cover, int]:
    """Return the covers whose row no other row implies; `implies(one, other)` says so."""
    return {
        cover: minutes
        for cover, minutes in covers.items()
        if not any(implies(other, cover) for other in covers)
    }


def columns_at(
    work: WorkColumns, agents: NDArray[np.int64], days: NDArray[np.int64], cover: Cover
) -> NDArray[np.int64]:
    """Return the columns of the agents at work, one row a day, shape (days, width).

    `days` may hold the day after the horizon.
    """
    beyond = np.full((agents.size, 1, work.shift.shape[2]), ABSENT, dtype=np.int64)
    shift = np.concatenate([beyond, work.shift[agents], beyond], axis=1)
    parts = [shift[:, days + 1 - ago, i].T for ago, i in sorted(cover)]
    return flat(np.stack(parts, axis=2)) if parts else np.empty((days.size, 0), dtype=np.int64)


def at_work(
    schedule: Schedule, agents: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many of the agents are at work at each minute of the horizon.

    Returns
    -------
    total, known : int array, shape ((planned days + 1) * 1440,)
        From 00:00 of the first planned day to the end of the day after the horizon: agents
        at work, and those among them whose shift is one of the history. An agent counts once
        a minute.
    """
    grid = schedule.grid
    first = grid.history_days
    total = np.zeros((grid.days - first + 1) * MINUTES_PER_DAY, dtype=np.int64)
    known = np.zeros_like(total)
    for agent in agents:
        present = np.zeros(total.size, dtype=np.bool_)
        for day in range(max(0, first - 1), grid.days):
            if schedule.shift[agent, day] < 0:
                continue
            midnight = (day - first) * MINUTES_PER_DAY
            for span in grid.shifts[schedule.shift[agent, day]].hours_at_work:
                present[max(0, midnight + span.start) : max(0, midnight + span.end)] = True
            if day < first:
                known += present
        total += present
    return total, known


def spells(values: NDArray[np.int64]) -> Iterator[tuple[Span, int]]:
    """Yield the spans of minutes over which a value stays the same above 0, cut at midnight."""
    edges = np.flatnonzero(np.diff(values)) + 1
    midnights = np.arange(0, values.size + 1, MINUTES_PER_DAY)
    cuts = np.unique(np.concatenate([edges, midnights]))
    for start, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        if values[start] > 0:
            yield Span(start, end), int(values[start])


def of_one_day(span: Span) -> Span:
    """Return hours of a day, if they start on it and last no longer than a day.

    Raises
    ------
    ValueError
        When they do not.
    """
    if not 0 <= span.start < MINUTES_PER_DAY or not 0 < span.minutes <= MINUTES_PER_DAY:
        raise ValueError("hours start before 24:00 of their day and last 24 hours at most")
    return span


def window_minutes(hours: Span) -> NDArray[np.bool_]:
    """Return which minutes of a day lie in the hours of that day or of the one before."""
    inside = np.zeros(2 * MINUTES_PER_DAY, dtype=np.bool_)
    inside[hours.start : hours.end] = True
    return np.asarray(inside[:MINUTES_PER_DAY] | inside[MINUTES_PER_DAY:], dtype=np.bool_)


@register
class Seats(Rule):
    """At most `count` agents at work at once, at every minute of the planned days.

    Agents are at work inside the hours of their shift, breaks included, for nobody knows
    when those are. The shifts of the last planned day count to their end, past midnight,
    and so do those of the day before the horizon.

    Amount of violation: the hours of the agents in excess.

    Parameters
    ----------
    count : int
        Agents that can be at work at once.
    hours : time span or None
        ``HH:MM-HH:MM`` of each day at which that holds; the end may pass 24:00. Left out: always.
    """

    titles = texts(en="Seats", zh="座席数")
    sentences = texts(en="At most {count:agent} at work at once.", zh="同时在岗不超过 {count} 人。")
    collective = True
    scope = "days"
    examples = (
        ("Twenty desks", "count = 20"),
        ("At most three of a team at once in the morning", 'count = 3, hours = "06:00-09:00"'),
    )

    kind: Literal["seats"] = "seats"
    count: Count
    hours: Annotated[TimeSpan, AfterValidator(of_one_day)] | None = None

    def statement(self, lang: str = "en") -> str:
        """Return what the rule requires."""
        text = super().statement(lang)
        if self.hours is None:
            return text
        return f"{self.hours}：{text}" if lang == "zh" else f"{self.hours}: {text}"

    @property
    def _inside(self) -> NDArray[np.bool_]:
        return window_minutes(self.hours or Span(0, MINUTES_PER_DAY))

    def rows(self, work: WorkColumns) -> None:
        """Count the agents of each stretch of each day; a hard rule needs only the fullest."""
        grid = work.grid
        parts = [span for span, _ in spells(self._inside.astype(np.int64))]
        running = stretches(grid, parts)
        past = [
            stretch._replace(cover=frozenset(part for part in stretch.cover if part[0] > 0))
            for stretch in running
        ]
        planned = np.arange(grid.history_days, grid.days)
        judged = self.judged(grid)[planned]
        self._limit(work, planned[judged], merged(running))
        self._limit(work, planned[-1:][judged[-1:]] + 1, merged(past))

    def _limit(self, work: WorkColumns, days: NDArray[np.int64], covers: dict[Cover, int]) -> None:
        if self.hard:
            covers = decisive(covers, lambda one, other: one > other)
        agents = self.chosen(work.grid)
        for cover, minutes in covers.items():
            columns = columns_at(work, agents, days, cover)
            self.at_most(work, columns, 1, self.count, unit=Fraction(minutes, 60))

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the agents at every minute."""
        grid = schedule.grid
        total, known = at_work(schedule, self.chosen(grid))
        judged = self.judged(grid)[grid.history_days :]
        counts = np.concatenate([self._inside & day for day in (*judged, judged[-1])])
        excess = np.where(counts, total - np.maximum(known, self.count), 0)
        for span, agents in spells(excess):
            planned = min(span.start // MINUTES_PER_DAY, grid.horizon.days - 1)
            hours = Span(*(edge - planned * MINUTES_PER_DAY for edge in span))
            text = f"{hours}: {total[span.start]} at work at once, at most {self.count}"
            amount = Fraction(agents * span.minutes, 60)
            yield Violation(amount, None, grid.history_days + planned, text)


def _names_a_tag(tags: tuple[str, ...]) -> tuple[str, ...]:
    if not tags:
        raise ValueError("selects nobody; name at least one tag of the agents")
    return tags


@register
class MinOnSite(Rule):
    """At least `count` agents at work, with one of `tags` if any are named, throughout `hours`.

    `hours` holds on each planned day and may pass 24:00. Agents are at work inside the hours
    of their shift, breaks included. Minutes after the end of the horizon require nobody. Nor
    do those minutes of the first planned day at which a shift of the day before may still run,
    when that day is unknown, or when no shift of the planned day could help.

    Amount of violation: the hours of the agents missing.

    Parameters
    ----------
    tags : tuple of str or None
        Tags of agents; one of them is enough. Left out: everybody whom `agents` selects.
    count : int
        Agents that are required.
    hours : time span
        ``HH:MM-HH:MM`` of each day; the end may pass 24:00.
    """

    titles = texts(en="Minimum on site", zh="最少在岗")
    sentences = texts(
        en="At least {count:agent} with one of the tags {tags} at work throughout {hours}.",
        zh="{hours} 时段内至少 {count} 名带标签 {tags} 的人员在岗。",
    )

    collective = True
    scope = "days"
    examples = (
        ("A first-aider at all hours", 'tags = ["first-aid"], hours = "00:00-24:00"'),
        (
            "Three of a team in opening hours, whatever the forecast",
            'count = 3, hours = "08:00-24:00"',
        ),
    )

    needs_presence = True

    kind: Literal["min-on-site"] = "min-on-site"
    tags: (
        Annotated[
            tuple[Name, ...], Field(json_schema_extra={"minItems": 1}), AfterValidator(_names_a_tag)
        ]
        | None
    ) = None
    count: Annotated[Count, Field(ge=1)] = 1
    hours: Annotated[TimeSpan, AfterValidator(of_one_day)]

    def chosen(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return the positions of the agents that match the selector and have a tag."""
        agents = super().chosen(grid)
        if self.tags is None:
            return agents
        tagged = [not set(self.tags).isdisjoint(agent.tags) for agent in grid.agents]
        return agents[np.array(tagged, dtype=np.bool_)[agents]]

    def rows(self, work: WorkColumns) -> None:
        """Count the agents of each stretch; a hard rule needs only the barest."""
        grid = work.grid
        first = grid.history_days
        judged = self.judged(grid)
        own = Span(self.hours.start, min(self.hours.end, MINUTES_PER_DAY))
        opening = [part for part in stretches(grid, [own]) if _requires(part, first > 0)]
        self._demand(work, np.array([first])[judged[first : first + 1]], opening)
        later = np.arange(first + 1, grid.days)
        # What began before midnight, and what begins on the day: those may be judged apart.
        over = Span(0, max(0, self.hours.end - MINUTES_PER_DAY))
        for today, before in ((True, True), (True, False), (False, True)):
            parts = [own] * today + [over] * (before and over.minutes > 0)
            days = later[(judged[later] == today) & (judged[later - 1] == before)]
            self._demand(work, days, stretches(grid, parts))

    def _demand(self, work: WorkColumns, days: NDArray[np.int64], parts: list[Stretch]) -> None:
        covers: dict[Cover, int] = merged(parts)
        if self.hard:
            covers = decisive(covers, lambda one, other: one < other)
        agents = self.chosen(work.grid)
        for cover, minutes in covers.items():
            columns = columns_at(work, agents, days, cover)
            self.at_least(work, columns, 1, self.count, unit=Fraction(minutes, 60))

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the agents at every minute that requires some."""
        grid = schedule.grid
        total, _ = at_work(schedule, self.chosen(grid))
        missing = np.where(self._required(grid), self.count - total, 0)
        for span, agents in spells(missing):
            planned = span.start // MINUTES_PER_DAY
            hours = Span(*(edge - planned * MINUTES_PER_DAY for edge in span))
            text = f"{hours}: {total[span.start]} on site, at least {self.count}"
            amount = Fraction(agents * span.minutes, 60)
            yield Violation(amount, None, grid.history_days + planned, text)

    def unmeetable(self, grid: RosterGrid) -> list[tuple[str, int]]:
        """Return when more agents are required than can be at work, and how many can, by day.

        Only who may work which shift on which day counts, not how shifts go together.
        """
        chosen, first = self.chosen(grid), grid.history_days
        required = self._required(grid)
        could = np.zeros(required.size, dtype=np.int64)
        for agent in chosen.tolist():
            present = np.zeros(required.size, dtype=np.bool_)
            for day in range(max(0, first - 1), grid.days):
                midnight = (day - first) * MINUTES_PER_DAY
                for shift in np.flatnonzero(grid.offered[agent, day]).tolist():
                    for span in grid.shifts[shift].hours_at_work:
                        edges = (max(0, midnight + edge) for edge in span)
                        present[slice(*edges)] = True
            could += present
        found = []
        for span, _ in spells(np.where(required, np.maximum(0, self.count - could), 0)):
            date = grid.dates[first + span.start // MINUTES_PER_DAY]
            hours = Span(*(edge - span.start // MINUTES_PER_DAY * MINUTES_PER_DAY for edge in span))
            found.append((f"{date} {hours}", int(could[span.start])))
        return found

    def _required(self, grid: RosterGrid) -> NDArray[np.bool_]:
        """Return the minutes, counted as by `at_work`, that require somebody."""
        days = grid.days - grid.history_days
        minutes = np.zeros((days + 1) * MINUTES_PER_DAY, dtype=np.bool_)
        for day in np.flatnonzero(self.judged(grid)[grid.history_days :]).tolist():
            start, end = (edge + day * MINUTES_PER_DAY for edge in self.hours)
            minutes[start:end] = True
        minutes[days * MINUTES_PER_DAY :] = False
        late = np.zeros(MINUTES_PER_DAY, dtype=np.bool_)
        coverable = np.zeros(MINUTES_PER_DAY, dtype=np.bool_)
        for span in (span for shift in grid.shifts for span in shift.hours_at_work):
            coverable[span.start : span.end] = True
            late[max(0, span.start - MINUTES_PER_DAY) : max(0, span.end - MINUTES_PER_DAY)] = True
        minutes[:MINUTES_PER_DAY] &= ~late | (coverable & (grid.history_days > 0))
        return minutes

    def agent_tags(self) -> tuple[str, ...]:
        """Return `tags`."""
        return self.tags or ()


def _requires(part: Stretch, history: bool) -> bool:
    """Return whether a stretch of the first planned day requires anybody."""
    days_ago = {ago for ago, _ in part.cover}
    return 1 not in days_ago or (history and 0 in days_ago)

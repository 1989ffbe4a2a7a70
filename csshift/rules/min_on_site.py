"""Certain people on site throughout certain hours."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from csshift.model.entity import MINUTES_PER_DAY, Name, Span, TimeSpan
from csshift.rules.base import Count, Rule, Violation
from csshift.rules.presence import (
    Cover,
    Stretch,
    at_work,
    columns_at,
    decisive,
    merged,
    spells,
    stretches,
)
from csshift.rules.staffing import Schedule, Staffing
from csshift.rules.work import WorkColumns


def _of_one_day(span: Span) -> Span:
    if not 0 <= span.start < MINUTES_PER_DAY or not 0 < span.minutes <= MINUTES_PER_DAY:
        raise ValueError("hours start before 24:00 of their day and last 24 hours at most")
    return span


def _names_a_tag(tags: tuple[str, ...]) -> tuple[str, ...]:
    if not tags:
        raise ValueError("selects nobody; name at least one tag of the agents")
    return tags


class MinOnSite(Rule):
    """At least `count` agents with one of `tags` at work, at every minute of `hours`.

    `hours` is asked of each planned day and may pass 24:00. Agents are at work inside the
    hours of their shift, breaks included. Minutes after the end of the horizon ask nothing.
    Nor do those minutes of the first planned day at which a shift of the day before may
    still run, when that day is unknown, or when no shift of the planned day could help.

    Amount of violation: the hours of the agents missing.
    """

    kind: Literal["min-on-site"] = "min-on-site"
    tags: Annotated[
        tuple[Name, ...], Field(json_schema_extra={"minItems": 1}), AfterValidator(_names_a_tag)
    ]
    count: Annotated[Count, Field(ge=1)] = 1
    hours: Annotated[TimeSpan, AfterValidator(_of_one_day)]

    def chosen(self, staffing: Staffing) -> NDArray[np.int64]:
        """Return the positions of the agents that match the selector and have a tag."""
        tagged = [not set(self.tags).isdisjoint(agent.tags) for agent in staffing.agents]
        agents = super().chosen(staffing)
        return agents[np.array(tagged, dtype=np.bool_)[agents]]

    def rows(self, work: WorkColumns) -> None:
        """Count the agents of each stretch; a hard rule needs the barest only."""
        staffing = work.staffing
        first = staffing.history_days
        own = Span(self.hours.start, min(self.hours.end, MINUTES_PER_DAY))
        opening = [part for part in stretches(staffing, [own]) if _asks(part, first > 0)]
        self._demand(work, np.array([first]), opening)
        parts = [own]
        if self.hours.end > MINUTES_PER_DAY:
            parts.append(Span(0, self.hours.end - MINUTES_PER_DAY))
        self._demand(work, np.arange(first + 1, staffing.days), stretches(staffing, parts))

    def _demand(self, work: WorkColumns, days: NDArray[np.int64], parts: list[Stretch]) -> None:
        covers: dict[Cover, int] = merged(parts)
        if self.hard:
            covers = decisive(covers, lambda one, other: one < other)
        agents = self.chosen(work.staffing)
        for cover, minutes in covers.items():
            columns = columns_at(work, agents, days, cover)
            work.demand(
                self, self.label, columns, 1, self.count, unit=Fraction(1, 60), amounts=minutes
            )

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the agents at every minute that asks for some."""
        staffing = schedule.staffing
        total, _ = at_work(schedule, self.chosen(staffing))
        missing = np.where(self._asked(staffing), self.count - total, 0)
        for span, agents in spells(missing):
            planned = span.start // MINUTES_PER_DAY
            hours = Span(*(edge - planned * MINUTES_PER_DAY for edge in span))
            text = f"{hours}: {total[span.start]} on site, at least {self.count}"
            amount = Fraction(agents * span.minutes, 60)
            yield Violation(amount, None, staffing.history_days + planned, text)

    def _asked(self, staffing: Staffing) -> NDArray[np.bool_]:
        """Return the minutes, counted as by `at_work`, that ask for somebody."""
        days = staffing.days - staffing.history_days
        minutes = np.zeros((days + 1) * MINUTES_PER_DAY, dtype=np.bool_)
        for day in range(days):
            start, end = (edge + day * MINUTES_PER_DAY for edge in self.hours)
            minutes[start:end] = True
        minutes[days * MINUTES_PER_DAY :] = False
        late = np.zeros(MINUTES_PER_DAY, dtype=np.bool_)
        mendable = np.zeros(MINUTES_PER_DAY, dtype=np.bool_)
        for span in (span for shift in staffing.shifts for span in shift.hours):
            mendable[span.start : span.end] = True
            late[max(0, span.start - MINUTES_PER_DAY) : max(0, span.end - MINUTES_PER_DAY)] = True
        minutes[:MINUTES_PER_DAY] &= ~late | (mendable & (staffing.history_days > 0))
        return minutes

    def agent_tags(self) -> tuple[str, ...]:
        """Return `tags`."""
        return self.tags


def _asks(part: Stretch, history: bool) -> bool:
    """Return whether a stretch of the first planned day asks for anybody."""
    days_ago = {ago for ago, _ in part.cover}
    return 1 not in days_ago or (history and 0 in days_ago)

"""Agents who need others beside them: mentors, seniors, relief at the end of a shift."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from csshift.model.entity import MINUTES_PER_DAY, Exact, Span, TimeSpan
from csshift.program import ABSENT
from csshift.rules.base import Count, Rule, Scope, Selector, ShiftWords, Violation, register, texts
from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.presence import (
    at_work,
    columns_at,
    merged,
    of_one_day,
    spells,
    stretches,
    window_minutes,
)
from csshift.rules.work import WorkColumns


class Partner(NamedTuple):
    """A shift that keeps another one company: worked `later` days after it."""

    later: int
    shift: int


class CompanyRule(Rule):
    """Who works a shift needs `count` others on shifts that go with it.

    Amount of violation: for each shift worked, the others who are missing.
    """

    collective: ClassVar[bool] = True
    scope: ClassVar[Scope] = "days"

    count: Annotated[Count, Field(ge=1)] = 1

    def partners(self, grid: RosterGrid) -> list[list[Partner] | None]:
        """Return for each shift those that go with it; None where it needs no company."""
        raise NotImplementedError

    def company(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return the positions of the agents who keep others company."""
        return self.chosen(grid)

    def text(self, code: str, others: int) -> str:
        """Return the words of a violation."""
        raise NotImplementedError

    def _days(self, grid: RosterGrid, partners: list[Partner]) -> NDArray[np.int64]:
        """Return the planned days on which company is required: all its days are known."""
        later = [0, *(partner.later for partner in partners)]
        days = np.arange(max(grid.history_days, -min(later)), grid.days - max(later))
        return days[self.judged(grid)[days]]

    def rows(self, work: WorkColumns) -> None:
        """For each agent, day and shift: others on shifts that go with it, or paid for."""
        for shift, partners in enumerate(self.partners(work.grid)):
            if partners is not None:
                self._shift_rows(work, shift, partners)

    def _shift_rows(self, work: WorkColumns, shift: int, partners: list[Partner]) -> None:
        """Require company for one shift.

        A column of each day counts the company, up to what anybody needs, so that a row of an
        agent has a few entries and not those of all others. Whoever is company for others at
        the same time needs one more there.
        """
        grid, company, days = work.grid, self.company(work.grid), self._days(work.grid, partners)
        agents = self.chosen(grid)
        if not days.size or not agents.size:
            return
        ids = [work.shift[np.ix_(company, days + p.later)][:, :, p.shift].T for p in partners]
        there = np.concatenate([np.full((days.size, 1), ABSENT), *ids], axis=1)
        most = self.count + len(partners)
        total = work.builder.columns(
            days.size, family=self.label, upper=most, day=days - grid.history_days
        )
        signs = np.append([1], np.full(there.shape[1], -1))
        table = np.column_stack([total, there])
        work.builder.rows(table, signs, family=self.label, upper=0)
        member = np.isin(agents, company)[:, None]
        parts = [work.shift[agents[:, None], days, shift]]
        for partner in partners:
            own = work.shift[agents[:, None], days + partner.later, partner.shift]
            parts.append(np.where(member, own, ABSENT))
        parts.append(np.broadcast_to(total, parts[0].shape))
        columns = np.stack(parts, axis=2).reshape(agents.size * days.size, len(parts))
        columns = columns[columns[:, 0] != ABSENT]
        values = np.array([self.count, *[1] * len(partners), -1])
        price = None if self.hard else self.weight
        upper = np.zeros(len(columns), dtype=np.int64)
        table = np.broadcast_to(values, columns.shape)
        work.limit(self.label, columns, table, upper, price, self.price_source)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the others of every shift that is worked."""
        grid, company = schedule.grid, set(self.company(schedule.grid).tolist())
        judged = self.judged(grid)
        for shift, partners in enumerate(self.partners(grid)):
            if partners is None:
                continue
            apart = {partner.later for partner in partners}
            for agent in self.chosen(grid).tolist():
                for day in range(grid.history_days, grid.days):
                    known = all(0 <= day + later < grid.days for later in apart)
                    if schedule.shift[agent, day] != shift or not (judged[day] and known):
                        continue
                    others = sum(
                        int(schedule.shift[other, day + partner.later] == partner.shift)
                        for other in company - {agent}
                        for partner in partners
                    )
                    if others < self.count:
                        text = self.text(grid.shifts[shift].code, others)
                        yield Violation(Fraction(self.count - others), agent, day, text)


@register
class Accompanied(CompanyRule):
    """Who works has at least `count` agents of `by` beside them, on shifts of the same day.

    These are on the same shift, or on any shift that overlaps by `hours` at least; time counts from
    start to end of each stretch of work, breaks included.

    Amount of violation: for each shift worked, the others who are missing.

    Parameters
    ----------
    by : Selector
        Those who keep company: mentors, seniors. Nobody accompanies themselves.
    count : int
        How many of them.
    hours : Decimal or None
        Hours of overlap that are enough; left out: the same shift.
    """

    titles = texts(en="Accompanied", zh="陪同上岗")
    sentences = texts(
        en="Each has at least {count} of those with {by} on the same shift.",
        zh="每人同班至少有 {count} 名 {by} 陪同。",
    )
    examples = (
        (
            "A mentor with each trainee, at least 4 hours",
            'agents = { tags = ["trainee"] }, by = { tags = ["mentor"] }, hours = 4',
        ),
        (
            "A senior on every shift",
            'by = { tags = ["senior"] }, agents = { exclude = { tags = ["senior"] } }',
        ),
        ("Never alone on a shift", "by = {}"),
    )

    needs_presence = True

    kind: Literal["accompanied"] = "accompanied"
    by: Selector
    hours: Annotated[Exact, Field(gt=0, le=24, decimal_places=3)] | None = None

    def statement(self, lang: str = "en") -> str:
        """Return what the rule requires."""
        text = super().statement(lang)
        if self.hours is None:
            return text
        if lang == "zh":
            return text.replace("同班", f"当天重叠 {self.hours:f} 小时以上的班次上")
        return text.replace("the same shift", f"shifts that overlap by {self.hours:f} h")

    def company(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return the positions of the agents of `by`."""
        return np.flatnonzero([self.by.matches(agent) for agent in grid.agents])

    def partners(self, grid: RosterGrid) -> list[list[Partner] | None]:
        """Return the same shift, or those that overlap by long enough."""
        if self.hours is None:
            return [None if s.standby else [Partner(0, i)] for i, s in enumerate(grid.shifts)]
        least = Fraction(self.hours) * 60
        found: list[list[Partner] | None] = []
        for one in grid.shifts:
            if one.standby:
                found.append(None)
                continue
            found.append(
                [
                    Partner(0, i)
                    for i, other in enumerate(grid.shifts)
                    if not other.standby and sum(map(other.overlap, one.hours)) >= least
                ]
            )
        return found

    def text(self, code: str, others: int) -> str:
        """Return the words of a violation."""
        return f"{others} beside the one on {code}, at least {self.count}"


@register
class Handover(CompanyRule):
    """Whoever ends a shift is relieved by `count` others, who overlap and stay on.

    The others have started at least `minutes` before the end, and work past it. Ends outside
    `hours` need no relief: closing time is one of them. The end of the last planned day's shifts
    needs none where a shift of the next day could bring it.

    Amount of violation: for each shift worked, the others who are missing.

    Parameters
    ----------
    minutes : int
        Minutes of overlap.
    hours : time span
        Opening hours ``HH:MM-HH:MM``; an end inside them, the last minute left out, needs relief.
    count : int
        How many others.
    shifts : tuple of str or None
        Codes, or other words of the shifts that need relief; left out: all.
    """

    titles = texts(en="Handover", zh="交接班重叠")
    sentences = texts(
        en="Agents who end {shifts} within {hours} overlap {minutes:minute} with {count:agent} "
        "staying on.",
        zh="{hours} 内下班（{shifts}）前，与 {count} 名接班人员重叠 {minutes} 分钟。",
    )
    examples = (
        ("Half an hour of handover in opening hours", 'minutes = 30, hours = "08:00-24:00"'),
    )

    needs_presence = True

    kind: Literal["handover"] = "handover"
    minutes: Annotated[int, Field(ge=0, le=720)] = 15
    hours: Annotated[TimeSpan, AfterValidator(of_one_day)]
    shifts: ShiftWords | None = None

    def partners(self, grid: RosterGrid) -> list[list[Partner] | None]:
        """Return the shifts that begin before the end of each one and go on past it."""
        opening = np.flatnonzero(window_minutes(self.hours))
        found: list[list[Partner] | None] = []
        for one, counts in zip(grid.shifts, grid.flags(self.shifts), strict=True):
            closing = (self.hours.end - one.end) % MINUTES_PER_DAY == 0
            late = one.end % MINUTES_PER_DAY not in opening
            if not counts or closing or late or one.standby:
                found.append(None)
                continue
            found.append(
                [
                    Partner(later, i)
                    for later in (-1, 0, 1)
                    for i, other in enumerate(grid.shifts)
                    if not other.standby
                    and other.start + later * MINUTES_PER_DAY <= one.end - self.minutes
                    and other.end + later * MINUTES_PER_DAY > one.end
                ]
            )
        return found

    def text(self, code: str, others: int) -> str:
        """Return the words of a violation."""
        return f"{others} overlap with the end of {code} and stay on, at least {self.count}"


@register
class NeverAlone(Rule):
    """While anybody is at work, at least `count` are, at every minute of `hours`.

    Agents are at work inside the hours of their shift, breaks included. Minutes after the last
    planned day, and those of the first one at which the shifts of an unknown day before could
    run, require nothing. Nor do minutes at which only shifts of the history are worked.

    Amount of violation: the hours of the agents missing.

    Parameters
    ----------
    count : int
        Agents at work at once.
    hours : time span
        ``HH:MM-HH:MM`` of each day, such as the night ``00:00-08:00``; left out: always.
    """

    titles = texts(en="Never alone", zh="不单独在岗")
    sentences = texts(
        en="If anybody is at work within {hours}, at least {count:agent} must be.",
        zh="{hours} 时段内有人在岗时至少 {count} 人。",
    )
    collective = True
    scope = "days"
    examples = (("Nobody alone at night", 'hours = "22:00-30:00"'),)

    needs_presence = True

    kind: Literal["never-alone"] = "never-alone"
    count: Annotated[Count, Field(ge=2)] = 2
    hours: Annotated[TimeSpan, AfterValidator(of_one_day)] = Span(0, MINUTES_PER_DAY)

    def rows(self, work: WorkColumns) -> None:
        """For each stretch and agent: if the agent is at work, others are."""
        grid, agents = work.grid, self.chosen(work.grid)
        days = np.arange(grid.history_days, grid.days)
        days = days[self.judged(grid)[days]]
        inside = window_minutes(self.hours)
        parts = [span for span, _ in spells(inside.astype(np.int64))]
        found = [stretch for stretch in stretches(grid, parts) if stretch.cover]
        for cover, minutes in merged(found).items():
            width = len(cover)
            unknown = grid.history_days == 0 and any(ago for ago, _ in cover)
            open_days = days[days > 0] if unknown else days
            if not agents.size or not open_days.size:
                continue
            # A column counts who is there, up to what is needed: rows of agents stay short.
            together = columns_at(work, agents, open_days, cover)
            total = work.builder.columns(
                open_days.size,
                family=self.label,
                upper=self.count,
                day=open_days - grid.history_days,
            )
            table = np.column_stack([total, together])
            signs = np.append([1], np.full(together.shape[1], -1))
            work.builder.rows(table, signs, family=self.label, upper=0)
            alone = [
                columns_at(work, agents[i : i + 1], open_days, cover) for i in range(agents.size)
            ]
            columns = np.vstack([np.column_stack([own, total]) for own in alone])
            signs = np.append([self.count] * width, [-1])
            known = work.known(columns[:, :width]).any(axis=1, keepdims=True)
            columns = np.where(known, ABSENT, columns)
            share = np.tile(np.arange(open_days.size), agents.size)
            price = None if self.hard else self.weight * Fraction(minutes, 60)
            table = np.broadcast_to(signs, columns.shape)
            upper = np.zeros(len(columns), dtype=np.int64)
            work.limit(self.label, columns, table, upper, price, self.price_source, share)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the agents at every minute at which there are some."""
        grid = schedule.grid
        total, known = at_work(schedule, self.chosen(grid))
        days = grid.days - grid.history_days
        inside = window_minutes(self.hours)
        counts = np.concatenate(
            [inside & judged for judged in self.judged(grid)[grid.history_days :]]
            + [np.zeros(MINUTES_PER_DAY, dtype=np.bool_)]
        )
        if grid.history_days == 0:
            counts[:MINUTES_PER_DAY] &= ~_late_minutes(grid)
        alone = counts & (total > known) & (total < self.count)
        for span, missing in spells(np.where(alone, self.count - total, 0)):
            planned = min(span.start // MINUTES_PER_DAY, days - 1)
            hours = Span(*(edge - planned * MINUTES_PER_DAY for edge in span))
            text = f"{hours}: {total[span.start]} at work, at least {self.count}"
            amount = Fraction(missing * span.minutes, 60)
            yield Violation(amount, None, grid.history_days + planned, text)


def _late_minutes(grid: RosterGrid) -> NDArray[np.bool_]:
    """Return the minutes of a day at which a shift of the day before can run."""
    late = np.zeros(MINUTES_PER_DAY, dtype=np.bool_)
    for span in (span for shift in grid.shifts for span in shift.hours_at_work):
        late[max(0, span.start - MINUTES_PER_DAY) : max(0, span.end - MINUTES_PER_DAY)] = True
    return late

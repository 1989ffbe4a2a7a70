"""What agents do on the same days: together, apart, how many of a group at most."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from csshift.model.entity import Exact
from csshift.program import ABSENT
from csshift.rules.base import Count, Rule, Scope, Selector, ShiftWords, Violation, register, texts
from csshift.rules.grid import OFF, RosterGrid, Schedule
from csshift.rules.work import WorkColumns

Share = Annotated[Exact, Field(ge=0, le=1, decimal_places=3)]


class _DailyRule(Rule):
    """A rule on what several agents do on one day."""

    collective: ClassVar[bool] = True

    scope: ClassVar[Scope] = "days"

    def _planned(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return the planned days on which the rule holds."""
        days = np.arange(grid.history_days, grid.days)
        return days[self.judged(grid)[days]]


@register
class Together(_DailyRule):
    """The agents work the same shift on each day, or are all off.

    Each pair of them is compared, on days on which a shift is offered to both.

    Amount of violation: each pair and day on which they differ counts 1.

    Parameters
    ----------
    by : {"shift", "day"}
        Whether the shift is to be the same, or only the days on which they work.
    """

    titles = texts(en="Together", zh="同班")
    sentences = texts(en="They work together, by {by}.", zh="同进同出（按 {by}）。")
    examples = (
        ("Two who share a car work the same shifts", 'agents = { ids = ["A01", "A02"] }'),
        ("The same days off", 'by = "day", agents = { teams = ["pair 1"] }'),
    )

    needs_presence = True

    kind: Literal["together"] = "together"
    by: Literal["shift", "day"] = "shift"

    def rows(self, work: WorkColumns) -> None:
        """No column of one of a pair without that of the other; a day that differs is paid once."""
        grid, days = work.grid, self._planned(work.grid)
        for one, two in combinations(self.chosen(grid).tolist(), 2):
            both = days[grid.workable[one, days] & grid.workable[two, days]]
            cells = work.day[:, :, None] if self.by == "day" else work.shift
            parts = [cells[agent, both] for agent in (one, two)]
            width = cells.shape[2]
            # One works this shift, and the other one does not.
            blocks = [
                np.column_stack([own[:, entry], other[:, entry]])
                for own, other in (parts, parts[::-1])
                for entry in range(width)
            ]
            columns = np.vstack(blocks) if blocks else np.empty((0, 2), dtype=np.int64)
            signs = np.broadcast_to([1, -1], columns.shape)
            share = np.tile(np.arange(both.size), len(blocks))
            price = None if self.hard else self.weight
            upper = np.zeros(len(columns), dtype=np.int64)
            work.limit(self.label, columns, signs, upper, price, self.price_source, share)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Compare every pair on every day."""
        grid = schedule.grid
        for one, two in combinations(self.chosen(grid).tolist(), 2):
            for day in self._planned(grid).tolist():
                if not (grid.offered[one, day].any() and grid.offered[two, day].any()):
                    continue
                first, second = (int(schedule.shift[agent, day]) for agent in (one, two))
                if (first == OFF) != (second == OFF) or (self.by == "shift" and first != second):
                    names = [grid.agents[agent].agent_id for agent in (one, two)]
                    text = f"{' and '.join(names)} are not together"
                    yield Violation(Fraction(1), one, day, text)


@register
class Apart(_DailyRule):
    """At most `count` of the agents work on the same shift, or on the same day.

    Amount of violation: for each shift or day, the agents in excess.

    Parameters
    ----------
    by : {"shift", "day"}
        Whether each shift of a day counts by itself, or the day as a whole.
    count : int
        Agents that may work together.
    shifts : tuple of str or None
        Codes, or other words of the shifts that count; left out: all.
    """

    titles = texts(en="Apart", zh="错班")
    sentences = texts(
        en="At most {count:agent} together on {shifts}, by {by}.",
        zh="{shifts} 同时不超过 {count} 人（按 {by}）。",
    )
    examples = (
        ("Two who must not share a shift", 'agents = { ids = ["A01", "A02"] }'),
        ("Never both on one day", 'by = "day", agents = { ids = ["A01", "A02"] }'),
        (
            "At most two new people a night",
            'count = 2, shifts = ["tag:night"], agents = { tags = ["new"] }',
        ),
    )

    kind: Literal["apart"] = "apart"
    by: Literal["shift", "day"] = "shift"
    count: Count = 1
    shifts: ShiftWords | None = None

    def _groups(self, grid: RosterGrid) -> list[NDArray[np.int64]]:
        shifts = grid.shifts_of(self.shifts)
        return [shifts] if self.by == "day" else [shifts[i : i + 1] for i in range(shifts.size)]

    def rows(self, work: WorkColumns) -> None:
        """Count the agents of each day, by shift or in all."""
        agents, days = self.chosen(work.grid), self._planned(work.grid)
        for shifts in self._groups(work.grid):
            cells = work.shift[np.ix_(agents, days, shifts)].transpose(1, 0, 2)
            columns = cells.reshape(days.size, agents.size * shifts.size)
            self.at_most(work, columns, 1, self.count)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the agents of each day, by shift or in all."""
        grid = schedule.grid
        agents = self.chosen(grid)
        for shifts in self._groups(grid):
            for day in self._planned(grid).tolist():
                found = agents[np.isin(schedule.shift[agents, day], shifts)]
                if found.size > self.count:
                    names = ", ".join(grid.agents[i].agent_id for i in found)
                    where = f" on {grid.shifts[shifts[0]].code}" if self.by == "shift" else ""
                    text = f"{names} together{where}, at most {self.count}"
                    yield Violation(Fraction(int(found.size) - self.count), None, day, text)


@register
class GroupLimit(_DailyRule):
    """At most `count`, or a `share`, of the agents are off, on leave or at work on a day.

    A share is of those employed on the day, rounded down to whole agents. Leave is given: where too
    many are on leave, a hard rule leaves no roster, and a soft one costs in every roster alike.

    Amount of violation: for each day, the agents in excess.

    Parameters
    ----------
    count : int or None
        Agents.
    share : Decimal or None
        Share of the agents employed, in place of a count.
    of : {"off", "leave", "work"}
        What they are: not at work for any reason, on leave all day, or at work.
    """

    titles = texts(en="Limit for a group", zh="同组人数上限")
    sentences = texts(
        en="At most {count} agents, or a share of {share}, on a day: {of}.",
        zh="每天（{of}）不超过 {count} 人或比例 {share}。",
    )
    examples = (
        ("At most one absent a day", 'count = 1, of = "off", agents = { teams = ["night"] }'),
        ("At most a fifth on leave", 'share = 0.2, of = "leave"'),
        (
            "Leave freeze in a promotion",
            'count = 0, of = "leave", valid = { spans = ["double-11"] }',
        ),
    )

    kind: Literal["group-limit"] = "group-limit"
    count: Count | None = None
    share: Share | None = None
    of: Literal["off", "leave", "work"] = "off"

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.count is None) == (self.share is None):
            raise ValueError("count: give either count or share, and only one of them")
        return self

    def statement(self, lang: str = "en") -> str:
        """Return what the rule requires."""
        zh = lang == "zh"
        words = {
            "off": ("off", "休息"),
            "leave": ("on leave", "请假"),
            "work": ("at work", "上班"),
        }[self.of][zh]
        many = f"{self.count}" if self.share is None else f"{100 * self.share:g} %"
        agents = "" if self.share is not None else (" 人" if zh else " agents")
        return (
            f"每天{words}不超过 {many}{agents}。"
            if zh
            else f"At most {many}{agents} {words} a day."
        )

    def _limits(self, grid: RosterGrid, agents: NDArray[np.int64], day: int) -> tuple[int, int]:
        """Return how many may be, and how many are employed."""
        employed = int(grid.employed[agents, day].sum())
        if self.share is not None:
            return int(Fraction(self.share) * employed), employed
        return self.count or 0, employed

    def rows(self, work: WorkColumns) -> None:
        """Enough are at work, or not too many are; excess of leave is a constant."""
        grid = work.grid
        agents = self.chosen(grid)
        for day in self._planned(grid).tolist():
            most, employed = self._limits(grid, agents, day)
            columns = work.day[agents, day][None]
            if self.of == "work":
                self.at_most(work, columns, 1, most)
            elif self.of == "off":
                self.at_least(work, columns, 1, employed - most)
            else:
                away = int((grid.employed & ~grid.available)[agents, day].sum())
                self.at_least(work, np.full((1, 1), ABSENT), 1, away - most)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the agents of each day."""
        grid = schedule.grid
        agents = self.chosen(grid)
        for day in self._planned(grid).tolist():
            most, employed = self._limits(grid, agents, day)
            away = [
                i for i in agents.tolist() if grid.employed[i, day] and not grid.available[i, day]
            ]
            working = int((schedule.shift[agents, day] != OFF).sum())
            found = {"off": employed - working, "leave": len(away), "work": working}[self.of]
            if found > most:
                names = f": {', '.join(grid.agents[i].agent_id for i in away)}" if away else ""
                what = {"off": "off", "leave": "on leave", "work": "at work"}[self.of]
                leave = f" ({len(away)} on leave{names})" if names and self.of != "work" else ""
                text = f"{found} of {employed} {what}, at most {most}{leave}"
                yield Violation(Fraction(found - most), None, day, text)


@register
class MaxShare(_DailyRule):
    """Of those at work, at most a `share` are agents of `of`, by shift or by day.

    Amount of violation: for each shift or day, the agents in excess of the share.

    Parameters
    ----------
    of : Selector
        Whose share is limited, among the agents of the rule.
    share : Decimal
        Share of those at work.
    by : {"shift", "day"}
        Whether each shift of a day counts by itself, or the day as a whole.
    shifts : tuple of str or None
        Codes, or other words of the shifts that count; left out: all.
    """

    titles = texts(en="Maximum share", zh="比例上限")
    sentences = texts(
        en="At most a share of {share} of those on {shifts} are of {of}, by {by}.",
        zh="{shifts} 上岗人员中 {of} 的比例不超过 {share}（按 {by}）。",
    )
    examples = (
        (
            "At most 30 % of a post held by interns",
            'share = 0.3, of = { tags = ["intern"] }, agents = { skills = ["after-sale"] }',
        ),
    )

    kind: Literal["max-share"] = "max-share"
    of: Selector
    share: Share
    by: Literal["shift", "day"] = "shift"
    shifts: ShiftWords | None = None

    def _groups(self, grid: RosterGrid) -> list[NDArray[np.int64]]:
        shifts = grid.shifts_of(self.shifts)
        return [shifts] if self.by == "day" else [shifts[i : i + 1] for i in range(shifts.size)]

    def rows(self, work: WorkColumns) -> None:
        """Those of the group, less their share of all, on each day."""
        agents, days = self.chosen(work.grid), self._planned(work.grid)
        share = Fraction(self.share)
        own = np.array([self.of.matches(work.grid.agents[i]) for i in agents], dtype=np.int64)
        each = own * share.denominator - share.numerator
        price = None if self.hard else self.weight / share.denominator
        for shifts in self._groups(work.grid):
            cells = work.shift[np.ix_(agents, days, shifts)].transpose(1, 0, 2)
            columns = cells.reshape(days.size, agents.size * shifts.size)
            values = np.broadcast_to(np.repeat(each, shifts.size), columns.shape)
            upper = np.zeros(days.size, dtype=np.int64)
            work.limit(self.label, columns, values, upper, price, self.price_source)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Count the group and all, by shift or in all."""
        grid = schedule.grid
        agents = self.chosen(grid).tolist()
        for shifts in self._groups(grid):
            for day in self._planned(grid).tolist():
                there = [i for i in agents if schedule.shift[i, day] in shifts.tolist()]
                some = [i for i in there if self.of.matches(grid.agents[i])]
                excess = len(some) - Fraction(self.share) * len(there)
                if excess > 0:
                    names = ", ".join(grid.agents[i].agent_id for i in some)
                    where = f" on {grid.shifts[shifts[0]].code}" if self.by == "shift" else ""
                    text = f"{len(some)} of {len(there)}{where} ({names}), at most {self.share:f}"
                    yield Violation(excess, None, day, text)

"""Fair shares of nights, weekends, hours and other things that people count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as Date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from csshift.model.entity import Entity
from csshift.model.weekdays import SomeWeekdays
from csshift.program import ABSENT
from csshift.rules.base import (
    Rule,
    Scope,
    Severity,
    ShiftWords,
    Violation,
    register,
    texts,
)
from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.selector import on_weekdays
from csshift.rules.shares import (
    PARTS,
    Counted,
    Line,
    Shares,
    is_early,
    is_late,
    is_night,
    known_shifts,
    most_planned,
    past_shifts,
    planned_counts,
    scaled_levels,
    share_columns,
    shares,
)
from csshift.rules.work import WorkColumns

Measure: TypeAlias = Literal[
    "shifts", "hours", "nights", "late", "early", "weekends", "holidays", "points", "wishes"
]

DAY_MINUTES = 480
"""Paid minutes that count as one where hours are shared."""

HOLIDAYS = "holidays"
"""Span of dates whose days `of = "holidays"` counts."""

TENTHS = 10
HIGHEST = 12
"""Doublings of the price of what the worst off has; from there on it stays."""

FARTHEST = 20
"""Units by which somebody may be behind before others' prices stop to rise with it."""

NOUNS: dict[str, tuple[str, str]] = {
    "shifts": ("shifts", "班"),
    "hours": ("h", "小时"),
    "nights": ("nights", "夜班"),
    "late": ("late shifts", "晚班"),
    "early": ("early shifts", "早班"),
    "weekends": ("weekends", "周末"),
    "holidays": ("holidays", "节假日"),
    "points": ("points", "分"),
    "wishes": ("refused wishes", "被拒休假愿望"),
}


class Points(Entity):
    """What an unpopular shift counts.

    Parameters
    ----------
    points : int
        Points of each such shift; those of several entries add up.
    shifts : tuple of str or None
        Codes, or other words of shifts; left out: every shift.
    weekdays : tuple of str or None
        Weekdays on which it counts; left out: all.
    """

    points: Annotated[int, Field(ge=1, le=1000)]
    shifts: ShiftWords | None = None
    weekdays: SomeWeekdays | None = None


@register
class Fair(Rule):
    """Everybody has as much `of` something as can be expected of him or her.

    Expected is a share in proportion to contract hours and to the days on which one could do it;
    what the history and carried balances say one did too much or too little is made up for.
    Nobody makes up for days before the first day of employment or on leave. A night works two hours
    or more between 00:00 and 06:00; a late shift ends at 21:00 or later, an early one starts before
    08:00, and neither is a night. Balances are carried
    under the name, else the id of the rule, else under `of`.

    Amount of violation: by ``convex``, each further one costs one more, for half the
    expectation twice as much; by ``worst``, each costs twice the one before, so that whoever
    has most counts first; by ``range``, the most less the least that anybody has, as far as it
    exceeds `within`. The first two price all that anybody has, above what the one with least is
    given first, and therefore are soft.

    Parameters
    ----------
    of : str
        ``shifts``, ``hours`` (8 paid hours count as one), ``nights``, ``late``, ``early``,
        ``weekends``, ``holidays`` (days of the span ``holidays``), ``points``, or ``wishes`` (days
        wished off and worked).
    by : {"convex", "worst", "range"}
        What unequal shares cost.
    within : Decimal
        Difference that is allowed by ``range``.
    shifts : tuple of str or None
        Codes, or other words of the shifts that count, in place of those above.
    points : tuple of Points or None
        Tables of ``points``, ``shifts`` and ``weekdays``.
    since : date or None
        First day of the history that counts; left out: all that is known.
    """

    titles = texts(en="Fair shares", zh="公平分配")
    sentences = texts(
        en="Fair shares of {of} ({shifts}), by {by}.", zh="公平分配{of}（{shifts}，按 {by}）。"
    )
    scope: ClassVar[Scope] = "days"
    collective: ClassVar[bool] = True
    examples = (
        ("Nights in equal shares", 'of = "nights", severity = 5'),
        ("Weekends since the new year", 'of = "weekends", severity = 5, since = 2026-01-01'),
        (
            "Nobody has two nights more than another",
            'of = "nights", by = "range", severity = "hard"',
        ),
        (
            "Unpopular hours by points",
            'of = "points", points = [{ points = 3, shifts = ["tag:night"] }], severity = 2',
        ),
    )

    kind: Literal["fair"] = "fair"
    severity: Severity = Decimal(1)
    of: Measure = "shifts"
    by: Literal["convex", "worst", "range"] = "convex"
    within: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=1)] = Decimal(1)
    shifts: ShiftWords | None = None
    points: tuple[Points, ...] | None = None
    since: Date | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if (self.hard or self.only_reports) and self.by != "range":
            raise ValueError(
                'severity: shares are never quite equal; write a weight, or by = "range" and within'
            )
        if (self.of == "points") != bool(self.points):
            raise ValueError(
                'points: of = "points" needs a list of points, and nothing else has one'
            )
        return self

    @property
    def label(self) -> str:
        """What the rule is called: its name, else its id, else what it shares."""
        return self.name or self.id or f"{self.kind} {self.of}"

    @property
    def what(self) -> str:
        """The name under which balances are carried."""
        return self.name or self.id or self.of

    def shift_words(self) -> tuple[str, ...]:
        """Return the words of shifts, those of points included."""
        listed = [words.shifts or () for words in self.points or ()]
        return tuple(
            dict.fromkeys(word for words in (self.shifts or (), *listed) for word in words)
        )

    def span_words(self) -> dict[str, tuple[str, ...]]:
        """Return the spans that the rule uses, the holidays included."""
        found = super().span_words()
        return found | {"of": (HOLIDAYS,)} if self.of == "holidays" else found

    def counted(self, grid: RosterGrid) -> Counted:
        """Return what counts on each day, and on which occasions."""
        adds, size = self._adds(grid)
        adds = np.where(self.judged(grid)[:, None], adds, 0)
        days: tuple[tuple[int, ...], ...] = tuple((day,) for day in range(grid.days))
        if self.of == "weekends":
            pairs = grid.weekends(past=True)
            days = tuple(tuple(day for day in pair if day is not None) for pair in pairs)
        elif self.of == "holidays" and HOLIDAYS in grid.spans:
            inside = [date in grid.spans[HOLIDAYS] for date in grid.dates]
            adds = np.where(np.array(inside)[:, None], adds, 0)
        cells = None
        if self.of == "wishes":
            cells = np.zeros((len(grid.agents), grid.days), dtype=np.bool_)
            cells |= False if grid.wished_off is None else grid.wished_off
        unit = 60 if self.of == "hours" else 1
        return Counted(grid, adds, size, unit, cells, days)

    def _adds(self, grid: RosterGrid) -> tuple[NDArray[np.int64], int]:
        """Return what each entry adds on each day, and what counts as one."""
        adds = np.zeros((grid.days, len(grid.shifts) + 2), dtype=np.int64)
        if self.of == "points":
            size = 1
            for entry in self.points or ():
                days = np.array([on_weekdays(date, entry.weekdays) for date in grid.dates])
                adds[:, :-2] += entry.points * days[:, None] * grid.flags(entry.shifts)
        elif self.of == "hours":
            adds[:, :-2], size = grid.paid_minutes * self._flags(grid), DAY_MINUTES
        else:
            adds[:, :-2], size = self._flags(grid), 1
            adds[:, -2] = self.shifts is None and self.of not in ("nights", "late", "early")
        return adds, size

    def _flags(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return 1 for each shift that counts."""
        if self.shifts is not None or self.of not in ("nights", "late", "early"):
            return grid.flags(self.shifts)
        chosen = {"nights": is_night, "late": is_late, "early": is_early}[self.of]
        return np.array([chosen(shift) for shift in grid.shifts], dtype=np.int64)

    def shares_of(self, grid: RosterGrid, past: NDArray[np.int64]) -> tuple[Counted, Shares]:
        """Return what is counted, and what each is expected to do after a history."""
        counted = self.counted(grid)
        return counted, shares(counted, self.chosen(grid), past, self.what, self.since)

    def rows(self, work: WorkColumns) -> None:
        """Price what each has, or the distance of the most from the least."""
        counted, found = self.shares_of(work.grid, known_shifts(work))
        columns, values = share_columns(
            work, counted, found.agents, self.label, exact=self.by == "range"
        )
        most = most_planned(counted, found.agents)
        if self.by == "range":
            self._range_rows(work, counted, found, (columns, values, most))
            return
        width, prices = self._prices(counted, found, int(most.max(initial=0)))
        if not prices.size:
            return
        starts = np.arange(prices.shape[1]) * width * counted.step
        used = (starts < most[:, None]) & (prices > 0)
        free = width * (prices == 0).sum(axis=1)
        slack = np.full(prices.shape, ABSENT, dtype=np.int64)
        agent = np.broadcast_to(found.agents[:, None], prices.shape)
        slack[used] = work.builder.columns(
            int(used.sum()),
            family=self.label,
            upper=width,
            cost=prices[used],
            unit=self.weight / (TENTHS * width),
            source=self.price_source,
            agent=agent[used],
        )
        keep = used.any(axis=1)
        coefficients = np.column_stack([values // counted.step, np.full(slack.shape, -1)])
        work.builder.rows(
            np.column_stack([columns, slack])[keep],
            coefficients[keep],
            family=self.label,
            upper=free[keep],
        )

    def _prices(self, counted: Counted, found: Shares, most: int) -> tuple[int, NDArray[np.int64]]:
        """Return how many steps have one price, and the prices in tenths, (members, segments)."""
        step, size = counted.step, counted.size
        width = max(1, size // step, -(-most // (step * 512)))
        if self.of == "points":
            width = max(1, -(-most // (step * 64)))
            size = max(1, width * step)
        segments = -(-most // (step * width))
        if not segments or not found.agents.size:
            return width, np.zeros((found.agents.size, 0), dtype=np.int64)
        # Levels in the middle of each segment, in tenths of one.
        middle = PARTS * (2 * np.arange(segments) + 1) * width * step + 2 * found.balance[:, None]
        levels = TENTHS * middle // (2 * found.expected[:, None] * size)
        least = int(levels[found.there, 0].min()) if found.there.any() else 0
        levels = np.maximum(levels - max(least, -FARTHEST * TENTHS), 0)
        if self.by == "worst":
            powers = np.exp2(np.minimum(levels, HIGHEST * TENTHS) / TENTHS) - 1
            # Beyond the highest one the price rises by one, so that equal people stay equal.
            levels = np.rint(TENTHS * powers).astype(np.int64) + np.maximum(
                levels - HIGHEST * TENTHS, 0
            )
        return width, levels

    def _range_rows(
        self,
        work: WorkColumns,
        counted: Counted,
        found: Shares,
        sums: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    ) -> None:
        """No level above the highest or below the lowest one, which may differ by `within`."""
        columns, values, most = (part[found.there] for part in sums)
        if len(columns) < 2:
            return
        scale, start, within = scaled_levels(counted, found, float(self.within))
        most = start + scale * most
        builder, top = work.builder, int(most.max())
        high, low = builder.columns(2, family=self.label, upper=top).tolist()
        scaled = scale[:, None] * values
        ends = np.full((len(columns), 1), high), np.full((len(columns), 1), low)
        minus = np.full((len(columns), 1), -1)
        builder.rows(
            np.column_stack([columns, ends[0]]),
            np.column_stack([scaled, minus]),
            family=self.label,
            upper=-start,
        )
        builder.rows(
            np.column_stack([columns, ends[1]]),
            np.column_stack([scaled, minus]),
            family=self.label,
            lower=-start,
        )
        gap, signs = [high, low], [1, -1]
        if not self.hard:
            gap += builder.columns(
                1,
                family=self.label,
                upper=max(0, top - within) or 1,
                cost=1,
                unit=self.weight / PARTS,
                source=self.price_source,
            ).tolist()
            signs += [-1]
        builder.rows([gap], [signs], family=self.label, upper=within)

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Add up what each has."""
        grid = schedule.grid
        past = past_shifts(schedule)
        counted, found = self.shares_of(grid, past)
        counts = planned_counts(counted, schedule.shift, past)[found.agents]
        days = np.flatnonzero(counted.adds.any(axis=1))
        last = max(int(days.max(initial=grid.history_days)), grid.history_days)
        if self.by == "range":
            yield from self._range_broken(counted, found, counts, last)
            return
        most = most_planned(counted, found.agents)
        width, prices = self._prices(counted, found, int(most.max(initial=0)))
        lines = self.lines(schedule)
        for place, count in enumerate(counts.tolist()):
            steps = count // counted.step
            inside = np.clip(steps - width * np.arange(prices.shape[1]), 0, width)
            tenths = int((inside * prices[place]).sum())
            if tenths:
                amount = Fraction(tenths, TENTHS * width)
                yield Violation(amount, int(found.agents[place]), last, self._unequal(lines, place))

    def _range_broken(
        self, counted: Counted, found: Shares, counts: NDArray[np.int64], last: int
    ) -> Iterator[Violation]:
        counts = counts[found.there]
        if counts.size < 2:
            return
        scale, start, within = scaled_levels(counted, found, float(self.within))
        levels = start + scale * counts
        excess = int(levels.max() - levels.min()) - within
        if excess > 0:
            most, least = int(counts[levels.argmax()]), int(counts[levels.argmin()])
            unit = 60 if self.of == "hours" else 1
            text = f"{NOUNS[self.of][0]}: {least / unit:g} and {most / unit:g}"
            who = [
                counted.grid.agents[found.agents[found.there][place]].agent_id
                for place in (levels.argmin(), levels.argmax())
            ]
            text += (
                f" for {who[0]} and {who[1]}, balances included no more than {self.within:f} apart"
            )
            yield Violation(Fraction(excess, PARTS), None, last, text)

    def lines(self, schedule: Schedule) -> list[Line]:
        """Return what each agent has, and what would be fair, in the unit that people read."""
        grid, past = schedule.grid, past_shifts(schedule)
        counted, found = self.shares_of(grid, past)
        counts = planned_counts(counted, schedule.shift, past)[found.agents]
        unit = 60 if self.of == "hours" else 1
        expected = int(found.expected[found.there].sum())
        level = Fraction(
            PARTS * int(counts.sum()) + int(found.balance[found.there].sum()), max(expected, 1)
        )
        return [
            Line(
                int(agent),
                Fraction(int(counts[i]), unit),
                Fraction(int(found.done[i]), unit),
                (level * int(found.expected[i]) - int(found.balance[i])) / (PARTS * unit)
                if found.there[i]
                else Fraction(0),
            )
            for i, agent in enumerate(found.agents.tolist())
        ]

    def slack_of_line(self, counted_size: int = 1) -> Fraction:
        """Return how far from fair nobody would notice, in the unit that people read."""
        return Fraction(DAY_MINUTES, 60) if self.of == "hours" else Fraction(counted_size)

    def _unequal(self, lines: list[Line], place: int) -> str:
        """Return the words for an agent who has more than is fair; empty for all others."""
        line = lines[place]
        if line.count - line.fair <= self.slack_of_line():
            return ""
        text = f"{float(line.count):g} {NOUNS[self.of][0]}, {float(line.fair):.3g} would be fair"
        return (
            f"{text} ({float(line.count + line.done):g} with those before)" if line.done else text
        )

    def summary(self, schedule: Schedule, lang: str = "en") -> str:
        """Return how much everybody has, such as ``nights: 2 to 3 each; A07 has 4``."""
        lines = [line for line in self.lines(schedule) if line.fair or line.count]
        if not lines:
            return ""
        zh, slack = lang == "zh", self.slack_of_line()
        since = self.shares_of(schedule.grid, past_shifts(schedule))[1].since
        apart = [line for line in lines if abs(line.count - line.fair) > slack]
        if 2 * len(apart) > len(lines):
            apart = []  # of so many, the extent says more than names
        usual = [line.count for line in lines if line not in apart]
        low, high = float(min(usual)), float(max(usual))
        extent = f"{low:g}" if low == high else f"{low:g} {'至' if zh else 'to'} {high:g}"
        noun = "工时" if zh else "hours"
        label = self.name or self.id or (noun if self.of == "hours" else NOUNS[self.of][zh])
        text = f"{label}：每人 {extent}" if zh else f"{label}: {extent} each"
        others = []
        for line in apart:
            agent = schedule.grid.agents[line.agent]
            own = f"{agent.name or agent.agent_id} {'' if zh else 'has '}{float(line.count):g}"
            if line.done:
                total = float(line.count + line.done)
                before = f"since {since}" if since else "with those before"
                earlier = f"{since} 起" if since else "含此前"
                own += f"（{earlier}共 {total:g}）" if zh else f" ({total:g} {before})"
            others.append(own)
        more = (
            [f"{len(others) - 5} 人" if zh else f"{len(others) - 5} others"]
            if len(others) > 5
            else []
        )
        return ("；" if zh else "; ").join([text, *others[:5], *more])

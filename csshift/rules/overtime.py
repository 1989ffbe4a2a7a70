"""Overtime: beyond the workdays of a period, as labour law counts it, and in tiers with a cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from csshift.model.entity import Entity, Weight
from csshift.model.horizon import Period
from csshift.model.people import Hours
from csshift.rules.base import Severity, period_text, register, texts
from csshift.rules.grid import RosterGrid
from csshift.rules.hours import LONGEST, PeriodRule
from csshift.rules.tally import Sense, Tallied, Tally

MOST_TIERS = 100
WORKDAYS = "workdays"
SATURDAY = 5


def workdays(grid: RosterGrid) -> NDArray[np.bool_]:
    """Return which days are workdays: those of the span of this name, else Monday to Friday."""
    span = grid.spans.get(WORKDAYS)
    return np.array(
        [date.weekday() < SATURDAY if span is None else date in span for date in grid.dates],
        dtype=np.bool_,
    )


@register
class MaxOvertime(PeriodRule):
    """At most `hours` of overtime in each period.

    Overtime are the paid hours beyond `daily` for each workday, leave left out: those of the
    span ``workdays``, which a calendar brings, else Monday to Friday. With `standard_days` the
    period has that many workdays, whatever the calendar says. Of a period, the days that are
    known count.

    Amount of violation: the hours in excess.

    Parameters
    ----------
    hours : Decimal
        Hours of overtime that are allowed.
    daily : Decimal
        Paid hours of a workday.
    standard_days : Decimal or None
        Workdays of a period, such as 62 of a quarter, in place of the calendar's; in proportion
        to the days that are known and not on leave.
    """

    titles = texts(en="Maximum overtime", zh="加班上限")
    sentences = texts(
        en="At most {hours} h of overtime {per}, beyond {daily} h a workday.",
        zh="{per}加班不超过 {hours} 小时（每个工作日 {daily} 小时以外）。",
    )
    sense: ClassVar[Sense] = "at most"
    examples = (
        ("36 h of overtime a month", 'hours = 36, per = "month"'),
        (
            "Comprehensive hours by quarter",
            'hours = 108, per = "quarter", standard_days = 62',
        ),
    )

    kind: Literal["max-overtime"] = "max-overtime"
    hours: Hours
    daily: Hours = Decimal(8)
    standard_days: Hours | None = None
    per: Period = "month"

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Sum the paid minutes of each period, over those of its workdays."""
        open_days, allowed = workdays(grid), Fraction(self.hours) * 60
        each = Fraction(self.daily) * 60
        for days, _ in self.periods(grid, self.per, self.week_start):
            there = grid.available[:, days]
            if self.standard_days is None:
                due = there[:, open_days[days]].sum(axis=1)
                limit = due * int(each) + int(allowed)
            else:
                length = len(days) if self.per not in LONGEST else self._length(grid, days[0])
                minutes = Fraction(self.standard_days) * each / length
                limit = (there.sum(axis=1) * minutes.numerator) // minutes.denominator
                limit = limit + int(allowed)
            yield Tally(
                days, "at most", limit, self._text, shifts=grid.paid_minutes, unit=Fraction(1, 60)
            )

    def _length(self, grid: RosterGrid, day: int) -> int:
        """Return how many days the period of a day has, known or not."""
        date = grid.dates[day]
        if self.per in ("day", "week"):
            return LONGEST[self.per]
        months = {"month": 1, "quarter": 3, "year": 12}[self.per]
        first = date.replace(month=(date.month - 1) // months * months + 1, day=1)
        month = first.month - 1 + months
        last = first.replace(year=first.year + month // 12, month=month % 12 + 1)
        return (last - first).days

    def _text(self, found: Tallied) -> str:
        hours = float(found.total) - float(found.limit) + float(self.hours)
        return f"{hours:g} h of overtime {period_text(self.per)}, at most {float(self.hours):g}"


class Tier(Entity):
    """Paid hours above a limit, and what one of them costs.

    Parameters
    ----------
    above : Decimal
        Paid hours in the period, above which the cost applies.
    cost : Decimal
        Points for an hour, such as 1.5 for 150 %; up to the next tier.
    """

    above: Hours
    cost: Annotated[Weight, Field(gt=0)]


@register
class Overtime(PeriodRule):
    """Paid hours above the limits of `tiers` cost the rates of the tiers.

    Of a period, the days that are known count; what the history has used up is settled. The
    severity is a weight, by which the costs are multiplied. With `per = "day"`, `valid` or
    `weekdays`, rates differ between working days, rest days and holidays.

    Amount of violation: for each tier the hours above its limit, times what its cost exceeds
    that of the tier before.

    Parameters
    ----------
    tiers : tuple of Tier
        Tables of ``above`` and ``cost``, both rising.
    """

    titles = texts(en="Overtime in tiers", zh="分级加班费")
    sentences = texts(en="Overtime {per} costs {tiers}.", zh="{per}加班成本：{tiers}。")
    sense = "at most"
    examples = (
        (
            "150 % above 8 h on working days",
            'per = "day", tiers = [{ above = 8, cost = 1.5 }], valid = { spans = ["workdays"] }',
        ),
        (
            "200 % on rest days",
            'per = "day", tiers = [{ above = 0, cost = 2 }], weekdays = ["saturday", "sunday"]',
        ),
        (
            "More expensive above 48 h",
            "tiers = [{ above = 40, cost = 1.5 }, { above = 48, cost = 2 }]",
        ),
    )

    kind: Literal["overtime"] = "overtime"
    severity: Severity = Decimal(1)
    tiers: tuple[Tier, ...]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.hard:
            raise ValueError("severity: overtime is paid, not forbidden; write a weight such as 1")
        if not 1 <= len(self.tiers) <= MOST_TIERS:
            raise ValueError(
                f"tiers: a list of 1 to {MOST_TIERS} tiers is needed; give one for each rate"
            )
        for first, second in pairwise(self.tiers):
            if second.above <= first.above or second.cost <= first.cost:
                raise ValueError("tiers: above and cost do not rise from tier to tier; sort them")
        return self

    def tallies(self, grid: RosterGrid) -> Iterator[Tally]:
        """Sum the paid minutes above each limit, at the rate that the tier adds."""
        for days, _ in self.periods(grid, self.per, self.week_start):
            before = Fraction(0)
            for tier in self.tiers:
                unit = (Fraction(tier.cost) - before) / 60
                before = Fraction(tier.cost)
                minutes = int(Fraction(tier.above) * 60)
                text = f"above {tier.above:f} h {period_text(self.per)}"
                yield Tally(days, "at most", minutes, _paid(text), grid.paid_minutes, unit=unit)


def _paid(text: str) -> Callable[[Tallied], str]:
    return lambda found: f"{float(Fraction(found.sum - found.bound, 60)):g} h {text}"

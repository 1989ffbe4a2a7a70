"""Overtime as labour law counts it: hours beyond those of the workdays of a period."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from csshift.model.horizon import Period
from csshift.model.people import Hours
from csshift.rules.base import period_text, register, texts
from csshift.rules.grid import RosterGrid
from csshift.rules.hours import LONGEST, PeriodRule
from csshift.rules.tally import Sense, Tallied, Tally

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

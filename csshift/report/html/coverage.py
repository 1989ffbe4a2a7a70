"""Coverage as the page shows it: one small chart for each day and skill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from csshift.instance import Instance
from csshift.model.entity import clock
from csshift.model.roster import CoverageCell
from csshift.report.shown import coverage_dates, heads_by_slot
from csshift.report.wording import Words, number

HEIGHT = 100
"""Units of a chart from its floor to its top."""

Series: TypeAlias = NDArray[np.float64]
"""Heads, shape (days, intervals shown)."""


class DayChart(NamedTuple):
    """One day of one skill; the texts are paths of SVG, the hours are head-hours."""

    position: int
    date: Date
    weekday: str
    label: str
    missing: str
    supplied: str
    required: str
    shortage: str


class SkillChart(NamedTuple):
    """One skill: its head-hours and a chart for each day.

    Parameters
    ----------
    skill, name : str
        As the problem calls it, and as people read it.
    required, supplied, shortage, percent : str
        Head-hours; the shortage in percent of those required.
    bar : float
        Width of the bar that shows the percentage, 0 to 100.
    top : str
        Heads at the top of the charts.
    days : tuple of DayChart
    values : dict of str to nested list
        Heads required, supplied and short, each of shape (days, intervals shown).
    """

    skill: str
    name: str
    required: str
    supplied: str
    shortage: str
    percent: str
    bar: float
    top: str
    days: tuple[DayChart, ...]
    values: dict[str, list[list[float]]]


class CoverageView:
    """Coverage by day and skill, all stores together.

    Parameters
    ----------
    instance : Instance
    coverage : sequence of CoverageCell
    words : Words
    """

    def __init__(self, instance: Instance, coverage: Sequence[CoverageCell], words: Words) -> None:
        self.instance = instance
        self.words = words
        minutes = instance.horizon.interval_minutes
        starts = [cell.start // minutes for cell in coverage]
        self.first = min(starts, default=0)
        self.last = max(starts, default=instance.horizon.intervals_per_day - 1) + 1
        shown = slice(self.first, self.last)
        self.dates = coverage_dates(instance, coverage)
        heads = heads_by_slot(instance, coverage, self.dates)
        self._heads = {skill: found[:, :, shown] for skill, found in heads.items()}

    @property
    def intervals(self) -> int:
        """Number of intervals that each chart shows."""
        return self.last - self.first

    @property
    def ticks(self) -> tuple[str, str, str]:
        """Times of day at the left end, the middle and the right end of a chart."""
        minutes = self.instance.horizon.interval_minutes
        middle = self.first + self.intervals // 2
        return tuple(clock(i * minutes) for i in (self.first, middle, self.last))  # type: ignore[return-value]

    def skills(self) -> list[SkillChart]:
        """Return the charts of each skill that is required, largest shortage first."""
        charts = [(float(heads[2].sum()), skill) for skill, heads in self._heads.items()]
        ranked = sorted(charts, key=lambda item: (-item[0], item[1]))
        return [self._chart(skill, *self._heads[skill]) for _, skill in ranked]

    def _chart(self, skill: str, required: Series, supplied: Series, short: Series) -> SkillChart:
        hours = self.instance.horizon.interval_hours
        top = max(float(required.max()), float(supplied.max()), 1e-9)
        total = float(required.sum()) * hours
        missing = float(short.sum()) * hours
        percent = 100 * missing / total if total else 0.0
        series = {"required": required, "supplied": supplied, "shortage": short}
        return SkillChart(
            skill=skill,
            name=self.words.name(skill),
            required=number(total, 1),
            supplied=number(float(supplied.sum()) * hours, 1),
            shortage=number(missing, 2),
            percent=number(percent, 2),
            bar=min(100.0, round(percent, 2)),
            top=number(top, 1),
            days=tuple(
                self._day(i, skill, required[i], supplied[i], short[i], HEIGHT / top)
                for i in range(len(self.dates))
            ),
            values={key: np.round(values, 2).tolist() for key, values in series.items()},
        )

    def _day(
        self,
        position: int,
        skill: str,
        required: Series,
        supplied: Series,
        short: Series,
        scale: float,
    ) -> DayChart:
        date = self.dates[position]
        hours = self.instance.horizon.interval_hours
        sums = (float(heads.sum()) * hours for heads in (required, supplied, short))
        figures = dict(zip(("required", "supplied", "shortage"), map(number, sums), strict=True))
        words = self.words
        floor = np.zeros_like(required)
        return DayChart(
            position=position,
            date=date,
            weekday=words.weekday(date),
            label=words("chart", date=words.date(date), skill=words.name(skill), **figures),
            missing="" if figures["shortage"] == "0" else figures["shortage"],
            supplied=area(floor, supplied * scale),
            required=outline(required * scale),
            shortage=area((required - short) * scale, required * scale),
        )


def area(low: Series, high: Series) -> str:
    """Return a path round the steps between two heights, nothing where they are equal.

    Parameters
    ----------
    low, high : float array, shape (intervals,)
        Heights from the floor, in units of the chart.
    """
    parts = []
    start = 0
    while start < low.size:
        stop = start
        while stop < low.size and round(float(high[stop] - low[stop]), 2) > 0:
            stop += 1
        if stop > start:
            over = _steps(high[start:stop], start)
            under = _steps(low[start:stop][::-1], stop, back=True)
            parts.append(f"M{start} {_y(float(low[start]))}{over}{under}Z")
        start = stop + 1
    return "".join(parts)


def outline(heights: Series) -> str:
    """Return a path along the steps of a series."""
    return f"M0 {_y(float(heights[0]))}{_steps(heights, 0)}" if heights.size else ""


def _steps(heights: Series, start: int, *, back: bool = False) -> str:
    """Return the steps from an abscissa on: up or down to each height, then along it."""
    path = ""
    last = None
    end = start
    for height in map(_y, heights.tolist()):
        if height != last:
            path += f"H{end}V{height}" if last is not None else f"V{height}"
            last = height
        end += -1 if back else 1
    return f"{path}H{end}"


def _y(height: float) -> str:
    return number(HEIGHT - height, 1)

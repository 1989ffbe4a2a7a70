"""Coverage by hour and skill, as a heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.io.excel.writing import put
from csshift.model.entity import clock
from csshift.report.excel.sheet import Context
from csshift.report.shown import coverage_dates, heads_by_slot

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

SCALE = {
    "type": "3_color_scale",
    "min_type": "num",
    "mid_type": "num",
    "max_type": "num",
    "min_value": 0.5,
    "mid_value": 0.9,
    "max_value": 1.0,
    "min_color": "#D55E00",
    "mid_color": "#F8DDBC",
    "max_color": "#CFE3F5",
}
"""Orange to pale blue: distinct for people who cannot tell red from green."""

MISSING = {
    "type": "2_color_scale",
    "min_type": "num",
    "max_type": "max",
    "min_value": 0.0,
    "min_color": "#FFFFFF",
    "max_color": "#D55E00",
}
FIRST_ROW = 3


def hourly(
    context: Context,
) -> tuple[tuple[Date, ...], dict[tuple[str, int], NDArray[np.float64]]]:
    """Return the days, and head-hours by skill and hour of the day.

    Returns
    -------
    tuple of date, and dict of (str, int) to float array, shape (3, days)
        Required, supplied and missing, all stores together, of the hours in which something is
        required or supplied.
    """
    score, horizon = context.result.score, context.instance.horizon
    coverage = context.roster.coverage or (() if score is None else score.coverage)
    dates = coverage_dates(context.instance, coverage)
    known = sorted({(cell.skill, cell.start // 60) for cell in coverage})
    hours = {
        skill: heads.reshape(3, len(dates), 24, -1).sum(axis=-1) * horizon.interval_hours
        for skill, heads in heads_by_slot(context.instance, coverage, dates).items()
    }
    return dates, {(skill, hour): hours[skill][:, :, hour] for skill, hour in known}


def coverage_sheet(context: Context) -> None:
    """Add the sheet: the share that is covered on the left, heads missing on the right."""
    sheet = context.sheet(context.words.sheet("coverage"))
    dates, rows = hourly(context)
    for column, key in enumerate(("skill", "hour")):
        put(sheet, FIRST_ROW - 1, column, context.words(key), context.head)
    for row, (skill, hour) in enumerate(rows, start=FIRST_ROW):
        put(sheet, row, 0, context.words.name(skill))
        put(sheet, row, 1, clock(60 * hour))
    share: dict[tuple[str, int], dict[Date, float]] = {}
    missing: dict[tuple[str, int], dict[Date, float]] = {}
    for place, heads in rows.items():
        figures = list(zip(dates, *heads.tolist(), strict=True))
        share[place] = {day: (need - short) / need for day, need, _, short in figures if need}
        missing[place] = {day: short for day, need, there, short in figures if need or there}
    _block(context, sheet, 2, "covered", share, dates, "0%", SCALE)
    _block(context, sheet, 3 + len(dates), "missing", missing, dates, "0.00;;", MISSING)
    sheet.set_column(0, 0, 18)
    sheet.freeze_panes(FIRST_ROW, 2)


def _block(
    context: Context,
    sheet: Worksheet,
    left: int,
    title: str,
    rows: Mapping[tuple[str, int], Mapping[Date, float]],
    dates: Sequence[Date],
    number: str,
    scale: dict[str, object],
) -> None:
    """Write one value for each row and day, coloured by a scale."""
    put(sheet, 0, left, context.words(title), context.styles.get(bold=True))
    head = context.styles.get(bold=True, num_format="m-d", align="center", bg_color="#DDE6F0")
    for column, date in enumerate(dates, start=left):
        put(sheet, FIRST_ROW - 2, column, date, head)
        put(sheet, FIRST_ROW - 1, column, context.words.weekday(date), head)
    style = context.styles.get(num_format=number, align="center")
    for row, days in enumerate(rows.values(), start=FIRST_ROW):
        for column, date in enumerate(dates, start=left):
            if date in days:
                put(sheet, row, column, round(days[date], 4), style)
    sheet.set_column(left, left + len(dates) - 1, 6)
    if rows:
        last = left + len(dates) - 1
        sheet.conditional_format(FIRST_ROW, left, FIRST_ROW + len(rows) - 1, last, scale)

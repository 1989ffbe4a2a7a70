"""Rows outside the planned days: which they are, and which dates count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Date
from datetime import timedelta
from typing import Any, TypeAlias

from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.horizon import Horizon
from csshift.model.people import Leave, Pin, Request
from csshift.model.shifts import Shift

DEMAND = ("forecast", "requirements")
DATED = (*DEMAND, "leave", "requests", "pins")
"""The tables whose rows may lie outside the planned days; such rows are left out."""

DatedRow: TypeAlias = ForecastCell | RequirementCell | Leave | Request | Pin


def next_morning_minutes(horizon: Horizon, shifts: Sequence[Shift]) -> int:
    """Return the minutes of the day after the horizon whose demand counts, whole intervals.

    They end where a shift of that day could start. Where no shift of the last planned day
    runs past midnight, nothing could serve them, and there are none.
    """
    if horizon.edges == "none":
        return 0
    at_work = [shift for shift in shifts if not shift.standby]
    if not any(shift.overnight and shift.in_use(horizon.end) for shift in at_work):
        return 0
    starts = [shift.start for shift in at_work if shift.in_use(horizon.next_date)]
    first = min(starts, default=MINUTES_PER_DAY)
    return first - first % horizon.interval_minutes


def looked_at(table: str, horizon: Horizon, known_from: Date | None = None) -> tuple[Date, Date]:
    """Return the first and the last date of a table that the plan looks at.

    Of demand, the morning after the last date may count as well; see `next_morning_minutes`.

    Parameters
    ----------
    table : str
        One of `DATED`.
    horizon : Horizon
    known_from : date or None
        First known day of the history, from which on leave counts; None lets every earlier day
        of leave count.
    """
    if table == "leave":
        # Hours past midnight touch the day before and the day after, too.
        first = Date.min if known_from is None else known_from - timedelta(days=1)
        return first, horizon.next_date
    return horizon.start, horizon.end


def outside_rows(
    table: str,
    rows: Sequence[DatedRow],
    horizon: Horizon,
    shifts: Sequence[Shift],
    known_from: Date | None = None,
) -> frozenset[int]:
    """Return the positions of the rows of a table that the plan does not look at."""
    first, last = looked_at(table, horizon, known_from)
    following, minutes = horizon.next_date, next_morning_minutes(horizon, shifts)
    return frozenset(
        i
        for i, row in enumerate(rows)
        if not first <= row.date <= last
        and not (
            isinstance(row, ForecastCell | RequirementCell)
            and row.date == following
            and row.start < minutes
        )
    )


def outside_parts(parts: Mapping[str, Any]) -> dict[str, frozenset[int]]:
    """Return, by table, the positions of the rows that are left out.

    Parameters
    ----------
    parts : mapping
        Fields of `Problem` by name; nothing is left out while the horizon is not known.
    """
    horizon = parts.get("horizon")
    if horizon is None:
        return {}
    shifts = parts.get("shifts", ())
    return {table: outside_rows(table, parts.get(table, ()), horizon, shifts) for table in DATED}

"""Rows outside the planned days: which they are, and which dates count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Date
from datetime import timedelta
from typing import Any, TypeAlias

from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.horizon import Horizon
from csshift.model.people import Leave, Pin, Request

DEMAND = ("forecast", "requirements")
DATED = (*DEMAND, "leave", "requests", "pins")
"""The tables whose rows may lie outside the planned days; such rows are left out."""

DatedRow: TypeAlias = ForecastCell | RequirementCell | Leave | Request | Pin


def looked_at(table: str, horizon: Horizon, known_from: Date | None = None) -> tuple[Date, Date]:
    """Return the first and the last date of a table that the plan looks at.

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
        return first, horizon.end + timedelta(days=1)
    return horizon.start, horizon.end


def outside_rows(
    table: str, rows: Sequence[DatedRow], horizon: Horizon, known_from: Date | None = None
) -> frozenset[int]:
    """Return the positions of the rows of a table that the plan does not look at."""
    first, last = looked_at(table, horizon, known_from)
    return frozenset(i for i, row in enumerate(rows) if not first <= row.date <= last)


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
    return {table: outside_rows(table, parts.get(table, ()), horizon) for table in DATED}

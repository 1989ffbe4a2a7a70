"""Rows outside the planned days: which they are, and the rows that remain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.horizon import Horizon
from csshift.model.notes import Note
from csshift.model.people import Leave, Pin, Request

if TYPE_CHECKING:
    from csshift.problem.problem import Problem

DEMAND = ("forecast", "requirements")
DATED = (*DEMAND, "leave", "requests", "pins")
"""The tables whose rows may lie outside the planned days; such rows are left out."""

DatedRow: TypeAlias = ForecastCell | RequirementCell | Leave | Request | Pin
RowType = TypeVar("RowType", ForecastCell, RequirementCell, Request, Pin)


@dataclass(frozen=True)
class PlannedRows:
    """The rows of a problem that the plan looks at.

    Parameters
    ----------
    forecast, requirements, requests, pins : tuple
        As in `Problem`, without the rows outside the planned days.
    """

    forecast: tuple[ForecastCell, ...]
    requirements: tuple[RequirementCell, ...]
    requests: tuple[Request, ...]
    pins: tuple[Pin, ...]


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


def planned_rows(problem: Problem) -> PlannedRows:
    """Return the rows of a problem that the plan looks at."""
    return PlannedRows(
        forecast=_kept("forecast", problem.forecast, problem.horizon),
        requirements=_kept("requirements", problem.requirements, problem.horizon),
        requests=_kept("requests", problem.requests, problem.horizon),
        pins=_kept("pins", problem.pins, problem.horizon),
    )


def _kept(table: str, rows: tuple[RowType, ...], horizon: Horizon) -> tuple[RowType, ...]:
    first, last = looked_at(table, horizon)
    kept = tuple(row for row in rows if first <= row.date <= last)
    return rows if len(kept) == len(rows) else kept


def rows_outside(problem: Problem) -> Iterator[Note]:
    """Find the tables with rows that are left out for their date."""
    known_from = problem.staffing.dates[0]
    for table in DATED:
        rows = getattr(problem, table)
        count = len(outside_rows(table, rows, problem.horizon, known_from))
        if count:
            first, last = looked_at(table, problem.horizon, known_from)
            text = left_out(f"rows of {table}.csv", count, len(rows), first, last)
            yield Note(code="rows-outside", text=text, count=count)


def left_out(what: str, count: int, total: int, first: Date, last: Date) -> str:
    """Return the words for what lies outside two dates."""
    verbs = ("lies", "was") if count == 1 else ("lie", "were")
    which = f"{count:,} of {total:,} {what} {verbs[0]} outside {first} to {last}"
    return f"{which} and {verbs[1]} left out"


def overrides_outside(problem: Problem) -> Iterator[Note]:
    """Find the skills with overrides for days that are not planned."""
    for skill in problem.skills:
        dates = [date for override in skill.overrides for date in override.dates]
        count = sum(date not in problem.horizon for date in dates)
        if count:
            what = f"dates in the overrides of the skill {skill.name!r}"
            text = left_out(what, count, len(dates), problem.horizon.start, problem.horizon.end)
            yield Note(code="dates-outside", text=text, skills=(skill.name,), count=count)

"""The edges of the horizon: the night before its first day, and the morning after its last one.

The night before was settled by the last plan: its hours are fixed supply. The demand of the
next morning is there to be served by the last nights, for otherwise nothing would ask for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.horizon import Horizon
from csshift.model.roster import Assignment

Cell = TypeVar("Cell", ForecastCell, RequirementCell)


@dataclass(frozen=True, eq=False)
class NightBefore:
    """Time that agents at work since the day before the horizon have on its first morning.

    Parameters
    ----------
    agent, slot : int array, shape (entries,)
        Position of the agent, and interval counted over the horizon; no pair is listed twice.
    units : int array, shape (entries,)
        Time units, above 0; what duties of that night take is deducted.
    """

    agent: NDArray[np.int64]
    slot: NDArray[np.int64]
    units: NDArray[np.int64]


def night_rows(history: Sequence[Assignment], horizon: Horizon) -> Iterator[Assignment]:
    """Yield the rows of the history from the day before the horizon; none without edges."""
    if horizon.edges != "none":
        eve = horizon.start - timedelta(days=1)
        yield from (row for row in history if row.date == eve)


def model_day(horizon: Horizon) -> Date:
    """Return the planned day that stands for the day after the horizon, where it has no rows.

    The same weekday, the latest in the horizon; under seven days the last day.
    """
    back = 7 if horizon.days >= 7 else 1
    return horizon.next_date - timedelta(days=back)


def demand_rows(rows: Sequence[Cell], horizon: Horizon, minutes: int) -> tuple[Cell, ...]:
    """Return the rows of the planned days, and those of the morning after.

    Parameters
    ----------
    rows : sequence of ForecastCell or of RequirementCell
    horizon : Horizon
    minutes : int
        Minutes of the next day that count.
    """
    start, end = horizon.start, horizon.end
    counted: list[Cell] = [row for row in rows if start <= row.date <= end]
    if minutes:
        following = horizon.next_date
        own = has_own_rows(rows, horizon)
        source = following if own else model_day(horizon)
        counted.extend(
            row if own else row.model_copy(update={"date": following})
            for row in rows
            if row.date == source and row.start < minutes
        )
    return tuple(counted)


def has_own_rows(rows: Sequence[Cell], horizon: Horizon) -> bool:
    """Return whether there are rows for the day after the horizon."""
    return any(row.date == horizon.next_date for row in rows)

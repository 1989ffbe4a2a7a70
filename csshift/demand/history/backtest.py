"""How good a forecast from history is: the last week held out, beside the seasonal-naive one.

Absolute errors are least for the median of what may come, not for its mean (Gneiting 2011): what
is judged by them is the median. Heads are planned for the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from csshift.demand.history.calendar import WorkCalendar
from csshift.demand.history.counts import History
from csshift.demand.history.forest import WEEK, Method, forecast_history
from csshift.demand.search import Floats
from csshift.demand.volumes import Queue
from csshift.errors import Fault, InputError


@dataclass(frozen=True)
class BackTest:
    """The last week of one queue.

    Parameters
    ----------
    queue : (store, skill)
        Which one.
    inquiries : float
        Counted in the week, on the days that have rows.
    wape, naive_wape : float or None
        Sum of absolute errors over the sum of the counts, of the forecast's median and of the
        seasonal-naive one, which repeats the week before; None without inquiries.
    coverage : float
        Share of the intervals whose count lay within the prediction interval.
    """

    queue: Queue
    inquiries: float
    wape: float | None
    naive_wape: float | None
    coverage: float


def weighted_error(counts: Floats, forecast: Floats) -> float | None:
    """Return the weighted absolute percentage error, as a share; None where nothing came."""
    total = float(counts.sum())
    return float(np.abs(counts - forecast).sum()) / total if total else None


def back_test(
    history: History, calendar: WorkCalendar | None = None, method: Method | None = None
) -> Iterator[BackTest]:
    """Yield for each queue how well its last week is forecast from the days before.

    Raises
    ------
    InputError
        When there are fewer than three weeks.
    """
    volumes = history.volumes
    if volumes.days < 3 * WEEK:
        problem = f"{volumes.days} days; to hold a week out, three weeks are needed"
        raise InputError([Fault("counts", problem, "give more days, or ask for no back-test")])
    start = volumes.days - WEEK
    stop = start * volumes.intervals_per_day
    first = volumes.first + timedelta(days=start)
    made = forecast_history(history.until(start), first, WEEK, calendar, method)
    # A day without rows is no day without inquiries: nothing is judged by it.
    judged = np.repeat(history.known[:, start:], volumes.intervals_per_day, axis=1)
    counts = volumes.values[:, stop:]
    naive = volumes.values[:, stop - WEEK * volumes.intervals_per_day : stop]
    for row, queue in enumerate(volumes.queues):
        days = judged[row]
        came = counts[row, days]
        inside = (made.low[row, days] <= came) & (came <= made.high[row, days])
        yield BackTest(
            queue,
            float(came.sum()),
            weighted_error(came, made.median[row, days]),
            weighted_error(came, naive[row, days]),
            float(inside.mean()) if days.any() else 0.0,
        )

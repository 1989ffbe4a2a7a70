"""A forecast from counts by a random forest (Breiman 2001), with prediction intervals.

The forest learns the mean by weekday, time of day, and kind of day; recent weeks count more. How
far counts scatter around such a mean is measured on the last weeks, each forecast from what came
before it: a count of mean m is taken to be negative binomial with variance ``m + k m**2``, and k
is found by moments (Cameron and Trivedi 1990). So the interval holds the noise of the counts,
and the errors of the mean as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from csshift.demand.history.calendar import SATURDAY, WorkCalendar
from csshift.demand.history.closures import closed_intervals, day_kind
from csshift.demand.history.counts import History
from csshift.demand.search import Floats
from csshift.demand.volumes import Volumes
from csshift.extras import needed

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestRegressor

WEEK = 7
MOST_WEEKS_JUDGED = 3
SMALLEST_MEAN = 1e-9


@dataclass(frozen=True)
class Method:
    """How to learn from the past.

    Parameters
    ----------
    half_life_weeks : float
        A week so many weeks old counts half.
    trees, least_leaf : int
        Trees of the forest, and the least number of past intervals that a mean is taken over.
    coverage : float
        Share of counts that the prediction intervals are to hold, above 0 and below 1.
    seed : int
        Seed of the forest.
    """

    half_life_weeks: float = 2.0
    trees: int = 100
    least_leaf: int = 3
    coverage: float = 0.9
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Forecast:
    """A forecast of some days.

    Parameters
    ----------
    mean : Volumes
        Inquiries expected.
    median : array of float, shape (queues, intervals)
        The count that is as likely to be passed as not; of rare counts it is 0.
    low, high : array of float, shape (queues, intervals)
        Ends of the prediction interval of each count.
    dispersion : array of float, shape (queues,)
        k of the variance ``m + k m**2``.
    """

    mean: Volumes
    median: Floats
    low: Floats
    high: Floats
    dispersion: Floats


def forecast_history(
    history: History,
    first: Date,
    days: int,
    calendar: WorkCalendar | None = None,
    method: Method | None = None,
) -> Forecast:
    """Return what the past lets expect.

    Parameters
    ----------
    history : History
        Counts, at least two weeks of each queue.
    first : date
        The first day to forecast.
    days : int
        How many.
    calendar : WorkCalendar, optional
        Holidays and make-up workdays, past and future; default none.
    method : Method, optional
        Default as documented there.

    Returns
    -------
    Forecast
        For the queues of the history, in its intervals.

    Raises
    ------
    MissingExtraError
        When scikit-learn is not installed.
    """
    calendar, method = calendar or WorkCalendar(), method or Method()
    dates = tuple(first + timedelta(days=day) for day in range(days))
    counts = history.volumes.by_day()
    closed = closed_intervals(history, calendar)
    rows = [
        _Past(history.volumes.dates, counts[row], history.known[row], closed[row], calendar, method)
        for row in range(len(history.volumes.queues))
    ]
    shape = len(rows), days * history.volumes.intervals_per_day
    mean = np.array([past.mean(dates).ravel() for past in rows]).reshape(shape)
    dispersion = np.array([past.dispersion() for past in rows])
    tail = (1 - method.coverage) / 2
    low, median, high = _quantiles(mean, dispersion[:, None], (tail, 0.5, 1 - tail))
    volumes = Volumes(first, history.volumes.interval_minutes, history.volumes.queues, mean)
    return Forecast(volumes, median, low, high, dispersion)


@dataclass(frozen=True, eq=False)
class _Past:
    """The counts of one queue, shape (days, intervals of a day), and which days are known.

    Where it is closed, in the shape (kinds of day, intervals of a day), nothing is expected.
    """

    dates: Sequence[Date]
    counts: Floats
    known: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    calendar: WorkCalendar
    method: Method

    def mean(self, dates: Sequence[Date]) -> Floats:
        """Return the expected counts, shape (dates, intervals of a day)."""
        return self._learned(len(self.dates), dates)

    def dispersion(self) -> float:
        """Return k of the variance of a count, from the last weeks forecast one by one."""
        count, mean = [], []
        for back in range(1, MOST_WEEKS_JUDGED + 1):
            stop = len(self.dates) - WEEK * back
            week = [i for i in range(max(stop, 0), stop + WEEK) if self.known[i]]
            if stop < WEEK or not week or self.known[:stop].sum() < self._open_days:
                break
            count.append(self.counts[week].ravel())
            mean.append(self._learned(stop, [self.dates[i] for i in week]).ravel())
        if not count:
            return 0.0
        counts, means = np.concatenate(count), np.concatenate(mean)
        square = float(np.sum(means**2))
        excess = float(np.sum((counts - means) ** 2 - means))
        return max(0.0, excess / square) if square else 0.0

    @property
    def _open_days(self) -> int:
        """Days of a week on which the queue is open."""
        return max(1, int((~self.closed[:WEEK].all(axis=1)).sum()))

    def _learned(self, stop: int, dates: Sequence[Date]) -> Floats:
        """Return the means that the first `stop` days let expect."""
        days = np.flatnonzero(self.known[:stop])
        intervals = self.counts.shape[1]
        forest = _forest(self.method)
        age = days[-1] - days
        weight = np.repeat(0.5 ** (age // WEEK / self.method.half_life_weeks), intervals)
        inputs = _inputs([self.dates[int(day)] for day in days], intervals, self.calendar)
        forest.fit(inputs, self.counts[days].ravel(), sample_weight=weight)
        found: Floats = forest.predict(_inputs(dates, intervals, self.calendar))
        found = found.reshape(len(dates), intervals)
        found[self.closed[[day_kind(date, self.calendar) for date in dates]]] = 0
        return found


def _inputs(dates: Sequence[Date], intervals: int, calendar: WorkCalendar) -> Floats:
    """Return what the forest knows of each interval, shape (dates * intervals, features)."""
    like = np.array([calendar.like_weekday(date) for date in dates])
    kinds = [calendar.kind(date) for date in dates]
    special = np.array([[kind == "holiday", kind == "workday"] for kind in kinds])
    of_day = np.hstack([np.eye(WEEK)[like], special, (like >= SATURDAY)[:, None]])
    slot = np.tile(np.arange(intervals), len(dates))[:, None]
    found: Floats = np.hstack([np.repeat(of_day, intervals, axis=0), slot]).astype(np.float64)
    return found


def _forest(method: Method) -> RandomForestRegressor:
    needed("sklearn.ensemble", "forecast", "scikit-learn")
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(
        n_estimators=method.trees, min_samples_leaf=method.least_leaf, random_state=method.seed
    )


def _quantiles(mean: Floats, dispersion: Floats, shares: Sequence[float]) -> list[Floats]:
    """Return the quantiles of negative binomial counts; Poisson counts where k is 0."""
    from scipy.stats import nbinom, poisson

    safe = np.maximum(mean, SMALLEST_MEAN)
    k = np.broadcast_to(np.maximum(dispersion, SMALLEST_MEAN), mean.shape)
    found: list[Floats] = []
    for share in shares:
        scattered = nbinom.ppf(share, 1 / k, 1 / (1 + k * safe))
        even = poisson.ppf(share, safe)
        found.append(np.where(dispersion > SMALLEST_MEAN, scattered, even))
    return found

"""What the replications came to: means with confidence intervals, by skill, hour, day and store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date as Date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from csshift.model.roster import frame
from csshift.simulation.desk import Desk
from csshift.simulation.tally import (
    BUSY,
    CONTACTS,
    GIVEN_UP,
    IN_TIME,
    REPLIES,
    REQUESTS,
    RESPONSE,
    STAFFED,
    WAITED,
    WAITED_NO_MORE,
    WITHIN_180,
)

if TYPE_CHECKING:
    from pandas import DataFrame

Key = Literal["date", "start", "store", "skill"]
Verdict = Literal["met", "missed", "open"]
Floats = NDArray[np.float64]
CONFIDENCE = 0.99
"""Wide on purpose: many cells are looked at together, and few replications scatter unevenly."""


class Estimate(NamedTuple):
    """A mean over replications, and half the width of its 99 % confidence interval."""

    mean: float
    margin: float

    def covers(self, value: float) -> bool:
        """Return whether the confidence interval holds a value."""
        return abs(value - self.mean) <= self.margin


@dataclass(frozen=True)
class OutcomeRow:
    """What customers meet in some part of the horizon; None where nothing can be said.

    Parameters
    ----------
    date, start, store, skill
        The part; None stands for all of them. `start` is in minutes from midnight.
    contacts : Estimate
        Calls, sessions or work items that arrive, for agents.
    service : Estimate or None
        Share of calls or of replies within the skill's threshold; of deferrable work, share
        done before its deadline. For several skills, of all together.
    reply_seconds : Estimate or None
        Mean time from a customer's message, or the start of the call, to the answer.
    three_minute_rate : Estimate or None
        Share of calls or messages answered within 180 s.
    abandonment : Estimate or None
        Share of calls that are given up.
    occupancy : Estimate or None
        Work over the time that the plan gives to it. Work that others help out with counts,
        so that it can pass 1.
    backlog : Estimate
        Contacts that wait for an agent at the end of an interval, or work items that wait
        to be done, mean over the intervals.
    """

    date: Date | None
    start: int | None
    store: str | None
    skill: str | None
    contacts: Estimate
    service: Estimate | None
    reply_seconds: Estimate | None
    three_minute_rate: Estimate | None
    abandonment: Estimate | None
    occupancy: Estimate | None
    backlog: Estimate


@dataclass(frozen=True, eq=False)
class Outcome:
    """Result of a simulation.

    Parameters
    ----------
    desk : Desk
        What was simulated.
    counts : float array, shape (replications, measures, queues, slots)
        See `csshift.simulation.tally`.
    """

    desk: Desk
    counts: Floats
    seed: int

    @property
    def replications(self) -> int:
        """Number of replications."""
        return int(self.counts.shape[0])

    @property
    def set_aside(self) -> tuple[tuple[str, str], ...]:
        """Stores and skills with heads but no forecast, which were not simulated."""
        return self.desk.set_aside

    def rows(
        self, by: Sequence[Key] = ("skill",), dates: Collection[Date] | None = None
    ) -> list[OutcomeRow]:
        """Return the figures of each part of the horizon.

        Parameters
        ----------
        by : sequence of {"date", "start", "store", "skill"}
            What the parts have in common; parts in which nothing arrives are left out.
        dates : collection of date or None
            The days that count; None means all of them.

        Raises
        ------
        ValueError
            When `by` names anything else.
        """
        for name in by:
            if name not in get_args(Key):
                raise ValueError(f"{name!r} is none of {', '.join(get_args(Key))}")
        groups: dict[tuple[Any, ...], tuple[list[int], list[int]]] = {}
        for queue, per_queue in enumerate(self._arriving):
            for slot in np.flatnonzero(per_queue).tolist():
                names = self._names(queue, slot)
                if dates is not None and names["date"] not in dates:
                    continue
                key = tuple(names[name] for name in by)
                queues, slots = groups.setdefault(key, ([], []))
                queues.append(queue)
                slots.append(slot)
        return [self._row(dict(zip(by, key, strict=True)), *groups[key]) for key in sorted(groups)]

    def to_frame(self, by: Sequence[Key] = ("skill", "start")) -> DataFrame:
        """Return the figures as a pandas frame: a row a part, a column a mean or a margin."""
        rows = [flat(row, by) for row in self.rows(by)]
        return frame((list(row.values()) for row in rows), tuple(rows[0]) if rows else ())

    def targets_of(self, skill: str) -> tuple[float, float | None]:
        """Return the service level and the mean reply that a skill is to reach.

        Where they differ by day, the mean over the messages of the days. None: no such limit,
        and for deferrable work, of which all should be done in time, a service level of 1.
        """
        weights, levels, limits = [], [], []
        for queue, (_, name) in enumerate(self.desk.queues):
            if name == skill:
                per_day = self.counts[:, REQUESTS, queue].mean(axis=0)
                horizon = self.desk.instance.horizon
                per_day = np.bincount(
                    np.arange(per_day.size) // horizon.intervals_per_day, weights=per_day
                )
                weights += per_day.tolist()
                levels += [day.service_level for day in self.desk.skills[queue]]
                limits += [day.mean_response_seconds for day in self.desk.skills[queue]]
        channel = self.desk.instance.known_skills[skill].channel
        if channel == "deferrable" or not sum(weights):
            return 1.0, None
        level = float(np.average(levels, weights=weights))
        if channel == "call" or None in limits:
            return level, None
        return level, float(np.average(np.array(limits, dtype=np.float64), weights=weights))

    def verdict(self, skill: str) -> Verdict:
        """Return whether a skill meets its targets over the horizon.

        Returns
        -------
        {"met", "missed", "open"}
            Open: the target lies within a confidence interval.
        """
        level, limit = self.targets_of(skill)
        (row,) = [row for row in self.rows(("skill",)) if row.skill == skill]
        gaps = []  # how far beyond what is asked, and how far that is uncertain
        if row.service is not None:
            gaps.append((row.service.mean - level, row.service.margin))
        if limit is not None and row.reply_seconds is not None:
            gaps.append((limit - row.reply_seconds.mean, row.reply_seconds.margin))
        if any(gap + margin < 0 for gap, margin in gaps):
            return "missed"
        return "met" if all(gap >= margin for gap, margin in gaps) else "open"

    @cached_property
    def _arriving(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (self.desk.expected > 0) | self.counts[:, REQUESTS].any(axis=0)
        return found

    @cached_property
    def _waiting(self) -> Floats:
        """Contacts that wait at the end of each interval, shape (replications, queues, slots)."""
        change = self.counts[:, WAITED] - self.counts[:, WAITED_NO_MORE]
        return np.maximum(np.cumsum(change, axis=2), 0.0)

    def _names(self, queue: int, slot: int) -> dict[str, Any]:
        horizon = self.desk.instance.horizon
        day, interval = divmod(slot, horizon.intervals_per_day)
        store, skill = self.desk.queues[queue]
        start = interval * horizon.interval_minutes
        date = self.desk.instance.covered_dates[day]
        return {"date": date, "start": start, "store": store, "skill": skill}

    def _row(self, key: dict[str, Any], queues: list[int], slots: list[int]) -> OutcomeRow:
        sums = self.counts[:, :, queues, slots].sum(axis=2).T
        calls = [
            position
            for position, queue in enumerate(queues)
            if queue < self.desk.live and self.desk.channel(queue) == "call"
        ]
        of_calls = self.counts[:, :, [queues[i] for i in calls], [slots[i] for i in calls]]
        given_up, called = of_calls.sum(axis=2).T[[GIVEN_UP, CONTACTS]]
        live = any(queue < self.desk.live for queue in queues)
        waiting = self._waiting[:, queues, slots].sum(axis=1) / len(set(slots))
        ones = np.ones(self.replications)
        contacts = ratio(sums[CONTACTS], ones)
        return OutcomeRow(
            **{name: key.get(name) for name in get_args(Key)},
            contacts=contacts or Estimate(0.0, 0.0),
            service=ratio(sums[IN_TIME], sums[REQUESTS]),
            reply_seconds=ratio(sums[RESPONSE], sums[REPLIES]),
            three_minute_rate=ratio(sums[WITHIN_180], sums[REQUESTS]) if live else None,
            abandonment=ratio(given_up, called),
            occupancy=ratio(sums[BUSY], sums[STAFFED]),
            backlog=ratio(waiting, ones) or Estimate(0.0, 0.0),
        )


def ratio(numerator: Floats, denominator: Floats) -> Estimate | None:
    """Return sum(numerator) / sum(denominator) with its margin; None where the denominator is 0.

    The variance is that of the ratio estimator (Cochran 1977, section 2.11), the quantile
    Student's with one degree of freedom less than replications.

    Parameters
    ----------
    numerator, denominator : array of float, shape (replications,)
    """
    from scipy.stats import t

    count, total = numerator.size, float(denominator.sum())
    if total <= 0:
        return None
    mean = float(numerator.sum()) / total
    error = numerator - mean * denominator
    deviation = np.sqrt(float(error @ error) / (count - 1) / count) / (total / count)
    return Estimate(mean, float(deviation * t.ppf((1 + CONFIDENCE) / 2, count - 1)))


FIGURES = (
    "contacts",
    "service",
    "reply_seconds",
    "three_minute_rate",
    "abandonment",
    "occupancy",
    "backlog",
)


def flat(row: OutcomeRow, by: Sequence[Key]) -> dict[str, Any]:
    """Return a row as one value per column, each margin after its mean."""
    from csshift.model.entity import clock

    values: dict[str, Any] = {name: getattr(row, name) for name in by}
    if "start" in values:
        values["start"] = clock(values["start"])
    for name in FIGURES:
        estimate: Estimate | None = getattr(row, name)
        values[name] = None if estimate is None else estimate.mean
        values[f"{name}_margin"] = None if estimate is None else estimate.margin
    return values

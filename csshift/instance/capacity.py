"""The most that agents can work week by week, whatever the roster is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from csshift.instance.fairness import banned_shifts
from csshift.instance.supply import Supply
from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.model.shifts import Shift
from csshift.rules.base import Rule
from csshift.rules.days import MaxConsecutiveDays
from csshift.rules.hours import MaxHours, MaxShifts, MinDaysOff

WEEKLY = ("week", "rolling-7-days")


@dataclass(frozen=True, eq=False)
class Capacity:
    """Hours that agents can work at most.

    Parameters
    ----------
    weeks : tuple of range
        The ISO weeks of the horizon, as planned days counted from its start.
    minutes : int array, shape (agents, weeks)
        Paid minutes of the shifts that start in the week.
    nights, nights_before : float array, shape (agents,)
        Paid minutes after midnight of the night that works longest then, and of the night
        before the horizon.
    """

    weeks: tuple[range, ...]
    minutes: NDArray[np.int64]
    nights: NDArray[np.float64]
    nights_before: NDArray[np.float64]


def find_capacity(supply: Supply) -> Capacity:
    """Return the most that each agent can work in each week.

    Leave, employment, forbidden shifts, and hard limits on hours, shifts and days of a week
    count; other rules can lower it further, so that no roster works more.
    """
    grid = supply.grid
    banned = banned_shifts(supply)
    blocks = [block for block, _ in grid.periods("week")]
    first = grid.history_days
    weeks = tuple(range(max(0, block.start - first), block.stop - first) for block in blocks)
    history = supply.schedule(()).paid_minutes
    minutes = np.zeros((len(supply.agents), len(blocks)), dtype=np.int64)
    rules = [(rule, set(rule.chosen(grid).tolist())) for rule in supply.effective_rules]
    for agent in range(len(supply.agents)):
        own = [rule for rule, chosen in rules if rule.hard and agent in chosen]
        for number, block in enumerate(blocks):
            planned = range(max(first, block.start), block.stop)
            lengths = [
                sorted(
                    {int(m) for m in grid.paid_minutes[grid.offered[agent, day] & ~banned[agent]]}
                )
                for day in planned
            ]
            past = int(history[agent, block.start : max(first, block.start)].sum())
            limit = _minutes(own) - past
            minutes[agent, number] = _most(lengths, max(0, limit), _days(own, len(planned)))
    after = np.array([float(_after_midnight(shift)) for shift in supply.shifts])
    nights = np.where(banned, 0.0, after).max(axis=1)
    before = np.zeros(len(supply.agents))
    if first:
        last = supply.schedule(()).shift[:, first - 1]
        before = np.where(last >= 0, after[last], 0.0)
    return Capacity(weeks, minutes, nights, before)


def _after_midnight(shift: Shift) -> Fraction:
    return shift.overlap(Span(MINUTES_PER_DAY, 2 * MINUTES_PER_DAY)) * shift.presence


def _minutes(rules: list[Rule]) -> int:
    limits = [
        int(rule.hours * 60) for rule in rules if isinstance(rule, MaxHours) and rule.per in WEEKLY
    ]
    return min(limits, default=7 * 24 * 60)


def _days(rules: list[Rule], days: int) -> int:
    """Return the most days that can be worked of some in a row."""
    most = days
    for rule in rules:
        if isinstance(rule, MaxConsecutiveDays):
            most = min(most, days - days // (rule.days + 1))
        elif isinstance(rule, MaxShifts) and rule.shifts is None and rule.per in WEEKLY:
            most = min(most, rule.count)
        elif isinstance(rule, MinDaysOff) and rule.per in WEEKLY and days == 7:
            most = min(most, 7 - rule.days)
    return max(0, most)


def _most(lengths: list[list[int]], limit: int, days: int) -> int:
    """Return the largest sum of one length a day, on so many days, that is within the limit."""
    reached: list[set[int]] = [{0}, *(set() for _ in range(days))]
    for choices in lengths:
        for worked in range(days, 0, -1):
            reached[worked] |= {
                before + length
                for before in reached[worked - 1]
                for length in choices
                if before + length <= limit
            }
    return max(max(sums, default=0) for sums in reached)

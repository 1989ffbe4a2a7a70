"""Hours that people are owed: columns for what they get less or more."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.instance.targets import LEVEL_STEPS, OwedHours, reachable
from csshift.program import ABSENT
from csshift.rules.work import WorkColumns

if TYPE_CHECKING:
    from csshift.instance import Instance

TARGET_HOURS, LEVEL_DAYS = "target hours", "level days"
SOURCE = "weights.target_hours"


class Segment(NamedTuple):
    """A stretch between sums of paid minutes on which each step costs the same.

    Parameters
    ----------
    step : int
        Minutes of one step.
    steps : int
        How many there are.
    cost : int
        What a step costs more, in prices of a minute.
    """

    step: int
    steps: int
    cost: int


def add_targets(instance: Instance, work: WorkColumns) -> None:
    """Charge the distance of each agent's hours from those owed, week by week or month by month.

    Only sums that the shifts can have are looked at, and the cost between two of them is a
    straight line: the relaxation of an agent alone then has the same least cost as its shifts.
    """
    unit = Fraction(instance.weights.target_hours) / 60
    if not unit:
        return
    shifts = work.grid.paid_minutes
    for owed in instance.owed_hours:
        planned = range(max(owed.days.start, work.grid.history_days), owed.days.stop)
        columns = work.shift[owed.agent, planned.start : planned.stop]
        first = planned.start - work.grid.history_days
        counted = instance.counted_shifts[owed.agent, first : first + len(planned)]
        columns = np.where(counted, columns, ABSENT)
        paid = [shifts[day != ABSENT].tolist() for day in columns]
        sums = reachable(paid, owed.known)
        base = min(sums, key=owed.cost)
        work.builder.offset += unit * owed.cost(base)
        below = segments(owed, [total for total in reversed(sums) if total <= base])
        above = segments(owed, [total for total in sums if total >= base])
        slack = [
            work.builder.columns(
                len(side),
                family=TARGET_HOURS,
                upper=[segment.steps for segment in side],
                cost=[segment.cost for segment in side],
                unit=unit,
                source=SOURCE,
                agent=owed.agent,
            )
            for side in (below, above)
        ]
        _add_row(work, columns, slack, (below, above), base - owed.known)


def segments(owed: OwedHours, sums: Sequence[int]) -> list[Segment]:
    """Return the segments from one sum to those farther and farther away; costs rise."""
    found: list[Segment] = []
    for first, second in pairwise(sums):
        width, cost = abs(second - first), owed.cost(second) - owed.cost(first)
        last = found[-1] if found else None
        if last is not None and last.cost * width == cost * last.step:
            step = gcd(last.step, width)
            if cost * step % width == 0:
                steps = (last.step * last.steps + width) // step
                found[-1] = Segment(step, steps, cost * step // width)
                continue
        found.append(Segment(width, 1, cost))
    return found


def _add_row(
    work: WorkColumns,
    columns: NDArray[np.int64],
    slack: Sequence[NDArray[np.int64]],
    sides: Sequence[Sequence[Segment]],
    minutes: int,
) -> None:
    """Paid minutes + what is below - what is above = minutes."""
    paid = np.broadcast_to(work.grid.paid_minutes, columns.shape).ravel()
    steps = [
        sign * np.array([segment.step for segment in side], dtype=np.int64)
        for sign, side in zip((1, -1), sides, strict=True)
    ]
    work.builder.rows(
        np.concatenate([columns.ravel(), *slack])[None, :],
        np.concatenate([paid, *steps]),
        family=TARGET_HOURS,
        lower=minutes,
        upper=minutes,
    )


def add_level(instance: Instance, work: WorkColumns) -> None:
    """Charge, day by day, how far the people at work are from the level of the week."""
    unit = Fraction(instance.weights.level_days)
    level = instance.level
    if not unit or level is None:
        return
    widths = np.diff([*LEVEL_STEPS, len(instance.agents) + LEVEL_STEPS[-1]])
    prices = np.arange(1, len(LEVEL_STEPS) + 1)
    for planned, people in enumerate(level.people):
        columns = work.day[level.agents, work.grid.history_days + planned]
        most = int((columns != ABSENT).sum())
        slack = [
            work.builder.columns(
                prices.size,
                family=LEVEL_DAYS,
                # Each stretch is as wide as the distance that there can be.
                upper=np.minimum(widths, np.maximum(0, reach - np.array(LEVEL_STEPS))),
                cost=prices,
                unit=unit,
                source="weights.level_days",
                day=planned,
            )
            for reach in (people, max(0, most - people))
        ]
        signs = np.repeat([1, 1, -1], [columns.size, prices.size, prices.size])
        row = np.concatenate([columns, *slack])[None, :]
        work.builder.rows(row, signs, family=LEVEL_DAYS, lower=people, upper=people)

"""Hours that people are owed: columns for what they get less or more."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.instance.targets import OwedHours, reachable
from csshift.program import ABSENT
from csshift.rules.work import WorkColumns

if TYPE_CHECKING:
    from csshift.instance import Instance

TARGET_HOURS = "target hours"
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

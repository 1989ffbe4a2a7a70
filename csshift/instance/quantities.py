"""The units in which heads and time are counted, chosen once for program and checker.

An interval of work is cut into `time_units` equal parts, chosen as a common multiple of what
shifts, breaks and duty shares need, so that every part-covered interval is a whole number of
units, and fine enough that rounding a split to them hardly matters. Supply is counted in
`1 / (efficiency_units * time_units)` heads, so that efficiency times time is whole, too, and so
is every requirement in hundredths of a head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from csshift.model.duties import Duty
from csshift.model.entity import Span
from csshift.model.people import Agent
from csshift.model.shifts import Shift
from csshift.problem import Problem

HEAD = 100
"""Requirements are counted in hundredths of a head."""

MINIMUM_TIME_UNITS = 10_000
MAXIMUM_TIME_UNITS = 50_000
THOUSANDTHS = 1000


@dataclass(frozen=True, eq=False)
class Quantities:
    """Units, and what shifts and duties come to in them.

    Parameters
    ----------
    interval_minutes : int
    time_units : int
        Units in an interval of one agent's time.
    efficiency_units : int
        Units in an efficiency of 1.
    presence : tuple of (offsets, units)
        For each shift: the intervals that it touches, counted from the start of its day,
        and the time units that it offers in each. Where `time_units` cannot be exact they
        are rounded down: no roster promises more than there is.
    """

    interval_minutes: int
    time_units: int
    efficiency_units: int
    presence: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]

    @cached_property
    def supply_units(self) -> int:
        """Units of supply in a head."""
        return self.efficiency_units * self.time_units

    @property
    def head_hour(self) -> Fraction:
        """Head-hours in one unit of supply."""
        return Fraction(self.interval_minutes, 60 * self.supply_units)

    @property
    def time_hour(self) -> Fraction:
        """Hours of an agent's time in one time unit."""
        return Fraction(self.interval_minutes, 60 * self.time_units)

    def efficiency(self, value: Fraction) -> int:
        """Return an efficiency in units."""
        return int(value * self.efficiency_units)

    def heads(self, hundredths: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return hundredths of a head in units of supply, of the same shape."""
        return np.asarray(hundredths * (self.supply_units // HEAD), dtype=np.int64)

    def taken(self, duty: Duty, shift: Shift) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the intervals in which a duty takes time of a shift, and the units taken.

        Rounded down, as presence is, where `time_units` cannot be exact: duties together never
        take more than there is.
        """
        parts = _parts(shift, self.interval_minutes, duty.window)
        factor = shift.presence * Fraction(duty.share) * self.time_units
        offsets = np.array(sorted(parts), dtype=np.int64)
        units = [int(parts[int(offset)] * factor) for offset in offsets]
        return offsets, np.array(units, dtype=np.int64)


def pairs(parts: tuple[NDArray[np.int64], NDArray[np.int64]]) -> list[tuple[int, int]]:
    """Return intervals and time units, as `Quantities` has them, in pairs of Python numbers."""
    offsets, units = parts
    return list(zip(offsets.tolist(), units.tolist(), strict=True))


def choose_quantities(problem: Problem) -> Quantities:
    """Return the coarsest exact units, at least `MINIMUM_TIME_UNITS` to an interval.

    Should exactness need more than `MAXIMUM_TIME_UNITS`, that many are used and presence is
    rounded to them.
    """
    minutes = problem.horizon.interval_minutes
    efficiencies = [value for agent in problem.agents for value in agent.skills.values()]
    common = gcd(THOUSANDTHS, *(int(value * THOUSANDTHS) for value in efficiencies))
    efficiency_units = THOUSANDTHS // common
    exact = 1
    for shift in problem.shifts:
        for part in _parts(shift, minutes).values():
            exact = lcm(exact, (part * shift.presence).denominator)
        for duty in problem.duties:
            if duty.fits(shift):
                for part in _parts(shift, minutes, duty.window).values():
                    factor = shift.presence * Fraction(duty.share)
                    exact = lcm(exact, (part * factor).denominator)
    exact = lcm(exact, HEAD // gcd(HEAD, efficiency_units))
    if exact > MAXIMUM_TIME_UNITS:
        time_units = MAXIMUM_TIME_UNITS
    else:
        time_units = exact * -(-MINIMUM_TIME_UNITS // exact)
    presence = tuple(_presence(shift, minutes, time_units) for shift in problem.shifts)
    return Quantities(minutes, time_units, efficiency_units, presence)


def _presence(
    shift: Shift, minutes: int, units: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    parts = _parts(shift, minutes)
    offsets = np.array(sorted(parts), dtype=np.int64)
    offered = [int(parts[int(offset)] * shift.presence * units) for offset in offsets]
    return offsets, np.array(offered, dtype=np.int64)


def _parts(shift: Shift, minutes: int, window: Span | None = None) -> dict[int, Fraction]:
    """Return the part of each interval inside the shift's hours (and the window)."""
    parts: dict[int, Fraction] = {}
    for span in shift.hours_at_work:
        start = span.start if window is None else max(span.start, window.start)
        end = span.end if window is None else min(span.end, window.end)
        for offset in range(start // minutes, -(-end // minutes)):
            inside = min(end, (offset + 1) * minutes) - max(start, offset * minutes)
            if inside > 0:
                parts[offset] = parts.get(offset, Fraction(0)) + Fraction(inside, minutes)
    return parts


@dataclass(frozen=True, eq=False)
class Classes:
    """Agents pooled by what they can serve.

    Parameters
    ----------
    of_agent : int array, shape (agents,)
        Class of each agent.
    efficiency : int array, shape (classes, stores of queues, skills)
        Efficiency units by queue; 0 where the class may not serve it.
    """

    of_agent: NDArray[np.int64]
    efficiency: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of classes."""
        return int(self.efficiency.shape[0])


def pool_agents(
    agents: Sequence[Agent],
    queue_stores: Sequence[tuple[str, ...]],
    skills: Sequence[str],
    quantities: Quantities,
) -> Classes:
    """Pool agents in order of first appearance, over the stores of all queues and all skills.

    Who serves one of a queue's stores serves the queue.
    """
    stores = {store for pooled in queue_stores for store in pooled}
    members: dict[tuple[frozenset[str], tuple[tuple[str, Fraction], ...]], int] = {}
    of_agent = []
    for agent in agents:
        ability = tuple(sorted((name, Fraction(value)) for name, value in agent.skills.items()))
        key = (frozenset(agent.stores or stores), ability)
        of_agent.append(members.setdefault(key, len(members)))
    efficiency = np.zeros((len(members), len(queue_stores), len(skills)), dtype=np.int64)
    for (served, ability), index in members.items():
        rows = [i for i, pooled in enumerate(queue_stores) if not served.isdisjoint(pooled)]
        for name, value in ability:
            efficiency[index, rows, skills.index(name)] = quantities.efficiency(value)
    return Classes(np.array(of_agent, dtype=np.int64), efficiency)

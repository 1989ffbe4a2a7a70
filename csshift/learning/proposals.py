"""Estimates efficiency and suitability for reminders from past days.

An agent is compared with those who served the same store and skill on the same day, so that busy
days favour nobody. The number of customers received depends on their assignment as much as on
pace: the result is a proposal for people to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal

import numpy as np

from csshift.learning.shrinkage import shrink_ratios
from csshift.model.reception import ProposedRate, ReceptionDay

REMINDER = "payment-reminder"
Basis = Literal["received an hour", "received a day", "paid after reminder"]
Current = Mapping[tuple[str, str], Decimal]


@dataclass(frozen=True)
class _Sample:
    """One agent's day: a count, and the time or the attempts that it took."""

    agent_id: str
    peers: tuple[object, ...]
    count: float
    effort: float


def propose(
    days: Iterable[ReceptionDay],
    last_days: int = 60,
    skill: str = "pre-sale",
    current: Current | None = None,
) -> list[ProposedRate]:
    """Return the proposals for each agent and skill from the last days.

    Parameters
    ----------
    days : iterable of ReceptionDay
        Past days.
    last_days : int
        How many days count, up to the last one of the data.
    skill : str
        Skill of rows without one.
    current : mapping of (agent_id, skill) to Decimal, optional
        Efficiencies in use, for comparison.

    Returns
    -------
    list of ProposedRate
        Efficiency by skill, from customers received per hour if every row has its hours, else
        per day; suitability for reminders from the share of the reminded who paid. Agents who
        were never compared with anybody are absent.
    """
    rows = list(days)
    if rows:
        first = max(row.date for row in rows) - timedelta(days=last_days - 1)
        rows = [row for row in rows if row.date >= first]
    found: list[ProposedRate] = []
    for name in sorted({row.skill or skill for row in rows}):
        served = [r for r in rows if (r.skill or skill) == name and r.received is not None]
        found.extend(_rates(_served(served), name, _basis(served), current or {}))
    reminders = [
        _Sample(row.agent_id, (row.date, row.store), row.reminded_paid, row.reminded)
        for row in rows
        if row.reminded and row.reminded_paid is not None
    ]
    found.extend(_rates(reminders, REMINDER, "paid after reminder", current or {}))
    return found


def _basis(rows: Iterable[ReceptionDay]) -> Basis:
    return "received an hour" if all(row.hours for row in rows) else "received a day"


def _served(rows: list[ReceptionDay]) -> list[_Sample]:
    hourly = _basis(rows) == "received an hour"
    return [
        _Sample(
            row.agent_id,
            (row.date, row.store),
            row.received or 0.0,
            (row.hours or 0.0) if hourly else 1.0,
        )
        for row in rows
    ]


def _rates(
    samples: list[_Sample], skill: str, basis: Basis, current: Current
) -> Iterator[ProposedRate]:
    compared, expected = _against_peers(samples)
    agents = sorted({sample.agent_id for sample in compared})
    if not agents:
        return
    place = {agent: position for position, agent in enumerate(agents)}
    person = np.array([place[sample.agent_id] for sample in compared], dtype=np.int64)
    counts = np.array([sample.count for sample in compared], dtype=np.float64)
    ratios = shrink_ratios(counts, np.array(expected), person)
    for position, agent in enumerate(agents):
        now = current.get((agent, skill))
        yield ProposedRate(
            agent_id=agent,
            skill=skill,
            basis=basis,
            days=len({sample.peers[0] for sample in compared if sample.agent_id == agent}),
            observed=round(float(ratios.observed[position]), 3),
            proposed=round(float(ratios.shrunken[position]), 3),
            low=round(float(ratios.low[position]), 3),
            high=round(float(ratios.high[position]), 3),
            weight=round(float(ratios.weight[position]), 3),
            current=None if now is None else float(now),
        )


def _against_peers(samples: list[_Sample]) -> tuple[list[_Sample], list[float]]:
    """Return the samples that have peers, and what the mean of their peers would have done."""
    groups: dict[tuple[object, ...], list[_Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.peers, []).append(sample)
    compared: list[_Sample] = []
    expected: list[float] = []
    for group in groups.values():
        effort = sum(sample.effort for sample in group)
        count = sum(sample.count for sample in group)
        if len({sample.agent_id for sample in group}) > 1 and effort > 0 and count > 0:
            compared.extend(group)
            expected.extend(sample.effort * count / effort for sample in group)
    return compared, expected

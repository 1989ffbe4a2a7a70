"""Hours that people are owed, judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

from csshift.instance import Instance
from csshift.instance.targets import counted_minutes, level_cost
from csshift.model.roster import Roster
from csshift.model.score import Finding

TARGET_HOURS, LEVEL_DAYS = "target hours", "level days"
LEAST_SHARE = Fraction(1, 20)
"""Share of a target up to which more or less is not worth a line."""


def score_targets(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    """Yield each week or month in which somebody gets less or more than owed, with its cost."""
    unit = Fraction(instance.weights.target_hours) / 60
    if not unit or not instance.owed_hours:
        return
    minutes = counted_minutes(instance.counted_shifts, instance.schedule(roster.assignments))
    for owed in instance.owed_hours:
        got = int(minutes[owed.agent, owed.days.start : owed.days.stop].sum())
        cost = unit * owed.cost(got)
        if not cost:
            continue
        away = abs(got - owed.target)
        start = instance.horizon.start + timedelta(
            days=max(owed.days.start - instance.grid.history_days, 0)
        )
        text = f"{got / 60:g} h of {owed.target / 60:.4g} h owed"
        finding = Finding(
            rule=TARGET_HOURS,
            amount=away / 60,
            points=float(cost),
            agent_id=instance.agents[owed.agent].agent_id,
            date=start,
            text=text if away > LEAST_SHARE * owed.target else "",
        )
        yield finding, cost


def score_level(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    """Yield each day on which more or fewer people work than is level, with its cost."""
    unit, level = Fraction(instance.weights.level_days), instance.level
    if not unit or level is None:
        return
    owed = {instance.agents[i].agent_id for i in level.agents.tolist()}
    at_work = Counter(row.date for row in roster.assignments if row.agent_id in owed)
    for date, people in zip(instance.horizon.dates, level.people, strict=True):
        away = abs(at_work[date] - people)
        cost = unit * level_cost(away)
        if cost:
            # Where demand decides, nothing is wrong with it: no text, no line.
            yield Finding(rule=LEVEL_DAYS, amount=away, points=float(cost), date=date), cost

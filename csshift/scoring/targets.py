"""Hours that people are owed, judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

from csshift.instance import Instance
from csshift.model.roster import Roster
from csshift.model.score import Finding

TARGET_HOURS = "target hours"
LEAST_SHARE = Fraction(1, 20)
"""Share of a target up to which more or less is not worth a line."""


def judge_targets(instance: Instance, roster: Roster) -> Iterator[tuple[Finding, Fraction]]:
    """Yield each week or month in which somebody gets less or more than owed, with its cost."""
    unit = Fraction(instance.weights.target_hours) / 60
    if not unit or not instance.owed_hours:
        return
    schedule = instance.schedule(roster.assignments)
    for owed in instance.owed_hours:
        got = int(schedule.paid_minutes[owed.agent, owed.days.start : owed.days.stop].sum())
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

"""What the roster means for each person: hours, overtime, duty turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.model.people import Agent
from csshift.model.roster import Assignment, Roster
from csshift.model.shifts import Shift
from csshift.report.owed import Owed, owed_by_agent
from csshift.report.shown import SATURDAY, shown_agents
from csshift.rules.grid import Schedule

NIGHTS = tuple(
    Span(day * MINUTES_PER_DAY + start, day * MINUTES_PER_DAY + end)
    for day in range(2)
    for start, end in ((0, 6 * 60), (22 * 60, 24 * 60))
)
"""22:00 to 06:00, as Chinese labour rules count the night, in minutes of a shift's day."""


class Turns(NamedTuple):
    """Turns of one duty that an agent holds.

    Parameters
    ----------
    planned : int
        Turns within the horizon.
    past : int
        Turns in the history.
    fair : float or None
        Fair turns, past ones included, to one decimal, so rounded that they add up to the
        turns there are; None for an agent who can never hold the duty.
    """

    planned: int
    past: int
    fair: float | None


class Person(NamedTuple):
    """One agent's part of the roster.

    Parameters
    ----------
    agent : Agent
    days : int
        Days worked within the horizon.
    hours : float
        Paid hours within the horizon.
    overtime : float or None
        Hours beyond the contract's threshold, summed over the ISO weeks; None where the
        contract names no threshold. Days of the history count, but what they alone exceed
        is not charged to this roster.
    night_hours : float
        Hours between 22:00 and 06:00, breaks spread evenly.
    nights, weekend_days : int
        Shifts with work between 22:00 and 06:00, and those on Saturdays and Sundays.
    turns : tuple of Turns
        One entry for each duty of the problem.
    owed : Owed or None
        What the contract's target hours come to; None where it names none.
    """

    agent: Agent
    days: int
    hours: float
    overtime: float | None
    night_hours: float
    nights: int
    weekend_days: int
    turns: tuple[Turns, ...]
    owed: Owed | None = None


def people(instance: Instance, roster: Roster) -> list[Person]:
    """Return what the roster means for each agent, in the order of the problem.

    Agents who are employed on no planned day are left out.
    """
    shown = {agent.agent_id for agent in shown_agents(instance, roster)}
    schedule = instance.schedule(roster.assignments)
    first = schedule.grid.history_days
    at_night = {shift.code: night_hours(shift) for shift in instance.shifts}
    worked: dict[str, list[Assignment]] = {agent.agent_id: [] for agent in instance.agents}
    for row in roster.assignments:
        worked[row.agent_id].append(row)
    owed = owed_by_agent(instance, roster)
    by_duty = [_turns(instance, duty, roster) for duty in instance.duties]
    return [
        Person(
            agent=agent,
            days=int(schedule.worked[i, first:].sum()),
            hours=int(schedule.paid_minutes[i, first:].sum()) / 60,
            overtime=_overtime(instance, schedule, i),
            night_hours=sum(at_night[row.shift] for row in worked[agent.agent_id]),
            nights=sum(at_night[row.shift] > 0 for row in worked[agent.agent_id]),
            weekend_days=sum(r.date.weekday() >= SATURDAY for r in worked[agent.agent_id]),
            turns=tuple(turns[i] for turns in by_duty),
            owed=owed.get(i),
        )
        for i, agent in enumerate(instance.agents)
        if agent.agent_id in shown
    ]


def night_hours(shift: Shift) -> float:
    """Return the hours of a shift between 22:00 and 06:00, its break spread evenly."""
    return float(sum(map(shift.overlap, NIGHTS)) * shift.presence / 60)


def _overtime(instance: Instance, schedule: Schedule, agent: int) -> float | None:
    name = instance.agents[agent].contract
    contract = next((contract for contract in instance.contracts if contract.name == name), None)
    if contract is None or contract.overtime_after_hours_per_week is None:
        return None
    limit = int(contract.overtime_after_hours_per_week * 60)
    first = schedule.grid.history_days
    total = 0
    for week, _ in schedule.grid.periods("week"):
        minutes = schedule.paid_minutes[agent, week.start : week.stop]
        known = int(minutes[: max(0, first - week.start)].sum())
        total += max(0, int(minutes.sum()) - max(limit, known))
    return total / 60


def _turns(instance: Instance, duty: Duty, roster: Roster) -> list[Turns]:
    planned = Counter(turn.agent_id for turn in roster.duties if turn.duty == duty.name)
    past = Counter(turn.agent_id for turn in instance.past_turns if turn.duty == duty.name)
    share = instance.fair_shares[duty.name]
    fair = dict(zip(share.agents.tolist(), rounded(share.fair), strict=True))
    return [
        Turns(planned[agent.agent_id], past[agent.agent_id], fair.get(i))
        for i, agent in enumerate(instance.agents)
    ]


def rounded(fair: Sequence[Fraction]) -> list[float]:
    """Return numbers to one decimal that add up to the same sum (largest remainder).

    Of equal ones, those that come first are rounded up.
    """
    tenths = [int(10 * number) for number in fair]
    missing = round(10 * sum(fair)) - sum(tenths)
    order = sorted(range(len(tenths)), key=lambda i: tenths[i] - 10 * fair[i])
    for i in order[:missing]:
        tenths[i] += 1
    return [number / 10 for number in tenths]

"""The calendar of each duty: who holds it on which day."""

from __future__ import annotations

from datetime import date as Date
from datetime import timedelta
from typing import NamedTuple

from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.model.roster import Roster
from csshift.report.html.grid import MARKS
from csshift.report.shown import duty_marks
from csshift.report.wording import Words, plain
from csshift.scoring.unfilled import UnfilledTurns, explain_unfilled, unfilled_turns


class Holder(NamedTuple):
    """One turn: the stores it is for, and who holds it; `missing` says that nobody does."""

    stores: str
    name: str
    missing: str = ""


class CalendarDay(NamedTuple):
    """One day of the calendar; outside the horizon it has no holders and is not planned."""

    date: Date
    planned: bool
    weekend: bool
    holders: tuple[Holder, ...]


class Calendar(NamedTuple):
    """One duty: its sign, name and window, its weeks of seven days, and why turns are unfilled.

    A week starts on Monday.
    """

    mark: str
    name: str
    window: str
    weeks: tuple[tuple[CalendarDay, ...], ...]
    unfilled: tuple[str, ...]


def calendars(instance: Instance, roster: Roster, words: Words) -> list[Calendar]:
    """Return the calendar of each duty of the problem."""
    marks = duty_marks(instance, MARKS)
    unfilled = explain_unfilled(instance, roster)
    return [
        Calendar(
            mark=marks[duty.name],
            name=words.name(duty.name),
            window=f"{duty.window}".replace("-", "–"),
            weeks=_weeks(instance, _holders(instance, roster, duty, words)),
            unfilled=tuple(_why(entry, words) for entry in unfilled if entry.duty == duty),
        )
        for duty in instance.duties
    ]


def _why(entry: UnfilledTurns, words: Words) -> str:
    """Return which turns are not filled, and why."""
    stores = "|".join(entry.stores) or words("all-stores-group")
    missing, when = words("nobody", count=entry.turns), entry.worded_dates(words.unfilled)
    return plain(f"{stores}, {when}: {missing}; {entry.worded_reason(words.unfilled)}")


def _holders(
    instance: Instance, roster: Roster, duty: Duty, words: Words
) -> dict[Date, list[Holder]]:
    names = {agent.agent_id: agent.display_name for agent in instance.agents}
    order = {frozenset(group): i for i, group in enumerate(duty.groups)}
    turns = [turn for turn in roster.duties if turn.duty == duty.name]
    turns.sort(key=lambda turn: (turn.date, order.get(frozenset(turn.stores), 0), turn.agent_id))
    found: dict[Date, list[Holder]] = {}
    for row in turns:
        stores = plain("|".join(row.stores)) or words("all-stores-group")
        found.setdefault(row.date, []).append(Holder(stores, plain(names[row.agent_id])))
    for turn in unfilled_turns(instance, roster, duty):
        where = plain("|".join(turn.stores)) or words("all-stores-group")
        missing = words("nobody", count=turn.turns)
        found.setdefault(turn.date, []).append(Holder(where, "", missing))
    return found


def _weeks(
    instance: Instance, holders: dict[Date, list[Holder]]
) -> tuple[tuple[CalendarDay, ...], ...]:
    horizon = instance.horizon
    monday = horizon.start - timedelta(days=horizon.start.weekday())
    weeks = (horizon.end - monday).days // 7 + 1
    return tuple(
        tuple(
            CalendarDay(
                date=date,
                planned=date in horizon,
                weekend=date.weekday() >= 5,
                holders=tuple(holders.get(date, ())),
            )
            for date in (monday + timedelta(days=7 * week + day) for day in range(7))
        )
        for week in range(weeks)
    )

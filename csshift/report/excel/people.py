"""Hours and overtime of each person, and who holds which duty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from csshift.io.excel.words import PEOPLE, TURNS, column_title
from csshift.io.excel.writing import Value
from csshift.io.layout import DUTIES
from csshift.model.entity import MINUTES_PER_DAY, Span, clock
from csshift.model.shifts import Shift
from csshift.report.excel.sheet import SATURDAY, Context, agent_name, write_table
from csshift.report.people import people

NIGHTS = (Span(0, 360), Span(22 * 60, MINUTES_PER_DAY + 360))
"""From 22:00 to 06:00, on the day of the shift and into the next."""


def people_sheet(context: Context) -> None:
    """Add the sheet of days, hours, overtime, weekends, nights and duty turns a person."""
    words, duties = context.words, context.instance.duties
    columns = ("agent_id", "name", "team", "contract", "days", "hours", "overtime")
    header = [words(key) for key in (*columns, "weekend", "night")]
    for duty in duties:
        header += [f"{duty.name} {words(key)}" for key in ("planned", "past", "fair")]
    write_table(context, context.sheet(PEOPLE[context.lang]), header, _people(context))


def _people(context: Context) -> Iterator[list[Value]]:
    weekends: Counter[str] = Counter()
    nights: Counter[str] = Counter()
    at_night = {shift.code for shift in context.instance.shifts if is_night(shift)}
    for row in context.roster.assignments:
        weekends[row.agent_id] += row.date.weekday() >= SATURDAY
        nights[row.agent_id] += row.shift in at_night
    for person in people(context.instance, context.roster):
        agent = person.agent
        cells: list[Value] = [agent.agent_id, agent_name(agent), agent.team, agent.contract]
        cells += [person.days, person.hours, person.overtime]
        cells += [weekends[agent.agent_id], nights[agent.agent_id]]
        for turns in person.turns:
            cells += [turns.planned, turns.past, turns.fair]
        yield cells


def is_night(shift: Shift) -> bool:
    """Return whether a shift works at any time between 22:00 and 06:00."""
    return any(span.overlap(night) for span in shift.hours for night in NIGHTS)


def turns_sheet(context: Context) -> None:
    """Add the list of duty turns, which `csshift check` reads back."""
    header = [column_title(name, context.lang) for name in DUTIES.header]
    extra = [context.words(key) for key in ("name", "weekday")]
    turns = sorted(context.roster.duties, key=lambda turn: (turn.date, turn.duty, turn.stores))
    rows = [
        [
            turn.date,
            turn.duty,
            "|".join(turn.stores),
            turn.agent_id,
            None if turn.start is None else clock(turn.start),
            None if turn.end is None else clock(turn.end),
            context.names[turn.agent_id],
            context.words.weekday(turn.date),
        ]
        for turn in turns
    ]
    write_table(context, context.sheet(TURNS[context.lang]), [*header, *extra], rows)

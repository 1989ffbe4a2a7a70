"""How work is shared: hours, overtime, nights, weekends and duty turns of each person."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from csshift.instance import Instance
from csshift.model.people import Agent
from csshift.model.roster import Roster
from csshift.report.people import Person, people
from csshift.report.wording import Words, number

BAR = 100
"""Width of the longest bar."""


class Bar(NamedTuple):
    """One figure of one person.

    Parameters
    ----------
    text : str
        The figure.
    width : float
        Of the bar, 0 to 100; the largest figure of all people fills it.
    tick : float or None
        Position of the fair value on the same scale.
    note : str
        Further facts, for a tooltip.
    """

    text: str
    width: float
    tick: float | None = None
    note: str = ""


class Measure(NamedTuple):
    """One kind of burden: its name, and the least, median and most of those concerned."""

    key: str
    name: str
    range: str


class Share(NamedTuple):
    """One person's bars, one for each measure; None where it does not concern them."""

    agent: Agent
    bars: tuple[Bar | None, ...]


class Fairness(NamedTuple):
    """What the section shows."""

    measures: tuple[Measure, ...]
    shares: tuple[Share, ...]


class _Figure(NamedTuple):
    value: float
    fair: float | None = None
    past: int = 0
    note: str = ""


def fairness(instance: Instance, roster: Roster, words: Words) -> Fairness:
    """Return the burdens of each person, in the order of the problem."""
    persons = people(instance, roster)
    columns = _columns(instance, persons, words)
    measures = tuple(Measure(key, name, _range(figures)) for key, name, figures in columns)
    bars = [_bars(figures, words) for _, _, figures in columns]
    return Fairness(
        measures,
        tuple(
            Share(person.agent, tuple(column[i] for column in bars))
            for i, person in enumerate(persons)
        ),
    )


def _columns(
    instance: Instance, persons: Sequence[Person], words: Words
) -> list[tuple[str, str, list[_Figure | None]]]:
    columns: list[tuple[str, str, list[_Figure | None]]] = [
        ("hours", words("hours"), [_paid(person, words) for person in persons]),
        (
            "overtime",
            words("overtime"),
            [None if p.overtime is None else _Figure(p.overtime) for p in persons],
        ),
        ("night", words("night"), [_Figure(person.night_hours) for person in persons]),
        ("weekend", words("weekend-days"), [_Figure(person.weekend_days) for person in persons]),
    ]
    for position, duty in enumerate(instance.duties):
        turns = [person.turns[position] for person in persons]
        figures = [
            _Figure(t.planned + t.past, t.fair, t.past) if t.fair is not None or t.planned else None
            for t in turns
        ]
        columns.append(("turns", words.name(duty.name), figures))
    return columns


def _paid(person: Person, words: Words) -> _Figure:
    """Return the paid hours, with those owed and why they are not given."""
    if person.owed is None:
        return _Figure(person.hours)
    notes = [words("owed-hours", hours=number(person.owed.hours, 1))]
    notes += map(words.name, person.owed.reasons)
    return _Figure(person.hours, person.owed.hours, note=", ".join(notes))


def _range(figures: Sequence[_Figure | None]) -> str:
    values = [figure.value for figure in figures if figure is not None]
    if not values:
        return ""
    return " – ".join(number(value, 1) for value in (min(values), median(values), max(values)))


def _bars(figures: Sequence[_Figure | None], words: Words) -> list[Bar | None]:
    known = [figure for figure in figures if figure is not None]
    most = max((max(figure.value, figure.fair or 0.0) for figure in known), default=0.0)
    scale = BAR / most if most else 0.0
    return [None if figure is None else _bar(figure, scale, words) for figure in figures]


def _bar(figure: _Figure, scale: float, words: Words) -> Bar:
    notes = []
    if figure.past:
        notes.append(words("past", past=figure.past))
    if figure.note:
        notes.append(figure.note)
    elif figure.fair is not None:
        notes.append(words("fair", fair=number(figure.fair, 1)))
    tick = None if figure.fair is None else round(figure.fair * scale, 1)
    return Bar(number(figure.value, 1), round(figure.value * scale, 1), tick, ", ".join(notes))

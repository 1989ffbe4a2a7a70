"""The tables of the problem, result and forecast files, their columns taken from the entities.

Fields give the names of columns, their types the parsers, their docstrings the descriptions;
`csshift.io.translations` adds the Chinese words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from datetime import datetime
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import TypeAdapter

from csshift.io import fields
from csshift.io.rows import quoted
from csshift.model.availability import Availability, show_hours
from csshift.model.calendar import Holiday
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.entity import Entity, TableRow, clock, field_descriptions, fields_of, spans_text
from csshift.model.people import Agent, Balance, Leave, Pin, Request
from csshift.model.promotions import (
    CalendarDay,
    IntervalCell,
    PromotionEffect,
    ShapePoint,
    WaveCell,
)
from csshift.model.reception import ProposedRate, ReceptionDay
from csshift.model.result import OvertimePay
from csshift.model.roster import AllocationShare, Assignment, CoverageCell, DutyTurn
from csshift.model.shifts import Shift
from csshift.model.weekdays import show_weekdays

SETTINGS_FILE = "problem.toml"

EntityType = TypeVar("EntityType", bound=Entity | TableRow)
Parser = Callable[[str], Any]

_BY_BAR, _BY_SEMICOLON = fields.words("|"), fields.words(";")
_BY_NAME: Mapping[str, Parser] = {
    "store": fields.name_without("|"),
    "skill": fields.name_without(":;"),
    "tags": _BY_SEMICOLON,
}
_BY_TYPE: Mapping[Any, Parser] = {
    datetime: fields.moment,
    Date: fields.date,
    Decimal: fields.decimal,
    float: fields.number,
    int: fields.integer,
    str: fields.text,
    tuple: _BY_BAR,
}
_SHOWN: Mapping[Parser, Callable[[Any], str]] = {
    fields.time: clock,
    fields.moment: "{:%Y-%m-%d %H:%M}".format,
    fields.decimal: fields.plain_decimal,
    fields.spans: spans_text,
    fields.efficiencies: fields.show_efficiencies,
    fields.multipliers: fields.show_multipliers,
    fields.weekdays: show_weekdays,
    fields.day_hours: lambda hours: hours if isinstance(hours, str) else show_hours(hours),
    _BY_BAR: "|".join,
    _BY_SEMICOLON: ";".join,
}
"""From values back to cells, where that takes more than `str`."""

_FORMS: Mapping[Parser, str] = {
    fields.date: "YYYY-MM-DD",
    fields.time: "HH:MM",
    fields.moment: "date and time such as 2026-10-31 20:00; 24:00 is midnight",
    fields.spans: "08:00-17:00, or split 09:00-12:00+18:00-23:00; 26:00 is 02:00 of the next day",
    fields.span: "14:00-24:00",
    fields.dates: "YYYY-MM-DD, or a range such as 2026-03-02..2026-03-08",
    fields.weekdays: "a list such as Mon-Fri or Tue;Thu",
    fields.day_hours: "09:00-18:00, from 17:00, or not after 22:00",
    fields.efficiencies: "a list such as pre-sale:1.1;after-sale:0.6 (1 when left out)",
    fields.multipliers: "a list such as pre-sale:4;after-sale:1.8",
    _BY_BAR: "a list such as S1|S2",
    _BY_SEMICOLON: "a list such as new;nursing",
}
"""How cells are written where that is not obvious."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : str
        Title in the header, and field of the entity.
    content : str
        Description of the field.
    parse : callable
        From the text of a cell to the value; raises `CellError`.
    required : bool
        Whether the header must have it and every row fill it.
    """

    name: str
    content: str
    parse: Parser
    required: bool

    def show(self, value: Any) -> str:
        """Return a value as the cell that `parse` reads; blank for None."""
        return "" if value is None else _SHOWN.get(self.parse, str)(value)

    def csv_cell(self) -> Callable[[Any], str]:
        """Return the function from a value to its cell in a CSV file, with a memory if it can."""

        def cell(value: Any) -> str:
            return quoted(self.show(value))

        return cell if self.parse in (fields.efficiencies, fields.multipliers) else cache(cell)

    @property
    def about(self) -> str:
        """What it holds, and in which form."""
        form = _FORMS.get(self.parse)
        return f"{self.content} Written as {form}." if form else self.content

    @property
    def brief(self) -> str:
        """The first sentence of the description, and the form, to be put into another one."""
        first = self.content.partition(". ")[0].removesuffix(".")
        form = _FORMS.get(self.parse)
        return first[:1].lower() + first[1:] + (f"; write {form}" if form else "")


@dataclass(frozen=True)
class Table(Generic[EntityType]):
    """A CSV file, one entity a row.

    Parameters
    ----------
    name : str
        Field of `Problem` or `Roster`, and stem of the file's name.
    entity : type of Entity or TableRow
        What a row is.
    about : str
        Purpose of the table.
    required : bool
        Whether the file must be there, with at least one row.
    parsers : mapping of str to callable
        Parsers of columns whose type does not determine them.
    """

    name: str
    entity: type[EntityType]
    about: str
    required: bool = False
    parsers: Mapping[str, Parser] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.csv"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in the order in which they are written."""
        about = field_descriptions(self.entity)
        return tuple(
            Column(
                name,
                about.get(name, ""),
                self.parsers.get(name) or _BY_NAME.get(name) or _parser(info.annotation),
                info.is_required(),
            )
            for name, info in fields_of(self.entity).items()
        )

    @cached_property
    def validate(self) -> Callable[[Any], EntityType]:
        """From the values of a row to its entity; raises `pydantic.ValidationError`."""
        return TypeAdapter(self.entity).validate_python

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(fields_of(self.entity))


def _parser(annotation: Any) -> Parser:
    return next((_BY_TYPE[kind] for kind in _kinds(annotation) if kind in _BY_TYPE), fields.text)


def _kinds(annotation: Any) -> Iterator[Any]:
    """Yield the classes of an annotation, outer ones first."""
    yield get_origin(annotation) or annotation
    for part in get_args(annotation):
        yield from _kinds(part)


_TIME: Mapping[str, Parser] = {"start": fields.time, "end": fields.time}
_QUEUE: Mapping[str, Parser] = {"store": fields.text}
"""Stores that form one queue are written ``S1|S2``."""
_ANY_QUEUE: Mapping[str, Parser] = {"store": fields.text, "skill": fields.text}

ROSTER = Table("roster", Assignment, "who works when: one row per worked day")
DUTIES = Table("duties", DutyTurn, "who holds which duty on which day", parsers=_TIME)
ALLOCATION = Table(
    "allocation",
    AllocationShare,
    "the hourly plan: which queue an agent serves in each interval",
    parsers={**_TIME, **_QUEUE},
)
COVERAGE = Table(
    "coverage",
    CoverageCell,
    "required and supplied heads of efficiency 1 in each interval",
    parsers={**_TIME, **_QUEUE},
)
RESULT_TABLES: tuple[Table[Any], ...] = (ROSTER, DUTIES, ALLOCATION, COVERAGE)

AGENTS = Table(
    "agents",
    Agent,
    "who can be scheduled",
    required=True,
    parsers={"skills": fields.efficiencies},
)
SHIFTS = Table(
    "shifts",
    Shift,
    "the shift types",
    required=True,
    parsers={"code": fields.shift_code, "hours": fields.spans},
)
FORECAST = Table(
    "forecast",
    ForecastCell,
    "inquiries expected in each interval; this, requirements.csv, or both",
    parsers=_TIME,
)
REQUIREMENTS = Table(
    "requirements",
    RequirementCell,
    "heads needed in each interval; overrides the forecast of the same cell",
    parsers=_TIME,
)
HOLIDAYS = Table(
    "holidays",
    Holiday,
    "statutory holidays, other days off and make-up workdays, if no published calendar applies",
)
BALANCES = Table(
    "balances",
    Balance,
    "what agents had and owed of nights, weekends and so on before the plan; a result holds the "
    "next one",
)
PROBLEM_TABLES: tuple[Table[Any], ...] = (
    AGENTS,
    SHIFTS,
    Table(
        "leave",
        Leave,
        "days, and parts of days, on which an agent is never at work",
        parsers={"hours": fields.span, "date": fields.dates},
    ),
    Table(
        "availability",
        Availability,
        "weekdays, hours and shifts that people work only, or never",
        parsers={
            "weekdays": fields.weekdays,
            "hours": fields.day_hours,
            "shifts": _BY_SEMICOLON,
        },
    ),
    Table("requests", Request, "wishes for single days", parsers={"date": fields.dates}),
    Table("pins", Pin, "days that are decided in advance", parsers={"date": fields.dates}),
    Table(
        "history",
        Assignment,
        "days worked before the horizon; it may name people who have left and old shifts",
    ),
    BALANCES,
    HOLIDAYS,
    Table("history_duties", DutyTurn, "duties held before the horizon", parsers=_TIME),
    FORECAST,
    REQUIREMENTS,
)

ORDINARY = Table(
    "forecast_ordinary",
    ForecastCell,
    "the forecast without promotions, to which promotions.csv applies; it may include days "
    "around the horizon",
    required=True,
    parsers=_TIME,
)
PROMOTIONS = Table(
    "promotions",
    PromotionEffect,
    "stretches of time in which a promotion multiplies inquiries",
    parsers={"multipliers": fields.multipliers},
)
SHAPES = Table(
    "promotion_shapes",
    ShapePoint,
    "own shapes: shares of the added inquiries by hour from the start; the rest follows the "
    "ordinary inquiries",
)
CALENDAR = Table(
    "calendar",
    CalendarDay,
    "days that differ from others of their weekday, for a forecast from history",
)
WAVES = Table(
    "forecast_waves",
    WaveCell,
    "what each phase of each wave adds to the ordinary forecast",
    parsers=_TIME,
)
INTERVALS = Table(
    "forecast_intervals",
    IntervalCell,
    "the forecast from history with its prediction intervals",
    parsers=_TIME,
)
COUNTS = Table("counts", ForecastCell, "past inquiries by interval", required=True, parsers=_TIME)
OVERTIME = Table(
    "overtime", OvertimePay, "overtime of each agent, by the rates at which it is paid"
)
BESIDE_ROSTER: tuple[Table[Any], ...] = (BALANCES, OVERTIME)
"""Tables that a result may have beside the roster."""
INPUT_TABLES: tuple[Table[Any], ...] = (ORDINARY, PROMOTIONS, SHAPES, CALENDAR)
MADE_TABLES: tuple[Table[Any], ...] = (WAVES, INTERVALS)

RECEPTION = Table(
    "reception",
    ReceptionDay,
    "figures of agents, day by day",
    required=True,
    parsers=_ANY_QUEUE,
)
PROPOSAL = Table(
    "proposal",
    ProposedRate,
    "rates of agents that past data suggest; a proposal only",
    parsers=_ANY_QUEUE,
)
IMPORT_TABLES: tuple[Table[Any], ...] = (RECEPTION, PROPOSAL)

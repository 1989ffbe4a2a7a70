"""The tables of the problem folder and of the result folder: their files and columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from csshift.io import fields
from csshift.model.demand import ForecastCell, RequirementCell
from csshift.model.entity import Entity
from csshift.model.people import Agent, Leave, Pin, Request
from csshift.model.roster import AllocationShare, Assignment, CoverageCell, DutyTurn
from csshift.model.shifts import Shift

SETTINGS_FILE = "problem.toml"

EntityType = TypeVar("EntityType", bound=Entity)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name : str
        As it stands in the header, and the field of the entity.
    about : str
        What it holds, for people.
    parse : callable
        From the text of a cell to the value; raises `CellError`.
    required : bool
        Whether it must stand in the header and be filled in every row.
    """

    name: str
    about: str
    parse: Callable[[str], Any] = fields.text
    required: bool = True


@dataclass(frozen=True)
class Table(Generic[EntityType]):
    """A CSV file, one entity a row.

    Parameters
    ----------
    name : str
        Field of `Problem` or `Roster`; the file is called so, too.
    entity : type of Entity
        What a row is.
    about : str
        What the table is for, for people.
    columns : tuple of Column
        In the order in which they are written.
    required : bool
        Whether the file must be there, with at least one row.
    """

    name: str
    entity: type[EntityType]
    about: str
    columns: tuple[Column, ...]
    required: bool = False

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.csv"

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)


_STORE_NAME = fields.name_without("|")
_SKILL_NAME = fields.name_without(":;")

AGENT_ID = Column("agent_id", "the agent, by the identifier in agents.csv")
DATE = Column("date", "the day, YYYY-MM-DD", fields.date)
START = Column("start", "start of the interval, HH:MM", fields.time)
STORE = Column("store", "the store", _STORE_NAME)
SKILL = Column("skill", "the skill", _SKILL_NAME)
SHIFT = Column("shift", "code of the shift, as in shifts.csv")
ANY_SHIFT = Column("shift", "code of a shift; blank: any", required=False)
TAGS = Column("tags", "free words that rules select: new;nursing", fields.words(";"), False)

ROSTER = Table(
    "roster", Assignment, "who works when: one row a worked day", (AGENT_ID, DATE, SHIFT)
)
DUTIES = Table(
    "duties",
    DutyTurn,
    "who holds which duty on which day",
    (
        DATE,
        Column("duty", "name of the duty, as in problem.toml"),
        Column("stores", "its group of stores: S1|S2; blank: all", fields.words("|"), False),
        AGENT_ID,
        Column("start", "first minute of the duty, HH:MM", fields.time, False),
        Column("end", "last minute; 26:00 is 02:00 of the next day", fields.time, False),
    ),
)
ALLOCATION = Table(
    "allocation",
    AllocationShare,
    "the hourly plan: which queue an agent serves in each interval",
    (
        DATE,
        START,
        AGENT_ID,
        STORE,
        SKILL,
        Column("share", "share of the interval, above 0 to 1", fields.decimal),
    ),
)
COVERAGE = Table(
    "coverage",
    CoverageCell,
    "required and supplied heads of efficiency 1 in each interval",
    (
        DATE,
        START,
        STORE,
        SKILL,
        Column("required", "heads needed", fields.decimal),
        Column("supplied", "heads that serve the queue", fields.decimal),
        Column("shortage", "heads that are missing", fields.decimal),
        Column("model", "how the requirement was found", required=False),
    ),
)
RESULT_TABLES: tuple[Table[Any], ...] = (ROSTER, DUTIES, ALLOCATION, COVERAGE)

AGENTS = Table(
    "agents",
    Agent,
    "who can be scheduled",
    (
        Column("agent_id", "unique identifier"),
        Column("name", "for people", required=False),
        Column("team", "a word that rules can select", required=False),
        Column("stores", "stores served: S1|S2; blank: every store", fields.words("|"), False),
        Column(
            "skills",
            "skills with efficiency: pre-sale:1.1;after-sale:0.6 (1 when left out)",
            fields.efficiencies,
        ),
        Column("contract", "a contract of problem.toml; blank: none", required=False),
        Column("start_date", "first day of employment; blank: open", fields.date, False),
        Column("end_date", "last day of employment; blank: open", fields.date, False),
        TAGS,
    ),
    required=True,
)
SHIFTS = Table(
    "shifts",
    Shift,
    "the shift types",
    (
        Column("code", "short unique code, as it is written in a roster", fields.shift_code),
        Column("name", "for people", required=False),
        Column(
            "hours",
            "08:00-17:00, or split 09:00-12:00+18:00-23:00; 26:00 is 02:00 of the next day",
            fields.spans,
        ),
        Column("break_minutes", "unpaid break, minutes", fields.integer, False),
        TAGS,
        Column("end_date", "last day on which it is used; blank: still in use", fields.date, False),
    ),
    required=True,
)
FORECAST = Table(
    "forecast",
    ForecastCell,
    "inquiries expected in each interval; this, requirements.csv, or both",
    (DATE, START, STORE, SKILL, Column("inquiries", "inquiries expected", fields.number)),
)
REQUIREMENTS = Table(
    "requirements",
    RequirementCell,
    "heads needed in each interval; wins over the forecast of the same cell",
    (DATE, START, STORE, SKILL, Column("heads", "heads of efficiency 1", fields.decimal)),
)
PROBLEM_TABLES: tuple[Table[Any], ...] = (
    AGENTS,
    SHIFTS,
    Table(
        "leave",
        Leave,
        "days, and parts of days, on which an agent is never at work",
        (
            AGENT_ID,
            DATE,
            Column("kind", "for people: annual, sick, ...", required=False),
            Column("hours", "part of the day: 14:00-24:00; blank: all day", fields.span, False),
        ),
    ),
    Table(
        "requests",
        Request,
        "wishes for single days, soft",
        (
            AGENT_ID,
            DATE,
            Column("want", "work or off"),
            ANY_SHIFT,
            Column("weight", "how much it counts; 1 when blank", fields.decimal, False),
        ),
    ),
    Table(
        "pins",
        Pin,
        "days that are decided in advance",
        (AGENT_ID, DATE, Column("shift", "code of a shift; blank: off", required=False)),
    ),
    Table(
        "history",
        Assignment,
        "days worked before the horizon; people who have left and old shifts may stand in it",
        ROSTER.columns,
    ),
    Table("history_duties", DutyTurn, "duties held before the horizon", DUTIES.columns),
    FORECAST,
    REQUIREMENTS,
)

"""A roster: who works when, who holds which duty, who serves which queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal
from html import escape
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field, GetPydanticSchema, WrapSerializer

from csshift.extras import needed
from csshift.model.entity import Entity, Name, TableRow, TimeOfDay, clock, fields_of

if TYPE_CHECKING:
    from pandas import DataFrame

RowType = TypeVar("RowType", bound=TableRow)
AgentDay: TypeAlias = tuple[str, Date]
"""An agent's id and a date."""

RosterTable = Literal["roster", "duties", "allocation", "coverage"]

MOST_AGENTS_SHOWN, MOST_DATES_SHOWN = 60, 35
"""Size of the table that a notebook shows."""


@dataclass(frozen=True, slots=True)
class Assignment(TableRow):
    """One worked day of one agent.

    Parameters
    ----------
    agent_id : str
        Identifier of the agent.
    date : date
        Day on which the shift starts.
    shift : str
        Code of the shift.
    """

    agent_id: Name
    date: Date
    shift: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyTurn(TableRow):
    """One day on which an agent holds a duty, for one group of stores.

    Parameters
    ----------
    date : date
        Day of the turn.
    duty : str
        Name of the duty.
    stores : tuple of str
        Group of stores of the duty; all stores if none is given.
    agent_id : str
        Identifier of the agent.
    start : int or None
        First minute of the turn.
    end : int or None
        End of the turn; 26:00 is 02:00 of the next day.
    """

    date: Date
    duty: Name
    stores: tuple[Name, ...] = ()
    agent_id: Name
    start: TimeOfDay | None = None
    end: TimeOfDay | None = None


@dataclass(frozen=True, slots=True)
class AllocationShare(TableRow):
    """Share of one interval that an agent spends on one queue.

    Parameters
    ----------
    date : date
        Day of the interval.
    start : int
        Start of the interval.
    agent_id : str
        Identifier of the agent.
    store : str
        Store of the queue; several that form one queue are written ``S1|S2``.
    skill : str
        Skill of the queue.
    share : Decimal
        Share of the interval, above 0 and at most 1.
    """

    date: Date
    start: TimeOfDay
    agent_id: Name
    store: Name
    skill: Name
    share: Annotated[Decimal, Field(gt=0, le=1)]


@dataclass(frozen=True, slots=True)
class CoverageCell(TableRow):
    """Required and supplied heads of one queue in one interval.

    Parameters
    ----------
    date : date
        Day of the interval.
    start : int
        Start of the interval.
    store : str
        Store of the queue; several that form one queue are written ``S1|S2``.
    skill : str
        Skill of the queue.
    required : Decimal
        Required heads of efficiency 1.
    supplied : Decimal
        Heads that serve the queue.
    shortage : Decimal
        Missing heads.
    inquiries : float
        Calls or chats for agents that come in the interval, by the forecast; 0 where there is
        none, and of work with a deadline.
    model : str
        Model from which the requirement was calculated.
    """

    date: Date
    start: TimeOfDay
    store: Name
    skill: Name
    required: Decimal
    supplied: Decimal
    shortage: Decimal
    inquiries: float = 0.0
    model: str = ""


class Columns(Sequence[RowType]):
    """Rows of one table, held by column; a row is made on demand.

    It equals the tuple of its rows.

    Parameters
    ----------
    kind : type of TableRow
    *columns : sequence
        The values of each field, in the order of the fields.
    """

    __slots__ = ("_columns", "_kind")

    def __init__(self, kind: type[RowType], *columns: Sequence[Any]) -> None:
        self._kind, self._columns = kind, columns

    def __len__(self) -> int:
        return len(self._columns[0])

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self)[index]
        return self._kind(*(column[index] for column in self._columns))

    def __iter__(self) -> Iterator[RowType]:
        return map(self._kind, *self._columns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns | tuple) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def column(self, name: str) -> Sequence[Any]:
        """Return the values of a field."""
        return self._columns[self._kind.__match_args__.index(name)]


def column_of(rows: Sequence[TableRow], name: str) -> Sequence[Any]:
    """Return the values of a field of rows."""
    return rows.column(name) if isinstance(rows, Columns) else list(map(attrgetter(name), rows))


AllocationRows = Annotated[
    Sequence[AllocationShare],
    GetPydanticSchema(lambda _, handler: handler(tuple[AllocationShare, ...])),
    BeforeValidator(lambda rows: tuple(rows) if isinstance(rows, Columns) else rows),
    WrapSerializer(lambda rows, handler: handler(tuple(rows))),
]


class Roster(Entity):
    """Plain data: what a person needs to know about the plan.

    Parameters
    ----------
    assignments : tuple of Assignment
        One for each worked day; a day without one is a day off.
    duties : tuple of DutyTurn
        Holders of the duties.
    allocation : sequence of AllocationShare
        The hourly plan; empty until it has been computed.
    coverage : tuple of CoverageCell
        Required against supplied heads; empty until they have been computed.
    """

    assignments: tuple[Assignment, ...] = ()
    duties: tuple[DutyTurn, ...] = ()
    allocation: AllocationRows = ()
    coverage: tuple[CoverageCell, ...] = ()

    def __repr__(self) -> str:
        agents = len({entry.agent_id for entry in self.assignments})
        return (
            f"<Roster: {len(self.assignments)} shifts of {agents} agents, "
            f"{len(self.duties)} duty turns, {len(self.allocation)} allocation rows, "
            f"{len(self.coverage)} coverage rows>"
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Return the shifts by agent and date as an HTML table, for notebooks."""
        shifts = self.shifts()
        dates = sorted({date for _, date in shifts})[:MOST_DATES_SHOWN]
        agents = sorted({agent for agent, _ in shifts})[:MOST_AGENTS_SHOWN]
        head = _html_row("th", ["", *(f"{date:%m-%d}" for date in dates)])
        rows = [
            _html_row("td", [agent, *(shifts.get((agent, date), "") for date in dates)])
            for agent in agents
        ]
        caption = f"{repr(self)[1:-1]}; {len(agents)} agents and {len(dates)} dates shown"
        return f"<table><caption>{escape(caption)}</caption>{head}{''.join(rows)}</table>"

    def shifts(self) -> dict[AgentDay, str]:
        """Return the codes of the shifts by agent and date; a day off has none."""
        return {(row.agent_id, row.date): row.shift for row in self.assignments}

    def turns(self) -> dict[AgentDay, list[DutyTurn]]:
        """Return the duty turns by agent and date."""
        found: dict[AgentDay, list[DutyTurn]] = {}
        for turn in self.duties:
            found.setdefault((turn.agent_id, turn.date), []).append(turn)
        return found

    def shift_of(self, agent_id: str, date: Date) -> str | None:
        """Return the code of an agent's shift on a date; None on a day off.

        It looks through all rows: for many agents or days, take `shifts` once.
        """
        return self.shifts().get((agent_id, date))

    def turns_of(self, agent_id: str) -> tuple[DutyTurn, ...]:
        """Return the duty turns of an agent."""
        return tuple(turn for turn in self.duties if turn.agent_id == agent_id)

    def to_frame(self, table: RosterTable = "roster") -> DataFrame:
        """Return one of the tables as a pandas frame, with the columns of its file.

        Parameters
        ----------
        table : {"roster", "duties", "allocation", "coverage"}
            Assignments, duty turns, the hourly plan, or required against supplied heads.
            Times of day are text such as ``26:00``, groups of stores ``S1|S2`` (blank: all);
            shares and heads are floats.

        Raises
        ------
        MissingExtraError
            When pandas is not installed.
        """
        rows, columns = {
            "roster": (self.assignments, ("agent_id", "date", "shift")),
            "duties": (self.duties, ("date", "duty", "stores", "agent_id", "start", "end")),
            "allocation": (
                self.allocation,
                ("date", "start", "agent_id", "store", "skill", "share"),
            ),
            "coverage": (
                self.coverage,
                tuple(fields_of(CoverageCell)),
            ),
        }[table]
        return frame(([_cell(getattr(row, c), c) for c in columns] for row in rows), columns)


def _html_row(cell: str, texts: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(text)}</{cell}>' for text in texts)}</tr>"


def _cell(value: Any, column: str) -> Any:
    if column in ("start", "end") and value is not None:
        return clock(value)
    if isinstance(value, tuple):
        return "|".join(value)
    return float(value) if isinstance(value, Decimal) else value


def frame(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> DataFrame:
    """Return rows as a pandas frame.

    Raises
    ------
    MissingExtraError
        When pandas is not installed.
    """
    needed("pandas", "frames")
    from pandas import DataFrame

    return DataFrame(list(rows), columns=list(columns))

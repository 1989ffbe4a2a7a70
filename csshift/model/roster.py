"""A roster: who works when, who holds which duty, who serves which queue."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from csshift.extras import needed
from csshift.model.entity import Entity, Name, TimeOfDay, clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pandas import DataFrame

RosterTable = Literal["roster", "duties", "allocation", "coverage"]

MOST_AGENTS_SHOWN, MOST_DATES_SHOWN = 60, 35
"""Size of the table that a notebook shows."""


class Assignment(Entity):
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


class DutyTurn(Entity):
    """One day on which an agent holds a duty, for one group of stores.

    Parameters
    ----------
    date : date
        Day of the turn.
    duty : str
        Name of the duty.
    stores : tuple of str
        Group of stores of the duty; all stores where none is given.
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


class AllocationShare(Entity):
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
        Store of the queue; several that are one queue stand as ``S1|S2``.
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


class CoverageCell(Entity):
    """Required and supplied heads of one queue in one interval.

    Parameters
    ----------
    date : date
        Day of the interval.
    start : int
        Start of the interval.
    store : str
        Store of the queue; several that are one queue stand as ``S1|S2``.
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


class Roster(Entity):
    """Plain data: what a person needs to know about the plan.

    Parameters
    ----------
    assignments : tuple of Assignment
        One for each worked day; a day without one is a day off.
    duties : tuple of DutyTurn
        Holders of the duties.
    allocation : tuple of AllocationShare
        The hourly plan; empty when it has not been worked out.
    coverage : tuple of CoverageCell
        Required against supplied heads; empty when it has not been worked out.
    """

    assignments: tuple[Assignment, ...] = ()
    duties: tuple[DutyTurn, ...] = ()
    allocation: tuple[AllocationShare, ...] = ()
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
        worked: dict[str, dict[Date, str]] = {}
        for entry in self.assignments:
            worked.setdefault(entry.agent_id, {})[entry.date] = entry.shift
        dates = sorted({entry.date for entry in self.assignments})[:MOST_DATES_SHOWN]
        agents = sorted(worked)[:MOST_AGENTS_SHOWN]
        head = _html_row("th", ["", *(f"{date:%m-%d}" for date in dates)])
        rows = [
            _html_row("td", [agent, *(worked[agent].get(date, "") for date in dates)])
            for agent in agents
        ]
        caption = f"{repr(self)[1:-1]}; {len(agents)} agents and {len(dates)} dates shown"
        return f"<table><caption>{escape(caption)}</caption>{head}{''.join(rows)}</table>"

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
                tuple(CoverageCell.model_fields),
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

"""A roster: who works when, who holds which duty, who serves which queue."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from csshift.model.entity import Entity, Name, TimeOfDay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pandas import DataFrame


class Assignment(Entity):
    """One worked day of one agent."""

    agent_id: Name
    date: Date
    shift: Name


class DutyTurn(Entity):
    """One day on which an agent holds a duty, for one group of stores (empty: all)."""

    date: Date
    duty: Name
    stores: tuple[Name, ...] = ()
    agent_id: Name
    start: TimeOfDay | None = None
    end: TimeOfDay | None = None


class AllocationShare(Entity):
    """Share of one interval that an agent spends on one queue, above 0 to 1."""

    date: Date
    start: TimeOfDay
    agent_id: Name
    store: Name
    skill: Name
    share: Annotated[Decimal, Field(gt=0, le=1)]


class CoverageCell(Entity):
    """Required and supplied heads of one queue in one interval."""

    date: Date
    start: TimeOfDay
    store: Name
    skill: Name
    required: Decimal
    supplied: Decimal
    shortage: Decimal
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

    def to_frame(self) -> DataFrame:
        """Return the assignments as a pandas frame: agent_id, date, shift."""
        return _frame(self.assignments, ("agent_id", "date", "shift"))


def _frame(entities: Sequence[Entity], columns: tuple[str, ...]) -> DataFrame:
    try:
        from pandas import DataFrame
    except ImportError as error:
        from csshift.errors import MissingExtraError

        raise MissingExtraError("pandas", "frames") from error
    return DataFrame([[getattr(e, c) for c in columns] for e in entities], columns=list(columns))

"""Agents, their contracts, and the days on which they cannot be planned freely."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from csshift.model.entity import Entity, Exact, Name, Weight

Efficiency = Annotated[Exact, Field(gt=0, le=100, decimal_places=3)]
Hours = Annotated[Exact, Field(ge=0, le=10_000, decimal_places=3)]


class Contract(Entity):
    """Terms of employment.

    Parameters
    ----------
    name : str
        Name, unique in the problem.
    max_hours_per_week : Decimal or None
        Paid hours that an ISO week may hold; never exceeded.
    overtime_after_hours_per_week : Decimal or None
        Paid hours of an ISO week beyond which each hour is overtime.
    cost_per_hour : Decimal
        Cost of a paid hour, in objective points.
    overtime_cost_per_hour : Decimal or None
        Cost of an overtime hour, in objective points; None takes `weights.overtime`.
    """

    name: Name
    max_hours_per_week: Hours | None = None
    overtime_after_hours_per_week: Hours | None = None
    cost_per_hour: Weight = Decimal(0)
    overtime_cost_per_hour: Weight | None = None


class Agent(Entity):
    """A person who can be scheduled.

    Parameters
    ----------
    agent_id : str
        Unique identifier.
    name, team : str
        For people; `team` can be selected by rules.
    stores : tuple of str
        Stores that the agent serves; empty means every store.
    skills : dict of str to Decimal
        Efficiency by skill: heads offered by one agent at work.
    contract : str or None
        Name of a contract; None means no contract terms.
    start_date, end_date : date or None
        First and last day of employment; None means open.
    tags : tuple of str
        Free words that rules can select.
    """

    agent_id: Name
    name: str = ""
    team: str = ""
    stores: tuple[Name, ...] = ()
    skills: Annotated[dict[str, Efficiency], Field(min_length=1)]
    contract: Name | None = None
    start_date: Date | None = None
    end_date: Date | None = None
    tags: tuple[Name, ...] = ()

    def serves(self, store: str) -> bool:
        """Return whether the agent serves the store."""
        return not self.stores or store in self.stores

    def efficiency(self, store: str, skill: str) -> Decimal:
        """Return the heads that the agent offers to a queue, 0 where it may not serve it."""
        return self.skills.get(skill, Decimal(0)) if self.serves(store) else Decimal(0)

    def employed(self, date: Date) -> bool:
        """Return whether the date lies within the employment."""
        return (self.start_date is None or date >= self.start_date) and (
            self.end_date is None or date <= self.end_date
        )


class Leave(Entity):
    """A day on which an agent is never scheduled."""

    agent_id: Name
    date: Date
    kind: str = ""


class Request(Entity):
    """A wish of an agent, soft.

    Parameters
    ----------
    agent_id : str
        Who wishes.
    date : date
        For which day.
    want : {"work", "off"}
        To work, or not to.
    shift : str or None
        A shift code; None means any shift.
    weight : Decimal
        How much the wish counts; multiplies `weights.request`.
    """

    agent_id: Name
    date: Date
    want: Literal["work", "off"]
    shift: Name | None = None
    weight: Annotated[Weight, Field(gt=0)] = Decimal(1)


class Pin(Entity):
    """A decision taken in advance: this shift, or None for a day off."""

    agent_id: Name
    date: Date
    shift: Name | None = None

"""Agents, their contracts, and the days on which they cannot be planned freely."""

from __future__ import annotations

from datetime import date as Date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from csshift.model.entity import MINUTES_PER_DAY, Entity, Exact, Name, Span, TimeSpan, Weight
from csshift.model.shifts import Shift

Efficiency = Annotated[Exact, Field(gt=0, le=100, decimal_places=3)]
Hours = Annotated[Exact, Field(ge=0, le=10_000, decimal_places=3)]


class Contract(Entity):
    """Terms of employment.

    Parameters
    ----------
    name : str
        Name, unique in the problem.
    max_hours_per_week : Decimal or None
        Paid hours that a week may hold; never exceeded.
    overtime_after_hours_per_week : Decimal or None
        Paid hours of a week beyond which each hour is overtime.
    cost_per_hour : Decimal
        Cost of a paid hour, in objective points.
    overtime_cost_per_hour : Decimal or None
        Cost of an overtime hour, in objective points; None takes `weights.overtime`.
    target_hours_per_week : Decimal or None
        Paid hours that the agent is owed in a week: hours below and above cost
        `weights.target_hours`, rising with the distance. Leave, employment, days that availability
        closes and days that are not known reduce them in proportion.
    target_hours_per_month : Decimal or None
        The same for a month; give at most one of the two.
    """

    name: Name
    max_hours_per_week: Hours | None = None
    overtime_after_hours_per_week: Hours | None = None
    cost_per_hour: Weight = Decimal(0)
    overtime_cost_per_hour: Weight | None = None
    target_hours_per_week: Annotated[Hours, Field(gt=0)] | None = None
    target_hours_per_month: Annotated[Hours, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if self.target_hours_per_week and self.target_hours_per_month:
            raise ValueError(
                "target_hours_per_month: target_hours_per_week is also given; keep one of them"
            )
        return self

    @property
    def target(self) -> tuple[Literal["week", "month"], Decimal] | None:
        """The period of the target and its hours; None where the contract names none."""
        if self.target_hours_per_week is not None:
            return "week", self.target_hours_per_week
        if self.target_hours_per_month is not None:
            return "month", self.target_hours_per_month
        return None


class Agent(Entity):
    """A person who can be scheduled.

    Parameters
    ----------
    agent_id : str
        Unique identifier.
    name : str
        Name for people.
    team : str
        Team, which rules can select.
    stores : tuple of str
        Stores that the agent serves; every store if none is given.
    skills : dict of str to Decimal
        Efficiency by skill: heads that the agent offers while at work.
    contract : str or None
        Name of a contract; no contract terms apply if none is given.
    start_date : date or None
        First day of employment; open if none is given.
    end_date : date or None
        Last day of employment; open if none is given.
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

    @property
    def display_name(self) -> str:
        """The name, else the identifier."""
        return self.name or self.agent_id

    @property
    def label(self) -> str:
        """The identifier and the name."""
        return f"{self.agent_id} {self.name}".rstrip()

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


def _of_one_day(span: Span) -> Span:
    if span.start >= MINUTES_PER_DAY or span.minutes > MINUTES_PER_DAY:
        raise ValueError("hours start before 24:00 of their day and last 24 hours at most")
    return span


class Leave(Entity):
    """A day, or a part of one, on which an agent is never at work.

    A shift is not offered when any of its working hours lies within the leave, a night of the
    day before included; the gap of a split shift may lie within it, and a shift that ends
    when the leave begins, at 24:00 for example, does not touch it.

    Parameters
    ----------
    agent_id : str
        Identifier of the agent who is away.
    date : date
        Day of the leave. Days of the history count for what minimum rules require; the day
        after the horizon counts for the last night.
    kind : str
        Kind of leave, for people: annual, sick, ...
    hours : Span or None
        Part of the day; the whole day if none is given. Only a day that leave covers from
        00:00 to 24:00 reduces what minimum rules require.
    """

    agent_id: Name
    date: Date
    kind: str = ""
    hours: Annotated[TimeSpan, AfterValidator(_of_one_day)] | None = None

    @property
    def span(self) -> Span:
        """The minutes of leave, from midnight of its date."""
        return self.hours or Span(0, MINUTES_PER_DAY)

    @property
    def all_day(self) -> bool:
        """Whether this row covers its whole date."""
        return self.span.start == 0 and self.span.end >= MINUTES_PER_DAY

    def overlap(self, shift: Shift, date: Date) -> int:
        """Return the working minutes of a shift that starts on a date within the leave."""
        offset = (self.date - date).days * MINUTES_PER_DAY
        return shift.overlap(Span(self.span.start + offset, self.span.end + offset))


class Request(Entity):
    """A wish of an agent, soft.

    Parameters
    ----------
    agent_id : str
        Identifier of the agent.
    date : date
        Day of the wish; in ``requests.csv`` a range of days, too.
    want : {"work", "off"}
        Whether the agent wants to work: work or off.
    shift : str or None
        Codes of shifts, or ``tag:WORD``, separated by ``;``; any shift if none is given.
    weight : Decimal
        Importance of the wish, 1 by default; multiplies `weights.wish_minutes`.
    """

    agent_id: Name
    date: Date
    want: Literal["work", "off"]
    shift: Name | None = None
    weight: Annotated[Weight, Field(gt=0)] = Decimal(1)


class Pin(Entity):
    """A decision taken in advance.

    Parameters
    ----------
    agent_id : str
        Identifier of the agent.
    date : date
        Day of the decision.
    shift : str or None
        Code of the shift; a day off if none is given.
    """

    agent_id: Name
    date: Date
    shift: Name | None = None


class Balance(Entity):
    """What an agent had and owed of something before a plan; it is carried on from plan to plan.

    Parameters
    ----------
    agent_id : str
        Identifier of the agent; people who have left are ignored.
    what : str
        What is counted: the name, else the id of a rule, else what it counts, such as ``nights``.
    count : Decimal
        How many the agent had.
    owed : Decimal
        How many would have been fair.
    until : date
        Last day that is included; of the history, only later days are added.
    """

    agent_id: Name
    what: Name
    count: Annotated[Exact, Field(ge=0, le=1_000_000)]
    owed: Annotated[Exact, Field(ge=0, le=1_000_000)]
    until: Date

"""What agents did in the past, day by day, and what is proposed from it."""

from __future__ import annotations

from datetime import date as Date
from typing import Annotated, Literal

from pydantic import Field

from csshift.model.entity import Entity, Name

Amount = Annotated[float, Field(ge=0, le=1e12)]
Proportion = Annotated[float, Field(ge=0, le=1)]


class ReceptionDay(Entity):
    """What one agent did on one day for one store and skill; None where it is not known.

    Parameters
    ----------
    date : date
        Day of the figures.
    agent_id : str
        Identifier of the agent.
    store, skill : str
        Queue of the figures; unknown if none is given.
    inquiries : float or None
        Customers who inquired.
    received : float or None
        Customers received.
    first_response_seconds : float or None
        Mean time to the first reply, in seconds.
    mean_response_seconds : float or None
        Mean time to a reply, in seconds.
    session_seconds : float or None
        Mean length of a session, in seconds.
    within_3_minutes : float or None
        Share of the replies by a person within three minutes, 0 to 1.
    hours : float or None
        Hours online.
    reminded : float or None
        Customers reminded to pay.
    reminded_paid : float or None
        Customers who paid after a reminder.
    sales : float or None
        Sales, in the shop's currency.
    """

    date: Date
    agent_id: Name
    store: str = ""
    skill: str = ""
    inquiries: Amount | None = None
    received: Amount | None = None
    first_response_seconds: Amount | None = None
    mean_response_seconds: Amount | None = None
    session_seconds: Amount | None = None
    within_3_minutes: Proportion | None = None
    hours: Amount | None = None
    reminded: Amount | None = None
    reminded_paid: Amount | None = None
    sales: Amount | None = None


class ProposedRate(Entity):
    """A figure of one agent that past data suggest; nothing applies it.

    Parameters
    ----------
    agent_id : str
        Identifier of the agent.
    skill : str
        Skill of the figure.
    basis : {"received an hour", "received a day", "paid after reminder"}
        Figure that was compared.
    days : int
        Days on which there was somebody to compare with.
    observed : float
        Observed ratio of the agent to the team's mean.
    proposed : float
        Ratio shrunk towards 1.
    low : float
        Lower end of the 95 % interval.
    high : float
        Upper end of the 95 % interval.
    weight : float
        Weight of the agent's own data in `proposed`, 0 to 1.
    current : float or None
        Efficiency in agents.csv, where one was given.
    """

    agent_id: Name
    skill: Name
    basis: Literal["received an hour", "received a day", "paid after reminder"]
    days: int
    observed: float
    proposed: float
    low: float
    high: float
    weight: float
    current: float | None = None

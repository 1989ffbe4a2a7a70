"""What agents did in the past, day by day, and what is proposed from it."""

from __future__ import annotations

from datetime import date as Date
from typing import Annotated, Literal

from pydantic import Field

from csshift.model.entity import Entity, Name

Amount = Annotated[float, Field(ge=0, le=1e12)]
Part = Annotated[float, Field(ge=0, le=1)]


class ReceptionDay(Entity):
    """What one agent did on one day for one store and skill; None where it is not known.

    Parameters
    ----------
    date, agent_id, store, skill
        Whose and which; store and skill may be blank.
    inquiries, received : float or None
        Customers who asked, and customers received.
    first_response_seconds, mean_response_seconds, session_seconds : float or None
        Mean times.
    within_3_minutes : float or None
        Share of the replies by a person within three minutes.
    hours : float or None
        Hours online.
    reminded, reminded_paid : float or None
        Customers reminded to pay, and those who then paid.
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
    within_3_minutes: Part | None = None
    hours: Amount | None = None
    reminded: Amount | None = None
    reminded_paid: Amount | None = None
    sales: Amount | None = None


class ProposedRate(Entity):
    """A figure of one agent that past data suggest; nothing applies it.

    Parameters
    ----------
    agent_id, skill : str
        Whose, and at what.
    basis : {"received an hour", "received a day", "paid after reminder"}
        What was compared.
    days : int
        Days on which there was somebody to compare with.
    observed : float
        The agent's own ratio to the team, 1 being its mean.
    proposed, low, high : float
        The ratio shrunk towards 1, and its 95 % interval.
    weight : float
        Weight of the agent's own data in `proposed`, 0 to 1.
    current : float or None
        The efficiency in agents.csv, where one was given.
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

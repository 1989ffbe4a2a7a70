"""What has to be served: inquiries or heads, by interval, store and skill."""

from __future__ import annotations

from datetime import date as Date
from typing import Annotated

from pydantic import Field

from csshift.model.entity import Entity, Exact, Name, TimeOfDay

MOST_INQUIRIES = 1e9
"""Inquiries of one interval and queue."""

Inquiries = Annotated[float, Field(ge=0, le=MOST_INQUIRIES)]
Heads = Annotated[Exact, Field(ge=0, le=100_000)]


class ForecastCell(Entity):
    """Inquiries expected in one interval at one queue (store and skill).

    Parameters
    ----------
    date : date
        Day of the interval.
    start : int
        Start of the interval.
    store : str
        Store of the queue.
    skill : str
        Skill of the queue.
    inquiries : float
        Expected inquiries.
    """

    date: Date
    start: TimeOfDay
    store: Name
    skill: Name
    inquiries: Inquiries


class RequirementCell(Entity):
    """Heads required in one interval at one queue; beats the forecast.

    Parameters
    ----------
    date : date
        Day of the interval.
    start : int
        Start of the interval.
    store : str
        Store of the queue.
    skill : str
        Skill of the queue.
    heads : Decimal
        Required heads of efficiency 1.
    """

    date: Date
    start: TimeOfDay
    store: Name
    skill: Name
    heads: Heads

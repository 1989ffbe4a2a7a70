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
    """Inquiries expected in one interval at one queue (store and skill)."""

    date: Date
    start: TimeOfDay
    store: Name
    skill: Name
    inquiries: Inquiries


class RequirementCell(Entity):
    """Heads of efficiency 1 required in one interval at one queue; beats the forecast."""

    date: Date
    start: TimeOfDay
    store: Name
    skill: Name
    heads: Heads

"""Public holidays, and how labour rules apply."""

from __future__ import annotations

from datetime import date as Date
from typing import Annotated, Literal

from pydantic import Field

from csshift.model.entity import Entity, Exact

Figure = Annotated[Exact, Field(ge=0, le=10_000, decimal_places=3)]


class Holiday(Entity):
    """A day that differs from others of its weekday.

    Parameters
    ----------
    date : date
        The day; the table overrides a published calendar.
    kind : {"statutory", "rest", "workday"}
        A statutory holiday (statutory), another day off (rest), or a make-up workday (workday).
    name : str
        Name for people.
    """

    date: Date
    kind: Literal["statutory", "rest", "workday"]
    name: str = ""


class LabourTerms(Entity):
    """How labour rules apply; the table ``[labour_terms]``.

    Parameters
    ----------
    mode : {"enforce", "report"}
        Whether the rules of the preset are enforced, or only checked and each breach listed.
    calendar : {"auto", "china", "none"}
        Holidays and make-up workdays: ``china`` as published, ``none`` for weekends alone; with
        ``auto``, a preset that needs the Chinese calendar uses it.
    provisional : bool
        Whether a year whose calendar is not published may be planned with weekends and the
        statutory days alone.
    figures : dict of str to Decimal
        Figures of the preset that differ, by the names that the preset gives them.
    """

    mode: Literal["enforce", "report"] = "enforce"
    calendar: Literal["auto", "china", "none"] = "auto"
    provisional: bool = False
    figures: dict[str, Figure] = Field(default_factory=dict)

"""Notes: what a reader of a result should know, for people and for programs."""

from __future__ import annotations

from datetime import date as Date
from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from csshift.model.entity import Entity, Name


class Note(Entity):
    """One thing that a reader of a result should know.

    Only the fields that say something are written: a note about a rule has no ``stores``.

    Parameters
    ----------
    code : str
        What kind of note it is, for programs: lower-case words joined by hyphens, such as
        ``unfilled-duty``. Codes are part of the public interface.
    text : str
        One sentence for people: what it is and, where there is something to do, what to do.
    agents, dates, stores, skills, shifts, rules : tuple
        What the note names: agent ids, days, stores, skills, shift codes, names of rules and
        duties.
    count : int or None
        How many rows, turns or hours it speaks of, where it counts something.
    """

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    text: Annotated[str, Field(min_length=1)]
    agents: tuple[Name, ...] = ()
    dates: tuple[Date, ...] = ()
    stores: tuple[Name, ...] = ()
    skills: tuple[Name, ...] = ()
    shifts: tuple[Name, ...] = ()
    rules: tuple[str, ...] = ()
    count: int | None = None

    def __str__(self) -> str:
        return self.text

    @model_serializer(mode="wrap")
    def _without_blanks(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in serialise(self).items() if value not in ((), [], None)}

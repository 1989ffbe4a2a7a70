"""Notes: what a reader of a result should know, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Date
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from csshift.model.entity import Entity, Name

MOST_SHOWN = 10
"""Notes that a summary shows; `result.json` holds all of them."""

MOST_NAMED = 5
"""Names that the text of a note lists; the fields of the note hold all of them."""

USUAL_WEIGHT = 50

NOTE_WEIGHTS: Mapping[str, int] = MappingProxyType(
    {
        "nobody-planned": 100,
        "heads-unfinished": 99,
        "changed-since-solve": 98,
        "conflicts-failed": 97,
        "notes-failed": 96,
        "stage-failed": 95,
        "relaxed": 94,
        "rule-impossible": 92,
        "too-few-hours": 90,
        "nobody-at-work": 86,
        "unfilled-duty": 80,
        "target-missed": 76,
        "target-doubtful": 75,
        "last-night": 72,
        "serves-nothing": 68,
        "availability-leaves-nothing": 66,
        "small-queues": 64,
        "queues-staffed-apart": 62,
        "labour-breaches": 61,
        "labour-preset": 60,
        "labour-basis": 59,
        "no-rest-rule": 58,
        "no-hours-limit": 57,
        "no-days-limit": 56,
        "late-work": 54,
        "soft-rules-broken": 51,
        "wishes-lost": 50,
        "wish-impossible": 48,
        "wish-against-availability": 47,
        "rule-binds-nobody": 46,
        "overtime-pay": 44,
        "balances-mixed": 45,
        "fair-shares": 43,
        "balances-unused": 19,
        "balances-unknown-agents": 16,
        "uneven-nights": 42,
        "uneven-weekends": 41,
        "uneven-late-shifts": 40,
        "half-known-week": 36,
        "history-unknown-shifts": 34,
        "pool-partly-served": 33,
        "pool-without-effect": 32,
        "duty-without-days": 31,
        "standby": 29,
        "pins-kept": 30,
        "duty-without-share": 25,
        "duty-fairness-low": 24,
        "shifts-impossible": 35,
        "stores-unasked": 28,
        "skills-unasked": 28,
        "shifts-ended": 27,
        "contracts-unheld": 26,
        "agents-not-employed": 23,
        "next-morning-demand": 22,
        "availability-outside": 21,
        "rows-outside": 20,
        "dates-outside": 18,
        "night-before-unknown-agents": 17,
        "history-unknown-agents": 16,
        "history-unknown-duties": 15,
        "history-too-old": 14,
        "shifts-unused": 12,
    }
)
"""How much a note of each code weighs, from 100 for what makes a roster useless: notes are shown
in this order."""


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
    text_zh : str
        The same in Chinese; blank where there is no translation.
    agents, dates, stores, skills, shifts, rules : tuple
        What the note names: agent ids, days, stores, skills, shift codes, names of rules and
        duties.
    count : int or None
        How many rows, turns or hours it speaks of, where it counts something.
    """

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    text: Annotated[str, Field(min_length=1)]
    text_zh: str = ""
    agents: tuple[Name, ...] = ()
    dates: tuple[Date, ...] = ()
    stores: tuple[Name, ...] = ()
    skills: tuple[Name, ...] = ()
    shifts: tuple[Name, ...] = ()
    rules: tuple[str, ...] = ()
    count: int | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def weight(self) -> int:
        """How much it weighs beside other notes."""
        return NOTE_WEIGHTS.get(self.code, USUAL_WEIGHT)

    def worded(self, lang: Literal["zh", "en"]) -> str:
        """Return the text in a language; the English one where there is no other."""
        return (lang == "zh" and self.text_zh) or self.text

    @model_serializer(mode="wrap")
    def _without_blanks(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {
            key: value for key, value in serialise(self).items() if value not in ((), [], None, "")
        }


def ranked(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return notes by weight, the weightiest first; of one weight in the order given."""
    return tuple(sorted(notes, key=lambda note: -note.weight))


def listed(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """Return the first names, and how many there are besides."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def listed_zh(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """Return the same in Chinese."""
    more = f" 等 {len(names)} 个" if len(names) > most else ""
    return "、".join(names[:most]) + more

"""What every rule is: fields, rows of the program, and a check that needs no solver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, field_validator

from csshift.model.entity import Entity, Name, Weight
from csshift.model.people import Agent
from csshift.rules.staffing import Schedule, Staffing

if TYPE_CHECKING:
    from csshift.rules.work import WorkColumns

Severity = Literal["hard"] | Annotated[Weight, Field(gt=0)]
# Far above anything sensible, and far below what would exhaust memory or 64 bits.
Days = Annotated[int, Field(ge=1, le=10_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


def _names_a_shift(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        raise ValueError("names no shift; name at least one code, or tag:WORD")
    return words


ShiftWords = Annotated[
    tuple[Name, ...],
    Field(max_length=1000, json_schema_extra={"minItems": 1}),
    AfterValidator(_names_a_shift),
]
Chosen = Annotated[tuple[Name, ...], Field(json_schema_extra={"minItems": 1})]


class Selector(Entity):
    """Chooses agents: those that match every field that is given, by any of its words."""

    ids: Chosen | None = None
    teams: Chosen | None = None
    tags: Chosen | None = None
    contracts: Chosen | None = None
    skills: Chosen | None = None

    @field_validator("*")
    @classmethod
    def _selects_somebody(cls, words: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if words == ():
            raise ValueError("selects nobody; remove it to select everybody, or name at least one")
        return words

    def matches(self, agent: Agent) -> bool:
        """Return whether the agent is chosen."""
        return (
            (self.ids is None or agent.agent_id in self.ids)
            and (self.teams is None or agent.team in self.teams)
            and (self.tags is None or not set(self.tags).isdisjoint(agent.tags))
            and (self.contracts is None or agent.contract in self.contracts)
            and (self.skills is None or not set(self.skills).isdisjoint(agent.skills))
        )


@dataclass(frozen=True)
class Violation:
    """One place where a rule is broken.

    Parameters
    ----------
    amount : Fraction
        By how much, in the rule's own unit; positive.
    agent : int or None
        Position of the agent, None when the rule concerns several.
    day : int or None
        Position of the day (history included).
    text : str
        What is wrong, for people.
    """

    amount: Fraction
    agent: int | None
    day: int | None
    text: str


class Rule(Entity):
    """A condition on the shifts worked, hard or soft.

    Parameters
    ----------
    kind : str
        Which rule it is; subclasses fix it.
    severity : "hard" or Decimal
        A hard rule is never broken; a soft one costs this many points a unit of violation.
    agents : Selector or None
        Whom it concerns; None means everybody.
    name : str
        Shown in place of the kind.
    """

    kind: str
    severity: Severity = "hard"
    agents: Selector | None = None
    name: str = ""

    @property
    def hard(self) -> bool:
        """Whether the rule must never be broken."""
        return self.severity == "hard"

    @property
    def weight(self) -> Fraction:
        """Points for a unit of violation; 0 for a hard rule."""
        return Fraction(self.severity) if isinstance(self.severity, Decimal) else Fraction(0)

    @property
    def label(self) -> str:
        """What the rule is called: its name, else its kind."""
        return self.name or self.kind

    @property
    def price_source(self) -> str:
        """The input field that the weight comes from, for messages."""
        return f"severity of rule {self.label!r}"

    def chosen(self, staffing: Staffing) -> NDArray[np.int64]:
        """Return the positions of the agents concerned."""
        selector = self.agents or Selector()
        return np.array(
            [i for i, agent in enumerate(staffing.agents) if selector.matches(agent)],
            dtype=np.int64,
        )

    def rows(self, work: WorkColumns) -> None:
        """Add the rule's rows (and slack columns where it is soft) to the program."""
        raise NotImplementedError

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Yield every violation of a schedule, found without program or solver."""
        raise NotImplementedError

    def shift_words(self) -> tuple[str, ...]:
        """Return the shift codes and ``tag:`` words that the rule names."""
        return ()

    def named_dates(self) -> tuple[Date, ...]:
        """Return the dates that the rule names; those that are not planned are left out."""
        return ()

    def holds_on_other_dates(self) -> bool:
        """Return whether the rule also concerns days that `named_dates` does not list."""
        return not self.named_dates()

    def agent_tags(self) -> tuple[str, ...]:
        """Return the tags of agents that the rule names outside its selector."""
        return ()


def beyond(total: int, known: int, limit: int) -> int:
    """Return the excess of a total over a limit that history may already have passed.

    What happened before the horizon cannot be mended: where `known`, the part of the total
    that lies in the history, is above the limit, only what is added to it counts.
    """
    return max(0, total - max(limit, known))

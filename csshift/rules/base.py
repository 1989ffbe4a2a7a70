"""What every rule is: fields, rows of the program, and a check that needs no solver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator, Field, field_validator

from csshift.model.entity import Entity, Name, Weight
from csshift.model.people import Agent
from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.work import WorkColumns

Severity = Literal["hard"] | Annotated[Weight, Field(gt=0)]
# Far above anything sensible, and far below what would exhaust memory or 64 bits.
Days = Annotated[int, Field(ge=1, le=10_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Texts = Mapping[str, str]
"""A text in each language, by its code: ``en``, ``zh``."""


def texts(*, en: str, zh: str) -> Texts:
    """Return a text in English and Chinese."""
    return MappingProxyType({"en": en, "zh": zh})


PERIODS: Mapping[str, Texts] = MappingProxyType(
    {
        "week": texts(en="in a week", zh="每周"),
        "month": texts(en="in a month", zh="每月"),
        "horizon": texts(en="in the planned period", zh="整个排班期"),
        "rolling-7-days": texts(en="in 7 consecutive days", zh="任意连续 7 天"),
    }
)
"""What the values of a field `per` are called within a sentence."""


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
    """Chooses agents: those that match every field that is given, by any of its words.

    Parameters
    ----------
    ids : tuple of str or None
        Agent ids.
    teams : tuple of str or None
        Teams.
    tags : tuple of str or None
        Tags of agents; one of them is enough.
    contracts : tuple of str or None
        Names of contracts.
    skills : tuple of str or None
        Skills; one of them is enough.
    """

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

    A kind of rule is a subclass that fixes `kind`, has a title and a sentence in each language,
    and is made known by `register`.

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

    titles: ClassVar[Texts] = MappingProxyType({})
    """What the kind is called."""

    sentences: ClassVar[Texts] = MappingProxyType({})
    """What the kind requires, with fields in braces: ``{count:shift}`` is "3 shifts"."""

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

    def sentence(self, lang: str = "en") -> str:
        """Return what the rule requires, its values filled in; the label if the kind has no text.

        Parameters
        ----------
        lang : {"en", "zh"}
        """
        template = self.sentences.get(lang) or self.sentences.get("en") or self.label
        if template is self.label:
            return template
        return self.filled(template, lang)

    def filled(self, template: str, lang: str = "en") -> str:
        """Return a text with the values of the rule's fields in place of their names in braces."""
        return template.format(**{name: _Shown(value, lang) for name, value in self})

    @classmethod
    def template(cls, lang: str = "en") -> str:
        """Return the sentence of the kind with the names of its fields in braces."""
        fields = {name: _Shown(f"{{{name}}}", lang) for name in cls.model_fields}
        return cls.sentences.get(lang, "").format(**fields)

    def chosen(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return the positions of the agents concerned."""
        selector = self.agents or Selector()
        return np.array(
            [i for i, agent in enumerate(grid.agents) if selector.matches(agent)],
            dtype=np.int64,
        )

    def rows(self, work: WorkColumns) -> None:
        """Add the rule's rows (and slack columns where it is soft) to the program."""
        raise NotImplementedError

    def violations(self, schedule: Schedule) -> Iterator[Violation]:
        """Yield every violation of a schedule, found without program or solver."""
        raise NotImplementedError

    def at_most(
        self,
        work: WorkColumns,
        columns: NDArray[np.int64],
        coefficients: ArrayLike,
        upper: ArrayLike,
        *,
        unit: Fraction = Fraction(1),
        share: NDArray[np.int64] | None = None,
    ) -> None:
        """Keep each row's sum at or below `upper`; a soft rule pays for the excess.

        Where the constants of the history alone exceed the limit, they become the limit: only
        what the planned days add counts.

        Parameters
        ----------
        work : WorkColumns
        columns : int array, shape (rows, width)
            Column ids, ABSENT allowed.
        coefficients : array_like of int, broadcast to (rows, width)
            None of them negative.
        upper : array_like of int, broadcast to (rows,)
        unit : Fraction
            Amount of violation (see `Violation.amount`) in one unit of a row's excess.
        share : int array, shape (rows,), or None
            Rows with the same number share one slack column: several broken ones count once,
            by the largest excess.
        """
        values = np.broadcast_to(np.asarray(coefficients, dtype=np.int64), columns.shape)
        known: NDArray[np.int64] = np.zeros(columns.shape[0], dtype=np.int64)
        if work.grid.history_days:
            known = np.where(work.known(columns), values, 0).sum(axis=1)
        limits = np.maximum(np.asarray(upper, dtype=np.int64), known)
        price = None if self.hard else self.weight * unit
        work.limit(self.label, columns, values, limits, price, self.price_source, share)

    def at_least(
        self,
        work: WorkColumns,
        columns: NDArray[np.int64],
        coefficients: ArrayLike,
        lower: ArrayLike,
        *,
        unit: Fraction = Fraction(1),
    ) -> None:
        """Keep each row's sum at or above `lower`; a soft rule pays for the shortfall.

        Parameters are those of `at_most`, but coefficients may have any sign, and the history
        changes no bound.
        """
        values = np.broadcast_to(np.asarray(coefficients, dtype=np.int64), columns.shape)
        limits = np.broadcast_to(np.asarray(lower, dtype=np.int64), columns.shape[:1])
        price = None if self.hard else self.weight * unit
        work.limit(self.label, columns, -values, -limits, price, self.price_source)

    def shift_words(self) -> tuple[str, ...]:
        """Return the shift codes and ``tag:`` words that the rule names: its field `shifts`."""
        return getattr(self, "shifts", None) or ()

    def named_dates(self) -> tuple[Date, ...]:
        """Return the dates that the rule names; those that are not planned are left out."""
        return ()

    def holds_on_other_dates(self) -> bool:
        """Return whether the rule also concerns days that `named_dates` does not list."""
        return not self.named_dates()

    def agent_tags(self) -> tuple[str, ...]:
        """Return the tags of agents that the rule names outside its selector."""
        return ()


RuleType = TypeVar("RuleType", bound=type[Rule])

KINDS: dict[str, type[Rule]] = {}
"""The kinds that are registered, by name."""


def register(rule: RuleType) -> RuleType:
    """Make a rule kind known, so that problems can name it; usable as a decorator.

    Raises
    ------
    ValueError
        When the class fixes no kind, or another class has the same one.
    """
    kind = rule.__pydantic_fields__["kind"].default
    if not isinstance(kind, str):
        raise ValueError(f"{rule.__name__} gives its field `kind` no default")
    if KINDS.setdefault(kind, rule) is not rule:
        raise ValueError(f"the rule kind {kind!r} is taken by {KINDS[kind].__name__}")
    return rule


def plural(count: Any, noun: str) -> str:
    """Return a count with its noun: ``1 day``, ``3 days``."""
    return f"{count} {noun}" if str(count) == "1" else f"{count} {noun}s"


class _Shown:
    """A value of a field within a sentence; a format such as ``:day`` adds a noun."""

    def __init__(self, value: Any, lang: str) -> None:
        self.value = value
        self.lang = lang

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, tuple) and not hasattr(value, "_fields"):
            return ("、" if self.lang == "zh" else ", ").join(map(str, value))
        if value is None:
            return "任意班次" if self.lang == "zh" else "any shift"
        if isinstance(value, Decimal):
            return f"{value:f}"
        return PERIODS.get(str(value), {}).get(self.lang) or str(value)

    def __format__(self, noun: str) -> str:
        return plural(self, noun) if noun else str(self)

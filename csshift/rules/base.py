"""What every rule is: fields, rows of the program, and a check that needs no solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator, Field, model_validator

from csshift.model.entity import Entity, Name
from csshift.model.horizon import rolling_days
from csshift.model.weekdays import SomeWeekdays
from csshift.rules.grid import RosterGrid, Schedule
from csshift.rules.selector import Selector, Valid, dates_text, on_weekdays, weekday_text
from csshift.rules.severity import LEVELS, Severity
from csshift.rules.shift_words import day_words, well_formed
from csshift.rules.words import PERIODS, Shown, Texts, period_text, plural, texts
from csshift.rules.work import WorkColumns

__all__ = [
    "KINDS",
    "LEVELS",
    "PERIODS",
    "Count",
    "Days",
    "Rule",
    "Scope",
    "Selector",
    "Severity",
    "ShiftWords",
    "Texts",
    "Violation",
    "period_text",
    "plural",
    "register",
    "texts",
]

Scope: TypeAlias = Literal["days", "last", "first", "none"]
# Far above anything sensible, and far below what would exhaust memory or 64 bits.
Days = Annotated[int, Field(ge=1, le=10_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


def _names_a_shift(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        raise ValueError("names no shift; name at least one code, or tag:WORD")
    return tuple(map(well_formed, words))


ShiftWords = Annotated[
    tuple[Name, ...],
    Field(max_length=1000, json_schema_extra={"minItems": 1}),
    AfterValidator(_names_a_shift),
]


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
    severity : "hard", "report", Decimal or str
        A hard rule is never broken; a soft one costs this many points a unit of violation, or
        those of a level such as ``high``; one that reports restricts nothing, and each breach is
        listed.
    agents : Selector or None
        Whom it concerns; None means everybody.
    name : str
        Shown in place of the kind.
    id : str
        Unique identifier, by which other programs find the rule; shown where it has no name.
    valid : Valid or None
        Dates on which it holds; None means always.
    weekdays : tuple of str or None
        Weekdays on which it holds, such as ``["Sat", "Sun"]`` or ``"Mon-Fri"``; None means all.
        Sums count these days alone; what lasts several days is judged on its last day, unless the
        kind says otherwise.
    """

    scope: ClassVar[Scope] = "none"
    """What `valid` and `weekdays` do: days of sums, the last or first day of what lasts several
    days; or nothing, so that they are refused."""

    collective: ClassVar[bool] = False
    """Whether what one agent does can break or keep the rule for others."""

    needs_presence: ClassVar[bool] = False
    """Whether it can require people at work whatever is required of their skills."""

    examples: ClassVar[tuple[tuple[str, str], ...]] = ()
    """What people ask for, and how to say it in TOML; for the catalogue."""

    titles: ClassVar[Texts] = MappingProxyType({})
    """What the kind is called."""

    sentences: ClassVar[Texts] = MappingProxyType({})
    """What the kind requires, with fields in braces: ``{count:shift}`` is "3 shifts"."""

    kind: str
    severity: Severity = "hard"
    agents: Selector | None = None
    name: str = ""
    id: str = ""
    valid: Valid | None = None
    weekdays: SomeWeekdays | None = None

    @model_validator(mode="after")
    def _dates_can_be_kept(self) -> Self:
        if self.scope == "none" and self.dated:
            field = "valid" if self.valid is not None else "weekdays"
            raise ValueError(f"{field}: rules of this kind hold on every day; remove it")
        return self

    @property
    def dated(self) -> bool:
        """Whether the rule holds on some days only."""
        return self.valid is not None or self.weekdays is not None

    @property
    def universal(self) -> bool:
        """Whether the rule says all that its kind can say: on every day, of every shift.

        Only such a rule takes the place of a preset's rule of its kind.
        """
        return not self.dated and not self.span_words().get("per")

    @property
    def hard(self) -> bool:
        """Whether the rule must never be broken."""
        return self.severity == "hard"

    @property
    def only_reports(self) -> bool:
        """Whether the rule binds nothing, and breaches are listed."""
        return self.severity == "report"

    @property
    def level(self) -> str | None:
        """The name of the level of severity; None where it is a weight, hard or reports.

        A problem has no rules with levels: it puts the points of each level in their place.
        """
        named = isinstance(self.severity, str) and not (self.hard or self.only_reports)
        return str(self.severity) if named else None

    @property
    def weight(self) -> Fraction:
        """Points for a unit of violation; 0 for a hard rule."""
        if self.level is not None:
            if self.level not in LEVELS:
                raise ValueError(f"severity: no problem has said what {self.level!r} is")
            return Fraction(LEVELS[self.level])
        return Fraction(self.severity) if isinstance(self.severity, Decimal) else Fraction(0)

    @property
    def label(self) -> str:
        """What the rule is called: its name, else its id, else its kind."""
        return self.name or self.id or self.kind

    @property
    def price_source(self) -> str:
        """The input field that the weight comes from, for messages."""
        return f"severity of rule {self.label!r}"

    def sentence(self, lang: str = "en") -> str:
        """Return what the rule requires, and on which days.

        Parameters
        ----------
        lang : {"en", "zh"}
        """
        text, dates = self.statement(lang), dates_text(self.valid, self.weekdays, lang)
        if not dates:
            return text
        end = "。" if lang == "zh" else "."
        added = f"（{dates}）" if lang == "zh" else f" ({dates})"
        return f"{text.removesuffix(end)}{added}{end if text.endswith(end) else ''}"

    def statement(self, lang: str = "en") -> str:
        """Return what the rule requires, its values filled in; the label if the kind has no text.

        Kinds whose sentence depends on which fields are given override this.
        """
        template = self.sentences.get(lang) or self.sentences.get("en")
        return self.label if template is None else self.filled(template, lang)

    def filled(self, template: str, lang: str = "en") -> str:
        """Return a text with the values of the rule's fields in place of their names in braces."""
        shown = {name: Shown(value, lang) for name, value in self}
        if "per" in shown:
            per = period_text(shown["per"].value, lang)
            first = shown["week_start"].value if "week_start" in shown else None
            shown["per"] = Shown(f"{per}{weekday_text(first, lang)}", lang)
        return template.format(**shown)

    @classmethod
    def template(cls, lang: str = "en") -> str:
        """Return the sentence of the kind with the names of its fields in braces."""
        fields = {name: Shown(f"{{{name}}}", lang) for name in cls.model_fields}
        return cls.sentences.get(lang, "").format(**fields)

    def chosen(self, grid: RosterGrid) -> NDArray[np.int64]:
        """Return the positions of the agents concerned."""
        selector = self.agents or Selector()
        return np.array(
            [i for i, agent in enumerate(grid.agents) if selector.matches(agent)],
            dtype=np.int64,
        )

    def judged(self, grid: RosterGrid) -> NDArray[np.bool_]:
        """Return the days on which the rule holds by `valid` and `weekdays`, shape (days,)."""
        return np.array(
            [
                on_weekdays(date, self.weekdays)
                and (self.valid is None or self.valid.holds(date, grid.spans))
                for date in grid.dates
            ],
            dtype=np.bool_,
        )

    def blocks(
        self, grid: RosterGrid, per: str, week_start: str | None = None
    ) -> Iterator[tuple[Sequence[int], bool]]:
        """Yield the days of each period that has a planned day, and whether all are known."""
        if per not in grid.spans:
            yield from grid.periods(per, week_start)
            return
        days, complete = grid.span_days(per)
        if days and days[-1] >= grid.history_days:
            yield days, complete

    def periods(
        self, grid: RosterGrid, per: str, week_start: str | None = None
    ) -> Iterator[tuple[list[int], bool]]:
        """Yield the days of each period on which the rule holds, and whether that is all of them.

        Parameters
        ----------
        grid : RosterGrid
        per : str
            A period, or the name of a span.
        week_start : str or None
            The weekday on which a week begins; None takes that of the horizon.

        Yields
        ------
        (list of int, bool)
            Positions of days, not empty; whether the whole period is known, and the rule valid
            throughout. Of the horizon, the days on which the rule is valid are all.
        """
        judged = self.judged(grid)
        valid = [self.valid is None or self.valid.holds(d, grid.spans) for d in grid.dates]
        for block, complete in self.blocks(grid, per, week_start):
            days = [day for day in block if judged[day]]
            if days and days[-1] >= grid.history_days:
                yield days, complete and (per == "horizon" or all(valid[day] for day in block))

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

    def field_of(self, word: str) -> str:
        """Return the field in which one of `shift_words` stands; ``shifts`` if in none alone."""
        for name in type(self).model_fields:
            if word in words_within(getattr(self, name)):
                return name
        return "shifts"

    def named_dates(self) -> tuple[Date, ...]:
        """Return the dates that the rule names; those that are not planned are left out."""
        return ()

    def holds_on_other_dates(self) -> bool:
        """Return whether the rule also concerns days that `named_dates` does not list."""
        return not self.named_dates()

    def agent_tags(self) -> tuple[str, ...]:
        """Return the tags of agents that the rule names outside its selector."""
        return ()

    def selectors(self) -> dict[str, Selector]:
        """Return the selectors of the rule by the names of their fields."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in fields.items() if isinstance(value, Selector)}

    def span_words(self) -> dict[str, tuple[str, ...]]:
        """Return the names of spans that the rule uses, by field."""
        spans = {"valid.spans": (self.valid.spans or ()) if self.valid is not None else ()}
        per = getattr(self, "per", None)
        if isinstance(per, str) and per not in PERIODS and rolling_days(per) is None:
            spans["per"] = (per,)
        return spans


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


def words_within(value: Any) -> Iterator[str]:
    """Yield the words of a field's value, those of days of a sequence one by one."""
    if isinstance(value, str):
        yield value
        yield from day_words(value)
    elif isinstance(value, tuple):
        for part in value:
            yield from words_within(part)

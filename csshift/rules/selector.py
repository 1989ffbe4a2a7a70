"""Whom a rule concerns, and on which days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date as Date
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from csshift.model.entity import Entity, Name
from csshift.model.horizon import DateSpan
from csshift.model.people import Agent
from csshift.model.weekdays import WEEKDAYS, falls_on

Chosen = Annotated[tuple[Name, ...], Field(json_schema_extra={"minItems": 1})]


class AgentFilter(Entity):
    """Words that agents are known by.

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
    stores : tuple of str or None
        Stores; agents who serve one of them. Agents without stores in agents.csv serve all.
    """

    ids: Chosen | None = None
    teams: Chosen | None = None
    tags: Chosen | None = None
    contracts: Chosen | None = None
    skills: Chosen | None = None
    stores: Chosen | None = None

    @field_validator("*")
    @classmethod
    def _selects_somebody(cls, words: object) -> object:
        if words == ():
            raise ValueError("selects nobody; remove it to select everybody, or name at least one")
        return words

    def named(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the fields that are given, with their words."""
        for field in AgentFilter.model_fields:
            words = getattr(self, field)
            if words is not None:
                yield field, words

    def fits(self, agent: Agent, every: bool = False) -> Iterator[bool]:
        """Yield for each field that is given whether one of its words is true of the agent.

        With `every`, all words of tags, skills and stores must be.
        """
        enough = all if every else any
        if self.ids is not None:
            yield agent.agent_id in self.ids
        if self.teams is not None:
            yield agent.team in self.teams
        if self.tags is not None:
            yield enough(tag in agent.tags for tag in self.tags)
        if self.contracts is not None:
            yield agent.contract in self.contracts
        if self.skills is not None:
            yield enough(skill in agent.skills for skill in self.skills)
        if self.stores is not None:
            yield enough(agent.serves(store) for store in self.stores)


class Selector(AgentFilter):
    """Chooses agents: those that match every field that is given, by any of its words.

    Parameters
    ----------
    match : {"any", "all"}
        Whether one of the words of `tags`, `skills` and `stores` is enough, or all are needed.
    exclude : AgentFilter or None
        Fields as above; agents who match one of them are left out.
    """

    match: Literal["any", "all"] = "any"
    exclude: AgentFilter | None = None

    def matches(self, agent: Agent) -> bool:
        """Return whether the agent is chosen."""
        if self.exclude is not None and any(self.exclude.fits(agent)):
            return False
        return all(self.fits(agent, every=self.match == "all"))

    def text(self, lang: str = "en") -> str:
        """Return whom it chooses, such as ``those with team day, tags senior``."""
        listed = [f"{field} {', '.join(words)}" for field, words in self.named()]
        if self.exclude is not None:
            without = ", ".join(f"{f} {', '.join(words)}" for f, words in self.exclude.named())
            listed.append(f"除 {without} 外" if lang == "zh" else f"without {without}")
        if not listed:
            return "所有人" if lang == "zh" else "everybody"
        return ("、" if lang == "zh" else ", ").join(listed)


class Valid(Entity):
    """The dates on which a rule holds: those that every given field allows.

    Parameters
    ----------
    from : date or None
        First day; open if none is given.
    until : date or None
        Last day; open if none is given.
    spans : tuple of str or None
        Names of ``[spans]``; the days of one of them.
    """

    model_config = ConfigDict(populate_by_name=True)

    start: Date | None = Field(default=None, alias="from")
    until: Date | None = None
    spans: Chosen | None = None

    @model_validator(mode="after")
    def _some_days(self) -> Self:
        if self.spans == ():
            raise ValueError("spans: names no span; remove it, or name at least one")
        if self.start and self.until and self.until < self.start:
            raise ValueError(f"until: it lies before from ({self.start}); exchange them")
        if self.start is None and self.until is None and self.spans is None:
            raise ValueError("from: no dates are given; give from, until or spans")
        return self

    def holds(self, date: Date, spans: Mapping[str, DateSpan]) -> bool:
        """Return whether the rule holds on a date."""
        return (
            (self.start is None or date >= self.start)
            and (self.until is None or date <= self.until)
            and (self.spans is None or any(date in spans[name] for name in self.spans))
        )


def on_weekdays(date: Date, weekdays: tuple[str, ...] | None) -> bool:
    """Return whether a date is one of some weekdays; None stands for every day."""
    return falls_on(date, weekdays or ())


def dates_text(valid: Valid | None, weekdays: tuple[str, ...] | None, lang: str) -> str:
    """Return the days on which a rule holds, in words; empty where it holds on all."""
    zh, parts = lang == "zh", []
    if weekdays is not None:
        if zh:
            parts.append(
                "仅周" + "、".join("一二三四五六日"[WEEKDAYS.index(day)] for day in weekdays)
            )
        else:
            parts.append(f"on {', '.join(day.capitalize() for day in weekdays)}")
    if valid is not None and valid.spans is not None:
        parts.append(f"仅{'、'.join(valid.spans)}" if zh else f"in {', '.join(valid.spans)}")
    if valid is not None and valid.start is not None:
        parts.append(f"自{valid.start}起" if zh else f"from {valid.start}")
    if valid is not None and valid.until is not None:
        parts.append(f"至{valid.until}止" if zh else f"until {valid.until}")
    return ("，" if zh else ", ").join(parts)


def weekday_text(weekday: str | None, lang: str) -> str:
    """Return on which weekday a week begins, as an addition to the name of a period."""
    if weekday is None:
        return ""
    if lang == "zh":
        return f"（周{'一二三四五六日'[WEEKDAYS.index(weekday)]}开始）"
    return f" from {weekday.capitalize()}"

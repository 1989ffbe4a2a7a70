"""Everything in a problem that can be referred to by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from csshift.errors import Fault, separated, suggestion
from csshift.model.calendar import LabourTerms
from csshift.model.horizon import PERIODS
from csshift.model.skills import BUILT_IN_SKILLS, Skill
from csshift.problem.calendars import CALENDAR_SPANS, uses_china

Noun = Literal[
    "agent",
    "team",
    "agent tag",
    "shift",
    "shift tag",
    "skill",
    "store",
    "contract",
    "duty",
    "span",
    "period",
]

PROBLEMS: Mapping[Noun, str] = {
    "team": "no agent is in this team",
    "agent tag": "no agent has this tag",
}
"""What is wrong with an unknown name; of any other noun, that it is unknown."""

NONE_GIVEN: Mapping[Noun, str] = {
    "team": "the column team of agents.csv is empty: fill it, or correct the rule",
    "agent tag": "the column tags of agents.csv is empty: fill it, or correct the rule",
    "span": "there are no spans: add [spans.NAME] with from and until to problem.toml",
}
"""The remedy where no name of a noun is known."""

MOST_COMPARED = 2_000
"""Names among which the nearest one is looked for; among more, that takes too long."""


@dataclass(frozen=True)
class Names:
    """The names that are known, by noun.

    Parameters
    ----------
    known : mapping of noun to set of str
        A noun that is absent cannot be judged, since its table could not be read.
    skills : mapping of str to Skill
        The skills whose fields are known, built-in ones that are not declared included.
    """

    known: Mapping[Noun, frozenset[str]]
    skills: Mapping[str, Skill]
    _remedies: dict[tuple[Noun, str], str] = field(default_factory=dict)

    def validate(
        self, noun: Noun, name: str, table: str, index: int | None, column: str
    ) -> Iterator[Fault]:
        """Yield a fault when no such name is known."""
        known = self.known.get(noun)
        if known is None or name in known:
            return
        # Only a column of several stores is divided by bars.
        several = separated(name, known) if column == "stores" else None
        yield Fault(
            table,
            PROBLEMS.get(noun, f"unknown {noun}"),
            several or self._remedy(noun, name, known),
            index=index,
            column=column,
            value=name,
        )

    def _remedy(self, noun: Noun, name: str, known: frozenset[str]) -> str:
        if not known and noun in NONE_GIVEN:
            return NONE_GIVEN[noun]
        if len(known) > MOST_COMPARED:
            return f"it is none of the {len(known)} {noun}s that are known"
        found = self._remedies.get((noun, name))
        if found is None:
            found = self._remedies[noun, name] = suggestion(name, known, noun)
        return found


def collect_names(
    parts: Mapping[str, Any], unread: Mapping[Noun, Collection[str]] | None = None
) -> Names:
    """Return the names in the parts of a problem.

    Parameters
    ----------
    parts : mapping
        Fields of `Problem` by name; a part is absent where it could not be read.
    unread : mapping of noun to names, optional
        Names in entries which could not be read whole.
    """
    declared = {skill.name: skill for skill in parts.get("skills", ())}
    known: dict[Noun, set[str]] = {}
    if "skills" in parts:
        known["skill"] = {*BUILT_IN_SKILLS, *declared}
    if "agents" in parts:
        known["agent"] = {agent.agent_id for agent in parts["agents"]}
        known["team"] = {agent.team for agent in parts["agents"] if agent.team}
        known["agent tag"] = {tag for agent in parts["agents"] for tag in agent.tags}
    if "shifts" in parts:
        known["shift"] = {shift.code for shift in parts["shifts"]}
        known["shift tag"] = {tag for shift in parts["shifts"] for tag in shift.tags}
    if "contracts" in parts:
        known["contract"] = {contract.name for contract in parts["contracts"]}
    if "duties" in parts:
        known["duty"] = {duty.name for duty in parts["duties"]}
    if "spans" in parts:
        known["span"] = {span.name for span in parts["spans"]} | _calendar_spans(parts)
        known["period"] = known["span"] | {*PERIODS, "rolling-7-days"}
    if {"stores", "forecast", "requirements"} <= parts.keys():
        known["store"] = _stores(parts)
    for noun, names in (unread or {}).items():
        if noun in known:
            known[noun].update(names)
    unread_skills = (unread or {}).get("skill", ())
    return Names(
        known={noun: frozenset(names) for noun, names in known.items()},
        skills=_known_skills(declared, unread_skills) if "skills" in parts else {},
    )


def _calendar_spans(parts: Mapping[str, Any]) -> set[str]:
    """Return the spans that a calendar brings, where the problem has one."""
    terms = parts.get("labour_terms", LabourTerms())
    calendar = parts.get("holidays") or uses_china(parts.get("labour"), terms)
    return set(CALENDAR_SPANS) if calendar else set()


def _known_skills(declared: dict[str, Skill], unread: Collection[str]) -> dict[str, Skill]:
    skills = {name: Skill(name=name) for name in BUILT_IN_SKILLS} | declared
    return {name: skill for name, skill in skills.items() if name not in unread}


def _stores(parts: Mapping[str, Any]) -> set[str]:
    cells = (*parts["forecast"], *parts["requirements"])
    stores = {cell.store for cell in cells} | set(parts["stores"])
    if not stores:
        stores = {store for agent in parts.get("agents", ()) for store in agent.stores}
    return stores

"""The presets of labour rules that csshift has, and what is wrong with the choice of one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from csshift.errors import Fault, suggestion
from csshift.model.calendar import LabourTerms
from csshift.model.entity import Span, parse_span
from csshift.model.people import Agent
from csshift.rules.base import Rule, Texts
from csshift.rules.registry import find_kind

DEFAULT, NONE = "standard", "none"
"""What applies to a problem folder without rules, and the word for no preset."""


@dataclass(frozen=True, eq=False)
class PresetRule:
    """A rule of a preset.

    Parameters
    ----------
    kind : type of Rule
    fields : mapping
        Of the rule, as problem.toml has them.
    during : Span or None
        Hours of a day: every shift with working time in them is one of the rule's `shifts`.
    words : frozenset of str
        Tags, or names of contracts, of the agents whom the rule concerns, in lower case;
        empty: everybody.
    name, brief, whom, basis : mapping of str to str
        Label, the rule within an enumeration, those whom `words` describe, and the law or
        practice that the rule comes from, by language.
    figure, key : str
        The field that holds the figure of the rule, and the name by which the figures of
        ``[labour_terms]`` change it; empty where there is none.
    """

    kind: type[Rule]
    fields: Mapping[str, Any]
    during: Span | None
    words: frozenset[str]
    name: Texts
    brief: Texts
    whom: Texts
    basis: Texts
    figure: str
    key: str

    def words_of(self, agent: Agent) -> tuple[str, ...]:
        """Return the words of an agent that are among `words`: tags, or the contract's name."""
        own = (*agent.tags, *filter(None, [agent.contract]))
        return tuple(word for word in own if word.casefold() in self.words)


@dataclass(frozen=True)
class Preset:
    """A set of rules under a name.

    Parameters
    ----------
    name : str
        The name by which a problem selects it.
    title : mapping of str to str
        Its title, by language.
    rules : tuple of PresetRule
    """

    name: str
    title: Texts
    rules: tuple[PresetRule, ...]


@cache
def presets() -> Mapping[str, Preset]:
    """Return the presets that csshift has, by name."""
    folder = files("csshift.rules").joinpath("presets")
    contents: dict[str, dict[str, Any]] = {}
    found: dict[str, Preset] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            content = tomllib.loads(file.read_text(encoding="utf-8"))
            name = file.name.removesuffix(".toml")
            contents[name] = content
    for name, content in contents.items():
        parts = [contents[other] for other in content.get("include", ())]
        tables = [fields for part in (content, *parts) for fields in part["rules"]]
        rules = tuple(map(_preset_rule, tables))
        if "title" in content:
            found[name] = Preset(name, content["title"], rules)
    return found


def _preset_rule(fields: Mapping[str, Any]) -> PresetRule:
    own = {"name", "brief", "during", "whom", "words", "basis", "figure", "key"}
    return PresetRule(
        kind=find_kind(fields["kind"]),
        fields={name: value for name, value in fields.items() if name not in own},
        during=parse_span(fields["during"]) if "during" in fields else None,
        words=frozenset(word.casefold() for word in fields.get("words", ())),
        name=fields["name"],
        brief=fields["brief"],
        whom=fields.get("whom", {}),
        basis=fields.get("basis", {}),
        figure=fields.get("figure", ""),
        key=fields.get("key", ""),
    )


def labour_faults(parts: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault if the parts of a problem name an unknown preset."""
    name = parts.get("labour")
    known = {*presets(), NONE}
    if name is not None and name not in known:
        remedy = suggestion(name, known, "preset")
        yield Fault("labour", "unknown preset of labour rules", remedy, value=name)
        return
    terms = parts.get("labour_terms", LabourTerms())
    keys = [] if name in (None, NONE) else [rule.key for rule in presets()[name].rules if rule.key]
    for key in terms.figures:
        if key not in keys:
            problem = f"the preset {name or NONE} has no such figure"
            yield Fault("labour_terms", problem, suggestion(key, keys, "figure"), value=key)


def labour_of_folder(parts: Mapping[str, Any]) -> str:
    """Return the preset of a problem folder that does not name one."""
    return NONE if parts.get("rules") else DEFAULT


def label_in(label: str, lang: str) -> str | None:
    """Return the label of a preset's rule in a language; None for any other label."""
    for preset in presets().values():
        for entry in preset.rules:
            if entry.name["en"] == label:
                return entry.name.get(lang, label)
    return None

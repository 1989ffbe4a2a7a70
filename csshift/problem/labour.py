"""Presets of labour rules, which apply if a problem names one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from csshift.errors import Fault, suggestion
from csshift.model.calendar import LabourTerms
from csshift.model.entity import Span, parse_span
from csshift.model.horizon import DateSpan
from csshift.model.people import Agent
from csshift.problem.calendars import calendar_of
from csshift.rules.base import Rule, Selector, Texts
from csshift.rules.hours import MaxHours
from csshift.rules.registry import find_kind
from csshift.rules.shift_words import touches

if TYPE_CHECKING:
    from csshift.problem.problem import Problem

DEFAULT, NONE = "standard", "none"
"""What applies to a problem folder without rules, and the word for no preset."""

LABOUR_PRESET = "labour-preset"
"""The code of the note that says which preset applies."""


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

    def rule(self, problem: Problem) -> Rule | None:
        """Return the rule for a problem; None where it concerns no agent or no shift."""
        terms = problem.labour_terms
        fields = {**self.fields, "name": self.name["en"]}
        if self.key in terms.figures:
            fields[self.figure] = _plain(terms.figures[self.key])
        if terms.mode == "report":
            fields["severity"] = "report"
        if self.during is not None:
            fields["shifts"] = self.shifts(problem)
            if not fields["shifts"]:
                return None
        if self.words:
            ids = tuple(agent.agent_id for agent in problem.agents if self.words_of(agent))
            if not ids:
                return None
            fields["agents"] = Selector(ids=ids)
        rule = self.kind.model_validate(fields)
        named = {word for words in rule.span_words().values() for word in words}
        known = {span.name for span in _known_spans(problem)} if named else set()
        return rule if named <= known else None

    def shifts(self, problem: Problem) -> tuple[str, ...]:
        """Return the codes of the shifts with working time in the hours `during`."""
        if self.during is None:
            return ()
        return tuple(s.code for s in problem.shifts if touches(s, self.during))

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


def _known_spans(problem: Problem) -> Iterator[DateSpan]:
    calendar = calendar_of(dict(problem))
    yield from problem.spans
    yield from calendar.spans if calendar else ()


def _plain(figure: Decimal) -> Decimal | int:
    """Return an integral figure as an integer: counts of days accept nothing else."""
    return int(figure) if figure == figure.to_integral_value() else figure


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


def applied(problem: Problem) -> tuple[tuple[PresetRule, Rule], ...]:
    """Return the rules of the preset that apply to a problem, each with its source.

    A rule of the problem takes the place of the preset's rules of its kind.
    """
    if problem.labour is None or problem.labour == NONE:
        return ()
    preset = presets()[problem.labour]
    found = (
        (entry, entry.rule(problem))
        for entry in preset.rules
        if not _is_replaced(entry, problem, preset)
    )
    return tuple((entry, rule) for entry, rule in found if rule is not None)


def preset_rules(problem: Problem) -> Iterator[Rule]:
    """Yield the rules that the preset of a problem adds to its own."""
    for _, rule in applied(problem):
        yield rule


def label_in(label: str, lang: str) -> str | None:
    """Return the label of a preset's rule in a language; None for any other label."""
    for preset in presets().values():
        for entry in preset.rules:
            if entry.name["en"] == label:
                return entry.name.get(lang, label)
    return None


TURN_OFF = {
    "en": f'to turn it off: labour = "{NONE}" at the top of problem.toml',
    "zh": f'如不需要，在 problem.toml 开头写：labour = "{NONE}"',
}
"""How a preset is turned off, by language."""


def preset_text(problem: Problem, lang: str = "en") -> str | None:
    """Return which preset applies, what it contains, and how to turn it off, in one sentence.

    Parameters and result are those of `preset_held`.
    """
    held = preset_held(problem, lang)
    if held is None:
        return None
    return f"{held}{'。' if lang == 'zh' else '; '}{TURN_OFF[lang]}"


def preset_held(problem: Problem, lang: str = "en") -> str | None:
    """Return which preset applies, and what it contains.

    Parameters
    ----------
    problem : Problem
    lang : {"en", "zh"}

    Returns
    -------
    str or None
        None where no preset applies.
    """
    if problem.labour is None or problem.labour == NONE:
        return None
    preset = presets()[problem.labour]
    zh = lang == "zh"
    rules = ("，" if zh else ", ").join(_briefs(problem, preset, lang)) or (
        "无" if zh else "nothing"
    )
    replaced = _replaced(problem, preset)
    wider = _wider_contracts(problem)
    if zh:
        given = "" if problem.rules else "没有规则（[[rules]]），"
        text = f"{given}采用预设劳动规则“{preset.title['zh']}”（{preset.name}）：{rules}"
        if replaced:
            text += f"；已由自定规则代替：{'、'.join(replaced)}"
        if wider:
            text += f"；合同 {'、'.join(wider)} 的工时上限更高，仍以此为准"
        return text
    given = "" if problem.rules else "no [[rules]] are given; "
    text = f"{given}the labour preset {preset.name!r} applies: {rules}"
    if replaced:
        text += f"; the problem's own rules replace its {', '.join(replaced)}"
    if wider:
        text += f"; the higher limit of contract {', '.join(wider)} does not count"
    return text


def _briefs(problem: Problem, preset: Preset, lang: str) -> Iterator[str]:
    """Yield the rules of an enumeration, with the number of those whom they concern."""
    held = dict(applied(problem))
    replaced = _replaced(problem, preset)
    for entry in preset.rules:
        rule, brief = held.get(entry), entry.brief[lang]
        if rule is not None and not entry.words:
            yield rule.filled(brief, lang)
        elif rule is not None:
            found = [words for agent in problem.agents if (words := entry.words_of(agent))]
            named = dict.fromkeys(word for words in found for word in words)
            text = rule.filled(brief, lang)
            if lang == "zh":
                yield f"{len(found)} 人（{'、'.join(named)}）{text}"
            else:
                many = "s" if len(found) > 1 else ""
                yield f"{text} for {len(found)} agent{many} ({', '.join(named)})"
        elif entry.fields["kind"] not in replaced and entry.shifts(problem):
            # Said although it binds nobody: who should be tagged and is not works these shifts.
            whom = entry.whom[lang]
            yield f"{whom}{brief}（目前无人）" if lang == "zh" else f"{brief} for {whom} (nobody)"


def _is_replaced(entry: PresetRule, problem: Problem, preset: Preset) -> bool:
    """Return whether a rule of the problem takes the place of a preset's rule.

    It is of the same kind and, where the preset has the kind for several periods, of the same
    period. A rule for everybody never replaces one that protects some people.
    """
    kind = entry.fields["kind"]
    per = {other.fields.get("per") for other in preset.rules if other.fields["kind"] == kind}
    return any(
        rule.kind == kind
        and rule.universal
        and not (entry.words and rule.agents is None)
        and (len(per) == 1 or getattr(rule, "per", None) == entry.fields.get("per"))
        for rule in problem.rules
    )


def _replaced(problem: Problem, preset: Preset) -> list[str]:
    found = (e.fields["kind"] for e in preset.rules if _is_replaced(e, problem, preset))
    return list(dict.fromkeys(found))


def _wider_contracts(problem: Problem) -> list[str]:
    """Return the contracts in use that allow more hours a week than the preset."""
    limits = [rule.hours for _, rule in applied(problem) if isinstance(rule, MaxHours)]
    used = {agent.contract for agent in problem.agents}
    return [
        contract.name
        for contract in problem.contracts
        if contract.name in used
        and limits
        and contract.max_hours_per_week is not None
        and contract.max_hours_per_week > min(limits)
    ]


def labour_basis(problem: Problem, lang: str = "en") -> str | None:
    """Return what the preset checks and on what basis; None where no preset applies.

    Parameters
    ----------
    problem : Problem
    lang : {"en", "zh"}
    """
    if problem.labour is None or problem.labour == NONE:
        return None
    zh = lang == "zh"
    parts = []
    for entry, rule in applied(problem):
        text = rule.filled(entry.brief[lang], lang)
        basis = entry.basis.get(lang)
        opening, closing = ("（", "）") if zh else (" (", ")")
        parts.append(f"{text}{opening}{basis}{closing}" if basis else text)
    if not parts:
        return None
    calendar = calendar_of(dict(problem))
    mode = problem.labour_terms.mode
    if zh:
        text = f"劳动规则检查依据：{'；'.join(parts)}"
        text += f"；日历：{calendar.source}" if calendar else "；日历：周一至周五为工作日"
        return text + ("；只报告，不限制排班" if mode == "report" else "")
    text = f"labour rules checked: {'; '.join(parts)}"
    text += f"; calendar: {calendar.source}" if calendar else "; calendar: Monday to Friday"
    return text + ("; they only report, and restrict nothing" if mode == "report" else "")

"""The labour rules that the preset of a problem adds to its own, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from csshift.model.horizon import DateSpan
from csshift.problem.calendars import calendar_of
from csshift.problem.presets import NONE, Preset, PresetRule, presets
from csshift.problem.problem import Problem
from csshift.rules.base import Rule, Selector
from csshift.rules.hours import MaxHours
from csshift.rules.shift_words import touches

LABOUR_PRESET = "labour-preset"
"""The code of the note that says which preset applies."""


def applied(problem: Problem) -> tuple[tuple[PresetRule, Rule], ...]:
    """Return the rules of the preset that apply to a problem, each with its source.

    A rule of the problem takes the place of the preset's rules of its kind.
    """
    if problem.labour is None or problem.labour == NONE:
        return ()
    preset = presets()[problem.labour]
    found = (
        (entry, _rule(entry, problem))
        for entry in preset.rules
        if not _is_replaced(entry, problem, preset)
    )
    return tuple((entry, rule) for entry, rule in found if rule is not None)


def preset_rules(problem: Problem) -> Iterator[Rule]:
    """Yield the rules that the preset of a problem adds to its own."""
    for _, rule in applied(problem):
        yield rule


def _rule(entry: PresetRule, problem: Problem) -> Rule | None:
    """Return the rule for a problem; None where it concerns no agent or no shift."""
    terms = problem.labour_terms
    fields = {**entry.fields, "name": entry.name["en"]}
    if entry.key in terms.figures:
        fields[entry.figure] = _plain(terms.figures[entry.key])
    if terms.mode == "report":
        fields["severity"] = "report"
    if entry.during is not None:
        fields["shifts"] = _shifts(entry, problem)
        if not fields["shifts"]:
            return None
    if entry.words:
        ids = tuple(agent.agent_id for agent in problem.agents if entry.words_of(agent))
        if not ids:
            return None
        fields["agents"] = Selector(ids=ids)
    rule = entry.kind.model_validate(fields)
    named = {word for words in rule.span_words().values() for word in words}
    known = {span.name for span in _known_spans(problem)} if named else set()
    return rule if named <= known else None


def _shifts(entry: PresetRule, problem: Problem) -> tuple[str, ...]:
    """Return the codes of the shifts with working time in the hours `during`."""
    if entry.during is None:
        return ()
    return tuple(s.code for s in problem.shifts if touches(s, entry.during))


def _known_spans(problem: Problem) -> Iterator[DateSpan]:
    calendar = calendar_of(dict(problem))
    yield from problem.spans
    yield from calendar.spans if calendar else ()


def _plain(figure: Decimal) -> Decimal | int:
    """Return an integral figure as an integer: counts of days accept nothing else."""
    return int(figure) if figure == figure.to_integral_value() else figure


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
        elif entry.fields["kind"] not in replaced and _shifts(entry, problem):
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

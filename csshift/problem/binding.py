"""Rules without effect: those that bind nobody, and dates of rules that are not planned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from csshift.model.notes import Note
from csshift.problem.outside import left_out
from csshift.rules.base import Rule, Selector

if TYPE_CHECKING:
    from csshift.problem.problem import Problem

MOST_NAMED = 5
"""Words of a selector that a note lists."""


def rule_dates_outside(problem: Problem) -> Iterator[Note]:
    """Find the rules with some dates that are not planned."""
    for position, rule in enumerate(problem.rules):
        dates = rule.named_dates()
        count = sum(date not in problem.horizon for date in dates)
        if count and not _without_dates(rule, problem):
            what = f"dates in {_place(position, rule)}"
            text = left_out(what, count, len(dates), problem.horizon.start, problem.horizon.end)
            yield Note(code="dates-outside", text=text, rules=(rule.label,), count=count)


def _without_dates(rule: Rule, problem: Problem) -> bool:
    """Return whether a rule names dates, and none that it concerns is planned."""
    inside = any(date in problem.horizon for date in rule.named_dates())
    return not inside and not rule.holds_on_other_dates()


def rules_without_effect(problem: Problem) -> Iterator[Note]:
    """Find the rules that bind nobody, whatever the roster is."""
    for position, rule in enumerate(problem.rules):
        reason = _why_without_effect(rule, problem)
        if reason is not None:
            text = f"{_place(position, rule)} binds nobody: {reason}"
            yield Note(code="rule-binds-nobody", text=text, rules=(rule.label,))


def _place(position: int, rule: Rule) -> str:
    name = f"{rule.name!r}, {rule.kind}" if rule.name else rule.kind
    return f"rule {position + 1} of problem.toml ({name})"


def _why_without_effect(rule: Rule, problem: Problem) -> str | None:
    """Return why a rule has no effect whatever the roster is; None where it has one."""
    staffing, horizon = problem.staffing, problem.horizon
    chosen = [problem.agents[i] for i in rule.chosen(staffing)]
    if not chosen:
        return f"no agent matches {_selection(rule, problem)}"
    if not any(agent.employed(date) for agent in chosen for date in horizon.dates):
        who = f"{chosen[0].agent_id}, whom it selects, is"
        if len(chosen) > 1:
            who = f"the {len(chosen)} agents that it selects are"
        return f"{who} not employed on any day from {horizon.start} to {horizon.end}"
    words = rule.shift_words()
    shifts = [problem.shifts[i] for i in staffing.shifts_of(words)] if words else []
    if words and not shifts:
        return f"no shift matches {_listed(words)}"
    if words and not any(shift.in_use(horizon.start) for shift in shifts):
        named = _listed(tuple(shift.code for shift in shifts))
        return f"its shifts ({named}) are no longer in use on {horizon.start}"
    if _without_dates(rule, problem):
        return f"none of its dates lies within {horizon.start} to {horizon.end}"
    return None


def _selection(rule: Rule, problem: Problem) -> str:
    """Return the conditions on agents that nobody meets: those that fail alone, else all."""
    selector = rule.agents or Selector()
    given = {name: words for name in Selector.model_fields if (words := getattr(selector, name))}
    alone = [
        name
        for name, words in given.items()
        if not any(map(Selector(**{name: words}).matches, problem.agents))
    ]
    shown = [f"{name} = {_listed(given[name])}" for name in alone or given]
    if rule.agent_tags() and not alone:
        shown.append(f"one of the tags {_listed(rule.agent_tags())}")
    return " and ".join(shown) or "it"


def _listed(words: tuple[str, ...]) -> str:
    more = f" or {len(words) - MOST_NAMED} others" if len(words) > MOST_NAMED else ""
    return ", ".join(map(repr, words[:MOST_NAMED])) + more

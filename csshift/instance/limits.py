"""What nothing limits: rest between shifts, hours, and days in a row that no rule speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from csshift.instance.supply import Supply
from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.horizon import rolling_days
from csshift.model.notes import Note
from csshift.model.people import Agent
from csshift.model.shifts import Shift
from csshift.problem import Problem
from csshift.problem.labour import LABOUR_PRESET, labour_basis, preset_text
from csshift.problem.presets import DEFAULT
from csshift.rules.base import Rule, Selector
from csshift.rules.days import ForbiddenShifts, MaxConsecutiveDays
from csshift.rules.hours import MaxHours, MaxShifts, MinDaysOff, MinHours, MinShifts
from csshift.rules.rest import MinRest
from csshift.rules.sequences import ForbiddenSequence
from csshift.rules.shift_words import selects

SHORT_REST_MINUTES = 11 * 60
USUAL_DAYS, USUAL_HOURS = 6, 44
"""What a roster may contain without a remark: the figures of the preset `standard`."""

USUAL_PERIOD = 7
"""Days of the longest period of which a rule must leave one off."""

MOST_NAMED = 3
"""Agents whom the text of a note names; its field `agents` holds all of them."""


def labour_notes(supply: Supply) -> Iterator[Note]:
    """Yield the note on the preset, and one for each thing that nothing limits.

    A soft rule limits, too. A problem whose field `labour` is None gets no notes.
    """
    problem = supply.problem
    if problem.labour is None:
        return
    text = preset_text(problem)
    if text is not None:
        chinese = preset_text(problem, "zh") or ""
        yield from _basis(problem)
        yield Note(code=LABOUR_PRESET, text=text, text_zh=chinese, rules=(problem.labour,))
    rules = supply.effective_rules
    horizon = problem.horizon
    employed = [
        agent for agent in problem.agents if any(agent.employed(date) for date in horizon.dates)
    ]
    yield from _without_rest(problem, rules, employed)
    yield from _without_hours(problem, rules, employed)
    yield from _without_days(problem, rules, employed)


def _basis(problem: Problem) -> Iterator[Note]:
    """Yield what labour rules are checked and on what basis, but for the default preset."""
    text = labour_basis(problem)
    if text is not None and problem.labour != DEFAULT:
        chinese = labour_basis(problem, "zh") or text
        yield Note(code="labour-basis", text=text, text_zh=chinese, rules=(problem.labour or "",))


def _without_rest(
    problem: Problem, rules: Sequence[Rule], employed: Sequence[Agent]
) -> Iterator[Note]:
    pairs = _short_rests(_in_use(problem))
    found: dict[str, Agent] = {}
    example = None
    for agent in employed if pairs else ():
        concerned = [rule for rule in rules if _concerns(rule, agent)]
        if any(isinstance(rule, MinRest) and rule.hours > 0 for rule in concerned):
            continue
        free = next((p for p in pairs if not any(_forbids(rule, *p) for rule in concerned)), None)
        if free is not None:
            found[agent.agent_id] = agent
            example = example or free
    if example is not None:
        before, after = example
        rest = (after.start + MINUTES_PER_DAY - before.end) / 60
        whose = _whose(found, employed, "between shifts", "between the shifts of")
        yield Note(
            code="no-rest-rule",
            text=f"no rule requires rest {whose}: {after.code} may follow {before.code} "
            f"after {rest:g} h; add a rule min-rest",
            text_zh=f"{_whose_zh(found, employed)}班次之间没有休息规则："
            f"{before.code} 之后 {rest:g} 小时就可能上 {after.code}；请加 min-rest 规则",
            agents=tuple(found),
            shifts=tuple(dict.fromkeys((before.code, after.code))),
            count=len(found),
        )


def _short_rests(shifts: Sequence[Shift]) -> list[tuple[Shift, Shift]]:
    """Return the pairs of shifts on consecutive days between which rest is short, worst first.

    Shifts that overlap are left out: nobody works both.
    """
    pairs = [(first, second) for first in shifts for second in shifts]
    rests = [second.start + MINUTES_PER_DAY - first.end for first, second in pairs]
    short = [(rest, *pair) for rest, pair in zip(rests, pairs, strict=True)]
    short = [entry for entry in short if 0 <= entry[0] < SHORT_REST_MINUTES]
    return [(first, second) for _, first, second in sorted(short, key=lambda entry: entry[0])]


def _forbids(rule: Rule, before: Shift, after: Shift) -> bool:
    """Return whether a rule keeps an agent from working two shifts one after the other."""
    if isinstance(rule, ForbiddenSequence):
        words = rule.shifts
        return len(words) == 2 and _matches(words[:1], before) and _matches(words[1:], after)
    never = isinstance(rule, ForbiddenShifts) or (isinstance(rule, MaxShifts) and not rule.count)
    words = rule.shift_words()
    return never and (not words or _matches(words, before) or _matches(words, after))


def _matches(words: Sequence[str], shift: Shift) -> bool:
    return any(selects(word, shift) for word in words)


def _without_hours(
    problem: Problem, rules: Sequence[Rule], employed: Sequence[Agent]
) -> Iterator[Note]:
    longest = max((shift.paid_minutes for shift in _in_use(problem)), default=0)
    if longest * min(7, problem.horizon.days) <= USUAL_HOURS * 60:
        return
    limits = [
        rule
        for rule in rules
        if isinstance(rule, MaxHours) or (isinstance(rule, MaxShifts) and rule.shifts is None)
    ]
    found = _unlimited(limits, employed)
    if found:
        whose = _whose(found, employed, "of anybody", "of")
        yield Note(
            code="no-hours-limit",
            text=f"nothing limits the hours {whose}; add a rule max-hours, or "
            "max_hours_per_week to a contract",
            text_zh=f"{_whose_zh(found, employed)}工时没有上限；请加 max-hours 规则，"
            "或在合同中填写 max_hours_per_week",
            agents=tuple(found),
            count=len(found),
        )


def _without_days(
    problem: Problem, rules: Sequence[Rule], employed: Sequence[Agent]
) -> Iterator[Note]:
    first = min((row.date for row in problem.history), default=problem.horizon.start)
    if problem.horizon.end - first < timedelta(days=USUAL_DAYS):
        return
    found = _unlimited([rule for rule in rules if _limits_days(rule)], employed)
    if found:
        whose = _whose(found, employed, "", "of")
        yield Note(
            code="no-days-limit",
            text=f"nothing limits the days in a row{whose and ' '}{whose}; add a rule "
            "max-consecutive-days",
            text_zh=f"{_whose_zh(found, employed)}连续上班天数没有上限；"
            "请加 max-consecutive-days 规则",
            agents=tuple(found),
            count=len(found),
        )


def _limits_days(rule: Rule) -> bool:
    """Return whether a rule leaves everybody whom it concerns a day off now and then."""
    per = str(getattr(rule, "per", ""))
    days = 7 if per == "week" else rolling_days(per) or 0
    short = 1 < days <= USUAL_PERIOD
    return (
        isinstance(rule, MaxConsecutiveDays)
        or (isinstance(rule, MinDaysOff) and short)
        or (isinstance(rule, MaxShifts) and rule.shifts is None and short and rule.count < days)
    )


def _unlimited(limits: Sequence[Rule], employed: Sequence[Agent]) -> dict[str, Agent]:
    """Return the agents whom none of the rules concerns, by id."""
    return {
        agent.agent_id: agent
        for agent in employed
        if not any(_concerns(rule, agent) for rule in limits)
    }


def _concerns(rule: Rule, agent: Agent) -> bool:
    # A rule that holds on some days only limits nothing on the others.
    return rule.universal and (rule.agents or Selector()).matches(agent)


def _in_use(problem: Problem) -> list[Shift]:
    return [shift for shift in problem.shifts if shift.in_use(problem.horizon.start)]


def _whose(found: dict[str, Agent], employed: Sequence[Agent], every: str, some: str) -> str:
    """Return `every` where all agents are found, else `some` with their number and names."""
    if len(found) == len(employed):
        return every
    names = [agent.name or agent.agent_id for agent in found.values()]
    listed = ", ".join([*names[:MOST_NAMED], *(["..."] if len(names) > MOST_NAMED else [])])
    return f"{some} {len(names)} agent{'s' if len(names) > 1 else ''} ({listed})"


def _whose_zh(found: dict[str, Agent], employed: Sequence[Agent]) -> str:
    if len(found) == len(employed):
        return "所有人的"
    names = [agent.name or agent.agent_id for agent in found.values()]
    more = "等" if len(names) > MOST_NAMED else ""
    return f"{'、'.join(names[:MOST_NAMED])}{more} {len(names)} 人的"


def half_known_notes(supply: Supply) -> Iterator[Note]:
    """Yield a note where the first week begins before the horizon and the history knows less.

    Parameters
    ----------
    supply : Supply
    """
    horizon, grid = supply.horizon, supply.grid
    monday = horizon.start - timedelta(days=horizon.start.weekday())
    known_from = grid.dates[0]
    if known_from <= monday:
        return
    weekly = [
        rule.label
        for rule in supply.effective_rules
        if isinstance(rule, MaxHours | MaxShifts | MinDaysOff | MinHours | MinShifts)
        and rule.per == "week"
    ]
    if not weekly:
        return
    if grid.history_days:
        what = f"history.csv begins on {known_from}"
        what_zh = f"history.csv 从 {known_from} 开始"
    else:
        what, what_zh = "there is no history.csv", "没有 history.csv"
    names = tuple(dict.fromkeys(weekly))
    last = horizon.start - timedelta(days=1)
    yield Note(
        code="half-known-week",
        text=f"the first week began on {monday}, and {what}: limits of a week "
        f"({', '.join(names[:3])}{', ...' if len(names) > 3 else ''}) do not see "
        f"the days before; give the roster from {monday} to {last} in history.csv",
        text_zh=f"第一周从 {monday} 开始，而{what_zh}：每周的限制（{'、'.join(names[:3])}"
        f"{'等' if len(names) > 3 else ''}）看不到之前的日子；"
        f"请在 history.csv 中给出 {monday} 至 {last} 的排班",
        rules=names,
        dates=(monday,),
    )

"""Notes on hours: demand beyond what the team can work, hours without anybody, the last night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date as Date
from typing import NamedTuple

import numpy as np

from csshift.instance import Instance
from csshift.instance.capacity import Capacity, find_capacity
from csshift.instance.fairness import may_hold
from csshift.io.translations import own_name
from csshift.model.entity import MINUTES_PER_DAY, Span, clock
from csshift.model.notes import MOST_NAMED, Note, listed
from csshift.model.roster import Roster
from csshift.model.score import Score
from csshift.scoring.coverage import empty_cells

LEAST_HOURS, LEAST_SHARE = 1.0, 0.01
"""Head-hours, and the share of those required, by which the demand must exceed the capacity."""


def hour_notes(instance: Instance, roster: Roster, score: Score) -> Iterator[Note]:
    """Yield what a reader should know of the hours that are required and worked.

    Parameters
    ----------
    instance : Instance
    roster : Roster
    score : Score
        Of that roster.
    """
    yield from _too_few_hours(instance, score)
    yield from _nobody_at_work(instance, roster, score)
    yield from _last_night(instance, roster)
    yield from _serves_nothing(instance, score)


class _Deficit(NamedTuple):
    """Required head-hours that nobody can work, of one skill or of all."""

    missing: float
    required: float
    able: float
    skill: str | None
    weeks: tuple[int, ...]


def _too_few_hours(instance: Instance, score: Score) -> Iterator[Note]:
    """Find where the demand exceeds what the team can work: of all skills, or of one."""
    if not score.shortage_hours:
        return
    capacity = find_capacity(instance)
    hours = instance.horizon.interval_hours
    required: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * len(capacity.weeks))
    for cell in score.coverage:
        day = min(instance.horizon.index(cell.date), instance.horizon.days - 1)
        week = next(i for i, days in enumerate(capacity.weeks) if day in days)
        required[cell.skill][week] += float(cell.required) * hours
    found = [
        _deficit(instance, capacity, required, skill)
        for skill in (None, *(required if len(required) > 1 else ()))
    ]
    found = [d for d in found if d.missing >= max(LEAST_HOURS, LEAST_SHARE * d.required)]
    if not found:
        return
    worst = max(found, key=lambda deficit: deficit.missing)
    starts = [instance.horizon.dates[capacity.weeks[i].start] for i in worst.weeks]
    every = len(worst.weeks) == len(capacity.weeks)
    when = "" if every else f" in the week of {_dates(starts)}"
    when_zh = "" if every else f"{_dates(starts)} 起的一周"
    what = "" if worst.skill is None else f" for {worst.skill}"
    who = "the team" if worst.skill is None else "those who have it"
    who_zh = "全体人员" if worst.skill is None else "具备该技能的人员"
    yield Note(
        code="too-few-hours",
        text=f"{worst.required:,.0f} head-hours are required{what}{when}, and {who} can work at "
        f"most {worst.able:,.0f}: {worst.missing:,.0f} are missing in every roster; add people or "
        "hours, or reduce the demand",
        text_zh=f"{when_zh}{own_name(worst.skill or '', 'zh')}需要 {worst.required:,.0f} 人时，"
        f"{who_zh}最多能上 {worst.able:,.0f}：无论怎么排都缺 {worst.missing:,.0f}；"
        "请增加人员或工时，或降低要求",
        skills=() if worst.skill is None else (worst.skill,),
        dates=() if every else tuple(starts),
        count=round(worst.missing),
    )


def _deficit(
    instance: Instance,
    capacity: Capacity,
    required: Mapping[str, Sequence[float]],
    skill: str | None,
) -> _Deficit:
    """Return what is missing over all weeks, or in some of them where that is more."""
    named = list(required) if skill is None else [skill]
    pace = np.array(
        [
            max((float(agent.skills.get(name, 0)) for name in named), default=0.0)
            for agent in instance.agents
        ]
    )
    able = pace @ capacity.minutes / 60
    # A night that starts on a Sunday also works in the week after.
    came = np.array([pace @ capacity.nights_before, *[pace @ capacity.nights] * (able.size - 1)])
    wanted = np.sum([required[name] for name in named], axis=0)
    total = float(wanted.sum() - able.sum() - came[0] / 60)
    short = np.flatnonzero(wanted > able + came / 60)
    weekly = float((wanted - able - came / 60)[short].sum())
    if total >= weekly:
        every = tuple(range(able.size))
        return _Deficit(total, float(wanted.sum()), float(able.sum() + came[0] / 60), skill, every)
    able = (able + came / 60)[short]
    return _Deficit(weekly, float(wanted[short].sum()), float(able.sum()), skill, tuple(short))


def _nobody_at_work(instance: Instance, roster: Roster, score: Score) -> Iterator[Note]:
    """Find the hours with demand in which nobody who can serve it is at work.

    Hours that no shift covers are named apart from those in which somebody could be there.
    """
    empty: defaultdict[tuple[str, bool], set[tuple[Date, int]]] = defaultdict(set)
    come: defaultdict[tuple[str, bool], float] = defaultdict(float)
    total: defaultdict[str, float] = defaultdict(float)
    stores: defaultdict[str, set[str]] = defaultdict(set)
    left: defaultdict[tuple[str, bool], set[str]] = defaultdict(set)
    for cell in score.coverage:
        total[cell.skill] += cell.inquiries
        stores[cell.skill].add(cell.store)
    for cell in empty_cells(instance, roster, score.coverage):
        key = cell.skill, _runs(instance, cell.start)
        empty[key].add((cell.date, cell.start))
        come[key] += cell.inquiries
        left[key].add(cell.store)
    together: defaultdict[_Empty, list[str]] = defaultdict(list)
    for (skill, runs), moments in empty.items():
        some = left[skill, runs]
        names = tuple(sorted(some)) if some < stores[skill] else ()
        together[_Empty(frozenset(moments), runs, names)].append(skill)
    coming = {
        hours: sum(come[skill, hours.runs] for skill in skills)
        for hours, skills in together.items()
    }
    for hours in sorted(coming, key=lambda hours: (-coming[hours], -len(hours.moments))):
        skills = together[hours]
        yield _empty_hours(instance, hours, skills, coming[hours], sum(total[s] for s in skills))


class _Empty(NamedTuple):
    """Hours without anybody: whether a shift covers them, and the stores, blank for all."""

    moments: frozenset[tuple[Date, int]]
    runs: bool
    stores: tuple[str, ...]


def _empty_hours(
    instance: Instance, empty: _Empty, skills: list[str], come: float, total: float
) -> Note:
    minutes = instance.horizon.interval_minutes
    hours = len(empty.moments) * minutes / 60
    spans = _spans(empty.moments, minutes)
    shown = ", ".join(f"{span} on {_on(dates)}" for span, dates in spans[:2])
    shown_zh = "、".join(f"{span}（{_on(dates, zh=True)}）" for span, dates in spans[:2])
    share = f" ({_figure(come)} of {_figure(total)} inquiries)" if come else ""
    share_zh = f"（{_figure(total)} 次咨询中的 {_figure(come)} 次）" if come else ""
    if not empty.runs:
        todo = "no shift type covers them: add one, or leave these hours out of the forecast"
        todo_zh = "没有班次覆盖这些时段：请增加班次，或从预测中去掉"
    elif not instance.problem.history and _before_first_shift(instance, empty.moments):
        todo = "give history.csv if somebody works the night before the first day"
        todo_zh = "如前一晚有人上夜班，请提供 history.csv"
    else:
        todo = "add a rule min-on-site if somebody must be present"
        todo_zh = "如必须有人在岗，请加 min-on-site 规则"
    names = " and ".join(skills)
    names_zh = "、".join(own_name(skill, "zh") for skill in skills)
    where = f" of {_listed(empty.stores)}" if empty.stores else ""
    where_zh = f"（{_listed(empty.stores)}）" if empty.stores else ""
    unit = "hour" if hours == 1 else "hours"
    return Note(
        code="nobody-at-work",
        text=f"nobody who can answer {names}{where} is at work in {hours:g} {unit} with demand"
        f"{share}: {shown}{', ...' if len(spans) > 2 else ''}; {todo}",
        text_zh=f"{hours:g} 个有需求的小时里没有能接{names_zh}{where_zh}的人在岗"
        f"{share_zh}：{shown_zh}{'等' if len(spans) > 2 else ''}；{todo_zh}",
        stores=empty.stores,
        skills=tuple(skills),
        dates=tuple(sorted({date for date, _ in empty.moments})),
        count=round(hours),
    )


def _before_first_shift(instance: Instance, moments: frozenset[tuple[Date, int]]) -> bool:
    """Return whether all moments are on the first day, before its first shift could start."""
    earliest = min((shift.start for shift in instance.shifts), default=0)
    return all(date == instance.horizon.start and start < earliest for date, start in moments)


def _on(dates: Sequence[Date], *, zh: bool = False) -> str:
    """Return the only day by its date, else how many days there are."""
    if len(dates) == 1:
        return f"{dates[0]:%m-%d}"
    return f"{len(dates)} 天" if zh else f"{len(dates)} days"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:,.1f}".removesuffix(".0")


def _runs(instance: Instance, start: int) -> bool:
    """Return whether a shift that is in use covers an interval of some day."""
    end = start + instance.horizon.interval_minutes
    return any(
        shift.overlap(Span(start + ago * MINUTES_PER_DAY, end + ago * MINUTES_PER_DAY))
        for shift in instance.shifts
        if shift.in_use(instance.horizon.start)
        for ago in (0, 1)
    )


def _spans(
    moments: frozenset[tuple[Date, int]], minutes: int
) -> list[tuple[str, tuple[Date, ...]]]:
    """Return the stretches of the day and their days, those with most hours first."""
    by_date: defaultdict[Date, list[int]] = defaultdict(list)
    for date, start in moments:
        by_date[date].append(start)
    found: defaultdict[tuple[int, int], list[Date]] = defaultdict(list)
    for date, starts in sorted(by_date.items()):
        ordered = sorted(starts)
        begin = ordered[0]
        for before, after in zip(ordered, [*ordered[1:], -1], strict=True):
            if after != before + minutes:
                found[begin, before + minutes].append(date)
                begin = after
    ranked = sorted(
        found.items(), key=lambda item: (-(item[0][1] - item[0][0]) * len(item[1]), item[0])
    )
    return [(f"{clock(start)}-{clock(end)}", tuple(dates)) for (start, end), dates in ranked]


def _last_night(instance: Instance, roster: Roster) -> Iterator[Note]:
    """Find night shifts that are worked on most days but not on the last one."""
    horizon = instance.horizon
    if horizon.days < 3:
        return
    for shift in instance.shifts:
        if shift.end <= MINUTES_PER_DAY + 4 * 60:
            continue
        dates = {entry.date for entry in roster.assignments if entry.shift == shift.code}
        others = sum(date in dates for date in horizon.dates[:-1])
        if horizon.end not in dates and others > (horizon.days - 1) * 0.8:
            until = clock(shift.end - MINUTES_PER_DAY)
            yield Note(
                code="last-night",
                text=f"nobody works {shift.code} on the last day, {horizon.end}: its hours until "
                f"{until} count for the next plan; give the forecast of the morning after, or pin "
                "somebody to it",
                text_zh=f"最后一天 {horizon.end} 没有人上 {shift.code}：到次日 {until} 的时间"
                "属于下一期；请给出次日早晨的预测，或用 pins.csv 固定人员",
                shifts=(shift.code,),
                dates=(horizon.end,),
            )


def _serves_nothing(instance: Instance, score: Score) -> Iterator[Note]:
    """Find agents who can serve no queue that asks for heads, and hold no duty."""
    queues = {(cell.store, cell.skill) for cell in score.coverage}
    if not queues:
        return
    idle = [
        agent
        for agent in instance.agents
        if any(map(agent.employed, instance.horizon.dates))
        and not any(
            skill in agent.skills and any(map(agent.serves, store.split("|")))
            for store, skill in queues
        )
        and not any(
            may_hold(duty, group, agent) for duty in instance.duties for group in duty.groups
        )
    ]
    if idle:
        names = [agent.name or agent.agent_id for agent in idle]
        verb = "agent can" if len(idle) == 1 else "agents can"
        targets = {contract.name for contract in instance.contracts if contract.target}
        idle_target = any(agent.contract in targets for agent in idle)
        owed = ", and nobody is called in just for target hours" if idle_target else ""
        owed_zh = "，不会仅为凑足应排工时而排班" if idle_target else ""
        yield Note(
            code="serves-nothing",
            text=f"{len(idle)} {verb} serve no queue with demand ({listed(names)}){owed}: check "
            "their skills and stores in agents.csv",
            text_zh=f"{len(idle)} 人接不了任何有需求的咨询（{'、'.join(names[:MOST_NAMED])}"
            f"{'等' if len(names) > MOST_NAMED else ''}）{owed_zh}："
            "请检查 agents.csv 中的技能和店铺",
            agents=tuple(agent.agent_id for agent in idle),
            count=len(idle),
        )


def _dates(dates: Sequence[Date]) -> str:
    shown = ", ".join(map(str, dates[:3]))
    return f"{shown}, ..." if len(dates) > 3 else shown

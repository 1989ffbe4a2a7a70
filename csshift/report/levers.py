"""What the overrides of a skill come to: heads and predicted replies, with them and without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as Date

import numpy as np

from csshift.errors import InputError
from csshift.instance import Instance
from csshift.model.skills import Skill, SkillOverride
from csshift.report.wording import counted, number, percent, plain

WORDS = {
    "sessions_at_once": "sessions at once",
    "mean_response_seconds": "s mean reply asked",
    "service_level": "of replies in time asked",
    "bot_share": "answered by a bot",
}
SHARES = ("service_level", "bot_share")


def lever_lines(instance: Instance) -> Iterator[str]:
    """Yield for each override of a skill what it changes in heads and in predicted replies."""
    for skill in instance.problem.skills:
        for override in skill.overrides:
            yield from _lines(instance, skill, override)


def _lines(instance: Instance, skill: Skill, override: SkillOverride) -> Iterator[str]:
    dates = sorted(date for date in override.dates if date in instance.horizon)
    changes = ", ".join(_change(name, value, skill) for name, value in override.changes.items())
    when = f"{counted(len(dates), 'day')} from {dates[0]}" if dates else "no day of the horizon"
    yield f"{plain(skill.name)}, {when}: {changes}"
    if skill.channel == "deferrable" or not dates:
        return
    usual = skill.model_copy(update={"overrides": ()})
    before, after = _effect(instance, usual, dates), _effect(instance, skill.on(dates[0]), dates)
    if after is None:
        return
    if before is None:
        yield f"    {after}; without it no number of agents meets the targets"
    else:
        yield f"    {after}; without it {before}"


def _change(name: str, value: float, skill: Skill) -> str:
    usual = getattr(skill, name)
    shown = [
        "none" if figure is None else percent(figure) if name in SHARES else number(figure)
        for figure in (value, usual)
    ]
    return f"{shown[0]} {WORDS[name]} instead of {shown[1]}"


def _effect(instance: Instance, skill: Skill, dates: list[Date]) -> str | None:
    """Return head-hours and the predicted service on some days; None without a forecast."""
    from csshift.demand.heads import heads_for

    wanted = set(dates)
    cells = [
        cell
        for cell in instance.problem.forecast
        if cell.skill == skill.name and cell.date in wanted
    ]
    inquiries = np.array([cell.inquiries for cell in cells], dtype=np.float64)
    if not inquiries.sum():
        return None
    try:
        heads = heads_for(skill, inquiries, instance.horizon.interval_minutes)
    except InputError:  # targets that only the override makes possible
        return None
    hours = number(float(heads.heads.sum()) * instance.horizon.interval_hours, 1)
    reply = float(np.average(heads.response_seconds, weights=inquiries))
    share = float(np.average(heads.service, weights=inquiries))
    what = "mean reply" if skill.channel == "chat" else "mean wait"
    return f"{hours} head-hours, {what} {number(reply, 1)} s, {percent(share)} in time"

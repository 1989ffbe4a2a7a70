"""What overrides change is said in words; work with a deadline stands in the summary."""

from __future__ import annotations

from io import StringIO
from typing import Any

from problems import DAY, MONDAY, roster, small, works
from rich.console import Console

import csshift
from csshift.instance import Instance
from csshift.model.demand import ForecastCell
from csshift.model.skills import Skill
from csshift.report.sections import lever_lines
from csshift.report.terminal import score_summary

CHAT: dict[str, Any] = {
    "name": "pre-sale",
    "channel": "chat",
    "sessions_at_once": 3,
    "mean_response_seconds": 40,
}


def forecast(skill: str, inquiries: float) -> tuple[ForecastCell, ...]:
    return tuple(
        ForecastCell(
            date=MONDAY + day * DAY, start=600, store="S1", skill=skill, inquiries=inquiries
        )
        for day in range(3)
    )


def lines(inquiries: float = 120, **override: Any) -> list[str]:
    skill = Skill.model_validate(CHAT | {"overrides": [{"dates": [MONDAY + DAY], **override}]})
    cells = forecast("pre-sale", inquiries)
    return list(lever_lines(Instance(small(skills=(skill,), requirements=(), forecast=cells))))


def test_more_sessions_are_said_with_their_effect_on_heads_and_replies() -> None:
    first, second = lines(sessions_at_once=6, mean_response_seconds=60)
    assert first == (
        "pre-sale, 1 day from 2026-03-17: 6 sessions at once instead of 3, "
        "60 s mean reply required instead of 40"
    )
    with_it, without = second.split("; without it ")
    heads = [float(text.split()[0]) for text in (with_it, without)]
    assert heads[0] < heads[1]
    replies = [float(text.split("mean reply ")[1].split()[0]) for text in (with_it, without)]
    assert replies[0] > replies[1]


def test_a_bot_and_a_target_that_cannot_be_met_without_the_override() -> None:
    assert "40 % answered by a bot instead of 0 %" in lines(bot_share=0.4)[0]
    skill = Skill.model_validate(
        CHAT
        | {
            "mean_response_seconds": 12,
            "overrides": [{"dates": [MONDAY], "mean_response_seconds": 50}],
        }
    )
    cells = forecast("pre-sale", 50)[:1]
    (_, effect) = lever_lines(Instance(small(skills=(skill,), requirements=(), forecast=cells)))
    assert "no number of agents meets the targets" in effect


def test_without_a_forecast_only_the_change_is_said() -> None:
    assert len(lines(0, sessions_at_once=6)) == 1
    assert not list(lever_lines(Instance(small())))


def test_the_summary_tells_levers_and_late_work() -> None:
    refund = Skill(name="refund", channel="deferrable", handle_seconds=3600, deadline_hours=2)
    chat = Skill.model_validate(CHAT | {"overrides": [{"dates": [MONDAY], "sessions_at_once": 5}]})
    agents = (csshift.Agent(agent_id="a", skills={"pre-sale": 1, "refund": 1}),)
    problem = small(
        agents=agents,
        skills=(chat, refund),
        requirements=(),
        forecast=(*forecast("refund", 9), *forecast("pre-sale", 5)),
    )
    made = roster(works("a", 0))
    shown = StringIO()
    console = Console(width=100, file=shown)
    for part in score_summary(problem, made, csshift.check(problem, made)):
        console.print(part)
    text = shown.getvalue()
    assert "Work with a deadline" in text
    assert "inquiries would be late, of 1 queue" in text
    assert "5 sessions at once instead of 3" in text

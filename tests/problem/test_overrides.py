"""What is different about a skill on some days, and what a bot answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from problems import DAY, MONDAY, small
from pydantic import ValidationError

from csshift.demand.heads import heads_for
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.io.reading import load
from csshift.model.demand import ForecastCell
from csshift.model.skills import Skill, SkillOverride

CHAT = Skill(
    name="pre-sale", channel="chat", sessions_at_once=3, mean_response_seconds=40, service_level=0.9
)
PEAK = SkillOverride(dates=(MONDAY + DAY,), sessions_at_once=6, mean_response_seconds=60)
SETTINGS = """
labour = "none"

[horizon]
start = 2026-03-16
days = 2

[skills.pre-sale]
channel = "chat"
sessions_at_once = 3

[[skills.pre-sale.overrides]]
dates = [2026-03-17]
sessions_at_once = 6
mean_response_seconds = 60
"""


def forecast(inquiries: float, days: int = 3) -> tuple[ForecastCell, ...]:
    return tuple(
        ForecastCell(
            date=MONDAY + day * DAY, start=600, store="S1", skill="pre-sale", inquiries=inquiries
        )
        for day in range(days)
    )


def write(folder: Path, settings: str) -> Path:
    (folder / "problem.toml").write_text(settings, encoding="utf-8")
    (folder / "agents.csv").write_text("agent_id,skills\na,pre-sale\n", encoding="utf-8")
    (folder / "shifts.csv").write_text("code,hours\nD,08:00-16:00\n", encoding="utf-8")
    rows = "2026-03-16,10:00,S1,pre-sale,90\n2026-03-17,10:00,S1,pre-sale,90\n"
    (folder / "forecast.csv").write_text(f"date,start,store,skill,inquiries\n{rows}", "utf-8")
    return folder


def test_more_sessions_at_once_take_fewer_heads_on_their_days_only() -> None:
    usual = small(skills=(CHAT,), requirements=(), forecast=forecast(120))
    peak = CHAT.model_copy(update={"overrides": (PEAK,)})
    changed = small(skills=(peak,), requirements=(), forecast=forecast(120))
    before, after = Instance(usual).demand.heads, Instance(changed).demand.heads
    assert after[[0, 2]].tolist() == before[[0, 2]].tolist()
    assert after[1] < before[1]
    assert "up to 6 sessions at once" in Instance(changed).demand.models[1]
    assert "mean response up to 60 s" in Instance(changed).demand.models[1]
    assert "up to 3 sessions at once" in Instance(changed).demand.models[2]


def test_a_bot_takes_its_share_of_the_inquiries() -> None:
    half = CHAT.model_copy(update={"bot_share": 0.5})
    inquiries = np.array([0.0, 30.0, 200.0])
    assert heads_for(half, inquiries, 60).heads.tolist() == (
        heads_for(CHAT, inquiries / 2, 60).heads.tolist()
    )
    assert "a bot answers 50 %" in heads_for(half, inquiries, 60).explanation
    assert "bot" not in heads_for(CHAT, inquiries, 60).explanation


def test_predicted_replies_are_slower_the_more_sessions_an_agent_holds() -> None:
    peak = CHAT.model_copy(update={"overrides": (PEAK,)}).on(MONDAY + DAY)
    usual = heads_for(CHAT, np.array([120.0]), 60)
    busy = heads_for(peak, np.array([120.0]), 60)
    assert usual.response_seconds[0] <= 40
    assert usual.response_seconds[0] < busy.response_seconds[0] <= 60


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"overrides": ({"dates": [MONDAY]},)}, "the override changes nothing"),
        ({"overrides": ({"dates": [], "bot_share": 0.1},)}, "at least 1"),
        ({"overrides": ({"dates": [MONDAY], "sessions_at_once": 0},)}, "greater than or equal"),
        ({"bot_share": 1}, "less than 1"),
        ({"overrides": 2 * ({"dates": [MONDAY], "bot_share": 0.1},)}, "is in two"),
        (
            {"channel": "call", "overrides": ({"dates": [MONDAY], "sessions_at_once": 4},)},
            "for chats",
        ),
    ],
)
def test_overrides_that_cannot_be_meant_are_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Skill.model_validate({"name": "pre-sale", "channel": "chat", **fields})


def test_overrides_are_read_from_the_settings(tmp_path: Path) -> None:
    problem = load(write(tmp_path, SETTINGS))
    assert Instance(problem).skill_on("pre-sale", MONDAY).sessions_at_once == 3
    assert Instance(problem).skill_on("pre-sale", MONDAY + DAY).sessions_at_once == 6


def test_override_dates_outside_the_horizon_are_left_out_with_a_note(tmp_path: Path) -> None:
    problem = load(write(tmp_path, SETTINGS.replace("2026-03-17]", "2026-04-17]")))
    [note] = Instance(problem).notes
    assert (note.code, note.count, note.skills) == ("dates-outside", 1, ("pre-sale",))
    assert Instance(problem).skill_on("pre-sale", MONDAY + DAY).sessions_at_once == 3


def test_faults_of_overrides_are_told_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sesions_at_once"):
        load(write(tmp_path, SETTINGS.replace("sessions_at_once = 6", "sesions_at_once = 6")))

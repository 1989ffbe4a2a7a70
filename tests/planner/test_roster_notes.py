"""Notes on rosters: each is right where it stands, and missing where there is nothing to say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from problems import DAY, MONDAY, agent, cell, random_problem, roster, shift, small, works

import csshift
from csshift import Problem, Roster
from csshift.instance import Instance
from csshift.instance.capacity import find_capacity
from csshift.model.demand import ForecastCell
from csshift.model.notes import NOTE_WEIGHTS, Note, ranked
from csshift.planner.check import with_plan
from csshift.planner.roster_notes import roster_notes, without_repeats

SOURCES = Path(csshift.__file__).parent


def notes(problem: Problem, found: Roster) -> dict[str, Note]:
    """Return the notes on a roster and its problem by code; of several the last one."""
    instance = Instance(problem)
    planned = with_plan(instance, found)
    score = csshift.check(instance, planned)
    every = (*instance.notes, *roster_notes(instance, planned, score, seconds=5.0))
    return {note.code: note for note in every}


def hours(day: int, first: int, last: int, heads: float = 1) -> list[Any]:
    return [cell(f"{hour:02d}:00", heads, day=day) for hour in range(first, last)]


def test_every_code_has_a_weight() -> None:
    found = set()
    for source in SOURCES.rglob("*.py"):
        found |= set(re.findall(r'code="([a-z-]+)"', source.read_text("utf-8")))
    assert found - NOTE_WEIGHTS.keys() == set()


def test_notes_stand_in_order_of_weight_and_then_as_they_came() -> None:
    codes = ["rows-outside", "too-few-hours", "unfilled-duty", "no-such-code", "too-few-hours"]
    made = [Note(code=code, text=f"{i}") for i, code in enumerate(codes)]
    assert [note.text for note in ranked(made)] == ["1", "4", "2", "3", "0"]


def test_a_note_has_chinese_words_or_else_english_ones() -> None:
    note = Note(code="a", text="late", text_zh="迟到")
    assert (note.worded("zh"), note.worded("en")) == ("迟到", "late")
    assert Note(code="a", text="late").worded("zh") == "late"


@pytest.mark.parametrize(("limit", "missing"), [(40, None), (16, 8), (8, 16)])
def test_more_hours_than_the_team_can_work(limit: int, missing: int | None) -> None:
    problem = small(
        agents=(agent("a", contract="c"),),
        contracts=({"name": "c", "max_hours_per_week": limit},),
        requirements=tuple(entry for day in range(3) for entry in hours(day, 8, 16)),
    )
    worked = [works("a", day) for day in range(3)][: limit // 8]
    found = notes(problem, roster(*worked)).get("too-few-hours")
    assert (found and found.count) == missing
    if found is not None and missing is not None:
        assert f"24 head-hours are required, and the team can work at most {24 - missing}" in str(
            found
        )


def test_hours_of_one_skill_are_the_bottleneck() -> None:
    problem = small(
        agents=(agent("a", skills={"after-sale": 1}), agent("b")),
        requirements=(*hours(0, 8, 16, 2), *[cell("08:00", 1, day=1, skill="after-sale")]),
        rules=({"kind": "max-shifts", "count": 1, "per": "week"},),
    )
    found = notes(problem, roster(works("b", 0), works("a", 1)))["too-few-hours"]
    assert (found.skills, found.count) == (("pre-sale",), 8)


@pytest.mark.parametrize("seed", range(40))
def test_no_roster_works_more_than_the_capacity(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(random, agents=3, days=random.choice((3, 9)), shifts=2)
    result = csshift.solve(problem, time_limit=2, reproducible=True)
    if result.roster is None or result.score is None:
        return
    instance = Instance(problem)
    capacity = find_capacity(instance)
    paid = instance.schedule(result.roster.assignments).paid_minutes
    planned = paid[:, instance.grid.history_days :]
    for week, days in enumerate(capacity.weeks):
        worked = planned[:, days.start : days.stop].sum(axis=1)
        assert (worked <= capacity.minutes[:, week]).all()
    for note in result.notes:
        if note.code == "too-few-hours":
            assert note.count is not None
            assert note.count <= float(result.score.shortage_hours) + 0.5


def test_hours_without_anybody_are_counted_and_named() -> None:
    problem = small(requirements=(*hours(0, 8, 16), *hours(1, 10, 12)))
    found = notes(problem, roster(works("a", 0)))["nobody-at-work"]
    assert (found.count, found.dates) == (2, (MONDAY + DAY,))
    assert "in 2 hours with demand: 10:00-12:00 on 03-17; add a rule min-on-site" in found.text
    assert "nobody-at-work" not in notes(
        small(requirements=tuple(hours(0, 8, 16))), roster(works("a", 0))
    )


def test_hours_that_no_shift_covers_do_not_hide_those_that_one_does() -> None:
    instance = Instance(small(requirements=(*hours(0, 8, 18), *hours(1, 10, 12))))
    made = with_plan(instance, roster(works("a", 0)))
    every = roster_notes(instance, made, csshift.check(instance, made), seconds=0.0)
    found = [note.text for note in every if note.code == "nobody-at-work"]
    assert len(found) == 2
    assert any("16:00-18:00 on 03-16; no shift type covers them" in text for text in found)
    assert any("10:00-12:00 on 03-17; add a rule min-on-site" in text for text in found)


def test_only_hours_before_the_first_shift_ask_for_a_history() -> None:
    night = shift("N", "22:00-30:00")
    day = small(requirements=tuple(hours(0, 8, 10)), shifts=(shift("E", "08:00-16:00"), night))
    assert "history.csv" not in notes(day, roster())["nobody-at-work"].text
    early = small(requirements=tuple(hours(0, 2, 4)), shifts=(shift("E", "08:00-16:00"), night))
    assert "give history.csv" in notes(early, roster())["nobody-at-work"].text


def test_somebody_at_work_who_cannot_serve_the_queue_is_nobody() -> None:
    problem = small(agents=(agent("a", stores=("S2",)), agent("b")), stores=("S1", "S2"))
    found = notes(problem, roster(*(works("a", day) for day in range(3))))["nobody-at-work"]
    assert found.count == 3


def test_an_agent_who_can_serve_nothing_that_is_asked() -> None:
    problem = small(agents=(agent("a"), agent("b", name="Bo", skills={"after-sale": 1})))
    found = notes(problem, roster())["serves-nothing"]
    assert (found.agents, found.count) == (("b",), 1)
    assert "1 agent can serve no queue with demand (Bo)" in found.text
    assert "serves-nothing" not in notes(small(), roster())


def test_the_last_night_is_missed_only_where_others_are_worked() -> None:
    problem = small(
        shifts=(shift("N", "22:00-31:00"),),
        requirements=tuple(cell("23:00", 1, day=day) for day in range(3)),
    )
    found = notes(problem, roster(works("a", 0, "N"), works("b", 1, "N")))["last-night"]
    assert (found.shifts, found.dates) == (("N",), (MONDAY + 2 * DAY,))
    whole = roster(works("a", 0, "N"), works("b", 1, "N"), works("a", 2, "N"))
    assert "last-night" not in notes(problem, whole)
    assert "last-night" not in notes(problem, roster(works("a", 0, "N")))


def test_nights_far_from_even() -> None:
    week = {
        "horizon": {"start": MONDAY, "days": 8},
        "shifts": (shift("D", "08:00-16:00"), shift("N", "22:00-30:00")),
        "requirements": (cell("23:00", 1),),
    }
    problem = small(**week)
    nights = [works("a", day, "N") for day in range(4)]
    days = [works("b", day) for day in range(4)]
    found = notes(problem, roster(*nights, *days))["uneven-nights"]
    assert (found.agents, found.count) == (("a", "b"), 4)
    assert 'kind = "fair", of = "nights"' in found.text
    shared = [works("b", 4, "N"), works("b", 5, "N"), *nights[:3]]
    assert "uneven-nights" not in notes(problem, roster(*shared))
    only_a = {"kind": "forbidden-shifts", "shifts": ["N"], "agents": {"ids": ["b"]}}
    assert "uneven-nights" not in notes(small(**week, rules=(only_a,)), roster(*nights, *days))


@pytest.mark.parametrize(("back", "known"), [(0, False), (1, False), (2, True)])
def test_a_week_that_the_history_knows_only_half(back: int, known: bool) -> None:
    wednesday = MONDAY + 2 * DAY
    history = tuple(
        replace(works("a", 2 - day), date=wednesday - day * DAY) for day in range(1, back + 1)
    )
    problem = small(
        horizon={"start": wednesday, "days": 3},
        requirements=(cell("10:00", 1, day=2),),
        rules=({"kind": "max-hours", "hours": 40, "per": "week"},),
        history=history,
    )
    assert ("half-known-week" in {note.code for note in Instance(problem).notes}) != known


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"leave": [{"agent_id": "a", "date": MONDAY}]}, "on leave then"),
        ({"pins": [{"agent_id": "a", "date": MONDAY}]}, "pinned to a day off"),
        ({"rules": [{"kind": "forbidden-shifts", "shifts": ["D"]}]}, "a hard rule never"),
        ({"agents": (agent("a", end_date="2026-03-01"), agent("b"))}, "not employed then"),
    ],
)
def test_a_wish_that_nobody_can_grant(fields: dict[str, Any], reason: str) -> None:
    wish = {"agent_id": "a", "date": MONDAY, "want": "work"}
    problem = small(requests=[wish], **fields)
    found = {note.code: note for note in Instance(problem).notes}["wish-impossible"]
    assert (found.agents, found.dates, found.count) == (("a",), (MONDAY,), 1)
    assert reason in found.text
    assert Instance(small(requests=[wish])).notes == ()


def test_a_lost_wish_says_to_what() -> None:
    wish = {"agent_id": "a", "date": MONDAY, "want": "off"}
    problem = small(agents=(agent("a"),), requests=[wish])
    result = csshift.solve(problem, time_limit=5, reproducible=True)
    [found] = [note for note in result.notes if note.code == "wishes-lost"]
    assert found.text.startswith("1 of 1 wish is not granted: a off on 2026-03-16 (it would cost 1")
    assert "wish_minutes" in found.text


def test_stores_that_are_staffed_alone_and_a_target_that_is_missed() -> None:
    skill = {"channel": "chat", "reply_seconds": 12, "customer_gap_seconds": 40}
    forecast = [
        {"date": MONDAY, "start": f"{hour:02d}:00", "store": store, "skill": "pre-sale"}
        | {"inquiries": 3}
        for hour in range(8, 16)
        for store in ("S1", "S2", "S3")
    ]
    options = {"pools": "separate"} if "pools" in Problem.model_fields else {}
    problem = small(
        requirements=(),
        forecast=forecast,
        skills=[{"name": "pre-sale", "mean_response_seconds": 20, **skill}],
        **options,
    )
    alone = notes(problem, roster())
    assert alone["small-queues"].stores == ("S1", "S2", "S3")
    assert alone["nobody-at-work"].text.count("of 72 inquiries") == 1
    late = {**forecast[0], "start": "15:00", "inquiries": 60}
    busy = problem.model_copy(update={"forecast": (ForecastCell.model_validate(late),)})
    found = notes(busy, roster(works("a", 0)))
    assert "s instead of 20 s" in found["target-missed"].text
    assert "small-queues" not in found


def test_a_queue_staffed_apart_is_noted_once() -> None:
    apart = Note(code="queues-staffed-apart", text="a", skills=("pre-sale",))
    figures = Note(code="small-queues", text="b", skills=("pre-sale",))
    other = Note(code="queues-staffed-apart", text="c", skills=("hotline",))
    assert without_repeats((apart, figures, other)) == (figures, other)
    assert without_repeats((apart, other)) == (apart, other)

"""A problem survives JSON without loss."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from csshift.instance import Instance
from csshift.io.reading import load
from csshift.problem import Problem

START = date(2026, 3, 16)


def decimals(low: str, high: str, places: int = 3) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


def hours() -> st.SearchStrategy[str]:
    spans = ["08:00-17:00", "09:00-12:00+18:00-23:00", "22:30-30:00", "00:00-24:00"]
    return st.sampled_from(spans)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    ids = draw(st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3, unique=True))
    codes = draw(st.lists(st.text(min_size=1, max_size=2), min_size=1, max_size=3, unique=True))
    days = draw(st.integers(1, 10))
    dates = st.integers(0, days - 1).map(lambda day: START + timedelta(days=day))
    agent = st.sampled_from(ids)
    efficiency = decimals("0.001", "100")
    rules = [
        {"kind": "min-rest", "hours": draw(decimals("0", "168"))},
        {
            "kind": "max-hours",
            "hours": 40,
            "severity": draw(decimals("0.001", "1000")),
            "agents": {"ids": [ids[0]], "skills": ["pre-sale"]},
            "name": "疲劳",
        },
        {"kind": "max-consecutive-days", "days": 6},
        {"kind": "forbidden-shifts", "shifts": [codes[0]]},
        {"kind": "min-on-site", "tags": ["x"], "count": 1, "hours": "08:00-26:00"},
    ]
    return Problem.model_validate(
        {
            "name": draw(st.text(max_size=5)),
            "horizon": {
                "start": START,
                "days": days,
                "interval_minutes": draw(st.sampled_from([15, 30, 60])),
            },
            "agents": [
                {
                    "agent_id": name,
                    "skills": {"pre-sale": draw(efficiency), "vip": draw(efficiency)},
                    "contract": draw(st.sampled_from([None, "full-time"])),
                    "start_date": draw(st.none() | st.just(date(2020, 1, 1))),
                    "tags": ["x", *draw(st.lists(st.sampled_from(["y", "z"]), unique=True))],
                }
                for name in ids
            ],
            "shifts": [
                {"code": code, "hours": draw(hours()), "break_minutes": draw(st.integers(0, 60))}
                for code in codes
            ],
            "skills": [{"name": "vip", "channel": "chat", "working_window": "10:00-22:00"}],
            "stores": ["S1"],
            "contracts": [
                {"name": "full-time", "max_hours_per_week": draw(decimals("0", "60", 1))}
            ],
            "rules": draw(st.permutations(rules)),
            "duties": [
                {
                    "name": "payment-reminder",
                    "skill": "vip",
                    "window": "10:00-21:30",
                    "stores": [["S1"]],
                    "share": draw(decimals("0", "1")),
                }
            ],
            "requirements": [
                {
                    "date": START,
                    "start": 540,
                    "store": "S1",
                    "skill": "vip",
                    "heads": draw(decimals("0", "1000", 2)),
                }
            ],
            "forecast": [
                {
                    "date": START,
                    "start": "10:00",
                    "store": "S1",
                    "skill": "vip",
                    "inquiries": draw(st.floats(0, 1e9)),
                }
            ],
            "requests": [
                {"agent_id": draw(agent), "date": draw(dates), "want": "off", "weight": "0.125"}
            ],
            "pins": [{"agent_id": draw(agent), "date": draw(dates)}],
            "history": [{"agent_id": ids[0], "date": date(2026, 3, 15), "shift": codes[0]}],
            "history_duties": [
                {
                    "date": date(2026, 3, 15),
                    "duty": "payment-reminder",
                    "agent_id": ids[0],
                    "start": 600,
                    "end": "26:00",
                }
            ],
            "weights": {"surplus": draw(decimals("0", "5"))},
        }
    )


@settings(max_examples=100, deadline=None)
@given(problems())
def test_round_trip(problem: Problem) -> None:
    back = Problem.model_validate_json(problem.model_dump_json())
    assert back == problem
    assert [type(rule) for rule in back.rules] == [type(rule) for rule in problem.rules]
    assert back.model_dump_json() == problem.model_dump_json()


def test_the_template_round_trips(folder: Path) -> None:
    problem = load(folder)
    assert Problem.model_validate_json(problem.model_dump_json()) == problem
    assert Problem.model_validate(problem.model_dump()) == problem


def test_what_load_builds_equals_what_validation_builds(folder: Path) -> None:
    problem = load(folder)
    assert Problem.model_validate(dict(problem)) == problem
    assert problem.model_fields_set <= set(Problem.model_fields)
    assert len(Instance(problem).grid.agents) == 6

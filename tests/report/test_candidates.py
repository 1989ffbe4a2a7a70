"""Who could fill a shortage, and what stops each of the others, by name."""

from __future__ import annotations

from typing import Any

import pytest
from problems import DAY, MONDAY, agent, cell, roster, shift, small, works

from csshift.instance import Instance
from csshift.model.people import Leave, Pin
from csshift.planner.check import with_plan
from csshift.problem import Problem
from csshift.report.candidates import candidate_lines
from csshift.report.shortage import Explainer, worst_cells
from csshift.scoring import score

OTHER_HOURS = "b: works N (22:00-30:00)"
SHIFTS = (shift("D", "08:00-16:00"), shift("N", "22:00-30:00"))


def lines(problem: Problem, *entries: Any) -> list[str]:
    instance = Instance(problem)
    planned = with_plan(instance, roster(*entries))
    worst = worst_cells(score(instance, planned).coverage, 1)
    return list(candidate_lines(Explainer(instance, planned), worst[0]))


@pytest.mark.parametrize(
    ("parts", "entries", "expected"),
    [
        ({}, (), "b: could be called in"),
        ({"leave": (Leave(agent_id="b", date=MONDAY + DAY),)}, (), "b: on leave on 2026-03-17"),
        ({"pins": (Pin(agent_id="b", date=MONDAY + DAY),)}, (), "b: off; pinned off (on D)"),
        (
            {"rules": ({"kind": "min-rest"},)},
            (works("b", 0, "N"),),
            "b: off; min-rest (on D: 2 h between N and D, at least 11 h)",
        ),
        (
            {"rules": ({"kind": "max-hours", "hours": 8, "per": "horizon"},)},
            (works("b", 0),),
            "b: off; max-hours (on D: 16 h in the planned period, at most 8 h)",
        ),
        ({}, (works("b", 1, "N"),), f"{OTHER_HOURS}; could work another shift instead"),
        (
            {"rules": ({"kind": "forbidden-shifts", "shifts": ["D"], "agents": {"ids": ["b"]}},)},
            (works("b", 1, "N"),),
            f"{OTHER_HOURS}; against another shift: forbidden-shifts (on D: D is forbidden)",
        ),
    ],
)
def test_what_stops_an_agent_is_named(
    parts: dict[str, Any], entries: tuple[Any, ...], expected: str
) -> None:
    problem = small(shifts=SHIFTS, requirements=(cell("10:00", 2, day=1),), **parts)
    found = lines(problem, works("a", 1), *entries)
    assert found[0] == "2026-03-17 10:00 S1 pre-sale: short 1 of 2 heads"
    assert f"  {expected}" in found
    assert "  a: at work: 1 here" in found


def test_nobody_with_the_skill_is_said() -> None:
    people = (agent("a", stores=("S2",)), agent("b", skills={"after-sale": 1}))
    assert lines(small(agents=people, stores=("S2",)))[1:] == [
        "  no agent has the skill and the store"
    ]

"""A given roster that keeps its rules is a solution of the program, whatever columns they add."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from problems import MONDAY, agent, cell, shift, small

from csshift.compile import compile_problem
from csshift.decode import encode_decisions
from csshift.instance import Instance
from csshift.model.horizon import Horizon
from csshift.model.roster import Assignment, Roster

SHIFTS = (
    shift("D", "08:00-16:00"),
    shift("E", "14:00-22:00"),
    shift("N", "22:00-30:00"),
    shift("M", "10:00-18:00"),
)


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ({"kind": "min-rest-block", "days": 2}, "D--DDDDDDD--DD"),
        ({"kind": "min-rest-block", "hours": 60}, "DD--DDDDD---DD"),
        ({"kind": "min-sequences", "shifts": ["D", "E"], "count": 2}, "DE-DE--D-DEDE-"),
        ({"kind": "max-start-spread", "hours": 2}, "DMDM---M------"),
        ({"kind": "max-start-spread", "hours": 4, "per": "horizon"}, "M-E-M-E-E-M---"),
        ({"kind": "max-kinds", "count": 2}, "DEDE---NNEE---"),
        ({"kind": "min-weekends", "count": 2}, "-----D-------D"),
        ({"kind": "max-weekends", "count": 1}, "-----DD-------"),
        ({"kind": "max-consecutive-weekends-off", "count": 1}, "------------D-"),
    ],
)
def test_a_roster_that_keeps_a_rule_is_a_solution(rule: dict[str, Any], row: str) -> None:
    problem = small(
        horizon=Horizon(start=MONDAY, days=14),
        agents=(agent("a"),),
        shifts=SHIFTS,
        rules=(rule,),
        requirements=(cell("10:00", 1),),
    )
    roster = Roster(
        assignments=tuple(
            Assignment(agent_id="a", date=MONDAY + timedelta(day), shift=code)
            for day, code in enumerate(row)
            if code != "-"
        )
    )
    compiled = compile_problem(Instance(problem))
    values = encode_decisions(compiled, roster)
    program = compiled.program
    decided = program.row_family == program.families.index(rule["kind"])
    broken = program.broken_rows(values)
    assert not decided[broken].any()

"""Agents on call: a shift tagged standby, which is neither work nor a day off."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rule_cases import SHIFTS, amount, plan, shift

import csshift
from csshift.instance import Instance
from csshift.model.demand import RequirementCell
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.model.people import Agent
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.model.shifts import Shift
from csshift.planner.check import with_plan
from csshift.problem import Problem
from csshift.report.candidates import candidates
from csshift.report.grid import Grid
from csshift.report.shortage import Explainer
from csshift.rules.shares import is_early, is_late, is_night
from csshift.scoring import score

CALL = shift("S", "08:00-23:00", 60, "standby")
ON_CALL = (*SHIFTS, CALL)
MONDAY = date(2026, 3, 16)
TWO_ON_CALL = {
    "kind": "shift-cover",
    "cover": [{"shifts": ["tag:standby"], "heads": 2}],
    "weekdays": ["Sat-Sun"],
}


def problem(**parts: Any) -> Problem:
    fields: dict[str, Any] = {
        "horizon": Horizon(start=MONDAY, days=7, edges="none"),
        "agents": tuple(Agent(agent_id=c, skills={"hotline": Decimal(1)}) for c in "abcd"),
        "shifts": (SHIFTS[0], CALL),
        "requirements": tuple(
            RequirementCell(
                date=date(2026, 3, day), start=600, store="X", skill="hotline", heads=Decimal(1)
            )
            for day in range(16, 23)
        ),
    }
    return Problem.model_validate(fields | parts)


@pytest.mark.parametrize("tag", ["standby", "on-call", "待命", "备班"])
def test_standby_is_not_paid_and_serves_nobody(tag: str) -> None:
    call = shift("S", "08:00-23:00", 0, tag)
    assert (call.standby, call.paid_minutes, call.presence) == (True, 0, 0)
    assert not shift("S", "08:00-23:00", 0, "stand").standby
    instance = Instance(problem(shifts=(SHIFTS[0], call)))
    roster = Roster(assignments=(Assignment(agent_id="a", date=MONDAY, shift="S"),))
    assert not instance.offered(roster).any()
    assert csshift.check(instance.problem, roster).shortage_hours == 7


def test_a_shift_of_24_hours_on_standby_is_no_night_and_neither_early_nor_late() -> None:
    call = shift("S", "00:00-24:00", 0, "standby")
    assert [is_night(call), is_late(call), is_early(call)] == [False] * 3


@pytest.mark.parametrize(
    ("fields", "rows", "expected"),
    [
        ({"kind": "seats", "count": 1}, ["D", "S"], 0),
        ({"kind": "min-on-site", "count": 2, "hours": "08:00-10:00"}, ["D", "S"], 2),
        ({"kind": "never-alone", "hours": "08:00-10:00"}, ["D", "S"], 2),
        ({"kind": "never-alone", "hours": "08:00-10:00"}, ["S", "-"], 0),
        ({"kind": "accompanied", "by": {}}, ["S", "-"], 0),
        ({"kind": "accompanied", "by": {}, "hours": 1}, ["D", "S"], 1),
        ({"kind": "accompanied", "by": {}, "hours": 1}, ["D", "E"], 0),
        ({"kind": "handover", "hours": "00:00-23:30", "shifts": ["D"]}, ["D", "S"], 1),
        ({"kind": "handover", "hours": "00:00-23:30", "shifts": ["S"]}, ["S", "-"], 0),
        ({"kind": "max-hours", "hours": 8, "per": "day"}, ["S", "D"], 0),
        ({"kind": "max-consecutive-days", "days": 2}, ["DSD"], 1),
        ({"kind": "min-days-off", "days": 1, "per": "rolling-2-days"}, ["DS"], 1),
        ({"kind": "min-rest", "hours": 11}, ["SD"], 1),
        ({"kind": "shift-cover", "cover": [{"shifts": ["S"], "heads": 2}]}, ["S", "D"], 1),
        ({"kind": "shift-cover", "cover": [{"shifts": ["S"], "heads": 2}]}, ["S", "S"], 0),
        ({"kind": "max-shifts", "count": 1, "shifts": ["tag:standby"]}, ["S|S"], 1),
    ],
)
def test_rules_take_it_for_a_day_that_is_not_off_and_nobody_at_work(
    fields: dict[str, Any], rows: list[str], expected: int
) -> None:
    assert amount(fields, plan(*rows, shifts=ON_CALL)) == expected


def test_nobody_holds_a_duty_on_standby() -> None:
    duty = Duty.model_validate({"name": "d", "skill": "hotline", "window": "08:00-17:00"})
    assert duty.fits(SHIFTS[0])
    assert not duty.fits(CALL)
    roster = Roster(
        assignments=(Assignment(agent_id="a", date=MONDAY, shift="S"),),
        duties=(DutyTurn(date=MONDAY, duty="d", stores=(), agent_id="a", start=480, end=1020),),
    )
    found = score(Instance(problem(duties=(duty,))), roster).violations
    assert "holds the duty on standby (S)" in [finding.text for finding in found]


def test_on_call_are_as_many_as_a_rule_asks_and_not_one_more() -> None:
    fair = {"kind": "fair", "of": "shifts", "shifts": ["tag:standby"], "severity": 1}
    asked = problem(rules=[TWO_ON_CALL, fair])
    found = csshift.solve(asked, time_limit=10, workers=1)
    assert found.status == "optimal"
    assert found.roster is not None
    on_call = [row for row in found.roster.assignments if row.shift == "S"]
    assert sorted(row.date.day for row in on_call) == [21, 21, 22, 22]
    assert len({row.agent_id for row in on_call}) == 4
    # Two times two on call for 15 hours, at the price of time that nobody needs.
    judged = csshift.check(asked, found.roster)
    assert judged.penalties["standby"] == 4 * 15 * 0.5
    assert judged.objective == found.objective


def test_too_few_for_standby_is_a_contradiction_with_its_rule() -> None:
    three = {**TWO_ON_CALL, "name": "three on call", "cover": [{"shifts": ["S"], "heads": 5}]}
    found = csshift.solve(problem(rules=[three]), time_limit=10, workers=1)
    assert found.status == "infeasible"
    assert found.conflicts == ("three on call",)


def test_a_note_says_what_it_means_and_whether_a_rule_asks_for_it() -> None:
    (silent,) = (n for n in Instance(problem()).notes if n.code == "standby")
    assert "no rule asks for it" in silent.text
    (asked,) = (n for n in Instance(problem(rules=[TWO_ON_CALL])).notes if n.code == "standby")
    assert "no rule asks" not in asked.text
    assert asked.shifts == ("S",)
    assert not [n for n in Instance(problem(shifts=SHIFTS)).notes if n.code == "standby"]


def test_reports_count_it_apart_and_say_who_could_be_called() -> None:
    instance = Instance(problem())
    rows = (("a", "D"), ("b", "S"))
    roster = Roster(
        assignments=tuple(Assignment(agent_id=i, date=MONDAY, shift=code) for i, code in rows)
    )
    assert Grid(instance, roster).at_work(MONDAY) == 1
    assert Grid(instance, roster).at_work(MONDAY, "S") == 1
    alone = Roster(assignments=(Assignment(agent_id="b", date=MONDAY, shift="S"),))
    cell = score(instance, with_plan(instance, alone)).coverage[0]
    (text,) = (
        str(found)
        for found in candidates(Explainer(instance, with_plan(instance, alone)), cell)
        if found.agent_id == "b"
    )
    assert "on standby S (08:00-23:00); could work another shift instead" in text


def test_the_next_morning_begins_where_a_shift_at_work_could_start() -> None:
    early = Shift.model_validate({"code": "S", "hours": "00:00-24:00", "tags": ["standby"]})
    horizon = Horizon(start=MONDAY, days=7)
    nights = Instance(problem(horizon=horizon, shifts=(SHIFTS[0], SHIFTS[2], early)))
    assert nights.next_morning == 8

"""Every kind of finding: a roster that is clean, one at the limit, one beyond it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from problems import DAY, MONDAY, agent, cell, roster, shift, small, turn, works

import csshift
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.io.layout import ALLOCATION
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.model.roster import AllocationShare, Assignment, DutyTurn, Roster
from csshift.problem import Problem
from csshift.scoring import score

NO_WORTH = {"surplus": 0, "shortage": 0, "deep_shortage": 0}
BOTH = {"pre-sale": 1, "payment-reminder": 1}


def broken(problem: Problem, *entries: Assignment | DutyTurn) -> list[tuple[str, str | None]]:
    """Return (rule, agent) of the hard violations of a roster without an hourly plan."""
    return [(f.rule, f.agent_id) for f in score(Instance(problem), roster(*entries)).violations]


def share(
    agent_id: str, start: str, part: str | float, skill: str = "pre-sale", **fields: Any
) -> AllocationShare:
    row = {"date": MONDAY, "start": start, "agent_id": agent_id, "store": "S1", "skill": skill}
    return ALLOCATION.validate({**row, "share": part, **fields})


# Availability and pins


def test_leave() -> None:
    problem = small(leave=({"agent_id": "a", "date": MONDAY},))
    assert broken(problem, works("a", 0)) == [("leave", "a")]
    assert broken(problem, works("a", 1), works("b", 0)) == []


@pytest.mark.parametrize(("day", "clean"), [(0, False), (1, True), (2, False)])
def test_employment(day: int, clean: bool) -> None:
    tuesday = MONDAY + timedelta(days=1)
    problem = small(agents=(agent("a", start_date=tuesday, end_date=tuesday), agent("b")))
    assert broken(problem, works("a", day)) == ([] if clean else [("employment", "a")])


def test_pins() -> None:
    problem = small(
        shifts=(shift("D", "08:00-16:00"), shift("E", "10:00-18:00")),
        pins=(
            {"agent_id": "a", "date": MONDAY, "shift": "D"},
            {"agent_id": "b", "date": MONDAY},
        ),
    )
    assert broken(problem, works("a", 0, "D")) == []
    assert broken(problem, works("a", 0, "E")) == [("pins", "a")]
    assert broken(problem) == [("pins", "a")]
    assert broken(problem, works("a", 0), works("b", 0)) == [("pins", "b")]


# Rules, contracts, requests


def test_a_hard_rule_is_a_violation_and_a_soft_one_a_penalty() -> None:
    rule = {"kind": "max-consecutive-days", "days": 2}
    days = [works("a", day) for day in range(3)]
    assert broken(small(rules=(rule,)), *days) == [("max-consecutive-days", "a")]
    assert broken(small(rules=(rule,)), *days[:2]) == []
    judged = score(
        Instance(small(rules=({**rule, "severity": "2.5", "name": "long"},))), roster(*days)
    )
    assert judged.violations == ()
    assert judged.penalties["long"] == 2.5
    (finding,) = [f for f in judged.broken if f.rule == "long"]
    assert (finding.agent_id, finding.date) == ("a", MONDAY + timedelta(days=2))


@pytest.mark.parametrize(("limit", "clean"), [(16, True), (15.999, False)])
def test_contract_hours(limit: float, clean: bool) -> None:
    problem = small(
        agents=(agent("a", contract="c"), agent("b")),
        contracts=({"name": "c", "max_hours_per_week": limit},),
    )
    name = "contract c: max_hours_per_week"
    found = broken(problem, works("a", 0), works("a", 1), *(works("b", d) for d in range(3)))
    assert found == ([] if clean else [(name, "a")])


@pytest.mark.parametrize(("after", "points"), [(16, 0), (15, 10), (0, 160)])
def test_overtime(after: int, points: float) -> None:
    problem = small(
        agents=(agent("a", contract="c"),),
        contracts=({"name": "c", "overtime_after_hours_per_week": after},),
    )
    judged = score(Instance(problem), roster(works("a", 0), works("a", 1)))
    assert judged.penalties.get("contract c: overtime", 0) == points


def test_shifts_that_overlap_are_worked_by_nobody() -> None:
    problem = small(shifts=(shift("D", "06:00-14:00"), shift("N", "22:00-31:00")))
    assert broken(problem, works("a", 0, "N"), works("a", 1, "D")) == [("overlapping shifts", "a")]
    touching = small(shifts=(shift("D", "06:00-14:00"), shift("N", "22:00-30:00")))
    assert broken(touching, works("a", 0, "N"), works("a", 1, "D")) == []


@pytest.mark.parametrize(
    ("want", "code", "worked", "met"),
    [
        ("off", None, None, True),
        ("off", None, "D", False),
        ("off", "D", "E", True),
        ("off", "D", "D", False),
        ("work", None, "E", True),
        ("work", None, None, False),
        ("work", "D", "D", True),
        ("work", "D", "E", False),
    ],
)
def test_requests(want: str, code: str | None, worked: str | None, met: bool) -> None:
    problem = small(
        shifts=(shift("D", "08:00-16:00"), shift("E", "10:00-18:00")),
        requests=({"agent_id": "a", "date": MONDAY, "want": want, "shift": code, "weight": 3},),
        weights={"request": 4},
    )
    entries = [works("a", 0, worked)] if worked else []
    judged = score(Instance(problem), roster(*entries))
    assert judged.penalties.get("requests", 0) == (0 if met else 12)
    assert judged.violations == ()


def test_labour_cost_counts_paid_hours() -> None:
    problem = small(
        agents=(agent("a", contract="c"), agent("b")),
        shifts=(shift("D", "08:00-17:00", 60),),
        contracts=({"name": "c", "cost_per_hour": "2.5"},),
        weights=NO_WORTH,
    )
    judged = score(Instance(problem), roster(works("a", 0), works("b", 0)))
    assert judged.penalties["labour cost"] == 20


# Duties


def with_duty(**fields: Any) -> Problem:
    usual = {"name": "remind", "skill": "payment-reminder", "window": "10:00-20:00"}
    return small(
        agents=(agent("a", skills=BOTH), agent("b", skills=BOTH), agent("c", stores=("S1",))),
        shifts=(shift("D", "08:00-16:00"), shift("S", "08:00-13:59"), shift("F", "08:00-14:00")),
        stores=("S1", "S2"),
        duties=(Duty(**{**usual, **fields}),),
    )


def test_a_holder_has_the_skill_and_works() -> None:
    problem = with_duty()
    assert broken(problem, works("a", 0), turn("a", 0)) == []
    assert broken(problem, works("c", 0), turn("c", 0)) == [("remind", "c")]
    assert broken(problem, turn("a", 0)) == [("remind", "a")]


@pytest.mark.parametrize(("code", "clean"), [("D", True), ("F", True), ("S", False)])
def test_a_holder_is_there_for_four_hours(code: str, clean: bool) -> None:
    found = broken(with_duty(), works("a", 0, code), turn("a", 0))
    assert found == ([] if clean else [("remind", "a")])


@pytest.mark.parametrize(("window", "clean"), [("14:00-16:00", True), ("14:00-16:15", False)])
def test_a_short_window_is_covered_whole(window: str, clean: bool) -> None:
    found = broken(with_duty(window=window), works("a", 0), turn("a", 0))
    assert found == ([] if clean else [("remind", "a")])


def test_a_holder_serves_a_store_of_the_group() -> None:
    problem = with_duty(skill="pre-sale", stores=(("S1",), ("S2",)))
    assert broken(problem, works("c", 0), turn("c", 0, stores=("S1",))) == []
    assert broken(problem, works("c", 0), turn("c", 0, stores=("S2",))) == [("remind", "c")]


def test_no_more_holders_than_asked_for() -> None:
    there = (works("a", 0), works("b", 0), turn("a", 0), turn("b", 0))
    assert broken(with_duty(count=2), *there) == []
    assert broken(with_duty(count=1), *there) == [("remind", None)]


def test_one_turn_a_day() -> None:
    problem = with_duty(stores=(("S1",), ("S2",)))
    twice = (turn("a", 0, stores=("S1",)), turn("a", 0, stores=("S2",)))
    assert broken(problem, works("a", 0), *twice) == [("remind", "a")]


@pytest.mark.parametrize(("limit", "clean"), [(2, True), (1, False)])
def test_turns_a_week(limit: int, clean: bool) -> None:
    entries = [*(works("a", day) for day in range(2)), *(turn("a", day) for day in range(2))]
    found = broken(with_duty(max_per_week=limit), *entries)
    assert found == ([] if clean else [("remind", "a")])


def test_unfilled_turns_cost_and_are_told() -> None:
    judged = score(Instance(with_duty(count=2)), roster(works("a", 0), turn("a", 0)))
    assert judged.penalties["unfilled duties"] == 5 * 20_000
    told = [f for f in judged.broken if f.rule == "unfilled duties"]
    assert [(f.date.day, f.amount) for f in told] == [(16, 1), (17, 2), (18, 2)]


def test_uneven_turns_cost_more_the_further_they_are_from_fair() -> None:
    problem = with_duty()
    days = [works(who, day) for who in "ab" for day in range(3)]
    judged = [
        score(Instance(problem), roster(*days, *(turn("ab"[i < b], i) for i in range(3))))
        for b in (1, 0)
    ]
    assert "duty fairness" not in judged[0].penalties, (
        "1.5 turns each: 2 and 1 is as near as can be"
    )
    # The band is 1 to 2 turns; a is one turn above, and b one below.
    assert judged[1].penalties["duty fairness"] == pytest.approx(2 * 9_000)
    texts = {f.agent_id: f.text for f in judged[1].broken if f.rule == "duty fairness"}
    assert texts["a"] == "3 turns of remind, fair would be 1.5"


def test_turns_of_the_history_are_made_up_for() -> None:
    fields = {name: getattr(with_duty(), name) for name in Problem.model_fields}
    fields["history"] = tuple(works(who, -day) for who in "ab" for day in (1, 2))
    fields["history_duties"] = (turn("a", -1), turn("a", -2))
    problem = Problem(**fields)
    days = [works(who, day) for who in "ab" for day in range(3)]
    uneven = score(Instance(problem), roster(*days, turn("a", 0), *(turn("b", d) for d in (1, 2))))
    reverse = score(Instance(problem), roster(*days, turn("b", 0), *(turn("a", d) for d in (1, 2))))
    assert "duty fairness" not in uneven.penalties
    assert reverse.penalties["duty fairness"] > 0


@pytest.mark.parametrize(
    ("second", "window", "clean"),
    [("0.5", "12:00-16:00", True), ("0.6", "12:00-16:00", False), ("0.6", "14:00-15:00", True)],
)
def test_duties_at_once_take_all_of_the_time_at_most(second: str, window: str, clean: bool) -> None:
    duties = (
        Duty(name="one", skill="pre-sale", window="08:00-14:00", share=Decimal("0.5")),
        Duty(name="two", skill="pre-sale", window=window, share=Decimal(second)),
    )
    found = broken(small(duties=duties), works("a", 0), turn("a", 0, "one"), turn("a", 0, "two"))
    assert found == ([] if clean else [("duties", "a")])


# The hourly plan


def judged_plan(problem: Problem, *shares: AllocationShare, **entries: Any) -> Any:
    drawn = entries.get("drawn", roster(works("a", 0)))
    return score(Instance(problem), drawn.model_copy(update={"allocation": shares}))


def test_an_agent_serves_no_more_than_the_time_at_work() -> None:
    problem = small(
        shifts=(shift("D", "08:00-16:00", 60),),
        requirements=(cell("10:00", 1), cell("10:00", 1, skill="after-sale"), cell("17:00", 1)),
        agents=(agent("a", skills={"pre-sale": 1, "after-sale": 1}),),
    )
    assert judged_plan(problem, share("a", "10:00", "0.875")).feasible
    assert not judged_plan(problem, share("a", "10:00", "0.8752")).feasible
    halves = (share("a", "10:00", "0.5"), share("a", "10:00", "0.5", "after-sale"))
    assert not judged_plan(problem, *halves).feasible
    (finding,) = judged_plan(problem, share("a", "17:00", "0.1")).violations
    assert (finding.rule, finding.agent_id) == ("hourly plan", "a")


def test_a_duty_takes_its_share_of_the_holder_s_time() -> None:
    duty = Duty(name="remind", skill="pre-sale", window="10:00-14:00", share=Decimal("0.25"))
    drawn = roster(works("a", 0), turn("a", 0))
    problem = small(duties=(duty,), requirements=(cell("10:00", 1), cell("09:00", 1)))
    assert judged_plan(problem, share("a", "10:00", "0.75"), drawn=drawn).feasible
    assert not judged_plan(problem, share("a", "10:00", "0.76"), drawn=drawn).feasible
    assert judged_plan(problem, share("a", "09:00", 1), drawn=drawn).feasible


def test_nobody_serves_without_skill_store_or_need() -> None:
    problem = small(
        agents=(agent("a", stores=("S1",)), agent("b")),
        requirements=(cell("10:00", 1, skill="after-sale"), cell("10:00", 1, store="S2")),
    )
    for wrong in (
        share("a", "10:00", 1, "after-sale"),
        share("a", "10:00", 1, store="S2"),
        share("a", "11:00", 1),
    ):
        assert not judged_plan(problem, wrong).feasible


def test_time_after_the_horizon_is_nobody_s_to_give() -> None:
    """Work with a deadline is judged by the same arrays."""
    mail = {"name": "mail", "channel": "deferrable", "handle_seconds": 300, "deadline_hours": 24}
    inquiries = {"date": MONDAY, "start": "10:00", "store": "S1", "skill": "mail", "inquiries": 5}
    problem = small(
        agents=(agent("a", skills={"pre-sale": 1, "mail": 1}),),
        skills=(mail,),
        forecast=(inquiries,),
    )
    last = MONDAY + 2 * DAY
    for skill in ("pre-sale", "mail"):
        late = share("a", "25:00", 1, skill, date=last)
        judged = judged_plan(problem, late)
        assert {(f.rule, f.date) for f in judged.violations} == {("hourly plan", last + DAY)}
    assert judged.deferred


def test_a_queue_gets_no_more_than_it_needs() -> None:
    problem = small(requirements=(cell("10:00", "0.5"),))
    assert judged_plan(problem, share("a", "10:00", "0.5")).feasible
    assert not judged_plan(problem, share("a", "10:00", "0.51")).feasible


@pytest.mark.parametrize(
    ("served", "points"),
    [("2", 0), ("1.5", 500), ("1", 1000), ("0.5", 1500 + 50), ("0", 2000 + 100)],
)
def test_a_deep_shortage_costs_more(served: str, points: float) -> None:
    problem = small(
        agents=(agent("a", skills={"pre-sale": 2}),),
        requirements=(cell("10:00", 2),),
        weights={"surplus": 0},
    )
    part = Decimal(served) / 2
    shares = (share("a", "10:00", part),) if part else ()
    judged = judged_plan(problem, *shares)
    assert judged.penalties.get("shortage", 0) == points
    assert judged.shortage_hours == 2 - Decimal(served)
    assert judged.required_hours == 2


def test_shortage_counts_by_the_length_of_the_interval_and_the_skill() -> None:
    problem = small(
        horizon=Horizon(start=MONDAY, days=1, interval_minutes=30),
        skills=({"name": "vip", "shortage_weight": 3},),
        requirements=(cell("10:30", 1, skill="vip"),),
        weights={"deep_shortage": 0},
    )
    judged = score(Instance(problem), Roster())
    assert judged.penalties == {"shortage": 1500}
    assert judged.shortage_hours == Decimal("0.5")
    assert judged.shortage_percent == 100


def test_surplus_is_time_without_a_queue() -> None:
    judged = judged_plan(small(requirements=(cell("10:00", 1),)), share("a", "10:00", 1))
    assert judged.penalties == {"surplus": 3.5}


def test_coverage_says_what_each_cell_gets() -> None:
    problem = small(
        agents=(agent("a", skills={"pre-sale": "0.8"}),), requirements=(cell("10:00", "1.25"),)
    )
    (row,) = judged_plan(problem, share("a", "10:00", 1)).coverage
    assert (row.date, row.start, row.store, row.skill) == (MONDAY, 600, "S1", "pre-sale")
    assert (row.required, row.supplied, row.shortage) == (
        Decimal("1.25"),
        Decimal("0.8"),
        Decimal("0.45"),
    )


def test_a_roster_without_a_plan_gets_the_best_one_by_check() -> None:
    problem = small(requirements=(cell("10:00", 1), cell("11:00", "0.5")))
    judged = csshift.check(problem, roster(works("a", 0)))
    assert judged.shortage_hours == 0
    assert judged.penalties == {"surplus": 0.5 * 6.5}


def test_a_plan_is_made_for_rosters_that_break_rules_too() -> None:
    problem = small(
        leave=({"agent_id": "a", "date": MONDAY},),
        rules=({"kind": "max-shifts", "count": 0, "per": "horizon"},),
        requirements=(cell("10:00", 1),),
    )
    judged = csshift.check(problem, roster(works("a", 0)))
    assert {finding.rule for finding in judged.violations} == {"leave", "max-shifts"}
    assert judged.shortage_hours == 0


# Names


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([works("x", 0)], "roster, item 0, column agent_id: 'x': unknown agent"),
        ([works("a", 0, "Q")], "roster, item 0, column shift: 'Q': unknown shift"),
        ([works("a", 3)], "roster, item 0, column date: '2026-03-19': outside the horizon"),
        ([works("a", -1)], "outside the horizon 2026-03-16 to 2026-03-18"),
        ([works("a", 0), works("a", 0)], "item 1, column agent_id: 'a, 2026-03-16': a second"),
        ([turn("x", 0)], "duties, item 0, column agent_id: 'x': unknown agent"),
        ([turn("a", 0, "remnd")], "'remnd': unknown duty; did you mean 'remind'"),
        ([turn("a", 0, stores=("S1",))], "'S1': no such group of stores"),
        ([turn("a", 5)], "duties, item 0, column date: '2026-03-21': outside the horizon"),
    ],
)
def test_a_roster_names_only_what_the_problem_knows(entries: list[Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        csshift.check(with_duty(), roster(*entries))
    assert message in str(caught.value)


def test_the_hourly_plan_names_only_what_the_problem_knows() -> None:
    shares = (share("x", "10:00", 1), share("a", "10:00", 1, date=MONDAY - timedelta(days=1)))
    with pytest.raises(InputError) as caught:
        score(Instance(small()), Roster(allocation=shares))
    assert [(f.table, f.index, f.column) for f in caught.value.faults] == [
        ("allocation", 0, "agent_id"),
        ("allocation", 1, "date"),
    ]


def test_every_fault_of_a_roster_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        csshift.check(small(), roster(works("x", 0), works("a", 9), works("b", 0, "Q")))
    assert len(caught.value.faults) == 3

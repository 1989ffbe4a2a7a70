"""Where heads are missing, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_cases import DUTY, MONDAY, assignments, cell, problem, turn

from csshift.instance import Instance
from csshift.model.roster import AllocationShare, Roster
from csshift.problem import Problem
from csshift.report.shortage import Explainer, Explanation, shortage_by_skill, worst_cells
from csshift.rules.grid import OFF
from csshift.scoring.availability import Availability, DayShift


def explain(case: Problem, *rows: str, at: Any = None, **parts: Any) -> Explanation:
    roster = Roster(assignments=assignments(*rows), **parts)
    return Explainer(Instance(case), roster).explain(at or cell())


def test_hours_by_skill_follow_the_length_of_the_interval() -> None:
    case = problem(horizon={"start": str(MONDAY), "days": 7, "interval_minutes": 30})
    cells = [
        cell(required=2, supplied=1),
        cell(hour=10, required=2, supplied=2.5),
        cell(required=4, supplied=3.9, skill="care"),
    ]
    sale, care = shortage_by_skill(Instance(case), cells)
    assert (sale.skill, sale.required, sale.supplied, sale.shortage) == (
        "sale",
        Decimal(2),
        Decimal("1.75"),
        Decimal("0.5"),
    )
    assert sale.percent == 25
    assert (care.skill, care.shortage) == ("care", Decimal("0.05"))


def test_the_worst_cells_come_first_and_full_ones_not_at_all() -> None:
    cells = [cell(0, 9, 2, 1), cell(1, 9, 5, 1), cell(2, 9, 1, 1), cell(3, 9, 2, 1)]
    assert worst_cells(cells) == [cells[1], cells[0], cells[3]]
    assert worst_cells(cells, 1) == [cells[1]]


def test_what_reads_as_no_shortage_is_not_listed() -> None:
    cells = [cell(0, 9, "2.000", "1.996"), cell(1, 9, "2.000", "1.995")]
    assert worst_cells(cells) == [cells[1]]


def test_everybody_who_may_serve_the_queue_is_accounted_for() -> None:
    case = problem(
        [
            {},  # at work
            {},  # at work at other hours
            {},  # on leave
            {"end_date": "2026-03-15"},
            {},  # off
            {"stores": ["S2"]},  # other store
            {"skills": {"care": 1}},  # other skill
        ],
        leave=[{"agent_id": "A2", "date": "2026-03-16"}],
        stores=["S2"],
    )
    found = explain(case, "E", "L", "-", "-", "-", "E", "E")
    assert found.able == 5
    assert (found.at_work, found.other_hours, found.on_leave) == (1, 1, 1)
    assert (found.not_employed, found.off, found.could_come) == (1, 1, 1)
    assert found.lines()[2] == (
        "1 at work at other hours, 1 on leave, 1 not employed, 1 off, of whom 1 could be called in"
    )


def test_time_is_split_into_here_elsewhere_duty_and_free() -> None:
    case = problem(3, duties=[DUTY], stores=["S2"])
    shares = [
        ("A0", "S1", "sale", "0.25"),
        ("A1", "S2", "sale", "0.5"),
        ("A1", "S1", "sale", "0.5"),
    ]
    allocation = tuple(
        AllocationShare(date=MONDAY, start=660, agent_id=a, store=s, skill=k, share=Decimal(n))
        for a, s, k, n in shares
    )
    found = explain(
        case, "E", "E", "E", at=cell(hour=11), duties=(turn(0, 0),), allocation=allocation
    )
    assert (found.offered, found.here, found.elsewhere, found.duty) == (3, 0.75, 0.5, 0.5)
    assert found.free == pytest.approx(1.25)
    assert (
        "3 at work, the time of 3 after breaks: 0.75 here, 0.5 on other queues, "
        in found.lines()[1]
    )


def test_breaks_and_the_day_before_count_at_night() -> None:
    case = problem(2)
    late = explain(case, "L", "-", at=cell(hour=17))
    assert late.offered == pytest.approx(7 / 8, abs=0.01)
    night = explain(case, "N", "-", at=cell(day=1, hour=2))
    assert (night.at_work, night.offered, night.could_come) == (1, 1.0, 1)


@pytest.mark.parametrize(
    ("rules", "row", "name"),
    [
        ([{"kind": "min-rest", "hours": 11}], "-N", "min-rest"),
        ([{"kind": "max-consecutive-days", "days": 2}], "-EE", "max-consecutive-days"),
        ([{"kind": "max-hours", "hours": 39, "name": "rest"}], "-EEEE", "rest"),
        ([{"kind": "forbidden-shifts", "shifts": ["E"]}], "-", "forbidden-shifts"),
        ([{"kind": "seats", "count": 0}], "-", "seats"),
    ],
)
def test_rules_that_keep_somebody_away_are_named(rules: Any, row: str, name: str) -> None:
    # Only the first and the last rule reach the early shift of the day before a night.
    shifts = [{"code": "E", "hours": "08:00-16:00"}, {"code": "N", "hours": "00:00-08:00"}]
    case = problem(1, shifts=shifts, rules=rules)
    if name == "min-rest":
        case = problem(1, shifts=[shifts[0], {"code": "N", "hours": "01:00-08:00"}], rules=rules)
    found = explain(case, row)
    assert (found.off, found.could_come, found.barriers) == (1, 0, {name: 1})
    assert f"1 off, of whom 0 could be called in (against it: {name} 1)" in found.lines()[2]
    soft = problem(1, shifts=shifts, rules=[r | {"severity": 5} for r in rules])
    assert explain(soft, row).could_come == 1


def test_contract_hours_and_pins_keep_somebody_away() -> None:
    contract = {"name": "part", "max_hours_per_week": 8}
    case = problem(
        [{"contract": "part"}, {}],
        contracts=[contract],
        pins=[{"agent_id": "A1", "date": "2026-03-16"}],
    )
    found = explain(case, "-E", "-")
    assert found.barriers == {"contract part: max_hours_per_week": 1, "pinned off": 1}


def test_what_is_broken_already_is_no_reason() -> None:
    case = problem(1, rules=[{"kind": "forbidden-shifts", "shifts": ["L"]}])
    found = explain(case, "-L")
    assert (found.could_come, found.barriers) == (1, {})


def test_nobody_able_and_no_fitting_shift_are_said() -> None:
    case = problem(1)
    assert explain(case, "E", at=cell(skill="hotline")).lines()[1:] == [
        "no agent has the skill and the store"
    ]
    lines = explain(case, "-", at=cell(hour=6)).lines()
    assert lines[1:] == [
        "1 agent may serve it: none at work",
        "1 off; no shift type covers this time",
    ]


RULES = [
    {"kind": "min-rest", "hours": 11},
    {"kind": "max-consecutive-days", "days": 3},
    {"kind": "max-hours", "hours": 24},
    {"kind": "min-days-off", "days": 2, "per": "week"},
    {"kind": "max-consecutive-shifts", "count": 1, "shifts": ["N"]},
    {"kind": "seats", "count": 2},
    {"kind": "min-consecutive-days", "days": 2, "agents": {"ids": ["A0"]}},
]
ROW = st.text("-ELN", min_size=7, max_size=7)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=3, max_size=3), st.integers(0, 6), st.sampled_from([1, 9, 17, 23]))
def test_call_in_agrees_with_judging_the_whole_roster(rows: list[str], day: int, hour: int) -> None:
    case = problem(3, rules=RULES)
    schedule = Instance(case).schedule(assignments(*rows))
    availability = Availability(Instance(case), schedule)
    off = [i for i, row in enumerate(rows) if row[day] == "-"]
    shifts = availability.shifts_over(day, hour * 60)
    assert all(isinstance(shift, DayShift) for shift in shifts)
    _, free = availability.call_in(off, shifts)
    assert free == sum(any(_fits(case, schedule, agent, s) for s in shifts) for agent in off)


def _fits(case: Problem, schedule: Any, agent: int, added: DayShift) -> bool:
    """Judge the whole roster twice, with and without the shift."""
    if schedule.shift[agent, added.planned] != OFF:
        return False
    changed = schedule.shift.copy()
    changed[agent, added.planned] = added.shift
    before = _broken(case, schedule, agent)
    after = _broken(case, replace(schedule, shift=changed), agent)
    seats = next(rule for rule in case.rules if rule.kind == "seats")
    minutes = np.zeros(9 * 1440, dtype=np.int64)
    for other, planned in zip(*np.nonzero(changed != OFF), strict=True):
        for span in case.shifts[changed[other, planned]].hours:
            minutes[planned * 1440 + span.start : planned * 1440 + span.end] += 1
    spans = case.shifts[added.shift].hours
    midnight = added.planned * 1440
    crowded = any(
        (minutes[midnight + s.start : midnight + s.end] > seats.count).any() for s in spans
    )
    return not crowded and all(after[name] <= before[name] for name in after)


def _broken(case: Problem, schedule: Any, agent: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for rule in Instance(case).effective_rules:
        for violation in rule.violations(schedule):
            if violation.agent == agent:
                found[rule.label] += violation.amount
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, min_size=4, max_size=4), st.integers(0, 6), st.integers(0, 23))
def test_groups_add_up(rows: list[str], day: int, hour: int) -> None:
    case = problem(4, duties=[DUTY], leave=[{"agent_id": "A3", "date": str(MONDAY + timedelta(1))}])
    rows[3] = rows[3][0] + "-" + rows[3][2:]
    found = explain(case, *rows, at=cell(day=day, hour=hour))
    parts = (found.at_work, found.other_hours, found.on_leave, found.not_employed, found.off)
    assert sum(parts) == found.able == 4
    assert 0 <= found.could_come <= found.off
    assert found.offered <= found.at_work

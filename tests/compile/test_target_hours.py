"""Hours that people are owed: targets, their price, and what engine and check make of them."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import DAY, MONDAY, agent, cell, roster, shift, small, works
from pydantic import ValidationError
from scipy.optimize import Bounds, LinearConstraint, milp

import csshift
from csshift.compile import compile_problem
from csshift.compile.targets import segments
from csshift.instance import Instance
from csshift.instance.targets import OwedHours, reachable
from csshift.model.availability import Availability
from csshift.model.horizon import Horizon
from csshift.model.people import Contract, Leave
from csshift.model.roster import Assignment
from csshift.model.weights import Weights
from csshift.problem import Problem
from csshift.program import UNBOUNDED
from csshift.scoring import score


def case(*people: dict[str, Any], days: int = 7, target: Any = 40, **parts: Any) -> Problem:
    """Return days from Monday on of agents a, b, ... who are owed 40 h a week in shifts of 8 h."""
    who = people or ({},)
    given = {
        "horizon": Horizon(start=MONDAY, days=days),
        "agents": tuple(
            agent("abcdef"[i], **{"contract": "full", **fields}) for i, fields in enumerate(who)
        ),
        "contracts": (Contract(name="full", target_hours_per_week=target),),
        "requirements": (),
    }
    return small(**{**given, **parts})


def targets(problem: Problem) -> list[float]:
    return [owed.target / 60 for owed in Instance(problem).owed_hours]


def solved(problem: Problem, seconds: float = 3.0) -> tuple[dict[str, int], Any]:
    """Return the days at work of each agent, and the result; engine and check agree."""
    result = csshift.solve(problem, time_limit=seconds, workers=1, gap=0, seed=1)
    assert result.roster is not None
    judged = csshift.check(problem, result.roster)
    assert judged.violations == ()
    assert judged.objective == pytest.approx(result.objective)
    days = {person.agent_id: 0 for person in problem.agents}
    for row in result.roster.assignments:
        days[row.agent_id] += 1
    return days, result


def leave(*days: int, who: str = "a") -> tuple[Leave, ...]:
    return tuple(Leave(agent_id=who, date=MONDAY + day * DAY) for day in days)


def test_a_whole_week_is_owed_whole() -> None:
    assert targets(case()) == [40]


def test_targets_are_in_proportion_to_days_that_are_known_employed_and_not_on_leave() -> None:
    assert targets(case(days=14)) == [40, 40]
    assert targets(case(days=10)) == [40, pytest.approx(40 * 3 / 7, abs=1 / 60)]
    assert targets(case(leave=leave(0, 1, 2))) == [pytest.approx(40 * 4 / 7, abs=1 / 60)]
    assert targets(case(leave=leave(*range(7)))) == [0]
    assert targets(case({"start_date": MONDAY + 6 * DAY})) == [pytest.approx(40 / 7, abs=1 / 60)]
    assert targets(case({"end_date": MONDAY - DAY})) == [0]
    part = (Leave(agent_id="a", date=MONDAY, hours="14:00-24:00"),)
    assert targets(case(leave=part)) == [40]


def test_availability_counts_in_targets() -> None:
    """Of a week from Monday to Friday, leave on three of the days leaves two fifths."""
    rows = (Availability(agent_id="a", works="only", weekdays="Mon-Fri"),)
    assert targets(case(availability=rows)) == [40]
    assert targets(case(availability=rows, leave=leave(0, 1, 2))) == [16]
    assert targets(case(availability=rows, leave=leave(0, 1, 2, 3, 4))) == [0]
    wish = (rows[0].model_copy(update={"weight": Decimal(1)}),)
    assert targets(case(availability=wish, leave=leave(0, 1, 2))) == [
        pytest.approx(40 * 4 / 7, abs=1 / 60)
    ]


def test_a_month_counts_its_own_days() -> None:
    month = (Contract(name="full", target_hours_per_month=155),)  # March: 5 h a day
    assert targets(case(contracts=month)) == [35]
    assert targets(case(contracts=month, days=31)) == [80, pytest.approx(155 / 2, abs=1 / 60)]


def test_the_history_counts_as_far_as_it_is_known() -> None:
    past = tuple(Assignment(agent_id="a", date=MONDAY + day * DAY, shift="D") for day in (0, 1))
    horizon = Horizon(start=MONDAY + 2 * DAY, days=5)
    problem = case(horizon=horizon, history=past)
    [owed] = Instance(problem).owed_hours
    assert (owed.target, owed.known) == (40 * 60, 16 * 60)
    days, _ = solved(problem)
    assert days == {"a": 3}
    unknown = (past[0], Assignment(agent_id="a", date=MONDAY + DAY, shift="old"))
    [owed] = Instance(case(horizon=horizon, history=unknown)).owed_hours
    assert (owed.target, owed.known) == (40 * 60 * 6 // 7, 8 * 60)


def test_hours_owed_are_given_even_where_nothing_is_required() -> None:
    assert solved(case({}, {}))[0] == {"a": 5, "b": 5}


def test_hours_are_not_given_where_work_costs_more() -> None:
    dear = (Contract(name="full", target_hours_per_week=40, cost_per_hour=9),)
    assert solved(case(contracts=dear))[0] == {"a": 0}
    assert solved(case(weights=Weights(target_hours=0)))[0] == {"a": 0}


def test_equal_people_end_equal() -> None:
    """Two people are owed five shifts each; seats leave seven or fourteen between them."""
    for seats, each in ((1, (3, 4)), (2, (5, 5))):
        rule = {"kind": "seats", "count": seats}
        days, _ = solved(case({}, {}, rules=(rule,)))
        assert tuple(sorted(days.values())) == each


def test_shortage_comes_first() -> None:
    needs = tuple(cell("10:00", 2, day=day) for day in range(7))
    days, result = solved(case({}, {}, requirements=needs))
    assert days == {"a": 7, "b": 7}
    assert result.score.penalties["target hours"] == 2 * _cost(56 * 60, 40 * 60) / 60


def test_days_at_work_are_level_where_demand_does_not_decide() -> None:
    people = tuple({} for _ in range(4))
    needs = (*(cell("10:00", 1, day=day) for day in range(6)), cell("10:00", 4, day=6))
    problem = case(*people, requirements=needs)
    assert Instance(problem).level is not None
    _, result = solved(problem)
    days = [row.date.weekday() for row in result.roster.assignments]
    counts = [days.count(day) for day in range(7)]
    assert counts[6] == 4
    assert sorted(counts[:6]) == [2, 2, 3, 3, 3, 3]


def test_nobody_is_called_in_where_nothing_that_they_can_do_is_asked() -> None:
    """Not for hours owed, nor for level days, nor on the one day on which the shop is closed."""
    needs = tuple(cell("10:00", 1, day=day) for day in range(6))
    problem = case({}, {}, {"skills": {"after-sale": 1}}, requirements=needs)
    days, result = solved(problem)
    assert days == {"a": 5, "b": 5, "c": 0}
    assert {row.date.weekday() for row in result.roster.assignments} <= set(range(6))
    assert Instance(problem).level.people[6] == 0
    assert "serves-nothing" in {note.code for note in result.notes}
    monday = case({}, target=40, requirements=(cell("10:00", 1),))
    assert solved(monday)[0] == {"a": 1}


@pytest.mark.parametrize(
    "parts",
    [
        {"rules": ({"kind": "min-on-site", "tags": ["guard"], "hours": "08:00-16:00"},)},
        {"pins": tuple({"agent_id": "b", "date": MONDAY + d * DAY, "shift": "D"} for d in (4, 5))},
        {"duties": ({"name": "r", "skill": "after-sale", "window": "08:00-16:00", "share": 0.5},)},
    ],
)
def test_shifts_count_that_a_rule_a_pin_or_a_duty_asks_for(parts: dict[str, Any]) -> None:
    needs = tuple(cell("10:00", 1, day=day) for day in range(7))
    people = ({}, {"skills": {"after-sale": 1}, "tags": ("guard",)})
    days, _ = solved(case(*people, requirements=needs, **parts))
    assert days["b"] == (2 if "pins" in parts else 7)


def test_levelling_is_worth_less_than_anything_else() -> None:
    """Nobody works more or less, or another shift, for the sake of level days."""
    wishes = tuple(
        csshift.Request(agent_id=who, date=MONDAY + day * DAY, want="off", weight=Decimal("0.2"))
        for who in "abc"
        for day in (5, 6)
    )
    days, result = solved(case({}, {}, {}, requests=wishes))
    assert days == {"a": 5, "b": 5, "c": 5}
    assert "requests" not in result.score.penalties


def test_nobody_is_levelled_without_a_target() -> None:
    problem = case(contracts=(Contract(name="full"),), requirements=(cell("10:00", 1),))
    assert Instance(problem).level is None
    assert "level days" not in compile_problem(Instance(problem)).program.families


def test_a_target_out_of_reach_costs_the_same_in_the_bound() -> None:
    days, result = solved(case(days=1, shifts=(shift("D", "08:00-15:30"),)))
    assert days == {"a": 1}
    assert result.bound == pytest.approx(result.objective)


def test_two_targets_are_a_fault() -> None:
    with pytest.raises(ValidationError, match="keep one of them"):
        Contract(name="x", target_hours_per_week=40, target_hours_per_month=160)


def _cost(got: int, target: int) -> int:
    """Return the cost of minutes one by one, in prices of a minute."""
    steps = [int(target * percent / 100) for percent in (0, 5, 10, 20, 40, 70)]
    return sum(sum(step <= minute for step in steps) for minute in range(abs(got - target)))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3000), st.integers(0, 4000))
def test_the_cost_is_that_of_each_minute(target: int, got: int) -> None:
    owed = OwedHours(0, range(7), target, target, 0)
    assert owed.cost(got) == _cost(got, target)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sets(st.sampled_from((240, 450, 480, 495, 600)), max_size=3), max_size=5),
    st.integers(0, 1000),
    st.integers(0, 2600),
)
def test_segments_cost_what_the_sums_cost(paid: list[set[int]], known: int, target: int) -> None:
    days = [sorted(day) for day in paid]
    sums = reachable(days, known)
    assert sums == sorted({known + sum(choice) for choice in product(*([0, *d] for d in days))})
    owed = OwedHours(0, range(7), target, target, known)
    base = min(sums, key=owed.cost)
    for side in (sums[: sums.index(base) + 1][::-1], sums[sums.index(base) :]):
        found = segments(owed, side)
        slopes = [segment.cost / segment.step for segment in found]
        assert slopes == sorted(slopes)
        assert sum(s.step * s.steps for s in found) == abs(side[-1] - base)
        ends, costs, at, cost = [base], [owed.cost(base)], 0, owed.cost(base)
        for segment in found:
            for _ in range(segment.steps):
                at, cost = at + segment.step, cost + segment.cost
                ends.append(base + at if side[-1] > base else base - at)
                costs.append(cost)
        known_costs = dict(zip(ends, costs, strict=True))
        assert all(known_costs[total] == owed.cost(total) for total in side)


def least(problem: Problem) -> float:
    """Return the least objective of the program, by another solver."""
    program = compile_problem(Instance(problem)).program
    lower = np.where(program.row_lower <= -UNBOUNDED, -np.inf, program.row_lower.astype(float))
    upper = np.where(program.row_upper >= UNBOUNDED, np.inf, program.row_upper.astype(float))
    found = milp(
        program.cost.astype(float),
        integrality=(~program.continuous).astype(int),
        bounds=Bounds(program.lower, program.upper),
        constraints=LinearConstraint(program.matrix.astype(float), lower, upper),
    )
    return float((found.fun + program.offset) / program.scale)


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from((12, 15.5, 20)),
    st.sampled_from((("08:00-15:30", "10:00-18:00"), ("08:00-16:00",))),
    st.sampled_from((0, 1, 6)),
    st.booleans(),
)
def test_the_program_finds_the_best_of_all_rosters(
    target: float, hours: tuple[str, ...], weight: int, absent: bool
) -> None:
    problem = case(
        days=4,
        target=target,
        shifts=tuple(shift("DE"[i], text) for i, text in enumerate(hours)),
        weights=Weights(target_hours=weight),
        leave=leave(1) if absent else (),
    )
    codes = [None, *"DE"[: len(hours)]]
    best = min(
        score(
            Instance(problem), roster(*(works("a", day, c) for day, c in enumerate(week) if c))
        ).objective
        for week in product(codes, repeat=4)
        if not (absent and week[1])
    )
    assert least(problem) == pytest.approx(best)


def test_people_on_leave_for_half_a_week_are_owed_half() -> None:
    days, _ = solved(case({}, {}, days=14, leave=leave(*range(7))))
    assert days == {"a": 5, "b": 10}

"""Turns are passed on at the end where nothing else changes by it."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from problems import DAY, MONDAY, agent, random_problem, roster, shift, small, turn, works

import csshift
from csshift.compile import Compiled, compile_problem
from csshift.decode import decode_decisions, encode_decisions
from csshift.decode.sharing import share_evenly
from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.model.people import Pin
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.problem import Problem

BOTH = {"pre-sale": 1, "payment-reminder": 1}
DUTY: dict[str, Any] = {"name": "remind", "skill": "payment-reminder", "window": "10:00-14:00"}


def team(*people: str, duty: dict[str, Any] | None = None, days: int = 6, **parts: Any) -> Problem:
    usual: dict[str, Any] = {
        "horizon": Horizon(start=MONDAY, days=days),
        "agents": tuple(agent(who, skills=BOTH) for who in people),
        "duties": (Duty(**{**DUTY, **(duty or {})}),),
        "requirements": (),
    }
    return small(**{**usual, **parts})


def shared(problem: Problem, *entries: Assignment | DutyTurn) -> Counter[str]:
    compiled = compile_problem(Instance(problem))
    after = again(compiled, roster(*entries))
    return Counter(row.agent_id for row in after.duties)


def again(compiled: Compiled, before: Roster) -> Roster:
    return decode_decisions(compiled, share_evenly(compiled, encode_decisions(compiled, before)))


def test_turns_of_equals_on_one_shift_end_even() -> None:
    worked = [works(who, day) for who in "abc" for day in range(6)]
    problem = team("a", "b", "c")
    assert shared(problem, *worked, *(turn("a", day) for day in range(6))) == dict.fromkeys(
        "abc", 2
    )


def test_turns_pass_along_a_chain() -> None:
    # a and c never meet; b stands between them.
    days = {"a": (0, 1, 2), "b": range(6), "c": (3, 4, 5)}
    worked = [works(who, day) for who, some in days.items() for day in some]
    held = [*(turn("a", day) for day in (0, 1, 2)), *(turn("b", day) for day in (3, 4, 5))]
    assert shared(team("a", "b", "c"), *worked, *held) == dict.fromkeys("abc", 2)


def test_who_works_another_shift_or_takes_other_time_is_left_alone() -> None:
    shifts = (shift("D", "08:00-16:00"), shift("L", "10:00-18:00"))
    worked = [*(works("a", day) for day in range(6)), *(works("b", day, "L") for day in range(6))]
    held = [turn("a", day) for day in range(6)]
    pins = tuple(Pin(agent_id="b", date=MONDAY + day * DAY, shift="L") for day in range(6))
    assert shared(team("a", "b", shifts=shifts, pins=pins), *worked, *held) == {"a": 6}
    # A duty that takes no time can be anybody's.
    free = team("a", "b", shifts=shifts, duty={"share": 0})
    assert shared(free, *worked, *held) == {"a": 3, "b": 3}
    other = (agent("a", skills=BOTH), agent("b", skills={"payment-reminder": 1}))
    worked = [works(who, day) for who in "ab" for day in range(6)]
    assert shared(team(agents=other), *worked, *held) == {"a": 6}


def test_equals_who_never_meet_exchange_days_where_the_rules_allow_it() -> None:
    shifts = (shift("D", "08:00-16:00"), shift("L", "16:00-24:00"))
    worked = [*(works("a", day) for day in range(6)), *(works("b", day, "L") for day in range(6))]
    held = [turn("a", day) for day in range(6)]
    assert shared(team("a", "b", shifts=shifts), *worked, *held) == {"a": 3, "b": 3}
    rest = {"kind": "min-rest", "hours": 11}
    assert shared(team("a", "b", shifts=shifts, rules=(rest,)), *worked, *held) == {"a": 6}
    soft = team("a", "b", shifts=shifts, rules=(rest | {"severity": 1},))
    assert shared(soft, *worked, *held) == {"a": 6}
    # A day off between is rest enough.
    rested = [entry for entry in worked if entry.date != MONDAY + 3 * DAY]
    held = [turn("a", day) for day in (0, 1, 2, 4, 5)]
    after = shared(team("a", "b", shifts=shifts, rules=(rest,)), *rested, *held)
    assert sorted(after.values()) == [2, 3]
    pinned = tuple(Pin(agent_id="b", date=MONDAY + day * DAY, shift="L") for day in range(6))
    fixed = team("a", "b", shifts=shifts, pins=pinned)
    assert shared(fixed, *worked, *(turn("a", day) for day in range(6))) == {"a": 6}


def test_limits_of_the_week_and_other_duties_hold() -> None:
    worked = [works(who, day) for who in "ab" for day in range(6)]
    held = [turn("a", day) for day in range(6)]
    limited = team("a", "b", duty={"max_per_week": 2})
    assert shared(limited, *worked, *held)["b"] == 2
    both = (Duty(**DUTY), Duty(**(DUTY | {"name": "other"})))
    entries = [*worked, *held, *(turn("b", day, "other") for day in range(6))]
    problem = team("a", "b", duties=both)
    compiled = compile_problem(Instance(problem))
    assert csshift.check(problem, again(compiled, roster(*entries))).violations == ()


@pytest.mark.parametrize("shifts", [1, 2])
def test_nothing_else_costs_more_and_the_objective_never_rises(shifts: int) -> None:
    improved = 0
    for seed in range(40):
        random = Random(f"sharing {seed}")
        problem = _equal(random_problem(random, 5, 7, shifts))
        if not problem.duties:
            continue
        compiled = compile_problem(Instance(problem))
        values = encode_decisions(compiled, _drawn(random, problem))
        before = decode_decisions(compiled, values)
        after = decode_decisions(compiled, share_evenly(compiled, values))
        assert by_day(after) == by_day(before)
        old, new = (csshift.check(problem, bare(entry)) for entry in (before, after))
        assert len(new.violations) <= len(old.violations)
        assert new.objective <= old.objective + 1e-9
        kept = [dict(judged.penalties) for judged in (old, new)]
        gained = kept[0].pop("duty fairness", 0.0) - kept[1].pop("duty fairness", 0.0)
        # Exchanging days may make other things cheaper, and nothing dearer.
        assert all(cost <= kept[0].get(name, 0.0) + 1e-9 for name, cost in kept[1].items())
        improved += gained > 1e-9
    assert improved >= 5


def _equal(problem: Problem) -> Problem:
    """Return the problem with the same skills for everybody."""
    fields = {name: getattr(problem, name) for name in Problem.model_fields}
    skills = {"pre-sale": 1, "payment-reminder": 1}
    fields["agents"] = tuple(a.model_copy(update={"skills": skills}) for a in problem.agents)
    return Problem(**fields | {"weights": {}})


def _drawn(random: Random, problem: Problem) -> Roster:
    """Draw a roster of any shifts, with up to as many holders as the duty asks for."""
    (duty,) = problem.duties
    worked, turns = [], []
    for date in problem.horizon.dates:
        there = [person for person in problem.agents if random.random() < 0.8]
        codes = [entry.code for entry in problem.shifts]
        worked += [
            Assignment(agent_id=p.agent_id, date=date, shift=random.choice(codes)) for p in there
        ]
        random.shuffle(there)
        for group in duty.groups:
            turns += [
                DutyTurn(date=date, duty=duty.name, stores=group, agent_id=there.pop().agent_id)
                for _ in range(min(duty.count, len(there)))
            ]
    return roster(*worked, *turns)


def by_day(entry: Roster) -> Counter[tuple[Any, str]]:
    return Counter((row.date, row.shift) for row in entry.assignments)


def bare(entry: Roster) -> Roster:
    return Roster(assignments=entry.assignments, duties=entry.duties)

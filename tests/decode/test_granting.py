"""Wishes at the end of a search: none is left that one change or one exchange grants for free."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from problems import (
    DAY,
    MONDAY,
    agent,
    cell,
    random_problem,
    roster,
    shift,
    small,
    turn,
    works,
)

import csshift
from csshift import Assignment, DutyTurn, Problem, Roster
from csshift.compile import compile_problem
from csshift.decode import decode_decisions, encode_decisions
from csshift.decode.granting import grant_wishes
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.structure import Structure
from csshift.instance import Instance
from csshift.model.people import Request
from csshift.scoring.judging import broken_requests


def granted(problem: Problem, start: Roster) -> tuple[Roster, tuple[str, ...]]:
    """Return the roster after the wishes are granted, and why others are lost."""
    compiled = compile_problem(Instance(problem))
    blocks = RecourseBlocks(Structure(compiled.program))
    values = blocks.complete(encode_decisions(compiled, start), Budget(60.0))
    found = grant_wishes(compiled, blocks, values, 60.0)
    reasons = tuple(name for wish in found.lost for name in wish.barriers or wish.costs or ())
    return decode_decisions(compiled, found.values), reasons


def wish(agent_id: str, want: str, day: int = 0, shift: str | None = None) -> Request:
    fields = {"agent_id": agent_id, "date": MONDAY + day * DAY, "want": want, "shift": shift}
    return Request.model_validate(fields)


def days_of(found: Roster) -> set[tuple[str, int, str]]:
    return {(a.agent_id, (a.date - MONDAY).days, a.shift) for a in found.assignments}


def test_a_wish_is_granted_by_an_exchange_between_two_people() -> None:
    problem = small(requests=(wish("a", "off"),))
    found, _ = granted(problem, roster(*(works("a", day) for day in range(3))))
    assert ("b", 0, "D") in days_of(found)
    assert ("a", 0, "D") not in days_of(found)


def test_a_wish_is_granted_at_the_price_of_minutes_of_shortage() -> None:
    only_a = {"agents": (agent("a"),), "requests": (wish("a", "off"),)}
    start = roster(*(works("a", day) for day in range(3)))
    little = small(**only_a, requirements=tuple(cell("10:00", "0.2", day=day) for day in range(3)))
    assert ("a", 0, "D") not in days_of(granted(little, start)[0])
    much = small(**only_a, requirements=tuple(cell("10:00", "0.3", day=day) for day in range(3)))
    found, reasons = granted(much, start)
    assert ("a", 0, "D") in days_of(found)
    assert reasons == ("shortage",)


def test_a_setting_says_how_many_minutes_a_wish_is_worth() -> None:
    start = roster(*(works("a", day) for day in range(3)))
    problem = small(
        agents=(agent("a"),),
        requests=(wish("a", "off"),),
        requirements=tuple(cell("10:00", "0.5", day=day) for day in range(3)),
        weights={"wish_minutes": 40},
    )
    assert ("a", 0, "D") not in days_of(granted(problem, start)[0])


@pytest.mark.parametrize(
    ("minutes", "weights", "off"),
    [
        (10, {}, True),
        (20, {}, False),
        (20, {"wish_minutes": 25}, True),
        (10, {"wish_minutes": 3}, False),
        (0, {"wish_minutes": "0.01"}, True),
    ],
)
def test_a_solve_grants_a_wish_that_costs_only_minutes(
    minutes: int, weights: dict[str, object], off: bool
) -> None:
    """The only agent wishes to be off on one day, on which so many minutes would be missing."""
    problem = small(
        agents=(agent("a"),),
        requests=(wish("a", "off"),),
        requirements=tuple(
            cell("10:00", round(minutes / 60, 2) if day == 0 else 1, day=day) for day in (0, 1)
        ),
        weights={"deep_shortage": 0, **weights},
    )
    result = csshift.solve(problem, time_limit=5, workers=1, gap=0)
    assert result.roster is not None
    assert (("a", 0, "D") not in days_of(result.roster)) == off
    assert ("wishes-lost" in {note.code for note in result.notes}) != off


def test_a_wish_that_a_hard_rule_forbids_is_lost_to_the_rule() -> None:
    problem = small(
        agents=(agent("a"),),
        requests=(wish("a", "work"),),
        rules=({"kind": "max-shifts", "count": 0, "per": "horizon"},),
    )
    found, reasons = granted(problem, roster())
    assert days_of(found) == set()
    assert reasons == ("max-shifts",)


def test_the_night_before_makes_way_for_a_wish_to_be_off() -> None:
    problem = small(
        shifts=(shift("N", "22:00-30:00"),),
        requests=(wish("a", "off", day=1),),
        requirements=(cell("23:00", 1),),
    )
    found, _ = granted(problem, roster(works("a", 0, "N")))
    assert days_of(found) == {("b", 0, "N")}


def test_a_duty_turn_is_passed_on_to_grant_a_wish() -> None:
    remind = {"name": "remind", "skill": "payment-reminder", "window": "09:00-15:00", "share": 0}
    able = {"skills": {"pre-sale": 1, "payment-reminder": 1}}
    problem = small(
        horizon={"start": MONDAY, "days": 1},
        agents=(agent("a", **able), agent("b", **able)),
        requirements=(cell("10:00", 1),),
        duties=(remind,),
        requests=(wish("a", "off"),),
    )
    found, _ = granted(problem, roster(works("a", 0), works("b", 0), turn("a", 0)))
    assert days_of(found) == {("b", 0, "D")}
    assert [held.agent_id for held in found.duties] == ["b"]


def _changes(problem: Problem, found: Roster) -> Iterator[Roster]:
    """Yield the rosters with another shift of one agent on one day, or two agents exchanged."""
    shifts = {(a.agent_id, a.date): a.shift for a in found.assignments}
    names = [agent.agent_id for agent in problem.agents]
    for date in problem.horizon.dates:
        for name in names:
            for code in (None, *(kind.code for kind in problem.shifts)):
                if code != shifts.get((name, date)):
                    yield _with(found, {(name, date): code}, {})
        for i, one in enumerate(names):
            for other in names[i + 1 :]:
                pair = {
                    (one, date): shifts.get((other, date)),
                    (other, date): shifts.get((one, date)),
                }
                yield _with(found, pair, {one: other, other: one})


def _with(found: Roster, days: dict, holders: dict) -> Roster:  # type: ignore[type-arg]
    kept = [a for a in found.assignments if (a.agent_id, a.date) not in days]
    new = [
        Assignment(agent_id=name, date=date, shift=code)
        for (name, date), code in days.items()
        if code is not None
    ]
    dates = {date for _, date in days}
    gone = {key for key, code in days.items() if code is None and not holders}
    turns = [
        DutyTurn(
            date=held.date,
            duty=held.duty,
            stores=held.stores,
            agent_id=holders.get(held.agent_id, held.agent_id)
            if held.date in dates
            else held.agent_id,
        )
        for held in found.duties
        if (held.agent_id, held.date) not in gone
    ]
    return Roster(assignments=(*kept, *new), duties=tuple(turns))


def _judged(instance: Instance, found: Roster) -> tuple[float, int] | None:
    """Return objective and lost wishes; None where a hard rule is broken."""
    score = csshift.check(instance, found)
    return (score.objective, len(broken_requests(instance, found))) if score.feasible else None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_no_lost_wish_can_be_granted_for_free(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(random, agents=4, days=4, shifts=2)
    requests = {
        (name, date): Request(agent_id=name, date=date, want=random.choice(("off", "work")))
        for name in (agent.agent_id for agent in problem.agents)
        for date in random.sample(problem.horizon.dates, 2)
    }
    # A roster that knows of no wish breaks many of them.
    result = csshift.solve(problem, time_limit=20, reproducible=True, seed=seed)
    problem = problem.model_copy(update={"requests": tuple(requests.values())})
    if result.roster is None:
        return
    start = Roster(assignments=result.roster.assignments, duties=result.roster.duties)
    instance = Instance(problem)
    decided, _ = granted(problem, start)
    before = _judged(instance, decided)
    assert before is not None
    for change in _changes(problem, decided):
        after = _judged(instance, change)
        if after is not None and after[1] < before[1]:
            assert after[0] >= before[0] - 1e-3, change.assignments

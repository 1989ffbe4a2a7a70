"""The fair duty: what is promised of it, held against counting by hand and every roster."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from problems import DAY, MONDAY, agent, cell, roster, shift, small, turn, works

import csshift
from csshift.compile import compile_problem
from csshift.compile.duties import FAIRNESS
from csshift.decode import encode_decisions
from csshift.instance import Instance
from csshift.instance.fairness import (
    PRICE_UNITS,
    count_cost,
    divided,
    fair_share,
    fair_shares,
    highest_price,
)
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Contract, Leave
from csshift.model.roster import DutyTurn, Roster
from csshift.problem import Problem
from csshift.scoring import score

QUIET = [HealthCheck.too_slow]
SEEDS = st.integers(0, 2**32 - 1)
BOTH = {"pre-sale": 1, "payment-reminder": 1}
HOURS = {"full": 40, "part": 16, "mini": 8}


def examples(count: int) -> Any:
    return settings(
        max_examples=count, deadline=None, derandomize=True, suppress_health_check=QUIET
    )


def team(random: Random, days: int = 4, **parts: Any) -> Problem:
    """Draw people who share a duty: full-timers and others, joiners, leave, history."""
    size = random.randint(2, 4)
    people = [_person(random, f"a{i}", days) for i in range(size)]
    past = random.randint(0, 3)
    ids = [person.agent_id for person in people]
    usual: dict[str, Any] = {
        "horizon": Horizon(start=MONDAY, days=days),
        "agents": tuple(people),
        "contracts": tuple(
            Contract(name=name, overtime_after_hours_per_week=hours, max_hours_per_week=48)
            for name, hours in HOURS.items()
        ),
        "requirements": (),
        "duties": (
            Duty(
                name="remind",
                skill="payment-reminder",
                window=random.choice(("09:00-16:00", "10:00-14:00", "12:00-18:00")),
                share=random.choice(("0", "0.5", "1")),
                count=random.choice((1, 1, 2)),
            ),
        ),
        "leave": tuple(
            Leave(agent_id=who, date=MONDAY + day * DAY)
            for who in ids
            for day in range(days)
            if random.random() < 0.15
        ),
        "history_duties": tuple(
            DutyTurn(date=MONDAY - (day + 1) * DAY, duty="remind", agent_id=random.choice(ids))
            for day in range(past)
        ),
    }
    return Problem(**{"shifts": (shift("D", "08:00-16:00"),), **usual, **parts})


def _person(random: Random, name: str, days: int) -> Agent:
    fields: dict[str, Any] = {"skills": BOTH, "contract": random.choice(("full", "full", "part"))}
    if random.random() < 0.15:
        fields["start_date"] = MONDAY + random.randint(-2, days - 1) * DAY
    return agent(name, **fields)


def cluttered(random: Random, problem: Problem) -> Problem:
    """Return the problem with things in it that concern none of those who share the duty."""
    fields = {name: getattr(problem, name) for name in Problem.model_fields}
    late = MONDAY + timedelta(days=100)
    long = random.choice(("08:00-32:00", "08:00-20:00", "10:00-14:00", "22:00-30:00"))
    fields["shifts"] += (shift("X", long, tags="unused"),)
    fields["contracts"] += (Contract(name="nobody", max_hours_per_week=20),)
    fields["agents"] += (
        agent("idle"),
        agent("later", skills=BOTH, start_date=late),
        agent("barred", skills=BOTH, tags=("barred",)),
    )
    fields["stores"] += ("S9",)
    fields["skills"] += ({"name": "sewing"},)
    fields["rules"] += (
        {"kind": "forbidden-shifts", "shifts": ["tag:unused"]},
        {"kind": "forbidden-shifts", "shifts": ["D"], "agents": {"tags": ["barred"]}},
        {"kind": "max-hours", "hours": 1, "per": "week", "agents": {"contracts": ["nobody"]}},
    )
    return Problem(**fields)


def by_hand(problem: Problem) -> dict[str, Fraction]:
    """Return fair numbers, counted day by day as the sentence in the documentation says."""
    (duty,) = problem.duties
    away = {(row.agent_id, row.date) for row in problem.leave}
    hours = {person.agent_id: HOURS[person.contract or ""] for person in problem.agents}
    held = Counter((row.date, row.agent_id) for row in problem.history_duties)
    turns = dict.fromkeys(problem.horizon.dates, duty.count)
    for (date, _), count in held.items():
        turns[date] = turns.get(date, 0) + count
    fair: dict[str, Fraction] = Counter()
    for date, count in turns.items():
        there = [
            person.agent_id
            for person in problem.agents
            if (person.employed(date) and (person.agent_id, date) not in away)
            or held[date, person.agent_id]
        ]
        if count == 1:
            for who in there:
                fair[who] += Fraction(hours[who], sum(hours[w] for w in there))
        else:
            every = dict(enumerate(Fraction(hours[who]) for who in there))
            for i, part in divided(count, every).items():
                fair[there[i]] += part
    return {who: number for who, number in fair.items() if number}


def shares_by_id(problem: Problem) -> dict[str, Fraction]:
    share = fair_share(Instance(problem), problem.duties[0])
    ids = [problem.agents[i].agent_id for i in share.agents]
    return dict(zip(ids, share.fair, strict=True))


@examples(150)
@given(seed=SEEDS)
def test_fair_numbers_are_those_counted_by_hand_and_add_up(seed: int) -> None:
    problem = team(Random(seed))
    (duty,) = problem.duties
    shares = shares_by_id(problem)
    assert shares == by_hand(problem)
    could = Instance(problem).grid.available.sum(axis=0)[Instance(problem).grid.history_days :]
    there = sum(min(duty.count, int(people)) for people in could)
    assert sum(shares.values()) == there + len(problem.history_duties)


@examples(100)
@given(turns=st.integers(1, 4), hours=st.lists(st.sampled_from((8, 16, 20, 40)), max_size=6))
def test_turns_are_divided_in_proportion_with_one_each_at_most(
    turns: int, hours: list[int]
) -> None:
    shares = divided(turns, {i: Fraction(own) for i, own in enumerate(hours)})
    assert sum(shares.values()) == min(turns, len(hours))
    assert all(0 < part <= 1 for part in shares.values())
    rates = {shares[i] / hours[i] for i in shares if shares[i] < 1}
    assert len(rates) <= 1
    assert all(shares[i] / hours[i] <= min(rates) for i in shares if shares[i] == 1 and rates)


@examples(100)
@given(seed=SEEDS)
def test_what_nobody_uses_changes_neither_shares_nor_prices(seed: int) -> None:
    random = Random(seed)
    problem = team(random)
    other = cluttered(random, problem)
    assert shares_by_id(other) == shares_by_id(problem)
    price = highest_price(Instance(problem), fair_shares(Instance(problem)))
    assert highest_price(Instance(other), fair_shares(Instance(other))) == price


@examples(120)
@given(seed=SEEDS)
def test_equal_people_end_with_counts_that_differ_by_one_at_most(seed: int) -> None:
    """Of all ways to share the turns, the cheapest ones are even among equals."""
    random = Random(seed)
    problem = cluttered(random, team(random))
    (duty,) = problem.duties
    share = fair_share(Instance(problem), duty)
    first = Instance(problem).grid.history_days
    free = Instance(problem).grid.available[share.agents, first:]
    costs = {}
    days = [
        [
            pick
            for pick in product((0, 1), repeat=len(share.fair))
            if _filled(pick, free[:, d], duty)
        ]
        for d in range(free.shape[1])
    ]
    for picks in product(*days):
        total = tuple(past + sum(c) for past, *c in zip(share.past, *picks, strict=True))
        costs[total] = sum(map(count_cost, share.fair, total))
    least = min(costs.values())
    kinds = [
        (free[i].tolist(), problem.agents[a].contract, past, share.fair[i])
        for i, (a, past) in enumerate(zip(share.agents.tolist(), share.past, strict=True))
    ]
    for total in (total for total, cost in costs.items() if cost == least):
        for i, j in product(range(len(kinds)), repeat=2):
            if kinds[i] == kinds[j]:
                assert abs(total[i] - total[j]) <= 1


def _filled(pick: tuple[int, ...], free: Any, duty: Duty) -> bool:
    there = all(free[i] for i, holds in enumerate(pick) if holds)
    return there and sum(pick) == min(duty.count, int(free.sum()))


@examples(100)
@given(fair=st.fractions(0, 40, max_denominator=60), count=st.integers(0, 60))
def test_the_cost_is_strictly_convex_and_moving_a_turn_gains_less_than_twice_the_price(
    fair: Fraction, count: int
) -> None:
    costs = [count_cost(fair, count + i) for i in range(3)]
    first, second = costs[1] - costs[0], costs[2] - costs[1]
    assert first < second
    assert -PRICE_UNITS < first < second < PRICE_UNITS
    assert min(count_cost(fair, n) for n in range(100)) == 0


@examples(120)
@given(seed=SEEDS)
def test_an_extra_shift_never_pays_for_itself_by_fairness(seed: int) -> None:
    """Whoever is called in on a day off to take over a turn makes the roster dearer."""
    random = Random(seed)
    hours = random.choice(("10:00-14:00", "09:00-16:00", "06:00-18:00"))
    problem = team(
        random,
        days=random.randint(2, 6),
        agents=_plain(2),
        contracts=(),
        leave=(),
        history_duties=(),
        shifts=(shift("D", "08:00-16:00", random.choice((0, 60))), shift("S", hours)),
        weights={"surplus": random.choice(("0.01", "0.5", "3")), "duty_fairness": 50},
    )
    (duty,) = problem.duties
    fitting = [entry.code for entry in problem.shifts if duty.fits(entry)]
    days = range(problem.horizon.days)
    worked = [works("a0", day, random.choice(fitting)) for day in days]
    before = score(Instance(problem), roster(*worked, *(turn("a0", day) for day in days)))
    day = random.choice(days)
    turns = [turn("a1" if day == other else "a0", other) for other in days]
    extra = works("a1", day, random.choice(fitting))
    after = score(Instance(problem), roster(*worked, extra, *turns))
    # Two agents share the turns: the first to change hands helps, and does not pay.
    fairness = [judged.penalties.get(FAIRNESS, 0.0) for judged in (before, after)]
    assert fairness[1] < fairness[0]
    assert after.objective > before.objective


def _plain(count: int) -> tuple[Agent, ...]:
    return tuple(agent(f"a{i}", skills=BOTH) for i in range(count))


@examples(100)
@given(seed=SEEDS)
def test_program_and_checker_agree_on_the_cost_of_any_roster(seed: int) -> None:
    random = Random(seed)
    problem = team(random)
    (duty,) = problem.duties
    free = Instance(problem).grid.available[:, Instance(problem).grid.history_days :]
    worked, turns = [], []
    for i, person in enumerate(problem.agents):
        for day in range(problem.horizon.days):
            if free[i, day] and random.random() < 0.7:
                worked.append(works(person.agent_id, day))
                if duty.fits(problem.shifts[0]) and random.random() < 0.6:
                    turns.append(turn(person.agent_id, day))
    drawn = Roster(assignments=tuple(worked), duties=tuple(turns))
    compiled = compile_problem(Instance(problem))
    program, values = compiled.program, encode_decisions(compiled, drawn)
    cost = Fraction(program.offset, program.scale)
    if FAIRNESS in program.families:
        own = program.column_family == program.families.index(FAIRNESS)
        cost += Fraction(int(program.cost[own] @ values[own]), program.scale)
    judged = score(Instance(problem), drawn)
    assert judged.penalties.get(FAIRNESS, 0) == pytest.approx(float(cost), abs=1e-12)


def solved(problem: Problem) -> csshift.Result:
    result = csshift.solve(problem, time_limit=5.0, workers=1)
    assert result.status == "optimal"
    assert result.roster is not None
    return result


def counts(result: csshift.Result) -> Counter[str]:
    assert result.roster is not None
    return Counter(row.agent_id for row in result.roster.duties)


@examples(8)
@given(seed=SEEDS)
def test_an_optimum_is_even_and_unmoved_by_clutter_and_calls_nobody_in(seed: int) -> None:
    random = Random(seed)
    days, size = random.randint(3, 4), random.randint(2, 3)
    needed = random.randint(1, size)
    skilled = agent("extra", skills={"payment-reminder": 1})
    problem = team(
        random,
        days,
        agents=(*_plain(size), skilled),
        leave=(),
        history_duties=(),
        requirements=tuple(
            cell(f"{hour:02d}:00", needed, day=day) for day in range(days) for hour in range(8, 16)
        ),
    )
    plain, other = solved(problem), solved(cluttered(random, problem))
    assert other.objective == pytest.approx(plain.objective, abs=1e-6)
    fields = {name: getattr(problem, name) for name in Problem.model_fields}
    without = solved(Problem(**{**fields, "weights": {"duty_fairness": 0}}))
    for result in (plain, other):
        assert result.roster is not None
        assert without.roster is not None
        assert len(result.roster.assignments) == len(without.roster.assignments)
        turns = counts(result)
        if problem.duties[0].share == 0:
            assert (
                max(turns[f"a{i}"] for i in range(size)) - min(turns[f"a{i}"] for i in range(size))
                <= 1
            )


CASE = {"skill": "pre-sale", "window": "08:00-16:00"}


@pytest.mark.parametrize("unused", [None, "08:00-32:00", "08:00-20:00", "08:00-12:00"])
def test_an_unused_long_shift_does_not_change_how_turns_are_shared(unused: str | None) -> None:
    shifts = [shift("D", "08:00-16:00")] + ([shift("F", unused)] if unused else [])
    problem = small(
        horizon=Horizon(start=MONDAY, days=6),
        agents=tuple(agent(who) for who in "abc"),
        shifts=tuple(shifts),
        requirements=tuple(
            cell(f"{hour:02d}:00", 3, day=day) for day in range(6) for hour in range(8, 16)
        ),
        duties=(Duty(name="remind", share=0, **CASE),),
    )
    result = solved(problem)
    assert counts(result) == {"a": 2, "b": 2, "c": 2}
    assert result.objective == 0


def test_a_quiet_fortnight_calls_nobody_in_for_fairness() -> None:
    problem = small(
        horizon=Horizon(start=MONDAY, days=14),
        agents=tuple(agent(who, skills=BOTH) for who in "abcd"),
        requirements=tuple(
            cell(f"{hour:02d}:00", 1, day=day) for day in range(14) for hour in range(8, 16)
        ),
        duties=(Duty(name="remind", share=0, **(CASE | {"skill": "payment-reminder"})),),
    )
    result = solved(problem)
    assert result.roster is not None
    assert len(result.roster.assignments) == 14
    assert sorted(counts(result).values()) == [3, 3, 4, 4]


def test_turns_of_people_who_have_left_are_not_shared() -> None:
    past = tuple(
        DutyTurn(date=MONDAY - (day + 1) * DAY, duty="remind", agent_id=who)
        for day, who in enumerate(("a", "old", "gone"))
    )
    old = agent("old", skills=BOTH, end_date=MONDAY - DAY)
    duty = Duty(name="remind", **(CASE | {"skill": "payment-reminder"}))
    people = (*(agent(who, skills=BOTH) for who in "ab"), old)
    problem = small(agents=people, duties=(duty,), history_duties=past, requirements=())
    assert shares_by_id(problem) == {"a": 2, "b": 2}


def test_leave_for_a_part_of_the_day_leaves_a_share_where_a_shift_remains() -> None:
    duty = Duty(name="remind", **(CASE | {"skill": "payment-reminder", "window": "08:00-20:00"}))
    people = tuple(agent(who, skills=BOTH) for who in "ab")
    leave = (Leave(agent_id="a", date=MONDAY, hours="16:00-24:00"),)
    usual = {"agents": people, "duties": (duty,), "leave": leave, "requirements": ()}
    early, late = shift("E", "08:00-16:00"), shift("L", "12:00-20:00")
    assert shares_by_id(small(shifts=(early, late), **usual)) == {"a": 1.5, "b": 1.5}
    assert shares_by_id(small(shifts=(late,), **usual)) == {"a": 1, "b": 2}


def test_an_undeclared_and_an_unused_contract_share_alike() -> None:
    part = Contract(name="part", max_hours_per_week=20)
    full = Contract(name="full", max_hours_per_week=48, overtime_after_hours_per_week=40)
    people = tuple(agent(f"a{i}", skills=BOTH, contract="full") for i in range(6))
    mixed = (*people, *(agent(f"b{i}", skills=BOTH, contract="part") for i in range(2)))
    duty = Duty(name="remind", count=3, **(CASE | {"skill": "payment-reminder"}))
    usual = {"horizon": Horizon(start=MONDAY, days=28), "duties": (duty,), "requirements": ()}
    alone = small(agents=people, contracts=(full,), **usual)
    declared = small(agents=people, contracts=(full, part), **usual)
    assert shares_by_id(alone) == shares_by_id(declared) == {f"a{i}": 14 for i in range(6)}
    shares = shares_by_id(small(agents=mixed, contracts=(full, part), **usual))
    assert shares["a0"] == Fraction(84 * 40, 280)
    assert shares["b0"] == Fraction(84 * 20, 280)

"""The fair duty: what is promised of it, held against counting by hand and every roster."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil, floor
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from problems import DAY, MONDAY, agent, cell, shift, small, turn, works

from csshift.compile import compile_problem
from csshift.compile.duties import FAIRNESS
from csshift.decode import encode_decisions
from csshift.instance import Instance
from csshift.instance.fairness import divided, divided_by_day, fair_share, within
from csshift.instance.turn_prices import TurnPrices
from csshift.model.duties import Duty
from csshift.model.horizon import Horizon
from csshift.model.people import Agent, Contract, Leave
from csshift.model.roster import DutyTurn, Roster
from csshift.model.weights import Weights
from csshift.problem import Problem
from csshift.scoring import score

QUIET = [HealthCheck.too_slow]
SEEDS = st.integers(0, 2**32 - 1)
BOTH = {"pre-sale": 1, "payment-reminder": 1}
PRICES = TurnPrices.of(Weights())
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
    fields["shifts"] += (
        shift("X", long, tags="unused"),
        shift("Y", "10:00-14:30", 60, tags="unused"),
    )
    fields["contracts"] += (Contract(name="nobody", max_hours_per_week=20),)
    fields["agents"] += (
        agent("idle"),
        agent("later", skills=BOTH, start_date=late),
        agent("barred", skills=BOTH, tags=("barred",)),
        agent("away", skills=BOTH, contract="nobody"),
    )
    fields["leave"] += tuple(Leave(agent_id="away", date=date) for date in problem.horizon.dates)
    fields["history_duties"] += (DutyTurn(date=MONDAY - DAY, duty="remind", agent_id="away"),)
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
    team = [person for person in problem.agents if _planned(problem, person)]
    ids = {person.agent_id for person in team}
    held = Counter(
        (row.date, row.agent_id) for row in problem.history_duties if row.agent_id in ids
    )
    turns = dict.fromkeys(problem.horizon.dates, duty.count)
    for (date, _), count in held.items():
        turns[date] = turns.get(date, 0) + count
    fair: dict[str, Fraction] = Counter()
    for date, count in turns.items():
        there = [
            person.agent_id
            for person in team
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


def _planned(problem: Problem, person: Agent) -> bool:
    """Return whether a person is there on any planned day."""
    away = {row.date for row in problem.leave if row.agent_id == person.agent_id}
    return any(person.employed(date) and date not in away for date in problem.horizon.dates)


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
    past = sum(row.agent_id in shares for row in problem.history_duties)
    assert sum(shares.values()) == there + past


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
def test_what_nobody_uses_does_not_change_the_shares(seed: int) -> None:
    random = Random(seed)
    problem = team(random)
    other = cluttered(random, problem)
    assert shares_by_id(other) == shares_by_id(problem)


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
        costs[total] = sum(map(PRICES.count, share.target, total))
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


WEIGHTS = st.decimals(0, 1_000_000, places=3).filter(bool)
NUMBERS = st.fractions(0, 40, max_denominator=60)


@examples(200)
@given(target=NUMBERS, count=st.integers(0, 60), fairness=WEIGHTS, surplus=WEIGHTS)
def test_the_cost_is_strictly_convex_and_a_turn_outside_of_the_band_costs_the_weight(
    target: Fraction, count: int, fairness: Decimal, surplus: Decimal
) -> None:
    prices = TurnPrices.of(Weights(duty_fairness=fairness, surplus=surplus))
    costs = [prices.count(target, count + i) for i in range(3)]
    first, second = costs[1] - costs[0], costs[2] - costs[1]
    assert first < second
    assert max(abs(first), abs(second)) < Fraction(13, 10) * prices.outside
    low, high = floor(target), ceil(target)
    for held, other in ((low - 1, low), (high + 1, high)):
        assert prices.count(target, held) - prices.count(target, other) == prices.outside
    inside = [prices.count(target, held) for held in (low, high)]
    assert min(inside) == 0
    assert max(inside) <= prices.inside / 2


@examples(200)
@given(one=NUMBERS, other=NUMBERS, counts=st.tuples(*[st.integers(0, 60)] * 2))
def test_a_turn_moved_into_the_band_of_its_taker_gains_the_weight(
    one: Fraction, other: Fraction, counts: tuple[int, int]
) -> None:
    held, few = counts
    if held > ceil(one) and few < ceil(other):
        gain = PRICES.turn(one, held - 1) - PRICES.turn(other, few)
        assert gain >= PRICES.outside - PRICES.inside


@examples(200)
@given(
    rows=st.lists(
        st.tuples(NUMBERS, st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=6
    )
)
def test_numbers_brought_within_limits_keep_their_sum_and_proportion(
    rows: list[tuple[Fraction, int, int]],
) -> None:
    numbers = [number for number, _, _ in rows]
    least = [low for _, low, _ in rows]
    most = [low + room for _, low, room in rows]
    found = within(numbers, least, most)
    assert all(low <= n <= high for low, n, high in zip(least, found, most, strict=True))
    if all(numbers) and sum(least) <= sum(numbers) <= sum(most):
        assert sum(found) == sum(numbers)
        free = {
            n / number
            for n, number, low, high in zip(found, numbers, least, most, strict=True)
            if low < n < high
        }
        assert len(free) <= 1


@examples(100)
@given(seed=SEEDS)
def test_nobody_has_more_than_one_turn_a_day_in_all_groups(seed: int) -> None:
    random = Random(seed)
    size = random.randint(1, 5)
    groups = [
        (random.randint(1, 2), random.sample(range(size), random.randint(0, size)))
        for _ in range(random.randint(1, 3))
    ]
    hours = [Fraction(random.choice((8, 20, 40))) for _ in range(size)]
    shares = divided_by_day(groups, hours)
    assert all(0 < part <= 1 for part in shares.values())
    assert sum(shares.values()) <= sum(turns for turns, _ in groups)
    if all(len(able) == size for _, able in groups):
        assert sum(shares.values()) == min(size, sum(turns for turns, _ in groups))


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


CASE = {"skill": "pre-sale", "window": "08:00-16:00"}


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


def test_who_is_away_on_every_planned_day_has_no_share_of_the_past() -> None:
    past = tuple(
        DutyTurn(date=MONDAY - (day + 1) * DAY, duty="remind", agent_id=who)
        for day, who in enumerate(("a", "a", "away"))
    )
    leave = tuple(Leave(agent_id="away", date=MONDAY + day * DAY) for day in range(3))
    duty = Duty(name="remind", **(CASE | {"skill": "payment-reminder"}))
    people = tuple(agent(who, skills=BOTH) for who in ("a", "b", "away"))
    usual = {"agents": people, "duties": (duty,), "history_duties": past, "requirements": ()}
    assert shares_by_id(small(leave=leave, **usual)) == {"a": 2.5, "b": 2.5}
    assert shares_by_id(small(leave=leave[:2], **usual)) == {
        "a": Fraction(7, 3),
        "b": Fraction(7, 3),
        "away": Fraction(4, 3),
    }


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


def test_who_serves_no_queue_that_needs_somebody_has_no_share_of_the_day() -> None:
    duty = Duty(name="remind", **(CASE | {"skill": "payment-reminder"}))
    people = (
        *(agent(who, skills=BOTH) for who in "ab"),
        agent("other", skills={"after-sale": 1, "payment-reminder": 1}),
    )
    needs = tuple(cell("10:00", 1, day=day) for day in range(3))
    usual = {"agents": people, "duties": (duty,)}
    assert shares_by_id(small(requirements=needs, **usual)) == {"a": 1.5, "b": 1.5}
    late = cell("10:00", 1, skill="after-sale", day=2)
    assert shares_by_id(small(requirements=(*needs, late), **usual)) == {
        "a": Fraction(4, 3),
        "b": Fraction(4, 3),
        "other": Fraction(1, 3),
    }
    outside = cell("20:00", 1, skill="after-sale", day=2)
    assert shares_by_id(small(requirements=(*needs, outside), **usual)) == {"a": 1.5, "b": 1.5}
    # Where no queue needs anybody, all who could come share the turn.
    assert shares_by_id(small(requirements=(), **usual)) == dict.fromkeys(("a", "b", "other"), 1)


def test_a_limit_a_week_limits_the_fair_number_and_the_others_share_the_rest() -> None:
    contract = Contract(name="part", max_hours_per_week=20)
    people = (agent("a", skills=BOTH), agent("b", skills=BOTH, contract="part"))
    duty = Duty(name="remind", max_per_week=3, **(CASE | {"skill": "payment-reminder"}))
    usual = {"agents": people, "contracts": (contract,), "duties": (duty,), "requirements": ()}
    week = Horizon(start=MONDAY, days=6)
    assert shares_by_id(small(horizon=week, **usual)) == {"a": 3, "b": 3}
    past = (turn("a", 0), turn("a", 1))
    later = Horizon(start=MONDAY + 2 * DAY, days=4)
    after = small(horizon=later, history_duties=past, **usual)
    assert shares_by_id(after) == {"a": 3, "b": 3}


def test_who_held_far_too_many_turns_does_not_move_the_band_of_the_others() -> None:
    past = tuple(turn("x", -day) for day in range(1, 31))
    duty = Duty(name="remind", **(CASE | {"skill": "payment-reminder"}))
    people = tuple(agent(who, skills=BOTH) for who in "xab")
    horizon = Horizon(start=MONDAY, days=6)
    usual = {"agents": people, "duties": (duty,), "requirements": ()}
    problem = small(horizon=horizon, history_duties=past, **usual)
    share = fair_share(Instance(problem), duty)
    assert share.fair == (12, 12, 12)
    assert share.target == (30, 3, 3)

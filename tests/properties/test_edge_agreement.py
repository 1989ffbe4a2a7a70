"""At both edges of the horizon, program, checker and a judge of its own find the same cost."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from brute_force import Coverage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from problems import DAY, HOURS, MONDAY, SKILLS, agent, cell, random_problem, shift

import csshift
from csshift.compile import compile_problem
from csshift.decode import decode_decisions, encode_decisions
from csshift.decode.allocation import share_out
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.structure import Structure
from csshift.instance import Instance
from csshift.model.duties import Duty
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.problem import Problem
from csshift.scoring import score

NIGHTS = ("22:00-30:00", "16:00-26:00", "21:45-30:15", "18:00-22:00+25:00-29:30")
WATCH = Duty(name="watch", skill=SKILLS[0], window="22:00-28:00", share="0.5")
HOURLY = ("shortage", "surplus")


def at_the_edges(random: Random) -> tuple[Problem, Roster]:
    """Draw a problem with nights before and after, without hard limits, and a roster of it."""
    days, minutes = random.randint(1, 3), random.choice((15, 30, 60))
    start = MONDAY + random.randint(0, 6) * DAY
    people = [
        agent(
            f"a{i}",
            skills={name: random.choice(("0.5", "1", "1.25")) for name in SKILLS[: 1 + i % 2]},
        )
        for i in range(4)
    ]
    hours = (random.choice(HOURS), random.choice(NIGHTS))
    shifts = [shift("DN"[i], each, random.choice((0, 30, 60))) for i, each in enumerate(hours)]
    rows = [
        cell(
            f"{at // 60:02d}:{at % 60:02d}",
            random.choice(("0.4", "1", "2.25")),
            skill=random.choice(SKILLS[:2]),
        ).model_copy(update={"date": start + day * DAY})
        for day in range(days + random.randint(0, 1))
        for at in random.sample(range(0, 1440, minutes), 8)
    ]
    history = [
        Assignment(agent_id=who.agent_id, date=start - DAY, shift=random.choice("DN"))
        for who in people
        if random.random() < 0.6
    ]
    held = [DutyTurn(date=start - DAY, duty="watch", agent_id=r.agent_id) for r in history[:1]]
    problem = Problem(
        horizon={
            "start": start,
            "days": days,
            "interval_minutes": minutes,
            "edges": random.choice(("auto", "auto", "auto", "none")),
        },
        agents=people,
        shifts=shifts,
        requirements=rows,
        duties=(WATCH,),
        history=history,
        history_duties=held,
        weights={"duty_fairness": 0, "surplus": random.choice(("0.5", 3))},
    )
    return problem, drawn_roster(problem, random)


def drawn_roster(problem: Problem, random: Random) -> Roster:
    grid = Instance(problem).grid
    overlapping = any(s.end - 1440 > problem.shifts[0].start for s in problem.shifts)
    codes = ["N"] if overlapping else ["D", "N"]
    worked = [
        Assignment(agent_id=who.agent_id, date=date, shift=random.choice(codes))
        for who in grid.agents
        for date in problem.horizon.dates
        if random.random() < 0.6
    ]
    turns: dict[object, DutyTurn] = {}
    fits = {s.code for s in problem.shifts if WATCH.fits(s)}
    for row in worked:
        if row.shift in fits:
            turns[row.date] = DutyTurn(date=row.date, duty="watch", agent_id=row.agent_id)
    return Roster(assignments=tuple(worked), duties=tuple(turns.values()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1))
def test_program_checker_and_judge_agree_at_the_edges(seed: int) -> None:
    problem, drawn = at_the_edges(Random(seed))
    instance = Instance(problem)
    compiled = compile_problem(instance)
    blocks = RecourseBlocks(Structure(compiled.program))
    decided = encode_decisions(compiled, drawn)
    settled = blocks.evaluate(blocks.structure.all_blocks, decided, Budget(60.0))
    judged = csshift.check(problem, drawn)
    if judged.violations:  # shifts that overlap the night of the history
        assert settled is None or not compiled.program.holds(settled)
        return
    assert settled is not None
    assert compiled.program.holds(settled)
    program = compiled.program
    decided_roster = decode_decisions(compiled, settled)
    free = np.maximum(instance.offered(decided_roster), 0)
    allocation = share_out(instance, compiled.flows, settled, free)
    decoded = score(instance, decided_roster.model_copy(update={"allocation": allocation}))
    assert decoded.violations == ()
    points = program.points(program.objective(settled))
    assert decoded.objective == pytest.approx(points, abs=1e-6)
    assert judged.objective == pytest.approx(points, abs=0.05)
    own = sum(cost for rule, cost in judged.penalties.items() if rule in HOURLY)
    assert own == pytest.approx(Coverage(problem).cost(drawn), abs=0.05, rel=1e-4)


def test_the_drawn_problems_have_both_edges() -> None:
    drawn = [Instance(at_the_edges(Random(seed))[0]) for seed in range(40)]
    assert sum(bool(instance.night_before.units.size) for instance in drawn) >= 15
    assert sum(instance.demand.day.max() == instance.horizon.days for instance in drawn) >= 10
    assert any(instance.horizon.edges == "none" for instance in drawn)


def test_a_problem_without_nights_has_no_edges() -> None:
    for seed in range(60):
        instance = Instance(random_problem(Random(seed), agents=2, days=2, shifts=2))
        if not any(entry.overnight for entry in instance.shifts):
            assert instance.next_morning == 0
            assert instance.night_before.units.size == 0

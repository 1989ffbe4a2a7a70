"""The time that agents have for queues, against a sum minute by minute."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from problems import random_problem

from csshift.instance import Instance
from csshift.model.entity import Span
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.problem import Problem


def drawn(random: Random, problem: Problem) -> Roster:
    worked = [
        Assignment(agent_id=person.agent_id, date=date, shift=random.choice(problem.shifts).code)
        for person in problem.agents
        for date in problem.horizon.dates
        if random.random() < 0.6
    ]
    turns = [
        DutyTurn(date=row.date, duty=duty.name, stores=duty.groups[0], agent_id=row.agent_id)
        for duty in problem.duties
        for row in worked
        if random.random() < 0.3
    ]
    return Roster(assignments=tuple(worked), duties=tuple(turns))


@pytest.mark.parametrize("seed", range(30))
def test_offered_time_is_that_of_shifts_less_duties(seed: int) -> None:
    random = Random(f"offered {seed}")
    problem = random_problem(random, 4, 5, 3)
    instance, roster = Instance(problem), drawn(random, problem)
    offered = instance.offered(roster)
    eve = problem.horizon.start - timedelta(days=1)
    # The night before the horizon counts; no duty of a drawn problem runs past midnight.
    night = tuple(row for row in problem.history if row.date == eve)
    roster = roster.model_copy(update={"assignments": (*night, *roster.assignments)})
    horizon, per_day = problem.horizon, problem.horizon.intervals_per_day
    minutes, units = horizon.interval_minutes, instance.quantities.time_units
    for place, person in enumerate(problem.agents):
        for slot in range(instance.slots):
            expected = 0
            for day, date in enumerate((eve, *horizon.dates), start=-1):
                shift = next(
                    (s for s in problem.shifts if s.code == roster.shift_of(person.agent_id, date)),
                    None,
                )
                if shift is None:
                    continue
                window = Span(
                    (slot - day * per_day) * minutes, (slot - day * per_day + 1) * minutes
                )
                inside = shift.overlap(window) * shift.presence / minutes
                expected += int(inside * units)
                for turn in roster.turns_of(person.agent_id):
                    duty = next(duty for duty in problem.duties if duty.name == turn.duty)
                    if turn.date == date and window.overlap(duty.window):
                        both = Span(
                            max(window.start, duty.window.start), min(window.end, duty.window.end)
                        )
                        taken = shift.overlap(both) * shift.presence / minutes
                        expected -= (
                            int(taken * duty.share.as_integer_ratio()[0] * units)
                            // (duty.share.as_integer_ratio()[1])
                        )
            assert offered[place, slot] == expected
    assert offered.shape == (len(problem.agents), instance.slots)
    assert np.issubdtype(offered.dtype, np.int64)

"""What heads alone do not tell: a full roster that misses its target, a short one that meets it."""

from __future__ import annotations

from desks import MONDAY, desk_problem, everybody, forecast

import csshift
from csshift.instance import Instance
from csshift.model.people import Agent
from csshift.model.roster import Roster
from csshift.model.skills import Skill
from csshift.problem import Problem

HOURS = range(8, 20)


def shortage(problem: Problem, roster: Roster) -> float:
    return csshift.check(problem, roster).shortage_percent


def test_slow_agents_fill_the_heads_and_miss_the_mean_reply() -> None:
    """Twice as many agents of half the pace are as many heads; every reply takes twice as long."""
    skill = Skill(name="pre-sale", channel="chat", reply_seconds=12, mean_response_seconds=20)
    fast = desk_problem(8, skill, forecast=forecast(60, "pre-sale", hours=HOURS))
    agents = tuple(Agent(agent_id=f"B{i}", skills={"pre-sale": "0.5"}) for i in range(16))
    slow = Problem(**{**{name: getattr(fast, name) for name in Problem.model_fields},
                      "agents": agents})  # fmt: skip
    assert shortage(fast, everybody(fast)) == shortage(slow, everybody(slow)) == 0
    assert csshift.simulate(fast, everybody(fast), replications=3).verdict("pre-sale") == "met"
    outcome = csshift.simulate(slow, everybody(slow), replications=3)
    assert outcome.verdict("pre-sale") == "missed"
    (row,) = outcome.rows()
    assert row.reply_seconds is not None
    assert row.reply_seconds.mean > 24


def test_two_queues_that_help_each_other_meet_their_targets_a_little_short() -> None:
    """Whole agents are asked for in each queue; those who serve both need fewer in all."""
    skill = Skill(name="hotline", handle_seconds=240, service_level=0.8, answer_within_seconds=20)
    calls = (*forecast(60, hours=HOURS), *forecast(60, hours=HOURS, store="S2"))
    apart = desk_problem(1, skill, forecast=calls).with_(pools="separate")
    needed = Instance(apart).demand.heads
    per_hour = int(needed.reshape(len(HOURS), 2).sum(axis=1)[0] / 100)
    assert per_hour == 14
    problem = desk_problem(per_hour - 1, skill, forecast=calls).with_(pools="separate")
    short = shortage(problem, everybody(problem))
    assert 2 < short < 8
    outcome = csshift.simulate(problem, everybody(problem), replications=4)
    assert outcome.verdict("hotline") == "met"


def test_two_percent_short_on_the_whole_and_the_target_met() -> None:
    skill = Skill(name="hotline", handle_seconds=240, service_level=0.8, answer_within_seconds=20)
    full = desk_problem(7, skill, forecast=forecast(60, hours=HOURS))
    busy = forecast(75, hours=range(14, 16))  # two busier hours, which take eight
    cells = tuple(cell for cell in full.forecast if cell.start not in (840, 900))
    problem = desk_problem(7, skill, forecast=(*cells, *busy))
    assert 1 < shortage(problem, everybody(problem)) < 3
    outcome = csshift.simulate(problem, everybody(problem), replications=10)
    assert outcome.verdict("hotline") == "met"


def test_an_uneven_spread_of_the_same_hours_misses_the_target_where_it_matters() -> None:
    skill = Skill(name="hotline", handle_seconds=240, service_level=0.8, answer_within_seconds=20)
    problem = desk_problem(5, skill, forecast=forecast(75, hours=HOURS))
    outcome = csshift.simulate(problem, everybody(problem), replications=3)
    assert outcome.verdict("hotline") == "missed"
    rows = outcome.rows(("skill", "start"))
    assert [row.start for row in rows] == [60 * hour for hour in HOURS]
    assert rows[-1].backlog.mean > rows[0].backlog.mean
    assert all(row.date is None and row.store is None for row in rows)


def test_chats_on_a_peak_day_are_slower_with_more_sessions_at_once() -> None:
    usual = Skill(name="pre-sale", channel="chat", sessions_at_once=3, mean_response_seconds=None)
    peak = usual.model_copy(
        update={
            "overrides": (csshift.SkillOverride(dates=(MONDAY,), sessions_at_once=7),),
        }
    )
    found = []
    for skill in (usual, peak):
        problem = desk_problem(4, skill, forecast=forecast(70, "pre-sale", hours=HOURS))
        (row,) = csshift.simulate(problem, everybody(problem), replications=3).rows()
        found.append(row)
    few, many = found
    assert few.reply_seconds is not None
    assert many.reply_seconds is not None
    # With three at once they queue for a place; with seven nobody does, and each waits longer.
    assert few.backlog.mean > 5 * many.backlog.mean
    assert many.service is not None
    assert few.service is not None
    assert many.service.mean > few.service.mean

"""Stores that are one queue: which they are, what is given apart, and what is said of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import MONDAY, agent, cell, shift, small

import csshift
from csshift.demand.heads import heads_for
from csshift.errors import InputError
from csshift.instance import Instance
from csshift.instance.fairness import needed_on
from csshift.model.demand import ForecastCell
from csshift.model.skills import Skill
from csshift.problem import Problem

CHAT = Skill(name="pre-sale", channel="chat", shrinkage=0.1)


def inquiries(
    amount: float, store: str = "S1", start: int = 600, skill: str = "pre-sale", day: int = 0
) -> ForecastCell:
    date = MONDAY.fromordinal(MONDAY.toordinal() + day)
    return ForecastCell(date=date, start=start, store=store, skill=skill, inquiries=amount)


def shop(*forecast: ForecastCell, **parts: object) -> Problem:
    usual = {"requirements": (), "skills": (CHAT,), "forecast": forecast}
    return small(**{**usual, **parts})


def cells(problem: Problem) -> dict[tuple[str, int], tuple[int, float]]:
    """Return hundredths of heads and inquiries by queue and start."""
    demand = Instance(problem).demand
    return {
        (demand.stores[store], 60 * start): (heads, amount)
        for store, start, heads, amount in zip(
            demand.store.tolist(),
            demand.interval.tolist(),
            demand.heads.tolist(),
            demand.inquiries.tolist(),
            strict=True,
        )
    }


def heads_of(amount: float) -> int:
    return int(heads_for(CHAT, np.array([amount]), 60).heads[0] * 100 + 1e-7)


def test_stores_with_the_same_agents_are_staffed_together() -> None:
    both = shop(inquiries(10), inquiries(15, "S2"))
    assert cells(both) == {("S1|S2", 600): (heads_of(25), 25)}
    apart = both.with_(pools="separate")
    assert cells(apart) == {("S1", 600): (heads_of(10), 10), ("S2", 600): (heads_of(15), 15)}
    assert heads_of(25) < heads_of(10) + heads_of(15)


def test_stores_of_other_agents_are_not() -> None:
    agents = (agent("a", stores=("S1",)), agent("b", stores=("S2",)))
    apart = shop(inquiries(10), inquiries(15, "S2"), agents=agents)
    assert set(cells(apart)) == {("S1", 600), ("S2", 600)}
    assert not Instance(apart).notes


def test_each_skill_has_its_own_queues() -> None:
    """Who may serve a store matters only for the skills that he has."""
    agents = (agent("a"), agent("b", skills={"after-sale": 1}, stores=("S1",)), agent("c"))
    chats = (CHAT, CHAT.model_copy(update={"name": "after-sale"}))
    rows = [inquiries(5, store, skill=s.name) for store in ("S1", "S2") for s in chats]
    problem = shop(*rows, agents=agents, skills=chats)
    queues = Instance(problem).pools.queue
    assert queues["S1", "pre-sale"] == ("S1", "S2")
    assert queues["S1", "after-sale"] == ("S1",)


def test_a_store_whose_heads_are_given_stands_alone_then() -> None:
    rows = [inquiries(8, store, start) for store in ("S1", "S2", "S3") for start in (600, 660)]
    problem = shop(*rows, requirements=(cell("10:00", "1.5", "S2"),))
    assert cells(problem) == {
        ("S1|S3", 600): (heads_of(16), 16),
        ("S2", 600): (150, 8),
        ("S1|S2|S3", 660): (heads_of(24), 24),
    }
    given = shop(*rows[:1], *rows[2:3], requirements=(cell("10:00", 0, "S1"),))
    assert cells(given) == {("S2", 600): (heads_of(8), 8)}


def test_requirements_are_never_pooled() -> None:
    problem = small(requirements=(cell("10:00", 1), cell("10:00", 1, "S2")))
    assert set(cells(problem)) == {("S1", 600), ("S2", 600)}


def test_heads_of_stores_that_share_most_of_their_agents_are_found_together() -> None:
    """One new agent who serves one store only does not triple the heads of a shop."""
    agents = (agent("a"), agent("b"), agent("c", stores=("S1",)))
    rows = (inquiries(0.2), inquiries(0.3, "S2"))
    found = cells(shop(*rows, agents=agents))
    assert {queue for queue, _ in found} == {"S1", "S2"}
    assert abs(sum(heads for heads, _ in found.values()) - heads_of(0.5)) <= 1
    assert found["S1", 600][0] / found["S2", 600][0] == pytest.approx(2 / 3, abs=0.02)


def test_stores_that_share_few_agents_are_staffed_apart_and_a_note_says_so() -> None:
    agents = (agent("a"), agent("b", stores=("S1",)), agent("c", stores=("S2",)))
    problem = shop(inquiries(0.2), inquiries(0.3, "S2"), agents=agents)
    assert cells(problem) == {("S1", 600): (111, 0.2), ("S2", 600): (111, 0.3)}
    (note,) = Instance(problem).notes
    assert (note.code, note.stores, note.skills) == (
        "queues-staffed-apart",
        ("S1", "S2"),
        ("pre-sale",),
    )


def test_groups_are_pooled_whoever_serves_their_stores() -> None:
    agents = (agent("a", stores=("S1",)), agent("b", stores=("S1", "S2", "S3")))
    rows = (inquiries(5), inquiries(5, "S2"), inquiries(5, "S3"))
    problem = shop(*rows, agents=agents, pools=(("S2", "S1"),))
    assert set(cells(problem)) == {("S1|S2", 600), ("S3", 600)}
    instance = Instance(problem)
    assert [instance.efficiency(one, "S1|S2", "pre-sale") for one in agents] == [1, 1]
    assert [instance.efficiency(one, "S3", "pre-sale") for one in agents] == [0, 1]
    (note,) = instance.notes
    assert (note.code, note.agents) == ("pool-partly-served", ("a",))


@pytest.mark.parametrize("group", [("S1",), ("S1", "S4")])
def test_a_group_that_changes_nothing_is_a_note(group: tuple[str, ...]) -> None:
    problem = shop(inquiries(5), inquiries(5, "S2"), pools=(group,), stores=("S4",))
    codes = [note.code for note in Instance(problem).notes]
    assert codes == ["stores-unasked", "pool-without-effect"]


@pytest.mark.parametrize(
    ("pools", "problem", "remedy"),
    [
        ((("S1", "S22"),), "unknown store", "S2"),
        ((("S1", "S2"), ("S2",)), "duplicate store", "one of them"),
        ((("S1", "S1"),), "duplicate store", "one of them"),
    ],
)
def test_faults_of_groups(pools: object, problem: str, remedy: str) -> None:
    with pytest.raises(InputError) as caught:
        shop(inquiries(5), inquiries(5, "S2"), pools=pools)
    (fault,) = caught.value.faults
    assert fault.table == "pools"
    assert problem in fault.problem
    assert remedy in fault.remedy


@given(st.lists(st.floats(0, 60), min_size=1, max_size=4))
def test_a_pool_of_one_store_changes_nothing(amounts: list[float]) -> None:
    rows = [inquiries(amount, start=60 * hour) for hour, amount in enumerate(amounts)]
    found = [cells(shop(*rows, pools=pools)) for pools in ("auto", "separate", (("S1",),))]
    assert found[0] == found[1] == found[2]


@given(st.lists(st.floats(0.1, 30), min_size=2, max_size=4))
def test_a_pool_asks_for_what_one_large_store_does(amounts: list[float]) -> None:
    pooled = cells(shop(*(inquiries(amount, f"S{i}") for i, amount in enumerate(amounts))))
    large = cells(shop(inquiries(sum(amounts))))
    assert [heads for heads, _ in pooled.values()] == [heads for heads, _ in large.values()]


def solved(problem: Problem) -> csshift.Result:
    return csshift.solve(problem, time_limit=60, workers=1)


def test_a_pool_goes_through_solve_files_check_and_simulation(tmp_path: Path) -> None:
    rows = [inquiries(4, store, 60 * hour) for store in ("S1", "S2") for hour in range(8, 16)]
    problem = shop(*rows)
    result = solved(problem)
    assert result.roster is not None
    queues = {(row.store, row.skill) for row in result.roster.allocation}
    assert queues == {("S1|S2", "pre-sale")}
    csshift.write_result(result, problem, tmp_path / "out")
    facts = json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))
    assert facts["inquiries"] == 64
    from csshift.io.results import read_result

    _, roster = read_result(problem, tmp_path / "out")
    assert roster is not None
    score = csshift.check(problem, roster)
    assert (score.objective, score.violations) == (result.objective, ())
    outcome = csshift.simulate(problem, roster, replications=2)
    assert {row.store for row in outcome.rows(("store",))} == {"S1", "S2"}


def test_a_plan_that_names_the_stores_of_a_pool_is_told_the_queue() -> None:
    problem = shop(inquiries(4), inquiries(4, "S2"))
    result = solved(problem)
    assert result.roster is not None
    alone = [replace(row, store="S1") for row in result.roster.allocation]
    score = csshift.check(problem, result.roster.model_copy(update={"allocation": tuple(alone)}))
    assert any("the queue is S1|S2" in violation.text for violation in score.violations)


def test_a_copy_with_other_pools_keeps_nothing_of_the_old_ones() -> None:
    problem = shop(inquiries(4), inquiries(4, "S2"))
    assert set(cells(problem)) == {("S1|S2", 600)}
    assert set(cells(problem.with_(pools="separate"))) == {("S1", 600), ("S2", 600)}


def test_work_with_a_deadline_is_pooled_with_its_backlog() -> None:
    refund = Skill(name="refund", channel="deferrable", handle_seconds=600, backlog=12)
    agents = (agent("a", skills={"refund": 1}), agent("b", skills={"refund": 1}))
    rows = (inquiries(6, skill="refund"), inquiries(6, "S2", skill="refund"))
    problem = shop(*rows, agents=agents, skills=(refund,), shifts=(shift("D", "08:00-16:00"),))
    result = solved(problem)
    assert result.score is not None
    (work,) = result.score.deferred
    assert (work.store, work.backlog, work.arrivals) == ("S1|S2", 12, 12)
    assert work.done + work.left == pytest.approx(24)
    assert result.score.inquiries == result.score.unserved_inquiries == 0
    rows_of = csshift.simulate(problem, result.roster, replications=2).rows(("store",))
    assert {row.store for row in rows_of} == {"S1", "S2"}


def test_who_is_needed_is_found_whatever_queues_come_before() -> None:
    """The queue S1|S2 stands between S1 and S2; c serves S3 alone, and only its hour is his."""
    stores = ("S1", "S2", "S3")
    problem = shop(
        *(inquiries(10, store, 600 if store == "S3" else 900) for store in stores),
        stores=stores,
        agents=(agent("a"), agent("b", stores=("S1", "S2")), agent("c", stores=("S3",))),
        shifts=(shift("D", "09:00-13:00"), shift("L", "14:00-18:00")),
        horizon={"start": MONDAY, "days": 1},
    )
    assert needed_on(Instance(problem))[:, 0].tolist() == [
        [True, True],
        [False, True],
        [True, False],
    ]

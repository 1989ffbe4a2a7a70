"""Rates that past days suggest: compared fairly, shrunk by how little is known."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csshift.learning.proposals import propose
from csshift.learning.shrinkage import shrink_ratios
from csshift.model.reception import ProposedRate, ReceptionDay

FIRST = date(2026, 1, 1)


def row(agent: str, day: int = 0, **figures: Any) -> ReceptionDay:
    return ReceptionDay(date=FIRST + timedelta(days=day), agent_id=agent, **figures)


def drawn(rates: list[float], days: int, seed: int = 0, hours: float = 8) -> list[ReceptionDay]:
    """Return days on which agents receive customers at their own rates, some days busier."""
    random = np.random.default_rng(seed)
    busy = random.uniform(5, 25, days)
    return [
        row(f"a{i}", day, received=float(random.poisson(rate * busy[day] * hours)), hours=hours)
        for day in range(days)
        for i, rate in enumerate(rates)
    ]


def by_agent(rates: list[ProposedRate]) -> dict[str, ProposedRate]:
    return {rate.agent_id: rate for rate in rates}


def test_what_is_proposed_comes_near_the_truth_and_its_interval_holds_it() -> None:
    rates = [0.7, 0.9, 1.0, 1.1, 1.3]
    held = 0
    for seed in range(20):
        found = by_agent(propose(drawn(rates, 60, seed)))
        for i, rate in enumerate(rates):
            assert found[f"a{i}"].proposed == pytest.approx(rate, abs=0.05)
            held += found[f"a{i}"].low <= rate <= found[f"a{i}"].high
    assert held >= 0.88 * 100


def test_few_days_are_drawn_to_the_mean_more_than_many() -> None:
    rows = drawn([1.3, 1, 1, 0.8, 1.1, 0.9], 40)
    few = by_agent(propose([entry for entry in rows if entry.agent_id != "a0"]
                           + [entry for entry in rows if entry.agent_id == "a0"][:2]))  # fmt: skip
    many = by_agent(propose(rows))
    assert few["a0"].days == 2
    assert many["a0"].days == 40
    assert few["a0"].weight < many["a0"].weight
    assert few["a0"].high - few["a0"].low > 2 * (many["a0"].high - many["a0"].low)


def test_busy_days_favour_nobody() -> None:
    days = [(0, "a", 10), (0, "b", 10), (1, "b", 500), (1, "c", 500)]
    rows = [row(agent, day, received=count, hours=8) for day, agent, count in days]
    assert {rate.proposed for rate in propose(rows)} == {1.0}


def test_the_shrunken_error_is_smaller_than_that_of_the_ratios() -> None:
    raw = shrunk = 0.0
    for seed in range(30):
        random = np.random.default_rng(seed)
        truth = random.normal(1, 0.1, 20)
        expected = np.full(60, 12.0)
        person = np.repeat(np.arange(20), 3)
        counts = random.poisson(truth[person] * expected).astype(float)
        found = shrink_ratios(counts, expected, person)
        raw += float(np.sum((found.observed - truth) ** 2))
        shrunk += float(np.sum((found.shrunken - truth) ** 2))
    assert shrunk < 0.7 * raw


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 200), st.floats(0.5, 200)),
        min_size=1,
        max_size=30,
    )
)
def test_what_is_shrunk_lies_between_the_ratio_and_the_others(
    drawn_rows: list[tuple[int, int, float]],
) -> None:
    names = sorted({person for person, _, _ in drawn_rows})
    person = np.array([names.index(p) for p, _, _ in drawn_rows])
    counts = np.array([float(c) for _, c, _ in drawn_rows])
    found = shrink_ratios(counts, np.array([e for _, _, e in drawn_rows]), person)
    least, most = found.observed.min(), found.observed.max()
    assert np.all(found.shrunken >= least - 1e-9)
    assert np.all(found.shrunken <= most + 1e-9)
    assert np.all((found.weight >= 0) & (found.weight <= 1))
    assert np.all(found.low <= found.shrunken)
    assert np.all(found.shrunken <= found.high)
    assert np.all(found.low >= 0)


def test_alike_agents_are_proposed_alike() -> None:
    rows = [row(a, day, received=20, hours=8) for a in "abc" for day in range(10)]
    assert {(rate.proposed, rate.weight) for rate in propose(rows)} == {(1.0, 0.0)}


def test_without_hours_days_are_compared() -> None:
    rows = [row(a, d, received=c) for d in range(30) for a, c in (("a", 300), ("b", 100))]
    found = by_agent(propose(rows))
    assert found["a"].basis == "received a day"
    assert found["a"].observed == 1.5
    assert found["a"].proposed > 1.3


def test_stores_and_skills_are_kept_apart() -> None:
    rows = [
        row(agent, day, store=store, skill=skill, received=count, hours=8)
        for day in range(20)
        for agent, store, skill, count in [
            ("a", "S1", "pre-sale", 80), ("b", "S1", "pre-sale", 80),
            ("c", "S2", "pre-sale", 20), ("d", "S2", "pre-sale", 20),
            ("a", "S1", "after-sale", 30), ("b", "S1", "after-sale", 10),
        ]
    ]  # fmt: skip
    found = {(rate.agent_id, rate.skill): rate.observed for rate in propose(rows)}
    assert {found[a, "pre-sale"] for a in "abcd"} == {1.0}
    assert found["a", "after-sale"] == 1.5


def test_reminders_are_judged_by_who_paid() -> None:
    rows = [
        row(agent, day, reminded=40, reminded_paid=paid)
        for day in range(60)
        for agent, paid in (("a", 20), ("b", 10), ("c", 15))
    ]
    found = by_agent(propose(rows, current={("a", "payment-reminder"): Decimal("1.2")}))
    assert {rate.skill for rate in found.values()} == {"payment-reminder"}
    assert found["a"].proposed == pytest.approx(1.33, abs=0.05)
    assert found["b"].high < 1 < found["a"].low
    assert found["a"].current == 1.2
    assert found["b"].current is None


def test_only_the_last_days_count_and_lonely_agents_get_no_proposal() -> None:
    old = [row(a, 0, received=c, hours=8) for a, c in (("a", 900), ("b", 1))]
    new = [row(a, 70, received=50, hours=8) for a in "ab"]
    alone = [row("z", 71, received=50, hours=8)]
    found = by_agent(propose([*old, *new, *alone]))
    assert set(found) == {"a", "b"}
    assert found["a"].observed == 1
    assert by_agent(propose([*old, *new, *alone], last_days=100))["a"].observed > 1.5
    assert propose([]) == []

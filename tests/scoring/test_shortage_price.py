"""What a missing head costs: in proportion to the inquiries that it stands for."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import MONDAY, agent, cell, shift, small

import csshift
from csshift.compile import compile_problem
from csshift.demand.heads import full_load
from csshift.instance import Instance
from csshift.instance.requirements import PRICE_PARTS
from csshift.model.demand import ForecastCell
from csshift.model.roster import Assignment, Roster
from csshift.model.skills import Skill
from csshift.problem import Problem

CHAT = Skill(name="pre-sale", channel="chat", shrinkage=0.1)
ONLY_SHORTAGE = {"surplus": 0, "deep_shortage": 0}


def asked(amount: float, start: int = 600, skill: str = "pre-sale") -> ForecastCell:
    return ForecastCell(date=MONDAY, start=start, store="S1", skill=skill, inquiries=amount)


def shop(*forecast: ForecastCell, **parts: object) -> Problem:
    return small(
        **{"requirements": (), "skills": (CHAT,), "forecast": forecast, "weights": ONLY_SHORTAGE}
        | parts
    )


def price(problem: Problem) -> list[int]:
    prices: list[int] = Instance(problem).demand.price.tolist()
    return prices


@pytest.mark.parametrize(
    ("skill", "load"),
    [
        (CHAT, 23.8 * 0.9),  # sessions an hour with four at once, computed for the domain
        (Skill(name="hotline", handle_seconds=240, max_occupancy=0.8), 15),
        (Skill(name="refund", channel="deferrable", handle_seconds=300, shrinkage=0.25), 9),
    ],
)
def test_a_fully_used_head(skill: Skill, load: float) -> None:
    assert full_load(skill, 60) == pytest.approx(load, rel=0.05)
    assert full_load(skill, 15) == pytest.approx(full_load(skill, 60) / 4)


def test_a_head_for_a_tenth_of_an_inquiry_costs_a_hundredth_of_a_busy_one() -> None:
    heads = Instance(shop(asked(0.1))).demand.heads[0] / 100
    expected = 0.1 / heads / full_load(CHAT, 60) * PRICE_PARTS
    (found,) = price(shop(asked(0.1)))
    assert found == round(expected)
    assert 2 <= found <= 10
    (busy,) = price(shop(asked(2_000)))
    assert busy > 900
    assert price(shop(asked(1e-9))) == [1]


def test_a_cell_busier_than_its_heads_can_be_has_the_full_price_and_no_more() -> None:
    """Callers who give up leave fewer heads than all their work would take."""
    calls = Skill(name="hotline", handle_seconds=300, patience_seconds=20, service_level=0.2)
    problem = shop(asked(400, skill="hotline"), skills=(calls,))
    demand = Instance(problem).demand
    assert 400 / (demand.heads[0] / 100) > full_load(calls, 60)
    assert price(problem) == [PRICE_PARTS]


def test_given_heads_and_shortage_by_heads_have_the_full_price() -> None:
    given = shop(asked(0.1), requirements=(cell("10:00", 1), cell("11:00", "0.5")))
    assert price(given) == [PRICE_PARTS, PRICE_PARTS]
    assert Instance(given).demand.inquiries.tolist() == [0.1, 0]
    by_heads = shop(asked(0.1), weights=ONLY_SHORTAGE | {"shortage_by": "heads"})
    assert price(by_heads) == [PRICE_PARTS]
    assert csshift.check(by_heads, Roster()).objective == pytest.approx(1110)


def test_work_with_a_deadline_costs_its_occupancy() -> None:
    refund = Skill(
        name="refund", channel="deferrable", handle_seconds=300, shrinkage=0.2, max_occupancy=0.85
    )
    agents = (agent("a", skills={"refund": 1}),)
    found = price(shop(asked(9, skill="refund"), skills=(refund,), agents=agents))
    assert set(found) == {850}


def test_inquiries_that_nobody_can_take() -> None:
    problem = shop(asked(20), asked(5, 660))
    nobody = csshift.check(problem, Roster())
    assert (nobody.inquiries, nobody.unserved_inquiries) == (25, 25)
    there = Roster(assignments=(Assignment(agent_id="a", date=MONDAY, shift="D"),))
    score = csshift.check(problem, there)
    part = sum(
        cell.inquiries * float(cell.shortage) / float(cell.required) for cell in score.coverage
    )
    assert 0 < score.unserved_inquiries == pytest.approx(part)
    assert score.unserved_inquiries < 25
    both = Roster(
        assignments=tuple(Assignment(agent_id=i, date=MONDAY, shift="D") for i in ("a", "b"))
    )
    assert csshift.check(problem, both).unserved_inquiries < score.unserved_inquiries


def test_inquiries_that_a_bot_answers_do_not_count() -> None:
    bot = CHAT.model_copy(update={"bot_share": 0.5})
    score = csshift.check(shop(asked(40), skills=(bot,)), Roster())
    assert (score.inquiries, score.unserved_inquiries) == (20, 20)


@given(st.floats(1e-6, 500), st.sampled_from(["inquiries", "heads"]))
def test_the_price_is_between_a_thousandth_and_the_full_one(amount: float, by: str) -> None:
    problem = shop(asked(amount), weights=ONLY_SHORTAGE | {"shortage_by": by})
    demand = Instance(problem).demand
    (found,) = demand.price.tolist()
    ratio = amount / (int(demand.heads[0]) / 100) / full_load(CHAT, 60)
    assert found == PRICE_PARTS if by == "heads" else abs(found / PRICE_PARTS - ratio) <= 0.001
    busy = 0.0 if by == "heads" else found / PRICE_PARTS
    cost = csshift.check(problem, Roster()).objective
    expected = 1000 * demand.heads[0] / 100 * (busy + (1 - busy) * found / PRICE_PARTS)
    assert cost == pytest.approx(expected, abs=1)
    prices = Instance(problem).shortage_prices
    assert np.all(np.diff(prices.shortage, axis=0) >= 0)
    assert np.all(np.diff(prices.deep, axis=0) >= 0)
    assert prices.upper.min() >= 0
    assert prices.upper.sum() == Instance(problem).quantities.heads(demand.heads).sum()


@pytest.mark.parametrize("share", ["0.25", "0.9"])
def test_the_last_heads_cost_the_full_price_and_deep_ones_their_surcharge(share: str) -> None:
    """Inquiries keep the heads busy for a fifth of the time: deep from before that, or after."""
    calls = Skill(name="hotline", handle_seconds=600, max_occupancy=1, shrinkage=0)
    weights = ONLY_SHORTAGE | {"deep_shortage": 100, "deep_shortage_share": share}
    problem = shop(asked(2, skill="hotline"), skills=(calls,), weights=weights)
    demand = Instance(problem).demand
    heads, found = demand.heads[0] / 100, int(demand.price[0]) / PRICE_PARTS
    assert 0.1 < found < 0.3
    score = csshift.check(problem, Roster())
    flat, full = 1000 * heads * (1 - found) * found, 1000 * heads * found
    surcharge = 100 * heads * found * (1 - float(share))
    assert score.objective == pytest.approx(flat + full + surcharge, rel=1e-3)


@pytest.mark.parametrize("by", ["inquiries", "heads"])
def test_nobody_shares_an_hour_while_another_stays_empty(by: str) -> None:
    """Two heads for a quiet hour: the first one takes all inquiries, the second saves waiting."""
    problem = shop(
        *(asked(3, hour, skill) for hour in (600, 1200) for skill in ("pre-sale", "after-sale")),
        skills=(CHAT, CHAT.model_copy(update={"name": "after-sale"})),
        agents=tuple(agent(i, skills={"pre-sale": 1, "after-sale": 1}) for i in "ab"),
        shifts=(shift("D", "09:00-13:00"), shift("L", "19:00-23:00")),
        horizon={"start": MONDAY, "days": 1},
        weights=ONLY_SHORTAGE | {"shortage_by": by},
    )
    together, apart = (
        csshift.check(
            problem,
            Roster(
                assignments=tuple(
                    Assignment(agent_id=i, date=MONDAY, shift=code)
                    for i, code in zip("ab", codes, strict=True)
                )
            ),
        ).objective
        for codes in ("LL", "DL")
    )
    gain = together - apart
    assert gain > 100 if by == "inquiries" else gain < 1
    result = csshift.solve(problem, time_limit=10, workers=1)
    assert result.status == "optimal"
    if by == "inquiries":
        assert result.roster is not None
        assert {entry.shift for entry in result.roster.assignments} == {"D", "L"}


@pytest.mark.parametrize("amounts", [(0.2, 12.0, 4.0), (30.0, 0.1, 0.4), (1.0, 1.0, 25.0)])
@pytest.mark.parametrize("by", ["inquiries", "heads"])
def test_the_best_of_all_rosters_is_found(amounts: tuple[float, ...], by: str) -> None:
    """Every roster of two agents and three short shifts, judged by the checker."""
    shifts = tuple(
        shift(code, f"{8 + 4 * i:02d}:00-{12 + 4 * i:02d}:00") for i, code in enumerate("EML")
    )
    forecast = [asked(amount, 60 * (9 + 4 * i)) for i, amount in enumerate(amounts)]
    problem = shop(
        *forecast,
        shifts=shifts,
        horizon={"start": MONDAY, "days": 1},
        weights={"shortage_by": by, "surplus": "0.5"},
    )
    costs = []
    for codes in product((None, "E", "M", "L"), repeat=2):
        chosen = tuple(
            Assignment(agent_id=name, date=MONDAY, shift=code)
            for name, code in zip("ab", codes, strict=True)
            if code
        )
        costs.append(csshift.check(problem, Roster(assignments=chosen)).objective)
    result = csshift.solve(problem, time_limit=10, workers=1)
    assert result.status == "optimal"
    assert result.objective == pytest.approx(min(costs))


def test_prices_are_refused_where_no_integer_holds_them() -> None:
    """The finest price and the sum of all: refused by name, as other weights are."""
    problem = shop(asked(0.1), asked(5, 660), weights={"shortage": "0.001", "duty_unfilled": 10**6})
    assert compile_problem(Instance(problem)).program.scale > 0

"""Random small shops: they can be drawn again, and are judged as the guide says."""

from __future__ import annotations

import pytest

import csshift
from benchmarks.shops.command import main
from benchmarks.shops.generator import DAYS, WEEK, random_shop
from benchmarks.shops.judging import Measured, connected, enough_hours, excess, measure, present
from csshift.instance import Instance
from csshift.model.roster import Assignment, Roster

SEEDS = range(40)


def test_a_seed_is_a_shop() -> None:
    assert random_shop(5) == random_shop(5)
    assert random_shop(5) != random_shop(6)


def test_shops_are_of_every_kind() -> None:
    shops = [random_shop(seed) for seed in SEEDS]
    assert {len(shop.skills) for shop in shops} == {1, 2, 3}
    assert {len(shop.known_stores) for shop in shops} == set(range(1, 7))
    assert min(len(shop.agents) for shop in shops) == 3
    assert max(len(shop.agents) for shop in shops) == 15
    assert {len(shop.shifts) for shop in shops} == {3, 4}
    apart = [shop for shop in shops if any(len(connected(shop, s.name)) > 1 for s in shop.skills)]
    assert 0 < len(apart) < len(shops)
    asked = [float(Instance(shop).demand.heads.sum()) / 100 for shop in shops]
    within = [heads <= 1.2 * WEEK * len(s.agents) for heads, s in zip(asked, shops, strict=True)]
    assert sum(within) > len(shops) / 2


@pytest.mark.parametrize("seed", [2, 28])
def test_no_more_heads_than_a_tenth_above_the_least(seed: int) -> None:
    assert excess(random_shop(seed), replications=3) <= 0.1


def test_a_store_staffed_alone_asks_for_more_than_the_least() -> None:
    """What the measure is for: stores apart take more heads than their pool."""
    shop = random_shop(28)
    assert len(shop.known_stores) == 6
    assert excess(shop.with_(pools="separate"), replications=3) > 1


def test_present_counts_inquiries_in_hours_with_somebody_there() -> None:
    shop = random_shop(2)
    assert present(Instance(shop), Roster()) == 0
    everybody = Roster(
        assignments=tuple(
            Assignment(agent_id=agent.agent_id, date=date, shift=code)
            for date in shop.horizon.dates
            for agent, code in zip(shop.agents, ("E", "M", "L"), strict=True)
        )
    )
    assert len(shop.horizon.dates) == DAYS
    assert present(Instance(shop), everybody) == 1
    assert not enough_hours(Instance(shop.with_(agents=shop.agents[:1])))


def test_a_shop_is_as_it_should_be_or_not() -> None:
    good = Measured(3, 1, 1, 100, 0.02, 0, 0.99, allowed=True, reply={"pre-sale": "met (...)"})
    assert good.good
    for change in ({"excess": 0.2}, {"present": 0.9}, {"reply": {"pre-sale": "missed (...)"}}):
        assert not Measured(**{**vars(good), **change}).good
    assert Measured(**{**vars(good), "present": 0.5, "allowed": False}).good
    missed = {"reply": {"pre-sale": "missed (...)"}, "noted": frozenset(("pre-sale",))}
    assert Measured(**{**vars(good), **missed}).good


@pytest.mark.slow
def test_a_shop_is_solved_and_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    measured = measure(random_shop(28), time_limit=20, replications=4)
    assert isinstance(measured.reply["hotline"], str)
    assert measured.good
    assert main(["--shops", "1", "--seed", "2", "--time-limit", "20"]) == 0
    assert "1 of 1 shops" in capsys.readouterr().out


def test_scenarios_keep_the_first_objective() -> None:
    from benchmarks.scenarios import with_first_objective

    shop = random_shop(28)
    before = with_first_objective(shop)
    assert (before.pools, before.weights.shortage_by) == ("separate", "heads")
    assert before.weights.wish_points == 4
    own = shop.with_(weights=csshift.Weights(wish_minutes=6))
    assert with_first_objective(own).weights.wish_points == 100
    assert isinstance(before, csshift.Problem)
    assert set(Instance(before).demand.price.tolist()) == {1000}

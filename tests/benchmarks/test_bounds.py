"""Bounds beside those of other solvers: shops that can be drawn again, and who is ahead."""

from __future__ import annotations

import pytest

from benchmarks.bounds import Found, Shop, ahead, draw, main, solve_by_rival


def test_a_seed_is_a_shop() -> None:
    shops = [draw(seed) for seed in range(6)]
    assert [shop.problem for shop in shops] == [draw(seed).problem for seed in range(6)]
    assert {len(shop.problem.duties) for shop in shops} == {0, 1}
    for shop in shops:
        assert 3 <= len(shop.problem.agents) <= 40
        assert 7 <= shop.problem.horizon.days <= 28
        assert shop.required_hours > 0


def test_who_is_ahead() -> None:
    ours = Found(100.0, 90.0, 1.0)
    assert not ahead(ours, {"other": Found(100.0, 90.0, 1.0)})
    assert not ahead(ours, {"other": Found(None, None, 1.0)})
    assert ahead(ours, {"other": Found(99.0, 80.0, 1.0)}) == ["other roster 1.01%"]
    assert ahead(ours, {"other": Found(120.0, 99.0, 1.0)}) == ["other bound 10.00%"]
    assert ahead(Found(None, None, 1.0), {"other": Found(1.0, 1.0, 1.0)}) == [
        "other roster",
        "other bound",
    ]


def test_the_gap_is_in_per_cent_of_the_hours_required() -> None:
    shop = Shop("", draw(2).problem, required_hours=200.0, price=1000.0)
    assert Found(5000.0, 3000.0, 1.0).unexplained(shop) == 1.0
    assert Found(5000.0, 5001.0, 1.0).unexplained(shop) == 0.0
    assert Found(None, 5001.0, 1.0).unexplained(shop) is None


def test_rivals_have_whole_people() -> None:
    optimum = 12163.0  # proven by csshift; the relaxation costs a quarter less
    found = solve_by_rival("scip")(draw(2), 5.0, 1)
    assert found.objective is None or found.objective > optimum - 0.1
    assert found.bound is None or found.bound < optimum + 0.1


@pytest.mark.slow
def test_a_small_shop_beside_scip(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["--shops", "1", "--seed", "2", "--time-limit", "30"]
    assert main([*wanted, "--method", "csshift", "--method", "scip"]) == 0
    assert "behind in 0 of 1 shops" in capsys.readouterr().out

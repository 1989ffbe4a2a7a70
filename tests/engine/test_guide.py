"""A guide near to the incumbent: optimal for the relaxation, and no further away than needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

import csshift.engine.guide as guiding
import csshift.engine.relax as relaxing
from csshift.engine.blocks import Blocks
from csshift.engine.control import Control
from csshift.engine.guide import ODD, PAUSE, Guide, NearGuide
from csshift.engine.incumbent import Incumbent
from csshift.engine.relax import Relaxation, relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Program


def guided(program: Program, seed: int) -> tuple[NearGuide, Incumbent]:
    structure, control = Structure(program), Control(60.0)
    blocks = Blocks(structure)
    start = feasible_decisions(np.random.default_rng(seed), program)
    assert start is not None
    incumbent = Incumbent(program, control)
    assert incumbent.offer(blocks.plan(start, control), "start")
    piece = structure.cutter.whole()
    found = relax(piece, control, 60.0)
    assert found is not None
    fixed = program.lower.copy()
    fixed[piece.columns] = 0
    constant = program.objective(fixed)
    incumbent.raise_bound(found.bound + constant, "relaxation")
    return NearGuide(structure, piece, found, incumbent, control, constant, 1.0), incumbent


def away(program: Program, guide: Guide, incumbent: Incumbent) -> np.ndarray:
    """How far each decision of the guide is from the incumbent's."""
    assert guide.values is not None
    assert incumbent.values is not None
    decided = (program.upper - program.lower == 1) & (program.column_agent != NOBODY)
    return np.asarray(np.abs(guide.values - incumbent.values)[decided])


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_it_comes_nearer_at_little_cost(
    seed: int, first_order: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(seed)
    program = random_program(random, random_recipe(random, owners=4, efficiencies=(1, 3)))
    guide, incumbent = guided(program, seed)
    if first_order:
        monkeypatch.setattr(relaxing, "STARTED_ENTRIES", 0)
    before = away(program, guide, incumbent).sum()
    renewed = guide.renew(random)
    assert renewed == bool(np.any(away(program, guide, incumbent) > ODD))
    assert away(program, guide, incumbent).sum() <= before + 0.05
    assert guide.values is not None
    assert incumbent.objective is not None
    cost = float(program.cost @ guide.values) + program.offset
    assert cost <= incumbent.objective * (1 + 1e-3) + 1e-3


def differing(seed: int) -> tuple[NearGuide, Incumbent, np.random.Generator]:
    """A guide that finds values other than the incumbent's."""
    for number in range(seed, seed + 20):
        random = np.random.default_rng(number)
        guide, incumbent = guided(random_program(random, random_recipe(random, owners=4)), number)
        if guide.renew(random):
            return guide, incumbent, random
    pytest.fail("no program whose relaxation differs from its incumbent")


def test_each_thread_has_a_guide_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    guide, _ = guided(random_program(random, random_recipe(random, owners=4)), 1)
    other = guide.of_thread(1)
    assert guide.of_thread(0) is guide
    assert guide.of_thread(1) is other
    prices: list[np.ndarray] = []

    def remember(*given: object, **named: object) -> None:
        prices.append(np.asarray(named["cost"]))

    monkeypatch.setattr(guiding, "relax", remember)
    assert isinstance(other, NearGuide)
    other.renew(random)
    assert not prices  # it rests until a guide was useful
    guide.renew(random)
    guide._record.useful, guide._record.until = True, 0.0
    other.renew(random)
    decided = guide._decided
    distances = [np.abs(price - guide._piece.cost)[decided] for price in prices]
    assert np.unique(distances[0]).size == 1
    assert np.unique(distances[1]).size > 1


def test_values_that_led_to_their_end_are_given_up() -> None:
    guide, _, random = differing(1)
    guide.judge(5.0, 1.0, exhausted=False)
    assert guide.values is not None
    guide.judge(5.0, 1.0, exhausted=True)
    assert guide.values is None
    guide._record.until = 0.0
    guide.renew(random)
    assert guide.values is not None


def test_values_that_took_long_are_used_while_they_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    guide, _, random = differing(1)
    clock, calls = [10.0], []
    monkeypatch.setattr(Control, "elapsed", property(lambda _: clock[0]))
    monkeypatch.setattr(guiding, "relax", lambda *_, **__: calls.append(1))
    guide._using = True
    guide._began, guide._ready, guide._stepped = 0.0, 8.0, 8.0  # they took 8 seconds
    for gain in (5.0, 4.0, 1.0):
        guide.judge(gain, 1.0, exhausted=False)
        assert guide.renew(random) == (gain > 2.0)
        clock[0] += 2.0


@pytest.mark.parametrize(
    ("gain", "usual", "pauses"), [(0.0, 0.0, True), (8.0, 5.0, True), (12.0, 5.0, False)]
)
def test_it_pauses_after_gaining_less_than_usual(
    gain: float, usual: float, pauses: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide, _, random = differing(1)
    clock, calls = [2.0], []
    monkeypatch.setattr(Control, "elapsed", property(lambda _: clock[0]))
    monkeypatch.setattr(guiding, "relax", lambda *_, **__: calls.append(1))
    guide._began = guide._ready = guide._stepped = 0.0
    guide.judge(gain, usual, exhausted=False)  # in two seconds
    for clock[0] in (2.0 + 1.9 * PAUSE, 2.0 + 2.1 * PAUSE):
        guide.renew(random)
    assert len(calls) == (1 if pauses else 2)


def test_after_values_of_no_use_the_distance_is_weighed_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prices: list[np.ndarray] = []

    def remember(*given: object, **named: object) -> None:
        prices.append(np.asarray(named["cost"]))

    random = np.random.default_rng(1)
    guide, _ = guided(random_program(random, random_recipe(random, owners=4)), 1)
    monkeypatch.setattr(guiding, "relax", remember)
    monkeypatch.setattr(guiding, "PAUSE", 0.0)
    guide._record.pause = 0.0
    for _ in range(3):
        assert not guide.renew(random)
    assert not np.array_equal(prices[0], prices[1])
    assert not np.array_equal(prices[1], prices[2])


def test_it_asks_for_more_precision_only_after_values_of_no_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guide, incumbent, random = differing(1)
    asked: list[float] = []
    monkeypatch.setattr(guiding, "LEAST_TOLERANCE", 0.0)
    monkeypatch.setattr(guiding, "MOST_TOLERANCE", 1.0)
    monkeypatch.setattr(guiding, "relax", lambda *given, **_: asked.append(given[3]))
    guide.judge(50.0, 1.0, exhausted=True)  # of use
    for _ in range(5):
        guide._using, guide._record.until = False, 0.0
        assert not guide.renew(random)
    assert incumbent.gap is not None
    parts = np.array(asked) / incumbent.gap
    assert parts == pytest.approx([0.1, 0.05, 0.025, 0.0125, 0.0125])


@pytest.mark.parametrize("answered", [False, True])
def test_it_takes_more_time_while_values_do_not_converge(
    answered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide, _, random = differing(1)
    limits: list[float] = []

    def hasty(*given: object, **named: object) -> Relaxation | None:
        limits.append(float(given[2]))  # type: ignore[arg-type]
        found = relax(*given, **named)  # type: ignore[arg-type]
        return None if found is None or not answered else replace(found, converged=len(limits) > 3)

    monkeypatch.setattr(guiding, "relax", hasty)
    for _ in range(5):
        guide._using, guide._record.until = False, 0.0
        guide.renew(random)
    relative = np.array(limits) / limits[0]
    assert relative == pytest.approx([1, 2, 4, 4, 1] if answered else [1, 2, 4, 4, 4])


def test_values_that_are_given_stay() -> None:
    assert not Guide(np.zeros(3)).renew(np.random.default_rng(0))

"""A proximity reference: optimal for the relaxation, and no further away than needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import feasible_decisions, random_program, random_recipe

import csshift.engine.lns.reference as reference_module
from csshift.engine.benders.recourse import RecourseBlocks
from csshift.engine.budget import Budget
from csshift.engine.incumbent import Incumbent
from csshift.engine.lns.reference import ProximityReference, Reference
from csshift.engine.params import ReferenceParams
from csshift.engine.relaxation_params import RelaxationParams
from csshift.engine.solvers.lp import Relaxation, relax
from csshift.engine.structure import Structure
from csshift.program import NOBODY, Program

PARAMS, RELAXATION = ReferenceParams(), RelaxationParams()


def with_reference(
    program: Program,
    seed: int,
    params: ReferenceParams = PARAMS,
    relaxation_params: RelaxationParams = RELAXATION,
) -> tuple[ProximityReference, Incumbent]:
    structure, budget = Structure(program), Budget(60.0)
    blocks = RecourseBlocks(structure)
    start = feasible_decisions(np.random.default_rng(seed), program)
    assert start is not None
    incumbent = Incumbent(program, budget)
    assert incumbent.offer(blocks.complete(start, budget), "start")
    subproblem = structure.full()
    found = relax(subproblem, budget, 60.0)
    assert found is not None
    fixed = program.lower.copy()
    fixed[subproblem.column_ids] = 0
    constant = program.objective(fixed)
    incumbent.raise_bound(found.bound + constant, "relaxation")
    reference = ProximityReference(
        structure, subproblem, found, incumbent, 1.0, params, relaxation_params
    )
    return reference, incumbent


def away(program: Program, reference: Reference, incumbent: Incumbent) -> np.ndarray:
    """How far each decision of the reference is from the incumbent's."""
    assert reference.values is not None
    assert incumbent.values is not None
    decided = (program.upper - program.lower == 1) & (program.column_agent != NOBODY)
    return np.asarray(np.abs(reference.values - incumbent.values)[decided])


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_it_comes_nearer_at_little_cost(
    seed: int, first_order: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, random_recipe(rng, agents=4, efficiencies=(1, 3)))
    entries = 0 if first_order else RELAXATION.warm_simplex_entries
    relaxation_params = RelaxationParams(warm_simplex_entries=entries)
    reference, incumbent = with_reference(program, seed, relaxation_params=relaxation_params)
    before = away(program, reference, incumbent).sum()
    renewed = reference.renew(rng)
    assert renewed == bool(np.any(away(program, reference, incumbent) > PARAMS.deviation))
    assert away(program, reference, incumbent).sum() <= before + 0.05
    assert reference.values is not None
    assert incumbent.objective is not None
    cost = float(program.cost @ reference.values) + program.offset
    assert cost <= incumbent.objective * (1 + 1e-3) + 1e-3


def differing(
    seed: int, params: ReferenceParams = PARAMS
) -> tuple[ProximityReference, Incumbent, np.random.Generator]:
    """A reference that finds values other than the incumbent's."""
    for number in range(seed, seed + 20):
        rng = np.random.default_rng(number)
        reference, incumbent = with_reference(
            random_program(rng, random_recipe(rng, agents=4)), number, params
        )
        if reference.renew(rng):
            return reference, incumbent, rng
    pytest.fail("no program whose relaxation differs from its incumbent")


def test_each_thread_has_a_reference_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    reference, _ = with_reference(random_program(rng, random_recipe(rng, agents=4)), 1)
    other = reference.for_thread(1)
    assert reference.for_thread(0) is reference
    assert reference.for_thread(1) is other
    prices: list[np.ndarray] = []

    def remember(*given: object, **named: object) -> None:
        prices.append(np.asarray(named["cost"]))

    monkeypatch.setattr(reference_module, "relax", remember)
    assert isinstance(other, ProximityReference)
    other.renew(rng)
    assert not prices  # it rests until a reference was useful
    reference.renew(rng)
    reference._usefulness.useful, reference._usefulness.until = True, 0.0
    other.renew(rng)
    decided = reference._binary
    distances = [np.abs(price - reference._subproblem.cost)[decided] for price in prices]
    assert np.unique(distances[0]).size == 1
    assert np.unique(distances[1]).size > 1


def test_values_that_led_to_their_end_are_given_up() -> None:
    reference, _, rng = differing(1)
    reference.record(5.0, 1.0, exhausted=False)
    assert reference.values is not None
    reference.record(5.0, 1.0, exhausted=True)
    assert reference.values is None
    reference._usefulness.until = 0.0
    reference.renew(rng)
    assert reference.values is not None


def test_values_that_took_long_are_used_while_they_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    reference, _, rng = differing(1)
    clock, calls = [10.0], []
    monkeypatch.setattr(Budget, "elapsed", property(lambda _: clock[0]))
    monkeypatch.setattr(reference_module, "relax", lambda *_, **__: calls.append(1))
    reference._using = True
    reference._began, reference._ready, reference._stepped = 0.0, 8.0, 8.0  # they took 8 seconds
    for gain in (5.0, 4.0, 1.0):
        reference.record(gain, 1.0, exhausted=False)
        assert reference.renew(rng) == (gain > 2.0)
        clock[0] += 2.0


@pytest.mark.parametrize(
    ("gain", "usual", "pauses"), [(0.0, 0.0, True), (8.0, 5.0, True), (12.0, 5.0, False)]
)
def test_it_pauses_after_gaining_less_than_usual(
    gain: float, usual: float, pauses: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, _, rng = differing(1)
    clock, calls = [2.0], []
    monkeypatch.setattr(Budget, "elapsed", property(lambda _: clock[0]))
    monkeypatch.setattr(reference_module, "relax", lambda *_, **__: calls.append(1))
    reference._began = reference._ready = reference._stepped = 0.0
    reference.record(gain, usual, exhausted=False)  # in two seconds
    for clock[0] in (2.0 + 1.9 * PARAMS.pause, 2.0 + 2.1 * PARAMS.pause):
        reference.renew(rng)
    assert len(calls) == (1 if pauses else 2)


def test_after_values_of_no_use_the_distance_is_weighed_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prices: list[np.ndarray] = []

    def remember(*given: object, **named: object) -> None:
        prices.append(np.asarray(named["cost"]))

    rng = np.random.default_rng(1)
    program = random_program(rng, random_recipe(rng, agents=4))
    reference, _ = with_reference(program, 1, ReferenceParams(pause=0.0))
    monkeypatch.setattr(reference_module, "relax", remember)
    for _ in range(3):
        assert not reference.renew(rng)
    assert not np.array_equal(prices[0], prices[1])
    assert not np.array_equal(prices[1], prices[2])


def test_it_asks_for_more_precision_only_after_values_of_no_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reference, incumbent, rng = differing(1, ReferenceParams(tolerance_range=(0.0, 1.0)))
    asked: list[float] = []
    monkeypatch.setattr(reference_module, "relax", lambda *given, **_: asked.append(given[3]))
    reference.record(50.0, 1.0, exhausted=True)  # of use
    for _ in range(5):
        reference._using, reference._usefulness.until = False, 0.0
        assert not reference.renew(rng)
    assert incumbent.gap is not None
    parts = np.array(asked) / incumbent.gap
    assert parts == pytest.approx([0.1, 0.05, 0.025, 0.0125, 0.0125])


@pytest.mark.parametrize("answered", [False, True])
def test_it_takes_more_time_while_values_do_not_converge(
    answered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, _, rng = differing(1)
    limits: list[float] = []

    def hasty(*given: object, **named: object) -> Relaxation | None:
        limits.append(float(given[2]))  # type: ignore[arg-type]
        found = relax(*given, **named)  # type: ignore[arg-type]
        return None if found is None or not answered else replace(found, converged=len(limits) > 3)

    monkeypatch.setattr(reference_module, "relax", hasty)
    for _ in range(5):
        reference._using, reference._usefulness.until = False, 0.0
        reference.renew(rng)
    relative = np.array(limits) / limits[0]
    assert relative == pytest.approx([1, 2, 4, 4, 1] if answered else [1, 2, 4, 4, 4])


def test_values_that_are_given_stay() -> None:
    assert not Reference(np.zeros(3)).renew(np.random.default_rng(0))

"""Gomory cuts: no solution violates them, however badly the basis was inverted."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from programs import oracle
from test_aggregation_cuts import half_a_person, program_of

from csshift.engine.budget import Budget
from csshift.engine.cuts import gomory_cuts
from csshift.engine.cuts.cut_relaxation import CutRelaxation
from csshift.engine.cuts.gomory_cuts import LARGEST_IN_CUT, GomoryCuts
from csshift.engine.cuts.inequality import Inequality
from csshift.engine.relaxation_params import CutParams
from csshift.engine.solvers.incremental_lp import Basis
from csshift.engine.solvers.lp import Relaxation
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import Floats

EVERYTHING = CutParams(tableau_efficacy=-1e15)
"""Takes cuts that are not violated, too: they must be valid as well."""

Violation = tuple[float, int]


def bounds_of_cuts(
    seed: int, params: CutParams, noise: float = 0, factor: int = 1
) -> list[Violation]:
    """Return the least activity of each cut over all solutions, and its bound."""
    rng, program = np.random.default_rng(seed), program_of(seed, factor)
    full, found = Structure(program).full(), []
    growing, separator = CutRelaxation(full, Budget(60)), GomoryCuts(full, params)
    exact = gomory_cuts._Tableau.multipliers

    def noisy(tableau: gomory_cuts._Tableau, place: int) -> Floats:
        return exact(tableau, place) * (1 + noise * rng.normal(size=tableau.rows.size))

    with patch.object(gomory_cuts._Tableau, "multipliers", noisy):
        for _ in range(4):
            known, basis = growing.solve(60), growing.basis()
            if known is None or basis is None or not known.converged:
                break
            values = known.values + noise * rng.normal(size=known.values.size)
            cuts = separator.separate(growing.subproblem, values, basis)
            if cuts is None:
                break
            found += list(zip(cuts.matrix.toarray(), cuts.lower.tolist(), strict=True))
            growing.add(cuts)
    least = [(oracle(full, cost=row.astype(np.float64)).cost, lower) for row, lower in found]
    return [(cost, lower) for cost, lower in least if cost is not None]


def holds(least: float, lower: int) -> bool:
    return least >= lower - 1e-6 * abs(lower) - 1e-3


@pytest.mark.parametrize("noise", [0, 1e-6, 0.3])
@pytest.mark.parametrize("params", [CutParams(), EVERYTHING], ids=["violated", "all"])
def test_no_solution_violates_a_cut(noise: float, params: CutParams) -> None:
    seen = 0
    for seed in range(20):
        for least, lower in bounds_of_cuts(seed, params, noise):
            assert holds(least, lower), seed
            seen += 1
    assert seen


@pytest.mark.slow
def test_no_solution_violates_a_cut_of_many() -> None:
    for seed in range(1000, 1500):
        params = EVERYTHING if seed % 2 else CutParams()
        for least, lower in bounds_of_cuts(seed, params, 0.1 * (seed % 3)):
            assert holds(least, lower), seed


@pytest.mark.parametrize("factor", [3**12, 3**20, 3**30])
def test_extreme_coefficients_give_weaker_cuts_or_none(factor: int) -> None:
    for seed in range(10):
        for least, lower in bounds_of_cuts(seed, EVERYTHING, factor=factor):
            assert holds(least, lower), seed


def test_cuts_raise_the_bound_and_keep_the_optimum() -> None:
    raised = 0
    for seed in range(30):
        full = Structure(program_of(seed)).full()
        growing, separator = CutRelaxation(full, Budget(60)), GomoryCuts(full, CutParams())
        first = known = growing.solve(60)
        for _ in range(4):
            basis = growing.basis()
            if known is None or basis is None or not known.converged:
                break
            cuts = separator.separate(growing.subproblem, known.values, basis)
            if cuts is None:
                break
            growing.add(cuts)
            known = growing.solve(60)
        best = oracle(full).cost
        if first is not None and known is not None and best is not None:
            assert known.bound <= best + 1e-6 * abs(best)
            raised += known.bound > first.bound
    assert raised > 5


def relaxed(need: int) -> tuple[Subproblem, Relaxation, Basis]:
    """Return a small program, its relaxation, and the basis of that."""
    full = Structure(half_a_person(need)).full()
    growing = CutRelaxation(full, Budget(60))
    known, basis = growing.solve(60), growing.basis()
    assert known is not None
    assert basis is not None
    return full, known, basis


def test_a_decision_that_is_not_whole_is_cut_off() -> None:
    full, known, basis = relaxed(1)
    cuts = GomoryCuts(full, CutParams()).separate(full, known.values, basis)
    # One of two units is enough: half a person would do.
    assert cuts is not None
    assert (cuts.matrix @ known.values < cuts.lower).all()
    for whole in ([1, 0, 0], [0, 1, 0], [0, 0, 1]):
        assert (cuts.matrix @ np.array(whole) >= cuts.lower).all()


def test_whole_decisions_have_no_cut() -> None:
    full, known, basis = relaxed(2)
    assert GomoryCuts(full, CutParams()).separate(full, known.values, basis) is None


def test_nothing_is_rounded_once_time_is_up_or_where_there_are_too_many_rows() -> None:
    full, known, basis = relaxed(1)
    separator = GomoryCuts(full, CutParams())
    assert separator.separate(full, known.values, basis, lambda: True) is None
    few = GomoryCuts(full, CutParams(tableau_rows=1))
    assert few.separate(full, known.values, basis) is None


def test_a_singular_or_incomplete_basis_gives_no_cut() -> None:
    full = Structure(half_a_person(1)).full()
    separator, values = GomoryCuts(full, CutParams()), np.array([0.25, 0.25, 0.0])
    # Both shifts have the same entries.
    both = Basis(np.array([True, True, False]), np.array([False, False]))
    none = Basis(np.array([False, False, False]), np.array([False, False]))
    assert separator.separate(full, values, both) is None
    assert separator.separate(full, values, none) is None


def test_a_cut_has_no_entry_of_zero() -> None:
    """Aggregation cannot cancel a column that is not there."""
    large = np.array([2**40, -3, 2**39])
    cut = Inequality(np.arange(3), large, 2**39)
    small = cut.in_small_numbers(LARGEST_IN_CUT, np.zeros(3, np.int64), np.zeros(3, np.bool_))
    assert small is not None
    assert small.column.tolist() == [0, 2]
    assert small.plus(Inequality(np.array([0, 1]), np.array([-1, 1]), 0), 0) is not None


def test_numbers_beyond_64_bits_are_divided_not_wrapped() -> None:
    column = np.arange(3)
    large = np.array([2**59, -(2**58), 3])
    bound, at_upper = np.array([0, 2**20, 0]), np.array([False, True, False])
    small = Inequality(column, large, 2**59 - 5).in_small_numbers(LARGEST_IN_CUT, bound, at_upper)
    assert small is None or np.abs(small.amount).max() <= LARGEST_IN_CUT
    for values in ([1, 2**20, 2], [2**20, 2**20 - 3, 0], [2**19, 0, 7]):
        total = sum(int(a) * v for a, v in zip(large, values, strict=True))
        if small is not None and total >= 2**59 - 5:
            assert int(small.amount @ np.array(values)[small.column]) >= small.need

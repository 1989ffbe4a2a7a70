"""Flow cuts: no solution violates them, and what they prove is no more than true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from programs import optimum, oracle, paid, shifted, varied_program

from csshift.engine.budget import Budget
from csshift.engine.cuts.flow_cuts import FlowCuts
from csshift.engine.cuts.strengthening import Strengthening
from csshift.engine.incumbent import Incumbent
from csshift.engine.params import BendersParams, SearchParams
from csshift.engine.relaxation_params import CutParams
from csshift.engine.search import Search
from csshift.engine.solvers.lp import relax
from csshift.engine.structure import Structure
from csshift.engine.subproblem import Subproblem
from csshift.program import NOBODY, UNBOUNDED, Program


def narrow(rng: np.random.Generator, program: Program) -> Program:
    """Return the program with flows that are limited more than those who send them."""
    entries = np.diff(program.matrix.tocsc().indptr)
    flows = program.continuous & (entries > 1)
    most = rng.integers(1, 12, program.columns)
    return replace(program, upper=np.where(flows, np.minimum(program.upper, most), program.upper))


def program_of(seed: int) -> Program:
    rng = np.random.default_rng(seed)
    program = narrow(rng, varied_program(rng, seed))
    program = paid(rng, program) if seed % 5 == 0 else program
    return shifted(rng, program) if seed % 6 == 0 else program


def separator(program: Program, full: Subproblem) -> FlowCuts:
    agent = program.column_agent[full.column_ids]
    return FlowCuts(full, ~full.continuous & (agent != NOBODY))


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_no_solution_violates_a_cut(first: int) -> None:
    """The least activity of a cut over all solutions is no less than its bound."""
    seen = 0
    for seed in range(first, first + 10):
        rng, program = np.random.default_rng(seed), program_of(seed)
        full = Structure(program).full()
        cuts = separator(program, full).separate(rng.uniform(full.lower, full.upper), -1.0)
        if cuts is None:
            continue
        for row, lower in zip(cuts.matrix.toarray(), cuts.lower.tolist(), strict=True):
            least = oracle(full, cost=row.astype(np.float64)).cost
            assert least is None or least >= lower - 1e-6, seed
            seen += 1
    assert seen


def test_a_queue_that_needs_less_than_a_head_gets_no_more_from_each() -> None:
    """One person with 10 units of time, a queue that can take 4: f <= 10 z becomes f <= 4 z."""
    from scipy.sparse import csr_array

    program = Subproblem(
        matrix=csr_array(np.array([[10, -1, -1]], dtype=np.int64)),
        row_lower=np.array([0]),
        row_upper=np.array([UNBOUNDED]),
        lower=np.zeros(3, dtype=np.int64),
        upper=np.array([1, 4, 20]),
        cost=np.zeros(3, dtype=np.int64),
        continuous=np.array([False, True, True]),
        column_ids=np.arange(3),
        row_ids=np.arange(1),
    )
    cuts = FlowCuts(program, ~program.continuous).separate(np.array([0.4, 4.0, 0.0]), 0.1)
    assert cuts is not None
    assert cuts.matrix.toarray().tolist() == [[4, -1, 0]]
    assert cuts.lower.tolist() == [0]
    assert FlowCuts(program, ~program.continuous).separate(np.array([1.0, 4.0, 0.0]), 0.1) is None


def strengthened(seed: int) -> tuple[int | None, int, int] | None:
    """Return the optimum, and the bounds of the relaxation without and with cuts."""
    program = program_of(seed)
    structure = Structure(program)
    full, budget = structure.full(), Budget(60)
    found = relax(full, budget, 60)
    if found is None:
        return None
    constant = structure.constant(full)
    best, incumbent = optimum(program), Incumbent(program, budget)
    params = CutParams(worthwhile_gain=0.0, min_gain=0.0, few_cuts=0.0)
    strengthening = Strengthening(structure, full, found, incumbent, params)
    after = found.bound + constant
    for add in (strengthening.add_flow_cuts, strengthening.add_cuts_from_rows):
        added = add(60.0)
        if added is not None:
            # The same solutions, and the same optimum.
            assert optimum(added.program) == best
            again = Structure(added.program)
            after = max(after, added.relaxation.bound + again.constant(added.full))
    if incumbent.bound is not None:
        assert best is None or incumbent.bound <= best
    return best, found.bound + constant, after


def assert_honest(seeds: range) -> None:
    better = 0
    for seed in seeds:
        known = strengthened(seed)
        if known is not None:
            best, before, after = known
            assert best is None or before <= after <= best, seed
            better += after > before
    assert better


def test_a_strengthened_program_has_the_same_optimum() -> None:
    assert_honest(range(80))


@pytest.mark.slow
def test_a_strengthened_program_has_the_same_optimum_in_many() -> None:
    assert_honest(range(1000, 2500))


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 7, 8, 9, 10, 11])
def test_a_search_with_cuts_contradicts_no_optimum(seed: int) -> None:
    program = program_of(seed)
    best = optimum(program)
    for params in (SearchParams(), SearchParams(benders=BendersParams(max_columns=0))):
        found = Search(program, Budget(2, seed=1), params=params).run()
        assert best is None or found.objective is None or found.objective >= best
        assert best is None or found.bound is None or found.bound <= best


@pytest.mark.parametrize("factor", [1, 3**20, 3**30])
def test_extreme_coefficients_give_no_cut_rather_than_a_false_one(factor: int) -> None:
    for seed in range(1, 6):
        rng, program = np.random.default_rng(seed), program_of(seed)
        matrix = program.matrix.copy()
        matrix.data = matrix.data * factor
        bounded = np.abs(program.row_lower) < UNBOUNDED, np.abs(program.row_upper) < UNBOUNDED
        large = replace(
            program,
            matrix=matrix,
            row_lower=np.where(bounded[0], program.row_lower * factor, program.row_lower),
            row_upper=np.where(bounded[1], program.row_upper * factor, program.row_upper),
        )
        full = Structure(large).full()
        cuts = separator(large, full).separate(rng.uniform(full.lower, full.upper), -1.0)
        assert cuts is None or factor < 1 << 30

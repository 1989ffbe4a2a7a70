"""Subproblems solved exactly, or nearly so, against SciPy."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from programs import oracle, random_subproblem

from csshift.engine.budget import Budget
from csshift.engine.solvers.cpsat import Limits, solve_cpsat
from csshift.engine.solvers.scip import solve_scip
from csshift.engine.subproblem import Restrictor, Subproblem
from csshift.program import Builder

LIMITS = Limits(10.0)


def knapsacks(seed: int, columns: int = 200, rows: int = 40) -> Subproblem:
    """A subproblem that takes longer than a moment, all of whose costs are negative."""
    rng = np.random.default_rng(seed)
    base = random_subproblem(rng, rows, columns)
    base.matrix.data[:] = rng.integers(1, 50, base.matrix.nnz)
    return replace(
        base,
        row_lower=np.full(rows, -1),
        row_upper=np.full(rows, 900),
        lower=np.zeros(columns, dtype=np.int64),
        upper=np.ones(columns, dtype=np.int64),
        cost=-rng.integers(1, 60, columns),
    )


def holds(subproblem: Subproblem, values: np.ndarray) -> bool:
    activity = subproblem.matrix @ values
    rows = np.all((activity >= subproblem.row_lower) & (activity <= subproblem.row_upper))
    return bool(rows and np.all((values >= subproblem.lower) & (values <= subproblem.upper)))


@pytest.mark.parametrize("seed", range(36))
def test_the_optimum_is_scipy_s(seed: int) -> None:
    subproblem = random_subproblem(np.random.default_rng(seed), rows=1 + seed % 7)
    if seed % 3 == 0:
        subproblem = replace(
            subproblem, row_lower=subproblem.row_lower + 3
        )  # often contradicts the rest
    best = oracle(subproblem).cost
    found = solve_cpsat(subproblem, Budget(30), LIMITS, hint=subproblem.lower, seed=seed)
    if best is None:
        assert (found.status, found.values, found.bound) == ("infeasible", None, None)
        return
    assert found.status == "optimal"
    assert found.values is not None
    assert holds(subproblem, found.values)
    assert int(subproblem.cost @ found.values) == found.bound == round(best)


@pytest.mark.parametrize("seed", range(18))
def test_scip_s_optimum_is_the_same_but_no_proof(seed: int) -> None:
    subproblem = random_subproblem(np.random.default_rng(seed), rows=1 + seed % 7)
    if seed % 3 == 0:
        subproblem = replace(subproblem, row_lower=subproblem.row_lower + 3)
    best = oracle(subproblem).cost
    found = solve_scip(subproblem, Budget(30), LIMITS, hint=subproblem.lower, seed=seed)
    assert found.bound is None
    if best is None:
        assert (found.status, found.values) == ("infeasible", None)
        return
    assert found.status == "optimal"
    assert found.values is not None
    assert holds(subproblem, found.values)
    assert int(subproblem.cost @ found.values) == round(best)


@pytest.mark.parametrize("seconds", [1e-6, 1e-3, 0.05, 0.3])
def test_an_early_end_proves_nothing_that_is_not_so(seconds: float) -> None:
    """A solver stopped before it knows a bound reports 0, above every negative optimum."""
    subproblem = knapsacks(1)
    linear = oracle(subproblem, integer=False).cost
    assert linear is not None
    found = solve_cpsat(subproblem, Budget(30), Limits(seconds))
    if found.values is None:
        assert found.bound is None
        return
    cost = int(subproblem.cost @ found.values)
    assert found.bound is None or found.bound <= cost


def test_bounds_that_cross_are_infeasible() -> None:
    """As those of 2 x = 3 do, divided by 2 and rounded inwards."""
    builder = Builder()
    columns = builder.columns(1, family="f", upper=5)
    builder.rows([columns], 2, family="f", lower=3, upper=3)
    subproblem = Restrictor(builder.build()).full()
    assert solve_cpsat(subproblem, Budget(30), LIMITS).status == "infeasible"
    assert solve_scip(subproblem, Budget(30), LIMITS).status == "infeasible"


def test_numbers_that_the_solver_refuses_prove_nothing() -> None:
    subproblem = random_subproblem(np.random.default_rng(0), rows=1)
    subproblem.matrix.data[:] = 1 << 61
    subproblem = replace(subproblem, row_upper=np.array([1 << 59]))
    found = solve_cpsat(subproblem, Budget(30), LIMITS)
    assert (found.status, found.values, found.bound) == ("unknown", None, None)


@pytest.mark.parametrize("solve", [solve_cpsat, solve_scip])
def test_no_time_is_unknown(solve: object) -> None:
    subproblem = random_subproblem(np.random.default_rng(0))
    stopped = Budget(30)
    stopped.stop()
    for budget, effort in ((Budget(30), Limits(0.0)), (stopped, LIMITS), (Budget(0), LIMITS)):
        found = solve(subproblem, budget, effort)  # type: ignore[operator]
        assert (found.status, found.values, found.bound) == ("unknown", None, None)


@pytest.mark.parametrize("solve", [solve_cpsat, solve_scip])
def test_a_known_contradiction_is_infeasible(solve: object) -> None:
    subproblem = replace(random_subproblem(np.random.default_rng(0)), contradiction=2)
    assert solve(subproblem, Budget(30), LIMITS).status == "infeasible"  # type: ignore[operator]


@pytest.mark.parametrize(("low", "status"), [(0, "optimal"), (1, "infeasible")])
def test_without_columns_the_rows_decide(low: int, status: str) -> None:
    subproblem = random_subproblem(np.random.default_rng(0), rows=2)
    nothing = subproblem.matrix[:, :0]
    empty = np.empty(0, dtype=np.int64)
    bounds = {"row_lower": np.array([0, low]), "row_upper": np.array([0, 5])}
    subproblem = replace(
        subproblem, matrix=nothing, lower=empty, upper=empty, cost=empty, column_ids=empty, **bounds
    )
    found = solve_cpsat(subproblem, Budget(30), LIMITS)
    assert (found.status, found.bound) == (status, 0 if status == "optimal" else None)


def test_one_worker_with_a_deterministic_limit_repeats_itself() -> None:
    subproblem = knapsacks(2)
    effort = Limits(0.05)
    budget = Budget(60, reproducible=True)
    first, second = (solve_cpsat(subproblem, budget, effort, seed=3) for _ in range(2))
    assert first.status == second.status
    assert first.bound == second.bound
    assert first.values is not None
    assert second.values is not None
    assert first.values.tolist() == second.values.tolist()


@pytest.mark.parametrize("wait", [0.0, 0.5])
@pytest.mark.parametrize("solve", [solve_cpsat, solve_scip])
def test_a_stop_ends_a_solver(solve: Callable[..., object], wait: float) -> None:
    """SCIP went on to its own limit: Ctrl-C was obeyed after half a minute."""
    budget = Budget(600.0)
    threads = [
        threading.Thread(target=solve, args=(knapsacks(seed), budget, Limits(600.0)))
        for seed in (1, 2)
    ]
    for thread in threads:
        thread.start()
    time.sleep(wait)
    budget.stop()
    for thread in threads:
        thread.join(60.0)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")
@pytest.mark.parametrize("solve", [solve_cpsat, solve_scip])
def test_ctrl_c_is_left_to_python_while_a_solver_runs(solve: Callable[..., object]) -> None:
    """SCIP took it for itself: 600 agents went on for minutes after Ctrl-C."""
    received: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _: received.append(number))
    budget = Budget(30.0)
    threads = [
        threading.Thread(target=solve, args=(knapsacks(seed), budget, LIMITS)) for seed in (1, 2)
    ]
    try:
        for thread in threads:
            thread.start()
            time.sleep(0.4)
        running = all(thread.is_alive() for thread in threads)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
    finally:
        budget.stop()
        for thread in threads:
            thread.join()
        signal.signal(signal.SIGINT, previous)
    assert running
    assert received == [signal.SIGINT]

"""Pieces solved exactly, or nearly so, against SciPy."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from programs import oracle, random_piece

from csshift.engine.control import Control
from csshift.engine.exact import Effort, solve_piece
from csshift.engine.mixed import solve_mixed
from csshift.engine.piece import Cutter, Piece
from csshift.program import Builder

EFFORT = Effort(10.0)


def knapsacks(seed: int, columns: int = 200, rows: int = 40) -> Piece:
    """A piece that takes longer than a moment, all of whose costs are negative."""
    random = np.random.default_rng(seed)
    base = random_piece(random, rows, columns)
    base.matrix.data[:] = random.integers(1, 50, base.matrix.nnz)
    return replace(
        base,
        row_lower=np.full(rows, -1),
        row_upper=np.full(rows, 900),
        lower=np.zeros(columns, dtype=np.int64),
        upper=np.ones(columns, dtype=np.int64),
        cost=-random.integers(1, 60, columns),
    )


def holds(piece: Piece, values: np.ndarray) -> bool:
    activity = piece.matrix @ values
    rows = np.all((activity >= piece.row_lower) & (activity <= piece.row_upper))
    return bool(rows and np.all((values >= piece.lower) & (values <= piece.upper)))


@pytest.mark.parametrize("seed", range(36))
def test_the_optimum_is_scipy_s(seed: int) -> None:
    piece = random_piece(np.random.default_rng(seed), rows=1 + seed % 7)
    if seed % 3 == 0:
        piece = replace(piece, row_lower=piece.row_lower + 3)  # often contradicts the rest
    best = oracle(piece).cost
    found = solve_piece(piece, Control(30), EFFORT, hint=piece.lower, seed=seed)
    if best is None:
        assert (found.status, found.values, found.bound) == ("infeasible", None, None)
        return
    assert found.status == "optimal"
    assert found.values is not None
    assert holds(piece, found.values)
    assert int(piece.cost @ found.values) == found.bound == round(best)


@pytest.mark.parametrize("seed", range(18))
def test_scip_s_optimum_is_the_same_but_no_proof(seed: int) -> None:
    piece = random_piece(np.random.default_rng(seed), rows=1 + seed % 7)
    if seed % 3 == 0:
        piece = replace(piece, row_lower=piece.row_lower + 3)
    best = oracle(piece).cost
    found = solve_mixed(piece, Control(30), EFFORT, hint=piece.lower, seed=seed)
    assert found.bound is None
    if best is None:
        assert (found.status, found.values) == ("infeasible", None)
        return
    assert found.status == "optimal"
    assert found.values is not None
    assert holds(piece, found.values)
    assert int(piece.cost @ found.values) == round(best)


@pytest.mark.parametrize("seconds", [1e-6, 1e-3, 0.05, 0.3])
def test_an_early_end_proves_nothing_that_is_not_so(seconds: float) -> None:
    """A solver stopped before it knows a bound reports 0, above every negative optimum."""
    piece = knapsacks(1)
    linear = oracle(piece, whole=False).cost
    assert linear is not None
    told: list[int] = []
    found = solve_piece(piece, Control(30), Effort(seconds), on_bound=told.append)
    if found.values is None:
        assert found.bound is None
        return
    cost = int(piece.cost @ found.values)
    assert all(bound <= cost for bound in [*told, found.bound] if bound is not None)


def test_bounds_that_cross_are_infeasible() -> None:
    """As those of 2 x = 3 do, divided by 2 and rounded inwards."""
    builder = Builder()
    columns = builder.columns(1, family="f", upper=5)
    builder.rows([columns], 2, family="f", lower=3, upper=3)
    piece = Cutter(builder.build()).whole()
    assert solve_piece(piece, Control(30), EFFORT).status == "infeasible"
    assert solve_mixed(piece, Control(30), EFFORT).status == "infeasible"


def test_numbers_that_the_solver_refuses_prove_nothing() -> None:
    piece = random_piece(np.random.default_rng(0), rows=1)
    piece.matrix.data[:] = 1 << 61
    piece = replace(piece, row_upper=np.array([1 << 59]))
    found = solve_piece(piece, Control(30), EFFORT)
    assert (found.status, found.values, found.bound) == ("unknown", None, None)


@pytest.mark.parametrize("solve", [solve_piece, solve_mixed])
def test_no_time_is_unknown(solve: object) -> None:
    piece = random_piece(np.random.default_rng(0))
    stopped = Control(30)
    stopped.stop()
    for control, effort in ((Control(30), Effort(0.0)), (stopped, EFFORT), (Control(0), EFFORT)):
        found = solve(piece, control, effort)  # type: ignore[operator]
        assert (found.status, found.values, found.bound) == ("unknown", None, None)


@pytest.mark.parametrize("solve", [solve_piece, solve_mixed])
def test_a_known_contradiction_is_infeasible(solve: object) -> None:
    piece = replace(random_piece(np.random.default_rng(0)), contradiction=2)
    assert solve(piece, Control(30), EFFORT).status == "infeasible"  # type: ignore[operator]


@pytest.mark.parametrize(("low", "status"), [(0, "optimal"), (1, "infeasible")])
def test_without_columns_the_rows_decide(low: int, status: str) -> None:
    piece = random_piece(np.random.default_rng(0), rows=2)
    nothing = piece.matrix[:, :0]
    empty = np.empty(0, dtype=np.int64)
    bounds = {"row_lower": np.array([0, low]), "row_upper": np.array([0, 5])}
    piece = replace(
        piece, matrix=nothing, lower=empty, upper=empty, cost=empty, columns=empty, **bounds
    )
    found = solve_piece(piece, Control(30), EFFORT)
    assert (found.status, found.bound) == (status, 0 if status == "optimal" else None)


def test_news_come_while_it_runs() -> None:
    piece = random_piece(np.random.default_rng(5), rows=6, columns=12)
    found: list[np.ndarray] = []
    outcome = solve_piece(piece, Control(30), EFFORT, on_solution=found.append)
    assert outcome.values is not None
    assert found
    assert all(holds(piece, values) for values in found)
    assert int(piece.cost @ found[-1]) == int(piece.cost @ outcome.values)


def test_one_worker_with_a_deterministic_limit_repeats_itself() -> None:
    piece = knapsacks(2)
    effort = Effort(0.05)
    control = Control(60, reproducible=True)
    first, second = (solve_piece(piece, control, effort, seed=3) for _ in range(2))
    assert first.status == second.status
    assert first.bound == second.bound
    assert first.values is not None
    assert second.values is not None
    assert first.values.tolist() == second.values.tolist()


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")
@pytest.mark.parametrize("solve", [solve_piece, solve_mixed])
def test_ctrl_c_is_left_to_python_while_a_solver_runs(solve: Callable[..., object]) -> None:
    """SCIP took it for itself: 600 agents went on for minutes after Ctrl-C."""
    heard: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    control = Control(30.0)
    threads = [
        threading.Thread(target=solve, args=(knapsacks(seed), control, EFFORT)) for seed in (1, 2)
    ]
    try:
        for thread in threads:
            thread.start()
            time.sleep(0.4)
        running = all(thread.is_alive() for thread in threads)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
    finally:
        control.stop()
        for thread in threads:
            thread.join()
        signal.signal(signal.SIGINT, previous)
    assert running
    assert heard == [signal.SIGINT]

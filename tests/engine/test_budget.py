"""One budget, one switch."""

from __future__ import annotations

import threading
import time

import pytest

from csshift.engine.budget import Budget


def test_the_budget_counts_from_when_it_began() -> None:
    fresh = Budget(1000.0)
    assert 0 < fresh.left <= 1000
    assert not fresh.over
    begun = Budget(1000.0, started=time.monotonic() - 900)
    assert 899 < begun.elapsed < 999
    assert 1 < begun.left < 101
    late = Budget(5.0, started=time.monotonic() - 6)
    assert (late.left, late.over, late.stopped) == (0.0, True, False)
    assert Budget(0.0).over


@pytest.mark.parametrize(
    ("workers", "reproducible", "expected"), [(4, False, 4), (4, True, 1), (0, False, 1)]
)
def test_reproducible_means_one_worker(workers: int, reproducible: bool, expected: int) -> None:
    assert Budget(1, workers=workers, reproducible=reproducible).workers == expected


def test_stop_halts_all_that_runs_and_leaves_no_time() -> None:
    budget = Budget(1000.0)
    halted: list[str] = []
    with (
        budget.interrupting(lambda: halted.append("outer")),
        budget.interrupting(lambda: halted.append("inner")),
    ):
        assert halted == []
        budget.stop()
        assert sorted(halted) == ["inner", "outer"]
    assert (budget.left, budget.over, budget.stopped) == (0.0, True, True)


def test_what_has_ended_is_not_halted() -> None:
    budget = Budget(1000.0)
    halted: list[int] = []
    with budget.interrupting(lambda: halted.append(1)):
        pass
    with pytest.raises(KeyError), budget.interrupting(lambda: halted.append(2)):
        raise KeyError
    budget.stop()
    assert halted == []


def test_what_begins_after_the_stop_is_halted_at_once() -> None:
    budget = Budget(1000.0)
    budget.stop()
    halted: list[int] = []
    with budget.interrupting(lambda: halted.append(1)):
        assert halted == [1]


def test_waiting_ends_with_the_stop() -> None:
    budget = Budget(1000.0)
    threading.Timer(0.05, budget.stop).start()
    assert budget.wait(60.0)
    assert budget.stopped
    assert budget.wait(60.0)


def test_waiting_ends_with_the_time() -> None:
    assert not Budget(1000.0).wait(0.01)
    assert not Budget(0.0).wait(60.0)

"""What counts as better, and what as done."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csshift.engine.budget import Budget
from csshift.engine.incumbent import Event, Incumbent
from csshift.program import Builder, Program


def small(offset: int = 0) -> Program:
    """Two columns of 0 to 5 that cost 1 and 2, of which at least 3 are needed."""
    builder = Builder()
    columns = builder.columns(2, family="f", upper=5, cost=[1, 2])
    builder.rows([columns], 1, family="need", lower=3)
    builder.offset += offset
    return builder.build()


def values(*free: int) -> np.ndarray:
    return np.array([1, *free], dtype=np.int64)


def test_only_feasible_and_better_values_are_taken() -> None:
    received: list[Event] = []
    incumbent = Incumbent(small(10), Budget(9), on_event=received.append)
    assert not incumbent.offer(values(1, 1), "broken row")
    assert not incumbent.offer(values(6, 0), "outside")
    assert incumbent.objective is None
    first = values(1, 2)
    assert incumbent.offer(first, "first")
    assert incumbent.objective == 15
    assert not incumbent.offer(values(1, 2), "equal")
    assert not incumbent.offer(values(0, 3), "worse")
    assert incumbent.offer(values(3, 0), "better")
    assert not incumbent.offer(values(0, 0), "broken row, but cheaper")
    assert incumbent.objective == 13
    assert incumbent.values is not None
    assert incumbent.values.tolist() == [1, 3, 0]
    assert [(event.stage, event.objective) for event in received] == [
        ("first", 15),
        ("better", 13),
    ]
    assert incumbent.trace == received


def test_what_was_taken_does_not_follow_the_caller_s_array() -> None:
    incumbent = Incumbent(small(), Budget(9))
    mine = values(3, 0)
    incumbent.offer(mine, "a")
    mine[:] = 0
    assert incumbent.values is not None
    assert incumbent.values.tolist() == [1, 3, 0]


@given(bounds=st.lists(st.one_of(st.none(), st.integers(-20, 20)), max_size=12))
def test_the_bound_only_rises(bounds: list[int | None]) -> None:
    incumbent = Incumbent(small(), Budget(9))
    known: list[int] = []
    for bound in bounds:
        incumbent.raise_bound(bound, "b")
        known += [] if bound is None else [bound]
        assert incumbent.bound == max(known, default=None)
    bounds = [event.bound for event in incumbent.trace]
    assert bounds == sorted(set(known) & set(bounds))


@pytest.mark.parametrize(
    ("offset", "bound", "gap"),
    [
        (0, None, None),
        (0, 2, 1 / 3),
        (0, 3, 0.0),
        (0, 4, 0.0),
        (-3, -1, 1.0),
        (-3, 0, 0.0),
        (-13, -12, 0.2),
        (97, 90, 0.1),
    ],
)
def test_the_gap_is_a_share_of_the_objective(
    offset: int, bound: int | None, gap: float | None
) -> None:
    incumbent = Incumbent(small(offset), Budget(9), gap=0.25)
    assert incumbent.gap is None
    incumbent.raise_bound(bound, "b")
    assert incumbent.gap is None
    assert not incumbent.done
    incumbent.offer(values(3, 0), "v")
    assert incumbent.gap == (gap if gap is None else pytest.approx(gap))
    assert incumbent.proven == (gap == 0.0)
    assert incumbent.done == (gap is not None and gap <= 0.25)


def test_done_when_infeasible_stopped_or_out_of_time() -> None:
    budget = Budget(9)
    incumbent = Incumbent(small(), budget)
    assert not incumbent.done
    incumbent.infeasible = True
    assert incumbent.done
    incumbent.infeasible = False
    budget.stop()
    assert incumbent.done
    assert Incumbent(small(), Budget(0)).done


def test_equal_values_can_take_their_place() -> None:
    incumbent = Incumbent(small(), Budget(9))
    incumbent.offer(values(1, 2), "a")
    incumbent.move(values(3, 1))
    assert (incumbent.objective, incumbent.trace[-1].objective) == (5, 5)
    assert incumbent.values is not None
    assert incumbent.program.objective(incumbent.values) == incumbent.objective


def test_once_closed_it_takes_nothing() -> None:
    incumbent = Incumbent(small(), Budget(9))
    incumbent.offer(values(3, 2), "a")
    incumbent.raise_bound(1, "a")
    known = incumbent.values, incumbent.objective, incumbent.bound
    found = incumbent.close()
    assert (found.values, found.objective, found.bound) == known
    assert found.trace == tuple(incumbent.trace)
    assert not incumbent.offer(values(1, 2), "b")
    incumbent.move(values(1, 2))
    incumbent.raise_bound(2, "b")
    assert (incumbent.values, incumbent.objective, incumbent.bound) == known


def test_many_threads_leave_the_best() -> None:
    incumbent = Incumbent(small(), Budget(60))

    def offer(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(300):
            incumbent.offer(values(*rng.integers(0, 6, 2)), str(seed))
            incumbent.raise_bound(int(rng.integers(-9, 4)), str(seed))

    threads = [threading.Thread(target=offer, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (incumbent.objective, incumbent.bound, incumbent.proven) == (3, 3, True)
    objectives = [event.objective for event in incumbent.trace if event.objective is not None]
    assert objectives == sorted(objectives, reverse=True)

"""Work with a deadline: conserved, never early, in its window, late only without capacity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from csshift.demand.deferrable import (
    Hands,
    Progress,
    Work,
    collect_work,
    deadline_slots,
    work_off,
)
from csshift.demand.spreading import by_source, fill, place_work

SLOTS = 8
AMOUNTS = st.lists(
    st.sampled_from([0.0, 0.0, 0.25, 1.0, 2.5, 7.0]), min_size=SLOTS, max_size=SLOTS
).map(np.array)
OPEN = st.lists(st.booleans(), min_size=SLOTS, max_size=SLOTS).map(np.array)
BACKLOG = st.sampled_from([0.0, 3.0, 10.0])
DEADLINE = st.integers(1, SLOTS + 2)


def one(arrivals: np.ndarray, backlog: float, deadline: int) -> Work:
    return collect_work(arrivals, backlog, deadline)


def done_alone(work: Work, capacity: np.ndarray, window: np.ndarray) -> Progress:
    hands = Hands(fenced=capacity[None], idle=np.zeros((0, SLOTS)), rate=np.zeros((1, 0)))
    (progress,), _ = work_off([work], hands, window[None])
    return progress


def least_late(work: Work, capacity: np.ndarray, window: np.ndarray) -> float:
    """What any plan leaves late, by a linear program over (entry, slot in time)."""
    pairs = [
        (entry, slot)
        for entry in range(work.amount.size)
        for slot in range(int(work.arrives[entry]), min(int(work.due[entry]), SLOTS - 1) + 1)
        if window[slot]
    ]
    due = float(work.amount[work.due < SLOTS].sum())
    if not pairs:
        return due
    rows = np.zeros((work.amount.size + SLOTS, len(pairs)))
    for column, (entry, slot) in enumerate(pairs):
        rows[entry, column] = rows[work.amount.size + slot, column] = 1
    gain = [-1.0 if work.due[entry] < SLOTS else 0.0 for entry, _ in pairs]
    solved = linprog(gain, A_ub=rows, b_ub=np.concatenate([work.amount, capacity]))
    return due + float(solved.fun)


@given(AMOUNTS, BACKLOG, DEADLINE, AMOUNTS, OPEN)
@settings(max_examples=150)
def test_work_is_conserved_and_done_when_it_may_be(
    arrivals: np.ndarray, backlog: float, deadline: int, capacity: np.ndarray, window: np.ndarray
) -> None:
    work = one(arrivals, backlog, deadline)
    progress = done_alone(work, capacity, window)
    total = arrivals.sum() + backlog
    assert progress.done.sum() + progress.left[-1] == pytest.approx(total)
    assert np.all(progress.done >= 0)
    assert np.all(np.cumsum(progress.done) <= work.arrived(SLOTS) + 1e-6)
    assert np.all(progress.done[~window] == 0)
    assert np.all(progress.done <= capacity + 1e-9)
    # Nobody rests while there is something to do.
    able = window & (progress.left > 1e-6)
    assert progress.done[able] == pytest.approx(capacity[able])


@given(AMOUNTS, BACKLOG, DEADLINE, AMOUNTS, OPEN)
@settings(max_examples=150)
def test_work_is_late_only_where_every_plan_is(
    arrivals: np.ndarray, backlog: float, deadline: int, capacity: np.ndarray, window: np.ndarray
) -> None:
    """What is late is what arrives too much, or what late work before it has pushed out.

    Doing the oldest first leaves nothing late whenever some plan does, and never less than the
    best plan.
    """
    work = one(arrivals, backlog, deadline)
    late = done_alone(work, capacity, window).late.sum()
    least = least_late(work, capacity, window)
    assert late >= least - 1e-6
    if least <= 1e-9:
        assert late <= 1e-6


def test_the_oldest_comes_first_and_what_is_late_is_told_where_it_arrived() -> None:
    work = one(np.array([4.0, 0, 4, 0, 0, 0, 0, 0]), 0.0, 2)
    progress = done_alone(work, np.full(SLOTS, 1.5), np.ones(SLOTS, dtype=bool))
    assert progress.done.tolist() == [1.5, 1.5, 1.5, 1.5, 1.5, 0.5, 0, 0]
    # 1 of the first four is done in the third interval; of the others half a one in time, and
    # then another 1.5.
    assert progress.late.tolist() == [1.0, 0, 2.0, 0, 0, 0, 0, 0]
    assert progress.left.tolist() == [2.5, 1, 3.5, 2, 0.5, 0, 0, 0]


def test_what_waits_at_the_start_is_due_first_and_evenly() -> None:
    work = one(np.array([2.0, 0, 0, 0, 0, 0, 0, 0]), 4.0, 4)
    assert work.due.tolist() == [0, 1, 2, 3, 3]
    assert work.due_by(SLOTS).tolist() == [1, 2, 3, 6, 6, 6, 6, 6]
    assert work.arrived(SLOTS).tolist() == [6.0] * 8


def test_deadlines_are_at_least_the_interval_of_arrival() -> None:
    assert [deadline_slots(hours, 60) for hours in (0.2, 1, 1.9, 24)] == [1, 1, 1, 24]
    assert deadline_slots(2, 15) == 8


def test_idle_time_goes_to_the_earliest_deadline_and_to_those_who_can_do_least() -> None:
    works = [one(np.full(SLOTS, 1.0), 0.0, 6), one(np.full(SLOTS, 1.0), 0.0, 1)]
    idle = np.zeros((2, SLOTS))
    idle[:, 2] = [10.0, 5.0]
    # The first group may do both, the second only the urgent work.
    rate = np.array([[0.2, 0.0], [0.2, 0.2]])
    hands = Hands(fenced=np.zeros((2, SLOTS)), idle=idle, rate=rate)
    progress, used = work_off(works, hands, np.ones((2, SLOTS), dtype=bool))
    # The first work of the urgent queue, late by now, is the most urgent of all.
    assert progress[1].done[2] == pytest.approx(3.0)
    assert progress[0].done[2] == 0
    assert used[:, 2].tolist() == pytest.approx([0, 15])


@given(AMOUNTS, BACKLOG, DEADLINE, AMOUNTS, OPEN, st.integers(0, 1000), st.floats(0, 12))
@settings(max_examples=100)
def test_a_plan_keeps_within_its_corridor(
    arrivals: np.ndarray, backlog: float, deadline: int, background: np.ndarray,
    window: np.ndarray, seed: int, keep: float,
) -> None:  # fmt: skip
    capacity = np.random.default_rng(seed).uniform(0.5, 9, SLOTS)
    work = one(arrivals, backlog, deadline)
    planned = place_work(work, window, background, capacity, keep)
    assert np.all(planned >= -1e-9)
    assert np.all(planned[~window] == 0)
    assert np.all(np.cumsum(planned) <= work.arrived(SLOTS) + 1e-6)
    spans = zip(work.arrives, work.due, strict=True)
    reachable = np.array([window[a : d + 1].any() for a, d in spans], dtype=bool)
    must = np.zeros(SLOTS)
    for entry in np.flatnonzero(reachable & (work.due < SLOTS)):
        must[work.due[entry] :] += work.amount[entry]
    assert np.all(np.cumsum(planned) >= must - 1e-6)
    if window.any():
        last = int(np.flatnonzero(window)[-1])
        could = float(work.amount[work.arrives <= last].sum())
        assert planned.sum() >= min(could, work.amount.sum() - keep) - 1e-6


@given(AMOUNTS, DEADLINE, AMOUNTS, st.integers(0, 1000))
@settings(max_examples=30)
def test_no_plan_within_the_corridor_is_more_even(
    arrivals: np.ndarray, deadline: int, background: np.ndarray, seed: int
) -> None:
    capacity = np.random.default_rng(seed).uniform(0.5, 9, SLOTS)
    work = one(arrivals, 0.0, deadline)
    window = np.ones(SLOTS, dtype=bool)
    planned = place_work(work, window, background, capacity, 0.0)

    def cost(amounts: np.ndarray) -> float:
        return float(np.sum((background + amounts) ** 2 / capacity) / 2)

    upper, lower = work.arrived(SLOTS), work.due_by(SLOTS)
    lower[-1] = upper[-1]
    solved = minimize(
        cost,
        arrivals,
        jac=lambda amounts: (background + amounts) / capacity,
        bounds=[(0, None)] * SLOTS,
        constraints=[
            {"type": "ineq", "fun": lambda amounts: upper - np.cumsum(amounts)},
            {"type": "ineq", "fun": lambda amounts: np.cumsum(amounts) - lower},
        ],
        method="SLSQP",
    )
    assert cost(planned) <= solved.fun * (1 + 1e-5) + 1e-6


@given(st.floats(0, 50), AMOUNTS, st.integers(0, 1000))
def test_water_fills_the_lowest_first(amount: float, background: np.ndarray, seed: int) -> None:
    capacity = np.random.default_rng(seed).uniform(0.5, 9, SLOTS)
    filled = fill(amount, background, capacity)
    assert filled.sum() == pytest.approx(amount, abs=1e-9)
    height = (background + filled) / capacity
    wet = filled > 1e-9
    if wet.any():
        assert np.ptp(height[wet]) < 1e-6
        assert np.all(height[~wet] >= height[wet].min() - 1e-6)


def test_what_is_done_is_split_as_it_came() -> None:
    work = Work(np.array([0, 0, 1]), np.array([1, 1, 2]), np.array([1.0, 3.0, 2.0]))
    split = by_source(work, np.array([2.0, 1.0, 2.0]), np.array([0, 1, 0]), 2)
    assert split.tolist() == [[1.0, 0.0, 1.0], [1.0, 1.0, 1.0]]

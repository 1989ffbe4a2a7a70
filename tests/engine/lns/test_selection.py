"""Selection by what was gained."""

from __future__ import annotations

import numpy as np
import pytest

from csshift.engine.lns.selection import Arm, NeighbourhoodSize, select
from csshift.engine.params import LnsParams


def test_each_is_tried_once_before_any_is_chosen() -> None:
    arms = [Arm() for _ in range(3)]
    rng = np.random.default_rng(0)
    assert [select(arms, rng, 0.42) for _ in arms] == [0, 1, 2]


def test_the_arm_that_gains_is_selected_most_and_none_is_forgotten() -> None:
    arms = [Arm(tried=True) for _ in range(4)]
    arms[2].record(100.0, 1.0)
    rng = np.random.default_rng(0)
    counts = np.bincount([select(arms, rng, 0.42) for _ in range(4000)], minlength=4)
    assert counts.argmax() == 2
    floor = 0.42
    least = floor / 4 / (1 + 3 * floor / 4)
    assert counts.min() > 4000 * least * 0.8


def test_a_slow_arm_without_gain_has_a_part_of_the_time_not_of_the_turns() -> None:
    arms = [Arm(tried=True) for _ in range(4)]
    for arm, seconds in zip(arms, (0.5, 0.5, 0.5, 8.5), strict=True):
        arm.record(10.0 if arm is arms[0] else 0.0, seconds)
    rng = np.random.default_rng(0)
    counts = np.bincount([select(arms, rng, 0.4) for _ in range(20_000)], minlength=4)
    # Its steps take 3.4 times the mean: 0.1 / 3.4 against 1, 0.1 and 0.1.
    assert counts / 20_000 == pytest.approx(np.array([1, 0.1, 0.1, 0.1 / 3.4]) / 1.2294, abs=0.01)


def test_the_seconds_of_a_step_decay() -> None:
    arm = Arm()
    arm.record(0.0, 2.0)
    assert arm.seconds == pytest.approx(2.0)
    arm.record(0.0, 4.0)
    assert arm.seconds == pytest.approx(2.2)


def test_gains_count_by_the_second_and_decay() -> None:
    arm = Arm()
    arm.record(10.0, 2.0)
    assert arm.rate == pytest.approx(5.0)
    arm.record(0.0, 2.0)
    assert arm.rate == pytest.approx(4.5)


@pytest.mark.parametrize(
    ("seconds", "proved", "larger"),
    [(0.05, True, True), (0.4, True, False), (2.0, True, False), (0.1, False, False)],
)
def test_a_size_grows_where_there_is_time_left(seconds: float, proved: bool, larger: bool) -> None:
    size = NeighbourhoodSize(largest=40.0, value=4.0)
    size.adapt(seconds, 0.5, proved=proved, gained=True)
    assert (size.value > 4.0) == larger


def test_a_size_shrinks_most_where_nothing_came_of_it() -> None:
    some, nothing = (
        NeighbourhoodSize(largest=40.0, value=4.0),
        NeighbourhoodSize(largest=40.0, value=4.0),
    )
    some.adapt(1.0, 0.5, proved=False, gained=True)
    nothing.adapt(1.0, 0.5, proved=False, gained=False)
    assert nothing.value < some.value < 4.0


def test_a_size_keeps_its_limits() -> None:
    size = NeighbourhoodSize(largest=3.0)
    for _ in range(20):
        size.adapt(0.01, 1.0, proved=True, gained=False)
    assert size.value == 3.0
    for _ in range(50):
        size.adapt(0.01, 1.0, proved=False, gained=False)
    assert size.value == LnsParams().min_size

"""Turns of the improvement and of another stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from csshift.engine.generation_params import ColumnGenerationParams, WindowParams
from csshift.engine.incumbent import Incumbent
from csshift.engine.lns.alternation import Alternation
from csshift.engine.lns.improvement import LargeNeighbourhoodSearch


@dataclass
class Clock:
    """A budget whose time passes when somebody says so."""

    workers: int = 2
    elapsed: float = 0.0
    left: float = 100.0

    def spend(self, seconds: float) -> None:
        self.elapsed += seconds
        self.left -= seconds


@dataclass
class Known:
    """What is known of a roster: its objective alone."""

    budget: Clock = field(default_factory=Clock)
    objective: int = 10_000

    @property
    def done(self) -> bool:
        return self.budget.left <= 0


@dataclass
class Improving:
    """An improvement that gains so much in each turn."""

    known: Known
    gains: list[int]
    turns: list[float] = field(default_factory=list)

    def run(self, workers: int, until: float) -> None:
        assert workers == 2
        clock = self.known.budget
        self.turns.append(until - clock.elapsed)
        clock.spend(until - clock.elapsed)
        self.known.objective -= self.gains[min(len(self.turns), len(self.gains)) - 1]


def alternation(known: Known, improvement: Improving | None, **windows: Any) -> Alternation:
    params = ColumnGenerationParams(windows=WindowParams(min_seconds=5.0, **windows))
    return Alternation(
        cast("Incumbent", known), cast("LargeNeighbourhoodSearch | None", improvement), params
    )


def test_the_improvement_goes_first_until_it_gains_far_less() -> None:
    known = Known()
    improving = Improving(known, [1000, 500, 101, 99, 1000])
    alternation(known, improving, improvement_share=1.0, improvement_decline=0.1).improve()
    assert improving.turns == [5.0] * 4


def test_the_improvement_goes_first_for_a_share_of_the_time_at_most() -> None:
    known = Known()
    improving = Improving(known, [1000])
    alternation(known, improving, improvement_share=0.12).improve()
    assert improving.turns == [5.0, 5.0, pytest.approx(2.0)]


def test_an_improvement_without_gain_goes_first_only_once() -> None:
    known = Known()
    improving = Improving(known, [0])
    alternation(known, improving).improve()
    assert len(improving.turns) == 1


@pytest.mark.parametrize(("most", "longest"), [(None, 30.0), (4.0, 40.0), (2.0, 20.0)])
def test_turns_grow_with_what_the_improvement_gains(most: float | None, longest: float) -> None:
    known = Known()
    improving = Improving(known, [50, 400])

    def step() -> None:
        known.budget.spend(10.0)
        known.objective -= 50

    alternation(known, improving).run(step, most)
    # As long as the step at first, as both gain the same; then three times as long at most.
    assert improving.turns[:3] == pytest.approx([10.0, 10.0, longest])


def test_without_an_improvement_only_steps_are_taken() -> None:
    known = Known()
    turns = alternation(known, None)
    turns.improve()
    turns.run(lambda: known.budget.spend(30.0))
    assert known.budget.elapsed == pytest.approx(120.0)

"""A search beside the main thread."""

from __future__ import annotations

import threading

import pytest

from csshift.planner import waiting
from csshift.planner.waiting import run_beside


def test_what_the_work_returns_is_returned() -> None:
    assert run_beside(lambda: 5, lambda: None, lambda: False, lambda: 6) == 5


def test_what_the_work_raises_is_raised() -> None:
    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_beside(fail, lambda: None, lambda: False, lambda: 6)


def test_work_that_ends_late_but_in_time_is_waited_for() -> None:
    halted = threading.Event()
    halted.set()
    assert run_beside(lambda: 5, lambda: None, halted.is_set, lambda: 6) == 5


def test_work_that_does_not_hear_of_its_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 0.2)
    deaf = threading.Event()

    def work() -> int:
        deaf.wait(60)
        return 5

    try:
        assert run_beside(work, lambda: None, lambda: True, lambda: 6) == 6
    finally:
        deaf.set()

"""A search beside the main thread."""

from __future__ import annotations

import _thread
import signal
import threading

import pytest

from csshift.planner import waiting
from csshift.planner.waiting import Runner


def test_what_the_work_returns_is_returned() -> None:
    assert Runner().run(lambda: 5, lambda: 6) == 5


def test_what_the_work_raises_is_raised() -> None:
    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Runner().run(fail, lambda: 6)


def test_work_that_ends_late_but_in_time_is_waited_for() -> None:
    stop = threading.Event()
    stop.set()
    assert Runner(stop).run(lambda: 5, lambda: 6) == 5


def test_work_that_does_not_hear_of_its_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 0.2)
    deaf = threading.Event()

    def work() -> int:
        deaf.wait(60)
        return 5

    try:
        assert Runner().run(work, lambda: 6, over=lambda: True) == 6
    finally:
        deaf.set()


def test_an_interruption_ends_what_follows_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C was lost where the heads were ready at the same moment."""
    monkeypatch.setattr(waiting, "PATIENCE", 0.2)
    deaf, runner = threading.Event(), Runner()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def work() -> int:
        deaf.wait(0.1)  # until the main thread waits
        _thread.interrupt_main()
        deaf.wait(0.1)
        return 5

    try:
        assert runner.run(work, lambda: 6) == 5
        assert runner.stopped
        assert runner.run(lambda: deaf.wait(60), lambda: False) is False
    finally:
        deaf.set()
        signal.signal(signal.SIGINT, before)

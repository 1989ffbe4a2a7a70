"""Progress on standard error."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from csshift.cli.progress import LiveLine, PlainLines, described, progress_display
from csshift.model.result import Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def written() -> list[str]:
    return []


@pytest.fixture
def lines(clock: Clock, written: list[str]) -> PlainLines:
    return PlainLines(lambda text: written.append(text.plain), clock, verbose=True)


def report(seconds: float, objective: float, stage: str = "improvement") -> Progress:
    return Progress(seconds=seconds, stage=stage, objective=objective)


def test_a_line_says_all_that_is_known() -> None:
    full = Progress(
        seconds=3, stage="[b]x", objective=1234.56, bound=1200, gap=0.028, shortage_hours=1.5
    )
    points = "[b]x  objective 1,234.6  bound 1,200  gap 2.8 %  shortage 1.5 h"
    assert described(full, verbose=True) == points
    assert described(Progress(seconds=0, stage="reading\x1b"), verbose=True) == "reading?"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "no roster yet"),
        ({"objective": 9}, "a roster is found"),
        ({"objective": 9, "shortage_hours": 0.01}, "nobody is missing"),
        ({"objective": 9, "shortage_hours": 5.6}, "5.6 head-hours missing"),
        ({"objective": 9, "shortage_hours": 5.6, "gap_hours": 5.6}, "5.6 head-hours missing"),
        (
            {"objective": 9, "shortage_hours": 5.6, "gap_hours": 1.1},
            "5.6 head-hours missing, at most 1.1 can be saved",
        ),
        (
            {"objective": 9, "shortage_hours": 5.6, "gap_hours": 0},
            "5.6 head-hours missing, none of which can be saved",
        ),
    ],
)
def test_without_verbose_a_line_speaks_of_hours(fields: dict[str, float], words: str) -> None:
    assert described(Progress(seconds=1, stage="construction", **fields)) == words


def test_a_new_stage_is_no_news_without_verbose(clock: Clock, written: list[str]) -> None:
    lines = PlainLines(lambda text: written.append(text.plain), clock)
    for second, stage in enumerate(("relaxation", "construction")):
        clock.now = second
        lines.show(Progress(seconds=second, stage=stage))
    assert written == ["   0.0 s  no roster yet"]


def test_changes_are_told_at_most_once_a_second(
    lines: PlainLines, clock: Clock, written: list[str]
) -> None:
    for tenth in range(31):
        clock.now = tenth / 10
        lines.show(report(clock.now, 100 - tenth))
    lines.close()
    assert written == [
        f"   {seconds}.0 s  improvement  objective {100 - 10 * seconds}" for seconds in range(4)
    ]


def test_a_change_that_came_too_soon_is_told_in_the_end(
    lines: PlainLines, clock: Clock, written: list[str]
) -> None:
    lines.show(report(0, 9))
    clock.now = 0.5
    lines.show(report(0.5, 8))
    lines.close()
    lines.close()
    assert [line.split()[-1] for line in written] == ["9", "8"]


def test_a_new_stage_is_told_at_once(lines: PlainLines, clock: Clock, written: list[str]) -> None:
    lines.show(report(0, 9, "construction"))
    clock.now = 0.1
    lines.show(report(0.1, 9, "improvement"))
    assert len(written) == 2


def test_without_change_there_is_a_sign_of_life_every_ten_seconds(
    lines: PlainLines, clock: Clock, written: list[str]
) -> None:
    for second in range(25):
        clock.now = second
        lines.show(report(second, 9))
    assert [line.split()[0] for line in written] == ["0.0", "10.0", "20.0"]


def test_the_live_line_shows_the_time_left_and_says_when_it_is_stopping() -> None:
    stop = threading.Event()
    line = LiveLine(stop, 60.0)
    line.show(Progress(seconds=1, stage="improvement", objective=9, shortage_hours=5.6))
    assert line.text() == "60 s left  5.6 head-hours missing"
    stop.set()
    assert line.text() == "stopping  5.6 head-hours missing"


def test_a_search_that_does_not_end_by_the_clock_shows_the_time_spent() -> None:
    assert LiveLine(threading.Event()).text() == "0 s  no roster yet"


def test_after_the_time_the_live_line_says_that_it_ends() -> None:
    assert LiveLine(threading.Event(), 0.1).text() == "finishing  no roster yet"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_gets_a_live_line_and_a_pipe_plain_ones(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=80)
    with progress_display(console, threading.Event(), 60.0, quiet=False) as tell:
        assert tell is not None
        tell(Progress(seconds=1, stage="improvement", objective=9, shortage_hours=5.6))
    shown = stream.getvalue()
    assert "5.6 head-hours missing" in shown
    assert ("s left" in shown) == terminal
    assert ("\x1b[" in shown) == terminal


def test_quiet_shows_nothing() -> None:
    stream = io.StringIO()
    with progress_display(Console(file=stream), threading.Event(), quiet=True) as tell:
        assert tell is None
    assert stream.getvalue() == ""

"""The console of the commands, and progress: on a terminal a bar, elsewhere plain lines.

Commands import it late, so that help and mistyped options are answered without loading rich.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from csshift.model.result import Progress
from csshift.report.wording import number, percent, plain

SECONDS_BETWEEN_LINES = 1.0
SECONDS_OF_SILENCE = 10.0
BAR_WIDTH = 24
LEAST_HOURS = 0.05
"""Head-hours that read as 0."""

OnProgress = Callable[[Progress], None]


class PlainConsole(Console):
    """A console that takes no text for markup.

    Parameters
    ----------
    stderr : bool
        Print to standard error instead of standard output.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, highlight=False, emoji=False)

    def show(self, parts: Iterable[RenderableType]) -> None:
        """Print parts one below the other."""
        for part in parts:
            self.print(part)


@contextmanager
def progress_display(
    console: Console,
    stop: threading.Event,
    seconds: float | None = None,
    *,
    quiet: bool,
    verbose: bool = False,
) -> Iterator[OnProgress | None]:
    """Yield what a solve reports its progress to; None with `quiet`.

    Parameters
    ----------
    console : Console
        Standard error.
    stop : Event
        Set when the user has asked to stop; the live line then says so.
    seconds : float or None
        Time limit of the solve; None where it does not end by the clock.
    quiet : bool
        Show nothing.
    verbose : bool
        Also show stages and points.
    """
    if quiet:
        yield None
    elif console.is_terminal and not console.is_dumb_terminal:
        line = LiveLine(stop, seconds, verbose=verbose)
        with Live(
            console=console,
            get_renderable=line.render,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            yield line.show
    else:
        lines = PlainLines(lambda text: console.print(text, soft_wrap=True), verbose=verbose)
        yield lines.show
        lines.close()


class LiveLine:
    """One line that is drawn again and again: a bar, the time left, and what is known.

    Parameters
    ----------
    stop : Event
        Whether the user has asked to stop.
    seconds : float or None
        Time limit; None: the bar only shows that something is going on.
    verbose : bool
        Also show stage and points.
    """

    def __init__(
        self, stop: threading.Event, seconds: float | None = None, *, verbose: bool = False
    ) -> None:
        self._stop = stop
        self._seconds, self._verbose = seconds, verbose
        self._started = time.monotonic()
        self._latest = Progress(seconds=0.0, stage="start")

    def show(self, progress: Progress) -> None:
        """Take the latest report."""
        self._latest = progress

    def text(self) -> str:
        """Return the current words beside the bar."""
        said = described(self._latest, verbose=self._verbose)
        return f"{self._time()}  {said}"

    def _time(self) -> str:
        elapsed = time.monotonic() - self._started
        if self._stop.is_set():
            return "stopping"
        if self._seconds is None:
            return f"{elapsed:.0f} s"
        left = self._seconds - elapsed
        return f"{left:.0f} s left" if left >= 0.5 else "finishing"

    def render(self) -> RenderableType:
        """Return the bar with the words."""
        done = min(time.monotonic() - self._started, self._seconds or 0.0)
        bar = ProgressBar(
            total=self._seconds or 1.0, completed=done, width=BAR_WIDTH, pulse=self._seconds is None
        )
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=BAR_WIDTH)
        grid.add_column(no_wrap=True, overflow="ellipsis")
        grid.add_row(bar, Text(self.text()))
        return grid


class PlainLines:
    """Lines for pipes and files: at most one per second on change, and at least one every 10 s.

    With `verbose` a new stage is reported at once. A change that comes too soon waits for the
    next report, or for the end.

    Parameters
    ----------
    write : callable
        Takes a line.
    clock : callable
        Returns seconds.
    verbose : bool
        Also show stages and points.
    """

    def __init__(
        self,
        write: Callable[[Text], None],
        clock: Callable[[], float] = time.monotonic,
        *,
        verbose: bool = False,
    ) -> None:
        self._write, self._verbose = write, verbose
        self._clock = clock
        self._lock = threading.Lock()
        self._shown = ""
        self._stage = ""
        self._last = -SECONDS_OF_SILENCE
        self._pending: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Write a line if there is something to say; called from any thread."""
        with self._lock:
            waited = self._clock() - self._last
            changed = described(progress, verbose=self._verbose) != self._shown
            due = SECONDS_BETWEEN_LINES if changed else SECONDS_OF_SILENCE
            new_stage = self._verbose and progress.stage != self._stage
            if waited >= due or new_stage:
                self._line(progress)
            elif changed:
                self._pending = progress

    def close(self) -> None:
        """Write the change that came too soon after the last line, if there is one."""
        with self._lock:
            if self._pending is not None:
                self._line(self._pending)

    def _line(self, progress: Progress) -> None:
        self._shown, self._stage = described(progress, verbose=self._verbose), progress.stage
        self._last, self._pending = self._clock(), None
        self._write(Text(f"{progress.seconds:6.1f} s  {self._shown}"))


def described(progress: Progress, *, verbose: bool = False) -> str:
    """Return what is known of the best roster: in head-hours, and in points where wanted."""
    if not verbose:
        return _in_hours(progress)
    parts = [plain(progress.stage)]
    if progress.objective is not None:
        parts.append(f"objective {number(progress.objective, 1)}")
    if progress.bound is not None:
        parts.append(f"bound {number(progress.bound, 1)}")
    if progress.gap is not None:
        parts.append(f"gap {percent(progress.gap)}")
    if progress.shortage_hours is not None:
        parts.append(f"shortage {number(progress.shortage_hours)} h")
    return "  ".join(parts)


def _in_hours(progress: Progress) -> str:
    if progress.objective is None:
        return "no roster yet"
    missing, gap = progress.shortage_hours, progress.gap_hours
    if missing is None:
        return "a roster is found"
    if missing < LEAST_HOURS:
        return "nobody is missing"
    text = f"{number(missing, 1)} head-hours missing"
    if gap is None or gap >= missing - LEAST_HOURS:
        return text
    if gap < LEAST_HOURS:
        return f"{text}, none of which can be saved"
    return f"{text}, at most {number(gap, 1)} can be saved"

"""Progress on standard error: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from csshift.model.result import Progress
from csshift.report.wording import number, percent, plain

SECONDS_BETWEEN_LINES = 1.0
SECONDS_OF_SILENCE = 10.0
Tell = Callable[[Progress], None]


@contextmanager
def progress_display(
    console: Console, stop: threading.Event, *, quiet: bool
) -> Iterator[Tell | None]:
    """Yield what a solve reports its progress to; None with `quiet`.

    Parameters
    ----------
    console : Console
        Standard error.
    stop : Event
        Set when the user has asked to stop; the live line then says so.
    quiet : bool
        Show nothing.
    """
    if quiet:
        yield None
    elif console.is_terminal and not console.is_dumb_terminal:
        line = LiveLine(stop)
        with Live(
            console=console,
            get_renderable=line.render,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            yield line.tell
    else:
        lines = PlainLines(lambda text: console.print(text, soft_wrap=True))
        yield lines.tell
        lines.close()


class LiveLine:
    """One line that is drawn again and again; its clock runs between reports.

    Parameters
    ----------
    stop : Event
        Whether the user has asked to stop.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._started = time.monotonic()
        self._latest = Progress(seconds=0.0, stage="start")

    def tell(self, progress: Progress) -> None:
        """Take the latest report."""
        self._latest = progress

    def render(self) -> Text:
        """Return the line as it stands."""
        stage = "stopping" if self._stop.is_set() else self._latest.stage
        line = described(self._latest, stage)
        elapsed = f"{time.monotonic() - self._started:6.0f} s  "
        return Text(elapsed + line, no_wrap=True, overflow="ellipsis")


class PlainLines:
    """Lines for pipes and files: on change, at most one a second; a sign of life every 10 s.

    A new stage is reported at once. A change that comes too soon waits for the next report,
    or at the end.

    Parameters
    ----------
    write : callable
        Takes a line.
    clock : callable
        Returns seconds.
    """

    def __init__(
        self, write: Callable[[Text], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._lock = threading.Lock()
        self._shown = ""
        self._stage = ""
        self._last = -SECONDS_OF_SILENCE
        self._pending: Progress | None = None

    def tell(self, progress: Progress) -> None:
        """Write a line if there is something to say; called from any thread."""
        with self._lock:
            waited = self._clock() - self._last
            changed = described(progress) != self._shown
            due = SECONDS_BETWEEN_LINES if changed else SECONDS_OF_SILENCE
            if waited >= due or progress.stage != self._stage:
                self._line(progress)
            elif changed:
                self._pending = progress

    def close(self) -> None:
        """Write the change that came too soon after the last line, if there is one."""
        with self._lock:
            if self._pending is not None:
                self._line(self._pending)

    def _line(self, progress: Progress) -> None:
        self._shown, self._stage = described(progress), progress.stage
        self._last, self._pending = self._clock(), None
        self._write(Text(f"{progress.seconds:6.1f} s  {self._shown}"))


def described(progress: Progress, stage: str | None = None) -> str:
    """Return stage, objective, bound, gap and shortage, as far as they are known."""
    parts = [plain(progress.stage if stage is None else stage)]
    if progress.objective is not None:
        parts.append(f"objective {number(progress.objective, 1)}")
    if progress.bound is not None:
        parts.append(f"bound {number(progress.bound, 1)}")
    if progress.gap is not None:
        parts.append(f"gap {percent(progress.gap)}")
    if progress.shortage_hours is not None:
        parts.append(f"shortage {number(progress.shortage_hours)} h")
    return "  ".join(parts)

"""The two streams of the command, as consoles that print any text as it stands."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from typing import IO

from rich.cells import cell_len
from rich.console import Console, RenderableType

REPLACING = "csshift-replace"


class PlainConsole(Console):
    """A console that takes no text for markup and survives a reader who has gone.

    Parameters
    ----------
    stderr : bool
        Print to standard error instead of standard output.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, highlight=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Say nothing more; the exit status still tells what came of the command."""
        self.quiet = True
        _abandon(self.file)

    def show(self, parts: Iterable[RenderableType]) -> None:
        """Print parts one below the other."""
        for part in parts:
            self.print(part)


def write_line(text: str) -> None:
    """Write text as it stands to standard output; a reader who has gone is no failure."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon(sys.stdout)


def _abandon(stream: IO[str]) -> None:
    """Send what is still to be written to a stream nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def never_fail_to_encode() -> None:
    """Print ``?`` for what the encoding of a stream lacks, such as Chinese on an old console."""
    codecs.register_error(REPLACING, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=REPLACING)


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # As wide as what is replaced, so that columns stay in line.
    lacking = error.object[error.start : error.end]
    return "?" * cell_len(lacking), error.end

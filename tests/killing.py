"""Ending an action before each of its file operations, and looking at what it leaves."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

DONE, KILLED = 0, 99
OPERATIONS = frozenset(
    {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink"}
)
"""Audit events; a flush to the disk counts, too."""


def kill() -> None:
    """End the process as SIGKILL does: nothing is cleaned up."""
    os._exit(KILLED)


def no_space() -> None:
    """Fail as on a full disk."""
    raise OSError(28, "No space left on device")


def before_each_operation(
    act: Callable[[Path], object],
    prepare: Callable[[], Path],
    ending: Callable[[], None] = kill,
    every: int = 1,
) -> Iterator[Path]:
    """Yield what an action leaves when it meets an ending before its 1st, 2nd, ... operation.

    Parameters
    ----------
    act : callable
        Takes the folder; runs in a child process.
    prepare : callable
        Makes the folder anew for each run.
    ending : callable
        What happens at the operation: `kill`, `no_space` or another.
    every : int
        Take only every so manieth operation.
    """
    for moment in count(step=every):
        folder = prepare()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the child starts no threads
            child = os.fork()
        if child == 0:
            _run(act, folder, moment, ending)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        yield folder
        if status == DONE:
            return


def _run(
    act: Callable[[Path], object], folder: Path, moment: int, ending: Callable[[], None]
) -> None:
    """Act in a child process; its status is DONE when it did not come to the ending."""
    seen = 0

    def operation(event: str, _: Any = None) -> None:
        nonlocal seen
        if event in OPERATIONS:
            seen += 1
            if seen == moment + 1:
                ending()

    flush = os.fsync

    def flushed(descriptor: int) -> None:
        operation("open")
        flush(descriptor)

    os.fsync = flushed
    sys.addaudithook(operation)
    try:
        act(folder)
    finally:
        os._exit(DONE if seen <= moment else KILLED)


def content(folder: Path) -> dict[str, bytes]:
    """Return what a reader finds by opening every file, without those that begin with a dot."""
    found = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(parent) / name
            try:
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
            except FileNotFoundError:
                continue
    return found


@contextmanager
def not_ignored(*numbers: int) -> Iterator[None]:
    """Start processes that signals reach, even where this one was started by ``nohup``."""
    previous = [(number, signal.signal(number, lambda *_: None)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in previous:
            signal.signal(number, handler)

"""The standard streams of the command, which accept any text and never fail."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import time
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, BinaryIO

REPLACING = "csshift-replace"
GONE = (errno.EPIPE, errno.EBADF, errno.EINVAL)
"""Errors of a write after its reader has gone, as with ``| head``."""


class LastingStream(io.FileIO):
    """A stream of the process that drops what cannot be written and keeps the first reason.

    The work of the command counts even if nobody can read its output.

    Parameters
    ----------
    descriptor : int
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of it, or drop it."""
        rest = memoryview(data).cast("B")
        size = rest.nbytes
        while rest.nbytes and self.failure is None:
            try:
                written = super().write(rest)
            except OSError as error:
                self.failure = error
            else:
                if written is None:  # a pipe that does not block is full
                    time.sleep(0.01)
                rest = rest[written or 0 :]
        return size


def secure_streams() -> None:
    """Give the process streams that cannot fail, even if it was started without them."""
    _fill_descriptors()
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:
            text = _text(LastingStream(descriptor), "utf-8", "strict", by_line=True)
        elif isinstance(stream, TextIOWrapper) and not (os.name == "nt" and stream.isatty()):
            with suppress(OSError):
                stream.flush()
            by_line = stream.line_buffering or descriptor == 2
            text = _text(
                LastingStream(descriptor),
                stream.encoding,
                stream.errors or "strict",
                by_line=by_line,
            )
        else:
            continue
        setattr(sys, name, text)


def _text(stream: LastingStream, encoding: str, errors: str, *, by_line: bool) -> TextIOWrapper:
    buffer: BinaryIO = io.BufferedWriter(stream)
    return TextIOWrapper(buffer, encoding, errors, line_buffering=by_line)


def _fill_descriptors() -> None:
    """Open descriptors 0 to 2; otherwise the next file opened would serve as a stream."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != descriptor:
                os.dup2(nowhere, descriptor)
                os.close(nowhere)


def output_failure() -> OSError | None:
    """Return why standard output is incomplete; None if it is complete or its reader has gone."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    failure = raw.failure if isinstance(raw, LastingStream) else None
    return None if failure is None or failure.errno in GONE else failure


def write_line(text: str) -> None:
    """Write text as it is to standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def never_fail_to_encode() -> None:
    """Print ``?`` for characters that a stream cannot encode, such as Chinese on an old console."""
    codecs.register_error(REPLACING, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=REPLACING)


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # Late: most commands never replace anything, and their help should come at once.
    from rich.cells import cell_len

    # As wide as what is replaced, so that columns stay in line.
    lacking = error.object[error.start : error.end]
    return "?" * cell_len(lacking), error.end

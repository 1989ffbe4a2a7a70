"""Exit statuses, and failures as one line on standard error."""

from __future__ import annotations

import os
import sys
from enum import IntEnum

from csshift.cli.output import output_failure
from csshift.errors import CsshiftError, EngineError, InputError

TRACEBACK_VARIABLE = "CSSHIFT_TRACEBACK"


class Exit(IntEnum):
    """What the exit status of the command says."""

    DONE = 0
    VIOLATIONS = 1
    BAD_INPUT = 2
    INFEASIBLE = 3
    UNKNOWN = 4
    INTERNAL = 70
    INTERRUPTED = 130


def complain(line: str) -> None:
    """Write one line to standard error, whatever the text holds."""
    # Late, so that a mistyped option is answered without loading what this needs.
    from csshift.report.wording import plain

    sys.stderr.write(f"csshift: {plain(' '.join(line.splitlines()))}\n")
    sys.stderr.flush()


def printed() -> Exit:
    """Return the status of a command whose work is what it prints."""
    return Exit.DONE if output_failure() is None else Exit.BAD_INPUT


def report_failure(error: Exception) -> Exit:
    """Tell of an exception on standard error, and return the exit status for it.

    Faults of the input take a line each. Anything unexpected takes one line; its traceback
    is raised where the environment variable CSSHIFT_TRACEBACK is set.
    """
    if isinstance(error, InputError):
        for fault in error.faults:
            complain(str(fault))
        return Exit.BAD_INPUT
    if isinstance(error, CsshiftError) and not isinstance(error, EngineError):
        complain(str(error))
        return Exit.BAD_INPUT
    if os.environ.get(TRACEBACK_VARIABLE):
        raise error
    detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    complain(f"internal error: {detail}; set {TRACEBACK_VARIABLE}=1 to see where")
    return Exit.INTERNAL

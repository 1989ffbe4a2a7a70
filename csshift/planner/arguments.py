"""What `solve` and `simulate` take: the limits of each argument, one clear sentence each."""

from __future__ import annotations

import math
import threading
from numbers import Real
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from csshift.instance import Instance
    from csshift.problem import Problem

MOST_SECONDS = 1_000_000.0
MOST_WORKERS = 256
"""Threads; more than any machine has use for."""

LARGEST_SEED = 2**31 - 1
MOST_REPLICATIONS = 10_000


def whole_number(name: str, value: Any, least: int, most: int) -> int:
    """Return an argument as an int.

    Raises
    ------
    TypeError
        When it is no whole number.
    ValueError
        When it is out of range.
    """
    expected = f"{name} must be a whole number from {least:,} to {most:,}"
    if isinstance(value, bool):
        raise TypeError(f"{expected}, not {value!r}")
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{expected}, not {value!r}") from None
    if not least <= number <= most:
        raise ValueError(f"{expected}, not {number}")
    return number


def real_number(name: str, value: Any, expected: str) -> float:
    """Return an argument as a float; the caller checks its range.

    Raises
    ------
    TypeError
        When it is no number.
    ValueError
        When it is not a number in the sense of floating point (NaN).
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be {expected}, not {value!r}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name} must be {expected}, not a number of hundreds of digits") from None
    if math.isnan(number):
        raise ValueError(f"{name} must be {expected}, not nan")
    return number


def require_search_arguments(
    time_limit: Any,
    seed: Any,
    workers: Any,
    gap: Any,
    start: Any,
    params: Any,
    on_progress: Any,
    stop: Any,
) -> None:
    """Refuse arguments of `solve` that are out of range or of another type.

    Raises
    ------
    TypeError, ValueError
        With one sentence that names the argument, what it may be, and what it is.
    """
    # Late, so that the limits are known to the command line without loading the model.
    from csshift.engine.params import SearchParams
    from csshift.model.roster import Roster

    expected = f"a number of seconds above 0 and at most {MOST_SECONDS:,.0f}"
    if not 0 < real_number("time_limit", time_limit, expected) <= MOST_SECONDS:
        raise ValueError(f"time_limit must be {expected}, not {time_limit!r}")
    whole_number("seed", seed, 0, LARGEST_SEED)
    if workers is not None:
        whole_number("workers", workers, 1, MOST_WORKERS)
    expected = "a share from 0 to below 1"
    if not 0 <= real_number("gap", gap, expected) < 1:
        raise ValueError(f"gap must be {expected}, not {gap!r}")
    if start is not None and not isinstance(start, Roster):
        raise TypeError(f"start must be a Roster or None, not {type(start).__name__}")
    if params is not None and not isinstance(params, SearchParams):
        raise ValueError("params must be SearchParams; SearchParams.from_mapping makes them")
    if on_progress is not None and not callable(on_progress):
        raise TypeError(f"on_progress must be a function or None, not {on_progress!r}")
    if stop is not None and not isinstance(stop, threading.Event):
        raise TypeError(f"stop must be a threading.Event or None, not {stop!r}")


def as_instance(problem: Problem | Instance | str | Path) -> Instance:
    """Return the instance of a problem, which may be in a folder or a workbook.

    Raises
    ------
    InputError
        With every fault of the files.
    """
    from csshift.instance import Instance

    if isinstance(problem, str | Path):
        from csshift.io.reading import load

        problem = load(problem)
    return Instance.of(problem)

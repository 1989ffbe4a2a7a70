"""What is measured: an instance of a suite, and a way of solving it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from csshift import Problem, Result, write_result

Solver: TypeAlias = Callable[[Problem, float, int, int], Result]
"""Problem, time limit in seconds, seed and workers to a result."""


class BenchmarkError(Exception):
    """Something that keeps a benchmark from being run, or a result from being counted."""


class AbsentError(BenchmarkError):
    """A rival that is not installed: it is left out, and the others are measured."""


class Case(ABC):
    """One instance.

    Parameters
    ----------
    suite, name : str
        Where it stands in the table of results.
    time_limit : float
        Seconds, unless the command line says otherwise.
    best_known : float or None
        The best objective published.
    """

    def __init__(
        self, suite: str, name: str, time_limit: float, best_known: float | None = None
    ) -> None:
        self.suite = suite
        self.name = name
        self.time_limit = time_limit
        self.best_known = best_known

    @abstractmethod
    def problem(self) -> Problem:
        """Return the problem; called once before each solve, whose time does not count it."""

    def rivals(self) -> Mapping[str, Solver]:
        """Return other ways to solve it, where its form is theirs, besides those of any problem."""
        return {}

    def write(self, result: Result, problem: Problem, folder: Path) -> None:
        """Write what was found, and hold it against what the instance asks.

        Raises
        ------
        BenchmarkError
            When the result is not what it says.
        """
        write_result(result, problem, folder)

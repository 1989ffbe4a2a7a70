"""Which rows count, and the worst of the seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks import table
from benchmarks.running import place

T = TypeVar("T")

KEY = ("suite", "instance", "method", "time_limit", "workers", "seed")
"""Runs that agree in these are repetitions, of which one counts."""


@dataclass(frozen=True)
class Row:
    """A row of a table of results, and the folder in which the table stands."""

    values: dict[str, str]
    source: Path

    def number(self, column: str) -> float | None:
        """Return a figure; None where the field is empty."""
        text = self.values[column]
        return float(text) if text else None

    @property
    def trace(self) -> Path:
        """Where the trace of the run lies, if it was kept."""
        suite, instance, method, limit, workers, seed = (self.values[name] for name in KEY)
        run = place(suite, instance, method, float(limit), int(workers), int(seed))
        folder = self.source / run
        return folder.with_name(f"{folder.name}-trace.csv")


@dataclass(frozen=True)
class Figure:
    """What several seeds gave: one method on one instance, with equal means.

    Parameters
    ----------
    time_limit : float
        Seconds.
    rows : tuple of Row
        One for each seed.
    """

    suite: str
    instance: str
    method: str
    time_limit: float
    workers: int
    rows: tuple[Row, ...]

    def worst(self, column: str, *, lowest: bool = False) -> float | None:
        """Return the highest figure of the seeds, or the lowest; None where one is missing."""
        numbers = [row.number(column) for row in self.rows]
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            return None
        return min(known) if lowest else max(known)

    @property
    def best_bound(self) -> float | None:
        """The highest bound that any of the seeds proved."""
        bounds = (row.number("bound") for row in self.rows)
        return max((bound for bound in bounds if bound is not None), default=None)

    def texts(self, column: str) -> str:
        """Return the distinct texts of a column."""
        return ", ".join(dict.fromkeys(row.values[column] for row in self.rows))


def counted(rows: Iterable[T], key: Callable[[T], object], commit: Callable[[T], str]) -> list[T]:
    """Return, of the rows with equal keys, the latest one of the newest commit.

    Parameters
    ----------
    rows : iterable
        In the order in which they were measured.
    key, commit : callable
        What makes rows repetitions of one another, and the commit of a row.
    """
    age = _Ages(table.history())
    chosen: dict[object, T] = {}
    for row in rows:
        before = chosen.get(key(row))
        if before is None or age(commit(row)) <= age(commit(before)):
            chosen[key(row)] = row
    return list(chosen.values())


class _Ages:
    """How many commits ago a commit was made; one that git does not know is older than all."""

    def __init__(self, history: Sequence[str]) -> None:
        self._history = history
        self._known: dict[str, int] = {}

    def __call__(self, commit: str) -> int:
        name = commit.rstrip("+")
        if name not in self._known:
            found = (i for i, full in enumerate(self._history) if name and full.startswith(name))
            self._known[name] = next(found, len(self._history))
        return self._known[name]


def read_rows(folders: Iterable[Path]) -> list[Row]:
    """Return the rows of the tables in these folders that count."""
    rows = [
        Row(values, folder) for folder in folders for values in table.read(folder / "results.csv")
    ]
    return counted(
        rows,
        key=lambda row: tuple(row.values[name] for name in KEY),
        commit=lambda row: row.values["commit"],
    )


def figures(rows: Iterable[Row]) -> list[Figure]:
    """Return the rows with their seeds put together, in the order of first appearance."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.values[name] for name in KEY[:-1]), []).append(row)
    return [
        Figure(suite, instance, method, float(limit), int(workers), tuple(found))
        for (suite, instance, method, limit, workers), found in groups.items()
    ]

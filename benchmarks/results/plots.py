"""Plots of the progress of searches, from their traces."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results.rows import Figure, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST_GAP, MOST_GAP = 0.01, 100.0
"""Ends of the scale of gaps, percent."""

FIRST_SECOND = 0.1
SECONDS_MARKED = (0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600)
GAPS_MARKED = (0.01, 0.1, 1, 10, 100)
CLOSER_TIME, CLOSER_GAP = 1.01, 0.98
"""Points nearer to the last one than this cannot be told from it, and are left out."""

SAME = 1e-3
"""How far the end of a trace may be from the objective of its row, as a share."""


@dataclass(frozen=True)
class Progress:
    """One search: at each time the best objective so far and the best bound so far."""

    seconds: tuple[float, ...]
    objective: tuple[float | None, ...]
    bound: tuple[float | None, ...]


def read_progress(row: Row) -> Progress | None:
    """Return the progress of a run; None where no trace was kept, or another run's."""
    if not row.trace.is_file():
        return None
    with row.trace.open(encoding="utf-8", newline="") as file:
        points = list(csv.DictReader(file))
    progress = Progress(
        tuple(float(point["seconds"]) for point in points),
        tuple(_number(point["objective"]) for point in points),
        tuple(_number(point["bound"]) for point in points),
    )
    reached = min((value for value in progress.objective if value is not None), default=None)
    said = row.number("objective")
    if reached is None or said is None or abs(reached - said) > SAME * max(1.0, abs(said)):
        return None
    return progress


def _number(text: str) -> float | None:
    return float(text) if text else None


def draw(title: str, figures: Sequence[Figure], bound: float | None, path: Path) -> bool:
    """Draw the gaps of several methods over time; return whether there was anything to draw.

    Solid: how far the objective is above the best bound. Dashed: how far the bound is below
    the best objective. Both are shares of the objective; every seed has its line.

    Parameters
    ----------
    figures : sequence of Figure
        Methods on one instance within one limit.
    bound : float or None
        The best bound known of the instance.
    path : Path
        The file, an SVG.

    Raises
    ------
    ModuleNotFoundError
        When matplotlib is not installed.
    """
    import matplotlib
    from matplotlib.figure import Figure as Sheet

    found = [(f.method, p) for f in figures for row in f.rows if (p := read_progress(row))]
    values = [value for _, p in found for value in p.objective if value is not None]
    if not values or bound is None:
        return False
    # Text stays text and names are settled, so that files are small and repeat exactly.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "csshift"}):
        sheet = Sheet(figsize=(6.4, 3.2), layout="constrained")
        axes = sheet.add_subplot()
        limit = max(figure.time_limit for figure in figures)
        _draw_lines(axes, found, bound, min(values), limit)
        _name_axes(axes, title, limit)
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.savefig(path, format="svg", metadata={"Date": None})
    return True


def _draw_lines(
    axes: Axes, found: Sequence[tuple[str, Progress]], bound: float, best: float, limit: float
) -> None:
    colours = {name: f"C{i}" for i, name in enumerate(dict.fromkeys(name for name, _ in found))}
    named: set[str] = set()
    for method, progress in found:
        label = method if method not in named else None
        named.add(method)
        above = ((value, bound) for value in progress.objective)
        below = ((best, value) for value in progress.bound)
        for style, pairs in (("-", above), ("--", below)):
            x, y = _thinned(progress.seconds, map(_gap, pairs))
            if x:  # what was reached holds to the end
                x, y = [*x, limit], [*y, y[-1]]
            axes.step(x, y, style, where="post", color=colours[method], linewidth=1, label=label)
            label = None


def _gap(pair: tuple[float | None, float | None]) -> float | None:
    """Return the gap between an objective and a bound, percent of the objective."""
    objective, bound = pair
    if objective is None or bound is None or objective <= 0:
        return None
    return min(MOST_GAP, max(LEAST_GAP, 100 * (objective - bound) / objective))


def _thinned(
    seconds: Iterable[float], gaps: Iterable[float | None]
) -> tuple[list[float], list[float]]:
    """Return the points that can be told apart."""
    x: list[float] = []
    y: list[float] = []
    known = [(time, gap) for time, gap in zip(seconds, gaps, strict=True) if gap is not None]
    for i, (time, gap) in enumerate(known):
        at = max(time, FIRST_SECOND)
        near = x and at < CLOSER_TIME * x[-1] and gap > CLOSER_GAP * y[-1]
        if not near or i == len(known) - 1:
            x.append(at)
            y.append(gap)
    return x, y


def _name_axes(axes: Axes, title: str, limit: float) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(LEAST_GAP * 0.9, MOST_GAP * 1.1)
    axes.set_xlim(FIRST_SECOND, max(limit, 2 * FIRST_SECOND) * 1.1)
    axes.set_xticks(*_ticks(SECONDS_MARKED, limit))
    axes.set_yticks(*_ticks(GAPS_MARKED, MOST_GAP))
    axes.minorticks_off()
    axes.set_xlabel("seconds")
    axes.set_ylabel("gap, %")
    axes.set_title(title, fontsize="medium")
    axes.grid(visible=True, linewidth=0.3)
    axes.legend(fontsize="small", frameon=False)


def _ticks(places: Sequence[float], most: float) -> tuple[list[float], list[str]]:
    """Return the places within the scale, and how they are written."""
    shown = [place for place in places if place <= most]
    return shown, [f"{place:g}" for place in shown]

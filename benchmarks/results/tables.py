"""Tables of figures as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.ablation import ALL_STAGES
from benchmarks.results.rows import Figure

NOTHING = "–"
LEAST_SHOWN = 0.00005
"""Shares below this would be shown as 0.00 %."""


@dataclass(frozen=True)
class Column:
    """A column: its head, and what it says of a figure."""

    head: str
    text: Callable[[Figure], str]


def number(value: float | None) -> str:
    """Return a figure with separators for the thousands, and a decimal place where it has any."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def share(value: float | None) -> str:
    """Return a share as a percentage."""
    if value is None:
        return NOTHING
    return "< 0.01 %" if 0 < value < LEAST_SHOWN else f"{100 * value:.2f} %"


def percentage(value: float | None) -> str:
    """Return what is given in percent already."""
    return NOTHING if value is None else share(value / 100)


def _worst(column: str, shown: Callable[[float | None], str]) -> Callable[[Figure], str]:
    return lambda figure: shown(figure.worst(column))


def _objective(figure: Figure) -> str:
    missing = sum(row.number("objective") is None for row in figure.rows)
    if missing == len(figure.rows):
        return figure.texts("status")
    known = [value for row in figure.rows if (value := row.number("objective")) is not None]
    return number(max(known)) + (f" (none in {missing})" if missing else "")


INSTANCE = Column("instance", lambda figure: figure.instance)
METHOD = Column("method", lambda figure: figure.method)
LIMIT = Column("limit, s", lambda figure: f"{figure.time_limit:g}")
SEEDS = Column("seeds", lambda figure: str(len(figure.rows)))
OBJECTIVE = Column("objective", _objective)
BOUND = Column("bound", lambda figure: number(figure.worst("bound", lowest=True)))
GAP = Column("gap", _worst("gap_to_bound", share))
BEST_KNOWN = Column("best known", _worst("best_known", number))
OVER_BEST_KNOWN = Column("above it", _worst("gap_to_best_known", share))
SHORTAGE = Column("shortage", _worst("shortage_percent", percentage))
FIRST = Column("first roster, s", _worst("seconds_to_first_roster", number))
SECONDS = Column("seconds", _worst("seconds", number))
WORKERS = Column("workers", lambda figure: str(figure.workers))
COMMIT = Column("commit", lambda figure: figure.texts("commit"))
MEASURED = (SEEDS, OBJECTIVE, BOUND, GAP, BEST_KNOWN, OVER_BEST_KNOWN, SHORTAGE)
TIMES = (FIRST, SECONDS, WORKERS, COMMIT)


def gap_table(figures: Sequence[Figure]) -> list[str]:
    """Return the lines of a table of objectives, bounds and gaps, the worst of the seeds."""
    several = len({figure.method for figure in figures}) > 1
    method = (METHOD,) if several else ()
    return markdown((INSTANCE, *method, LIMIT, *MEASURED, *TIMES), ordered(figures))


def rival_table(figures: Sequence[Figure]) -> list[str]:
    """Return the lines of a table in which every method is held against the best bound."""
    bounds = best_bounds(figures)
    own = {_means(f): _excess(f, bounds) for f in figures if f.method == "csshift"}

    def times(figure: Figure) -> str:
        ours, theirs = own.get(_means(figure)), _excess(figure, bounds)
        return NOTHING if not ours or theirs is None else f"{theirs / ours:,.1f}"

    columns = (
        INSTANCE,
        LIMIT,
        METHOD,
        SEEDS,
        OBJECTIVE,
        Column("best bound", lambda figure: number(bounds.get(figure.instance))),
        Column("excess over it", lambda figure: share(_excess(figure, bounds))),
        Column("times csshift's", times),
        SHORTAGE,
        *TIMES,
    )
    return markdown(columns, ordered(figures))


def _means(figure: Figure) -> tuple[str, float, int]:
    """Return what methods that are compared have in common."""
    return figure.instance, figure.time_limit, figure.workers


def _excess(figure: Figure, bounds: Mapping[str, float]) -> float | None:
    objective, bound = figure.worst("objective"), bounds.get(figure.instance)
    if objective is None or not bound or bound < 0:
        return None
    return max(0.0, objective - bound) / bound


def best_bounds(figures: Iterable[Figure]) -> dict[str, float]:
    """Return the best bound of each instance that anything here proved."""
    bounds: dict[str, float] = {}
    for figure in figures:
        bound = figure.best_bound
        if bound is not None:
            bounds[figure.instance] = max(bound, bounds.get(figure.instance, bound))
    return bounds


def ablation_table(figures: Sequence[Figure]) -> list[str]:
    """Return the lines of a table that holds each search against the one with all stages."""
    whole = {_means(f): f.worst("objective") for f in figures if f.method == ALL_STAGES}

    def change(figure: Figure) -> str:
        before = whole.get(_means(figure))
        after = figure.worst("objective")
        if figure.method == ALL_STAGES or not before or after is None:
            return NOTHING
        return f"{100 * (after - before) / before:+.2f} %"

    columns = (INSTANCE, LIMIT, Column("stages", lambda figure: figure.method), SEEDS, OBJECTIVE)
    more = (Column("change", change), BOUND, GAP, SHORTAGE, *TIMES)
    return markdown((*columns, *more), ordered(figures))


def ordered(figures: Iterable[Figure]) -> list[Figure]:
    """Return figures by instance, numbers within names by value, then limit and workers."""
    return sorted(
        figures, key=lambda figure: (natural(figure.instance), figure.time_limit, figure.workers)
    )


def natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``Instance2`` before ``Instance10``."""
    parts = re.split(r"(\d+)", text)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def markdown(columns: Sequence[Column], figures: Sequence[Figure]) -> list[str]:
    """Return the lines of a table; columns that say nothing are left out."""
    texts = {column.head: [column.text(figure) for figure in figures] for column in columns}
    kept = {head: cells for head, cells in texts.items() if set(cells) - {NOTHING, ""}}
    return lines(tuple(kept), list(zip(*kept.values(), strict=True)))


def lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table in Markdown."""
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(map(_cell, row))} |" for row in rows),
    ]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())

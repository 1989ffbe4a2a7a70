"""Forecasts from history, back-tested: ``python -m benchmarks.forecast [--data FOLDER]``.

Hourly counts of six types of calls, four weeks: the last is held out, and forecast from the three
before. Beside it stands the seasonal-naive forecast, which repeats the week before. The counts
are those of the file ``arrivals/feb1999_hourly_by_type.csv`` in the data folder.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from datetime import date as Date
from pathlib import Path

from csshift.demand.history.backtest import BackTest, back_test
from csshift.demand.history.calendar import WorkCalendar
from csshift.demand.history.counts import History, collect_history
from csshift.demand.history.forest import Method
from csshift.model.demand import ForecastCell

COUNTS = Path("arrivals", "feb1999_hourly_by_type.csv")
BUSY = ("PS", "NW", "NE")
RARE = ("TT", "IN", "PE")


def read_history(data: Path, types: Sequence[str] = (*BUSY, *RARE)) -> History:
    """Return the hourly counts of some types of calls, each as a queue."""
    with (data / COUNTS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = [
        ForecastCell(
            date=Date.fromisoformat(row["date"]),
            start=60 * int(row["hour"]),
            store="bank",
            skill=kind,
            inquiries=float(row[kind]),
        )
        for row in rows
        for kind in types
    ]
    return collect_history(cells, 60, WorkCalendar())


def table(history: History, method: Method) -> list[str]:
    """Return the lines of a table in Markdown, the busiest type first."""
    lines = [
        f"| type | calls, last week | WAPE | seasonal-naive | in {method.coverage:.0%} interval |",
        "|---|---|---|---|---|",
    ]
    tests = sorted(back_test(history, method=method), key=lambda test: -test.inquiries)
    return [*lines, *map(_line, tests)]


def _line(test: BackTest) -> str:
    errors = " | ".join("" if e is None else f"{e:.3f}" for e in (test.wape, test.naive_wape))
    return f"| {test.queue[1]} | {test.inquiries:,.0f} | {errors} | {test.coverage:.0%} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--half-life", type=float, default=Method.half_life_weeks)
    parser.add_argument("--seed", type=int, default=Method.seed)
    options = parser.parse_args(arguments)
    method = Method(half_life_weeks=options.half_life, seed=options.seed)
    print("\n".join(table(read_history(options.data), method)))


if __name__ == "__main__":
    main()

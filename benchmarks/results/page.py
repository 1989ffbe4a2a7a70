"""``python -m benchmarks results``: RESULTS.md, its plots, and the rows behind them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import interruption, table
from benchmarks.case import BenchmarkError
from benchmarks.results import plots, tables
from benchmarks.results.rows import Figure, counted, figures, read_rows

ABOUT = "RESULTS.md with tables and plots, from the results of runs"
PAGE, PLOTS = "RESULTS.md", "plots"
HOME = Path(__file__).resolve().parents[1]

HEAD = """\
# Results

Made by `python -m benchmarks results` from what the runs wrote; nothing here is entered by hand,
and [README.md](README.md) says how to repeat it. Of several seeds the worst figure stands, column
by column. Of repeated runs the latest one of the newest commit counts; `+` marks a commit with
changes that were not committed. Limits and times are seconds of wall clock. Gaps are
(objective - bound) / objective.
"""
PROGRESS = """
In the plots a solid line is an objective above the best bound, a dashed one a bound below the best
objective, for every seed.
"""

SUITES: dict[str, tuple[str, Callable[[Sequence[Figure]], list[str]]]] = {
    "hourly": ("Hourly coverage: generated months", tables.gap_table),
    "scenarios": ("Scenarios: problem folders", tables.gap_table),
    "curtois": ("Shift Scheduling Benchmark (Curtois and Qu)", tables.gap_table),
    "inrc2": ("Nurse rostering: INRC-II, all weeks at once", tables.gap_table),
    "rivals": ("Rivals, in turn on the same cores", tables.rival_table),
    "ablation": ("Ablation: each stage switched off", tables.ablation_table),
}
INTERRUPTION_KEY = ("agents", "days", "signal", "sent_after", "time_limit")


def main(arguments: Sequence[str]) -> int:
    """Make the page; return 0."""
    options = _parser().parse_args(arguments)
    folders = [options.to, *(options.folders or [Path("benchmark-results")])]
    rows = read_rows(folders)
    disturbed = _disturbances(folders)
    if not rows and not disturbed:
        raise BenchmarkError("no results.csv with rows in " + ", ".join(map(str, folders)))
    options.to.mkdir(parents=True, exist_ok=True)
    found = figures(rows)
    drawn = _draw(found, options.to)
    (options.to / PAGE).write_text(_page(found, drawn, disturbed), encoding="utf-8")
    table.write(options.to / "results.csv", [row.values for row in rows])
    if disturbed:
        table.write(options.to / interruption.TABLE, disturbed, interruption.COLUMNS)
    print(f"{options.to / PAGE}: {len(rows)} runs, {sum(map(len, drawn.values()))} plots")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks results", description=f"Make {ABOUT}."
    )
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="OUT", help="folders of runs: benchmark-results"
    )
    parser.add_argument(
        "--to", type=Path, default=HOME, metavar="FOLDER", help="where the page goes: benchmarks"
    )
    return parser


def _disturbances(folders: Sequence[Path]) -> list[dict[str, str]]:
    rows = [
        row
        for folder in folders
        for row in table.read(folder / interruption.TABLE, interruption.COLUMNS)
    ]
    return counted(
        rows,
        key=lambda row: tuple(row[name] for name in INTERRUPTION_KEY),
        commit=lambda row: row["commit"],
    )


def _draw(found: Sequence[Figure], to: Path) -> dict[str, list[str]]:
    """Draw the plots; return the names of those that there are, by suite.

    A plot stays as it is where only kept rows, whose traces are gone, speak of its runs.
    """
    groups: dict[tuple[str, str, float, int], list[Figure]] = {}
    for figure in tables.ordered(found):
        key = (figure.suite, figure.instance, figure.time_limit, figure.workers)
        groups.setdefault(key, []).append(figure)
    drawn: dict[str, list[str]] = {}
    for (suite, instance, limit, workers), group in groups.items():
        path = to / PLOTS / f"{suite}-{instance}-{limit:g}s-{workers}w.svg"
        bounds = tables.best_bounds(f for f in found if f.suite == suite)
        kept = all(row.source == to for figure in group for row in figure.rows)
        try:
            there = plots.draw(_title(instance, limit, workers), group, bounds.get(instance), path)
        except ModuleNotFoundError:
            print("plots are left out: pip install matplotlib", file=sys.stderr)
            return {}
        if not there and not kept:
            path.unlink(missing_ok=True)
        if path.exists():
            drawn.setdefault(suite, []).append(path.name)
    return drawn


def _title(instance: str, limit: float, workers: int) -> str:
    return f"{instance}, {limit:g} s, {workers} worker{'s' * (workers > 1)}"


def _page(
    found: Sequence[Figure], drawn: dict[str, list[str]], disturbed: list[dict[str, str]]
) -> str:
    parts = [HEAD, PROGRESS if drawn else ""]
    for suite in dict.fromkeys((*SUITES, *(figure.suite for figure in found))):
        chosen = [figure for figure in found if figure.suite == suite]
        if chosen:
            title, lines = SUITES.get(suite, (suite, tables.gap_table))
            parts.append(f"\n## {title}\n\n{_setting(chosen)}\n\n")
            parts.append("\n".join(lines(chosen)) + "\n")
            names = drawn.get(suite, ())
            parts += [f"\n![{name.removesuffix('.svg')}]({PLOTS}/{name})\n" for name in names]
    if disturbed:
        parts.append(f"\n## Interrupted and killed\n\n{INTERRUPTED}\n")
        parts.append("\n".join(_disturbance_lines(disturbed)) + "\n")
    return "".join(parts)


INTERRUPTED = """\
`csshift solve` as a process on a generated month, told to end at several moments. Seconds are
those from the signal to the end of the process; without a signal, those of the process as a whole.
The files are judged by `csshift check`.
"""


def _setting(chosen: Sequence[Figure]) -> str:
    """Return on what the figures were measured."""
    rows = [row.values for figure in chosen for row in figure.rows]
    cores = ", ".join(sorted({row["cores"] for row in rows}, key=int))
    versions = sorted({row["versions"] for row in rows})
    return f"Cores: {cores}. " + " / ".join(versions)


def _disturbance_lines(disturbed: list[dict[str, str]]) -> list[str]:
    ordered = sorted(disturbed, key=lambda row: (int(row["agents"]), int(row["days"])))
    names = [name for name in interruption.COLUMNS if any(row[name] for row in ordered)]
    heads = [name.replace("_", " ") for name in names]
    return tables.lines(heads, [[row[name] or tables.NOTHING for name in names] for row in ordered])

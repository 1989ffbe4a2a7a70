"""Arguments and options of the commands, with their help and their limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated

import typer

from csshift.planner.arguments import (
    LARGEST_SEED,
    MOST_REPLICATIONS,
    MOST_SECONDS,
    MOST_WORKERS,
)


def _whole_number(least: int, most: int) -> Callable[[object], int]:
    """Return a reader of whole numbers whose complaint says what they may be."""

    def read(value: object) -> int:
        expected = f"{value!s:.40} is not a whole number from {least:,} to {most:,}"
        try:
            number = int(str(value))
        except ValueError:
            raise typer.BadParameter(expected) from None
        if not least <= number <= most:
            raise typer.BadParameter(expected)
        return number

    return read


def _seconds(value: float) -> float:
    if not 0 < value <= MOST_SECONDS:
        limit = f"{MOST_SECONDS:,.0f}"
        raise typer.BadParameter(f"{value:g} is not above 0 and at most {limit} seconds")
    return value


def _share(value: float) -> float:
    if math.isnan(value) or not 0 <= value < 1:
        raise typer.BadParameter(f"{value:g} is not a share of at least 0 and below 1")
    return value


Rules = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MODULE",
        envvar="CSSHIFT_RULES",
        help="Load the rules of a Python module, from the search path or the current directory. "
        "This runs the module; may be given several times.",
    ),
]
Folder = Annotated[
    str,
    typer.Argument(
        metavar="FOLDER",
        help="Problem folder with problem.toml and the tables; or a workbook, BOOK.xlsx.",
    ),
]
NewFolder = Annotated[
    str, typer.Argument(metavar="FOLDER", help="Where to write; made when it is not there.")
]
Out = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER",
        help="Where the result goes; made when it is not there. Default: FOLDER/result, or "
        "BOOK-result beside a workbook.",
    ),
]
TimeLimit = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        callback=_seconds,
        help="Stop after so long and keep the best roster; ends sooner when it is optimal.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        metavar="N",
        parser=_whole_number(0, LARGEST_SEED),
        help="Another seed searches in another order.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        parser=_whole_number(1, MOST_WORKERS),
        help=f"Threads to search with, 1 to {MOST_WORKERS}. Default: every core.",
    ),
]
Gap = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        callback=_share,
        help="Stop as soon as the roster is proven this close to the best: 0.01 is 1 %.",
    ),
]
Reproducible = Annotated[
    bool,
    typer.Option(
        "--reproducible",
        help="The same seed gives the same roster on the same machine; slower.",
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Show no progress, only the summary at the end.")
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Show points, too: objective, bound, what the objective is made of, and the stages "
        "of the search.",
    ),
]
RosterFile = Annotated[
    str,
    typer.Option(
        "--roster",
        metavar="FILE",
        help="Roster: columns agent_id, date, shift; or a workbook with a row a person and a "
        "column a day.",
    ),
]
DutiesFile = Annotated[
    str | None,
    typer.Option(
        "--duties",
        metavar="FILE",
        help="Duty turns: columns date, duty, stores, agent_id. Left out: nobody holds a duty.",
    ),
]
RosterOrResult = Annotated[
    str,
    typer.Option(
        "--roster",
        metavar="FOLDER|FILE",
        help="A result folder with its hourly plan, or a roster: agent_id, date, shift.",
    ),
]
Replications = Annotated[
    int,
    typer.Option(
        metavar="N",
        parser=_whole_number(2, MOST_REPLICATIONS),
        help="How often; more give narrower confidence intervals.",
    ),
]
SimulationSeed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        parser=_whole_number(0, LARGEST_SEED),
        help="The same seed, the same figures.",
    ),
]
OutFile = Annotated[
    str | None,
    typer.Option("--out", metavar="FILE", help="Write every interval into a CSV file, too."),
]

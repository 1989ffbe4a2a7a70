"""Options shared by several commands, and the limits of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Literal

from typer import Argument, BadParameter, Option

from csshift.planner.arguments import LARGEST_SEED, MOST_SECONDS

Language = Literal["zh", "en"]
Folder = Annotated[
    str,
    Argument(
        metavar="FOLDER",
        help="Problem folder with problem.toml and the tables; or a workbook, BOOK.xlsx.",
    ),
]
DutiesFile = Annotated[
    str | None,
    Option(
        "--duties",
        metavar="FILE",
        help="Duty turns: columns date, duty, stores, agent_id. Left out: nobody holds a duty.",
    ),
]
Force = Annotated[bool, Option("--force", help="Overwrite files that csshift did not write.")]
Lang = Annotated[Language, Option("--lang", help="Language of reports and workbooks.")]
OutFile = Annotated[str, Option("--out", metavar="FILE", help="The table to write.")]


def whole_number(least: int, most: int) -> Callable[[object], int]:
    """Return a parser of whole numbers whose error states the range."""

    def read(value: object) -> int:
        expected = f"{value!s:.40} is not a whole number from {least:,} to {most:,}"
        try:
            number = int(str(value))
        except ValueError:
            raise BadParameter(expected) from None
        if not least <= number <= most:
            raise BadParameter(expected)
        return number

    return read


seed = whole_number(0, LARGEST_SEED)


def seconds(value: float) -> float:
    """Return a time limit that `csshift.solve` takes."""
    if not 0 < value <= MOST_SECONDS:
        limit = f"{MOST_SECONDS:,.0f}"
        raise BadParameter(f"{value:g} is not above 0 and at most {limit} seconds")
    return value


def share(value: float) -> float:
    """Return a share of at least 0 and below 1."""
    if math.isnan(value) or not 0 <= value < 1:
        raise BadParameter(f"{value:g} is not a share of at least 0 and below 1")
    return value

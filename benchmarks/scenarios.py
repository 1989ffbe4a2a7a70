"""Problem folders as they are: the public scenarios, or any folder of such folders."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import csshift
from benchmarks.case import BenchmarkError, Case
from csshift.io.layout import FORECAST

TIME_LIMIT = 60.0
LARGE_TIME_LIMIT = 300.0
LARGE = ("s3", "s4")


BY_INQUIRIES = "-by-inquiries"
"""End of the name of a folder whose forecast is pooled and priced as it is by default."""


class FolderCase(Case):
    """One problem folder.

    Parameters
    ----------
    suite, name : str
    folder : Path
    time_limit : float
    first_objective : bool
        Whether a forecast is staffed and priced as in version 0.1, so that rows can be compared.
    """

    def __init__(
        self,
        suite: str,
        name: str,
        folder: Path,
        time_limit: float,
        *,
        first_objective: bool = True,
    ) -> None:
        super().__init__(suite, name, time_limit)
        self.folder = folder
        self.first_objective = first_objective

    def problem(self) -> csshift.Problem:
        """Read the folder."""
        problem = csshift.load(self.folder)
        return with_first_objective(problem) if self.first_objective else problem


def with_first_objective(problem: csshift.Problem) -> csshift.Problem:
    """Return the problem of version 0.1: stores alone, one price of a missing head, no edges.

    A wish costs the 4 points that it did, unless the folder says otherwise.
    """
    first: dict[str, object] = {"shortage_by": "heads"}
    if "wish_minutes" not in problem.weights.model_fields_set and problem.weights.request is None:
        first["request"] = Decimal(4)
    weights = problem.weights.model_copy(update=first)
    horizon = problem.horizon.model_copy(update={"edges": "none"})
    return problem.with_(pools="separate", weights=weights, horizon=horizon)


def cases(names: Iterable[str], data: Path) -> list[Case]:
    """Return the folders whose names start as given; all of them when none is.

    Parameters
    ----------
    data : Path
        Holds problem folders, itself or in ``scenarios``; or stands beside ``scenarios``.
    """
    places = (data / "scenarios", data.resolve().parent / "scenarios", data)
    parent = next((place for place in places if any(place.glob("*/problem.toml"))), None)
    if parent is None:
        raise BenchmarkError(f"no folder with a problem.toml in {data}")
    folders = sorted(path.parent for path in parent.glob("*/problem.toml"))
    wanted = list(names) or [folder.name for folder in folders]
    chosen = []
    for name in wanted:
        found = [folder for folder in folders if folder.name.startswith(name)]
        if not found:
            raise BenchmarkError(f"no problem folder {name} in {parent}")
        chosen += found
    return [case for folder in dict.fromkeys(chosen) for case in _cases(folder)]


def _cases(folder: Path) -> list[Case]:
    """Return a folder by the objective of version 0.1, and by today's where that is another."""
    limit = LARGE_TIME_LIMIT if folder.name.startswith(LARGE) else TIME_LIMIT
    name = folder.name
    found: list[Case] = [FolderCase("scenarios", name, folder, limit)]
    if (folder / FORECAST.file).exists():
        today = name + BY_INQUIRIES
        found.append(FolderCase("scenarios", today, folder, limit, first_objective=False))
    return found

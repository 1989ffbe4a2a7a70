"""Problem folders as they are: the public scenarios, or any folder of such folders."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import csshift
from benchmarks.case import BenchmarkError, Case

TIME_LIMIT = 60.0
LARGE_TIME_LIMIT = 300.0
LARGE = ("s3", "s4")


class FolderCase(Case):
    """One problem folder.

    The edges of the horizon are left out: figures then compare with those of earlier versions,
    and with programs that know no day after the last one.
    """

    def __init__(self, suite: str, name: str, folder: Path, time_limit: float) -> None:
        super().__init__(suite, name, time_limit)
        self.folder = folder

    def problem(self) -> csshift.Problem:
        """Read the folder."""
        problem = csshift.load(self.folder)
        return problem.model_copy(
            update={"horizon": problem.horizon.model_copy(update={"edges": "none"})}
        )


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
    return [_case(folder) for folder in dict.fromkeys(chosen)]


def _case(folder: Path) -> Case:
    limit = LARGE_TIME_LIMIT if folder.name.startswith(LARGE) else TIME_LIMIT
    return FolderCase("scenarios", folder.name, folder, limit)

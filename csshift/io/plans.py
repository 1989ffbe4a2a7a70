"""A roster to be simulated: a result folder with its hourly plan, or a file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csshift.errors import Fault, InputError
from csshift.io.results import read_tables, reading
from csshift.io.rosters import read_duties, read_roster
from csshift.model.roster import Roster
from csshift.problem import Problem


def read_plan(path: str | Path, problem: Problem, duties: str | Path | None = None) -> Roster:
    """Return the roster that stands in a result folder, or in a file such as roster.csv.

    Parameters
    ----------
    path : str or Path
        A folder with roster.csv, and duties.csv and allocation.csv where they are there; or a
        file alone, which has no hourly plan.
    problem : Problem
        Knows the agents, shifts and duties.
    duties : str or Path or None
        A file of duty turns; wins over the one in the folder.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    parts: dict[str, Any] = {}
    faults: list[Fault] = []
    try:
        if Path(path).is_dir():
            with reading(Path(path)):
                parts |= dict(read_tables(problem, Path(path)))
        else:
            parts["assignments"] = read_roster(path, problem)
    except InputError as error:
        faults.extend(error.faults)
    try:
        if duties is not None:
            parts["duties"] = read_duties(duties, problem)
    except InputError as error:
        faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return Roster().model_copy(update=parts)

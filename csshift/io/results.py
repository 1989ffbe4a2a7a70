"""The content of a result folder: the facts of the solve, and the roster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from csshift.errors import Fault, InputError, collecting
from csshift.io.exchange import steady
from csshift.io.layout import ROSTER
from csshift.io.rosters import read_duties, read_roster_file, read_tables
from csshift.io.rows import read_json
from csshift.io.wording import complaints
from csshift.io.writing import RESULT_FILE, ResultFile
from csshift.model.roster import Roster
from csshift.problem import Problem

LATER_FIELDS: dict[str, Any] = {
    "conflicts": (),
    "notes": (),
    "gap_hours": None,
    "inquiries": None,
    "unserved_inquiries": None,
    "reported": (),
}
"""Fields of result.json that a file need not have."""


def read_result(problem: Problem, folder: str | Path) -> tuple[ResultFile, Roster | None]:
    """Return the content of a result folder: the facts and the roster, which is not judged.

    Raises
    ------
    InputError
        With every fault of the files: missing ones, unknown agents, shifts, duties or dates.
    """
    path = Path(folder)
    _require_folder(path)
    with reading(path):
        facts = _read_facts(path)
        if not (path / ROSTER.file).exists() and facts.objective is None:
            return facts, None
        return facts, read_tables(problem, path)


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        problem = "not a folder" if folder.exists() else "there is no such folder"
        raise InputError([Fault(str(folder), problem, f"give the folder that holds {RESULT_FILE}")])


def read_plan(path: str | Path, problem: Problem, duties: str | Path | None = None) -> Roster:
    """Return the roster in a result folder, or in a file such as roster.csv.

    Parameters
    ----------
    path : str or Path
        A folder with roster.csv, and duties.csv and allocation.csv where they are there; or a
        file alone, which has no hourly plan.
    problem : Problem
        Knows the agents, shifts and duties.
    duties : str or Path or None
        A file of duty turns; wins over the one in the folder.
    """
    folder = Path(path)
    if not folder.is_dir():
        return read_roster_file(path, problem, duties)
    roster, faults = Roster(), list[Fault]()
    with collecting(faults), reading(folder):
        roster = read_tables(problem, folder)
    if duties is not None:
        with collecting(faults):
            roster = roster.model_copy(update={"duties": read_duties(duties, problem)})
    if faults:
        raise InputError(faults)
    return roster


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Read a result folder while no csshift process exchanges its files."""
    try:
        with steady(folder):
            yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError([Fault(str(folder), f"cannot be read: {reason}", "try again")]) from None


def _read_facts(folder: Path) -> ResultFile:
    try:
        content = read_json(folder / RESULT_FILE)
    except InputError as error:
        [fault] = error.faults
        raise InputError([fault if fault.remedy else _not_ours(fault.problem)]) from None
    if not isinstance(content, dict):
        raise InputError([_not_ours("not a table of fields")])
    known = {name: content[name] for name in ResultFile.model_fields if name in content}
    try:
        return ResultFile.model_validate_json(json.dumps(LATER_FIELDS | known))
    except ValidationError as error:
        raise InputError(
            _not_ours(complaint.problem, ".".join(map(str, complaint.place)), complaint.value)
            for complaint in complaints(error, ResultFile)
        ) from None


def _not_ours(problem: str, column: str | None = None, value: str | None = None) -> Fault:
    remedy = "csshift solve writes it: solve the problem again"
    return Fault(RESULT_FILE, problem, remedy, column=column, value=value)

"""A roster made in part by hand, fixed as it is so that the rest can be planned around it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from csshift.errors import Fault, InputError
from csshift.io.excel.book import is_workbook
from csshift.io.rosters import read_roster
from csshift.model.people import Pin
from csshift.problem import Problem
from csshift.problem.faults import find_faults


def pin_roster(problem: Problem, path: str | Path) -> Problem:
    """Return the problem with what a roster says fixed, to be completed by a solve.

    Parameters
    ----------
    problem : Problem
    path : str or Path
        A workbook in matrix form, in which filled cells are fixed, those that say that the
        day is off as days off, and blank ones are free; or a file such as roster.csv, whose
        shifts are fixed. Days without a column are free.

    Raises
    ------
    InputError
        With every fault of the roster, and where it contradicts pins, leave or employment.
    MissingExtraError
        When the package that reads workbooks is needed and not installed.
    """
    places: list[str] = []
    known = {(pin.agent_id, pin.date, pin.shift) for pin in problem.pins}
    added: list[Pin] = []
    for pin, where in _decisions(problem, path):
        if (pin.agent_id, pin.date, pin.shift) not in known:
            added.append(pin)
            places.append(where)
    fields = {name: getattr(problem, name) for name in type(problem).model_fields}
    fields["pins"] = (*problem.pins, *added)
    faults = [_placed(fault, len(problem.pins), places) for fault in find_faults(fields)]
    if faults:
        raise InputError(faults)
    return Problem.model_construct(**fields)


def _decisions(problem: Problem, path: str | Path) -> list[tuple[Pin, str]]:
    """Return what the roster fixes, each with the place where it stands."""
    if is_workbook(path):
        from csshift.io.excel.matrix import read_matrix

        return [
            (Pin(agent_id=entry.agent_id, date=entry.date, shift=entry.shift), entry.where)
            for entry in read_matrix(path, problem).entries
        ]
    return [
        (
            Pin(agent_id=row.agent_id, date=row.date, shift=row.shift),
            f"{Path(path).name}, {row.agent_id} on {row.date}",
        )
        for row in read_roster(path, problem)
    ]


def _placed(fault: Fault, first: int, places: list[str]) -> Fault:
    if fault.table != "pins" or fault.index is None or fault.index < first:
        return fault
    return replace(fault, table=places[fault.index - first], index=None, column=None)

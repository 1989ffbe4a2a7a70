"""Reads rosters, duties and hourly plans from files, and validates each row against a problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from csshift.errors import Fault, InputError, collecting, suggestion
from csshift.io.assembly import in_order
from csshift.io.excel.book import is_workbook
from csshift.io.layout import ALLOCATION, DUTIES, ROSTER, EntityType
from csshift.io.tables import Content, read_table
from csshift.model.people import Pin
from csshift.model.roster import AllocationShare, Assignment, DutyTurn, Roster
from csshift.problem import Problem
from csshift.problem.faults import find_faults, first_faults
from csshift.problem.names import Noun, collect_names
from csshift.problem.outside import next_morning_minutes


def read_roster(path: str | Path, problem: Problem) -> tuple[Assignment, ...]:
    """Return the assignments in a file such as roster.csv, or in a workbook in matrix form.

    Whether they respect leave, employment and rules is judged by the checker.

    Parameters
    ----------
    path : str or Path
        The file; a workbook has one row per person and one column per day.
    problem : Problem
        Knows the agents, the shifts and the horizon.

    Raises
    ------
    InputError
        With every fault: unknown agents or shifts, dates outside the horizon, two shifts of
        an agent on one day, and all that can be wrong with a file; in a workbook also
        days of the horizon without a column.
    MissingExtraError
        When the package that reads workbooks is needed and not installed.
    """
    if is_workbook(path):
        return _from_matrix(path, problem)
    content = read_table(Path(path), ROSTER)
    nouns: dict[str, Noun] = {"agent_id": "agent", "shift": "shift"}
    _validate_rows(content, problem, nouns, unique="shift")
    return _sound(content)


def _from_matrix(path: str | Path, problem: Problem) -> tuple[Assignment, ...]:
    from csshift.io.excel.matrix import read_matrix

    matrix = read_matrix(path, problem)
    absent = [str(date) for date in problem.horizon.dates if date not in matrix.dates]
    if absent:
        listed = ", ".join(absent[:5]) + (", …" if len(absent) > 5 else "")
        remedy = "add a column for every planned day"
        raise InputError([Fault(matrix.file, f"no column for {listed}", remedy)])
    return matrix.assignments


def read_duties(path: str | Path, problem: Problem) -> tuple[DutyTurn, ...]:
    """Return the duty turns in a file such as duties.csv, or in a sheet of a workbook.

    Parameters
    ----------
    path : str or Path
        The file; a workbook has a sheet called as in a report, which may be absent.
    problem : Problem
        Knows the agents, the duties, their groups of stores, and the horizon.

    Returns
    -------
    tuple of DutyTurn
        With `stores` as the duty has them: in its order, empty for the group of all stores.

    Raises
    ------
    InputError
        With every fault: unknown agents or duties, stores that are no group of the duty,
        dates outside the horizon, an agent twice on one duty, and all that can be wrong
        with a file.
    """
    if is_workbook(path):
        from csshift.io.excel.tables import read_turns

        return read_turns(path, lambda content: _validate_turns(content, problem))
    return _validate_turns(read_table(Path(path), DUTIES), problem)


def _validate_turns(content: Content[DutyTurn], problem: Problem) -> tuple[DutyTurn, ...]:
    """Return the turns of a content, or raise all that is wrong with them."""
    groups, stores = {duty.name: duty.groups for duty in problem.duties}, problem.known_stores
    content.entities = [
        _in_group(row, groups[row.duty], line, stores, content) if row.duty in groups else row
        for row, line in zip(content.entities, content.lines, strict=True)
    ]
    nouns: dict[str, Noun] = {"agent_id": "agent", "duty": "duty"}
    _validate_rows(content, problem, nouns, unique="duty")
    return _sound(content)


def _in_group(
    row: DutyTurn,
    groups: tuple[tuple[str, ...], ...],
    line: int,
    stores: tuple[str, ...],
    content: Content[DutyTurn],
) -> DutyTurn:
    """Return the turn with its stores as the duty names that group."""
    named = set(row.stores or stores)
    for group in groups:
        if named == set(group or stores):
            return replace(row, stores=group)
    known = ["|".join(group or stores) for group in groups]
    content.add_fault(
        "no group of stores of this duty",
        suggestion("|".join(row.stores), known, "group"),
        line,
        column="stores",
        value="|".join(row.stores),
    )
    return row


def read_allocation(path: Path, problem: Problem) -> tuple[AllocationShare, ...]:
    """Return the hourly plan in a file such as allocation.csv."""
    content = read_table(path, ALLOCATION)
    content.entities = [_queue_in_order(row) for row in content.entities]
    nouns: dict[str, Noun] = {"agent_id": "agent", "store": "store", "skill": "skill"}
    minutes = next_morning_minutes(problem.horizon, problem.shifts)
    _validate_rows(content, problem, nouns, next_morning=minutes > 0)
    return _sound(content)


def _queue_in_order(row: AllocationShare) -> AllocationShare:
    """Return a row whose queue is named as csshift names it, the stores in order: ``S1|S2``."""
    if "|" not in row.store:
        return row
    stores = sorted(store.strip() for store in row.store.split("|"))
    return replace(row, store="|".join(stores))


def read_roster_file(
    path: str | Path, problem: Problem, duties: str | Path | None = None
) -> Roster:
    """Return the roster of a file such as roster.csv, or of a workbook with its list of turns.

    Parameters
    ----------
    path : str or Path
    problem : Problem
    duties : str or Path or None
        A file of duty turns; takes the place of the list in a workbook.
    """
    faults: list[Fault] = []
    assignments: tuple[Assignment, ...] = ()
    turns: tuple[DutyTurn, ...] = ()
    with collecting(faults):
        assignments = read_roster(path, problem)
    if duties is None and is_workbook(path):
        duties = path
    if duties is not None and not (faults and duties == path):
        with collecting(faults):
            turns = read_duties(duties, problem)
    if faults:
        raise InputError(faults)
    return Roster(assignments=assignments, duties=turns)


def read_tables(problem: Problem, folder: Path) -> Roster:
    """Return the roster that the tables of a result folder hold, unjudged."""
    parts: dict[str, Any] = {}
    faults: list[Fault] = []
    readers: tuple[tuple[str, str, Any], ...] = (
        ("assignments", ROSTER.file, read_roster),
        ("duties", DUTIES.file, read_duties),
        ("allocation", ALLOCATION.file, read_allocation),
    )
    for name, file, read in readers:
        if file != ROSTER.file and not (folder / file).exists():
            continue
        with collecting(faults):
            parts[name] = read(folder / file, problem)
    if faults:
        raise InputError(first_faults(faults))
    return Roster.model_construct(**parts)


def _validate_rows(
    content: Content[Any],
    problem: Problem,
    nouns: Mapping[str, Noun],
    unique: str = "",
    *,
    next_morning: bool = False,
) -> None:
    """Note rows with unknown names, dates outside the horizon, or what another row holds.

    Parameters
    ----------
    content : Content
        Takes the faults.
    problem : Problem
    nouns : mapping of str to noun
        What each column refers to.
    unique : str
        Column of which an agent may have one entry a day: shifts, or turns of the same duty.
    next_morning : bool
        Whether there may be rows of the day after the horizon.
    """
    names = collect_names({name: getattr(problem, name) for name in Problem.model_fields})
    horizon = problem.horizon
    seen: set[tuple[Any, ...]] = set()
    for row, line in zip(content.entities, content.lines, strict=True):
        if content.too_many:
            break
        for column, noun in nouns.items():
            value = getattr(row, column)
            if value in names.known.get(noun, ()):
                continue
            for name in value.split("|") if noun == "store" else (value,):
                for fault in names.validate(noun, name, content.file, None, column):
                    content.faults.append(fault.located(content.file, line))
        if row.date not in horizon and not (next_morning and row.date == horizon.next_date):
            problem_text = f"outside the horizon {horizon.start} to {horizon.end}"
            remedy = "correct the date, or remove the row"
            date = str(row.date)
            content.add_fault(problem_text, remedy, line, column="date", value=date)
        if not unique:
            continue
        value = getattr(row, unique)
        key = (row.agent_id, row.date, value if unique == "duty" else None)
        if key in seen:
            what = "turn" if unique == "duty" else unique
            second = f"a second {what} of {row.agent_id} on {row.date}"
            content.add_fault(second, "keep one of them", line, column=unique, value=value)
        seen.add(key)


def _sound(content: Content[EntityType]) -> tuple[EntityType, ...]:
    """Return the rows, or raise all that is wrong with them."""
    if content.faults:
        raise InputError(first_faults(in_order(content.faults)))
    return tuple(content.entities)


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
    """Return what the roster fixes, each with its place."""
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

"""Rosters and duties that somebody made, to be checked against a problem."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date
from pathlib import Path

from csshift.errors import Fault, InputError, suggestion
from csshift.instance import Instance
from csshift.io.excel.book import is_workbook
from csshift.io.layout import DUTIES, ROSTER, EntityType
from csshift.io.reading import in_order
from csshift.io.tables import Content, read_table
from csshift.model.roster import Assignment, DutyTurn
from csshift.problem import Problem
from csshift.problem.faults import first_faults


def read_roster(path: str | Path, problem: Problem) -> tuple[Assignment, ...]:
    """Return the assignments in a file such as roster.csv, or in a workbook in matrix form.

    Whether they respect leave, employment and rules is for the checker to say.

    Parameters
    ----------
    path : str or Path
        The file; a workbook has a row a person and a column a day.
    problem : Problem
        Knows the agents, the shifts and the horizon.

    Raises
    ------
    InputError
        With every fault: unknown agents or shifts, dates outside the horizon, two shifts of
        an agent on one day, and all that can be wrong with a file; in a workbook days of the
        horizon without a column, too.
    MissingExtraError
        When the package that reads workbooks is needed and not installed.
    """
    if is_workbook(path):
        return _from_matrix(path, problem)
    instance, content = Instance(problem), read_table(Path(path), ROSTER)
    shifts = [shift.code for shift in problem.shifts]
    seen: set[tuple[str, Date]] = set()
    for row, line in zip(content.entities, content.lines, strict=True):
        if content.too_many:
            break
        _judge_day(row, line, instance, content)
        _judge_name(row.shift, shifts, "shift", line, content)
        if (row.agent_id, row.date) in seen:
            content.add_fault(
                f"a second shift of {row.agent_id} on {row.date}",
                "keep one of them",
                line,
                column="shift",
                value=row.shift,
            )
        seen.add((row.agent_id, row.date))
    return _whole(content)


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
        from csshift.io.excel.turns import read_turns

        return read_turns(path, lambda content: _judge_turns(content, problem))
    return _judge_turns(read_table(Path(path), DUTIES), problem)


def _judge_turns(content: Content[DutyTurn], problem: Problem) -> tuple[DutyTurn, ...]:
    """Return the turns of a content, or raise all that is wrong with them."""
    instance = Instance(problem)
    duties = {duty.name: duty for duty in problem.duties}
    seen: set[tuple[str, str, Date]] = set()
    turns: list[DutyTurn] = []
    for row, line in zip(content.entities, content.lines, strict=True):
        if content.too_many:
            break
        _judge_day(row, line, instance, content)
        _judge_name(row.duty, duties, "duty", line, content)
        if row.duty in duties:
            turns.append(_in_group(row, duties[row.duty].groups, line, instance, content))
        if (row.agent_id, row.duty, row.date) in seen:
            content.add_fault(
                f"a second turn of {row.agent_id} on {row.date}",
                "keep one of them",
                line,
                column="duty",
                value=row.duty,
            )
        seen.add((row.agent_id, row.duty, row.date))
    content.entities = turns
    return _whole(content)


def _in_group(
    row: DutyTurn,
    groups: tuple[tuple[str, ...], ...],
    line: int,
    instance: Instance,
    content: Content[DutyTurn],
) -> DutyTurn:
    """Return the turn with its stores as the duty names that group."""
    named = set(row.stores or instance.known_stores)
    for group in groups:
        if named == set(group or instance.known_stores):
            return row.model_copy(update={"stores": group})
    known = ["|".join(group or instance.known_stores) for group in groups]
    content.add_fault(
        "no group of stores of this duty",
        suggestion("|".join(row.stores), known, "group"),
        line,
        column="stores",
        value="|".join(row.stores),
    )
    return row


def _judge_day(
    row: Assignment | DutyTurn, line: int, instance: Instance, content: Content[EntityType]
) -> None:
    agents = instance.grid.agent_index
    _judge_name(row.agent_id, agents, "agent_id", line, content)
    if row.date not in instance.horizon:
        content.add_fault(
            f"outside the horizon {instance.horizon.start} to {instance.horizon.end}",
            "correct the date, or remove the row",
            line,
            column="date",
            value=str(row.date),
        )


def _judge_name(
    name: str, known: Iterable[str], column: str, line: int, content: Content[EntityType]
) -> None:
    if name not in known:
        noun = column.removesuffix("_id")
        remedy = suggestion(name, known, noun)
        content.add_fault(f"unknown {noun}", remedy, line, column=column, value=name)


def _whole(content: Content[EntityType]) -> tuple[EntityType, ...]:
    if content.faults:
        raise InputError(first_faults(in_order(content.faults)))
    return tuple(content.entities)

"""The hard conditions of a problem alone, each as a group of rows that can be left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date as Date
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from csshift.compile.work import add_pins, add_work
from csshift.instance.availability import availability
from csshift.model.entity import MINUTES_PER_DAY, Span
from csshift.program import ABSENT, NOBODY, Builder, Integers, Program
from csshift.rules.base import Rule
from csshift.rules.cover import ShiftCover
from csshift.rules.work import WorkColumns

if TYPE_CHECKING:
    from csshift.instance import Instance

LEAVE: Final = "leave"
EMPLOYMENT: Final = "employment"
AVAILABILITY: Final = "availability"
DEFINITION = -1
"""Group of rows that define the columns."""

Kind = Literal["rule", "pin", "leave", "availability", "employment"]


@dataclass(frozen=True)
class Condition:
    """One hard condition: a rule for one agent or all, a pin, a day of leave, an employment.

    Parameters
    ----------
    kind : {"rule", "pin", "leave", "availability", "employment"}
    rule : Rule or None
        Of a condition that comes from a rule.
    agent : int or None
        Position of the agent; None if it concerns several.
    first, last : int or None
        Planned days that it concerns, or None. A day of leave may lie outside.
    rows : tuple of int
        Its rows in the program.
    """

    kind: Kind
    rule: Rule | None
    agent: int | None
    first: int | None
    last: int | None
    rows: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class HardProgram:
    """The hard conditions of a problem; work is also offered on leave and outside employment.

    Parameters
    ----------
    program : Program
        Without costs.
    group : int array, shape (rows,)
        Position in `conditions`, DEFINITION for rows that say what the columns mean.
    """

    instance: Instance
    program: Program
    work: WorkColumns
    conditions: tuple[Condition, ...]
    group: Integers


def compile_hard(instance: Instance, *, separate: bool = True) -> HardProgram:
    """Return the hard conditions of a problem as a program whose rows are grouped.

    Parameters
    ----------
    instance : Instance
    separate : bool
        Whether leave, availability and employment are conditions; else they only
        remove columns, as in the program that is solved.
    """
    builder, grid = Builder(), instance.grid
    offered = _offered_always(instance) if separate else grid.offered
    work = add_work(instance, builder, offered)
    planned = offered & ~grid.offered
    planned[:, : grid.history_days] = False
    work.withheld = work.shift[planned]
    blocks: list[tuple[Kind, Rule | None, int, int, int]] = []

    def close(kind: Kind, rule: Rule | None, before: tuple[int, int]) -> None:
        blocks.append((kind, rule, before[0], builder.size[0], before[1]))

    before = builder.size
    _add_employment(instance, work, offered)
    close(EMPLOYMENT, None, before)
    before = builder.size
    leave_days = _add_leave(instance, work)
    close(LEAVE, None, before)
    before = builder.size
    _add_availability(instance, work)
    close(AVAILABILITY, None, before)
    before = builder.size
    add_pins(instance, work)
    close("pin", None, before)
    for rule in instance.effective_rules:
        if rule.hard:
            before = builder.size
            rule.rows(work)
            close("rule", rule, before)
    program = builder.build()
    conditions: list[Condition] = []
    for kind, origin, first, last, column in blocks:
        rows = np.arange(first, last)
        found = list(_conditions(kind, origin, program, rows, column))
        if kind == LEAVE:
            # Nights of the day before are among the columns, but the leave is of one date.
            dated = zip(found, leave_days, strict=True)
            found = [replace(part, first=day, last=day) for part, day in dated]
        conditions += found
    group = np.full(program.rows, DEFINITION, dtype=np.int64)
    for number, condition in enumerate(conditions):
        group[list(condition.rows)] = number
    return HardProgram(instance, program, work, tuple(conditions), group)


def _offered_always(instance: Instance) -> NDArray[np.bool_]:
    """Return the shifts offered without leave, availability and limits of employment."""
    grid = instance.grid
    always = tuple(
        agent.model_copy(update={"start_date": None, "end_date": None}) for agent in grid.agents
    )
    return availability(always, grid.shifts, (), grid.dates)[1]


def _add_employment(instance: Instance, work: WorkColumns, offered: NDArray[np.bool_]) -> None:
    """Nobody works outside their employment: a row for each agent whose time it limits."""
    grid = instance.grid
    _, employed = availability(grid.agents, grid.shifts, (), grid.dates)
    missing = offered & ~employed
    missing[:, : grid.history_days] = False
    agents = np.flatnonzero(missing.any(axis=(1, 2)))
    if agents.size:
        columns = np.where(missing[agents], work.shift[agents], ABSENT)
        work.builder.rows(columns.reshape(agents.size, -1), 1, family=EMPLOYMENT, upper=0)


def _add_leave(instance: Instance, work: WorkColumns) -> list[int]:
    """Nobody works on leave: a row for each agent and day of leave; return the days."""
    rows, days = [], []
    for (agent, date), spans in leave_by_day(instance).items():
        columns = _columns_on_leave(instance, work, agent, date, spans)
        if columns.size:
            rows.append(columns)
            days.append((date - instance.horizon.start).days)
    if rows:
        table = np.full((len(rows), max(row.size for row in rows)), ABSENT, dtype=np.int64)
        for place, row in zip(table, rows, strict=True):
            place[: row.size] = row
        work.builder.rows(table, 1, family=LEAVE, upper=0)
    return days


def _add_availability(instance: Instance, work: WorkColumns) -> None:
    """Nobody works a shift that availability forbids: a row for each agent and day."""
    planned = work.shift[:, instance.grid.history_days :]
    agents, days = np.nonzero(instance.barred.any(axis=2))
    if agents.size:
        columns = np.where(instance.barred[agents, days], planned[agents, days], ABSENT)
        work.builder.rows(columns, 1, family=AVAILABILITY, upper=0)


def leave_by_day(instance: Instance) -> dict[tuple[int, Date], list[Span]]:
    """Return the hours of leave by position of the agent and by date."""
    found: defaultdict[tuple[int, Date], list[Span]] = defaultdict(list)
    for row in instance.problem.leave:
        agent = instance.grid.agent_index.get(row.agent_id)
        if agent is not None:
            found[agent, row.date].append(row.span)
    return dict(found)


def _columns_on_leave(
    instance: Instance, work: WorkColumns, agent: int, date: Date, spans: list[Span]
) -> Integers:
    """Return the columns of the shifts that touch leave, those of the days around included."""
    grid = instance.grid
    found = []
    for later in (-1, 0, 1):
        day = (date - instance.horizon.start).days + later
        if 0 <= day < instance.horizon.days:
            offset = later * MINUTES_PER_DAY
            parts = [Span(span.start - offset, span.end - offset) for span in spans]
            touched = [any(s.overlap(part) > 0 for part in parts) for s in grid.shifts]
            found.append(work.shift[agent, grid.history_days + day][touched])
    columns = np.concatenate([*found, np.empty(0, dtype=np.int64)])
    return np.asarray(columns[columns != ABSENT])


def _conditions(
    kind: Kind, rule: Rule | None, program: Program, rows: Integers, column: int
) -> Iterator[Condition]:
    """Yield the conditions that consist of the rows of one origin.

    Rows of the same agent and days are one condition, and so are rows that share an auxiliary
    column, such as "any shift of this weekend is worked". Heads on shifts stay apart.
    """
    if not rows.size:
        return
    labels = [_label(program, int(row)) for row in rows]
    separate = isinstance(rule, ShiftCover) or kind != "rule"
    keys = {key: i for i, key in enumerate(dict.fromkeys(labels))}
    own = np.arange(rows.size) if separate else np.array([keys[label] for label in labels])
    joined = _joined(program, rows, own, column)
    for number in range(int(joined.max()) + 1):
        members = np.flatnonzero(joined == number)
        agents = {labels[i][0] for i in members}
        days = [day for i in members for day in labels[i][1:] if day is not None]
        yield Condition(
            kind=kind,
            rule=rule,
            agent=agents.pop() if len(agents) == 1 else None,
            first=min(days, default=None),
            last=max(days, default=None),
            rows=tuple(rows[members].tolist()),
        )


def _label(program: Program, row: int) -> tuple[int | None, int | None, int | None]:
    """Return agent, first and last day of the columns of a row."""
    columns = program.matrix.indices[program.matrix.indptr[row] : program.matrix.indptr[row + 1]]
    days = program.column_day[columns]
    days = days[days != NOBODY]
    agent = int(program.row_agent[row])
    first, last = (int(days.min()), int(days.max())) if days.size else (None, None)
    return None if agent == NOBODY else agent, first, last


def _joined(program: Program, rows: Integers, key: Integers, column: int) -> Integers:
    """Return a number for each row, the same for rows with one key or a shared auxiliary column.

    Auxiliary columns are those from `column` on, up to those of the next rule.
    """
    part = program.matrix[rows].tocoo()
    own = part.col >= column
    ends = (
        np.concatenate([np.arange(rows.size), part.row[own]]),
        np.concatenate([rows.size + key, rows.size + key.max() + 1 + part.col[own] - column]),
    )
    size = int(rows.size + key.max() + 2 + program.columns - column)
    graph = csr_array((np.ones(ends[0].size, dtype=np.int8), ends), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    return np.unique(label[: rows.size], return_inverse=True)[1]

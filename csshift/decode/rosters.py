"""From the values of a program to a roster, and from a roster to decisions."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.program import ABSENT, NOBODY, Program

if TYPE_CHECKING:
    from csshift.compile import Compiled

Integers = NDArray[np.int64]


def decode_decisions(compiled: Compiled, values: Integers) -> Roster:
    """Return the shifts and duties that the values of a program stand for."""
    return Roster.model_construct(
        assignments=_assignments(compiled, values), duties=_duties(compiled, values)
    )


def _chosen(columns: Integers, values: Integers) -> NDArray[np.bool_]:
    return np.asarray((columns != ABSENT) & (values[columns] == 1))


def _assignments(compiled: Compiled, values: Integers) -> tuple[Assignment, ...]:
    instance = compiled.instance
    planned = compiled.work.shift[:, compiled.work.grid.history_days :]
    dates = instance.horizon.dates
    return tuple(
        Assignment(
            agent_id=instance.agents[agent].agent_id,
            date=dates[day],
            shift=instance.shifts[shift].code,
        )
        for agent, day, shift in np.argwhere(_chosen(planned, values)).tolist()
    )


def _duties(compiled: Compiled, values: Integers) -> tuple[DutyTurn, ...]:
    instance = compiled.instance
    turns = []
    for columns in compiled.duties:
        for group, agent, day, shift in np.argwhere(_chosen(columns.hold, values)).tolist():
            span = columns.duty.held_span(instance.shifts[shift])
            turns.append(
                DutyTurn(
                    date=instance.horizon.start + timedelta(days=day),
                    duty=columns.duty.name,
                    stores=columns.duty.groups[group],
                    agent_id=instance.agents[agent].agent_id,
                    start=span.start,
                    end=span.end,
                )
            )
    return tuple(sorted(turns, key=lambda turn: (turn.date, turn.duty, turn.stores, turn.agent_id)))


def encode_decisions(compiled: Compiled, roster: Roster) -> Integers:
    """Return values of a program whose work and duty decisions are those of a roster.

    What the program has no column for is left out. The slack of single agents' soft rules and
    fair shares follows from that; other recourse columns are at their lower bounds.
    """
    instance, work = compiled.instance, compiled.work
    first, grid = work.grid.history_days, work.grid
    values = compiled.program.lower.copy()
    worked: dict[tuple[int, int], int] = {}
    for entry in roster.assignments:
        agent, day = grid.agent_index[entry.agent_id], instance.horizon.index(entry.date)
        shift = grid.shift_index[entry.shift]
        if work.shift[agent, first + day, shift] != ABSENT:
            values[work.shift[agent, first + day, shift]] = 1
            values[work.day[agent, first + day]] = 1
            worked[agent, day] = shift
    by_name = {columns.duty.name: columns for columns in compiled.duties}
    for turn in roster.duties:
        columns = by_name[turn.duty]
        agent, day = grid.agent_index[turn.agent_id], instance.horizon.index(turn.date)
        group = columns.duty.groups.index(turn.stores)
        place = worked.get((agent, day))
        if place is not None and columns.hold[group, agent, day, place] != ABSENT:
            values[columns.hold[group, agent, day, place]] = 1
    _raise_slacks(compiled, values)
    return values


def _raise_slacks(compiled: Compiled, values: Integers) -> None:
    """Raise the slack columns of agents, the cheapest first, until their rows hold.

    Where they cannot make a row hold, the decisions break a hard rule, and it is left so.
    """
    program = compiled.program
    slack = program.column_agent != NOBODY
    decided = [compiled.work.day, compiled.work.shift, *(c.hold for c in compiled.duties)]
    for columns in decided:
        slack[columns[columns != ABSENT]] = False
    raised = True
    by_column = program.matrix.tocsc()
    while raised:  # a slack that was raised can ask another row for more
        broken = program.broken_rows(values).tolist()
        raised = sum(raise_slack(program, by_column, slack, values, row) for row in broken) > 0


def raise_slack(
    program: Program,
    by_column: csc_array,
    slack: NDArray[np.bool_],
    values: Integers,
    row: int,
) -> bool:
    """Raise slack columns of one row as far as it needs; return whether any was raised.

    Columns that cost nothing say what holds, such as which of several patterns a period
    contains: those that would break a row come last, and those that help most rows first.
    """
    span = slice(program.matrix.indptr[row], program.matrix.indptr[row + 1])
    ids, weights = program.matrix.indices[span], program.matrix.data[span]
    activity = int(weights @ values[ids])  # an earlier row may have raised a shared slack
    short, above = int(program.row_lower[row]) - activity, activity - int(program.row_upper[row])
    missing, sign = (short, 1) if short > 0 else (above, -1)
    useful = np.flatnonzero(slack[ids] & (weights * sign > 0))
    order: list[tuple[bool, Fraction, int, int]] = []
    for place in useful.tolist():
        cost, broken, helped = int(program.cost[ids[place]]), 0, 0
        if not cost and missing > 0:
            broken, helped = _effect(program, by_column, values, int(ids[place]))
        price = Fraction(cost, abs(int(weights[place])))
        order.append((broken > 0, price, -helped, place))
    raised = False
    for *_, place in sorted(order):
        column, step = ids[place], abs(int(weights[place]))
        room = int(program.upper[column] - values[column])
        units = min(room, -(-max(missing, 0) // step))
        values[column] += units
        missing -= units * step
        raised = raised or units > 0
    return raised


def _effect(
    program: Program, by_column: csc_array, values: Integers, column: int
) -> tuple[int, int]:
    """Return how many rows break, and how many broken ones gain, if a column rises by one."""
    span = slice(by_column.indptr[column], by_column.indptr[column + 1])
    rows, weights = by_column.indices[span], by_column.data[span]
    now = np.asarray(program.matrix[rows] @ values)
    low, high = program.row_lower[rows], program.row_upper[rows]
    before = np.maximum(low - now, 0) + np.maximum(now - high, 0)
    after = np.maximum(low - now - weights, 0) + np.maximum(now + weights - high, 0)
    return int(((before == 0) & (after > 0)).sum()), int((after < before).sum())

"""Tiny schedules written as text, and the program's verdict on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from csshift.model.entity import parse_span
from csshift.model.horizon import Horizon
from csshift.model.people import Agent
from csshift.model.shifts import Shift
from csshift.program import ABSENT, NOBODY, UNBOUNDED, Builder, Program
from csshift.rules.base import Rule, Violation
from csshift.rules.grid import OFF, UNKNOWN, RosterGrid, Schedule
from csshift.rules.registry import parse_rule
from csshift.rules.work import WorkColumns

MONDAY = Date(2026, 3, 16)


def shift(code: str, hours: str, break_minutes: int = 0, tags: str = "") -> Shift:
    spans = tuple(parse_span(part) for part in hours.split("+"))
    return Shift(code=code, hours=spans, break_minutes=break_minutes, tags=tuple(tags.split()))


SHIFTS = (
    shift("D", "08:00-17:00", 60, "day"),
    shift("E", "14:00-23:00", 60, "late"),
    shift("N", "22:00-30:00", 0, "late night"),
)


def plan(
    *rows: str,
    start: Date | None = None,
    shifts: Sequence[Shift] = SHIFTS,
    tags: Sequence[str] | None = None,
) -> Schedule:
    """Return a schedule from one text an agent, such as ``DD-|D.-N``.

    A letter is a shift code, ``-`` a day off, ``.`` a day on leave, ``?`` a day of work on a
    shift that is not known, and ``|`` stands before the first planned day. That day is `start`;
    left out, the first known day is a Monday.
    """
    parts = [row.split("|") if "|" in row else ["", row] for row in rows]
    past, planned = len(parts[0][0]), len(parts[0][1])
    start = start or MONDAY + timedelta(days=past)
    cells = [list(before + after) for before, after in parts]
    codes = [s.code for s in shifts]
    labels = tags or [""] * len(rows)
    available = np.array([[c != "." for c in row] for row in cells], dtype=np.bool_)
    grid = RosterGrid(
        agents=tuple(
            Agent(agent_id=f"a{i}", skills={"hotline": Decimal(1)}, tags=tuple(words.split()))
            for i, words in enumerate(labels)
        ),
        shifts=tuple(shifts),
        horizon=Horizon(start=start, days=planned),
        history_days=past,
        dates=tuple(start + timedelta(days=i) for i in range(-past, planned)),
        available=available,
        offered=np.repeat(available[:, :, None], len(shifts), axis=2),
    )
    known = {code: i for i, code in enumerate(codes)} | {"?": UNKNOWN}
    entries = [[known.get(c, OFF) for c in row] for row in cells]
    return Schedule(grid, np.array(entries, dtype=np.int64))


def work_columns(schedule: Schedule) -> tuple[WorkColumns, NDArray[np.int64]]:
    """Return work columns for the grid of a schedule, and the schedule as their values."""
    grid, builder = schedule.grid, Builder()
    size = (*schedule.shift.shape, len(grid.shifts))
    shifts = np.full(size, ABSENT, dtype=np.int64)
    days = np.full(size[:2], ABSENT, dtype=np.int64)
    values = [1]
    for agent, day in np.ndindex(*size[:2]):
        worked = schedule.shift[agent, day]
        if day < grid.history_days:
            if worked != OFF:
                days[agent, day] = builder.one
            if worked >= 0:
                shifts[agent, day, worked] = builder.one
            continue
        assert worked == OFF or grid.offered[agent, day, worked], "not offered"
        offered = np.flatnonzero(grid.offered[agent, day])
        if offered.size:
            labels = {"agent": agent, "day": day - grid.history_days}
            ids = builder.columns(offered.size, family="work", upper=1, **labels)
            shifts[agent, day, offered] = ids
            days[agent, day] = builder.columns(1, family="work", upper=1, **labels)[0]
            values += [int(worked == i) for i in offered] + [int(worked != OFF)]
    return WorkColumns(grid, builder, shifts, days), np.array(values)


def cheapest(rule: Rule, schedule: Schedule) -> Fraction | None:
    """Return the least cost of a program that holds the rule alone; None when infeasible."""
    work, fixed = work_columns(schedule)
    rule.rows(work)
    program = work.builder.build()
    _check_labels(program, schedule, fixed.size)
    spare = program.matrix[:, fixed.size :]
    below = program.row_lower - program.matrix[:, : fixed.size] @ fixed
    above = program.row_upper - program.matrix[:, : fixed.size] @ fixed
    below[program.row_lower == -UNBOUNDED] = -UNBOUNDED
    above[program.row_upper == UNBOUNDED] = UNBOUNDED
    if (np.diff(spare.indptr) <= 1).all():
        values = _least(spare, below, above, program.lower[fixed.size :].copy())
    else:
        values = _solve(program, spare, below, above, fixed.size)
    if values is None or not program.holds(np.concatenate([fixed, values])):
        return None
    return Fraction(program.objective(np.concatenate([fixed, values])), program.scale)


def _least(
    spare: Any, below: NDArray[np.int64], above: NDArray[np.int64], values: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Raise each column as far as the rows ask, each of which holds at most one of them."""
    for row in np.flatnonzero(np.diff(spare.indptr)):
        column, weight = spare.indices[spare.indptr[row]], int(spare.data[spare.indptr[row]])
        bound = below[row] if weight > 0 else above[row]
        values[column] = max(values[column], -(-int(bound) // weight))
    return values


def _solve(
    program: Program, spare: Any, below: NDArray[np.int64], above: NDArray[np.int64], first: int
) -> NDArray[np.int64] | None:
    result = milp(
        program.cost[first:],
        integrality=np.ones(program.columns - first),
        bounds=Bounds(program.lower[first:], program.upper[first:]),
        constraints=LinearConstraint(spare.astype(float), below, above),
    )
    return np.rint(result.x).astype(np.int64) if result.success else None


def _check_labels(program: Program, schedule: Schedule, first: int) -> None:
    planned = schedule.grid.horizon.days
    assert (program.cost[first:] >= 0).all()
    assert ((program.column_day >= NOBODY) & (program.column_day < planned)).all()
    touched = np.unique(program.matrix.indices)
    used = np.zeros(program.columns, dtype=np.bool_)
    used[touched] = True
    assert used[first:].all(), "a column that no row touches"


def agree(rule: Rule, schedule: Schedule) -> list[Violation]:
    """Assert that the rule's rows and its check judge a schedule alike; return the violations."""
    found = list(rule.violations(schedule))
    for violation in found:
        assert violation.amount > 0
        assert violation.text
        assert violation.agent is None or violation.agent in rule.chosen(schedule.grid)
        assert violation.day is not None
        assert schedule.grid.history_days <= violation.day < schedule.grid.days
    cost = cheapest(rule, schedule)
    if rule.hard:
        assert cost == (None if found else 0)
    else:
        assert cost == rule.weight * sum(violation.amount for violation in found)
    return found


def amount(fields: dict[str, Any], schedule: Schedule) -> Fraction:
    """Return the amount of violation, after holding rows and check, hard and soft, together."""
    hard = agree(parse_rule(fields), schedule)
    soft = agree(parse_rule({**fields, "severity": Decimal("2.5")}), schedule)
    assert hard == soft
    return sum((violation.amount for violation in soft), Fraction(0))

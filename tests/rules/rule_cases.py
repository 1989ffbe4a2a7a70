"""Tiny schedules written as text, and the program's verdict on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from csshift.model.entity import parse_span
from csshift.model.horizon import Horizon
from csshift.model.people import Agent
from csshift.model.shifts import Shift
from csshift.program import NOBODY, Program
from csshift.rules.audit import least_program_cost, work_columns
from csshift.rules.base import Rule, Violation
from csshift.rules.grid import OFF, UNKNOWN, RosterGrid, Schedule
from csshift.rules.registry import parse_rule

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


def cheapest(rule: Rule, schedule: Schedule) -> Fraction | None:
    """Return the least cost of a program that holds the rule alone; None when infeasible."""
    work, fixed = work_columns(schedule)
    rule.rows(work)
    program = work.builder.build()
    _check_labels(program, schedule, fixed.size)
    return least_program_cost(program, fixed)


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
        # Of fair shares, those that are not too large are paid for without a word.
        assert violation.text or rule.kind == "fair"
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

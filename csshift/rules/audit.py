"""Whether the rows of a rule and its check say the same, held together on random rosters.

Whoever writes a rule writes it twice. On each roster the least that the rows make it cost is
compared with the violations that the check finds; a difference names the rule and the roster.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from csshift.program import ABSENT, UNBOUNDED, Builder, Program
from csshift.rules.base import Rule
from csshift.rules.grid import OFF, RosterGrid, Schedule
from csshift.rules.work import WorkColumns

WORK = "work"
BUSY = (0.1, 0.4, 0.7, 0.95)
"""Shares of the days on which random rosters have work."""


class Disagreement(NamedTuple):
    """A roster of which rows and check say different things.

    Parameters
    ----------
    label : str
        What the rule is called.
    rows : Fraction or None
        The least that the rows make the roster cost; None where they forbid it.
    check : Fraction or None
        What the violations that the check finds cost; None where they forbid it.
    roster : str
        The shifts of each agent, day by day, history included; a day off is a dot.
    texts : tuple of str
        The words of the violations.
    """

    label: str
    rows: Fraction | None
    check: Fraction | None
    roster: str
    texts: tuple[str, ...]

    def __str__(self) -> str:
        rows, check = (
            "forbidden" if cost is None else f"{float(cost):g} points"
            for cost in (self.rows, self.check)
        )
        found = "; ".join(self.texts) or "no violation"
        return f"rule {self.label}: rows say {rows}, check says {check} ({found}): {self.roster}"


def audit_rule(
    rule: Rule, grid: RosterGrid, rosters: int = 500, seed: int = 0, most: int = 5
) -> list[Disagreement]:
    """Return rosters on which the rows of a rule and its check disagree.

    Parameters
    ----------
    rule : Rule
        Hard or soft; a rule that can be both is audited as both.
    grid : RosterGrid
        That of ``csshift.instance.Instance(problem)``; its history is drawn at random, too. Small
        problems find more, and take less time.
    rosters : int
        Random rosters that are tried.
    seed : int
        Of the random numbers.
    most : int
        Disagreements after which the search ends.

    Raises
    ------
    Exception
        Whatever the rule itself raises.
    """
    rng = np.random.default_rng(seed)
    found: list[Disagreement] = []
    for number in range(rosters):
        schedule = random_schedule(grid, rng, BUSY[number % len(BUSY)])
        difference = disagreement(rule, schedule)
        if difference is not None:
            found.append(difference)
        if len(found) >= most:
            break
    return found


def random_schedule(grid: RosterGrid, rng: np.random.Generator, busy: float) -> Schedule:
    """Return shifts at random, among those that are offered."""
    weights = np.where(grid.offered, rng.random(grid.offered.shape), 0)
    works = (rng.random(weights.shape[:2]) < busy) & grid.offered.any(axis=2)
    return Schedule(grid, np.where(works, weights.argmax(axis=2), OFF))


def disagreement(rule: Rule, schedule: Schedule) -> Disagreement | None:
    """Return what rows and check say of a schedule; None where they agree."""
    violations = list(rule.violations(schedule))
    judged: Fraction | None = rule.weight * sum((v.amount for v in violations), Fraction(0))
    if rule.hard:
        judged = None if violations else Fraction(0)
    cost = least_cost(rule, schedule)
    if cost == judged:
        return None
    shifts = schedule.grid.shifts
    rows = (
        " ".join("." if i == OFF else shifts[i].code if i >= 0 else "?" for i in row)
        for row in schedule.shift.tolist()
    )
    texts = tuple(violation.text for violation in violations)
    return Disagreement(rule.label, cost, judged, " / ".join(rows), texts)


def work_columns(schedule: Schedule) -> tuple[WorkColumns, NDArray[np.int64]]:
    """Return work columns for the grid of a schedule, and the schedule as their values.

    Raises
    ------
    ValueError
        When the schedule has a planned shift that is not offered.
    """
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
        if worked != OFF and not grid.offered[agent, day, worked]:
            raise ValueError("the schedule has a shift that is not offered")
        offered = np.flatnonzero(grid.offered[agent, day])
        if offered.size:
            labels = {"agent": agent, "day": day - grid.history_days}
            ids = builder.columns(offered.size, family=WORK, upper=1, **labels)
            shifts[agent, day, offered] = ids
            days[agent, day] = builder.columns(1, family=WORK, upper=1, **labels)[0]
            values += [int(worked == i) for i in offered] + [int(worked != OFF)]
    return WorkColumns(grid, builder, shifts, days), np.array(values)


def least_cost(rule: Rule, schedule: Schedule) -> Fraction | None:
    """Return the least cost of a program that holds the rule alone; None when infeasible."""
    work, fixed = work_columns(schedule)
    rule.rows(work)
    return least_program_cost(work.builder.build(), fixed)


def least_program_cost(program: Program, fixed: NDArray[np.int64]) -> Fraction | None:
    """Return the least cost of a program whose first columns have known values."""
    spare = program.matrix[:, fixed.size :]
    below = program.row_lower - program.matrix[:, : fixed.size] @ fixed
    above = program.row_upper - program.matrix[:, : fixed.size] @ fixed
    below[program.row_lower == -UNBOUNDED] = -UNBOUNDED
    above[program.row_upper == UNBOUNDED] = UNBOUNDED
    values: NDArray[np.int64] | None
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
    from scipy.optimize import Bounds, LinearConstraint, milp

    result = milp(
        program.cost[first:],
        integrality=np.ones(program.columns - first, dtype=np.int64),
        bounds=Bounds(program.lower[first:], program.upper[first:]),
        constraints=LinearConstraint(spare.astype(float), below, above),
    )
    return np.rint(result.x).astype(np.int64) if result.success else None

"""The best roster of a tiny problem, found by trying all of them.

Shortage and surplus come from a linear program for each interval, written from the contract
and independent of compiling and solving; everything else is the checker's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import timedelta
from functools import cache, cached_property
from itertools import combinations, product
from typing import TypeAlias

import numpy as np
from scipy.optimize import linprog

from csshift.instance import Instance
from csshift.model.demand import RequirementCell
from csshift.model.duties import Duty
from csshift.model.entity import Span
from csshift.model.roster import Assignment, DutyTurn, Roster
from csshift.model.shifts import Shift
from csshift.problem import Problem
from csshift.scoring import score

HOURLY = ("shortage", "surplus")
Slot: TypeAlias = tuple[Date, int]
"""A date, and the minute of that day at which an interval starts."""


@dataclass(frozen=True)
class Best:
    """The least cost, a roster that has it, and how many rosters keep every hard rule."""

    objective: float
    roster: Roster | None
    valid: int


def best_roster(problem: Problem) -> Best:
    """Try every roster with every choice of duty holders."""
    coverage = Coverage(problem)
    fields = {name: getattr(problem, name) for name in type(problem).model_fields}
    idle = Problem(**{**fields, "requirements": ()})  # the checker's view of all but coverage
    whole, holders = Instance(problem), Holders(idle)
    best, valid = Best(float("inf"), None, 0), 0
    for assignments in _assignments(problem):
        if score(Instance(idle), Roster(assignments=assignments)).violations:
            continue  # holding a duty mends no broken rule
        for duties in holders.choices(assignments):
            roster = Roster(assignments=assignments, duties=duties)
            judged = score(whole, roster)  # what counts as owed depends on the demand
            if judged.violations:
                continue
            valid += 1
            other = sum(cost for rule, cost in judged.penalties.items() if rule not in HOURLY)
            if other < best.objective:
                cost = other + coverage.cost(roster)
                if cost < best.objective:
                    best = Best(cost, roster, 0)
    return replace(best, valid=valid)


def _assignments(problem: Problem) -> Iterator[tuple[Assignment, ...]]:
    days = list(product(problem.agents, problem.horizon.dates))
    for codes in product([None, *(shift.code for shift in problem.shifts)], repeat=len(days)):
        yield tuple(
            Assignment(agent_id=agent.agent_id, date=date, shift=code)
            for (agent, date), code in zip(days, codes, strict=True)
            if code is not None
        )


class Holders:
    """Choices of duty holders; who may not hold a single turn is left out at once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._able = cache(self._adds_no_violation)

    def choices(self, assignments: tuple[Assignment, ...]) -> Iterator[tuple[DutyTurn, ...]]:
        """Yield every set of turns of those who work."""
        parts = []
        for duty, date in product(self.problem.duties, self.problem.horizon.dates):
            there = [entry for entry in assignments if entry.date == date]
            for group in duty.groups:
                able = [entry for entry in there if self._able(entry, duty.name, group)]
                turns = [_turn(entry, duty.name, group) for entry in able]
                some = range(min(duty.count, len(turns)) + 1)
                parts.append([chosen for count in some for chosen in combinations(turns, count)])
        for chosen in product(*parts):
            yield tuple(turn for group in chosen for turn in group)

    def _adds_no_violation(self, entry: Assignment, duty: str, group: tuple[str, ...]) -> bool:
        idle = Roster(assignments=(entry,))
        held = Roster(assignments=(entry,), duties=(_turn(entry, duty, group),))
        before, after = score(Instance(self.problem), idle), score(Instance(self.problem), held)
        return len(after.violations) == len(before.violations)


def _turn(entry: Assignment, duty: str, group: tuple[str, ...]) -> DutyTurn:
    return DutyTurn(date=entry.date, duty=duty, stores=group, agent_id=entry.agent_id)


class Coverage:
    """Cost of the best split of everybody's time over the queues."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.cells: dict[Slot, list[tuple[str, str, float]]] = defaultdict(list)
        for date, cell in self._counted():
            row = (cell.store, cell.skill, float(cell.heads))
            self.cells[date, cell.start].append(row)
        self._split = cache(self._best_split)
        self._parts = cache(self._covered_parts)

    @cached_property
    def morning(self) -> int:
        """Minutes of the day after the horizon at which demand counts."""
        problem = self.problem
        if problem.horizon.edges == "none" or all(s.hours[-1].end <= 1440 for s in problem.shifts):
            return 0
        first = min(s.hours[0].start for s in problem.shifts)
        return first // problem.horizon.interval_minutes * problem.horizon.interval_minutes

    def _counts(self, slot: Slot) -> bool:
        planned = (slot[0] - self.problem.horizon.start).days
        days = self.problem.horizon.days
        return 0 <= planned < days or (planned == days and slot[1] < self.morning)

    def _counted(self) -> Iterator[tuple[Date, RequirementCell]]:
        """Yield the requirements that count, each with the date at which it does."""
        rows, horizon = self.problem.requirements, self.problem.horizon
        after = horizon.start + timedelta(days=horizon.days)
        for row in rows:
            if self._counts((row.date, row.start)):
                yield row.date, row
        if all(row.date != after for row in rows):
            same = [date for date in horizon.dates if date.weekday() == after.weekday()]
            model = max(same, default=horizon.dates[-1])
            for row in rows:
                if row.date == model and row.start < self.morning:
                    yield after, row

    def _with_night(self, roster: Roster) -> Roster:
        """Return a roster with what was worked and held on the day before the horizon."""
        problem = self.problem
        if problem.horizon.edges == "none":
            return roster
        eve = problem.horizon.start - timedelta(days=1)
        night = tuple(row for row in problem.history if row.date == eve)
        there = {row.agent_id for row in night}
        held = (row for row in problem.history_duties if row.date == eve and row.agent_id in there)
        return Roster(assignments=(*night, *roster.assignments), duties=(*held, *roster.duties))

    def cost(self, roster: Roster) -> float:
        """Return shortage and surplus of a roster in points."""
        offered: dict[Slot, dict[str, float]] = defaultdict(dict)
        shifts = {shift.code: shift for shift in self.problem.shifts}
        duties = {duty.name: duty for duty in self.problem.duties}
        worked = {}
        roster = self._with_night(roster)
        for entry in roster.assignments:
            worked[entry.agent_id, entry.date] = shifts[entry.shift]
            for slot, part in self._covered(entry.date, shifts[entry.shift], None):
                offered[slot][entry.agent_id] = offered[slot].get(entry.agent_id, 0.0) + part
        for turn in roster.duties:
            duty, shift = duties[turn.duty], worked[turn.agent_id, turn.date]
            for slot, part in self._covered(turn.date, shift, duty):
                offered[slot][turn.agent_id] -= part * float(duty.share)
        slots = {slot for slot in (*offered, *self.cells) if self._counts(slot)}
        return sum(
            self._split(slot, tuple((who, round(part, 9)) for who, part in offered[slot].items()))
            for slot in sorted(slots)
        )

    def _covered(self, date: Date, shift: Shift, duty: Duty | None) -> Iterator[tuple[Slot, float]]:
        """Yield the coverage of each interval by a shift, within a duty's window if given."""
        for begin, part in self._parts(shift, duty):
            yield (date + timedelta(days=begin // 1440), begin % 1440), part

    def _covered_parts(self, shift: Shift, duty: Duty | None) -> list[tuple[int, float]]:
        """Return (minute from midnight, coverage) of the intervals that a shift touches."""
        minutes = self.problem.horizon.interval_minutes
        length = sum(end - start for start, end in shift.hours)
        window = Span(0, 2880) if duty is None else duty.window
        parts = []
        for begin in range(0, 2880, minutes):
            inside = 0
            for start, end in shift.hours:
                first, last = max(start, window.start, begin), min(end, window.end, begin + minutes)
                inside += max(0, last - first)
            if inside:
                parts.append((begin, inside / minutes * (length - shift.break_minutes) / length))
        return parts

    def _best_split(self, slot: Slot, offered: tuple[tuple[str, float], ...]) -> float:
        """Return the least cost of one interval.

        Variables: the time of each agent for each queue that the agent may serve, then for
        each queue the shallow and the deep part of what is missing.
        """
        problem, weights = self.problem, self.problem.weights
        hours = problem.horizon.interval_minutes / 60
        cells = self.cells.get(slot, [])
        surplus = float(weights.surplus) * hours
        total = sum(part for _, part in offered)
        if not cells:
            return surplus * total
        agents = {agent.agent_id: agent for agent in problem.agents}
        flows = [
            (i, c, float(agents[who].skills[skill]))
            for i, (who, _) in enumerate(offered)
            for c, (store, skill, _) in enumerate(cells)
            if skill in agents[who].skills and agents[who].serves(store)
        ]
        width = len(flows) + 2 * len(cells)
        cost, upper = np.zeros(width), np.full(width, np.inf)
        time, heads = np.zeros((len(offered), width)), np.zeros((len(cells), width))
        for f, (i, c, efficiency) in enumerate(flows):
            cost[f], time[i, f], heads[c, f] = -surplus, 1.0, efficiency
        for c, (_, skill, need) in enumerate(cells):
            shallow, deep = len(flows) + 2 * c, len(flows) + 2 * c + 1
            importance = float(problem.known_skills[skill].shortage_weight) * hours
            cost[shallow] = float(weights.shortage) * importance
            cost[deep] = float(weights.shortage + weights.deep_shortage) * importance
            upper[shallow] = min(1.0, float(weights.deep_shortage_share)) * need
            heads[c, [shallow, deep]] = 1.0
        found = linprog(
            cost,
            A_ub=time if offered else None,
            b_ub=[part for _, part in offered] if offered else None,
            A_eq=heads,
            b_eq=[need for *_, need in cells],
            bounds=list(zip(np.zeros(width), upper, strict=True)),
        )
        assert found.status == 0, found.message
        return float(found.fun) + surplus * total

"""Which hard conditions contradict one another, and what would make a roster possible."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from csshift.compile import Compiled, compile_problem
from csshift.compile.hard import (
    AVAILABILITY,
    EMPLOYMENT,
    LEAVE,
    Condition,
    HardProgram,
    compile_hard,
)
from csshift.engine.budget import Budget
from csshift.engine.conflicts.subsets import ConflictSearch
from csshift.engine.construction.feasibility import contradict, minimal_conflict
from csshift.instance import Instance
from csshift.instance.supply import OVERLAP
from csshift.model.conflict import Conflict, ConflictPart, Relaxation
from csshift.planner.conflict_texts import Describer
from csshift.planner.relaxing import (
    Relaxable,
    RelaxedAvailability,
    RelaxedLeave,
    RelaxedPin,
    RelaxedRule,
)
from csshift.program import Integers
from csshift.rules.base import Rule

CONFLICT_SECONDS = 25.0
RELAXATION_SECONDS = 15.0
CHECK_SECONDS = 10.0
"""Time for the contradiction, for what would resolve it, and for a second opinion."""

COSTS = {"pin": 9, "rule": 10, "implied": 11, LEAVE: 12, AVAILABILITY: 13}
"""Costs of giving up one condition: their number comes first, then what is easiest to change."""

PINS = "pins"


@dataclass(frozen=True)
class FoundConflict:
    """A conflict, and the names of the rules in it; `pins` stands for every pin."""

    names: tuple[str, ...]
    conflict: Conflict


def explain_conflict(compiled: Compiled) -> FoundConflict:
    """Return a minimal set of conditions that contradict one another, and what resolves it.

    Parameters
    ----------
    compiled : Compiled
        Infeasible. Where the hard conditions alone do not show that, only names are returned.
    """
    found = hard_conflict(compiled.instance)
    if found is not None:
        return found
    return FoundConflict(_names(compiled), Conflict(minimal=False))


def _names(compiled: Compiled) -> tuple[str, ...]:
    """Return the names of rules that cannot hold together, none of them superfluous.

    Availability has no rows there: it is among the names where the others can hold without it.
    """
    names = minimal_conflict(compiled.program)
    if not compiled.instance.barred.any():
        return names
    problem = compiled.instance.problem
    soft = tuple(row for row in problem.availability if not row.hard)
    free = compile_problem(Instance(problem.with_(availability=soft)))
    return names if contradict(free.program, names) else (*names, AVAILABILITY)


def find_conflict(instance: Instance) -> FoundConflict | None:
    """Return what `hard_conflict` finds, unless the program that is solved has a solution.

    A rule of somebody's own may ask more where work is offered on leave.
    """
    found = hard_conflict(instance)
    if found is None or not any(map(_is_foreign, instance.effective_rules)):
        return found
    return None if can_all_hold(instance) else found


def _is_foreign(rule: Rule) -> bool:
    """Return whether a rule is of a kind of somebody's own."""
    return not type(rule).__module__.startswith("csshift.")


def can_all_hold(instance: Instance) -> bool | None:
    """Return whether all hard conditions can hold together; None where time ran out."""
    solved = compile_hard(instance, separate=False)
    every = np.arange(len(solved.conditions))
    return _search(solved, CHECK_SECONDS).is_feasible(every, CHECK_SECONDS)


def hard_conflict(instance: Instance) -> FoundConflict | None:
    """Return a minimal set of hard conditions that contradict one another; None if none is found.

    Parameters
    ----------
    instance : Instance
        Feasible or not. Its rules, pins, leave and employments are looked at, and nothing else.
    """
    hard = compile_hard(instance)
    search = _search(hard, CONFLICT_SECONDS)
    subset = search.minimal_subset(_in_order(hard))
    if subset is None or not subset.groups.size:
        return None
    conditions = [hard.conditions[i] for i in subset.groups]
    names = {_name(condition) for condition in conditions} - {""}
    conflict = Conflict(
        parts=_parts(hard, conditions),
        minimal=subset.minimal,
        relaxations=_relaxations(hard, subset.groups),
    )
    return FoundConflict(tuple(sorted(names)), conflict)


def _search(hard: HardProgram, seconds: float) -> ConflictSearch:
    last = hard.instance.horizon.days
    days = [
        (-1 if part.first is None else part.first, last if part.last is None else part.last)
        for part in hard.conditions
    ]
    budget = Budget(seconds, workers=1)
    return ConflictSearch(
        hard.program, hard.group, budget, np.array(days, dtype=np.int64).reshape(-1, 2)
    )


def _in_order(hard: HardProgram) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the conditions, those first that a reader can do without where there is a choice."""
    rank = {EMPLOYMENT: 0, AVAILABILITY: 1, "rule": 2, "pin": 3, LEAVE: 4}
    ranks = np.array([rank[part.kind] for part in hard.conditions], dtype=np.int64)
    return np.argsort(ranks, kind="stable")


def _name(condition: Condition) -> str:
    if condition.rule is not None:
        return condition.rule.label
    return {"pin": PINS, AVAILABILITY: AVAILABILITY}.get(condition.kind, "")


def _parts(hard: HardProgram, conditions: list[Condition]) -> tuple[ConflictPart, ...]:
    """Return the conditions in words, those of one rule and time for several agents together."""
    describer = Describer(hard, conditions)
    together: defaultdict[tuple[object, ...], list[Condition]] = defaultdict(list)
    for number, part in enumerate(conditions):
        alone = part.agent is None or part.kind in ("pin", EMPLOYMENT)
        key = number if alone else (part.kind, id(part.rule), part.first, part.last)
        together[key,].append(part)
    kinds = ("rule", "pin", LEAVE, AVAILABILITY, EMPLOYMENT)
    ranked = sorted(together.values(), key=lambda parts: kinds.index(parts[0].kind))
    return tuple(describer.part(parts) for parts in ranked)


def _relaxations(hard: HardProgram, known: Integers) -> tuple[Relaxation, ...]:
    """Return conditions of least cost without which a roster is possible.

    Positions of conditions that contradict one another are known.
    """
    options: dict[Relaxable, int] = {}
    own = {id(rule) for rule in hard.instance.problem.rules}
    cost: list[int] = []
    unit = np.full(len(hard.conditions), -1, dtype=np.int64)
    for number, condition in enumerate(hard.conditions):
        found = _relaxable(hard, condition)
        if found is None:
            continue
        if found not in options:
            options[found] = len(options)
            implied = condition.rule is not None and id(condition.rule) not in own
            cost.append(COSTS["implied" if implied else condition.kind])
        unit[number] = options[found]
    chosen = _search(hard, RELAXATION_SECONDS).cheapest_relaxation(
        np.arange(len(hard.conditions)), unit, np.array(cost, dtype=np.int64), known
    )
    listed = list(options)
    return () if chosen is None else tuple(listed[i].described() for i in chosen)


def _relaxable(hard: HardProgram, condition: Condition) -> Relaxable | None:
    """Return what would have to be given up for a condition; None where nothing can be."""
    instance = hard.instance
    if condition.rule is not None:
        label = condition.rule.label
        return None if label == OVERLAP else RelaxedRule(label)
    if condition.kind == EMPLOYMENT or condition.agent is None or condition.last is None:
        return None
    agent = instance.agents[condition.agent].agent_id
    if condition.kind == AVAILABILITY:
        return RelaxedAvailability(agent)
    date = instance.horizon.start + timedelta(days=condition.last)
    return RelaxedPin(agent, date) if condition.kind == "pin" else RelaxedLeave(agent, date)

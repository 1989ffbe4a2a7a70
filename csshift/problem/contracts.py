"""What contracts, labour presets and the nature of work ask, said as rules."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from csshift.model.entity import MINUTES_PER_DAY
from csshift.model.people import Contract
from csshift.problem.labour import preset_rules
from csshift.rules.base import Rule, Selector
from csshift.rules.hours import MaxHours
from csshift.rules.rest import MinRest

if TYPE_CHECKING:
    from csshift.problem.problem import Problem

OVERLAP = "overlapping shifts"


def implied_rules(problem: Problem) -> Iterator[Rule]:
    """Yield the rules that hold without being written down.

    Nobody works two shifts at once; a contract's hours are a hard maximum a week, its
    overtime a soft one that costs by the hour. The preset of labour rules comes last.
    """
    if max(shift.end for shift in problem.shifts) - MINUTES_PER_DAY > min(
        shift.start for shift in problem.shifts
    ):
        yield MinRest(hours=Decimal(0), name=OVERLAP)
    for contract in problem.contracts:
        who = Selector(contracts=(contract.name,))
        if contract.max_hours_per_week is not None:
            name = f"contract {contract.name}: max_hours_per_week"
            yield MaxHours(hours=contract.max_hours_per_week, per="week", agents=who, name=name)
        overtime = contract.overtime_cost_per_hour
        cost = problem.weights.overtime if overtime is None else overtime
        threshold = contract.overtime_after_hours_per_week
        if threshold is not None and cost > 0:
            name = overtime_label(contract)
            yield MaxHours(hours=threshold, per="week", agents=who, severity=cost, name=name)
    yield from preset_rules(problem)


def overtime_label(contract: Contract) -> str:
    """Return the name of the rule that charges a contract's overtime."""
    return f"contract {contract.name}: overtime"

"""From a problem to its integer program."""

from __future__ import annotations

from dataclasses import dataclass

from csshift.compile.coverage import FlowColumns, Offered, add_coverage, add_offered
from csshift.compile.duties import DutyColumns, add_duties
from csshift.compile.targets import add_level, add_targets
from csshift.compile.work import (
    add_labour_cost,
    add_pins,
    add_requests,
    add_standby_cost,
    add_work,
)
from csshift.errors import Fault, InputError
from csshift.instance import Instance
from csshift.instance.supply import implied_rules, overtime_label
from csshift.program import Builder, CostRangeError, Program, RowRangeError
from csshift.rules.work import WorkColumns


@dataclass(frozen=True, eq=False)
class Compiled:
    """A program, and the places of the parts of the problem in it."""

    instance: Instance
    program: Program
    work: WorkColumns
    duties: tuple[DutyColumns, ...]
    flows: FlowColumns


def compile_problem(instance: Instance) -> Compiled:
    """Return the program of a problem, built from arrays.

    Raises
    ------
    InputError
        When weights are too far apart to be added up exactly, or a rule's numbers are too large.
    """
    builder = Builder()
    work = add_work(instance, builder)
    add_labour_cost(instance, work)
    add_standby_cost(instance, work)
    add_pins(instance, work)
    add_requests(instance, work)
    add_targets(instance, work)
    add_level(instance, work)
    for rule in instance.effective_rules:
        if not rule.only_reports:
            rule.rows(work)
    duties = add_duties(instance, work)
    flows = add_coverage(instance, work, duties)
    return Compiled(instance, _built(instance, builder), work, duties, flows)


def compile_plan(instance: Instance, offered: Offered) -> tuple[Program, FlowColumns]:
    """Return the program of the hourly plan alone, where the time that agents offer is known.

    Raises
    ------
    InputError
        As `compile_problem` does; never for a problem that it accepts.
    """
    builder = Builder()
    flows = add_offered(instance, builder, offered)
    return _built(instance, builder), flows


def _built(instance: Instance, builder: Builder) -> Program:
    try:
        return builder.build(final=True)
    except CostRangeError as error:
        raise InputError([_too_far_apart(instance, error)]) from error
    except RowRangeError as error:
        text = f"the numbers of {error.family} are too large together to be added up exactly"
        raise InputError([Fault("problem", text, "use smaller numbers there")]) from error


def _too_far_apart(instance: Instance, error: CostRangeError) -> Fault:
    names = _overtime_names(instance)
    dearest = names.get(error.dearest.source, error.dearest.source)
    finest = names.get(error.finest.source, error.finest.source)
    extent = f"up to {float(error.dearest.most):.3g} points, in steps of {float(error.step):.3g}"
    if dearest == finest:
        text = f"{dearest}: too large for this problem to be added up exactly: {extent}"
        remedy = f"lower {dearest}, or use fewer decimal places there and in efficiencies"
    else:
        text = f"{dearest}; {finest}: too far apart to be added up exactly: {extent}"
        remedy = f"lower {dearest}; or raise or round {finest}"
    return Fault("weights", text, remedy)


def _overtime_names(instance: Instance) -> dict[str, str]:
    """Return the fields behind the rules that contracts imply, by the name of the rule's price."""
    names = {}
    for rule in implied_rules(instance.problem):
        for contract in instance.contracts:
            if rule.label == overtime_label(contract):
                own = contract.overtime_cost_per_hour is not None
                field = f"overtime_cost_per_hour of contract {contract.name}"
                names[rule.price_source] = field if own else "weights.overtime"
    return names

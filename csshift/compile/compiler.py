"""From a problem to its integer program."""

from __future__ import annotations

from dataclasses import dataclass

from csshift.compile.coverage import FlowColumns, add_coverage
from csshift.compile.duties import DutyColumns, add_duties
from csshift.compile.work import add_labour_cost, add_pins, add_requests, add_work
from csshift.problem import Problem
from csshift.program import Builder, Program
from csshift.rules.work import WorkColumns


@dataclass(frozen=True, eq=False)
class Compiled:
    """A program, and where the parts of the problem stand in it.

    Parameters
    ----------
    problem : Problem
    program : Program
    work : WorkColumns
    duties : tuple of DutyColumns
    flows : FlowColumns
    """

    problem: Problem
    program: Program
    work: WorkColumns
    duties: tuple[DutyColumns, ...]
    flows: FlowColumns


def compile_problem(problem: Problem) -> Compiled:
    """Return the program of a problem, built from arrays."""
    builder = Builder()
    work = add_work(problem, builder)
    add_labour_cost(problem, work)
    add_pins(problem, work)
    add_requests(problem, work)
    for rule in problem.effective_rules:
        rule.rows(work)
    duties = add_duties(problem, work)
    flows = add_coverage(problem, work, duties)
    return Compiled(problem, builder.build(), work, duties, flows)

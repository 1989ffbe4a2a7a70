"""Which hard rules contradict one another, by name."""

from __future__ import annotations

from csshift.compile import Compiled, compile_problem
from csshift.engine.construction.feasibility import contradict, minimal_conflict
from csshift.instance import Instance

AVAILABILITY = "availability"


def conflicting(compiled: Compiled) -> tuple[str, ...]:
    """Return the names of rules that cannot hold together, none of them superfluous.

    Availability has no rows: it is among the names where the others can hold without it.
    """
    names = minimal_conflict(compiled.program)
    if not compiled.instance.barred.any():
        return names
    problem = compiled.instance.problem
    soft = tuple(row for row in problem.availability if not row.hard)
    free = compile_problem(Instance(problem.with_(availability=soft)))
    return names if contradict(free.program, names) else (*names, AVAILABILITY)
